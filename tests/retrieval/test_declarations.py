from __future__ import annotations

import pytest

from rtlgen.retrieval.declarations import Declarations, Signal, parse
from rtlgen.retrieval.masking import Lines, plain


def read(text: str, at: int | None = None) -> Declarations:
    source = plain(text, ())
    tree = parse(source.text)
    found = Declarations(source, Lines(text), at)
    found.read_unit(tree[1])
    return found


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ("input a, b", [("a", "input", "", ""), ("b", "input", "", "")]),
        (
            "input [3:0] a, b, output c",
            [("a", "input", "", "[3:0]"), ("b", "input", "", "[3:0]"), ("c", "output", "", "")],
        ),
        ("output reg signed [1:0] a", [("a", "output", "reg signed", "[1:0]")]),
        ("input wire [1:0] a, input p::t b", [("a", "input", "wire", "[1:0]"), ("b", "input", "p::t", "")]),
        (
            "bus.m a, input b, bus c",
            [("a", "interface", "bus.m", ""), ("b", "input", "", ""), ("c", "interface", "bus", "")],
        ),
        ("input a, state_t b", [("a", "input", "", ""), ("b", "input", "state_t", "")]),
        ("input a, .x(y)", [("a", "input", "", ""), ("x", "input", "", "")]),
        ("ref logic a", [("a", "ref", "logic", "")]),
        ("", []),
    ],
)
def test_ports(ports: str, expected: list[tuple[str, str, str, str]]) -> None:
    found = read(f"module m ({ports}); endmodule").signals
    assert [(s.name, s.direction, s.type, s.width) for s in found] == expected


def test_nets_variables_types_and_constants() -> None:
    found = read(
        "module m;\nwire signed [1:0] a = 1, b;\nlogic [1:0][3:0] c [4];\nparameter type T = int;\n"
        "typedef struct packed {logic x;} s_t;\nenum {X, Y} e;\ngenvar g, h;\nimport p::f, q::*;\nevent ev;\nendmodule"
    )
    assert found.signals == [
        Signal("a", "net", "", "wire signed", "[1:0]", 2, "", "1"),
        Signal("b", "net", "", "wire signed", "[1:0]", 2),
        Signal("c", "variable", "", "logic", "[1:0][3:0]", 3, "[4]"),
        Signal("T", "parameter", "", "type", "", 4, "", "int"),
        Signal("s_t", "type", "", "struct", "", 5),
        Signal("X", "enum", "", "", "", 6),
        Signal("Y", "enum", "", "", "", 6),
        Signal("e", "variable", "", "enum", "", 6),
        Signal("g", "genvar", line=7),
        Signal("h", "genvar", line=7),
        Signal("f", "import", "", "p", "", 8),
        Signal("ev", "variable", "", "event", "", 9),
    ]
    assert found.imports == ["p", "q"]


def test_nested_scopes_open_around_the_cursor() -> None:
    text = (
        "module m;\nfunction int f(input int x, y); int z; endfunction\ntask t; input q; endtask\n"
        "if (1) begin : g\n wire w;\n case (P) 1: wire v; default: u i (); endcase\nend else wire n;\n"
        "initial begin\n int k; for (int j = 0; j < 2; j++) begin int l; end\nend\nendmodule"
    )
    outside = {s.name for s in read(text).signals}
    assert outside == {"f", "t", "g"}
    assert [i.module for i in read(text).instances] == ["u"]

    def near(piece: str) -> set[str]:
        return {s.name for s in read(text, text.index(piece) + 1).signals} - outside

    assert near("int z") == {"x", "y", "z"}
    assert near("input q") == {"q"}
    assert near("wire w") == {"w"}
    assert near("wire v") == {"w", "v"}
    assert near("int l") == {"k", "j", "l"}


def test_units_inside_of_units_are_kept_apart() -> None:
    found = read("module m;\nwire a;\nmodule n; wire b; endmodule\nendmodule")
    assert [s.name for s in found.signals] == ["a"]
    assert [node.header.name.valueText for node in found.nested] == ["n"]
