"""Score answers to problems of VerilogEval and RTLLM: compile and run each with its test bench, sandboxed, in parallel.

A score is what the benchmark's own flow would have given: its compiler options, its sources in its order, its time limit,
its rule. For VerilogEval the letter is derived from the same log that its flow writes, with the paths that it would
show. On top of that, a design that would pass is looked at (`rtlgen.sim.tamper`): one that prints, ends the simulation or
reaches outside itself does not pass; its letter stays.

Each answer runs in a scratch folder of its own. Waves are off. Generating answers, resuming and reports are elsewhere.

Source: NVlabs/verilog-eval, Makefile.in; hkust-zhiyao/RTLLM, auto_run.py.
Try: ``rtlgen eval verilog-eval --data DIR --references``
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

from rtlgen.core.records import RunRecord, Verdict, sha256_text
from rtlgen.core.scratch import scratch as new_scratch
from rtlgen.datasets.problem import Problem, read_text
from rtlgen.evaluate.costs import longest_first
from rtlgen.evaluate.failures import PASS, kind_of, letter, log_of
from rtlgen.evaluate.repairs import (
    Repair,
    repaired_reference,
    repaired_test,
    repairs_of,
    simulator_for,
)
from rtlgen.evaluate.scored import REFERENCE, SIMULATORS, Answer, Config, Scored
from rtlgen.sim.job import Job, SimRun
from rtlgen.sim.simulators import VERILOG_EVAL_ICARUS, require, simulator
from rtlgen.sim.verdict import RTLLM, VERILOG_EVAL, judge

__all__ = [
    "REFERENCE",
    "SIMULATORS",
    "Answer",
    "Config",
    "Scored",
    "check_simulator",
    "icarus_version",
    "reference_answer",
    "score",
    "score_many",
    "score_text",
]

OPTIONS = {"verilog-eval": ("-Wall", "-Winfloop", "-Wno-timescale"), "rtllm": ()}
"""Options of the compiler, as published."""
RULES = {"verilog-eval": VERILOG_EVAL, "rtllm": RTLLM}
LOG_KEPT = 16_384
"""Characters of a log kept in a record; letter and verdict are made from all of it."""


def check_simulator(benchmark: str, choice: str) -> dict[str, str]:
    """The tools that will be used, ``{"iverilog": "11.0 <fingerprint>", ...}``.

    Raises ToolError when one is missing, or of a version that the benchmark is known not to work with.
    """
    names = ("icarus", "verilator") if choice == "per-design" else (choice,)
    used: dict[str, str] = {}
    for name in names:
        chosen = simulator(name)
        if name == "icarus" and benchmark == "verilog-eval":
            require(
                chosen,
                accepted=VERILOG_EVAL_ICARUS,
                why="13 compiles none of VerilogEval's test benches (tb_mismatch is used before its declaration)",
            )
        used |= {tool.name: f"{tool.version_text} {tool.fingerprint}" for tool in chosen.tools()}
    return used


def reference_answer(problem: Problem, config: Config) -> Answer:
    """The benchmark's own reference as an answer; in the repaired variant with the repairs of references."""
    repairs = repairs_of(problem, config.variant, icarus_version(config.simulator))
    return Answer(problem, repaired_reference(problem.reference, repairs) or problem.reference, REFERENCE)


def score_text(problem: Problem, code: str, config: Config, scratch: Path | None = None) -> Scored:
    """Score one answer in `scratch` (an empty folder; default: a new one that is removed)."""
    return score(Answer(problem, code), config, scratch)


def score(answer: Answer, config: Config, folder: Path | None = None) -> Scored:
    """Score one answer. Raises ToolError when a program is missing; whatever the answer does is in the score."""
    if folder is None:
        with new_scratch() as made:
            return score(answer, config, made)
    problem = answer.problem
    name = simulator_for(problem, config.simulator)
    repairs = () if config.variant == "strict" else repairs_of(problem, config.variant, icarus_version(name))
    job = _job(answer, config, folder, name, repairs)
    run = simulator(name).run(job)
    run = replace(
        run,
        compile_log=_published(run.compile_log, job, problem),
        run_log=_published(run.run_log, job, problem),
    )
    verdict, symbol, tampered = _judged(answer, run, job.sources[0])
    record = RunRecord(
        inputs={"problem": problem.sha256, "code": sha256_text(answer.code), "commit": problem.commit},
        tools=run.tools,
        seed=None,
        limits={"wall_s": job.limits.wall_s, "memory_mb": job.limits.memory_mb},
    )
    return Scored(
        problem=problem.name,
        sample=answer.sample,
        verdict=replace(verdict, log=_short(verdict.log), sandboxed=config.sandboxed, record=record),
        letter=symbol,
        variant=config.variant,
        repairs=tuple(repair.name for repair in repairs),
        tampered=tampered,
        notes=answer.notes,
        simulator=name,
        code_sha256=record.inputs["code"],
        problem_sha256=problem.sha256,
        commit=problem.commit,
        task=problem.task,
        benchmark=problem.benchmark,
    )


def score_many(
    answers: Iterable[Answer],
    config: Config,
    *,
    costs: Mapping[str, float] | None = None,
    scored: Callable[[Scored], None] | None = None,
) -> list[Scored]:
    """Score answers, `config.jobs` at a time, in the order in which they were given.

    One more is under way while a sandbox is put up or taken down: the kernel waits then, and a processor would too.
    The longest are begun first, so that all threads end together; `costs` are seconds by problem, as measured before.
    `scored` is called in this thread as soon as a score is there.
    """
    every = list(answers)
    results: list[Scored | None] = [None] * len(every)
    waiting = longest_first([answer.problem for answer in every], costs or {})
    threads = config.jobs + 1 if config.sandboxed and config.jobs > 1 else max(config.jobs, 1)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="score")
    running: dict[Future[Scored], int] = {}
    try:
        while waiting or running:
            while waiting and len(running) < 2 * config.jobs:
                index = waiting.pop(0)
                running[pool.submit(score, every[index], config)] = index
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                result = results[running.pop(future)] = future.result()
                if scored is not None:
                    scored(result)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return [result for result in results if result is not None]


def icarus_version(name: str) -> tuple[int, ...]:
    """Version of the Icarus that `name` uses; high for another simulator, so that no repair for Icarus applies."""
    chosen = simulator("icarus" if name == "per-design" else name)
    return chosen.tools()[0].version if chosen.NAME == "icarus" else (99,)


def _job(answer: Answer, config: Config, folder: Path, name: str, repairs: Sequence[Repair]) -> Job:
    """The answer, the test bench and its reference in the published order; data files are copied beside them."""
    problem = answer.problem
    design = folder / f"{problem.name}_sample{answer.sample:02d}{problem.test.suffix}"
    design.write_bytes(answer.code.encode("utf-8", "surrogateescape"))
    test, support = problem.test, problem.support
    if repairs:
        test, support = _repaired_files(problem, folder, tuple(repairs))
    for file in problem.data_files:
        shutil.copyfile(file, folder / file.name)
    return Job(
        folder=folder,
        sources=(design, test, *support),
        top=(problem.test_top,),
        options=OPTIONS[problem.benchmark] if name == "icarus" else (),
        limits=config.limits(problem, name),
        sandboxed=config.sandboxed,
    )


def _repaired_files(
    problem: Problem, folder: Path, repairs: tuple[Repair, ...]
) -> tuple[Path, tuple[Path, ...]]:
    """Test bench and its reference, repaired copies in the scratch folder where a repair changed them."""

    def copied(path: Path, text: str | None) -> Path:
        if text is None:
            return path
        copy = folder / path.name
        copy.write_bytes(text.encode("utf-8", "surrogateescape"))
        return copy

    support = (copied(path, repaired_reference(read_text(path), repairs)) for path in problem.support)
    return copied(problem.test, repaired_test(problem, repairs)), tuple(support)


def _published(text: str, job: Job, problem: Problem) -> str:
    """The log with the paths of the published flow: the folder names that a user gave must not decide a letter."""
    text = text.replace(f"{job.folder}/", f"{problem.name}/")
    return text.replace(f"{problem.folder}/", f"{problem.folder.name}/")


def _judged(answer: Answer, run: SimRun, design: Path) -> tuple[Verdict, str, tuple[str, ...]]:
    """Verdict, letter and what was found in a design that would pass."""
    problem = answer.problem
    verdict = judge(run, RULES[problem.benchmark])
    # Another simulator is no advice where the benchmark has chosen one.
    verdict = replace(verdict, reason=verdict.reason.partition(": try --simulator ")[0])
    symbol = ""
    if problem.benchmark == "verilog-eval":
        log = log_of(run)
        symbol = letter(log, answer.code)
        verdict = replace(verdict, log=log)
        if verdict.passed and symbol != PASS:
            verdict = replace(
                verdict, kind=kind_of(symbol) or "mismatch", reason=f"VerilogEval's letter is {symbol}"
            )
    if not verdict.passed or answer.trusted:
        return verdict, symbol, ()
    from rtlgen.sim.tamper import suspicions

    found = suspicions([design], problem.top, bench=[problem.test, *problem.support])
    if found:
        verdict = replace(verdict, kind="mismatch", reason=f"the design {'; '.join(found[:3])}")
    return verdict, symbol, found


def _short(log: str) -> str:
    if len(log) <= LOG_KEPT:
        return log
    half = LOG_KEPT // 2
    return f"{log[:half]}\n[... {len(log) - 2 * half} characters dropped ...]\n{log[-half:]}"
