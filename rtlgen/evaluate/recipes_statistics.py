"""What the records of a comparison say: means, paired differences with intervals, and how much sooner one gets there.

A figure of a strategy is a mean over circuits of means over seeds, over the circuits on which every strategy has all its
searches (`Statistics.circuits`; the others are named). Two intervals, both 95 % percentile bootstrap: *by circuit*
draws the circuits again (another set of circuits, the wider and the honest one), *by seed* draws the seeds of each
circuit again (the same circuits, other luck). Differences are paired by circuit. No correction for multiple comparisons.

The speed-up at equal quality (as in ABC-RL, arXiv 2401.12205) is the budget over the number of scored recipes after
which the mean curve of one strategy reaches the final mean of the other.

Try: ``rtlgen bench recipes --circuits DIR --lut 6 --budget 20 --seeds 2 --strategies random,anneal``
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rtlgen.evaluate.intervals import RESAMPLES, Interval, bootstrap_mean
from rtlgen.evaluate.recipes import Run
from rtlgen.evaluate.recipes_deepsyn import NAME as DEEPSYN
from rtlgen.evaluate.recipes_records import WIDE, SearchRecord
from rtlgen.evaluate.recipes_runs import wanted

TIE = 0.0005
"""Reductions that differ by less than this share (0.05 points) are a tie."""
CLAIM = 9
"""The speed-up at equal quality that ABC-RL publishes."""
Table = Mapping[str, Mapping[str, Sequence[SearchRecord]]]
"""Circuit -> strategy -> its records, one a seed."""


@dataclass(frozen=True)
class Standing:
    """One strategy over all circuits; reductions are shares."""

    strategy: str
    mean: float
    by_circuit: Interval
    by_seed: Interval
    at: dict[int, float]
    """Scored recipes -> mean reduction so far."""
    seconds: float
    """Mean wall time of a search as it was run."""
    alone: float
    """Mean wall time of a search as if it had run alone."""
    spent: float
    """Mean of the scored recipes."""
    outside: float
    """Mean of the scored recipes that the protocol would not allow."""


@dataclass(frozen=True)
class Pair:
    """`first` minus `second`, circuit by circuit; positive: `first` is better."""

    first: str
    second: str
    difference: float
    by_circuit: Interval
    by_seed: Interval
    wins: int
    ties: int
    losses: int


@dataclass(frozen=True)
class SpeedUp:
    """When `first` has the quality that `second` has at its end."""

    first: str
    second: str
    quality: float
    needed: int | None
    """Scored recipes of `first`, by the mean curves; None when it never gets there."""
    factor: float | None
    """The budget over `needed`."""
    circuits: int
    """Circuits on which the mean over seeds of `first` gets there within the budget."""
    claimed: int
    """Circuits on which it does so within a ninth of the budget."""


@dataclass(frozen=True)
class BestOf:
    """`strategy` against the best of all `others`, taken anew for each circuit; its own wide form is none of them."""

    strategy: str
    others: tuple[str, ...]
    once: float
    """Mean reduction of the best of one search of each of the others (mean over seeds)."""
    ever: float
    """Mean reduction of the best of all their searches: as many budgets as strategies and seeds."""
    against_once: float
    """Mean reduction of `strategy` minus `once`."""
    once_by_circuit: Interval
    against_ever: float
    ever_by_circuit: Interval


@dataclass(frozen=True)
class Statistics:
    """Everything that tables and plots show; reductions are shares of the value of resyn2."""

    circuits: tuple[str, ...]
    left_out: tuple[str, ...]
    strategies: tuple[str, ...]
    per_circuit: dict[str, dict[str, float]]
    """Circuit -> strategy -> mean reduction over seeds."""
    standings: tuple[Standing, ...]
    """The best first."""
    pairs: tuple[Pair, ...]
    speed_ups: tuple[SpeedUp, ...]
    best_of: tuple[BestOf, ...]
    curves: dict[str, tuple[float, ...]]
    """Strategy -> mean reduction after 1, 2, ... scored recipes."""
    errors: tuple[str, ...]


def milestones(budget: int) -> tuple[int, ...]:
    """The scored recipes after which the standings are told: a ninth, a quarter, half and all of the budget."""
    return tuple(sorted({max(1, budget // CLAIM), max(1, budget // 4), max(1, budget // 2), budget}))


def statistics(run: Run) -> Statistics:
    """The statistics of a run. Strategies without a single whole circuit have no standing."""
    table = tabled(run.records)
    searches = Counter(name for name, _ in wanted(run.strategies, run.seeds))
    whole = [
        circuit
        for circuit, row in table.items()
        if all(len(row.get(name, ())) == searches[name] for name in run.strategies)
    ]
    names = [name for name in run.strategies if whole]
    means = {
        circuit: {name: _mean(r.reduction for r in table[circuit][name]) for name in names}
        for circuit in whole
    }
    curves = {name: mean_curve([table[c][name] for c in whole], run.budget) for name in names}
    standings = [_standing(name, table, whole, means, curves[name], run.budget) for name in names]
    standings.sort(key=lambda standing: -standing.mean)
    order = [standing.strategy for standing in standings]
    return Statistics(
        circuits=tuple(whole),
        left_out=tuple(circuit for circuit in table if circuit not in whole),
        strategies=run.strategies,
        per_circuit=means,
        standings=tuple(standings),
        pairs=tuple(
            pair(first, second, table, whole)
            for number, first in enumerate(order)
            for second in order[number + 1 :]
        ),
        speed_ups=tuple(
            _speed_up(first, second, table, whole, curves, run.budget)
            for first in order
            for second in order
            if first != second and DEEPSYN not in (first,)
        ),
        best_of=tuple(best_of(name, order, table, whole) for name in order if _has_others(name, order)),
        curves=curves,
        errors=tuple(sorted({_told(record) for record in run.records if record.error})),
    )


def tabled(records: Iterable[SearchRecord]) -> dict[str, dict[str, list[SearchRecord]]]:
    """Circuit -> strategy -> records by seed; those that ended in an error are left out."""
    table: dict[str, dict[str, list[SearchRecord]]] = {}
    for record in records:
        row = table.setdefault(record.circuit, {})
        if not record.error:
            row.setdefault(record.strategy, []).append(record)
    return table


def curve_of(record: SearchRecord, budget: int) -> list[float]:
    """The reduction after 1 .. `budget` scored recipes; -1 (as bad as the published reward gets) before the first."""
    found, value, improvements = [], -1.0, list(record.curve)
    for number in range(1, budget + 1):
        while improvements and improvements[0][0] <= number:
            value = max(-1.0, (record.baseline - improvements.pop(0)[1]) / record.baseline)
        found.append(value)
    return found


def mean_curve(groups: Sequence[Sequence[SearchRecord]], budget: int) -> tuple[float, ...]:
    """The mean over circuits of the mean over seeds of `curve_of`; one group a circuit."""
    means = []
    for records in groups:
        curves = [curve_of(record, budget) for record in records]
        means.append([_mean(values) for values in zip(*curves, strict=True)])
    return tuple(_mean(values) for values in zip(*means, strict=True))


def pair(first: str, second: str, table: Table, circuits: Sequence[str]) -> Pair:
    """The paired difference of two strategies over `circuits`."""
    ours = [[record.reduction for record in table[circuit][first]] for circuit in circuits]
    theirs = [[record.reduction for record in table[circuit][second]] for circuit in circuits]
    differences = [_mean(a) - _mean(b) for a, b in zip(ours, theirs, strict=True)]
    return Pair(
        first,
        second,
        difference=_mean(differences),
        by_circuit=bootstrap_mean(differences),
        by_seed=seed_interval(ours, theirs),
        wins=sum(value > TIE for value in differences),
        ties=sum(abs(value) <= TIE for value in differences),
        losses=sum(value < -TIE for value in differences),
    )


def seed_interval(
    first: Sequence[Sequence[float]], second: Sequence[Sequence[float]] | None = None, *, seed: int = 0
) -> Interval:
    """95 % interval of the mean over circuits of the mean over seeds (of `first` minus `second`) when the seeds of each
    circuit are drawn again, independently for both. One inner sequence a circuit, one figure a seed."""
    import numpy as np

    if not first:
        return math.nan, math.nan
    generator = np.random.default_rng(seed)

    def drawn(groups: Sequence[Sequence[float]]) -> object:
        total = np.zeros(RESAMPLES)
        for group in groups:
            values = np.asarray(group, dtype=np.float64)
            total += values[generator.integers(0, len(values), size=(RESAMPLES, len(values)))].mean(axis=1)
        return total / len(groups)

    means = np.asarray(drawn(first))
    if second is not None:
        means = means - np.asarray(drawn(second))
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def reached(curve: Sequence[float], quality: float) -> int | None:
    """After how many scored recipes `curve` is at `quality`; None when it never is."""
    return next((number for number, value in enumerate(curve, 1) if value >= quality - 1e-12), None)


def best_of(strategy: str, names: Sequence[str], table: Table, circuits: Sequence[str]) -> BestOf:
    """`strategy` against the per-circuit best of the other `names`."""
    own = strategy.removesuffix(WIDE)
    others = tuple(name for name in names if name.removesuffix(WIDE) != own)
    once, ever, ours = [], [], []
    for circuit in circuits:
        row = {name: [record.reduction for record in table[circuit][name]] for name in others}
        rounds = max(len(values) for values in row.values())
        once.append(_mean(max(v[min(n, len(v) - 1)] for v in row.values()) for n in range(rounds)))
        ever.append(max(max(values) for values in row.values()))
        ours.append(_mean(record.reduction for record in table[circuit][strategy]))
    return BestOf(
        strategy,
        others,
        once=_mean(once),
        ever=_mean(ever),
        against_once=_mean(ours) - _mean(once),
        once_by_circuit=bootstrap_mean([a - b for a, b in zip(ours, once, strict=True)]),
        against_ever=_mean(ours) - _mean(ever),
        ever_by_circuit=bootstrap_mean([a - b for a, b in zip(ours, ever, strict=True)]),
    )


def _standing(
    name: str,
    table: Table,
    circuits: Sequence[str],
    means: Mapping[str, Mapping[str, float]],
    curve: Sequence[float],
    budget: int,
) -> Standing:
    records = [record for circuit in circuits for record in table[circuit][name]]
    values = [means[circuit][name] for circuit in circuits]
    return Standing(
        name,
        mean=_mean(values),
        by_circuit=bootstrap_mean(values),
        by_seed=seed_interval([[r.reduction for r in table[circuit][name]] for circuit in circuits]),
        at={number: curve[number - 1] for number in milestones(budget)},
        seconds=_mean(record.seconds for record in records),
        alone=_mean(record.alone for record in records),
        spent=_mean(float(record.spent) for record in records),
        outside=_mean(float(record.outside) for record in records),
    )


def _speed_up(
    first: str,
    second: str,
    table: Table,
    circuits: Sequence[str],
    curves: Mapping[str, Sequence[float]],
    budget: int,
) -> SpeedUp:
    quality = curves[second][-1]
    needed = reached(curves[first], quality)
    single = []
    for circuit in circuits:
        theirs = mean_curve([table[circuit][second]], budget)[-1]
        single.append(reached(mean_curve([table[circuit][first]], budget), theirs))
    return SpeedUp(
        first,
        second,
        quality=quality,
        needed=needed,
        factor=None if needed is None else budget / needed,
        circuits=sum(number is not None for number in single),
        claimed=sum(number is not None and number <= max(1, budget // CLAIM) for number in single),
    )


def _has_others(strategy: str, names: Iterable[str]) -> bool:
    return any(name.removesuffix(WIDE) != strategy.removesuffix(WIDE) for name in names)


def _told(record: SearchRecord) -> str:
    return f"{record.circuit}, {record.strategy}, seed {record.seed}: {record.error}"


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return math.fsum(found) / len(found) if found else math.nan
