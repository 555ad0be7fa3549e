"""What every strategy shares: the actions, the budget, the best so far, and figures that are never paid for twice.

The unit of the budget is the scored recipe: mapping a circuit and measuring it. A recipe that ends at a state which this
search has already scored costs nothing: the answer is known. Steps without a score cost nothing either, as in the
published comparisons (100 synthesis runs, ABC-RL 4.3). When the budget is spent `BudgetSpent` ends the strategy; a
strategy may also end by itself, when it finds nothing new.

A strategy draws all its chances from `Tracker.random`. Same circuit, target, actions, budget and seed: same search, with
however many processes. A killed search is run again from its beginning; what it had computed is answered from the
explorer's store.

Try: ``rtlgen synth circuit.aig --lut 6 --recipe-search --strategy random --budget 20``
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from rtlgen.core.errors import LimitError
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.qor import Objective, QoR
from rtlgen.synth.recipe import PUBLISHED, Recipe, parse

if TYPE_CHECKING:
    from rtlgen.synth.library import Library

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
    wide: bool = False
    """Whether a strategy may leave `actions` and `length`: any allowed command, mapping and sizing included."""
    on_score: Callable[[Scored], None] | None = None
    scored: list[Scored] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What a strategy wants the user to know: where its priors came from, which engine suited."""
    random: random.Random = field(init=False)
    _seen: dict[tuple[str, str], QoR | None] = field(init=False, default_factory=dict)
    _started: float = field(init=False, default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.random = random.Random(f"{self.seed}")
        self.spent = 0
        self.stopped = False
        self.baseline = self._baseline()

    def _baseline(self) -> QoR:
        """The figures of resyn2 on this circuit, which are not charged; those of the start when resyn2 fails.

        Raises LimitError when ABC cannot even map the start in the time given.
        """
        qor = self.explorer.evaluate(parse("resyn2")) or self.explorer.score(self.explorer.root)
        if qor is None:
            raise LimitError(
                "ABC could not map the circuit as it is",
                where=self.explorer.circuit.name,
                hint="more time for each command: --timeout SECONDS",
            )
        return qor

    @property
    def target(self) -> Library:
        """What the circuit is mapped to."""
        return self.explorer.target

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
        self._heed()
        return self.explorer.step(state, action)

    def value(self, steps: Sequence[str]) -> float:
        """The value of the recipe `steps` (smaller is better), charged when it is new; infinite when ABC fails at it.

        Raises BudgetSpent when it would have to be charged and nothing is left.
        """
        qor = self.qor(Recipe(tuple(steps)))
        return float("inf") if qor is None else self.objective.value(qor)

    def reward(self, steps: Sequence[str]) -> float:
        """``max(-1, (baseline - value) / baseline)`` as in ABC-RL (4.1); -1 when ABC fails at the recipe.

        Under a bound on the delay a circuit that is too slow gets minus the share of its lateness and a half.
        """
        qor = self.qor(Recipe(tuple(steps)))
        if qor is None:
            return -1.0
        bound = self.objective.max_delay
        if bound is not None and qor.delay > bound:
            return max(-1.0, -0.5 - (qor.delay / bound - 1.0))
        return max(-1.0, Objective(self.objective.name).reduction(qor, self.baseline))

    def values(self, many: Sequence[Sequence[str]]) -> list[float]:
        """The values of several recipes, computed at the same time by the explorer's processes, charged in their order.

        Raises BudgetSpent when not all of them could be paid for; those that could are scored and recorded.
        """
        recipes = [Recipe(tuple(steps)) for steps in many]
        figures = self._figures(recipes)
        return [float("inf") if qor is None else self.objective.value(qor) for qor in figures]

    def stats(self, steps: Sequence[str]) -> tuple[int, int] | None:
        """(AND nodes, levels) behind `steps`, free of charge; None when ABC fails at them."""
        self._heed()
        state, _ = self.explorer.walk(Recipe(tuple(steps)))
        return None if state is None else self.explorer.stats(state)

    def qor(self, recipe: Recipe) -> QoR | None:
        """The figures of `recipe`, charged when they are new. Raises BudgetSpent as `value` does."""
        return self._figures([recipe])[0]

    def _figures(self, recipes: Sequence[Recipe]) -> list[QoR | None]:
        self._heed()
        keys = []
        for recipe, (state, tail) in zip(recipes, self.explorer.walk_all(recipes), strict=True):
            keys.append((state or f"failed {recipe}", "; ".join(tail), state, tail, recipe))
        new: dict[tuple[str, str], tuple[str | None, tuple[str, ...], Recipe]] = {}
        for name, text, state, tail, recipe in keys:
            if (name, text) not in self._seen:
                new.setdefault((name, text), (state, tail, recipe))
        room = 0 if self.stopped else self.left
        paid = list(new.items())[:room]
        figures = self.explorer.score_all([(state, tail) for _, (state, tail, _) in paid])
        for (key, (_, _, recipe)), qor in zip(paid, figures, strict=True):
            self._record(key, recipe, qor)
        if len(paid) < len(new):
            raise BudgetSpent
        return [self._seen[name, text] for name, text, *_ in keys]

    def _record(self, key: tuple[str, str], recipe: Recipe, qor: QoR | None) -> None:
        self.spent += 1
        self._seen[key] = qor
        if qor is None:
            return
        seconds = time.monotonic() - self._started
        entry = Scored(self.spent, recipe, qor, self.objective.value(qor), seconds)
        self.scored.append(entry)
        if self.on_score is not None:
            self.on_score(entry)

    def _heed(self) -> None:
        """Nothing more is computed for a search that was told to stop."""
        if self.stopped:
            raise BudgetSpent

    def stop(self) -> None:
        """Let the next question raise BudgetSpent: what was found stays. Safe in a signal handler."""
        self.stopped = True
