"""Learns the portfolio's lesson from records of scored recipes: exponents of size, and complementary recipes.

A record is one recipe on one circuit: nodes and levels behind each step, area and delay after mapping. Exponents are
those of a least-squares fit of the logarithm of the objective on the logarithms of nodes and levels, with a constant for
each circuit, every circuit weighing by how little its values vary. Recipes are chosen greedily: the next one is the one
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
SPREAD = (0.5, 0.5)
"""Standard deviation of the exponents between circuits."""
RIDGE = 0.02

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
    moments, answers = RIDGE * np.eye(2), np.zeros(2)
    for found in table.values():
        sizes = np.log([[max(1, row.nodes), max(1, row.levels)] for row in found])
        target = np.log([value(row, objective) for row in found])
        sizes, target = sizes - sizes.mean(axis=0), target - target.mean()
        weight = 1.0 / (float(target.std()) + 0.03) ** 2 / len(found)
        moments += weight * sizes.T @ sizes
        answers += weight * sizes.T @ target
    nodes, levels = np.linalg.solve(moments, answers)
    return Prior(round(float(nodes), 3), round(float(levels), 3), SPREAD)


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
