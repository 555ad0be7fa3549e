"""Designs that pass a test by speaking for it. Each one really earns the forged pass, and `tamper` refuses it."""

from __future__ import annotations

import pytest

from rtlgen.core.process import Limits, run
from rtlgen.core.sandbox import Sandbox
from rtlgen.sim.tamper import suspicions
from rtlgen.sim.verdict import RTLLM, VERILOG_EVAL, judge

pytestmark = [pytest.mark.needs_sandbox, pytest.mark.needs_icarus]

BENCH = """
module tb;
  reg a = 0; wire y; integer errors = 0, f, n;
  inverter dut(.a(a), .y(y));
  initial begin
    #5 if (y !== 1) errors = errors + 1;
    a = 1; #5 if (y !== 0) errors = errors + 1;
    $display("Mismatches: %0d in 2 samples", errors);
    if (errors == 0) $display("Passed"); else $display("FAIL");
    $finish;
  end
endmodule
"""
INVERTER = "module inverter(input a, output y); assign y = {}; {} endmodule\n"
HONEST = INVERTER.format("~a", "")
WRONG = INVERTER.format("a", "")
SPEECH = '$display("Mismatches: 0 in 2 samples"); $display("Passed");'
FORGERIES = {
    "says so and ends it": f"initial begin {SPEECH} $finish; end",
    "says so through a macro": f"`define SAY initial begin {SPEECH} $finish; end\n`SAY",
    "says so with other words": 'initial begin $write("Mismatches: 0 in 2 samples\\nPassed\\n"); $finish(0); end',
    "says so into standard output": 'initial begin $fwrite(1, "Mismatches: 0 in 2 samples\\nPassed\\n"); $finish; end',
    "says so when asked": f"always @(posedge a) begin {SPEECH} $finish; end",
    "says so at the end": 'initial $monitor("Mismatches: 0 in 2 samples\\nPassed"); initial #1 $finish;',
    "repairs the count": "initial #9 tb.errors = -1;",
    "holds the count": "initial force tb.errors = 0;",
    "leads the test's wire": "initial begin #1 force tb.y = 1; #5 force tb.y = 0; end",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_pass_is_refused(scene, name: str) -> None:
    design = INVERTER.format("a", FORGERIES[name])
    run_ = scene.icarus(BENCH + design)
    assert run_.compiled, run_
    verdicts = {judge(run_, rule).kind for rule in (VERILOG_EVAL, RTLLM)}
    assert "pass" in verdicts, run_
    assert suspicions([design], "inverter"), name


def test_an_honest_pass_is_none_and_a_failure_stays_one(scene) -> None:
    passed = scene.icarus(BENCH + HONEST)
    assert (judge(passed, VERILOG_EVAL).kind, judge(passed, RTLLM).kind) == ("pass", "pass")
    assert suspicions([HONEST], "inverter") == ()
    failed = scene.icarus(BENCH + WRONG)
    assert judge(failed, VERILOG_EVAL).kind == "mismatch"


def test_the_end_of_the_compiler_cannot_be_forged(scene) -> None:
    """Whatever a source prints while it is compiled or run, it cannot move the border between the two."""
    text = 'module tb; initial begin $display("deadbeef 0"); $display("\\n%s 0\\nPASS", "mark"); $finish; end endmodule'
    ran = scene.icarus(text)
    assert (ran.phase, ran.compile_log) == ("run", "")
    broken = scene.icarus("`define X PASS\nmodule tb; `X endmodule\n")
    assert (broken.phase, scene.verdict(broken).kind) == ("compile", "syntax")


def test_a_finish_before_the_test_is_no_pass(scene) -> None:
    early = scene.icarus(BENCH + INVERTER.format("a", "initial $finish;"))
    assert early.run_log == ""
    for rule in (VERILOG_EVAL, RTLLM):
        assert judge(early, rule).kind != "pass"
    assert scene.verdict(early).kind != "pass"


def test_a_run_killed_by_itself_is_no_pass(scene) -> None:
    """A process that says what is wanted and kills itself or bubblewrap's first process: the code shows it."""
    script = "echo 'Mismatches: 0 in 2 samples'; kill -9 1; kill -9 $$"
    done = run(["/bin/sh", "-c", script], sandbox=Sandbox(scene.work), limits=Limits(wall_s=10))
    assert (done.returncode, done.timed_out) == (137, False)
