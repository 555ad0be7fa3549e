from __future__ import annotations

import pytest

from rtlgen.core.records import Instance, Port
from rtlgen.retrieval.verilog import (
    identifiers,
    imports_of,
    includes_of,
    macros_of,
    modules_in,
    scope_at,
    tokens,
)

DESIGN = """`define AW 4
package pkg; typedef struct packed {logic [2:0] a; logic b;} pair_t; endpackage
// the fifo
module fifo import pkg::*; #(parameter int WIDTH = 8, localparam D = $clog2(16)) (
  input  logic clk, rst_n,  // clock
  input  logic [WIDTH-1:0] din,
  output reg signed [D:0] level,
  inout wire [`AW-1:0] pad,
  input pkg::pair_t pair [2],
  bus_if.master bus, stream_if s,
  output integer count
);
  for (genvar i = 0; i < 2; i++) begin : g
    ram #(.W(WIDTH)) u_ram (.clk, .d(din), .q());
  end
  if (WIDTH > 4) begin sync u_sync (.*); end else other u_other (a, b);
endmodule
module old (a, q);
  parameter N = 4;
  input a;
  output [N-1:0] q;
  reg [N-1:0] q;
endmodule
interface bus_if (input clk); logic v; modport master (output v); endinterface
"""


def test_units_of_a_file() -> None:
    units = modules_in(DESIGN, "a.sv")
    assert [(u.name, u.kind, u.path, u.line, u.end_line) for u in units] == [
        ("pkg", "package", "a.sv", 2, 2),
        ("fifo", "module", "a.sv", 4, 17),
        ("old", "module", "a.sv", 18, 23),
        ("bus_if", "interface", "a.sv", 24, 24),
    ]
    fifo = units[1]
    assert fifo.ports == (
        Port("clk", "input", 1, "logic"),
        Port("rst_n", "input", 1, "logic"),
        Port("din", "input", 8, "logic [WIDTH-1:0]"),
        Port("level", "output", 5, "reg signed [D:0]"),
        Port("pad", "inout", 4, "wire [`AW-1:0]"),
        Port("pair", "input", 4, "pkg::pair_t [2]"),
        Port("bus", "interface", None, "bus_if.master"),
        Port("s", "interface", None, "stream_if"),
        Port("count", "output", 32, "integer"),
    )
    assert fifo.parameters == (("WIDTH", "8"),)
    assert fifo.imports == ("pkg",)
    assert fifo.instances == (
        Instance("ram", "u_ram", 14, ("clk", "d", "q")),
        Instance("sync", "u_sync", 16, ("*",)),
        Instance("other", "u_other", 16, ()),
    )
    assert fifo.header.startswith("module fifo import pkg::*;")
    assert fifo.header.endswith("output integer count\n);")


def test_an_old_style_header_shows_its_port_declarations() -> None:
    old = modules_in(DESIGN, "a.sv")[2]
    assert old.ports == (Port("a", "input", 1), Port("q", "output", 4, "[N-1:0]"))
    assert old.header == "module old (a, q);\n  parameter N = 4;\n  input a;\n  output [N-1:0] q;"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("module m (input a, output [3:0]", [("m", 1, 1, ("a",))]),
        ("module m (input a);\nwire b;\n", [("m", 1, 2, ("a",))]),
        ("module m (input a);\n u x (.a(\n", [("m", 1, 2, ("a",))]),
        (
            "module m (input a);\nalways begin\nmodule n (input c);\nendmodule",
            [("m", 1, 2, ("a",)), ("n", 3, 4, ("c",))],
        ),
        ("garbage ) } end\nmodule m (input a);\nendmodule", [("m", 2, 3, ("a",))]),
        ("module", []),
        ("module ;", []),
        ("", []),
        ("// module x (input a); endmodule", []),
    ],
)
def test_unfinished_and_broken_text(text: str, expected: list[tuple[str, int, int, tuple[str, ...]]]) -> None:
    found = [(u.name, u.line, u.end_line, tuple(p.name for p in u.ports)) for u in modules_in(text, "x.v")]
    assert found == expected


def test_every_cut_of_a_design_is_read() -> None:
    for end in range(0, len(DESIGN), 7):
        names = [unit.name for unit in modules_in(DESIGN[:end], "x.v")]
        if "output integer count" in DESIGN[:end]:
            assert names[:2] == ["pkg", "fifo"]


def test_defined_macros_choose_ports() -> None:
    text = "module m (\n`ifdef P\n input vdd,\n`endif\n input a);\nendmodule"
    assert [p.name for p in modules_in(text, "")[0].ports] == ["a"]
    assert [p.name for p in modules_in(text, "", ("P",))[0].ports] == ["vdd", "a"]


def test_widths_that_need_other_files_are_unknown() -> None:
    text = "module m import p::*; (input [`BUS-1:0] a, input [p::W-1:0] b, input t_t c, input [1:0] d);\nendmodule"
    assert [p.width for p in modules_in(text, "")[0].ports] == [None, None, None, 2]


def test_lines_end_in_two_characters() -> None:
    windows = modules_in(DESIGN.replace("\n", "\r\n"), "a.sv")
    assert [(u.name, u.line, u.end_line) for u in windows] == [
        (u.name, u.line, u.end_line) for u in modules_in(DESIGN, "a.sv")
    ]


def test_tokens_and_names() -> None:
    text = 'assign q[3] = 8 \'hFF + `W; // no\n/* no */ $display("no", \\esc , a.b);'
    assert tokens(text)[:9] == ["assign", "q", "[", "3", "]", "=", "8 'hFF", "+", "`W"]
    assert identifiers(text) == ["q", "\\esc", "a", "b"]
    assert identifiers("wire clk; foo_bar #(.X(Y)) u1();") == ["clk", "foo_bar", "X", "Y", "u1"]


def test_includes_imports_macros() -> None:
    text = '`include "a.vh"\n//`include "b.vh"\n`include <c.vh>\n`include "a.vh"\nimport p::*; x = q::Y + "r::z";\n'
    assert includes_of(text) == ("a.vh", "c.vh")
    assert imports_of(text) == ("p", "q")
    assert macros_of("`define A\n  `define B(x) x\n// `define C\n") == ("A", "B")


def test_scope_is_at_hand() -> None:
    assert scope_at("module m(input a);\n", 2).names == {"a": "port"}
