"""Answers to a benchmark as `rtlgen generate` makes them: its question, formal parts, repair by the compiler, the vote.

No test of the benchmark is shown to it: an attempt is judged by the compiler and by its ports alone, and repair rounds
see what the compiler says. Of every problem `n` answers are kept, a repaired one in the place of the one that it repairs
when it compiles, and the number of the answer that would be handed out. Two files come of it: all answers, and the
chosen ones; with repair rounds, the same two as they were before them (``unrepaired-``). A problem is written down when
it is done, so that a killed run loses at most one.

It scores nothing. Try: ``rtlgen eval verilog-eval --data DIR --by-generate --n 20``
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import UsageError
from rtlgen.core.store import write_atomic
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate.code_samples import FORMAT
from rtlgen.evaluate.generation import Asker
from rtlgen.evaluate.journal import Journal, fingerprint
from rtlgen.evaluate.scoring_run import Progress

if TYPE_CHECKING:
    from rtlgen.generate.attempt import Attempt, Result
    from rtlgen.model.interface import CodeModel

KIND = "rtlgen-designs"


@dataclass(frozen=True)
class Pipeline:
    """How `rtlgen generate` works on each problem."""

    rounds: int = 0
    formal: bool = True
    vote: bool = True


def designs(
    problems: Sequence[Problem],
    asker: Asker,
    pipeline: Pipeline,
    folder: Path,
    progress: Progress | None = None,
) -> tuple[Path, Path]:
    """The files of all answers and of the chosen ones, in `folder`; what is there already is not made again.

    Raises UsageError when the folder holds answers made in another way, and as the model does.
    """
    origin = made_from(problems, asker, pipeline)
    names = {problem.name for problem in problems}
    with Journal(folder / "designs.jsonl", KIND, origin, rows_are="these designs") as journal:
        have = {row["problem"]: row for _, row in journal.rows if "problem" in row}
        todo = [problem for problem in problems if len(_codes(have.get(problem.name))) < asker.protocol.n]
        if todo:
            model = _writer(asker)
            for done, problem in enumerate(todo, 1):
                row = _row(problem, _result(problem, model, asker, pipeline), asker.protocol.n)
                have[problem.name] = row
                journal.add(row)
                if progress is not None:
                    progress(f"generating with {model.name}", done, len(todo))
    rows = [have[name] for name in sorted(names)]
    if pipeline.rounds:
        before = [{**row["unrepaired"], "problem": row["problem"]} for row in rows]
        _written(folder, "unrepaired-", {**origin, "unrepaired": True}, before)
    return _written(folder, "", origin, rows)


def _written(
    folder: Path, prefix: str, origin: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> tuple[Path, Path]:
    """The files of all answers and of the chosen ones."""
    every, best = folder / f"{prefix}samples.jsonl", folder / f"{prefix}chosen.jsonl"
    _write(every, origin, [(row, n, code) for row in rows for n, code in enumerate(_codes(row), 1)])
    _write(best, {**origin, "chosen": True}, [(row, 1, row["codes"][row["chosen"]]) for row in rows])
    return every, best


def made_from(problems: Sequence[Problem], asker: Asker, pipeline: Pipeline) -> dict[str, Any]:
    """All that the answers depend on, apart from problem and number."""
    how = {"by": "rtlgen generate", "n": asker.protocol.n, **asdict(pipeline), **_writer_hash(asker)}
    return asker.made_from(problems, how)


def _codes(row: Mapping[str, Any] | None) -> list[str]:
    return list(row["codes"]) if row else []


def _write(path: Path, origin: Mapping[str, Any], rows: Sequence[tuple[Mapping[str, Any], int, str]]) -> None:
    header = {FORMAT: 1, "fingerprint": fingerprint(origin), "made_from": dict(origin)}
    lines = [header, *({"problem": row["problem"], "sample": n, "code": code} for row, n, code in rows)]
    write_atomic(path, "".join(json.dumps(line) + "\n" for line in lines))


def _writer(asker: Asker) -> CodeModel:
    from rtlgen.generate.session import writer

    return writer(asker.settings())


def _writer_hash(asker: Asker) -> dict[str, str]:
    """Names the weights of the shipped model, which `made_from` knows by its name only."""
    from rtlgen.model.default import DEFAULT_FOLDER, SPEC_FOLDER, is_own

    if asker.settings().get("model.path") != "default" or asker.settings().get("model.endpoint"):
        return {}
    folder = SPEC_FOLDER if is_own(SPEC_FOLDER) else DEFAULT_FOLDER
    weights = folder / "model.safetensors"
    return {"weights": hashlib.sha256(weights.read_bytes()).hexdigest()[:16]} if weights.is_file() else {}


def _result(problem: Problem, model: CodeModel, asker: Asker, pipeline: Pipeline) -> Result:
    from rtlgen.generate.engine import Config, generate
    from rtlgen.generate.judge import Bench, CompileJudge
    from rtlgen.generate.prompts import Sampling
    from rtlgen.generate.specification import specification

    protocol = asker.protocol
    try:
        spec = specification(problem.prompt, top=problem.top, name=problem.name)
    except UsageError as error:
        raise UsageError(f"{problem.name}: {error.what}", hint=error.hint) from error
    config = Config(
        Sampling(protocol.n, protocol.temperature, protocol.top_p, protocol.max_new_tokens, asker.seed),
        rounds=pipeline.rounds,
        repairs=protocol.n,
        jobs=asker.jobs,
        vote=pipeline.vote,
        formal=pipeline.formal,
    )
    return generate(spec, model, CompileJudge(spec, Bench()), config)


def _row(problem: Problem, result: Result, n: int) -> dict[str, Any]:
    """`n` answers in the order in which they were asked for, each after its repairs, and which of them is chosen."""
    kept = {a.number: a for a in result.attempts if a.parent is None}
    origin = {a.number: a.number for a in kept.values()}
    for attempt in sorted(result.attempts, key=lambda a: a.number):
        if attempt.parent is None:
            continue
        place = origin.setdefault(attempt.number, origin[attempt.parent])
        if attempt.state == "unverified" and kept[place].state != "unverified":
            kept[place] = attempt
    slots = [kept[number] for number in sorted(kept)][:n]
    first = sorted((a for a in result.attempts if a.parent is None), key=lambda a: a.number)[:n]
    return {
        "problem": problem.name,
        "chosen": _best(slots),
        "codes": [attempt.code for attempt in slots],
        "attempts": [_told(attempt) for attempt in slots],
        "unrepaired": {
            "chosen": _best(first),
            "codes": [attempt.code for attempt in first],
            "attempts": [_told(attempt) for attempt in first],
        },
        "seconds": result.seconds,
    }


def _best(attempts: Sequence[Attempt]) -> int:
    """The place of the one that would be handed out of these alone."""
    from rtlgen.generate.choose import in_order

    best = in_order(attempts)[0]
    return next(place for place, attempt in enumerate(attempts) if attempt.number == best.number)


def _told(attempt: Attempt) -> dict[str, Any]:
    return {
        "state": attempt.state,
        "round": attempt.round,
        "votes": attempt.votes,
        "logprob": attempt.logprob,
        "tokens": attempt.tokens,
        "evidence": attempt.evidence,
    }
