"""The folders in which the benchmarks keep answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.datasets import verilog_eval
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate.code_samples import read_code_samples

CODE = "module TopModule (input [3:0] a, output [3:0] y);\nassign y = ~a;\nendmodule\n"


@pytest.fixture
def problems(problems_dir: Path) -> tuple[Problem, ...]:
    return verilog_eval.load(problems_dir)


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build folder as the make flow leaves it: samples, logs, programs, and one answer by the manual protocol."""
    folder = tmp_path / "build"
    for name in ("Prob001_invert", "Prob002_count", "Prob003_parity"):
        (folder / name).mkdir(parents=True)
    one = folder / "Prob001_invert"
    for number in ("01", "02", "100"):
        (one / f"Prob001_invert_sample{number}.sv").write_text(f"// {number}\n{CODE}")
    (one / "Prob001_invert_sample01").write_text("#!/usr/bin/vvp\n")
    (one / "Prob001_invert_sample01-sv-iv-test.log").write_text("Mismatches: 0 in 16 samples\n")
    (one / "Prob001_invert_sample02_response.txt").write_text("this one was extracted already")
    two = folder / "Prob002_count"
    (two / "Prob002_count_sample01_response.txt").write_text(f"Sure.\n[BEGIN]\n{CODE}[DONE]\n")
    (two / "Prob002_count_sample01_fullprompt.txt").write_text("Question:")
    (folder / "Makefile").write_text("all:\n")
    return folder


def test_verilog_eval(problems: tuple[Problem, ...], build: Path) -> None:
    found = read_code_samples(build, problems)
    assert [(a.problem.name, a.sample) for a in found.answers] == [
        ("Prob001_invert", 1),
        ("Prob001_invert", 2),
        ("Prob001_invert", 100),
        ("Prob002_count", 1),
    ]
    assert [answer.code for answer in found.answers][-2:] == [f"// 100\n{CODE}", CODE]
    assert found.without == ("Prob003_parity",)


def test_unknown_problems_are_named(problems: tuple[Problem, ...], build: Path) -> None:
    (build / "Prob009_other").mkdir()
    (build / "Prob009_other" / "Prob009_other_sample01.sv").write_text(CODE)
    with pytest.raises(UsageError, match=r"1 problems are not in verilog-eval .*: Prob009_other"):
        read_code_samples(build, problems)


def test_a_folder_without_samples(problems: tuple[Problem, ...], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"holds no samples of the form <problem>/<problem>_sampleMM.sv"):
        read_code_samples(tmp_path / "empty", problems)


def test_rtllm(problems: tuple[Problem, ...], tmp_path: Path) -> None:
    design = replace(problems[0], benchmark="rtllm", name="inverter_4bit", top="inverter")
    for trial, name in (("t1", "inverter_4bit.v"), ("t2", "inverter.v"), ("x", "inverter_4bit.v")):
        (tmp_path / "answers" / trial).mkdir(parents=True)
        (tmp_path / "answers" / trial / name).write_text(CODE)
    found = read_code_samples(tmp_path / "answers", [design])
    assert [(answer.problem.name, answer.sample) for answer in found.answers] == [
        ("inverter_4bit", 1),
        ("inverter_4bit", 2),
    ]
