"""Real tools on designs that a model might write: what each judge says."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.core.process import Limits
from rtlgen.core.records import Port
from rtlgen.generate.judge import DESIGN, Bench, BenchJudge, CompileJudge, port_differences
from rtlgen.generate.specification import Specification, specification

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]

SPEC = specification("A module named inc.\n - input  clk\n - input  d (4 bits)\n - output q (4 bits)\n")
GOOD = "module inc (input clk, input [3:0] d, output reg [3:0] q);\n  always @(posedge clk) q <= d + 4'd1;\nendmodule\n"
BENCH = """\
module tb;
  reg clk = 0;
  reg [3:0] d = 0;
  wire [3:0] q;
  integer errors = 0;
  inc dut (.clk(clk), .d(d), .q(q));
  always #5 clk = ~clk;
  initial begin
    repeat (12) begin
      @(negedge clk);
      @(posedge clk) #1;
      if (q !== ((d + 4'd1) & 4'hf)) begin
        if (errors == 0) $display("ERROR at time %0d: q is %0d, expected %0d", $time, q, (d + 4'd1) & 4'hf);
        errors = errors + 1;
      end
      d = d + 3;
    end
    if (errors == 0) $display("PASS"); else $display("FAIL: %0d errors", errors);
    $finish;
  end
endmodule
"""


@pytest.fixture
def design(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder / DESIGN


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    path = tmp_path / "tb.v"
    path.write_text(BENCH)
    return path


def test_a_design_that_compiles_has_no_verdict_without_a_test(design: Path) -> None:
    design.write_text(GOOD)
    assert CompileJudge(SPEC, Bench()).judge(design) is None


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        (GOOD.replace("endmodule", ""), "syntax", "design.sv:"),
        (GOOD.replace("d + 4'd1", "e + 4'd1"), "elaboration", "e"),
        (GOOD.replace("module inc", "module incr"), "elaboration", "inc"),
        (
            GOOD.replace("input clk, ", "input clock, ").replace("posedge clk", "posedge clock"),
            "elaboration",
            "no input 'clk'",
        ),
        (GOOD.replace("output reg [3:0] q", "input q"), "elaboration", ""),
        (GOOD.replace("endmodule", 'initial $display("PASS");\nendmodule'), "mismatch", "$display"),
        (GOOD.replace("endmodule", "initial #99 $finish;\nendmodule"), "mismatch", "$finish"),
        (GOOD.replace("4'd1;", "4'd1;\n  initial tb.errors = 0;"), "elaboration", "tb"),
    ],
)
def test_what_stops_a_design_before_any_test(design: Path, code: str, kind: str, reason: str) -> None:
    design.write_text(code)
    verdict = CompileJudge(SPEC, Bench()).judge(design)
    assert verdict is not None
    assert (verdict.kind, reason in verdict.reason) == (kind, True), verdict


def test_a_test_bench_says_pass_and_mismatch(design: Path, bench: Path) -> None:
    judge = BenchJudge(SPEC, Bench(), [bench])
    design.write_text(GOOD)
    verdict = judge.judge(design)
    assert verdict is not None and verdict.passed
    design.write_text(GOOD.replace("d + 4'd1", "d + 4'd2"))
    verdict = judge.judge(design)
    assert verdict is not None and verdict.kind == "mismatch" and "expected 1" in verdict.log


def test_a_design_that_speaks_in_the_bench_s_place_does_not_pass(design: Path, bench: Path) -> None:
    design.write_text(GOOD.replace("d + 4'd1;", 'd;\n  initial begin $display("PASS"); $finish; end'))
    verdict = BenchJudge(SPEC, Bench(), [bench]).judge(design)
    assert verdict is not None and verdict.kind == "mismatch" and "$display" in verdict.reason


def test_a_design_that_never_ends_is_a_timeout(design: Path, bench: Path) -> None:
    design.write_text(GOOD.replace("q <= d + 4'd1;", "while (1) q = q;"))
    verdict = BenchJudge(SPEC, Bench(limits=Limits(wall_s=1.0)), [bench]).judge(design)
    assert verdict is not None and verdict.kind == "timeout"


def test_other_sources_belong_to_the_design(design: Path, tmp_path: Path) -> None:
    helper = tmp_path / "adder.v"
    helper.write_text("module adder (input [3:0] a, output [3:0] y);\n  assign y = a + 4'd1;\nendmodule\n")
    design.write_text(
        "module inc (input clk, input [3:0] d, output reg [3:0] q);\n  wire [3:0] n;\n  adder u (.a(d), .y(n));\n"
        "  always @(posedge clk) q <= n;\nendmodule\n"
    )
    assert CompileJudge(SPEC, Bench(sources=(helper,))).judge(design) is None
    verdict = CompileJudge(SPEC, Bench()).judge(design)
    assert verdict is not None and verdict.kind == "elaboration" and "adder" in verdict.reason


def test_widths_count_only_when_a_header_gave_them() -> None:
    wanted = (Port("a", "input", 1), Port("y", "output", 4))
    found = (Port("a", "input", 8), Port("y", "input", 4), Port("z", "input", 1))
    assert port_differences(wanted, found) == [
        "'a' has 8 bits, not 1",
        "'y' is input, not output",
        "input 'z' is not in the specification",
    ]
    assert "'a' has 8 bits, not 1" not in port_differences(wanted, found, widths=False)
    assert port_differences(wanted, (Port("a", "input", None), Port("y", "output", 4))) == []


def test_ports_unknown_are_not_checked(design: Path) -> None:
    design.write_text("module anything (input x);\nendmodule\n")
    assert CompileJudge(Specification("s", "text", "anything"), Bench()).judge(design) is None
