"""The searches of one circuit: every strategy with every seed, on states and scores that they share, as records.

A search that fails is a record of its error, and the others go on. Seeds go round: all strategies with the first seed,
then with the second, so that a stopped run has something to compare. A strategy without chance (`ALWAYS_THE_SAME`) runs
once.

Try: ``rtlgen bench recipes --circuits circuit.aig --lut 6 --budget 10 --seeds 2 --strategies random,anneal``
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from rtlgen.core.errors import RtlgenError, UsageError
from rtlgen.core.scratch import scratch
from rtlgen.evaluate import recipes_deepsyn
from rtlgen.evaluate.recipes_code import fingerprint_of
from rtlgen.evaluate.recipes_meter import MeteredExplorer
from rtlgen.evaluate.recipes_records import WIDE, SearchRecord
from rtlgen.synth.circuit import Circuit
from rtlgen.synth.library import Library
from rtlgen.synth.qor import Objective, QoR
from rtlgen.synth.recipe import PUBLISHED, Recipe
from rtlgen.synth.search import strategy
from rtlgen.synth.search.tracker import LENGTH, BudgetSpent, Scored, Tracker

ALWAYS_THE_SAME = ("fixed",)
"""Strategies that draw nothing: one seed says all."""
Known = Mapping[tuple[str, str, int], SearchRecord]


@dataclass(frozen=True)
class Protocol:
    """What every search is given alike."""

    target: Library
    budget: int = 100
    length: int = LENGTH
    objective: Objective = field(default_factory=Objective)
    jobs: int = 1
    """ABC processes of one search."""
    seconds: float = 60.0
    """Wall limit of one ABC command."""
    cold: bool = False
    """Whether each search starts with nothing known."""


def checked(name: str) -> str:
    """The name of a strategy as given. UsageError when there is none of this name."""
    if name != recipes_deepsyn.NAME:
        strategy(name.removesuffix(WIDE))
    return name


def code_of(name: str, circuit: str, known: Known) -> str:
    """The fingerprint of a strategy's code; for ABC's own search that of the strategy whose time it is given."""
    if name != recipes_deepsyn.NAME:
        return fingerprint_of(name.removesuffix(WIDE), wide=name.endswith(WIDE))
    given = time_given(known, circuit)
    return f"as long as {given[0]} {code_of(given[0], circuit, known)}" if given else ""


def wanted(strategies: Iterable[str], seeds: int) -> list[tuple[str, int]]:
    """(strategy, seed) in the order of the run; ABC's own search last, because it is given the time of another."""
    names = list(strategies)
    searches = [name for name in names if name != recipes_deepsyn.NAME]
    pairs = [
        (name, seed)
        for seed in range(seeds)
        for name in searches
        if seed == 0 or name.removesuffix(WIDE) not in ALWAYS_THE_SAME
    ]
    return pairs + [(name, 0) for name in names if name == recipes_deepsyn.NAME]


def search_all(
    circuit: Circuit,
    todo: Iterable[tuple[str, int]],
    protocol: Protocol,
    known: Known,
    done: Callable[[SearchRecord], None],
) -> None:
    """Run the searches `todo` of one circuit, each to a record that is given to `done`. `known` grows by the caller."""
    with contextlib.ExitStack() as stack:
        shared: MeteredExplorer | None = None
        for name, seed in todo:
            if name == recipes_deepsyn.NAME:
                done(_timed(circuit, protocol, known))
                continue
            if shared is None or protocol.cold:
                stack.close()
                work = stack.enter_context(scratch())
                shared = stack.enter_context(_explorer(circuit, protocol, work))
            done(search(shared, name, seed, protocol))


def _explorer(circuit: Circuit, protocol: Protocol, work: Path) -> MeteredExplorer:
    return MeteredExplorer(circuit, protocol.target, work, jobs=protocol.jobs, seconds=protocol.seconds)


def search(explorer: MeteredExplorer, name: str, seed: int, protocol: Protocol) -> SearchRecord:
    """One search on an explorer that others may have used; a failure becomes the record's `error`."""
    try:
        return _searched(explorer, name, seed, protocol)
    except RtlgenError as error:
        return failed(explorer.circuit, name, seed, str(error).splitlines()[0])
    except Exception as error:  # a fault in one strategy must not end the hours of the others
        return failed(explorer.circuit, name, seed, f"{type(error).__name__}: {error}")


def failed(circuit: Circuit, name: str, seed: int, reason: str) -> SearchRecord:
    """The record of a search that could not be made."""
    return SearchRecord(
        circuit=circuit.name,
        digest=circuit.digest if circuit.aiger else "",
        nodes=circuit.nodes,
        levels=circuit.levels,
        strategy=name,
        seed=seed,
        code="",
        error=reason,
    )


def _searched(explorer: MeteredExplorer, name: str, seed: int, protocol: Protocol) -> SearchRecord:
    wide = name.endswith(WIDE)
    run = strategy(name.removesuffix(WIDE))
    scored: list[Scored] = []
    tracker = Tracker(
        explorer,
        protocol.objective,
        protocol.budget,
        seed,
        length=protocol.length,
        wide=wide,
        on_score=scored.append,
    )
    before = vars(explorer.counts).copy()
    explorer.begin()
    started = time.perf_counter()
    with contextlib.suppress(BudgetSpent):
        run(tracker)
    seconds = time.perf_counter() - started
    counts = {name: count - before[name] for name, count in vars(explorer.counts).items()}
    best = tracker.best
    if best is None:
        raise UsageError("the strategy scored no recipe")
    code = fingerprint_of(name.removesuffix(WIDE), wide=wide)
    return replace(
        _measured(explorer.circuit, name, seed, code, protocol.objective, tracker.baseline, best.qor),
        recipe=best.recipe.script,
        spent=tracker.spent,
        outside=0 if wide else sum(is_outside(entry.recipe, protocol.length) for entry in scored),
        curve=improvements(scored),
        seconds=round(seconds, 3),
        alone=round(seconds + explorer.borrowed, 3),
        transitions=counts["transitions"],
        known_transitions=counts["known_transitions"],
        scores=counts["scores"],
        known_scores=counts["known_scores"],
        failed=counts["failed"],
    )


def _measured(
    circuit: Circuit, name: str, seed: int, code: str, objective: Objective, baseline: QoR, best: QoR
) -> SearchRecord:
    """A record with the figures of the best recipe; how it was found is not in it yet."""
    return SearchRecord(
        circuit=circuit.name,
        digest=circuit.digest,
        nodes=circuit.nodes,
        levels=circuit.levels,
        strategy=name,
        seed=seed,
        code=code,
        baseline=objective.value(baseline),
        baseline_area=baseline.area,
        baseline_delay=baseline.delay,
        best=objective.value(best),
        area=best.area,
        delay=best.delay,
        reduction=objective.reduction(best, baseline),
    )


def is_outside(recipe: Recipe, length: int) -> bool:
    """Whether a recipe has a command that is no published action, or more of them than `length`."""
    return len(recipe) > length or any(step not in PUBLISHED for step in recipe.steps)


def improvements(scored: Iterable[Scored]) -> tuple[tuple[int, float], ...]:
    """(scored recipes, value) whenever a value was better than all before."""
    curve: list[tuple[int, float]] = []
    for entry in scored:
        if not curve or entry.value < curve[-1][1]:
            curve.append((entry.number, entry.value))
    return tuple(curve)


def time_given(known: Known, circuit: str) -> tuple[str, float] | None:
    """Whose wall time ABC's own search is given, and the seconds: the slowest strategy of rtlgen's own, a mean over
    its seeds as if it had run alone; portfolio's where there is one."""
    taken: dict[str, list[float]] = {}
    for record in known.values():
        if record.circuit == circuit and not record.error and record.strategy != recipes_deepsyn.NAME:
            taken.setdefault(record.strategy, []).append(record.alone)
    own = {name: times for name, times in taken.items() if name.startswith("portfolio")} or taken
    means = {name: sum(times) / len(times) for name, times in own.items()}
    return max(means.items(), key=lambda entry: entry[1]) if means else None


def _timed(circuit: Circuit, protocol: Protocol, known: Known) -> SearchRecord:
    """A record of ABC's own search, given the time that `time_given` says."""
    given = time_given(known, circuit.name)
    if given is None:
        return failed(circuit, recipes_deepsyn.NAME, 0, "no other strategy has told how long it takes")
    model = next(record for record in known.values() if record.circuit == circuit.name and not record.error)
    try:
        with scratch() as work:
            qor, recipe, seconds = recipes_deepsyn.timed(
                circuit, protocol.target, work, given[1], protocol.objective
            )
    except RtlgenError as error:
        return failed(circuit, recipes_deepsyn.NAME, 0, str(error).splitlines()[0])
    baseline = QoR(model.baseline_area, model.baseline_delay, 0, 0, 0)
    name, code = recipes_deepsyn.NAME, code_of(recipes_deepsyn.NAME, circuit.name, known)
    return replace(
        _measured(circuit, name, 0, code, protocol.objective, baseline, qor),
        recipe=recipe,
        spent=1,
        curve=((1, protocol.objective.value(qor)),),
        seconds=round(seconds, 3),
        alone=round(seconds, 3),
        scores=len(recipes_deepsyn.TAILS),
    )
