"""The text of a check: what stands in it, for whatever there is to say."""

from __future__ import annotations

from rtlgen.evaluate.bench_records import MutantResult, ProblemCheck, Trivial, summed
from rtlgen.report.bench_check import as_text, progress_line

KILLED = MutantResult("unary", 3, "a -> ~a", "killed", "mismatch")
LOST = MutantResult("constant", 7, "1 -> 0", "surviving", "cycle 0: y is 0, expected 1")
STRONG = ProblemCheck(
    "strong", "pass", "pass", (Trivial("all 0", "pass", True),), "pyverilog", "", (KILLED,) * 3
)
WEAK = ProblemCheck("weak", "timeout", "pass", (Trivial("all 0", "pass"),), "pyslang", "x", (KILLED, LOST))
BROKEN = ProblemCheck("broken", "mismatch", "mismatch", reason="the reference does not pass (mismatch)")


def text(*problems: ProblemCheck, every: bool = False) -> str:
    summary = summed(
        problems,
        benchmark="rtllm",
        task="",
        commit="abc",
        seed=3,
        wanted=9,
        simulator="icarus",
        tools={"vvp": "11.0 ff"},
    )
    return as_text(summary, every=every)


def test_figures_and_names() -> None:
    said = text(STRONG, WEAK, BROKEN)
    assert said.startswith("rtllm, commit abc, 3 problems\nseed 3, at most 9 mutants a problem; vvp 11.0\n")
    assert "references pass: 1 of 3 as published, 2 of 3 with the known faults repaired" in said
    assert "not checked, because their reference does not pass: broken (mismatch)" in said
    assert "all 0: passes 1 test benches wrongly, is the right answer to 1: weak" in said
    assert "5 mutants: 4 killed, 1 surviving" in said
    assert "noticed: 80.0 % of all that differ, 75.0 % as a mean over problems" in said
    assert "1 of 2 test benches notice less than 95 %, 0 of them none:" in said
    assert "line 7, constant: 1 -> 0" in said
    assert "\nstrong" not in said
    assert "\nstrong" in text(STRONG, WEAK, every=True)


def test_nothing_to_say() -> None:
    assert "no test bench notices less than 95 %" in text(STRONG)
    assert "0 mutants" in text(BROKEN)


def test_progress() -> None:
    assert progress_line(WEAK, 2, 9) == "[2/9] weak: 1 of 2 mutants noticed, 1 surviving"
    assert progress_line(BROKEN, 3, 9) == "[3/9] broken: the reference does not pass (mismatch)"
