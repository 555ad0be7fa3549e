from __future__ import annotations

import pytest

from rtlgen.core.records import Instance
from rtlgen.retrieval.blocks import open_blocks, tail_of


def opened(text: str) -> list[str]:
    return [block.token for block in open_blocks(text)[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("module m; initial begin", ["module", "initial", "begin"]),
        ("module m; always @(posedge clk) q <= d;", ["module"]),
        ("module m; always @(posedge clk) if (a) q <= d; else", ["module", "always"]),
        ("module m; always @* begin if (a) begin end else begin", ["module", "always", "begin", "begin"]),
        ("module m; always @* begin end\nassign", ["module"]),
        ("module m; always @* case (x) 0: a = 1;", ["module", "always", "case"]),
        ("module m; always_comb unique case (x) 0: a = 1; endcase", ["module"]),
        ("module m; function f; input a; begin", ["module", "function", "begin"]),
        ("module m; generate for (i=0;i<2;i=i+1) begin : g", ["module", "generate", "begin"]),
        ("module m; initial fork a; b; join_none", ["module"]),
        ("module m; initial begin wait fork; disable fork;", ["module", "initial", "begin"]),
        ("module m; assert property (x);", ["module"]),
        ("module m; property p;", ["module", "property"]),
        (
            "class c; extern function void f(); pure virtual task t(); virtual function void g();",
            ["class", "function"],
        ),
        ('module m; import "DPI-C" function int f();', ["module"]),
        ("module m; virtual interface bus v;", ["module"]),
        ("module a; endmodule module b;", ["module"]),
        ("endmodule end end", []),
        ("module m; begin endmodule", []),
        ("module m; wire \\begin ; reg begin_q, end_q; $end `begin", ["module"]),
    ],
)
def test_open_blocks(text: str, expected: list[str]) -> None:
    assert opened(text) == expected


def test_where_blocks_open() -> None:
    (module, always, begin), _ = open_blocks("module m;\n\talways @*\n\t  begin\n")
    assert [(b.token, b.line, b.indent) for b in (module, always, begin)] == [
        ("module", 1, ""),
        ("always", 2, "\t"),
        ("begin", 3, "\t  "),
    ]


def tail(text: str) -> tuple[str, Instance | None]:
    found = tail_of(text, open_blocks(text)[1])
    return found.block, found.instance


@pytest.mark.parametrize(
    ("text", "block", "instance"),
    [
        ("module m (input a,\n", "port_list", None),
        ("module m #(parameter A = 1,\n", "parameter_list", None),
        ("module m #(parameter A = 1) (\n", "port_list", None),
        (
            "module m;\nfoo #(.W(1)) u (.clk(clk), .d(a[0]),\n",
            "port_map",
            Instance("foo", "u", 2, ("clk", "d")),
        ),
        ("module m;\n\nfoo #(.W(1),\n", "parameter_map", Instance("foo", "", 3, ("W",))),
        ("module m; foo u[3:0] (.a(x), .*,\n", "port_map", Instance("foo", "u", 1, ("a", "*"))),
        ("module m; if (X) begin : g\n foo u (\n", "port_map", Instance("foo", "u", 2, ())),
        ("module m; foo u (.a({b, (c)}), .d(e\n", "port_map", Instance("foo", "u", 1, ("a", "d"))),
        ("module m; foo u (.a(b));\n", "", None),
        ("module m; assign x = f(\n", "", None),
        ("module m; always @* if (a && (\n", "", None),
        ("module m; initial $display(\n", "", None),
        ("module m; function f (input a,\n", "port_list", None),
    ],
)
def test_tail(text: str, block: str, instance: Instance | None) -> None:
    assert tail(text) == (block, instance)
