"""Nothing is scored twice, nothing is mixed, and a run that was killed ends with the same scores."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.store import Store
from rtlgen.datasets import verilog_eval
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate import scoring_run
from rtlgen.evaluate.costs import load_costs
from rtlgen.evaluate.scored import Answer, Config, Scored
from rtlgen.evaluate.scoring import reference_answer
from rtlgen.evaluate.scoring_run import Place, score_variant

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]

RIGHT = "module TopModule (input [3:0] a, output [3:0] y);\n  assign y = ~a;\nendmodule\n"
WRONG = RIGHT.replace("~a", "a")


@pytest.fixture
def problems(problems_dir: Path) -> tuple[Problem, ...]:
    return verilog_eval.load(problems_dir)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "out", Store(tmp_path / "store"), named=False)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The problems and samples that the simulator is asked about, as ``Prob001 1``."""
    seen: list[str] = []
    inner = scoring_run.score_many

    def watched(answers: Sequence[Answer], config: Config, **more: Any) -> list[Scored]:
        every = list(answers)
        seen.extend(f"{a.problem.name[:7]} {a.sample} {config.variant}" for a in every)
        return inner(every, config, **more)

    monkeypatch.setattr(scoring_run, "score_many", watched)
    return seen


def test_a_rerun_scores_nothing(problems: tuple[Problem, ...], place: Place, started: list[str]) -> None:
    answers = [Answer(problems[0], RIGHT, 1), Answer(problems[0], WRONG, 2)]
    first = score_variant(answers, Config(), place)
    assert [found.letter for found in first] == [".", "R"]
    assert len(started) == 2
    assert score_variant(answers, Config(), place) == first
    assert score_variant(list(reversed(answers)), Config(), place) == list(reversed(first))
    assert len(started) == 2
    more = [*answers, Answer(problems[1], WRONG, 1)]
    assert score_variant(more, Config(), place)[:2] == first
    assert started[2:] == ["Prob002 1 strict"]


def test_the_same_code_is_scored_once(
    problems: tuple[Problem, ...], place: Place, started: list[str]
) -> None:
    answers = [Answer(problems[0], RIGHT, number, (f"note {number}",)) for number in (1, 2, 3)]
    scores = score_variant(answers, Config(), place)
    assert [(found.sample, found.notes) for found in scores] == [(n, (f"note {n}",)) for n in (1, 2, 3)]
    assert len(started) == 1


def test_a_sample_like_the_reference_is_looked_at(problems: tuple[Problem, ...], place: Place) -> None:
    problem = replace(problems[0], reference=RIGHT.replace("assign", 'initial $display("x"); assign'))
    reference = reference_answer(problem, Config())
    (trusted,) = score_variant([reference], Config(), place)
    (copied,) = score_variant([Answer(problem, reference.code, 1)], Config(), place)
    assert trusted.passed
    assert not copied.passed
    assert copied.tampered


def test_repaired_is_strict_but_for_the_changed(
    problems: tuple[Problem, ...], place: Place, started: list[str]
) -> None:
    slow = problems[0].test.with_name("Prob082_slow_test.sv")
    slow.write_text(problems[0].test.read_text().replace("#1 check", "#100000 check"))
    broken = replace(problems[0], name="Prob082_slow", test=slow, sha256="1" * 64)
    answers = [Answer(problems[0], RIGHT), Answer(broken, RIGHT)]
    strict = score_variant(answers, Config(), place)
    repaired = score_variant(answers, Config(variant="repaired"), place)
    assert [found.letter for found in strict] == [".", "T"]
    assert [found.letter for found in repaired] == [".", "."]
    assert {found.variant for found in repaired} == {"repaired"}
    assert [found.repairs for found in repaired] == [(), ("later time limit",)]
    assert started == ["Prob001 1 strict", "Prob082 1 strict", "Prob082 1 repaired"]
    assert replace(repaired[0], variant="strict") == strict[0]


def test_other_conditions_are_refused_by_name(problems: tuple[Problem, ...], place: Place) -> None:
    answers = [Answer(problems[0], RIGHT)]
    score_variant(answers, Config(), place)
    with pytest.raises(UsageError, match="wall_s: as published there, 5 now"):
        score_variant(answers, Config(wall_s=5), place)
    other = replace(problems[0], commit="71f2df4")
    with pytest.raises(UsageError, match=r"these scores were made from something else \(commit: unknown"):
        score_variant([Answer(other, RIGHT)], Config(), place)


def test_another_simulator_is_refused_by_name(problems: tuple[Problem, ...], place: Place) -> None:
    answers = [Answer(problems[0], RIGHT)]
    score_variant(answers, Config(), place)
    path = place.folder / "strict.scores.jsonl"
    head, *rows = path.read_text().splitlines()
    header = json.loads(head)
    header["fingerprint"] = "0" * 64
    header["made_from"]["tools"]["iverilog"] = "12.0 0123456789abcdef"
    path.write_text("\n".join([json.dumps(header), *rows]) + "\n")
    with pytest.raises(UsageError, match=r"\(tools: "):
        score_variant(answers, Config(), place)


def test_beside_each_other_in_the_store(problems: tuple[Problem, ...], place: Place) -> None:
    named = replace(place, named=True)
    answers = [Answer(problems[0], RIGHT)]
    score_variant(answers, Config(), named)
    score_variant(answers, Config(wall_s=5), named)
    assert len(list(place.folder.glob("strict-*.scores.jsonl"))) == 2


def test_costs_of_what_ended_are_kept(problems: tuple[Problem, ...], place: Place) -> None:
    score_variant([Answer(problems[0], RIGHT), Answer(problems[1], "module x;")], Config(), place)
    assert list(load_costs(place.store)) == ["verilog-eval/Prob001_invert"]


def test_a_row_of_another_version_is_an_error(problems: tuple[Problem, ...], place: Place) -> None:
    answers = [Answer(problems[0], RIGHT)]
    score_variant(answers, Config(), place)
    with (place.folder / "strict.scores.jsonl").open("a") as file:
        file.write('{"problem": "Prob001_invert"}\n')
    with pytest.raises(UsageError, match=r"strict.scores.jsonl:3: is no score of this version of rtlgen"):
        score_variant(answers, Config(), place)


def test_kill_9_loses_only_what_was_running(
    problems_dir: Path, problems: tuple[Problem, ...], place: Place
) -> None:
    program = (
        "import sys; from pathlib import Path; from rtlgen.core.store import Store\n"
        "from rtlgen.datasets import verilog_eval\n"
        "from rtlgen.evaluate.scored import Answer, Config\n"
        "from rtlgen.evaluate.scoring_run import Place, score_variant\n"
        "problems = verilog_eval.load(Path(sys.argv[1]))\n"
        f"code = {RIGHT!r}\n"
        "answers = [Answer(problems[0], f'{code}// {n}\\n', n) for n in range(1, 201)]\n"
        "place = Place(Path(sys.argv[2]), Store(Path(sys.argv[3])), named=False)\n"
        "score_variant(answers, Config(jobs=1), place)\n"
    )
    words = [
        sys.executable,
        "-P",
        "-c",
        program,
        str(problems_dir),
        str(place.folder),
        str(place.store.folder),
    ]
    path = place.folder / "strict.scores.jsonl"
    with subprocess.Popen(words) as child:
        while child.poll() is None and (not path.exists() or path.read_bytes().count(b"\n") < 4):
            time.sleep(0.005)
        os.kill(child.pid, signal.SIGKILL)
    kept = path.read_bytes().count(b"\n") - 1
    assert 3 <= kept < 200
    told: list[tuple[int, int]] = []
    answers = [Answer(problems[0], f"{RIGHT}// {n}\n", n) for n in range(1, kept + 3)]
    scores = score_variant(
        answers, Config(jobs=1), place, lambda _, done, wanted: told.append((done, wanted))
    )
    assert told[-1][0] == told[-1][1] <= 3
    assert [found.sample for found in scores] == list(range(1, kept + 3))
    assert all(found.passed for found in scores)
