"""RTLLM v2.0: 50 descriptions, answers scored by the published rule under Icarus, Verilator, or whichever a design needs.

The description is the question as it stands (it says itself what is asked for). Four test benches do not work with Icarus
11 and 12 (`rtlgen.evaluate.repairs.NEEDS_VERILATOR`); ``per-design`` runs these under Verilator. Nothing is repaired.

Source: arXiv 2308.05345; hkust-zhiyao/RTLLM 41b2689. Page: docs/eval-rtllm.md.
Try: ``rtlgen eval rtllm --data DIR --references --sim per-design``
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import UsageError
from rtlgen.datasets import rtllm
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate.benchmark import Outcome, RunConfig, Source, run
from rtlgen.evaluate.prompts import Prompt
from rtlgen.evaluate.scoring_run import Progress


@dataclass(frozen=True)
class Config:
    """An evaluation on RTLLM."""

    data: Path
    run: RunConfig


def prompt_of(problem: Problem) -> Prompt:
    """The description, which begins with a part to play and ends with the request for the code."""
    return Prompt(f"{problem.prompt.strip()}\n", stop="endmodule")


def evaluate(config: Config, progress: Progress | None = None) -> Outcome:
    """Answers, scores and reports. Errors are those of `rtlgen.evaluate.benchmark.run`."""
    if config.run.variants != ("strict",):
        raise UsageError(
            "nothing of RTLLM is repaired", hint="--sim per-design runs each design where it works"
        )
    return run(source_of(config), config.run, progress)


def source_of(config: Config) -> Source:
    """The benchmark at `config.data`."""
    how = {"prompt": "description as it stands"}
    return Source(rtllm.BENCHMARK, lambda: rtllm.load(config.data), prompt_of, how)
