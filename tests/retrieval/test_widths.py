from __future__ import annotations

import pytest

from rtlgen.retrieval.declarations import Signal
from rtlgen.retrieval.verilog import modules_in
from rtlgen.retrieval.widths import literal_width


@pytest.mark.parametrize(
    ("type_", "width", "expected"),
    [
        ("", "", 1),
        ("wire", "[7:0]", 8),
        ("reg signed", "[0 : 3]", 4),
        ("logic", "[W-1:0]", None),
        ("integer", "", 32),
        ("byte unsigned", "", 8),
        ("my_t", "", None),
        ("logic", "[3:0][1:0]", None),
    ],
)
def test_literal_widths(type_: str, width: str, expected: int | None) -> None:
    assert literal_width(Signal("a", "port", "input", type_, width)) == expected


def test_an_interface_has_no_width() -> None:
    assert literal_width(Signal("a", "port", "interface", "bus")) is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("#(parameter W = 8, N = 2*W) (input [N-1:0] a)", 16),
        ("#(parameter W = 8) (input [$clog2(W):0] a)", 4),
        ("#(parameter W) (input [W-1:0] a)", None),
        ("(input logic [3:0][1:0] a)", 8),
        ("(input logic [3:0] a [0:7])", 4),
        ("(input [UNKNOWN:0] a)", None),
        ("(input [$bits(longint)-1:0] a)", 64),
    ],
)
def test_elaborated_widths(header: str, expected: int | None) -> None:
    (unit,) = modules_in(f"module m {header}; sub u (.a(a)); endmodule", "")
    assert unit.ports[0].width == expected


def test_macros_and_types_of_the_file_count() -> None:
    text = "`define A 3\n`define B `A*2\npackage p; typedef logic [4:0] l_t; endpackage\n"
    units = modules_in(text + "module m(input [`B-1:0] a, input p::l_t b, input [`F(2):0] c); endmodule", "")
    assert [p.width for p in units[1].ports] == [6, 5, None]
