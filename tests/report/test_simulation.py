"""Results of a suite as text and as JUnit XML: made up, so that every kind of line is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rtlgen.core.records import Verdict
from rtlgen.report.junit import as_junit
from rtlgen.report.simulation import as_text, failure, table
from rtlgen.sim.testing.cocotb_results import Part
from rtlgen.sim.testing.runs import Result
from rtlgen.sim.testing.suite import SuiteResult

BAD = Verdict(
    "mismatch",
    "1 of 2 tests failed: b",
    first="b at 5 ns: AssertionError",
    log="boom \x1b[31m\x00\ufffe<&>",
    log_path="/elsewhere/log.txt",
    waves="/elsewhere/a folder/waves.vcd",
    replay="rtlgen sim . --test t.py --seed 2 --waves always",
    seconds=1.5,
)
PARTS = (
    Part("a", "pass", 0.5, "1 ns"),
    Part("b", "mismatch", 0.25, "5 ns", "AssertionError", "t.py:7"),
    Part("c", "skip", 0.0),
)


@pytest.fixture
def suite() -> SuiteResult:
    return SuiteResult(
        results=(
            Result("t.py", "cocotb", "top", 1, Verdict("pass", seconds=1.0), PARTS[:1]),
            Result(
                "t.py", "cocotb", "top", 2, BAD, PARTS, note="with waves the same seed gave pass: it passed"
            ),
            Result(
                "tb.v",
                "plain",
                "tb",
                1,
                Verdict("timeout", "the simulation had not ended after 60.0 s", seconds=60.0),
            ),
            Result("x.py", "broken", "", 0, Verdict("tool-error", "x.py:3: Python syntax error")),
        ),
        planned=6,
        folder="/elsewhere",
        simulator="icarus",
        seconds=61.0,
        notes=("one thing",),
    )


def test_a_failure_says_what_where_and_how_again(suite: SuiteResult) -> None:
    assert failure(suite.results[1]).splitlines() == [
        "mismatch  t.py seed 2",
        "  1 of 2 tests failed: b",
        "  first: b at 5 ns: AssertionError",
        "  note: with waves the same seed gave pass: it passed",
        "  log: /elsewhere/log.txt",
        "  waves: '/elsewhere/a folder/waves.vcd'",
        "  replay: rtlgen sim . --test t.py --seed 2 --waves always",
    ]
    assert failure(suite.results[2]).splitlines()[-1] == (
        "  next: end the test with $finish, or give it more time: --timeout SECONDS"
    )
    assert failure(suite.results[3]).splitlines()[0] == "tool-error  x.py"


def test_the_table_counts_limits_apart(suite: SuiteResult) -> None:
    assert table(suite).splitlines() == [
        "test  top  seeds  pass  fail  limit     time",
        "t.py  top      2     1     1      0   2.50 s",
        "tb.v  tb       1     0     0      1  60.00 s",
        "x.py  -        1     0     1      0   0.00 s",
    ]


def test_what_was_not_run_is_told(suite: SuiteResult) -> None:
    assert as_text(suite).splitlines()[-3:] == [
        "note: one thing",
        "2 of 6 not run: stopped at the first failure",
        "1 of 4 passed on icarus in 61.0 s; results in /elsewhere",
    ]
    assert "2 of 6 not run: interrupted" in as_text(replace(suite, interrupted=True))


def test_exit_codes(suite: SuiteResult) -> None:
    def code(*results: Result, interrupted: bool = False) -> int:
        return replace(suite, results=results, interrupted=interrupted).exit_code

    good, bad, late, broken = suite.results
    assert (code(good), code(), code(good, bad), code(late, good), code(late, bad), code(broken)) == (
        0,
        0,
        1,
        4,
        1,
        1,
    )
    assert code(good, interrupted=True) == 130


def test_junit_has_a_case_for_each_function_and_seed(suite: SuiteResult, tmp_path: Path) -> None:
    path = tmp_path / "j.xml"
    path.write_text(as_junit(suite), encoding="utf-8")  # ElementTree refuses characters that XML cannot hold
    root = ElementTree.parse(path).getroot()
    assert {key: root.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "1",
        "errors": "2",
        "skipped": "1",
    }
    cases = [
        (case.get("classname"), case.get("name"), [child.tag for child in case][1:])
        for case in root.iter("testcase")
    ]
    assert cases == [
        ("t.py", "a seed 1", []),
        ("t.py", "a seed 2", []),
        ("t.py", "b seed 2", ["failure"]),
        ("t.py", "c seed 2", ["skipped"]),
        ("tb.v", "seed 1", ["error"]),
        ("x.py", "seed 0", ["error"]),
    ]
    failed = root.findall(".//testcase")[2]
    properties = {item.get("name"): item.get("value") for item in failed.iter("property")}
    assert properties["seed"] == "2" and properties["verdict"] == "mismatch"
    assert properties["waves"] == "/elsewhere/a folder/waves.vcd"


def test_a_module_that_failed_without_a_failed_function_is_an_error(suite: SuiteResult) -> None:
    late = replace(BAD, kind="timeout", reason="the simulation had not ended")
    result = replace(suite, results=(Result("t.py", "cocotb", "top", 2, late, PARTS[:1]),))
    root = ElementTree.fromstring(as_junit(result).split("\n", 1)[1])
    assert [[child.tag for child in case][1:] for case in root.iter("testcase")] == [[], ["error"]]
    error = root.find(".//error")
    assert error is not None and error.get("type") == "timeout"
