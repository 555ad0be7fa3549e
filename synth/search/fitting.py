"""Learns the portfolio's lesson from records of scored recipes: exponents of size, and complementary recipes.

A record is one recipe on one circuit: nodes and levels behind each step, area and delay after mapping. Exponents are
the mean over circuits of the slopes of the objective's logarithm over the logarithms of nodes and levels, with how much
circuits differ. Recipes are chosen greedily: the next one is the one
that makes the mean, over circuits, of the best value among the chosen smallest. Circuits whose recipes all end alike
teach nothing and are left out.

To measure on a training circuit leave it out (`without`). Source: greedy cover as in portfolio construction (Xu et al.,
Hydra, AAAI 2010). Try: ``rtlgen train agent --help``
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rtlgen.core.errors import DesignError
from rtlgen.synth.recipe import PUBLISHED
from rtlgen.synth.search.seeds import Lesson
from rtlgen.synth.search.surrogate import Prior

SEEDS = 16
"""Recipes of a lesson."""
ALIKE = 20.0
"""As many scores of one circuit tell as much as one that is independent."""
ROUNDS = 30

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One recipe on one circuit. area in units of the library, delay in ps."""

    circuit: str
    steps: tuple[str, ...]
    nodes: int
    levels: int
    area: float
    delay: float


def rows(path: Path, actions: Sequence[str] = PUBLISHED) -> list[Row]:
    """The records in a JSON-lines file: circuit, recipe (numbers of `actions`), stats, area, delay.

    Raises DesignError for a line that is none.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            data = json.loads(line)
            nodes, levels = data["stats"][-1]
            steps = tuple(actions[action] for action in data["recipe"])
            figures = float(data["area"]), float(data["delay"])
            found.append(Row(str(data["circuit"]), steps, int(nodes), int(levels), *figures))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            where = f"{path}:{number}"
            raise DesignError(
                f"no record of a scored recipe: {error}", where=where, hint="remove the line"
            ) from None
    return found


def fit(records: Iterable[Row], without: Collection[str] = (), seeds: int = SEEDS) -> Lesson:
    """The lesson of all circuits but those named in `without`."""
    table: dict[str, list[Row]] = defaultdict(list)
    for row in records:
        if row.circuit not in without and row.steps:
            table[row.circuit].append(row)
    table = {name: found for name, found in sorted(table.items()) if _varies(found)}
    if not table:
        return Lesson()
    priors = {name: _prior(table, name) for name in ("product", "area", "delay")}
    return Lesson(priors, tuple(_cover(table, seeds)), tuple(table))


def value(row: Row, objective: str) -> float:
    """What `objective` makes smaller."""
    return {"product": row.area * row.delay, "area": row.area, "delay": row.delay}[objective]


def _varies(found: Sequence[Row]) -> bool:
    return len(found) > 2 and float(np.std([np.log(value(row, "product")) for row in found])) > 0.005


def _prior(table: Mapping[str, Sequence[Row]], objective: str) -> Prior:
    """Mean and standard deviation of the exponents over circuits, each circuit's own being drawn from them.

    Expectation maximisation for a normal distribution of the exponents (Gelman et al., "Bayesian Data Analysis", 15).
    """
    moments = [_moments(found, objective) for found in table.values()]
    mean, between = np.zeros(2), np.eye(2)
    noise = [0.01] * len(moments)
    for _ in range(ROUNDS):
        own, doubt = [], []
        for number, (sizes, answers, square, count) in enumerate(moments):
            scale = noise[number] * ALIKE
            inverse = np.linalg.inv(between)
            covariance = np.linalg.inv(sizes / scale + inverse)
            slopes = covariance @ (answers / scale + inverse @ mean)
            rest = square - 2 * slopes @ answers + slopes @ sizes @ slopes
            noise[number] = max(1e-4, float(rest) / count)
            own.append(slopes)
            doubt.append(covariance)
        mean = np.sum(own, axis=0) / (len(own) + 1)
        apart = [
            each + np.outer(slopes - mean, slopes - mean) for slopes, each in zip(own, doubt, strict=True)
        ]
        between = np.mean(apart, axis=0) + 1e-3 * np.eye(2)
    spread = np.sqrt(np.diag(between))
    return Prior(
        round(float(mean[0]), 3),
        round(float(mean[1]), 3),
        (round(float(spread[0]), 3), round(float(spread[1]), 3)),
    )


def _moments(found: Sequence[Row], objective: str) -> tuple[Floats, Floats, float, int]:
    """Sums of squares and products of (nodes, levels) and the objective, all logarithms about their means."""
    sizes = np.log([[max(1, row.nodes), max(1, row.levels)] for row in found])
    target = np.log([value(row, objective) for row in found])
    sizes, target = sizes - sizes.mean(axis=0), target - target.mean()
    return sizes.T @ sizes, sizes.T @ target, float(target @ target), len(found)


def _cover(table: Mapping[str, Sequence[Row]], seeds: int) -> list[tuple[str, ...]]:
    """Recipes that every circuit was measured with, in the order in which they help the mean."""
    by_circuit = [{row.steps: value(row, "product") for row in found} for found in table.values()]
    shared = sorted(set.intersection(*(set(known) for known in by_circuit)))
    if not shared:
        return []
    values: Floats = np.array([[known[steps] for known in by_circuit] for steps in shared])
    values /= np.median(values, axis=0)
    best, chosen = np.full(values.shape[1], np.inf), list[int]()
    for _ in range(min(seeds, len(shared))):
        number = int(np.argmin(np.minimum(values, best).mean(axis=1)))
        if number in chosen:
            break
        chosen.append(number)
        best = np.minimum(best, values[number])
    return [shared[number] for number in chosen]
