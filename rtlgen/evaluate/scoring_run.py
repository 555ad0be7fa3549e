"""Score many answers so that nothing is scored twice: a journal by variant, and the same code of a problem only once.

A run that was killed goes on where it was. A score is taken from the journal when problem and code are the same; the
journal's first line holds everything else that a score depends on (benchmark and its state, variant, simulator with
version and fingerprint, time limit, sandbox, rtlgen's own code), and a journal made under other conditions is refused.
The repaired variant is the strict one but for the problems that a repair changes; only those are run again.

Try: ``rtlgen eval verilog-eval --data DIR --references --variant both``
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.core.records import sha256_text, to_json
from rtlgen.core.store import Store
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate.costs import load_costs, save_costs
from rtlgen.evaluate.journal import Journal, Row, fingerprint
from rtlgen.evaluate.repairs import repairs_of
from rtlgen.evaluate.scored import REFERENCE, Answer, Config, Scored, scored_from_json
from rtlgen.evaluate.scoring import check_simulator, icarus_version, score_many

FORMAT = "rtlgen-scores"
"""Key of the first line of a journal of scores."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""

_Key = tuple[str, str, bool]


@dataclass(frozen=True)
class Place:
    """Where journals and measured costs are kept. With `named` the file names say what they were made from."""

    folder: Path
    store: Store
    named: bool = True
    """False for a folder that the user gave: journals of other conditions are refused there, not kept beside."""

    def journal(self, variant: str, made_from: Mapping[str, Any]) -> Path:
        """The journal of a variant."""
        tail = f"-{fingerprint(made_from)[:12]}" if self.named else ""
        return self.folder / f"{variant}{tail}.scores.jsonl"


def score_variant(
    answers: Sequence[Answer], config: Config, place: Place, progress: Progress | None = None
) -> list[Scored]:
    """The scores of `answers` in `config.variant`, in their order; what the journal has is not run again.

    Raises ToolError for a simulator that is missing or of a version the benchmark rejects, UsageError for a journal made
    under other conditions.
    """
    if not answers:
        return []
    tools = check_simulator(answers[0].problem.benchmark, config.simulator)
    changed = [answer for answer in answers if _is_repaired(answer.problem, config)]
    same = [answer for answer in answers if not _is_repaired(answer.problem, config)]
    strict = replace(config, variant="strict")
    done = _scored(same, strict, tools, place, progress) | _scored(changed, config, tools, place, progress)
    return [replace(_as_asked(done[_key(a)], a), variant=config.variant) for a in answers]


def made_from(problem: Problem, config: Config, tools: Mapping[str, str]) -> dict[str, Any]:
    """All that scores depend on, apart from problem and code."""
    return {
        "benchmark": problem.benchmark,
        "task": problem.task,
        "commit": problem.commit,
        "variant": config.variant,
        "simulator": config.simulator,
        "tools": dict(tools),
        "wall_s": config.wall_s or "as published",
        "sandboxed": config.sandboxed,
        "code": code_hash(),
    }


@cache
def code_hash() -> str:
    """Hex SHA-256 of rtlgen's own code that verdicts depend on."""
    import rtlgen.sim

    home = Path(__file__).parents[1]
    scoring = ("scoring", "scored", "repairs", "failures")
    files = [home / "evaluate" / f"{name}.py" for name in scoring]
    files += [home / "core" / "process.py", home / "core" / "sandbox.py"]
    files += sorted(Path(rtlgen.sim.__path__[0]).glob("*.py"))
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _is_repaired(problem: Problem, config: Config) -> bool:
    return bool(repairs_of(problem, config.variant, icarus_version(config.simulator)))


def _key(answer: Answer) -> _Key:
    return answer.problem.sha256, sha256_text(answer.code), answer.trusted


def _as_asked(score: Scored, answer: Answer) -> Scored:
    """The score of the same code under this answer's number."""
    return replace(score, sample=answer.sample, notes=answer.notes)


def _scored(
    answers: Sequence[Answer],
    config: Config,
    tools: Mapping[str, str],
    place: Place,
    progress: Progress | None,
) -> dict[_Key, Scored]:
    """Scores by problem and code, from the journal or by running."""
    if not answers:
        return {}
    origin = made_from(answers[0].problem, config, tools)
    path = place.journal(config.variant, origin)
    with Journal(path, FORMAT, origin, rows_are="these scores") as journal:
        done = _known(path, journal.rows)
        todo = {_key(answer): answer for answer in answers if _key(answer) not in done}
        label = f"scoring {config.variant}"
        count = 0

        def keep(score: Scored) -> None:
            nonlocal count
            journal.add(to_json(score))
            count += 1
            if progress is not None:
                progress(label, count, len(todo))

        fresh = score_many(todo.values(), config, costs=load_costs(place.store), scored=keep)
    _keep_costs(place.store, fresh)
    return done | dict(zip(todo, fresh, strict=True))


def _known(path: Path, rows: Iterable[Row]) -> dict[_Key, Scored]:
    found: dict[_Key, Scored] = {}
    for number, row in rows:
        try:
            score = scored_from_json(row)
        except (KeyError, TypeError):
            raise UsageError(
                "is no score of this version of rtlgen", where=f"{path}:{number}", hint="remove that line"
            ) from None
        found[score.problem_sha256, score.code_sha256, score.sample == REFERENCE] = score
    return found


def _keep_costs(store: Store, scored: Sequence[Scored]) -> None:
    """Seconds of those that ran to their end: what fails early says nothing about the next."""
    measured: dict[str, float] = {}
    for score in scored:
        if score.verdict.kind in ("pass", "timeout"):
            name = f"{score.benchmark}/{score.problem}"
            measured[name] = max(measured.get(name, 0.0), score.verdict.seconds)
    if measured:
        save_costs(store, measured)
