"""Candidates of a search: recipes whose states were reached without mapping them, and guesses at what they are worth.

Every prefix of a recipe that is walked is a candidate of its own, as long as its state is new: neither the same AIG nor
the same gates as another's (those would be mapped alike). New recipes are made from promising candidates by the changes
in `varied`; only AIG transitions are computed for them. The surrogate guesses the value of each, `choose` names the one
with the highest expected improvement.

Source: expected improvement: Jones et al. 1998. Try: ``pytest tests/synth/search/test_screen.py``
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtlgen.synth.recipe import Recipe
from rtlgen.synth.search.structure import Structure, read, thinning
from rtlgen.synth.search.surrogate import Prior, Surrogate
from rtlgen.synth.search.tracker import Tracker

Steps = tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """A recipe, and whether it was scored or may be."""

    steps: Steps
    structure: Structure


class Screen:
    """The candidates of one search and what is guessed about them."""

    def __init__(self, tracker: Tracker, prior: Prior) -> None:
        self._tracker = tracker
        explorer = tracker.explorer
        nodes, _ = explorer.stats(explorer.root)
        self._keep = thinning(nodes)
        root = read(explorer.aiger(explorer.root), self._keep)
        self.surrogate = Surrogate(prior, root)
        self.candidates: list[Candidate] = []
        self.values: dict[int, float] = {}
        """Candidate -> logarithm of its value against the baseline's."""
        self._states: set[str] = set()
        self._alike: set[bytes] = set()

    def grow(self, recipes: Sequence[Steps]) -> int:
        """Walk `recipes`; how many new candidates came of it."""
        self._tracker.explorer.walk_all([Recipe(steps) for steps in recipes])
        fresh: list[Candidate] = []
        for steps in recipes:
            fresh.extend(self._along(steps))
        self.surrogate.add([each.structure for each in fresh])
        self.candidates.extend(fresh)
        return len(fresh)

    def _along(self, steps: Steps) -> list[Candidate]:
        explorer = self._tracker.explorer
        state: str | None = explorer.root
        found = []
        for length in range(len(steps) + 1):
            if length:
                assert state is not None
                state = self._tracker.step(state, steps[length - 1])
            if state is None:
                break
            if state in self._states:
                continue
            self._states.add(state)
            structure = read(explorer.aiger(state), self._keep)
            name = structure.gates.tobytes() + bytes(f"{structure.nodes} {structure.levels}", "ascii")
            if name not in self._alike:
                self._alike.add(name)
                found.append(Candidate(steps[:length], structure))
        return found

    def scored(self, number: int, value: float) -> None:
        """Candidate `number` has `value` (logarithm against the baseline)."""
        self.values[number] = value
        self.surrogate.score(number, value)
        self.surrogate.fit()

    def find(self, steps: Steps) -> int | None:
        """The candidate of exactly the recipe `steps`; None when there is none, or another recipe reached its state."""
        return next((number for number, each in enumerate(self.candidates) if each.steps == steps), None)

    def choose(self) -> int | None:
        """The candidate to be scored next: the highest expected improvement; None when none is left."""
        if len(self.values) >= len(self.candidates):
            return None
        mean, spread = self.surrogate.guess()
        best = min(self.values.values(), default=0.0)
        gain = expected_improvement(mean, spread, best)
        gain[list(self.values)] = -1.0
        return int(np.argmax(np.round(gain, 12)))

    def parents(self) -> list[int]:
        """All candidates, the most promising first."""
        mean, _ = self.surrogate.guess()
        return [int(each) for each in np.argsort(np.round(mean, 9), kind="stable")]


def expected_improvement(
    mean: NDArray[np.float64], spread: NDArray[np.float64], best: float
) -> NDArray[np.float64]:
    """By how much a candidate is expected to go below `best`, nothing where it does not."""
    ahead = (best - mean) / spread
    below = np.array([0.5 * math.erfc(-each / math.sqrt(2.0)) for each in ahead.tolist()])
    density = np.exp(-(ahead**2) / 2) / math.sqrt(2 * math.pi)
    result: NDArray[np.float64] = (best - mean) * below + spread * density
    return result


def varied(steps: Steps, other: Steps, actions: Sequence[str], length: int, chance: random.Random) -> Steps:
    """A recipe near `steps` of at most `length` commands; `other` is a second parent for a crossing."""
    made = list(steps)
    kind = chance.random()
    place = chance.randrange(len(made)) if made else 0
    if len(made) < length and (not made or kind < 0.4):
        made += [chance.choice(actions) for _ in range(chance.randint(1, length - len(made)))]
    elif kind < 0.6:
        made[place] = chance.choice(actions)
    elif kind < 0.75:
        keep = len(made) - chance.randint(1, min(4, len(made)))
        made = [*made[:keep], *(chance.choice(actions) for _ in range(length - keep))]
    elif kind < 0.85:
        second = chance.randrange(len(made))
        made[place], made[second] = made[second], made[place]
    elif kind < 0.93 or not other:
        del made[place]
        made.insert(chance.randrange(len(made) + 1), chance.choice(actions))
    else:
        cut = chance.randrange(1, len(made) + 1)
        made = [*made[:cut], *other[cut:]]
    return tuple(made[:length])
