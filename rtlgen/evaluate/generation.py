"""Ask a model the questions of a benchmark and save its answers, one line each, so that a killed run loses at most one.

Answers are saved as the model gave them; the code is taken out when they are scored. Every sample is asked for by itself
with a seed of its own, so that a run that goes on, or that wants more samples than the one before, makes the same
answers as one that was never stopped. A server is asked by several threads, a model on this machine by one.

It scores nothing. Try: ``rtlgen eval verilog-eval --data DIR --limit 3 --generate-only``
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import LimitError, ToolError, UsageError
from rtlgen.core.settings import load_settings
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate.code_samples import FORMAT
from rtlgen.evaluate.journal import Journal, Row
from rtlgen.evaluate.predictors import model_hash
from rtlgen.evaluate.prompts import Prompt, PromptOf, Protocol, answer
from rtlgen.evaluate.scoring_run import Progress
from rtlgen.model.transport import Refused

if TYPE_CHECKING:
    from rtlgen.core.settings import Settings
    from rtlgen.model.interface import CodeModel, Generation

_MODEL_KEYS = (
    "model.path",
    "model.adapter",
    "model.endpoint",
    "model.endpoint_model",
    "model.context_tokens",
)


RETRY_S = (2.0, 10.0, 30.0)
"""Pauses before a server that is busy, slow or gone is asked again (seconds); then the run ends, and can go on later."""


@dataclass(frozen=True)
class Asker:
    """Which model is asked, and how; `overrides` are settings above files and environment."""

    protocol: Protocol
    overrides: tuple[tuple[str, Any], ...] = ()
    seed: int = 0
    jobs: int = 1
    """Requests at once to a server; a model on this machine is asked one question at a time."""

    def settings(self) -> Settings:
        """The settings it runs under."""
        return load_settings(Path.cwd(), dict(self.overrides))

    def made_from(self, problems: Sequence[Problem], how: Mapping[str, Any]) -> dict[str, Any]:
        """All that answers depend on, apart from problem and number; `how` says how the question is written."""
        settings = self.settings()
        used = {key: settings.get(key) for key in _MODEL_KEYS}
        asked = asdict(self.protocol)
        asked.pop("n")
        return {
            "benchmark": problems[0].benchmark,
            "task": problems[0].task,
            "commit": problems[0].commit,
            **{_called(key): value for key, value in used.items() if value},
            "model_sha256": model_hash(used["model.path"], used["model.adapter"])[:16],
            **how,
            "protocol": asked.pop("name"),
            **asked,
            "seed": self.seed,
        }


def _called(key: str) -> str:
    """``model`` for the setting ``model.path``, else the last part of the key."""
    return "model" if key == "model.path" else key.removeprefix("model.")


@dataclass(frozen=True)
class _Question:
    problem: str
    sample: int
    prompt: Prompt


def generate(
    problems: Sequence[Problem],
    prompt_of: PromptOf,
    asker: Asker,
    path: Path,
    how: Mapping[str, Any],
    progress: Progress | None = None,
) -> int:
    """Append to `path` what is missing of `asker.protocol.n` answers to every problem; returns how many were made.

    Raises UsageError when the file holds answers to other questions, by another model, or made in another way.
    """
    with Journal(path, FORMAT, asker.made_from(problems, how), rows_are="these samples") as journal:
        prompts = {problem.name: prompt_of(problem) for problem in problems}
        have = _present(path, journal.rows, prompts)
        todo = [
            _Question(problem.name, number, prompts[problem.name])
            for number in range(1, asker.protocol.n + 1)
            for problem in problems
            if (problem.name, number) not in have
        ]
        if not todo:
            return 0
        settings = asker.settings()
        model = _load(settings)
        _ask_all(model, todo, asker, bool(settings.get("model.endpoint")), journal, progress)
    return len(todo)


def _load(settings: Settings) -> CodeModel:
    from rtlgen.model.chosen import load_model

    return load_model(settings)


def _present(path: Path, rows: Sequence[Row], prompts: Mapping[str, Prompt]) -> set[tuple[str, int]]:
    """Problem and number of the answers that are there. UsageError for an answer to another question."""
    have: set[tuple[str, int]] = set()
    for number, row in rows:
        name, sample = row.get("problem"), row.get("sample")
        if not isinstance(name, str) or not isinstance(sample, int):
            raise UsageError("is no sample of ours", where=f"{path}:{number}", hint="remove that line")
        if name in prompts and row.get("prompt_sha256") != prompts[name].sha256:
            raise UsageError(
                f"was asked another question about {name}",
                where=f"{path}:{number}",
                hint="give another --out folder",
            )
        if (name, sample) in have:
            raise UsageError(
                f"a second sample {sample} for {name}", where=f"{path}:{number}", hint="remove that line"
            )
        have.add((name, sample))
    return have


def _ask_all(
    model: CodeModel,
    todo: Sequence[_Question],
    asker: Asker,
    server: bool,
    journal: Journal,
    progress: Progress | None,
) -> None:
    """Ask in order, a server several questions at a time; every answer is saved as soon as it is there."""
    threads = asker.jobs if server else 1
    waiting = iter(todo)
    done = 0
    pool = ThreadPoolExecutor(threads, thread_name_prefix="ask")
    running: set[Future[dict[str, Any]]] = set()
    try:
        while True:
            while len(running) < threads and (question := next(waiting, None)) is not None:
                running.add(pool.submit(_ask, model, question, asker, server))
            if not running:
                return
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                journal.add(future.result())
                done += 1
                if progress is not None:
                    progress(f"asking {model.name}", done, len(todo))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _ask(model: CodeModel, question: _Question, asker: Asker, server: bool) -> dict[str, Any]:
    start = time.perf_counter()
    made = _answered(model, question, asker, RETRY_S if server else ())
    return {
        "problem": question.problem,
        "sample": question.sample,
        "response": made.text,
        "prompt_sha256": question.prompt.sha256,
        "tokens": made.tokens,
        "finish": made.finish,
        "seconds": round(time.perf_counter() - start, 3),
    }


def _answered(model: CodeModel, question: _Question, asker: Asker, pauses: Sequence[float]) -> Generation:
    """The answer, asked for again after each of `pauses` when a server is busy, slow or gone."""
    for pause in pauses:
        try:
            return answer(model, question.prompt, asker.protocol, asker.seed + question.sample - 1)
        except Refused:  # the same question would be refused again
            raise
        except (LimitError, ToolError):
            time.sleep(pause)
    return answer(model, question.prompt, asker.protocol, asker.seed + question.sample - 1)
