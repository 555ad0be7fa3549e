"""The rows that a bench plays: seeded, complete where that is cheap, and never two things at once."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rtlgen.core.errors import DesignError
from rtlgen.core.records import Module, Port
from rtlgen.sim.reference.roles import Clock, Reset, Roles
from rtlgen.sim.reference.stimulus import Stimulus, make


def module(*ports: Port) -> Module:
    return Module("m", "module", "m.v", 1, 1, ports)


def inputs(*named: tuple[str, int]) -> tuple[Port, ...]:
    return (*(Port(name, "input", width, "logic") for name, width in named), Port("q", "output", 8, "logic"))


def clocked(
    *clocks: Clock,
    resets: tuple[Reset, ...] = (),
    data: tuple[tuple[str, int], ...] = (),
    seed: int = 0,
    cycles: int = 200,
) -> Stimulus:
    names = [(c.name, 1) for c in clocks] + [(r.name, 1) for r in resets]
    roles = Roles(clocks, resets, (), tuple(n for n, _ in data), ("q",))
    return make(module(*inputs(*names, *data)), roles, seed=seed, cycles=cycles)


def combinational(*data: tuple[str, int], cycles: int = 100) -> Stimulus:
    roles = Roles(data_inputs=tuple(n for n, _ in data), outputs=("q",))
    return make(module(*inputs(*data)), roles, cycles=cycles)


CLK = Clock("clk")
RST = Reset("rst_n", active_low=True, asynchronous=True)


def test_same_seed_same_rows() -> None:
    one, two = (clocked(CLK, resets=(RST,), data=(("d", 8),), seed=3) for _ in range(2))
    other = clocked(CLK, resets=(RST,), data=(("d", 8),), seed=4)
    assert one.digest == two.digest
    assert one.rows == two.rows
    assert one.digest != other.digest


def test_the_rows_of_seed_0_stay_what_they_are() -> None:
    """Verdicts of one version can be had again by the next: change the number in `random.Random(...)` with the rows."""
    stimulus = clocked(CLK, resets=(RST,), data=(("d", 8), ("en", 1)), cycles=40)
    assert stimulus.digest[:16] == "1598f13dbe58f0b0"


def test_edges_and_inputs_never_share_a_row() -> None:
    stimulus = clocked(Clock("clk", "both"), Clock("b_clk"), resets=(RST,), data=(("d", 8),))
    seen = [stimulus.inputs(n) for n in range(len(stimulus.rows))]
    for before, after in pairwise(seen):
        changed = {name for name in before if before[name] != after[name]}
        assert len(changed & {"clk", "b_clk"}) <= 1
        assert not (changed & {"clk", "b_clk"}) or len(changed) == 1


def test_inputs_change_between_the_edges_when_both_count() -> None:
    def moves_while_high(edges: str) -> int:
        stimulus = clocked(Clock("clk", edges), data=(("d", 8),))
        seen = [stimulus.inputs(n) for n in range(len(stimulus.rows))]
        return sum(a["clk"] == b["clk"] == 1 and a["d"] != b["d"] for a, b in pairwise(seen))

    assert moves_while_high("rising") == 0
    assert moves_while_high("both") > 50


def test_it_begins_with_a_reset_and_returns_to_it() -> None:
    stimulus = clocked(CLK, resets=(RST, Reset("clr")), data=(("d", 8),))
    first = [stimulus.inputs(n) for n in range(9)]
    assert all(row["rst_n"] == 0 and row["clr"] == 1 for row in first)
    assert stimulus.counted_from == 3
    assert stimulus.inputs(9)["rst_n"] == 1
    levels = [stimulus.inputs(n)["rst_n"] for n in range(9, len(stimulus.rows))]
    assert 0 in levels
    assert levels.count(0) < len(levels) / 5


def test_a_third_runs_without_resets() -> None:
    stimulus = clocked(CLK, resets=(RST,), data=(("d", 8),), cycles=300)
    calm = [n for n, row in enumerate(stimulus.rows) if 110 <= row.cycle < 195]
    assert all(stimulus.inputs(n)["rst_n"] == 1 for n in calm)


def test_cycles_are_those_of_the_first_clock() -> None:
    assert clocked(CLK, data=(("d", 1),), cycles=77).rows[-1].cycle == 77
    two = clocked(CLK, Clock("b"), data=(("d", 1),), cycles=77)
    assert two.rows[-1].cycle == 77
    rises = sum(a["b"] < b["b"] for a, b in pairwise(two.inputs(n) for n in range(len(two.rows))))
    assert 25 < rises < 200


def test_every_clock_rises_in_the_reset() -> None:
    stimulus = clocked(*(Clock(f"c{n}") for n in range(5)), resets=(RST,), data=(("d", 1),))
    held = [stimulus.inputs(n) for n in range(stimulus.counted_from)]
    assert all(row["rst_n"] == 0 for row in held)
    assert all(any(row[f"c{n}"] for row in held) for n in range(5))


def test_all_combinations_when_they_are_few() -> None:
    stimulus = combinational(("a", 4), ("b", 4), ("c", 2))
    seen = {tuple(stimulus.inputs(n).values()) for n in range(len(stimulus.rows))}
    assert len(seen) == 1 << 10


def test_corners_when_they_are_many() -> None:
    stimulus = combinational(("a", 32), ("b", 32))
    seen = {tuple(stimulus.inputs(n).values()) for n in range(len(stimulus.rows))}
    full = (1 << 32) - 1
    assert {(0, 0), (full, full), (0, full), (full, 0), (1 << 31, 0), (0x55555555, 0x55555555)} <= seen
    assert {(1 << bit, 0) for bit in range(32)} <= seen
    assert any(a == b and a not in (0, full) for a, b in seen)


def test_wide_and_narrow_inputs_get_the_rows_they_need() -> None:
    assert len(combinational(("a", 1)).rows) == 16
    assert len(combinational(("a", 900)).rows) >= 1800
    assert len(combinational(cycles=50).rows) == 8


def test_held_values_let_a_counter_reach_its_end() -> None:
    """Independent random bits would reset or stop a counter of 8 bits long before it wraps."""
    roles = Roles((CLK,), (RST,), ("en",), (), ("q",))
    stimulus = make(module(*inputs(("clk", 1), ("rst_n", 1), ("en", 1))), roles, cycles=500)
    count = best = 0
    for number, row in enumerate(stimulus.rows):
        values = stimulus.inputs(number)
        if row.phase == "clk rose":
            count = 0 if not values["rst_n"] else count + values["en"]
        best = max(best, count)
    assert best > 80


@pytest.mark.parametrize(
    ("extra", "what"),
    [
        (
            Port("a", "input", 4, "logic[3:0]$[0:1]"),
            r"port 'a' of 'm' is an unpacked array \(logic\[3:0\]\$\[0:1\]\)",
        ),
        (Port("a", "input", None, ""), r"port 'a' of 'm' has no width in bits \(unresolved type\)"),
        (Port("a", "output", None, "real"), r"port 'a' of 'm' has no width in bits \(real\)"),
    ],
)
def test_ports_that_cannot_be_driven(extra: Port, what: str) -> None:
    with pytest.raises(DesignError, match=what):
        make(module(*inputs(("b", 1)), extra), Roles(data_inputs=("b",), outputs=("q",)))


def test_no_outputs() -> None:
    with pytest.raises(DesignError, match="'m' has no outputs: there is nothing to compare"):
        make(module(Port("a", "input", 1)), Roles(data_inputs=("a",)))
