"""Clocks, resets and enables of modules whose roles were written down by hand (fixtures/roles.txt)."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from rtlgen.core.records import Module, Port
from rtlgen.sim.reference.roles import (
    looks_active_low,
    looks_like_clock,
    looks_like_enable,
    looks_like_reset,
    roles,
    roles_in,
)

EDGES = {"+": "rising", "-": "falling", "~": "both"}
LEAF = """module leaf(input c, input x, input [7:0] d, output reg [7:0] q);
  always @(posedge c or negedge x) if (!x) q <= 0; else q <= d;
endmodule
"""


class Row(NamedTuple):
    name: str
    inputs: str
    body: str
    clocks: str
    resets: str

    def source(self) -> str:
        ports, names = [], set()
        for item in self.inputs.split():
            port, _, bits = item.rstrip("]").partition("[")
            names.add(port)
            ports.append(f"input [{int(bits) - 1}:0] {port}" if bits else f"input {port}")
        net = "assign q" in self.body or "leaf u" in self.body
        own = ", ".join(name for name in ("r", "s") if name not in names)
        out = "output [7:0] q" if net else "output reg [7:0] q"
        return f"module {self.name}({', '.join(ports)}, {out});\n  reg [7:0] {own};\n  {self.body}\nendmodule\n{LEAF}"


def table() -> list[Row]:
    text = (Path(__file__).parent / "fixtures" / "roles.txt").read_text()
    rows = []
    for line in text.splitlines():
        if not line.startswith("#"):
            name, inputs, rest = line.split(" | ", 2)
            body, clocks, resets = rest.rsplit(" |", 2)
            rows.append(Row(name, inputs, body, clocks.strip(), resets.strip()))
    return rows


ROWS = table()


def test_the_table_is_big_enough() -> None:
    assert len(ROWS) >= 60
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_by_hand(tmp_path: Path, row: Row) -> None:
    path = tmp_path / "m.sv"
    path.write_text(row.source())
    found = roles_in([path], row.name)
    assert [(c.name, c.edges) for c in found.clocks] == [(c[:-1], EDGES[c[-1]]) for c in row.clocks.split()]
    told = [f"{r.name}:{'l' if r.active_low else 'h'}{'a' if r.asynchronous else 's'}" for r in found.resets]
    assert told == row.resets.split()
    everything = [c.name for c in found.clocks] + [r.name for r in found.resets]
    everything += [*found.enables, *found.data_inputs]
    assert sorted(everything) == sorted(item.partition("[")[0] for item in row.inputs.split())


@pytest.mark.parametrize(
    "name", ["clk", "clock", "CLK", "i_clk", "clk_i", "S_AXI_ACLK", "tck", "sysClk", "clk100", "refclk0"]
)
def test_names_of_clocks(name: str) -> None:
    assert looks_like_clock(name)


@pytest.mark.parametrize(
    "name", ["clk_en", "wclken", "clkdiv_sel", "ack", "block", "lock", "clk_valid", "unlocked", "tick"]
)
def test_no_names_of_clocks(name: str) -> None:
    assert not looks_like_clock(name)


@pytest.mark.parametrize(
    ("name", "low"),
    [
        ("rst", False),
        ("rst_n", True),
        ("aresetn", True),
        ("nreset", True),
        ("i_rst_n", True),
        ("rst_ni", True),
        ("rstb", True),
        ("RESET", False),
        ("wb_rst_i", False),
        ("reset_l", True),
        ("resetq", True),
        ("PRESETn", True),
    ],
)
def test_names_of_resets(name: str, low: bool) -> None:
    assert looks_like_reset(name)
    assert looks_active_low(name) is low


@pytest.mark.parametrize(
    "name", ["burst", "first", "worst", "reset_done", "rst_req", "preserve", "clear", "res"]
)
def test_no_names_of_resets(name: str) -> None:
    assert not looks_like_reset(name)


def test_names_of_enables() -> None:
    assert all(looks_like_enable(n) for n in ("en", "ena", "i_we", "wr_en", "tvalid", "s_ready", "shift_ena"))
    assert not any(looks_like_enable(n) for n in ("taken", "len", "token", "open", "data"))


def test_by_names_alone() -> None:
    ports = tuple(Port(n, "input", w) for n, w in (("clk", 1), ("rst_n", 1), ("en", 1), ("d", 8)))
    found = roles(
        Module("m", "module", "m.v", 1, 1, (*ports, Port("q", "output", 8), Port("io", "inout", 1)))
    )
    assert [c.name for c in found.clocks] == ["clk"]
    assert [(r.name, r.active_low, r.asynchronous) for r in found.resets] == [("rst_n", True, False)]
    assert (found.enables, found.data_inputs, found.outputs, found.inouts) == (
        ("en",),
        ("d",),
        ("q",),
        ("io",),
    )
