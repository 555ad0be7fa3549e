"""Answers are saved one by one; going on makes the same answers; other questions and models are refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rtlgen.core.errors import LimitError, ToolError, UsageError
from rtlgen.datasets import verilog_eval
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate import generation
from rtlgen.evaluate.code_samples import read_code_samples
from rtlgen.evaluate.generation import Asker, generate
from rtlgen.evaluate.prompts import PROTOCOLS, Prompt, Protocol
from rtlgen.evaluate.verilog_eval_prompts import prompt_of
from rtlgen.model.formats import PLAIN, PromptFormat
from rtlgen.model.interface import Generation

TWO = Protocol("high", 0.8, 0.95, 2)


class Parrot:
    """Answers with a code that depends on prompt and seed; may refuse after some answers."""

    name = "parrot"
    format: PromptFormat = PLAIN

    def __init__(self, most: int = 1000) -> None:
        self.asked: list[tuple[str, int]] = []
        self.most = most

    def count(self, text: str) -> int:
        return len(text) // 4

    def complete(self, prompt: str, *, seed: int = 0, **options: Any) -> list[Generation]:
        if len(self.asked) >= self.most:
            raise ToolError("the server is gone")
        self.asked.append((prompt, seed))
        return [Generation(f"[BEGIN]\n// {len(prompt)} {seed}\n", None, 5, "stop")]

    def score(self, prompt: str, continuations: Sequence[str]) -> list[float]:
        return [0.0 for _ in continuations]


@pytest.fixture
def problems(problems_dir: Path) -> tuple[Problem, ...]:
    return verilog_eval.load(problems_dir)


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch) -> Parrot:
    model = Parrot()
    monkeypatch.setattr(generation, "_load", lambda settings: model)
    return model


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_sample_is_a_line(problems: tuple[Problem, ...], parrot: Parrot, tmp_path: Path) -> None:
    path = tmp_path / "out" / "samples.jsonl"
    assert generate(problems, prompt_of, Asker(TWO, seed=5), path, {"examples": 0}) == 6
    head, *samples = rows(path)
    assert head["made_from"]["model"] == "default"
    assert head["made_from"]["temperature"] == 0.8
    assert head["made_from"]["examples"] == 0
    assert "n" not in head["made_from"], "more samples may be made later"
    assert [(row["problem"][:7], row["sample"]) for row in samples][:4] == [
        ("Prob001", 1),
        ("Prob002", 1),
        ("Prob003", 1),
        ("Prob001", 2),
    ]
    assert [seed for _, seed in parrot.asked] == [5, 5, 5, 6, 6, 6]
    found = read_code_samples(path, problems)
    assert [answer.code.startswith("// ") for answer in found.answers] == [True] * 6


def test_going_on_makes_the_same(problems: tuple[Problem, ...], parrot: Parrot, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    generate(problems, prompt_of, Asker(TWO), whole, {})
    asked = len(parrot.asked)
    parrot.most = asked + 2
    with pytest.raises(ToolError, match="the server is gone"):
        generate(problems, prompt_of, Asker(TWO), cut, {})
    assert len(rows(cut)) == 3, "the two answers that were made are kept"
    with cut.open("a") as file:
        file.write('{"problem": "Prob0')
    parrot.most = 1000
    assert generate(problems, prompt_of, Asker(TWO), cut, {}) == 4
    assert generate(problems, prompt_of, Asker(TWO), cut, {}) == 0

    def plain(path: Path) -> list[tuple[str, int, str]]:
        return sorted((row["problem"], row["sample"], row["response"]) for row in rows(path)[1:])

    assert plain(cut) == plain(whole)


def test_more_samples_are_added(problems: tuple[Problem, ...], parrot: Parrot, tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    generate(problems[:1], prompt_of, Asker(TWO), path, {})
    assert generate(problems, prompt_of, Asker(Protocol("high", 0.8, 0.95, 3)), path, {}) == 7


def test_refusals(problems: tuple[Problem, ...], parrot: Parrot, tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    generate(problems, prompt_of, Asker(TWO), path, {})
    with pytest.raises(
        UsageError, match=r"these samples were made from something else \(.*temperature: 0.8 there"
    ):
        generate(problems, prompt_of, Asker(PROTOCOLS["low"]), path, {})
    with pytest.raises(UsageError, match=r"s.jsonl:2: was asked another question about Prob001_invert"):
        generate(problems, lambda problem: Prompt("What?"), Asker(TWO), path, {})
    first = path.read_text().splitlines()[1]
    with path.open("a") as file:
        file.write(first + "\n")
    with pytest.raises(UsageError, match=r"s.jsonl:8: a second sample 1 for Prob001_invert"):
        generate(problems, prompt_of, Asker(TWO), path, {})


def test_a_server_is_asked_by_several_threads(
    problems: tuple[Problem, ...], parrot: Parrot, tmp_path: Path
) -> None:
    overrides = (("model.endpoint", "http://127.0.0.1:9"),)
    path = tmp_path / "s.jsonl"
    told: list[tuple[str, int, int]] = []
    asker = Asker(TWO, overrides, jobs=3)
    assert generate(problems, prompt_of, asker, path, {}, lambda *row: told.append(row)) == 6
    assert told[-1] == ("asking parrot", 6, 6)
    assert rows(path)[0]["made_from"]["endpoint"] == "http://127.0.0.1:9"
    assert len({(row["problem"], row["sample"]) for row in rows(path)[1:]}) == 6


@pytest.mark.parametrize(("failures", "ends"), [(2, True), (3, False)])
def test_a_server_that_is_busy_is_asked_again(
    problems: tuple[Problem, ...],
    parrot: Parrot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failures: int,
    ends: bool,
) -> None:
    monkeypatch.setattr(generation, "RETRY_S", (0.0, 0.0))
    inner, left = parrot.complete, [failures]

    def busy(prompt: str, **options: Any) -> list[Generation]:
        left[0] -= 1
        if left[0] >= 0:
            raise LimitError("the server is busy")
        return inner(prompt, **options)

    monkeypatch.setattr(parrot, "complete", busy)
    asker = Asker(TWO, (("model.endpoint", "http://127.0.0.1:9"),))
    path = tmp_path / "s.jsonl"
    if ends:
        assert generate(problems, prompt_of, asker, path, {}) == 6
        return
    with pytest.raises(LimitError, match="the server is busy"):
        generate(problems, prompt_of, asker, path, {})
    assert generate(problems, prompt_of, asker, path, {}) == 6
