from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rtlgen.core.project import Project, load_project
from rtlgen.core.records import CheckReport
from rtlgen.sim.check import Checker

Verdict = Callable[..., CheckReport]

HEAD = """\
`include "defs.vh"
module top import ops_pkg::*; (
  input  logic       clk, rst_n,
  input  logic [7:0] x, z,
  input  op_t        op,
  output logic [7:0] y,
  output logic       flag
);
  logic [7:0] q, total;
  logic [3:0] low;
  logic       carry;
"""

GOOD = {
    "assign": "  <<assign y = x & z;\n>>endmodule\n",
    "always header": "  <<always_ff @(posedge clk) begin\n>>    q <= x;\n  end\nendmodule\n",
    "statement": "  always_ff @(posedge clk) begin\n    <<q <= x;\n>>  end\nendmodule\n",
    "port connection": "  adder u_add (\n    .a(x),\n    <<.b(z),\n>>    .sum(total), .carry(carry)\n  );\nendmodule\n",
    "last port": "  adder u_add (\n    .a(x), .b(z), .carry(carry),\n    <<.sum(total)\n>>  );\nendmodule\n",
    "declaration": "  <<logic [7:0] extra;\n>>  assign extra = x;\n  assign y = extra;\nendmodule\n",
    "case item": "  always_comb case (op)\n    OP_ADD: q = x;\n    <<OP_SUB: q = z;\n>>    default: q = 0;\n  endcase\n",
    "closer end": "  always_ff @(posedge clk) begin\n    q <= x;\n  <<end\n>>endmodule\n",
    "closer endmodule": "  assign y = x;\n<<endmodule\n>>",
    "closer of a port map": "  adder u_add (\n    .a(x), .b(z), .sum(total), .carry(carry)\n  <<);\n>>endmodule\n",
    "expression goes on": "  assign y = x |\n    <<(z & {8{flag}});\n>>endmodule\n",
    "rest of a line": "  assign y = x <<& z;>>\nendmodule\n",
    "rest of a word": "  assign y = to<<tal;>>\nendmodule\n",
    "macro": "  <<assign y = `MAX(x, z);\n>>endmodule\n",
    "package function": "  <<assign y = ops_pkg::swap(x);\n>>endmodule\n",
    "struct member": "  beat_t beat;\n  <<assign beat.data = x;\n>>endmodule\n",
    "parameter": "  adder #(\n    <<.W(WIDTH)\n>>  ) u_add (.a(x), .b(z), .sum(total), .carry);\nendmodule\n",
    "interface": "  <<bus_if link ();\n>>endmodule\n",
    "comment": "  <<// the sum\n>>  assign y = x;\nendmodule\n",
    "generate loop": "  for (genvar i = 0; i < 8; i++) begin : g_bit\n    <<assign y[i] = x[7 - i];\n>>  end\n",
    "block": "  <<always_comb begin\n    low = x[3:0];\n    if (carry) low = 0;\n  end\n>>",
    "directive": "  <<`ifdef FAST\n>>  assign y = x;\n`else\n  assign y = z;\n`endif\nendmodule\n",
    "untaken branch": "`ifdef NEVER\n  <<assign y = x;\n>>`endif\nendmodule\n",
    "false generate": "  if (0) begin : g_off\n    <<assign y = x;\n>>  end\nendmodule\n",
}

AT_END = {
    "assign": "<<  assign y = x & z;\n>>",
    "open begin": "<<  always_ff @(posedge clk) begin\n>>",
    "half an expression": "<<  assign y = x &\n>>",
    "half an assignment": "  assign y =<< x>>",
    "instance head": "<<  adder u_add (\n>>",
    "instance without its map": "<<  adder u_add\n>>",
    "parameter of an instance": "  adder #(\n<<    .W(8)\n>>",
    "port map line": "  adder u_add (\n    .a(x),\n<<    .b(z),\n>>",
    "case head": "  always_comb\n<<    case (op)\n>>",
    "function head": "<<  function automatic logic f(input logic a);\n>>",
    "if head": "  always_comb begin\n<<    if (carry)\n>>",
    "generate head": "<<  for (genvar i = 0; i < 8; i++) begin : g_bit\n>>",
    "conditional": "<<`ifdef FAST\n>>",
    "end of the file": "  assign y = x;\n<<endmodule\n>>",
    "block comment": "<<  /* what follows\n>>",
}

BAD = {
    "undeclared": ("  <<assign y = missing;\n>>endmodule\n", "UndeclaredIdentifier", ("missing",)),
    "undeclared on the left": (
        "  always_comb <<nothing = x;\n>>endmodule\n",
        "UndeclaredIdentifier",
        ("nothing",),
    ),
    "undeclared in a port map": (
        "  adder u_add (.a(x), .b(z), .sum(total),\n    <<.carry(carri)\n>>  );\nendmodule\n",
        "ImplicitNet",
        ("carri",),
    ),
    "no such port": (
        "  adder u_add (\n    .a(x), .b(z), .sum(total),\n    <<.cout(carry)\n>>  );\nendmodule\n",
        "PortDoesNotExist",
        ("cout",),
    ),
    "drives an input through a port": (
        "  adder u_add (.a(x), .b(z), .carry(carry),\n    <<.sum(x)\n>>  );\nendmodule\n",
        "MultipleDrivers",
        (),
    ),
    "second driver of a net": (
        "  wire [7:0] w;\n  assign w = x;\n  <<assign w = z;\n>>endmodule\n",
        "MultipleDrivers",
        (),
    ),
    "port twice": (
        "  adder u_add (\n    .a(x), .b(z), .sum(total), .carry(carry),\n    <<.a(q)\n>>  );\nendmodule\n",
        "DuplicatePortConnection",
        (),
    ),
    "no such parameter": (
        "  adder #(<<.N(8)>>) u_add (.a(x), .b(z));\nendmodule\n",
        "ParameterDoesNotExist",
        ("N",),
    ),
    "missing semicolon": ("  <<assign y = x\n>>  assign q = z;\nendmodule\n", "ExpectedToken", ()),
    "one end too many": (
        "  always_comb begin\n    q = x;\n  end\n  <<end\n>>endmodule\n",
        "UnexpectedEndDelim",
        (),
    ),
    "endmodule too early": ("  <<endmodule\n>>  assign y = x;\nendmodule\n", "NotAllowedInCU", ()),
    "redeclaration": ("  <<logic [3:0] total;\n>>endmodule\n", "RedefinitionDifferentType", ()),
    "same declaration again": ("  <<logic carry;\n>>endmodule\n", "Redefinition", ()),
    "assigns an input": ("  <<assign x = z;\n>>endmodule\n", "InputPortCoercion", ()),
    "clocked input": ("  always_ff @(posedge clk) <<x <= z;\n>>endmodule\n", "AssignToNet", ()),
    "second driver": ("  assign y = x;\n  <<assign y = z;\n>>endmodule\n", "MultipleContAssigns", ()),
    "unknown type": ("  <<word_t w;\n>>endmodule\n", "UndeclaredIdentifier", ("word_t",)),
    "unknown package member": (
        "  <<assign y = ops_pkg::flip(x);\n>>endmodule\n",
        "UnknownPackageMember",
        ("flip",),
    ),
    "unknown package": (
        "  <<assign y = other_pkg::flip(x);\n>>endmodule\n",
        "UnknownClassOrPackage",
        ("other_pkg",),
    ),
    "unknown macro": ("  <<assign y = `MIN(x, z);\n>>endmodule\n", "UnknownDirective", ("`MIN",)),
    "unknown system task": ('  initial <<$dispaly("x");\n>>endmodule\n', "UnknownSystemName", ("$dispaly",)),
    "unknown modport": ("endmodule\nmodule m (<<bus_if.sink p>>);\nendmodule\n", "NotAModport", ("sink",)),
    "garbage": ("  <<assign = ) y;\n>>endmodule\n", "ExpectedExpression", ()),
    "unclosed parenthesis": ("  <<assign y = (x & z;\n>>endmodule\n", "ExpectedToken", ()),
    "undeclared in a false generate": (
        "  if (0) begin : g_off\n    <<assign y = missing;\n>>  end\nendmodule\n",
        "UndeclaredIdentifier",
        ("missing",),
    ),
    "undeclared in an untaken branch": (
        "`ifdef NEVER\n  <<assign y = missing;\n>>`endif\nendmodule\n",
        "UndeclaredIdentifier",
        ("missing",),
    ),
}

BAD_AT_END = {
    "undeclared": ("<<  assign y = missing;\n>>", "UndeclaredIdentifier"),
    "no such port": ("  adder u_add (\n    .a(x),\n<<    .c(z),\n>>", "PortDoesNotExist"),
    "semicolon missing before": ("  assign y = x\n<<  assign q = z;\n>>", "ExpectedToken"),
    "unbalanced": ("  always_comb begin\n<<  endcase\n>>", "UnexpectedEndDelim"),
    "wrong bracket": ("<<  assign y = x[3;\n>>", "ExpectedToken"),
    "second endmodule": ("  assign y = x;\nendmodule\n<<endmodule\n>>", "UnexpectedEndDelim"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_candidate_is_clean(verdict: Verdict, name: str) -> None:
    report = verdict(HEAD + GOOD[name])
    assert (report.status, report.new, report.undeclared) == ("clean", (), ())


@pytest.mark.parametrize("name", AT_END)
def test_a_file_that_stops_at_the_cursor_is_no_error(verdict: Verdict, name: str) -> None:
    report = verdict(HEAD + AT_END[name])
    assert (report.status, report.new) == ("clean", ())


@pytest.mark.parametrize("name", BAD)
def test_a_bad_candidate_is_broken(verdict: Verdict, name: str) -> None:
    marked, code, undeclared = BAD[name]
    report = verdict(HEAD + marked)
    assert report.status == "broken"
    assert code in {d.code for d in report.new if d.severity == "error"}
    assert report.undeclared == undeclared
    assert report.reason == report.new[0].message


@pytest.mark.parametrize("name", BAD_AT_END)
def test_a_bad_candidate_at_the_end_is_broken(verdict: Verdict, name: str) -> None:
    marked, code = BAD_AT_END[name]
    report = verdict(HEAD + marked)
    assert report.status == "broken"
    assert code in {d.code for d in report.new if d.severity == "error"}


@pytest.mark.parametrize(
    ("marked", "code"),
    [
        ("  <<assign low = x;\n>>endmodule\n", "WidthTruncate"),
        ("  adder u_add (.a(x), .b(z), .carry(carry),\n<<.sum(low)\n>>);\nendmodule\n", "PortWidthTruncate"),
        ("  always_comb <<if (carry) q = x;\n>>endmodule\n", "InferredLatch"),
        ("  <<assign later = x;\n>>  logic [7:0] later;\nendmodule\n", "UsedBeforeDeclared"),
        ("  <<pll u_pll (.clk(clk));\n>>endmodule\n", "UnknownModule"),
    ],
)
def test_doubts_are_warnings(verdict: Verdict, marked: str, code: str) -> None:
    report = verdict(HEAD + marked)
    assert report.status == "warned"
    assert [d.code for d in report.new] == [code]
    assert report.ok


def test_an_unknown_module_is_a_note(verdict: Verdict) -> None:
    report = verdict(HEAD + "  <<pll u_pll (.clk(clk));\n>>endmodule\n")
    assert [(d.severity, d.message) for d in report.new] == [("note", "module 'pll' is not in this project")]


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        ("  <<always_comb begin\n>>endmodule\n", "`begin` is not closed yet"),
        ("  adder u_add (\n    <<.a(x),\n>>  );\nendmodule\n", "`,` is followed by nothing yet"),
        ("  always_comb begin\n    <<if (carry)\n>>  end\nendmodule\n", "the body of `if` is to follow"),
        ("  <<adder u_add (\n>>endmodule\n", "`(` is not closed yet"),
    ],
)
def test_one_line_of_several_is_not_broken(verdict: Verdict, marked: str, reason: str) -> None:
    report = verdict(HEAD + marked)
    assert (report.status, report.reason) == ("warned", reason)


def test_names_of_an_unfinished_line_still_count(verdict: Verdict) -> None:
    report = verdict(HEAD + "  <<always_ff @(posedge clock) begin\n>>endmodule\n")
    assert report.status == "broken"
    assert report.undeclared == ("clock",)


def test_a_line_of_a_longer_hole_is_judged_up_to_its_end(verdict: Verdict) -> None:
    hole = (
        "  always_ff @(posedge clk) begin\n<<    if (carry) begin\n>>    end else q <= z;\n  end\nendmodule\n"
    )
    assert verdict(HEAD + hole).status == "clean"
    two_missing = "  <<always_ff @(posedge clk)\n>>    end else q <= z;\n  end\nendmodule\n"
    assert verdict(HEAD + two_missing).ok


def test_errors_of_the_file_as_it_was_do_not_count(verdict: Verdict) -> None:
    sick = HEAD + "  assign q = absent;\n  assign low = nowhere[3:0];\n"
    assert verdict(sick + "  <<assign y = x;\n>>endmodule\n").status == "clean"
    assert verdict(sick + "  <<assign y = absence;\n>>endmodule\n").undeclared == ("absence",)


def test_a_declaration_that_mends_the_file_is_clean(verdict: Verdict) -> None:
    marked = HEAD + "  <<logic [7:0] sum;\n>>  assign sum = x;\n  assign y = sum;\nendmodule\n"
    report = verdict(marked)
    assert (report.status, report.mends) == ("clean", True)
    assert not verdict(HEAD + "  <<logic [7:0] sum;\n>>  assign y = x;\nendmodule\n").mends


def test_a_line_that_closes_a_hole_mends_the_file(verdict: Verdict) -> None:
    assert verdict(HEAD + "  always_comb begin\n    q = x;\n  <<end\n>>endmodule\n").mends


def test_a_declaration_of_the_wrong_width_is_warned_where_it_is_used(verdict: Verdict) -> None:
    report = verdict(HEAD + "  <<logic [3:0] sum;\n>>  assign sum = x;\nendmodule\n")
    assert [(d.code, d.line) for d in report.new] == [("WidthTruncate", 13)]


def test_several_drivers_are_meant_where_there_is_high_impedance(verdict: Verdict) -> None:
    text = "  wire [7:0] w;\n  assign w = flag ? x : 8'bz;\n  <<assign w = z;\n>>endmodule\n"
    assert verdict(HEAD + text).status == "clean"


def test_connections_of_inout_ports_may_meet(verdict: Verdict) -> None:
    text = "  wire w;\n  assign w = flag;\n  pad u_pad (<<.io(w)>>);\nendmodule\nmodule pad (inout io);\nendmodule\n"
    assert verdict(HEAD + text).status == "clean"


def test_bits_of_a_net_have_drivers_of_their_own(verdict: Verdict) -> None:
    text = "  wire [7:0] w;\n  assign w[3:0] = x[3:0];\n  <<assign w[7:4] = z[3:0];\n>>endmodule\n"
    assert verdict(HEAD + text).status == "clean"


def test_places(verdict: Verdict) -> None:
    report = verdict(HEAD + "  assign q = x;\n  <<assign y = missing;\n>>endmodule\n")
    found = report.new[0]
    assert (found.path, found.line, found.column) == ("rtl/top.sv", 13, 14)


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        ("  // old: <<assign y = x;>>\nendmodule\n", "the place is inside a comment or a string"),
        ("`define TWICE(a) \\\n  <<(2 * a)>>\nendmodule\n", "the place is inside a macro definition"),
    ],
)
def test_where_nothing_can_be_said(verdict: Verdict, marked: str, reason: str) -> None:
    report = verdict(HEAD + marked)
    assert (report.status, report.reason) == ("unchecked", reason)


def test_another_design_with_the_same_module_is_left_out(tmp_path: Path) -> None:
    for name in ("one", "two"):
        modules = (
            ["core (input a)", "mem (input b)"] if name == "one" else ["core (input c)", "rom (input d)"]
        )
        text = "".join(f"module {m};\nendmodule\n" for m in modules)
        (tmp_path / f"{name}.v").write_text(text, encoding="utf-8")
    checker = Checker(load_project(tmp_path))
    text = "module core (input a);\nendmodule\nmodule top (input a);\n"
    text += "core u_core (.a(a));\nmem u_mem (.b(a));\nendmodule\n"
    line = "core u_core (.a(a));\n"
    assert checker.check("three.v", text, (text.index(line), len(line))).status == "clean"


def test_an_include_fragment_is_checked_inside_its_includer(build: Project) -> None:
    (build.root / "rtl" / "ports.vh").write_text("assign y = x;\n", encoding="utf-8")
    (build.root / "rtl" / "user.sv").write_text(
        'module user (input logic x, output logic y);\n`include "ports.vh"\nendmodule\n', encoding="utf-8"
    )
    checker = Checker(load_project(build.root))
    assert checker.check("rtl/ports.vh", "assign y = x;\n", (0, 14)).status == "clean"
    broken = checker.check("rtl/ports.vh", "assign y = w;\n", (0, 14))
    assert (broken.status, broken.undeclared, broken.new[0].line) == ("broken", ("w",), 1)
    alone = Checker(build).check("rtl/alone.vh", "assign y = x;\n", (0, 14))
    assert alone.status == "unchecked"


def test_headers_outside_the_project_leave_names_open(verdict: Verdict) -> None:
    head = '`include "vendor.vh"\n' + HEAD
    report = verdict(head + "  assign q = vendor_word;\n  <<assign y = vendor_word;\n>>endmodule\n")
    assert (report.status, report.undeclared) == ("warned", ("vendor_word",))
    assert verdict(head + "  <<assign y = `VENDOR_MACRO(x);\n>>endmodule\n").status == "warned"
    assert verdict(head + "  <<assign y = nobody_has_this;\n>>endmodule\n").status == "broken"


def test_verilog_whose_names_are_keywords_of_systemverilog(verdict: Verdict) -> None:
    text = "module old (input clk, output reg bit);\n  wire do;\n  <<always @(posedge clk) bit <= do;\n>>endmodule\n"
    assert verdict(text, "rtl/old.v").status == "clean"


def test_macros_of_earlier_files_of_a_list_hold(tmp_path: Path) -> None:
    (tmp_path / "config.v").write_text("`define WIDE\n`define SIZE 8\n", encoding="utf-8")
    (tmp_path / "a.v").write_text("module a; endmodule\n", encoding="utf-8")
    (tmp_path / "all.f").write_text("config.v\na.v\n", encoding="utf-8")
    checker = Checker(load_project(tmp_path, filelists=[str(tmp_path / "all.f")]))
    text = "module a (input [`SIZE-1:0] x, output [`SIZE-1:0] y);\n`ifdef WIDE\nwire [7:0] w = x;\n`endif\n"
    text += "assign y = w;\nendmodule\n"
    line = "assign y = w;\n"
    assert checker.check("a.v", text, (text.index(line), len(line))).status == "clean"


def test_defines_and_include_folders_of_the_build(tmp_path: Path) -> None:
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc" / "w.vh").write_text("`define W 4\n", encoding="utf-8")
    (tmp_path / "a.sv").write_text("module a; endmodule\n", encoding="utf-8")
    (tmp_path / "all.f").write_text("+incdir+inc\n+define+HAS_Y\na.sv\n", encoding="utf-8")
    checker = Checker(load_project(tmp_path, filelists=[str(tmp_path / "all.f")]))
    text = '`include "w.vh"\nmodule a (input [`W-1:0] x\n`ifdef HAS_Y\n, output [`W-1:0] y\n`endif\n);\n'
    text += "assign y = x;\nendmodule\n"
    assert checker.check("a.sv", text, (text.index("assign"), 14)).status == "clean"


def test_a_changed_neighbour_is_read_again(build: Project, checker: Checker) -> None:
    text = "module t (input logic [7:0] x);\n  adder u (\n.a(x), .extra(x));\nendmodule\n"
    inserted = (text.index(".a(x)"), len(".a(x), .extra(x)"))
    assert checker.check("rtl/t.sv", text, inserted).undeclared == ("extra",)
    path = build.root / "rtl" / "adder.sv"
    path.write_text(path.read_text().replace("  input  logic [W-1:0] b,", "  input logic [W-1:0] b, extra,"))
    os.utime(path, ns=(1, 1))
    assert checker.check("rtl/t.sv", text, inserted).status == "clean"


def test_a_changed_header_is_read_again(build: Project, checker: Checker) -> None:
    text = '`include "defs.vh"\nmodule t (output logic [7:0] y);\nassign y = `NEW_VALUE;\nendmodule\n'
    inserted = (text.index("assign"), len("assign y = `NEW_VALUE;"))
    assert checker.check("rtl/t.sv", text, inserted).undeclared == ("`NEW_VALUE",)
    path = build.root / "include" / "defs.vh"
    path.write_text(
        path.read_text().replace("`define RESET_VALUE", "`define NEW_VALUE 8'h01\n`define RESET_VALUE")
    )
    os.utime(path, ns=(1, 1))
    assert checker.check("rtl/t.sv", text, inserted).status == "clean"


def test_a_new_file_of_the_folder_needs_a_new_project_only_when_it_is_not_listed(checker: Checker) -> None:
    text = "module fresh (input logic a, output logic b);\n  assign b = a;\nendmodule\n"
    assert checker.check("rtl/fresh.sv", text, range(2, 3)).status == "clean"


def test_characters_outside_ascii_do_not_move_places(verdict: Verdict) -> None:
    report = verdict("// größe µ → 日本\r\n" + HEAD + "  <<assign y = fehlt;\n>>endmodule\n")
    assert (report.new[0].line, report.new[0].column) == (13, 14)


@pytest.mark.parametrize("candidate", ["", "   \n", "\n"])
def test_nothing_is_clean(checker: Checker, candidate: str) -> None:
    assert (
        checker.check("rtl/top.sv", "module m;" + candidate + "endmodule", (9, len(candidate))).status
        == "clean"
    )


@pytest.mark.parametrize("inserted", [(-1, 2), (0, 99), range(2), range(2, 9)])
def test_a_span_outside_the_text_is_refused(checker: Checker, inserted: tuple[int, int] | range) -> None:
    with pytest.raises(ValueError, match="text of"):
        checker.check("rtl/top.sv", "module m;\nendmodule\n", inserted)


def test_any_text_gets_a_verdict(checker: Checker) -> None:
    text = HEAD + "endmodule\n"
    for junk in [
        "\x00",
        "`",
        "``",
        '"',
        "\\",
        "/*",
        "'",
        "`include",
        "`define",
        "(" * 300,
        "begin " * 200,
        "é€",
    ]:
        report = checker.check("rtl/top.sv", HEAD + junk + "\nendmodule\n", (len(HEAD), len(junk)))
        assert report.status in {"clean", "warned", "broken", "unchecked"}
    assert checker.check("rtl/top.sv", text, (0, len(text))).status == "clean"
