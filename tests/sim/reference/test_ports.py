"""Ports of tops with resolved widths, and what is said when there is no such top."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError, UsageError
from rtlgen.core.records import Module, Port
from rtlgen.sim.reference.ports import differences, interface, signed, unpacked

PACKAGE = """package types_pkg;
  typedef enum logic [2:0] {IDLE, RUN, STOP} state_t;
  typedef struct packed { logic [7:0] data; logic last; } beat_t;
  typedef logic [11:0] addr_t;
  localparam int LANES = 4;
endpackage
"""
TYPED = """module top import types_pkg::*; #(parameter int W = 8, parameter DEPTH = 2 * W) (
  input logic clk, input beat_t beat, input state_t state, input addr_t addr,
  input logic signed [W-1:0] a, input logic [LANES-1:0][W-1:0] lanes, input logic [$clog2(DEPTH)-1:0] index,
  input byte tiny, input integer big, output logic [2*W-1:0] y, output reg z);
endmodule
"""


def widths(module: Module) -> dict[str, int | None]:
    return {port.name: port.width for port in module.ports}


def test_types_of_packages(write: Callable[..., Path]) -> None:
    module = interface([write(PACKAGE, "types_pkg.sv"), write(TYPED)], "top")
    assert widths(module) == {
        "clk": 1,
        "beat": 9,
        "state": 3,
        "addr": 12,
        "a": 8,
        "lanes": 32,
        "index": 4,
        "tiny": 8,
        "big": 32,
        "y": 16,
        "z": 1,
    }
    assert [p.name for p in module.ports if signed(p)] == ["a", "tiny", "big"]
    assert dict(module.parameters) == {"W": "8", "DEPTH": "16"}
    assert [p.direction for p in module.ports].count("output") == 2


def test_parameters_decide_widths(write: Callable[..., Path]) -> None:
    files = [write(PACKAGE, "types_pkg.sv"), write(TYPED)]
    module = interface(files, "top", parameters=[("W", "5")])
    assert widths(module)["y"] == 10
    assert widths(module)["index"] == 4


def test_macros_of_an_earlier_file_hold(write: Callable[..., Path]) -> None:
    files = [write("`define WIDTH 6\n", "defs.v"), write("module m(input [`WIDTH-1:0] a); endmodule\n")]
    assert widths(interface(files, "m")) == {"a": 6}


def test_defines_and_include_folders(write: Callable[..., Path], tmp_path: Path) -> None:
    write("`define EXTRA , input e\n", "inc/defs.vh")
    file = write('`include "defs.vh"\nmodule m(input [`N:0] a `EXTRA); endmodule\n')
    module = interface([file], "m", include_dirs=[tmp_path / "inc"], defines=[("N", "3")])
    assert widths(module) == {"a": 4, "e": 1}


def test_old_style_ports(write: Callable[..., Path]) -> None:
    file = write("module m(a, y);\n  parameter W = 3;\n  input [W:0] a;\n  output y;\n  reg y;\nendmodule\n")
    assert [(p.name, p.direction, p.width) for p in interface([file], None).ports] == [
        ("a", "input", 4),
        ("y", "output", 1),
    ]


def test_what_slang_complains_about_has_ports_all_the_same(write: Callable[..., Path]) -> None:
    file = write(
        "module m(input a, output reg y, output [3:0] z);\n"
        "  assign y = late;\n  wire late = a;\n  nowhere u(.p(a));\n  assign z = undeclared + 1;\nendmodule\n"
    )
    assert widths(interface([file], "m")) == {"a": 1, "y": 1, "z": 4}


def test_the_rest_of_a_broken_file(write: Callable[..., Path]) -> None:
    file = write("module m(input [1:0] a, output y);\n  assign y = a ? ;\n  always @(posedge\nendmodule\n")
    assert widths(interface([file], "m")) == {"a": 2, "y": 1}


def test_unknown_type_has_no_width(write: Callable[..., Path]) -> None:
    file = write("module m(input missing_pkg::t a, input real r, output y); endmodule\n")
    assert widths(interface([file], "m")) == {"a": None, "r": None, "y": 1}


def test_unpacked_arrays_are_told(write: Callable[..., Path]) -> None:
    module = interface(
        [write("module m(input [3:0] a [0:1], input [1:0][3:0] b, output y); endmodule\n")], "m"
    )
    assert [p.name for p in module.ports if unpacked(p)] == ["a"]


def test_the_only_top_is_found(write: Callable[..., Path]) -> None:
    file = write("module leaf(input a); endmodule\nmodule root(input a); leaf u(a); endmodule\n")
    assert interface([file], None).name == "root"


@pytest.mark.parametrize(
    ("text", "top", "what", "hint"),
    [
        (
            "module counter(input a); endmodule",
            "Counter",
            "no module 'Counter' in the design",
            "did you mean counter?",
        ),
        (
            "module counter(input a); endmodule",
            "conter",
            "no module 'conter' in the design",
            "did you mean counter?",
        ),
        ("module a(input x); endmodule", "zzz", "no module 'zzz' in the design", "the design has a"),
        ("module a; endmodule\nmodule b; endmodule", None, "2 possible tops: a, b", "name one: --top a"),
        (
            "module a; b u(); endmodule\nmodule b; a u(); endmodule",
            None,
            "no top: each of the modules a, b",
            "--top",
        ),
        (
            "module a; endmodule\nmodule a(input x); endmodule",
            "a",
            "module 'a' is defined 2 times",
            "only one",
        ),
        ("// nothing\n", None, "no module in the design", "iverilog"),
        ("package p; endpackage", "p", "no module in the design", "iverilog"),
    ],
)
def test_no_such_top(write: Callable[..., Path], text: str, top: str | None, what: str, hint: str) -> None:
    with pytest.raises(DesignError) as error:
        interface([write(text)], top)
    assert what in error.value.what
    assert error.value.hint is not None
    assert hint in error.value.hint


def test_interface_ports_are_refused(write: Callable[..., Path]) -> None:
    text = "interface bus; logic v; endinterface\nmodule m(input clk,\n  bus b, output y); endmodule\n"
    with pytest.raises(DesignError, match=r"design\.sv:3: port 'b' of 'm' is an interface"):
        interface([write(text)], "m")


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.v: cannot read: no such file"):
        interface([tmp_path / "gone.v"], None)
    with pytest.raises(UsageError, match="no design files"):
        interface([], None)


@pytest.mark.parametrize(
    "line", ['`include "/dev/zero"', '`define Z "/dev/zero"\n`include `Z', '`include "/proc/self/mem"']
)
def test_devices_are_not_read(write: Callable[..., Path], line: str) -> None:
    assert widths(interface([write(f"{line}\nmodule m(input a); endmodule\n")], "m")) == {"a": 1}


def port(name: str, direction: str = "input", width: int | None = 1, type_: str = "logic") -> Port:
    return Port(name, direction, width, type_)


def module(*ports: Port) -> Module:
    return Module("m", "module", "m.v", 1, 1, ports)


def test_differences() -> None:
    reference = module(port("clk"), port("d", width=8), port("q", "output", 8), port("e", "output"))
    design = module(port("d", width=4), port("q"), port("clk"), port("spare"), port("e", "output", None))
    assert differences(design, reference) == (
        "input 'd' has 4 bits, expected 8 bits",
        "'q' is an input, expected an output",
        "input 'spare' is not in the reference",
    )
    assert differences(module(port("clk")), reference)[0] == "input 'd' (8 bits) is missing"
    assert differences(module(*reversed(reference.ports)), reference) == ()
    array = module(port("a", type_="logic$[0:1]"))
    assert differences(array, module(port("a"))) == (
        "input 'a' is an unpacked array, unlike the reference's",
    )
