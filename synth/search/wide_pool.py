"""The AIGs that a wide search has reached, and how new ones are made of them.

Transitions cost no budget, so many AIGs are reached for each that is mapped. A new recipe is an old one, chosen by how
good its best tail is expected to be, with an engine behind it; sometimes one of its groups is left out or replaced, or
the second half of another recipe is put behind its first half. Which engine is drawn is learned on this circuit: engines
whose AIGs turned out promising are drawn more often (a bandit with a Beta prior, drawn from by its mean), slow ones less.

Source: Thompson 1933 for the idea of drawing by success. Try: ``pytest tests/synth/search/test_wide.py``
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from rtlgen.synth.recipe import Recipe
from rtlgen.synth.search.structure import Structure, read, thinning
from rtlgen.synth.search.tracker import Tracker
from rtlgen.synth.search.wide_engines import Engine

Groups = tuple[tuple[str, ...], ...]
"""A recipe without its tail: the commands of each engine."""
LONGEST = 14
"""Engines of a recipe."""


@dataclass(frozen=True)
class Place:
    """An AIG that was reached, and by which engines."""

    groups: Groups
    state: str
    structure: Structure

    @property
    def steps(self) -> tuple[str, ...]:
        """The commands that lead there."""
        return tuple(step for group in self.groups for step in group)


class Pool:
    """The AIGs of one search."""

    def __init__(self, tracker: Tracker, engines: Sequence[Engine]) -> None:
        self._tracker = tracker
        self._engines = list(engines)
        self._good = [1.0] * len(engines)
        self._tried = [2.0] * len(engines)
        self._known: dict[bytes, int] = {}
        self._made: set[Groups] = set()
        self.places: list[Place] = []
        explorer = tracker.explorer
        nodes, _ = explorer.stats(explorer.root)
        self._keep = thinning(nodes)

    def reach(self, many: Sequence[Groups]) -> list[int]:
        """Walk these recipes; the numbers of the AIGs that are new."""
        fresh = [groups for groups in dict.fromkeys(many) if groups not in self._made]
        self._made.update(fresh)
        explorer = self._tracker.explorer
        recipes = [Recipe(tuple(step for group in groups for step in group)) for groups in fresh]
        found = []
        for groups, (state, _) in zip(fresh, explorer.walk_all(recipes), strict=True):
            if state is None:
                continue
            structure = read(explorer.aiger(state), self._keep)
            name = structure.gates.tobytes() + bytes(f"{structure.nodes} {structure.levels}", "ascii")
            if structure.nodes == 0 or name in self._known:
                continue
            self._known[name] = len(self.places)
            found.append(len(self.places))
            self.places.append(Place(groups, state, structure))
        return found

    def firsts(self) -> list[Groups]:
        """The start, and each engine that is tried from it."""
        return [(), *((engine.steps,) for engine in self._engines if engine.first)]

    def next(self, order: Sequence[int], count: int, spread: float) -> list[Groups]:
        """`count` recipes made of the AIGs in `order`, the most promising first."""
        return [self._varied(order, spread) for _ in range(count)]

    def _varied(self, order: Sequence[int], spread: float) -> Groups:
        chance = self._tracker.random
        groups = list(self._parent(order, spread))
        kind = chance.random()
        if groups and kind < 0.12:
            del groups[chance.randrange(len(groups))]
        elif groups and kind < 0.24:
            groups[chance.randrange(len(groups))] = self._drawn(chance).steps
        elif groups and kind < 0.34:
            other = self._parent(order, spread)
            groups = groups[: chance.randrange(len(groups)) + 1] + list(other[len(other) // 2 :])
        elif kind < 0.8 or not groups:
            groups.append(self._drawn(chance).steps)
        else:
            groups += [self._drawn(chance).steps, self._drawn(chance).steps]
        return tuple(groups[-LONGEST:] if len(groups) > LONGEST else groups)

    def _parent(self, order: Sequence[int], spread: float) -> Groups:
        rank = min(len(order) - 1, int(self._tracker.random.expovariate(1.0 / spread)))
        return self.places[order[rank]].groups

    def _drawn(self, chance: random.Random) -> Engine:
        rates = [
            good / tried / math.sqrt(engine.cost)
            for good, tried, engine in zip(self._good, self._tried, self._engines, strict=True)
        ]
        return chance.choices(self._engines, weights=rates)[0]

    def credit(self, groups: Groups, good: bool) -> None:
        """The last engine of this recipe led to an AIG that is, or is not, among the promising ones."""
        for number, engine in enumerate(self._engines):
            if groups and engine.steps == groups[-1]:
                self._tried[number] += 1.0
                self._good[number] += good
