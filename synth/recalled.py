"""What earlier searches found for circuits like this one, as the first recipes of a search; and what this one adds.

The recipes are asked for once and kept in the store until the search ends, so that one that was killed goes on with
what it began with, whatever others have added since. They are charged like all others, at most a tenth of the budget.
Where each comes from is noted for the user.

Try: ``rtlgen synth circuit.aig --lut 6 --recipe-search``, twice
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from rtlgen.core.errors import UsageError
from rtlgen.core.store import Store
from rtlgen.synth.circuit import Circuit
from rtlgen.synth.library import Library
from rtlgen.synth.memory import Memory, Neighbour
from rtlgen.synth.recipe import Recipe, parse
from rtlgen.synth.search.tracker import Tracker

NEAR = 5
"""Known circuits that are asked for."""
SHARE = 0.1
"""Part of the budget that goes to their recipes."""
OWN = 3
"""Recipes of the very same circuit that are taken; of others the best one."""


@dataclass(frozen=True)
class Recalled:
    """A recipe, and the known circuit that it comes from."""

    recipe: Recipe
    name: str
    distance: float
    origin: str

    @property
    def source(self) -> str:
        """For the user: where it comes from."""
        return f"{self.name} ({self.origin}, distance {self.distance:g})"


def recalled(
    memory: Memory, circuit: Circuit, target: Library, objective: str, store: Store, key: str
) -> list[Recalled]:
    """The recipes of the circuits most alike, the nearest first; those kept under `key` when the search goes on."""
    rows = store.get(key)
    if rows is None:
        rows = [
            row for near in memory.nearest(circuit, target, NEAR, objective=objective) for row in _rows(near)
        ]
        store.put(key, rows)
    found = []
    for row in rows:
        with contextlib.suppress(UsageError):  # it ends at another kind of target
            found.append(Recalled(parse(row[0], target=target), *row[1:]))
    return found


def _rows(near: Neighbour) -> list[list[object]]:
    count = OWN if near.same_circuit else 1
    return [[known.recipe, near.name, near.distance, near.origin] for known in near.recipes[:count]]


def begin(tracker: Tracker, known: Sequence[Recalled]) -> None:
    """Score recipes that are known to have helped, as far as the search may use them. Raises BudgetSpent."""
    room = min(tracker.left, max(1, round(SHARE * tracker.budget)))
    chosen: dict[Recipe, Recalled] = {}
    for item in known:
        if len(chosen) < room and _usable(item.recipe, tracker):
            chosen.setdefault(item.recipe, item)
    for item in chosen.values():
        qor = tracker.qor(item.recipe)
        if qor is not None:
            share = 100 * tracker.reward(item.recipe.steps)
            tracker.notes.append(f"memory: a recipe of {item.source} gives {-share:+.1f} % to resyn2 here")


def _usable(recipe: Recipe, tracker: Tracker) -> bool:
    if tracker.wide:
        return True
    return len(recipe) <= tracker.length and set(recipe.steps) <= set(tracker.actions)
