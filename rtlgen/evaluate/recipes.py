"""Which strategy finds the better recipe: all of them on the same circuits, with the same library, budget and seeds.

Every search is a record in a journal when it is done; a run that was killed goes on behind the last one, and makes again
what was made by other code of a strategy, or ended in an error. Circuits are taken smallest first. What the records say
together is the business of `rtlgen.evaluate.recipes_statistics`.

The protocol is the published one (ABC-RL, arXiv 2401.12205; SeeA*, NeurIPS 2024): 100 scored recipes of at most 10
steps out of seven actions, the area-delay product against that of resyn2. A strategy named with ``:wide`` may use
every allowed command at any length, at the same budget.

Try: ``rtlgen bench recipes --circuits DIR --lut 6 --budget 20 --seeds 2 --strategies random,anneal``
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rtlgen.core.errors import RtlgenError, UsageError
from rtlgen.core.records import to_json
from rtlgen.core.scratch import scratch
from rtlgen.core.tools import find
from rtlgen.evaluate.journal import Journal
from rtlgen.evaluate.recipes_records import SearchRecord, from_json
from rtlgen.evaluate.recipes_runs import Known, Protocol, checked, code_of, failed, search_all, wanted
from rtlgen.synth.circuit import ENDINGS, Circuit, read_circuit
from rtlgen.synth.library import check

METHOD = 1
"""Raised when the engine underneath or the protocol measures another thing."""
FOLDER = Path(".rtlgen") / "bench" / "recipes"
JOURNAL = "recipes.jsonl"
Progress = Callable[[SearchRecord, int, int], None]
"""Called with a finished search, how many are done, and how many there are."""


@dataclass(frozen=True)
class Config:
    """What is compared. The folder holds the journal and, later, tables and plots."""

    circuits: tuple[Path, ...]
    """Files, or folders of them."""
    strategies: tuple[str, ...]
    protocol: Protocol
    seeds: int = 5
    out: Path = field(default=FOLDER)

    def __post_init__(self) -> None:
        if self.protocol.budget < 1:
            raise UsageError("a budget of no recipes compares nothing", hint="--budget 100")
        if self.protocol.length < 1:
            raise UsageError("recipes of no steps change nothing", hint="--length 10")
        if self.seeds < 1:
            raise UsageError("without a seed nothing is run", hint="--seeds 5")
        if not self.strategies:
            raise UsageError("no strategy is named", hint="--strategies random,anneal,portfolio")
        for name in self.strategies:
            checked(name)


@dataclass(frozen=True)
class Run:
    """All records of a comparison, in the order of circuits, strategies and seeds, and what they were made with."""

    records: tuple[SearchRecord, ...]
    strategies: tuple[str, ...]
    seeds: int
    budget: int
    length: int
    objective: str
    library: str
    cold: bool
    tools: dict[str, str]
    out: Path


def compare(config: Config, progress: Progress | None = None) -> Run:
    """Run what is not known yet, and all records together.

    Raises UsageError for a wrong configuration, no circuits, or a journal that was made from something else; DesignError
    for a library that ABC cannot use. What goes wrong with one circuit or one search is a record of its error.
    """
    paths = circuit_files(config.circuits)
    with scratch() as work:
        check(config.protocol.target, work)
        circuits, broken = _read(paths, work)
    circuits.sort(key=lambda circuit: (circuit.nodes, circuit.name))
    pairs = wanted(config.strategies, config.seeds)
    with Journal(
        config.out / JOURNAL, "recipe_comparison", made_from(config), rows_are="these searches"
    ) as journal:
        known = known_records(journal, circuits)
        total = (len(circuits) + len(broken)) * len(pairs)
        finished = [0]

        def done(record: SearchRecord) -> None:
            journal.add(to_json(record))
            known[record.key] = record
            report(record)

        def report(record: SearchRecord) -> None:
            finished[0] += 1
            if progress is not None:
                progress(record, finished[0], total)

        for circuit in circuits:
            todo = [pair for pair in pairs if not usable(known.get((circuit.name, *pair)), known)]
            finished[0] += len(pairs) - len(todo)
            search_all(circuit, todo, config.protocol, known, done)
        for circuit, reason in broken:
            for name, seed in pairs:
                record = failed(circuit, name, seed, reason)
                known[record.key] = record
                report(record)
    names = [circuit.name for circuit in (*circuits, *(circuit for circuit, _ in broken))]
    order = [(name, *pair) for name in names for pair in pairs]
    return _run(config, [known[key] for key in order if key in known])


def _run(config: Config, records: Iterable[SearchRecord]) -> Run:
    protocol = config.protocol
    return Run(
        records=tuple(records),
        strategies=config.strategies,
        seeds=config.seeds,
        budget=protocol.budget,
        length=protocol.length,
        objective=protocol.objective.name,
        library=protocol.target.name,
        cold=protocol.cold,
        tools=_tools(),
        out=config.out,
    )


def made_from(config: Config) -> dict[str, Any]:
    """What all rows of a journal have in common."""
    protocol = config.protocol
    return {
        "method": METHOD,
        "library": protocol.target.fingerprint,
        "budget": protocol.budget,
        "length": protocol.length,
        "objective": to_json(protocol.objective),
        "seconds": protocol.seconds,
        "jobs": protocol.jobs,
        "cold": protocol.cold,
        "tools": _tools(),
    }


def _tools() -> dict[str, str]:
    abc = find("yosys-abc")
    return {"yosys-abc": f"{abc.version_text} {abc.fingerprint}"}


def known_records(journal: Journal, circuits: Iterable[Circuit]) -> dict[tuple[str, str, int], SearchRecord]:
    """The last record of each search of these very circuits."""
    digests = {circuit.name: circuit.digest for circuit in circuits}
    found = {}
    for number, row in journal.rows:
        try:
            record = from_json(row)
        except (KeyError, TypeError, ValueError):
            raise UsageError(
                "no record of a search", where=f"{journal.path}:{number}", hint="remove that line"
            ) from None
        if digests.get(record.circuit) == record.digest:
            found[record.key] = record
    return found


def usable(record: SearchRecord | None, known: Known) -> bool:
    """Whether a search need not be made again: it ended well, and its strategy is still the same code."""
    return (
        record is not None
        and not record.error
        and record.code == code_of(record.strategy, record.circuit, known)
    )


def circuit_files(given: Iterable[Path]) -> list[Path]:
    """The circuit files that are named, and those in folders that are named.

    Raises UsageError for what is not there, a folder without circuits, and two circuits of one name.
    """
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(entry for entry in path.rglob("*") if entry.suffix.lower() in ENDINGS)
            if not inside:
                raise UsageError("no circuits in this folder", where=path, hint=f"{' '.join(ENDINGS)} files")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise UsageError("no such circuit or folder", where=path, hint="check the path")
    if not found:
        raise UsageError("no circuit is named", hint="--circuits DIR, or --circuits FILE (repeatable)")
    names: dict[str, Path] = {}
    for path in found:
        if names.setdefault(path.stem, path).resolve() != path.resolve():
            raise UsageError(
                f"two circuits are called {path.stem}", where=path, hint=f"the other is {names[path.stem]}"
            )
    return list(names.values())


def _read(paths: Iterable[Path], work: Path) -> tuple[list[Circuit], list[tuple[Circuit, str]]]:
    """The circuits that can be read, and those that cannot with the reason."""
    good, broken = [], []
    for path in paths:
        try:
            good.append(read_circuit(path, work))
        except RtlgenError as error:
            broken.append((Circuit(path.stem, b"", 0, 0, 0, 0, 0), error.what))
    return good, broken
