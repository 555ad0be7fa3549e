"""Designs that touch the test are named; plain designs are not."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from rtlgen.core.project import load_project
from rtlgen.sim.tamper import suspicions

OUT = "which only something outside the design can answer"


def module(body: str) -> str:
    return (
        f"module m(input clk, input d, output reg q);\n{body}\n  always @(posedge clk) q <= d;\nendmodule\n"
    )


TRICKS = {
    "prints": ('initial $display("PASS");', "calls $display (line 2)"),
    "writes without a line end": ('initial $write("PASS\\n");', "calls $write (line 2)"),
    "monitors": ("initial $monitor(q);", "calls $monitor (line 2)"),
    "strobes": ("initial $strobe(q);", "calls $strobe (line 2)"),
    "ends the simulation": ("initial #3 $finish;", "calls $finish (line 2)"),
    "stops": ("initial #3 $stop(0);", "calls $stop (line 2)"),
    "fails on purpose": ('initial $fatal(0, "x");', "calls $fatal (line 2)"),
    "opens a file": ('integer f; initial f = $fopen("result.txt", "w");', "calls $fopen (line 2)"),
    "reads a file": ('reg [7:0] r[0:3]; initial $readmemh("/etc/passwd", r);', "calls $readmemh (line 2)"),
    "dumps": ('initial $dumpfile("/etc/passwd");', "calls $dumpfile (line 2)"),
    "runs a program": ('initial $system("id");', "calls $system (line 2)"),
    "inserts C": ('initial $c("exit(0);");', "calls $c (line 2)"),
    "reads arguments": ('initial if ($test$plusargs("x")) q = 1;', "calls $test$plusargs (line 2)"),
    "deposits": ("initial $deposit(q, 1);", "calls $deposit (line 2)"),
    "switches assertions off": ("initial $assertoff;", "calls $assertoff (line 2)"),
    "in a final block": ('final $display("PASS");', "calls $display (line 2)"),
    "in a function": (
        'function f; input x; begin $display("PASS"); f = x; end endfunction',
        "calls $display (line 2)",
    ),
    "by an escaped name": ('initial \\$display ("PASS");', "calls $display by an escaped name (line 2)"),
    "from a macro": ('`define SAY $display\n  initial `SAY("PASS");', "calls $display (line 2)"),
    "from a macro never used here": ("`define END $finish", "calls $finish (line 2)"),
    "from halves of a name": (
        '`define A $dis\n`define B play\n  initial `A`B("PASS");',
        "calls $dis (line 2)",
    ),
    "from a lone dollar": ("`define S $\n  initial `S`S;", "builds the name of a system task (line 2)"),
    "by pasting": ("`define S(x) $``x\n  initial `S(finish);", "builds the name of a system task (line 2)"),
    "by pasting onto a harmless one": (
        "`define S(x) $time``x\n  initial `S(format);",
        "builds the name of a system task from $time (line 2)",
    ),
    "behind ifdef": ("`ifdef __ICARUS__\n  initial #9 $finish;\n`endif", "calls $finish (line 3)"),
    "behind an else": ("`ifdef X\n`else\n  initial #9 $finish;\n`endif", "calls $finish (line 4)"),
    "behind a nested comment": ("/* /* */ initial $finish; /* */", "calls $finish (line 2)"),
    "after a comment in a string": ('reg [63:0] s = "/*"; initial $finish; // */', "calls $finish (line 2)"),
    "after a comment in an escaped name": (
        "wire \\a// ; initial $finish;",
        "has an escaped name that hides a comment, a string or a macro (line 2)",
    ),
    "after a carriage return": ("// comment\rinitial $finish;", "calls $finish (line 2)"),
    "in a comment continued by a backslash": (
        "`define X 1 // \\\n  initial $finish;",
        "calls $finish (line 3)",
    ),
    "behind three quotes": (
        'reg [63:0] s = """ " """; initial $finish; //"',
        "has quotes that readers take differently (line 2)",
    ),
    "sets the bench's counter": ("initial tb.errors = 0;", f"uses tb, {OUT} (line 2)"),
    "reads the reference's output": ("wire w = good1.q;", f"uses good1, {OUT} (line 2)"),
    "forces": ("initial force tb.errors = 0;", "forces a signal (line 2)"),
    "releases": ("initial release tb.errors;", "releases a signal (line 2)"),
    "from the root": ("initial $root.tb.errors = 0;", "calls $root (line 2)"),
    "from the compilation unit": ("initial $unit::errors = 0;", "calls $unit (line 2)"),
    "calls the bench's task": ("initial tb.finish_test();", f"uses tb, {OUT} (line 2)"),
    "calls the bench's task without a dot": ("initial #5 finish_test;", f"uses finish_test, {OUT} (line 2)"),
    "calls the bench's function without a dot": ("wire w = expected(d);", f"uses expected, {OUT} (line 2)"),
    "disables the bench's block": ("initial #5 disable main;", f"uses main, {OUT} (line 2)"),
    "triggers the bench's event": ("initial -> tb.done;", f"uses tb, {OUT} (line 2)"),
    "waits for the bench": ("always @(tb.w) q = 1;", f"uses tb, {OUT} (line 2)"),
    "sets the bench's parameter": ("defparam tb.N = 1;", f"uses tb, {OUT} (line 2)"),
    "by a macro": ("`define P(x) tb.x\n  initial `P(errors) = 0;", f"uses tb, {OUT} (line 3)"),
    "in a branch not taken": ("`ifdef X\n  initial tb.errors = 0;\n`endif", f"uses tb, {OUT} (line 3)"),
    "in a generate not taken": (
        "parameter P = 0;\n  generate if (P == 7) begin : g\n    initial tb.errors = 0;\n  end endgenerate",
        f"uses tb, {OUT} (line 4)",
    ),
    "in the else of a generate": (
        "parameter P = 0;\n  if (P == 0) begin : a\n  end else begin : b\n    initial tb.errors = 0;\n  end",
        f"uses tb, {OUT} (line 5)",
    ),
    "in a case of a generate": (
        "parameter P = 0;\n  case (P)\n    0: begin end\n    default: begin : b initial tb.errors = 0; end\n  endcase",
        f"uses tb, {OUT} (line 5)",
    ),
    "in a loop of a generate": (
        "parameter P = 0;\n  for (genvar i = 0; i < P; i++) begin : a\n    initial tb.errors = 0;\n  end",
        f"uses tb, {OUT} (line 4)",
    ),
    "behind a decoy's name": (
        "wire w = good1.q;\nendmodule\nmodule good1;\n  wire q;\nendmodule\nmodule rest(input clk, d, output reg q);",
        f"uses good1, {OUT} (line 2)",
    ),
    "in a module that is not used": (
        "endmodule\nmodule other(input clk, input d, output reg q);\n  initial tb.errors = 0;",
        f"uses tb, {OUT} (line 4)",
    ),
    "instantiates the reference": (
        "RefModule r(.clk(clk), .d(d));",
        "instantiates RefModule, which is not its own (line 2)",
    ),
    "is the reference": (
        "endmodule\nmodule RefModule(input clk, input d, output reg q);",
        "defines RefModule, a module of the test (line 3)",
    ),
    "is the stimulus": (
        "endmodule\nmodule stimulus_gen(input clk, input d, output reg q);",
        "defines stimulus_gen, a module of the test (line 3)",
    ),
    "includes the reference": ('`include "ref.sv"', "includes ref.sv (line 2)"),
    "includes by a macro": ('`define F "ref.sv"\n`include `F', "includes a file that a macro names (line 3)"),
    "binds": (
        "endmodule\nbind tb spy s();\nmodule spy(input clk, input d, output reg q);",
        "binds something into another module (line 3)",
    ),
    "is a program": (
        "endmodule\nprogram p(input clk, input d, output reg q);",
        "is a program: its end ends the simulation (line 3)",
    ),
    "imports C": (
        'import "DPI-C" function int system(input string s);',
        "imports a function of another language (line 2)",
    ),
    "exports to C": ('export "DPI-C" function f;', "exports a function of another language (line 2)"),
    "renames lines": ('`line 1 "tb.sv" 0', "renames its lines with `line (line 2)"),
    "is encrypted": ("`pragma protect begin_protected", "hides text with `pragma protect (line 2)"),
    "inserts a C++ header": (
        "`systemc_header\n#include <cstdlib>\n`verilog",
        "inserts C++ with `systemc_header (line 2)",
    ),
    "leaves a comment open": ("/* swallow", "has a comment that does not end (line 2)"),
    "leaves a conditional open": ("`ifdef NEVER", "leaves a conditional open (line 2)"),
    "leaves a string open": ('reg s = ";', "has a string that does not end (line 2)"),
    "has a null character": ("// \0", "has a null character (line 2)"),
    "uses a macro of the bench": ("`CHECK", "uses the macro `CHECK, which it does not define (line 2)"),
    "drives its input": ("assign d = 0;", "drives its own input d (line 1)"),
    "pulls its input": ("pulldown (supply0) (d);", "drives its own input d (line 1)"),
    "drives its input from below": (
        "low u(d);\nendmodule\nmodule low(output x);\n  assign (supply0, supply1) x = 0;\n"
        "endmodule\nmodule rest(input clk, d, output reg q);",
        "drives its own input d (line 1)",
    ),
    "drives its input by a switch": ("wire z = 0; tran (d, z);", "drives its own input d (line 1)"),
    "joins nets": ("wire z; alias z = d;", "joins nets with alias (line 2)"),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_is_named(trick: str) -> None:
    body, told = TRICKS[trick]
    assert told in suspicions([module(body)], "m")


HARMLESS = {
    "nothing": "",
    "clog2": "localparam W = $clog2(16); reg [W-1:0] n = $unsigned(3);",
    "random": "initial q = $random;",
    "time": "reg [63:0] t; always @(posedge clk) t = $time;",
    "words in comments": "// $display tb.errors `include bind force\n/* $finish; */",
    "words in strings": 'reg [255:0] s = "$display(tb.x) `include // bind";',
    "words in names": "wire force_it, bind_x, my_program; wire x$finish;",
    "a field": "struct packed { logic a; logic b; } s; assign s.a = d;",
    "a name below": "low u(.x(d)); wire w = u.y;\nendmodule\nmodule low(input x);\n  wire y = x;\nendmodule\n"
    "module rest(input clk, d, output reg q);",
    "its own parameter below": "low u(.x(d)); defparam u.P = 2;\nendmodule\nmodule low(input x);\n  parameter P = 1;\n"
    "endmodule\nmodule rest(input clk, d, output reg q);",
    "a named block": "always @(posedge clk) begin : work\n    integer i; i = 0; if (d) disable work;\n  end",
    "generates": "genvar i;\n  generate for (i = 0; i < 4; i = i + 1) begin : g\n    wire w; assign w = d;\n"
    "  end endgenerate\n  wire v = g[2].w;",
    "generate by parameter": "parameter P = 1;\n  if (P) begin : a wire w = d; end else begin : b wire w = ~d; end",
    "macros": "`define W 8\n`define MAX(a, b) ((a) > (b) ? (a) : (b))\n  wire [`W-1:0] w = `MAX(3, 4);",
    "conditionals": "`ifdef WIDE\n  wire [7:0] w = 1;\n`else\n  wire w = 1;\n`endif",
    "directives": "`default_nettype none\n`default_nettype wire\n`celldefine\n`endcelldefine",
    "queue": "int n[$]; initial n.push_back(1);",
    "package": "endmodule\npackage p; localparam W = 3; endpackage\n"
    "module rest import p::*; (input clk, d, output reg q);\n"
    "  wire [p::W-1:0] w;",
    "enum methods": "typedef enum logic [1:0] {A, B} s_t; s_t s; always_comb s = s.next();",
    "keywords of 2005": '`begin_keywords "1364-2005"\n  wire logic;\n`end_keywords',
    "functions": "function automatic f(input x); f = ~x; endfunction\n  task t(input x); q = f(x); endtask",
    "reals": "real r = 1.5; initial r = r * 2.25e3;",
    "a lookup by shift": "wire signed [3:0] w = $signed({d, d}) >>> 1;",
}


@pytest.mark.parametrize("what", HARMLESS)
def test_a_plain_design_is_not_suspicious(what: str) -> None:
    assert suspicions([module(HARMLESS[what])], "m") == ()


def test_known_files_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "defs.vh").write_text("`define DEPTH 4\n`define TWICE(x) \\\n  ((x) * 2)\n")
    (tmp_path / "fifo.v").write_text("module fifo(input x);\n  initial $display(x);\nendmodule\n")
    (tmp_path / "types.sv").write_text("package types; typedef logic [3:0] n_t; endpackage\n")
    known = [tmp_path / name for name in ("defs.vh", "fifo.v", "types.sv")]
    text = module('`include "defs.vh"\n  fifo f(d);\n  types::n_t n = `TWICE(`DEPTH);')
    assert suspicions([text], "m", known) == ()
    assert suspicions([text], "m") == (
        "includes defs.vh (line 2)",
        "instantiates fifo, which is not its own (line 3)",
        "uses the macro `TWICE, which it does not define (line 4)",
    )
    assert suspicions([module("fifo f(d);\n  wire w = tb.x;")], "m", known) == (f"uses tb, {OUT} (line 3)",)


def test_no_file_is_opened_that_a_design_names(tmp_path: Path) -> None:
    secret = tmp_path / "secret.vh"
    secret.write_text("`define SECRET 1\n")
    text = module(f'`include "{secret}"\n  wire w = `SECRET;')
    assert "uses the macro `SECRET, which it does not define (line 3)" in suspicions([text], "m")


def test_macros_and_modules_of_the_bench_are_left_alone() -> None:
    bench = (
        "`ifndef RUNS\n`define RUNS 100\n`endif\nmodule adder_tb; spy s(); endmodule\nmodule spy; endmodule\n"
    )
    assert suspicions([module("`define RUNS 0")], "m", bench=[bench]) == (
        "changes the macro RUNS, which the test asks for (line 2)",
    )
    assert suspicions([module("`undef RUNS")], "m", bench=[bench]) != ()
    assert suspicions([module("`define OTHER 0")], "m", bench=[bench]) == ()
    assert suspicions([module("endmodule\nmodule spy(input clk, d, output reg q);")], "m", bench=[bench]) == (
        "defines spy, a module of the test (line 3)",
    )


def test_directions_of_ports() -> None:
    ports = {"clk": "input", "d": "input", "q": "output"}
    assert suspicions([module("")], "m", ports=ports) == ()
    turned = "module m(input clk, inout d, output q);\n  assign q = d;\nendmodule\n"
    assert suspicions([turned], "m", ports=ports) == (
        "declares its port d as inout instead of input (line 1)",
    )


def test_several_files_are_one_design() -> None:
    low = "module low(input x);\nendmodule\n"
    assert suspicions([low, module("low u(d);")], "m") == ()
    assert suspicions([low, module("low u(d);\n initial tb.e = 1;")], "m") == (f"uses tb, {OUT} (line 3)",)


@pytest.mark.parametrize(
    "text", ["", "module", "endmodule endmodule", "\xff\xfe", "module m(input", "`define", "`ifdef"]
)
def test_what_is_no_verilog_raises_nothing(text: str) -> None:
    assert isinstance(suspicions([text], "m"), tuple)


def test_a_huge_text_is_refused() -> None:
    assert suspicions(["/" * 1_000_001], "m") == ("is longer than 1000000 characters",)


def test_at_most_a_few_are_told() -> None:
    assert len(suspicions([module("  initial $finish;\n" * 40)], "m")) == 8


@pytest.mark.needs_icarus
@pytest.mark.parametrize(
    "trick", ["by an escaped name", "calls the bench's task without a dot", "drives its input from below"]
)
def test_icarus_really_falls_for_it(trick: str, tmp_path: Path) -> None:
    # tricks that look harmless: if the simulator stopped falling for them they would still be refused
    bench = (
        "module src(output d);\n  assign d = 1;\nendmodule\n"
        "module tb;\n  reg clk = 0; wire d, q; src s(d); m u(clk, d, q);\n"
        '  task finish_test; begin $display("PASS"); end endtask\n'
        '  initial #9 if (d === 0) $display("PASS");\nendmodule\n'
    )
    (tmp_path / "tb.v").write_text(module(TRICKS[trick][0]) + bench)
    done = subprocess.run(
        ["iverilog", "-g2012", "-s", "tb", "-o", "x", "tb.v"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    ran = subprocess.run(["vvp", "-n", "x"], cwd=tmp_path, capture_output=True, text=True)
    assert ran.stdout == "PASS\n"


def test_the_example_is_not_suspicious(root: Path) -> None:
    project = load_project(root / "examples" / "soc")
    files = {project.absolute(source.path): source.kind for source in project.files}
    for path in [path for path, kind in files.items() if kind != "header"]:
        assert suspicions([path], path.stem, [other for other in files if other != path]) == (), path


@pytest.mark.needs_data
def test_references_of_the_benchmarks_are_not_suspicious(data_dir: Path) -> None:
    for path in sorted((data_dir / "verilog-eval" / "dataset_spec-to-rtl").glob("*_ref.sv")):
        text = path.read_text().replace("RefModule", "TopModule")
        assert (
            suspicions([text], "TopModule", bench=[Path(str(path).replace("_ref.sv", "_test.sv"))]) == ()
        ), path
    for path in sorted((data_dir / "rtllm").rglob("verified_*.v")):
        top = re.findall(r"^\s*module\s+(\w+)", path.read_text(errors="replace"), re.MULTILINE)[0]
        assert suspicions([path], top) == (), path
