"""Can a benchmark's verdicts be trusted: does every test bench refuse what is wrong?

For each problem: the reference must pass, designs that do nothing must not, and small faults planted in the reference
(`rtlgen.datasets.mutants`) must be noticed, unless a formal check proves that they change nothing
(`rtlgen.synth.equivalence`). Problems run in parallel; each is written to a journal when it is done, and a run that was
killed goes on behind it. The same data, seed and tools give the same mutants and the same verdicts; only a comparison
that runs out of time may end otherwise on another machine.

Source: mutation analysis (DeMillo et al. 1978); for hardware benchmarks, GateTruth's figures on RTLLM.
Try: ``rtlgen bench check verilog-eval --data DIR``
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rtlgen import __version__
from rtlgen.core.errors import UsageError
from rtlgen.core.records import to_json
from rtlgen.core.tools import find
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate.bench_problem import Effort, check_problem
from rtlgen.evaluate.bench_records import BenchSummary, ProblemCheck, check_from_json, summed
from rtlgen.evaluate.costs import longest_first
from rtlgen.evaluate.journal import Journal, fingerprint
from rtlgen.evaluate.scored import SIMULATORS
from rtlgen.evaluate.scoring import check_simulator

BENCHMARKS = ("verilog-eval", "rtllm")
METHOD = 1
"""Raised when mutants or rules change, so that results of both are not mixed."""
Progress = Callable[[ProblemCheck, int, int], None]
"""Called with a finished problem, how many are done, and how many there are."""


@dataclass(frozen=True)
class Config:
    """What is checked, and how."""

    benchmark: str
    data: Path
    task: str = "spec-to-rtl"
    problems: str = "*"
    """Glob over problem names."""
    effort: Effort = field(default_factory=Effort)
    jobs: int = 2
    out: Path | None = None
    """Folder of the journal; None: ``.rtlgen/bench`` in the working folder."""

    def __post_init__(self) -> None:
        if self.benchmark not in BENCHMARKS:
            raise UsageError(f"no benchmark '{self.benchmark}'", hint=f"one of: {', '.join(BENCHMARKS)}")
        if self.effort.simulator not in SIMULATORS:
            raise UsageError(
                f"no simulator '{self.effort.simulator}'", hint=f"one of: {', '.join(SIMULATORS)}"
            )


def check(config: Config, progress: Progress | None = None) -> BenchSummary:
    """Check the chosen problems, going on where a run with the same settings was stopped.

    Raises UsageError for wrong data or a journal of other settings, ToolError when a program is missing.
    """
    problems = chosen(config)
    tools = {**check_simulator(config.benchmark, config.effort.simulator), **_formal_tools()}
    made_from = _made_from(config, problems[0].commit, tools)
    folder = config.out or Path(".rtlgen") / "bench"
    path = folder / f"{config.benchmark}-{config.task}-{fingerprint(made_from)[:12]}.jsonl"
    if config.out is not None:
        path = folder / f"{config.benchmark}-{config.task}.jsonl"
    with Journal(path, "bench_check", made_from, rows_are="these checks") as journal:
        done = _known(journal, problems)
        _run(problems, config, journal, done, progress)
    return summed(
        [done[problem.name] for problem in problems],
        benchmark=config.benchmark,
        task=config.task,
        commit=problems[0].commit,
        seed=config.effort.seed,
        wanted=config.effort.mutants,
        simulator=config.effort.simulator,
        tools=tools,
    )


def chosen(config: Config) -> list[Problem]:
    """The problems that the glob names, by name. UsageError when there are none."""
    from rtlgen.datasets import rtllm, verilog_eval

    if config.benchmark == "verilog-eval":
        every = verilog_eval.load(config.data, config.task)
    else:
        every = rtllm.load(config.data)
    found = [problem for problem in every if fnmatch.fnmatchcase(problem.name, config.problems)]
    if not found:
        raise UsageError(
            f"no problem is called {config.problems!r}",
            where=config.data,
            hint=f"for example --problems '{every[0].name}'",
        )
    return found


def _formal_tools() -> dict[str, str]:
    from rtlgen.synth.yosys import fingerprint as yosys

    abc = find("yosys-abc")
    return {"yosys": yosys(), "yosys-abc": f"{abc.version_text} {abc.fingerprint}"}


def _made_from(config: Config, commit: str, tools: dict[str, str]) -> dict[str, Any]:
    effort = to_json(config.effort)
    return {
        "benchmark": config.benchmark,
        "task": config.task,
        "commit": commit,
        "method": METHOD,
        "rtlgen": __version__,
        **effort,
        "tools": tools,
    }


def _known(journal: Journal, problems: list[Problem]) -> dict[str, ProblemCheck]:
    """What the journal has of these problems, as they are now."""
    current = {problem.name: problem.sha256 for problem in problems}
    known = {}
    for number, row in journal.rows:
        try:
            found = check_from_json(row["check"])
            if current.get(found.problem) == row["problem_sha256"]:
                known[found.problem] = found
        except (KeyError, TypeError):
            raise UsageError(
                "is no result of a check",
                where=f"{journal.path}:{number}",
                hint="remove that line and run again",
            ) from None
    return known


def _run(
    problems: list[Problem],
    config: Config,
    journal: Journal,
    done: dict[str, ProblemCheck],
    progress: Progress | None,
) -> None:
    """Check what is not done, the longest first; every result goes to the journal and into `done`."""
    missing = [problem for problem in problems if problem.name not in done]
    order = [missing[index] for index in longest_first(missing, {})]
    pool = ThreadPoolExecutor(max(config.jobs, 1), thread_name_prefix="bench")
    running: dict[Future[ProblemCheck], Problem] = {}
    try:
        while order or running:
            while order and len(running) < config.jobs:
                problem = order.pop(0)
                running[pool.submit(check_problem, problem, config.effort)] = problem
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                problem = running.pop(future)
                result = done[problem.name] = future.result()
                journal.add({"problem_sha256": problem.sha256, "check": to_json(result)})
                if progress is not None:
                    progress(result, len(done), len(problems))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
