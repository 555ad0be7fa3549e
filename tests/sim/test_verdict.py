"""Verdicts: lines as real test benches print them, ends of jobs, and the rules of the two benchmarks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.sim.job import SimRun
from rtlgen.sim.verdict import PLAIN, RTLLM, VERILOG_EVAL, compile_kind, judge, rule_of

RUN = SimRun(phase="run", returncode=0, compile_log="", run_log="", seconds=0.1)


def verdict(log: str, **changes: object) -> tuple[str, str]:
    said = judge(replace(RUN, run_log=log, **changes))  # type: ignore[arg-type]
    return said.kind, said.reason


PASSING = [
    "PASS",
    "PASSED",
    "Test passed!",
    "TEST PASSED",
    "*** TEST PASSED ***",
    "*** ALL TESTS PASSED ***",
    "ALL TESTS PASSED.",
    "All tests passed",
    "===========Your Design Passed===========",
    "=========== Your Design Passed ===========",
    "~~~~~~~~~~~~~~~~ TEST_PASS ~~~~~~~~~~~~~~~~",
    "PASS: fifo_tb",
    "Mismatches: 0 in 439 samples",
    "0 errors",
    "Errors: 0",
    "Errors:           0",
    "Number of errors  = 0",
    "Total error count: 0",
    "Test finished with 0 errors.",
    "        128 tests completed with          0 errors",
    "*** 00 errors detected during testing.",
    "No errors found.",
    "Simulation completed without errors",
    "Passed: 12   Failed: 0",
    "Passed: 12, Failed: 0, Total: 12",
    "PASSED: 8   FAILED: 0",
    "=== Results: 8 passed, 0 failed ===",
    "MAC array summary: 16 PASS, 0 FAIL",
    "Total:          5   Passed:          5   Failed:          0",
    "lcredit checks=2000 errors=0\nTEST PASSED",
    "*** All 16 test cases completed successfully",
    "*** TC 3 successful.",
    "--- Testcase successful.",
    "***SUCCESS***",
    "SUCCESS: read back (@ 120)",
    "\x1b[0;32mSUCCESS: read back (@ 120)\x1b[0m",
    "\x1b[0;32m- STATUS: 10/10 test(s) passed\x1b[0m",
    "Simulation succeeded",
    "JAL and JR Simulation Succeeded",
    "10/10 tests passed",
    "Passed 25 of 25",
    "test 3/10 passed",
    "### PASSED:  Config node     3 is probably working properly.",
    "PASSED core.hex => core.ref.",
    "PASS 255 + 1 = 0 with carry",
    "[PASS] error flag is cleared after reset",
    "[ OK ] fail-safe state is reached",
    "PASS: mismatch counter saturates",
    "  Test 4: PASS (error_flag=1)",
    "parity error injection ... PASSED",
    "error response on a bad address: OK\nAll tests passed",
    "tb: single DIV, backpressure, and flush tests passed",
    "Hint: Output 'q' has no mismatches.\nHint: Total mismatched samples is 0 out of 439 samples",
    "Simulation finished: 0 errors, 3 warnings",
    "error-free run\nPASS",
    "Test Passed: a = 3, b = 4, y = 7",
    "no timeouts, no errors",
    "timeout = 100 cycles\nPASS",
    "generates an error response on purpose\nTEST PASSED",
    "fail_cnt=0 pass_cnt=12\nPASS",
    "=========== Test completed with 0/100 failures ===========",
    "Test : Pass",
    "tb.v:9: $finish called at 120 (1s)\nOK",
    "watchdog expired as it should\nALL TESTS PASSED",
    "TIMEOUT interrupt seen\nTEST PASSED",
]
FAILING = [
    "FAIL",
    "FAILED",
    "TEST FAILED",
    "TEST FAILED (3 errors)",
    "*** TEST FAILED ***",
    "~~~~~~~~~~~~~~~~ TEST_FAIL ~~~~~~~~~~~~~~~~",
    "===========Error===========",
    "===========Failed===========          4",
    "=========== Test completed with          7 /100 failures ===========",
    "Mismatches: 12 in 439 samples",
    "ERROR: got 3, expected 4",
    "Error: inputs = 0101",
    "Error11",
    "%m : at time 120 ERROR: tRFC violation during refresh",
    "*** ERROR: TC 3 NOT successful.",
    "--- 16 tests completed - 02 test cases did not complete successfully.",
    "** Error: key 0x3 did not match expected round key. **",
    "*** 03 errors detected during testing.",
    "Errors: 3",
    "Errors:           3",
    "errors = 3",
    "checks=2000 errors=7",
    "Passed: 10   Failed: 2",
    "PASSED: 8   FAILED: 1",
    "PASS: 8 FAIL: 1",
    "=== Results: 7 passed, 1 failed ===",
    "MAC array summary: 15 PASS, 1 FAIL",
    "0 passed, 5 failed",
    "0 passed 5 failed",
    "SOME TESTS FAILED - check output above.",
    "*** TESTS MOSTLY PASSED ***",
    "Not all tests passed",
    "test did not pass",
    "8 of 10 tests passed",
    "Passed 3/10",
    "\x1b[1;31m- STATUS: 9/10 test(s) passed\x1b[0m",
    "## Phase 1 Mismatch(P) 3 4",
    "### FAIL (trace mismatch) = ff",
    "t=0 FAIL: q is x",
    "Test 0 failed",
    "[0] FAIL",
    "time: 0 FAIL q",
    "ERROR: 0 is not 5",
    "Error: 0 expected, got 1",
    "ERROR: 0x0 != 0x5",
    "At time 0 ERROR: x",
    "!!!FAILED!!!",
    "Failed at   3: clk=1, clk_div=0 (expected 1)",
    "Test failed: a = 1, b = 0",
    "Incorrect data read at address 8: expected 42 got 0",
    "tb.v:7: assertion violated in state 3",
    "Simulation failed at PC: 12",
    "ERROR: b1.sv:1: $readmemh: Unable to open no.hex for reading.",
    "ERROR: a9.sv:1: bad           3\n       Time: 0 Scope: a",
    "[120] %Error: tb.sv:5: Assertion failed in TOP.tb: bad",
    "assertion q_stable FAILED",
    "FAIL: passed value is wrong",
    "ERROR: not all PASSED",
    "PASS\nFAIL",
    "Test 1 PASSED\nTest 2 FAILED",
    "Hint: Output 'q' has 3 mismatches. First mismatch occurred at time 10.",
    "Hint: Total mismatched samples is 4 out of 439 samples",
]
SILENT = [
    "",
    "Simulation Done!",
    "hello\nworld",
    "low-pass filter enabled",
    "pass 1 of 3",
    "bypass mode",
    "File was opened successfully : 3",
    "Passed: 0 Failed: 0",
    "0 passed, 0 failed",
    "passing data through",
    "wfull=1, rempty=0, rdata=a5",
    "VCD info: dumpfile wave.vcd opened for output.",
]
GAVE_UP = [
    "TIMEOUT",
    "TEST FAILED (timeout)",
    "FAILED: Timeout!",
    "ERROR: simulation timed out",
    "ERROR: Test timeout!",
    "WATCHDOG: timeout",
    "Global TB watchdog expired",
    "PASS: reset\nTIMEOUT waiting for done",
    "TIMEOUT\nErrors: 0",
    "ERROR: timed out\nALL TESTS PASSED",
]


@pytest.mark.parametrize("log", PASSING)
def test_lines_that_pass(log: str) -> None:
    assert verdict(log) == ("pass", "")


@pytest.mark.parametrize("log", FAILING)
def test_lines_that_fail(log: str) -> None:
    kind, reason = verdict(log)
    assert (kind, reason[:21]) == ("mismatch", "the test bench says: ")


@pytest.mark.parametrize("log", FAILING)
def test_a_pass_line_does_not_outweigh_a_failure(log: str) -> None:
    assert verdict(f"{log}\nALL TESTS PASSED")[0] == "mismatch"


@pytest.mark.parametrize("log", SILENT)
def test_silence_is_no_pass(log: str) -> None:
    kind, reason = verdict(log)
    assert kind == "mismatch"
    assert reason == "the test bench ended without a verdict: give --reference REF.v or --pass-pattern REGEX"


@pytest.mark.parametrize("log", GAVE_UP)
def test_a_watchdog_of_the_test_bench_is_a_timeout(log: str) -> None:
    kind, reason = verdict(log)
    assert kind == "timeout"
    assert reason.startswith("the test bench gave up: ")


@pytest.mark.parametrize(
    ("log", "samples", "wrong"),
    [
        ("Mismatches: 12 in 439 samples", 439, 12),
        ("Mismatches: 0 in 439 samples", 439, 0),
        ("Test completed with          7 /100 failures", 100, 7),
        ("9/10 tests passed", 10, 1),
        ("8 passed, 2 failed", 10, 2),
        ("Passed: 8   Failed: 2", 10, 2),
        ("3 errors", None, 3),
        ("errors = 3", None, 3),
        ("PASS", None, None),
    ],
)
def test_counts(log: str, samples: int | None, wrong: int | None) -> None:
    said = judge(replace(RUN, run_log=log))
    assert (said.samples, said.wrong) == (samples, wrong)


def test_the_first_mismatch_is_kept() -> None:
    assert judge(replace(RUN, run_log="ERROR: q is 3\nERROR: q is 4\nPASS")).first == "ERROR: q is 3"
    hint = (
        "Hint: Output 'q' has 3 mismatches. First mismatch occurred at time 85.\nMismatches: 3 in 9 samples"
    )
    assert judge(replace(RUN, run_log=hint), VERILOG_EVAL).first == "First mismatch occurred at time 85"


def test_fatal_is_a_failure_even_after_a_pass() -> None:
    assert verdict("PASS", returncode=1) == ("mismatch", "the simulation ended with exit code 1: PASS")


def test_a_pass_that_never_ended_is_a_timeout_that_says_so() -> None:
    kind, reason = verdict("ALL TESTS PASSED\n", timed_out=True, returncode=-9, seconds=30.0)
    assert kind == "timeout"
    assert reason == (
        "the simulation had not ended after 30.0 s; it had printed 'ALL TESTS PASSED' (is $finish missing?)"
    )


@pytest.mark.parametrize(
    ("changes", "kind", "reason"),
    [
        ({"timed_out": True}, "timeout", "the simulation had not ended after 0.1 s"),
        (
            {"timed_out": True, "phase": "compile"},
            "timeout",
            "the compilation had not ended after 0.1 s",
        ),
        ({"exhausted": "cpu"}, "timeout", "the simulation used up its processor time"),
        ({"exhausted": "memory"}, "resource", "the simulation ran out of memory"),
        ({"exhausted": "disk"}, "resource", "the simulation ran out of disk space"),
        ({"exhausted": "file"}, "resource", "the simulation ran out of the size allowed for one file"),
        (
            {"exhausted": "processes", "phase": "compile"},
            "resource",
            "the compilation ran out of processes",
        ),
        (
            {"returncode": 137},
            "resource",
            "the simulation was killed from outside, most likely for its memory",
        ),
        ({"returncode": -11}, "tool-error", "the simulator crashed (SIGSEGV): tick"),
        ({"returncode": 134}, "tool-error", "the simulator crashed (SIGABRT): tick"),
        (
            {"truncated": True},
            "resource",
            "more output than is kept was printed: the verdict may be in the part that was dropped",
        ),
    ],
)
def test_an_end_that_the_design_did_not_choose(changes: dict[str, object], kind: str, reason: str) -> None:
    assert verdict("tick", **changes) == (kind, reason)


def test_a_failure_is_a_failure_also_in_output_that_was_cut() -> None:
    assert verdict("FAIL\n[... 9 bytes dropped ...]\n", truncated=True)[0] == "mismatch"


@pytest.mark.parametrize(
    ("log", "kind", "reason"),
    [
        (
            "a.v:1: syntax error\na.v:1: error: syntax error in continuous assignment\n",
            "syntax",
            "a.v:1: syntax error in continuous assignment",
        ),
        (
            "a.v:1: syntax error\na.v:1: error: invalid module item.\n",
            "syntax",
            "a.v:1: syntax error: invalid module item",
        ),
        ("a.v:9: syntax error\nI give up.\n", "syntax", "a.v:9: syntax error"),
        (
            "a.v:2: Include file no.vh not found\nNo top level modules, and no -s option.\n",
            "syntax",
            "a.v:2: Include file no.vh not found",
        ),
        (
            "a.v:1: warning: macro X undefined (and assumed null) at this point.\n"
            "a.v:1: error: Unknown module type: foo\n2 error(s) during elaboration.\n",
            "elaboration",
            "a.v:1: error: Unknown module type: foo".replace("error: ", ""),
        ),
        (
            "a.v:1: error: y is not a valid l-value in a.\na.v:1:      : y is declared here as wire.\n",
            "elaboration",
            "a.v:1: y is not a valid l-value in a.",
        ),
        (
            'error: Unable to find the root module "tb" in the Verilog source.\n'
            "     : Perhaps ``-s tb'' is incorrect?\n",
            "elaboration",
            'Unable to find the root module "tb" in the Verilog source.',
        ),
        (
            'a.sv:1: sorry: "inside" expressions not supported yet.\n',
            "elaboration",
            'a.sv:1: icarus cannot do this construct ("inside" expressions not supported yet): try --simulator verilator',
        ),
        (
            "a.sv:3: internal error: I don't know what to do\nPlease report it\n",
            "tool-error",
            "the icarus compiler failed: a.sv:3: internal error: I don't know what to do",
        ),
        (
            "ivl: elaborate.cc:123: void f(): Assertion `0' failed.\nAborted\n",
            "tool-error",
            "the icarus compiler failed: ivl: elaborate.cc:123: void f(): Assertion `0' failed.",
        ),
        (  # what Icarus 11 says of a for loop whose step does not parse
            "a.sv:8: syntax error\na.sv:8: error: Incomprehensible for loop.\nSegmentation fault\n",
            "syntax",
            "a.sv:8: syntax error: Incomprehensible for loop",
        ),
        ("Segmentation fault\n", "tool-error", "the icarus compiler failed: Segmentation fault"),
        ("", "elaboration", "it said nothing"),
        (
            "terminate called after throwing an instance of 'std::bad_alloc'\n",
            "resource",
            "the compilation ran out of memory",
        ),
    ],
)
def test_icarus_messages(log: str, kind: str, reason: str) -> None:
    said = judge(replace(RUN, phase="compile", returncode=1, compile_log=log))
    assert (said.kind, said.reason) == (kind, reason)


@pytest.mark.parametrize(
    ("log", "kind", "reason"),
    [
        (
            "%Error: a.sv:1:29: syntax error, unexpected ';'\n    1 | module a;\n%Error: Exiting due to 1 error(s)\n",
            "syntax",
            "a.sv:1: syntax error, unexpected ';'",
        ),
        (
            "%Error: a.v:1:10: Cannot find include file: 'no.vh'\n",
            "syntax",
            "a.v:1: Cannot find include file: 'no.vh'",
        ),
        (
            "%Warning-WIDTHTRUNC: a.v:1:3: x\n%Error-PINNOTFOUND: a.v:1:9: Pin not found: 'q'\n",
            "elaboration",
            "a.v:1: Pin not found: 'q'",
        ),
        (
            "%Error-UNSUPPORTED: a.sv:4:3: Unsupported: tristate in this context\n",
            "elaboration",
            "a.sv:4: verilator cannot do this construct (Unsupported: tristate in this context): try --simulator icarus",
        ),
        (
            "%Error: Internal Error: a.sv:4:3: ../V3Const.cpp:1: what\n",
            "tool-error",
            "the verilator compiler failed: %Error: Internal Error: a.sv:4:3: ../V3Const.cpp:1: what",
        ),
        (
            "Vtb.cpp:3:1: fatal error: x.h: No such file\nmake: *** [Vtb.mk:9: Vtb.o] Error 1\n",
            "tool-error",
            "the verilator compiler failed: Vtb.cpp:3:1: fatal error: x.h: No such file",
        ),
    ],
)
def test_verilator_messages(log: str, kind: str, reason: str) -> None:
    said = judge(replace(RUN, phase="compile", returncode=1, compile_log=log, simulator="verilator"))
    assert (said.kind, said.reason) == (kind, reason)


def test_an_unknown_system_task_is_found_by_the_runtime_and_is_an_error_of_elaboration() -> None:
    log = (
        "a.v:1: Error: System task/function $nosuch() is not defined by any module.\n"
        "sim.vvp: Program not runnable, 1 errors.\n"
    )
    assert verdict(log, returncode=1) == (
        "elaboration",
        "a.v:1: System task/function $nosuch() is not defined by any module.",
    )


def test_fatal_of_verilator_is_a_mismatch_and_no_crash() -> None:
    log = (
        "[10] %Fatal: tb.sv:5: Assertion failed in TOP.tb: bad\n%Error: tb.sv:5: Verilog $stop\nAborting...\n"
    )
    assert verdict(log, returncode=134, simulator="verilator")[0] == "mismatch"


def test_a_crash_after_a_syntax_error_is_the_syntax_error_s() -> None:
    log = "a.sv:8: syntax error\na.sv:8: error: Incomprehensible for loop.\nSegmentation fault\n"
    run = replace(RUN, phase="compile", returncode=139, compile_log=log)
    assert judge(run).kind == "syntax"
    assert judge(replace(run, compile_log="Segmentation fault\n")).reason == (
        "the icarus compiler failed (SIGSEGV): Segmentation fault"
    )


def test_compile_kind() -> None:
    assert compile_kind("a.v:1: syntax error\n") == "syntax"
    assert compile_kind("a.v:1: error: Unknown module type: b\n") == "elaboration"


@pytest.mark.parametrize(
    ("compile_log", "run_log", "kind"),
    [
        ("", "Mismatches: 0 in 20 samples\n", "pass"),
        ("", "Mismatches: 1 in 20 samples\n", "mismatch"),
        ("", " Mismatches: 0 in 20 samples\n", "mismatch"),
        ("", "Mismatches: 0 in 20 samples.\n", "mismatch"),
        ("", "PASS\n", "mismatch"),
        ("", "TIMEOUT\nMismatches: 0 in 20 samples\n", "timeout"),
        ("", "an error was seen\nMismatches: 0 in 20 samples\n", "mismatch"),
        ("", "ERROR\nMismatches: 0 in 20 samples\n", "pass"),
        (
            "a.sv:1: warning: always_comb process has no sensitivities.\n",
            "Mismatches: 0 in 9 samples\n",
            "mismatch",
        ),
        ("a.sv:1: warning: Port 3 expects 8 bits.\n", "Mismatches: 0 in 9 samples\n", "pass"),
        ("", "form feed\fMismatches: 0 in 20 samples\n", "mismatch"),
    ],
)
def test_the_rule_of_verilog_eval(compile_log: str, run_log: str, kind: str) -> None:
    assert judge(replace(RUN, compile_log=compile_log, run_log=run_log), VERILOG_EVAL).kind == kind


def test_the_rule_of_verilog_eval_does_not_look_at_the_exit_code() -> None:
    run = replace(RUN, run_log="Mismatches: 0 in 20 samples\n", returncode=1)
    assert judge(run, VERILOG_EVAL).kind == "pass"


def test_the_rule_of_verilog_eval_does_not_read_the_warnings_of_verilator() -> None:
    warning = "%Warning-WIDTHTRUNC: tb.sv:9:3: x\n    9 |   if (stats1.errors) $display(q);\n"
    run = replace(RUN, compile_log=warning, run_log="Mismatches: 0 in 20 samples\n", simulator="verilator")
    assert judge(run, VERILOG_EVAL).kind == "pass"
    assert judge(replace(run, simulator="icarus"), VERILOG_EVAL).kind == "mismatch"


def test_the_rule_of_rtllm_is_kept_as_published_and_a_contradiction_is_told() -> None:
    assert judge(replace(RUN, run_log="===Your Design Passed===\n"), RTLLM).reason == ""
    said = judge(replace(RUN, run_log="case 3 did not pass\n"), RTLLM)
    assert said.kind == "pass"
    assert said.reason == "a pass by RTLLM's rule although the log says: case 3 did not pass"
    assert judge(replace(RUN, run_log="PASS\n"), RTLLM).kind == "mismatch"


def test_patterns_of_the_user() -> None:
    rule = rule_of(["^all good$"], ["^oh no"])
    assert judge(replace(RUN, run_log="error budget FAIL\nall good\n"), rule).kind == "pass"
    assert judge(replace(RUN, run_log="oh no\nall good\n"), rule).kind == "mismatch"
    assert judge(replace(RUN, run_log="PASS\n"), rule).reason == (
        "the test bench ended without a line that passes by the rule custom"
    )
    assert judge(replace(RUN, run_log="ERROR: tb.sv:4: bad\nall good\n"), rule).kind == "mismatch"
    assert rule_of() is PLAIN
    with pytest.raises(UsageError, match="is not a regular expression"):
        rule_of(["("])


@pytest.mark.parametrize("word", ["a ", "0 ", "1/", "error ", "passed ", "test ", "(0 0", "[", "- "])
def test_a_long_line_is_judged_by_its_ends(word: str) -> None:
    # without the cut some of the expressions take minutes for a line of a megabyte
    line = "x " + word * (1_000_000 // len(word)) + " FAIL: q"
    assert verdict(line)[0] == "mismatch"
