from __future__ import annotations

import pytest

from rtlgen.core.records import Instance, Module, Port
from rtlgen.retrieval.declarations import Signal
from rtlgen.retrieval.scope import Process, declared_in, scope_at, scope_between

TEXT = """`define AW 8
module top import p::*; #(parameter W = 1) (
  input clk, input rst_n,
  input [W-1:0] a,
  output reg [`AW-1:0] q
);
  localparam IDLE = 0, RUN = 1;
  typedef enum logic [1:0] {S0, S1 = 2} st_t;
  st_t st, nx;
  wire driven = a;
  wire used;
  `ifdef X
  wire in_ifdef;
  `endif
  genvar g;
  reg [7:0] mem [0:15];
  function [3:0] f(input [3:0] z);
    reg local_of_f;
    f = z;
  endfunction
  for (g = 0; g < 4; g = g + 1) begin : gen
    wire inner;
    assign inner = a;
  end
  sub #(.N(2)) u_sub (.x(a), .y(used));
  always @(posedge clk or negedge rst_n) begin : work
    integer k;
    if (!rst_n) begin
      q <= 0;
    end else begin
      case (st)
        S0: mem[k] <= 1;
        S1, RUN: begin nx = 2; end
//HERE
      endcase
    end
  end
  assign late = 1;
  wire later;
endmodule
module other (input zz); endmodule
"""
HERE = TEXT[: TEXT.index("//HERE")].count("\n") + 1
PREFIX, SUFFIX = TEXT.split("//HERE\n")


class Known:
    """Another module and a package."""

    def module(self, name: str) -> Module | None:
        ports = (Port("x", "input", 1), Port("y", "output", 1))
        return Module("sub", "module", "sub.v", 1, 2, ports) if name == "sub" else None

    def package_signals(self, name: str) -> tuple[Signal, ...]:
        return (Signal("P_CONST", "parameter", value="3"),) if name == "p" else ()

    def included(self, name: str, path: str) -> str | None:
        return "`define FROM_HEADER 1\n" if name == "h.vh" else None


def test_names_with_kind_direction_width_and_line() -> None:
    found = scope_between(PREFIX, SUFFIX)
    assert found.by_name["a"] == Signal("a", "port", "input", "", "[W-1:0]", 4)
    assert found.by_name["q"] == Signal("q", "port", "output", "reg", "[`AW-1:0]", 5)
    assert found.by_name["RUN"] == Signal("RUN", "localparam", "", "", "", 7, "", "1")
    assert found.by_name["S1"] == Signal("S1", "enum", "", "st_t", "", 8, "", "2")
    assert found.by_name["st"] == Signal("st", "variable", "", "st_t", "", 9)
    assert found.by_name["mem"] == Signal("mem", "variable", "", "reg", "[7:0]", 16, "[0:15]")
    assert found.by_name["u_sub"] == Signal("u_sub", "instance", "", "sub", "", 25)
    assert found.names | {"`AW": "macro"} == found.names
    assert {n for n, kind in found.names.items() if kind == "net"} == {"driven", "used", "in_ifdef", "later"}
    assert found.names["k"] == "variable"
    assert not {"inner", "local_of_f", "z", "zz"} & set(found.names)


def test_drivers_before_and_after() -> None:
    found = scope_between(PREFIX, SUFFIX)
    assert {"q", "mem", "nx", "driven", "inner"} <= found.driven_before
    assert found.driven_after == {"late"}
    assert "used" not in found.drivers
    assert "used" in scope_between(PREFIX, SUFFIX, "", Known()).driven_before
    assert "late" not in scope_between(PREFIX).drivers


def test_process_case_and_stack() -> None:
    found = scope_between(PREFIX, SUFFIX)
    assert found.block == "case"
    assert found.process == Process("ff", "clk", "rst_n", "@(posedge clk or negedge rst_n)", 26)
    assert (found.case_subject, found.case_labels) == ("st", ("S0", "S1, RUN"))
    assert [(b.token, b.line, b.indent) for b in found.stack] == [
        ("module", 2, ""),
        ("always", 26, "  "),
        ("begin", 26, "  "),
        ("begin", 30, "    "),
        ("case", 31, "      "),
    ]
    assert found.module is not None
    assert (found.module.name, found.module.line) == ("top", 2)
    assert [p.name for p in found.module.ports] == ["clk", "rst_n", "a", "q"]
    assert found.line == HERE


def test_the_same_by_line() -> None:
    assert scope_at(TEXT, HERE).names == scope_between(PREFIX, SUFFIX).names
    assert scope_at(TEXT, 10_000).block == "file"


@pytest.mark.parametrize(
    ("line", "names", "block"),
    [
        ("    reg local_of_f;", {"z", "local_of_f"}, "function"),
        ("    assign inner = a;", {"inner", "g"}, "generate"),
        ("  genvar g;", set(), "module"),
        ("    if (!rst_n) begin", {"k"}, "always"),
        ("  input clk, input rst_n,", set(), "port_list"),
    ],
)
def test_nested_scopes_open_only_around_the_place(line: str, names: set[str], block: str) -> None:
    end = TEXT.index(line) + len(line) + 1
    for suffix in ("", TEXT[end:]):
        found = scope_between(TEXT[:end], suffix)
        locals_ = {"z", "local_of_f", "inner", "k"} & set(found.names)
        assert locals_ == names & {"z", "local_of_f", "inner", "k"}
        assert names <= set(found.names)
        assert found.block == block


def test_what_other_files_know() -> None:
    found = scope_between('`include "h.vh"\n' + PREFIX, SUFFIX, "top.v", Known())
    assert found.by_name["P_CONST"].kind == "parameter"
    assert found.names["`FROM_HEADER"] == "macro"
    assert found.imports == ("p",)


@pytest.mark.parametrize(
    ("text", "block", "instance"),
    [
        ("module m;\n foo #(.W(1)) u (.clk(clk),\n", "port_map", Instance("foo", "u", 2, ("clk",))),
        ("module m;\n foo #(.W(1),\n", "parameter_map", Instance("foo", "", 2, ("W",))),
        ("module m #(parameter A = 1,\n", "parameter_list", None),
        ("// only a comment\n", "file", None),
        ("module m;\nendmodule\n", "file", None),
        ("module m;\n initial begin\n", "initial", None),
        ("module m;\n always @(*) begin\n", "always", None),
        ("package p;\n", "module", None),
        ("class c;\n function void f();\n", "file", None),
    ],
)
def test_blocks(text: str, block: str, instance: Instance | None) -> None:
    found = scope_between(text)
    assert (found.block, found.in_instance) == (block, instance)


@pytest.mark.parametrize(
    ("head", "process"),
    [
        ("always_comb begin", Process("comb", line=2)),
        ("always @(*) begin", Process("comb", events="@(*)", line=2)),
        ("always @* begin", Process("comb", events="@*", line=2)),
        ("always_ff @(posedge c) begin", Process("ff", "c", "", "@(posedge c)", 2)),
        (
            "always @(negedge reset_n or posedge ck) begin",
            Process("ff", "ck", "reset_n", "@(negedge reset_n or posedge ck)", 2),
        ),
        ("always_latch begin", Process("latch", line=2)),
        ("initial begin", Process("initial", line=2)),
    ],
)
def test_processes(head: str, process: Process) -> None:
    assert scope_between(f"module m;\n{head}\n").process == process


def test_any_cut_has_a_scope() -> None:
    complete = {s.name for s in scope_at(TEXT, HERE).signals}
    for end in range(0, len(PREFIX), 5):
        found = scope_between(PREFIX[:end], SUFFIX if end % 2 else "")
        assert found.line == PREFIX[:end].count("\n") + 1
        above = {s.name for s in found.signals if 0 < s.line < found.line - 1}
        assert above <= complete | {"inner", "z", "local_of_f", "g"}


def test_broken_text_has_a_scope() -> None:
    for text in (
        "module",
        "module m (",
        "end end ) }",
        "module m; \\",
        'module m; "',
        "module m; /*",
        "\x01\x02",
        "é" * 50,
    ):
        assert scope_between(text, text).line == 1


@pytest.mark.parametrize(
    "text",
    [
        "module m; always @* case (x) " + "a, " * 20_000,
        "module m; assign " + "{a," * 20_000,
        "module m; assign a" + "[" * 20_000,
        "module m; foo u (" + ".a(b), " * 20_000,
        "module m; initial " + "begin " * 2_000,
        "`A(" * 20_000,
        "/*" * 20_000,
        '"' * 20_000,
    ],
)
def test_odd_text_costs_no_more_than_its_length(text: str) -> None:
    assert scope_between(text).line == 1
    assert scope_between("", text).line == 1


def test_labels_of_a_case() -> None:
    head = "module m;\nalways @* case (op[1:0])\n 2'b00, p::ADD: a = b ? c : d;\n"
    text = head + " {1'b1, X}: begin e = 1; end\n default: f = 0;\n"
    found = scope_between(text)
    assert (found.case_subject, found.case_labels) == ("op[1:0]", ("2'b00, p::ADD", "{1'b1, X}", "default"))


def test_declarations_of_a_package() -> None:
    text = "package p;\n parameter A = 2;\n typedef enum {X, Y} e_t;\nendpackage\n"
    assert [s.name for s in declared_in(text, "p")] == ["A", "X", "Y", "e_t"]
    assert declared_in(text, "q") == ()
