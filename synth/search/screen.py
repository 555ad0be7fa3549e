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

from rtlgen.synth.qor import Objective, QoR
from rtlgen.synth.recipe import Recipe
from rtlgen.synth.search.structure import Structure, read, thinning
from rtlgen.synth.search.surrogate import Prior, Surrogate
from rtlgen.synth.search.tracker import Tracker

Steps = tuple[str, ...]
Floats = NDArray[np.float64]
WORST = 1.0
"""Logarithm of the value against the baseline's that stands for what failed, and for all that is worse."""


@dataclass(frozen=True)
class Candidate:
    """A recipe, and whether it was scored or may be."""

    steps: Steps
    structure: Structure


class Screen:
    """The candidates of one search and what is guessed about them."""

    def __init__(self, tracker: Tracker, prior: Prior, delay: Prior | None = None) -> None:
        """`prior` is that of the objective without its bound, `delay` that of the delay where there is a bound."""
        self._tracker = tracker
        explorer = tracker.explorer
        nodes, _ = explorer.stats(explorer.root)
        self._keep = thinning(nodes)
        root = read(explorer.aiger(explorer.root), self._keep)
        self.surrogate = Surrogate(prior, root)
        self._bound = tracker.objective.max_delay
        self._delay = None if self._bound is None else Surrogate(delay or Prior(0.0, 1.0), root)
        self.candidates: list[Candidate] = []
        self.values: dict[int, float] = {}
        """Scored candidate -> logarithm of its value against the baseline's, without the bound."""
        self._late: dict[int, float] = {}
        """Scored candidate -> logarithm of its delay against the bound."""
        self._states: set[str] = set()
        self._alike: set[bytes] = set()

    def grow(self, recipes: Sequence[Steps]) -> int:
        """Walk `recipes`; how many new candidates came of it."""
        self._tracker.explorer.walk_all([Recipe(steps) for steps in recipes])
        fresh: list[Candidate] = []
        for steps in recipes:
            fresh.extend(self._along(steps))
        for surrogate in self._surrogates():
            surrogate.add([each.structure for each in fresh])
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

    def scored(self, number: int, qor: QoR | None) -> None:
        """Candidate `number` has the figures `qor`; None when it cannot be mapped."""
        plain = Objective(self._tracker.objective.name)
        self.values[number] = ratio(plain, qor, self._tracker.baseline)
        self.surrogate.score(number, self.values[number])
        if self._delay is not None and self._bound is not None:
            late = math.log(qor.delay / self._bound) if qor is not None and qor.delay > 0 else WORST
            self._late[number] = late
            self._delay.score(number, late)
        for surrogate in self._surrogates():
            surrogate.fit()

    def find(self, steps: Steps) -> int | None:
        """The candidate of exactly the recipe `steps`; None when there is none, or another recipe reached its state."""
        return next((number for number, each in enumerate(self.candidates) if each.steps == steps), None)

    def choose(self) -> int | None:
        """The candidate to be scored next: the highest expected improvement; None when none is left.

        Under a bound on the delay it counts as much as the candidate is likely to keep the bound (Gardner et al. 2014);
        until one does, the fastest is looked for.
        """
        if len(self.values) >= len(self.candidates):
            return None
        if self._delay is None:
            gain = expected_improvement(*self.surrogate.guess(), min(self.values.values(), default=0.0))
        else:
            late, doubt = self._delay.guess()
            kept = [self.values[number] for number, by in self._late.items() if by <= 0]
            if kept:
                gain = expected_improvement(*self.surrogate.guess(), min(kept)) * below(-late / doubt)
            else:
                gain = expected_improvement(late, doubt, min(self._late.values(), default=0.0))
        gain[list(self.values)] = -1.0
        return int(np.argmax(np.round(gain, 12)))

    def parents(self) -> list[int]:
        """All candidates, the most promising first; under a bound that no scored one keeps yet: the fastest."""
        mean, _ = self.surrogate.guess()
        if self._delay is not None:
            late, _ = self._delay.guess()
            kept = min(self._late.values(), default=1.0) <= 0
            mean = mean + 3.0 * np.maximum(0.0, late) if kept else late
        return [int(each) for each in np.argsort(np.round(mean, 9), kind="stable")]

    def _surrogates(self) -> list[Surrogate]:
        return [self.surrogate] if self._delay is None else [self.surrogate, self._delay]


def ratio(objective: Objective, qor: QoR | None, baseline: QoR) -> float:
    """The logarithm of the value of `qor` against the baseline's, within -3 and `WORST`; `WORST` for None."""
    if qor is None:
        return WORST
    value, base = objective.value(qor), objective.value(baseline)
    if value <= 0 or base <= 0:
        return -WORST if value < base else 0.0
    return max(-3.0, min(WORST, math.log(value / base)))


def below(limit: Floats) -> Floats:
    """The probability that a standard normal number is below each of `limit`."""
    return np.array([0.5 * math.erfc(-each / math.sqrt(2.0)) for each in limit.tolist()])


def expected_improvement(mean: Floats, spread: Floats, best: float) -> Floats:
    """By how much a candidate is expected to go below `best`, nothing where it does not."""
    ahead = (best - mean) / spread
    density = np.exp(-(ahead**2) / 2) / math.sqrt(2 * math.pi)
    result: Floats = (best - mean) * below(ahead) + spread * density
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
