"""rtlgen's own search: many recipes are walked for each one that is mapped, and the circuit's own scores say which."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rtlgen.synth.search.screen import Screen, varied
from rtlgen.synth.search.seeds import load
from rtlgen.synth.search.tracker import Tracker


@dataclass(frozen=True)
class Plan:
    """How much is walked without a score."""

    first: int = 40
    """Recipes before the first score, besides the seeds."""
    rounds: int = 4
    """Times that the most promising of them are varied before the first score."""
    each: int = 4
    """Recipes walked for each score."""
    spread: float = 8.0
    """Mean rank of the candidates that are varied."""


def run(tracker: Tracker) -> None:
    """Search until the budget is spent, or nothing new is found."""
    if tracker.wide:
        from rtlgen.synth.search import wide

        wide.run(tracker)
        return
    search(tracker, Plan())


def search(tracker: Tracker, plan: Plan) -> None:
    lesson = load()
    screen = Screen(tracker, lesson.prior)
    chance, actions = tracker.random, tracker.actions
    screen.grow([()])
    seeds = [steps for steps in lesson.recipes if len(steps) <= tracker.length and set(steps) <= set(actions)]
    screen.grow(seeds)
    screen.grow([tuple(chance.choice(actions) for _ in range(tracker.length)) for _ in range(plan.first)])
    for _ in range(plan.rounds):
        _vary(screen, tracker, plan.first // 2, plan)
    idle = 0
    while idle < 100:
        spent = tracker.spent
        number = screen.choose()
        if number is not None:
            value = tracker.value(screen.candidates[number].steps)
            screen.scored(number, relative(tracker, value))
            screen.surrogate.fit()
        _vary(screen, tracker, plan.each, plan)
        idle = 0 if tracker.spent > spent else idle + 1


def _vary(screen: Screen, tracker: Tracker, count: int, plan: Plan) -> None:
    chance = tracker.random
    order = screen.parents()
    made = []
    for _ in range(count):
        first, second = (
            screen.candidates[order[min(len(order) - 1, int(chance.expovariate(1 / plan.spread)))]]
            for _ in range(2)
        )
        made.append(varied(first.steps, second.steps, tracker.actions, tracker.length, chance))
    screen.grow(made)


def relative(tracker: Tracker, value: float) -> float:
    base = tracker.objective.value(tracker.baseline)
    return math.log(max(value, 1e-12) / max(base, 1e-12)) if math.isfinite(value) else 5.0
