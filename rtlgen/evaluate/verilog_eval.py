"""VerilogEval v2, both tasks: questions in the published structure, answers scored by the published flow.

What is added: a sandbox, a look at designs that would pass, strict and repaired variants, intervals. The published flow's
letters and its mean are in every report. Versions 11 and 12 of Icarus only.

Source: arXiv 2408.11053; NVlabs/verilog-eval c498220. Page: docs/eval-verilog-eval.md.
Try: ``rtlgen eval verilog-eval --data DIR --references --variant both``
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import UsageError
from rtlgen.datasets import verilog_eval
from rtlgen.evaluate.benchmark import Outcome, RunConfig, Source, run
from rtlgen.evaluate.scoring_run import Progress
from rtlgen.evaluate.verilog_eval_prompts import check, prompt_of


@dataclass(frozen=True)
class Config:
    """An evaluation on VerilogEval: its data, its question, and everything that all benchmarks have in common."""

    data: Path
    run: RunConfig
    task: str = "spec-to-rtl"
    examples: int = 0
    rules: bool = False


def evaluate(config: Config, progress: Progress | None = None) -> Outcome:
    """Answers, scores and reports. Errors are those of `rtlgen.evaluate.benchmark.run`."""
    if config.run.scoring.simulator != "icarus":
        raise UsageError("VerilogEval's letters are those of Icarus", hint="leave --sim out")
    return run(source_of(config), config.run, progress)


def source_of(config: Config) -> Source:
    """The benchmark as `config` asks for it. UsageError for examples or rules that there are not."""
    check(config.task, config.examples, config.rules)
    return Source(
        verilog_eval.BENCHMARK,
        lambda: verilog_eval.load(config.data, config.task),
        lambda problem: prompt_of(problem, examples=config.examples, rules=config.rules),
        {"prompt": "verilog-eval 1", "examples": config.examples, "rules": config.rules},
    )
