"""Answers as `rtlgen generate` makes them: formal parts, repair in place, the choice, going on, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.benchmark import RunConfig
from rtlgen.evaluate.designs import Pipeline, designs
from rtlgen.evaluate.generation import Asker
from rtlgen.evaluate.prompts import PROTOCOLS
from rtlgen.evaluate.verilog_eval import Config, evaluate, source_of
from rtlgen.model.formats import RTLGEN
from rtlgen.model.interface import Generation

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]

ASKER = Asker(replace(PROTOCOLS["high"], n=3))
PROMPT = "Prob001_invert_prompt.txt"


class Scripted:
    """A model of rtlgen's own kind that gives these bodies in turn, and counts how often it is asked."""

    name = "scripted"
    format = RTLGEN
    trained_context = 1024

    def __init__(self, *bodies: str) -> None:
        self.bodies = list(bodies)
        self.prompts: list[str] = []

    def count(self, text: str) -> int:
        return len(text) // 3

    def complete(self, prompt: str, *, n: int = 1, **_: object) -> list[Generation]:
        self.prompts.append(prompt)
        given, self.bodies = self.bodies[:n], self.bodies[n:]
        return [Generation(f"\n{body}\n", -0.1 * at, 5, "stop") for at, body in enumerate(given, 1)]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a scripted model the one that writes."""

    def use(*bodies: str) -> Scripted:
        model = Scripted(*bodies)
        monkeypatch.setattr("rtlgen.generate.session.writer", lambda _: model)
        return model

    return use


def _config(problems_dir: Path, out: Path, pipeline: Pipeline) -> Config:
    return Config(problems_dir, RunConfig(ASKER, problems=("invert",), pipeline=pipeline, out=out, ks=(1, 3)))


def test_all_answers_and_the_chosen_one_are_scored(problems_dir: Path, tmp_path: Path, ask: Any) -> None:
    model = ask("  assign y = a;", "  assign y = ~a;", "  assign y = 4'd15 - a;")
    every, chosen = evaluate(_config(problems_dir, tmp_path / "out", Pipeline())).summaries
    assert every.reports[0].rows[0].letters == "R.."
    assert chosen.reports[0].rows[0].letters == "."  # two that behave alike outvote one
    assert every.reports[0].conditions is not None
    assert model.prompts[0].startswith("<|bos|><|file|>TopModule.sv\n// The output is the input with")
    ask()  # would answer nothing: all is there already
    again = evaluate(_config(problems_dir, tmp_path / "out", Pipeline())).summaries
    assert again[0].reports[0].passed == 2


def test_a_repair_takes_the_place_of_what_it_repairs(problems_dir: Path, tmp_path: Path, ask: Any) -> None:
    model = ask(
        "  assign y = ~b;", "  assign y = a;", "  assign y = ~a", "  assign y = ~a;", "  assign y = c;"
    )
    evaluate(_config(problems_dir, tmp_path / "out", Pipeline(rounds=1)))
    rows = [json.loads(line) for line in (tmp_path / "out" / "designs.jsonl").read_text().splitlines()[1:]]
    assert [a["state"] for a in rows[0]["attempts"]] == ["unverified", "unverified", "syntax"]
    assert [a["round"] for a in rows[0]["attempts"]] == [1, 0, 0]
    assert "assign y = ~a;" in rows[0]["codes"][0]
    assert len(model.prompts) == 3
    before = [json.loads(x) for x in (tmp_path / "out" / "unrepaired-samples.jsonl").read_text().splitlines()]
    assert "~b" in before[1]["code"] and before[1]["sample"] == 1


def test_a_formal_part_takes_the_place_of_an_answer(problems_dir: Path, tmp_path: Path, ask: Any) -> None:
    rows = "".join(f"4'b{k:04b} | 4'b{15 - k:04b}\n" for k in range(16))
    prompt = problems_dir / "dataset_spec-to-rtl" / PROMPT
    prompt.write_text(prompt.read_text().replace("The output is", f"a | y\n{rows}\nThe output is"))
    ask("  assign y = a;", "  assign y = a;")
    every, chosen = evaluate(_config(problems_dir, tmp_path / "out", Pipeline())).summaries
    assert every.reports[0].rows[0].letters == ".RR"
    assert chosen.reports[0].rows[0].letters == "."
    ask("  assign y = a;", "  assign y = a;", "  assign y = a;")
    plain, _ = evaluate(_config(problems_dir, tmp_path / "plain", Pipeline(formal=False))).summaries
    assert plain.reports[0].rows[0].letters == "RRR"


def test_a_folder_of_other_answers_is_refused(problems_dir: Path, tmp_path: Path, ask: Any) -> None:
    ask("  assign y = a;", "  assign y = a;", "  assign y = a;")
    config = _config(problems_dir, tmp_path / "out", Pipeline())
    evaluate(config)
    with pytest.raises(UsageError, match="these designs were made from something else"):
        evaluate(_config(problems_dir, tmp_path / "out", Pipeline(formal=False)))
    problems = source_of(config).load()[:1]
    with pytest.raises(UsageError, match="seed: 0 there, 1 now"):
        designs(problems, replace(ASKER, seed=1), Pipeline(), tmp_path / "out")
