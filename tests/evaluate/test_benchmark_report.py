"""The figures of a run, what must not be mixed, and how the tables read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.records import RunRecord, Verdict
from rtlgen.evaluate.benchmark_report import Report, compare, report_of, summary_of
from rtlgen.evaluate.conditions import conditions_of, refuse_other
from rtlgen.evaluate.failures import kind_of
from rtlgen.evaluate.scored import Scored
from rtlgen.report.benchmark import COLUMNS, as_json, as_text, comparison_text

TOOLS = {"iverilog": "11.0 (stable) aaaa", "vvp": "11.0 (stable) bbbb"}
MODEL = {"model": "default", "temperature": 0.8}


def scored(
    problem: str, sample: int, letter: str, *, wrong: int = 3, tools: Any = None, **fields: Any
) -> Scored:
    """A score with the verdict that its letter stands for."""
    kind = fields.pop("kind", kind_of(letter) or "mismatch")
    verdict = Verdict(
        kind,
        "" if kind == "pass" else f"reason {letter}",
        log=f"Mismatches: {wrong if letter == 'R' else 0} in 9 samples\n",
        seconds=0.5,
        record=RunRecord({}, TOOLS if tools is None else tools, None, {"wall_s": fields.pop("wall_s", 30.0)}),
    )
    verdict = replace(verdict, sandboxed=fields.pop("sandboxed", True))
    values = {"commit": "c498220", "task": "spec-to-rtl", "code_sha256": f"{problem}{sample}", **fields}
    return Scored(problem, sample, verdict, letter, **values)


def row(problem: str, letters: str, **fields: Any) -> list[Scored]:
    """A problem's samples, one a letter; a blank is one that has no score."""
    return [
        scored(problem, number, letter, **fields)
        for number, letter in enumerate(letters, start=1)
        if letter != " "
    ]


RUN = [*row("Prob001_a", "...R"), *row("Prob002_b", "SSrT"), *row("Prob003_c", ".C R")]


def test_counts_and_means_of_a_run() -> None:
    report = report_of(RUN, problems=["Prob001_a", "Prob004_d"], ks=(1, 2, 9))
    assert (report.problems, report.samples, report.passed, report.missing) == (4, 16, 4, 5)
    assert report.unscored == ("Prob004_d",)
    assert report.macro == pytest.approx((75 + 0 + 25 + 0) / 4)
    assert report.published == pytest.approx((75 + 0 + 25) / 3), "problems without a log are left out"
    assert [found.k for found in report.pass_at] == [1, 2]
    assert report.pass_at[1].value == pytest.approx((100 + 0 + 50 + 0) / 4)
    assert [found.k for found in report.undefined] == [9]
    assert report.timeouts == 1
    assert report.unique == 11


def test_every_kind_stands_in_the_table_and_the_shares_sum_to_one() -> None:
    report = report_of(RUN)
    counts = {share.key: share.count for share in report.kinds}
    assert counts == {
        "pass": 4, "mismatch": 3, "syntax": 2, "elaboration": 1, "timeout": 1, "resource": 0, "tool-error": 0,
        "missing": 1,
    }  # fmt: skip
    letters = {share.key: share.count for share in report.letters if share.count}
    assert letters == {".": 4, "S": 2, "C": 1, "T": 1, "r": 1, "R": 2, "?": 1}
    for shares in (report.kinds, report.letters):
        assert sum(share.share for share in shares) == pytest.approx(1.0)
        assert sum(share.count for share in shares) == report.samples


def test_k_above_the_samples_is_said_to_be_undefined() -> None:
    text = as_text(summary_of([report_of(RUN, ks=(1, 5, 10))]))
    assert "not defined: pass@5, pass@10 (a problem has only 4 samples)" in text


def test_rows_keep_the_order_of_samples_and_name_the_missing() -> None:
    rows = {r.problem: r for r in report_of([*reversed(RUN)]).rows}
    assert [r.letters for r in rows.values()] == ["...R", "SSrT", ".C?R"]
    assert rows["Prob003_c"].missing == 1
    assert rows["Prob002_b"].first_failure == "reason S"
    assert rows["Prob001_a"].seconds == pytest.approx(2.0)


def test_diversity_tells_mismatch_counts_apart() -> None:
    same = [scored("p", n, "R", wrong=4) for n in (1, 2)]
    other = [scored("p", 1, "R", wrong=4), scored("p", 2, "R", wrong=5)]
    reset = [scored("p", n, "r", wrong=n) for n in (1, 2)]
    assert [report_of(run).diversity for run in (same, other, reset)] == pytest.approx([0.0, 0.5, 0.0])
    assert report_of(row("p", ". ..")).rows[0].diversity == pytest.approx(1 - 10 / 16), (
        "missing is an outcome"
    )


def test_samples_asked_for_count_when_they_are_not_there() -> None:
    report = report_of(row("p", ".."), samples=4)
    assert (report.samples, report.missing, report.macro) == (4, 2, 50.0)
    assert report.rows[0].letters == "..??"


def test_tampered_samples_do_not_pass_but_the_published_mean_counts_their_letter() -> None:
    run = [*row("p", "."), scored("p", 2, ".", kind="mismatch", tampered=("prints by $display (line 7)",))]
    report = report_of(run)
    assert (report.passed, report.tampered, report.macro, report.published) == (1, 1, 50.0, 100.0)
    assert report.tampering == {"prints by $display": 1}
    assert "tampered, no pass: the design prints by $display (1)" in as_text(summary_of([report]))


def test_repeated_texts_and_notes_are_counted() -> None:
    run = [scored("p", n, "S", code_sha256="same", notes=("empty",)) for n in (1, 2, 3)]
    report = report_of([*run, *row("q", "...")])
    assert (report.unique, report.notes) == (4, {"empty": 3})
    assert report.rows[0].unique == 1


def test_references_are_rows_of_one() -> None:
    run = [scored("Prob001_a", 0, "."), scored("Prob002_b", 0, "T")]
    report = report_of(run)
    assert report.conditions.references and (report.passed, report.problems) == (1, 2)
    text = as_text(summary_of([report]))
    assert "strict: 1 of 2 references pass\n  Prob002_b T: reason T" in text
    assert "pass@" not in text


def test_one_sample_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="sample 2 of p is there twice"):
        report_of([*row("p", ".."), scored("p", 2, "R")])


def test_sample_beyond_the_number_asked_for_is_refused() -> None:
    with pytest.raises(UsageError, match="sample 3 of p, but a problem has 2 samples"):
        report_of(row("p", "..."), samples=2)


def test_no_scores_are_refused() -> None:
    with pytest.raises(UsageError, match="no scores"):
        report_of([])


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"commit": "71f2df4"}, r"state of the benchmark: c498220 \(2 scores\) and 71f2df4 \(1 scores\)"),
        ({"variant": "repaired"}, r"variant: strict \(2 scores\) and repaired"),
        ({"task": "code-complete"}, r"task: spec-to-rtl \(2 scores\) and code-complete"),
        ({"benchmark": "rtllm"}, r"benchmark: verilog-eval \(2 scores\) and rtllm"),
        ({"simulator": "verilator"}, r"simulator: icarus \(2 scores\) and verilator"),
        (
            {"tools": {"iverilog": "12.0 aaaa"}},
            r"version of icarus: iverilog 11\.0 \(stable\), vvp .* and iverilog 12\.0",
        ),
        ({"wall_s": 5.0}, r"time limit: 30 \(2 scores\) and 5"),
        ({"sandboxed": False}, r"sandbox: sandboxed \(2 scores\) and not sandboxed"),
    ],
)
def test_scores_of_other_conditions_are_not_mixed(other: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=f"not mixed; {told}") as caught:
        report_of([*row("p", ".."), scored("q", 1, ".", **other)])
    assert caught.value.hint


def test_references_and_samples_are_not_mixed() -> None:
    with pytest.raises(UsageError, match="answers: samples"):
        report_of([*row("p", ".."), scored("q", 0, ".")])


def test_samples_of_two_models_are_not_mixed() -> None:
    with pytest.raises(
        UsageError, match=r"different origin .*\(model: default and other; top_p: not given and 0\.9\)"
    ):
        report_of(RUN, made_from=[MODEL, {**MODEL, "model": "other", "top_p": 0.9}])
    assert report_of(RUN, made_from=[MODEL, dict(MODEL)]).conditions.made_from["model"] == "default"


def test_two_builds_of_one_version_may_meet_and_are_named() -> None:
    other = {name: text.replace("aaaa", "cccc") for name, text in TOOLS.items()}
    have = conditions_of([*row("p", "."), *row("q", ".", tools=other)])
    assert have.versions == ("iverilog 11.0 (stable)", "vvp 11.0 (stable)")
    assert have.tools == (
        "iverilog 11.0 (stable) aaaa",
        "iverilog 11.0 (stable) cccc",
        "vvp 11.0 (stable) bbbb",
    )


def per_design(problem: str, simulator: str) -> Scored:
    return scored(problem, 0, "", kind="pass", benchmark="rtllm", simulator=simulator)


def test_rtllm_may_choose_the_simulator_by_design() -> None:
    run = [per_design("adder_8bit", "icarus"), per_design("ring_counter", "verilator")]
    report = report_of(run)
    assert report.conditions.simulator == "per-design"
    assert "break" not in report.reasons and "assigns a whole array" in report.reasons["ring_counter"]
    assert report.published is None and report.letters == ()
    assert "verilator for ring_counter: the test bench assigns" in as_text(summary_of([report]))


@pytest.mark.parametrize(("one", "other"), [("verilator", "icarus"), ("verilator", "verilator")])
def test_rtllm_with_the_wrong_simulator_for_a_design_is_refused(one: str, other: str) -> None:
    run = [
        per_design("adder_8bit", one),
        per_design("multi_8bit", "icarus"),
        per_design("ring_counter", other),
    ]
    with pytest.raises(UsageError, match="not mixed; simulator"):
        report_of(run)


def variants() -> tuple[Report, Report]:
    strict = report_of([*row("Prob082_x", "T.TR"), *row("Prob001_a", ".S..")], made_from=[MODEL])
    fixed = [
        *row("Prob082_x", "...R", variant="repaired", repairs=("later time limit",)),
        *row("Prob001_a", ".S..", variant="repaired"),
    ]
    return strict, report_of(fixed, made_from=[MODEL])


def test_strict_and_repaired_stand_side_by_side_with_repair_and_reason() -> None:
    summary = summary_of(variants())
    assert summary.recovered == ("Prob082_x",)
    text = as_text(summary)
    assert "samples passed" in text and "4 of 8" in text and "6 of 8" in text
    assert "repaired: 'later time limit' of Prob082_x: the test bench prints TIMEOUT" in text
    assert "pass more often repaired than strict: Prob082_x" in text
    timeouts = next(line for line in text.splitlines() if line.startswith("timeouts"))
    assert timeouts.split() == ["timeouts", "2", "0"]
    by_problem = next(line for line in text.splitlines() if line.startswith("Prob082_x"))
    assert by_problem.split() == ["Prob082_x", "1/4", "25", "3/4", "75", "4", "T.TR"]


def test_two_reports_of_one_variant_are_no_summary() -> None:
    strict, _ = variants()
    with pytest.raises(UsageError, match="same variant"):
        summary_of([strict, strict])


def test_tables_fit_in_100_columns() -> None:
    names = [f"Prob{i:03}_a_name_as_long_as_they_get_{i:03}" for i in range(12)]
    letters = ".SRr T.C0enwmpc..RRR"
    strict = report_of(
        [s for n in names for s in row(n, letters)], made_from=[{**MODEL, "prompt": "x" * 300}]
    )
    fixed = report_of(
        [s for n in names for s in row(n, letters, variant="repaired", repairs=("later time limit",))]
    )
    fixed = replace(fixed, conditions=replace(fixed.conditions, made_from=strict.conditions.made_from))
    strict, fixed = replace(strict, name=f"{'s' * 90} strict"), replace(fixed, name=f"{'s' * 90} repaired")
    text = as_text(summary_of([strict, fixed], [compare(strict, replace(strict, name="o" * 90))]))
    assert max(len(line) for line in text.splitlines()) <= COLUMNS


def test_only_failed_problems_or_none_can_be_shown() -> None:
    run = summary_of([report_of([*row("Prob001_a", ".."), *row("Prob002_b", ".S")])])
    assert "Prob001_a" in as_text(run) and "Prob001_a" not in as_text(run, problems="failed")
    assert "Prob002_b" in as_text(run, problems="failed") and "Prob002_b" not in as_text(run, problems="none")


def test_many_samples_are_counted_in_the_row() -> None:
    text = as_text(summary_of([report_of(row("Prob001_a", "." * 30 + "R" * 10))]))
    assert text.splitlines()[-1].endswith("30 ., 10 R")


def test_json_has_every_figure_and_no_nan() -> None:
    summary = summary_of(variants(), [compare(variants()[0], replace(variants()[0], name="b"))])
    data = json.loads(as_json("eval verilog-eval", summary), parse_constant=lambda name: pytest.fail(name))[
        "data"
    ]
    strict = data["reports"][0]
    assert strict["pass_at"][0]["value"] == pytest.approx(50.0)
    assert strict["conditions"]["commit"] == "c498220" and strict["rows"][0]["letters"] == ".S.."
    assert data["comparisons"][0]["differences"][0]["value"] == 0.0


def test_comparison_is_paired_and_names_what_was_gained() -> None:
    good = report_of([*row("a", "..RR"), *row("b", "R..."), *row("c", "RRRR")], name="good")
    poor = report_of([*row("a", ".RRR"), *row("b", "SSSS"), *row("c", "R.RR")], name="poor")
    found = compare(good, poor, ks=(1, 4, 20))
    assert [d.k for d in found.differences] == [1, 4]
    assert found.differences[0].value == pytest.approx((25 + 75 - 25) / 3)
    assert (found.differences[0].better, found.differences[0].worse) == (2, 1)
    assert (found.gained, found.lost) == (("b",), ("c",))
    text = comparison_text(found)
    assert (
        "good minus poor" in text
        and "ever passed only by good: b" in text
        and "ever passed only by poor: c" in text
    )


def test_runs_under_other_conditions_are_not_compared() -> None:
    strict, repaired = variants()
    with pytest.raises(UsageError, match=r"cannot be compared \(variant: strict and repaired\)"):
        compare(strict, repaired)
    other = replace(strict.conditions, commit="71f2df4", versions=("iverilog 12.0",))
    with pytest.raises(UsageError, match=r"commit: c498220 and 71f2df4; versions: .* and iverilog 12\.0"):
        refuse_other(strict.conditions, other)


def test_what_samples_were_made_from_may_differ_in_a_comparison() -> None:
    first = report_of(RUN, made_from=[MODEL])
    assert compare(first, report_of(RUN, made_from=[{"model": "other"}])).differences[0].value == 0.0
