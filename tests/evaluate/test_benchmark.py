"""A whole run: references, saved samples and made ones; variants, several files, choices, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.evaluate import rtllm
from rtlgen.evaluate.benchmark import RunConfig, select
from rtlgen.evaluate.code_samples import FORMAT
from rtlgen.evaluate.generation import Asker
from rtlgen.evaluate.prompts import PROTOCOLS
from rtlgen.evaluate.scored import Config as Scoring
from rtlgen.evaluate.verilog_eval import Config, evaluate

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]

RIGHT = "module TopModule (input [3:0] a, output [3:0] y);\n  assign y = ~a;\nendmodule\n"
LOW = Asker(PROTOCOLS["low"])


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)


def samples(path: Path, *codes: str) -> Path:
    rows = [{"problem": "Prob001_invert", "sample": n, "code": code} for n, code in enumerate(codes, start=1)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_references(problems_dir: Path) -> None:
    run = RunConfig(LOW, references=True, variants=("strict", "repaired"), replay="rtlgen eval x")
    outcome = evaluate(Config(problems_dir, run))
    strict, repaired = outcome.summaries[0].reports
    assert (strict.passed, repaired.passed, strict.problems) == (3, 3, 3)
    assert strict.conditions.references
    assert len(outcome.scored) == 6
    assert outcome.scored[0].verdict.replay == "rtlgen eval x --references --problems Prob001_invert"
    folder = Path(".rtlgen/eval/verilog-eval")
    record = json.loads((folder / "report.json").read_text())
    assert record["kind"] == "eval verilog-eval"
    assert record["data"]["scores"][0]["letter"] == "."
    assert len(list(folder.glob("strict-*.scores.jsonl"))) == 1


def test_samples(problems_dir: Path, tmp_path: Path) -> None:
    path = samples(tmp_path / "s.jsonl", RIGHT, RIGHT.replace("~", ""), "", RIGHT)
    run = RunConfig(LOW, samples=(path,), ks=(1, 2), out=tmp_path / "out")
    (summary,) = evaluate(Config(problems_dir, run)).summaries
    report = summary.reports[0]
    assert report.rows[0].letters == ".Rm."
    assert (report.passed, report.problems, report.unscored) == (2, 3, ("Prob002_count", "Prob003_parity"))
    assert report.notes == {"empty": 1}
    assert {path.name for path in (tmp_path / "out").glob("[!.]*")} == {
        "report.json",
        "strict.scores.jsonl",
    }
    only = replace(run, problems=("*invert",), out=tmp_path / "other")
    (summary,) = evaluate(Config(problems_dir, only)).summaries
    assert summary.reports[0].macro == 50.0


def test_two_files_are_compared(problems_dir: Path, tmp_path: Path) -> None:
    good = samples(tmp_path / "good.jsonl", RIGHT)
    bad = samples(tmp_path / "bad.jsonl", RIGHT.replace("~", ""))
    run = RunConfig(LOW, samples=(good, bad), problems=("Prob001",))
    first, second = evaluate(Config(problems_dir, run)).summaries
    (comparison,) = first.comparisons
    assert (comparison.first, comparison.second) == ("good.jsonl strict", "bad.jsonl strict")
    assert comparison.gained == ("Prob001_invert",)
    assert not second.comparisons


def test_other_conditions_in_the_same_folder(problems_dir: Path, tmp_path: Path) -> None:
    run = RunConfig(LOW, references=True, out=tmp_path / "out")
    evaluate(Config(problems_dir, run))
    path = problems_dir / "dataset_spec-to-rtl" / "Prob001_invert_prompt.txt"
    path.write_text(path.read_text() + "More.\n")
    with pytest.raises(UsageError, match=r"these scores were made from something else \(commit: unknown, sh"):
        evaluate(Config(problems_dir, run))
    with pytest.raises(UsageError, match="task: spec-to-rtl there, code-complete now"):
        evaluate(Config(problems_dir, run, task="code-complete"))


def test_samples_of_another_task(problems_dir: Path, tmp_path: Path) -> None:
    path = samples(tmp_path / "s.jsonl", RIGHT)
    header = {FORMAT: 1, "made_from": {"benchmark": "verilog-eval", "task": "code-complete", "model": "m"}}
    path.write_text(json.dumps(header) + "\n" + path.read_text())
    with pytest.raises(
        UsageError, match=r"made for something else \(task: code-complete there, spec-to-rtl h"
    ):
        evaluate(Config(problems_dir, RunConfig(LOW, samples=(path,))))
    found = evaluate(Config(problems_dir, RunConfig(LOW, samples=(path,)), "code-complete"))
    assert found.summaries[0].reports[0].conditions.made_from["model"] == "m"


def test_choices(problems_dir: Path) -> None:
    from rtlgen.datasets import verilog_eval

    problems = verilog_eval.load(problems_dir)
    names = [problem.name for problem in problems]

    def chosen(*patterns: str, limit: int | None = None) -> list[str]:
        return [problem.name for problem in select(problems, patterns, limit)]

    assert chosen() == names
    assert chosen(limit=2) == names[:2]
    assert chosen("prob002", "*parity") == chosen("count", "Prob003_parity") == names[1:]
    assert chosen("PROB00[12]*") == names[:2]
    with pytest.raises(UsageError, match=r"no problem matches fsm\n  next: names are like Prob001_invert"):
        chosen("prob001", "fsm")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"references": True, "samples": (Path("x"),)}, "--references are samples of their own"),
        ({"references": True, "generate_only": True}, "--generate-only asks a model"),
        ({"variants": ("mended",)}, "no variant 'mended'"),
    ],
)
def test_contradictions(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        RunConfig(LOW, **options)  # type: ignore[arg-type]


def test_what_a_benchmark_does_not_have(problems_dir: Path) -> None:
    verilator = RunConfig(LOW, references=True, scoring=Scoring(simulator="verilator"))
    with pytest.raises(UsageError, match="VerilogEval's letters are those of Icarus"):
        evaluate(Config(problems_dir, verilator))
    with pytest.raises(UsageError, match="gives no rules to completions"):
        evaluate(Config(problems_dir, RunConfig(LOW), "code-complete", rules=True))
    with pytest.raises(UsageError, match="nothing of RTLLM is repaired"):
        rtllm.evaluate(rtllm.Config(problems_dir, RunConfig(LOW, references=True, variants=("repaired",))))
