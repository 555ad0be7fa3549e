"""What every strategy shares: the actions, the budget, the best so far, and a journal that a killed search resumes from.

The unit of the budget is the scored recipe: mapping a circuit and measuring it. A recipe that ends at a state which this
search has already scored costs nothing: the answer is known. Steps without a score cost nothing either, as in the
published comparisons (100 synthesis runs, ABC-RL 4.3). When the budget is spent `BudgetSpent` ends the strategy.

A strategy draws all its chances from `Tracker.random`. Same circuit, target, actions, budget and seed: same search. A
killed search is run again from its beginning; what it had scored is answered from the store.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rtlgen.synth.explorer import Explorer
from rtlgen.synth.qor import Objective, QoR
from rtlgen.synth.recipe import PUBLISHED, Recipe

LENGTH = 10
"""Commands of a recipe in the published comparisons."""


class BudgetSpent(Exception):
    """The budget is spent, or the search was told to stop: a strategy lets this pass."""


class Scored(NamedTuple):
    """One scored recipe: the how-many-th, its figures and its value (smaller is better)."""

    number: int
    recipe: Recipe
    qor: QoR
    value: float
    seconds: float
    """Since the search began (wall)."""


@dataclass
class Tracker:
    """One search over one circuit."""

    explorer: Explorer
    objective: Objective
    budget: int
    """Scored recipes."""
    seed: int = 0
    actions: tuple[str, ...] = PUBLISHED
    length: int = LENGTH
    """Most commands of a recipe."""
    on_score: Callable[[Scored], None] | None = None
    scored: list[Scored] = field(default_factory=list)
    random: random.Random = field(init=False)
    _seen: dict[tuple[str, str], QoR | None] = field(init=False, default_factory=dict)
    _started: float = field(init=False, default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.random = random.Random(f"{self.seed}")
        self.spent = 0
        self.stopped = False
        self.baseline = self._baseline()

    def _baseline(self) -> QoR:
        """The figures of resyn2 on this circuit, which are not charged; those of the start when resyn2 fails."""
        from rtlgen.synth.recipe import parse

        qor = self.explorer.evaluate(parse("resyn2")) or self.explorer.score(self.explorer.root)
        assert qor is not None
        return qor

    @property
    def left(self) -> int:
        """Scored recipes that may still be asked for."""
        return max(0, self.budget - self.spent)

    @property
    def best(self) -> Scored | None:
        """The best so far, the earliest of equals."""
        return min(self.scored, key=lambda s: (s.value, s.number), default=None)

    def step(self, state: str, action: str) -> str | None:
        """The state behind `action`, without a score and free of charge; None when ABC fails at it."""
        return self.explorer.step(state, action)

    def value(self, steps: Sequence[str]) -> float:
        """The value of the recipe `steps` (smaller is better), charged when it is new; infinite when ABC fails at it.

        Raises BudgetSpent when it would have to be charged and nothing is left.
        """
        qor = self.qor(Recipe(tuple(steps)))
        return float("inf") if qor is None else self.objective.value(qor)

    def reward(self, steps: Sequence[str]) -> float:
        """``max(-1, (baseline - value) / baseline)`` as in ABC-RL (4.1); -1 when ABC fails at the recipe."""
        qor = self.qor(Recipe(tuple(steps)))
        return -1.0 if qor is None else max(-1.0, self.objective.reduction(qor, self.baseline))

    def qor(self, recipe: Recipe) -> QoR | None:
        """The figures of `recipe`, charged when they are new. Raises BudgetSpent as `value` does."""
        state, tail = self.explorer.walk(recipe)
        key = (state or f"failed {recipe}", "; ".join(tail))
        if key in self._seen:
            return self._seen[key]
        if self.stopped or self.spent >= self.budget:
            raise BudgetSpent
        qor = self.explorer.score(state, tail) if state is not None else None
        self.spent += 1
        self._seen[key] = qor
        if qor is not None:
            entry = Scored(
                self.spent, recipe, qor, self.objective.value(qor), time.monotonic() - self._started
            )
            self.scored.append(entry)
            if self.on_score is not None:
                self.on_score(entry)
        return qor

    def stop(self) -> None:
        """Let the next new score raise BudgetSpent: what was found stays."""
        self.stopped = True
