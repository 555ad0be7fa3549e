"""Simulated annealing over recipes of full length: one command replaced, inserted-and-dropped, or two swapped.

The temperature falls geometrically from T0 to T1 over the budget, in shares of the baseline's value.
Source: Kirkpatrick et al. 1983; as a baseline of recipe search in ABC-RL (arXiv 2401.12205).
"""

from __future__ import annotations

import math

from rtlgen.synth.search.tracker import Tracker

T0, T1 = 0.05, 0.002
"""First and last temperature, as shares of the value of resyn2."""


def run(tracker: Tracker) -> None:
    """One chain from a random recipe until the budget is spent."""
    chance = tracker.random
    base = tracker.objective.value(tracker.baseline) or 1.0
    current = [chance.choice(tracker.actions) for _ in range(tracker.length)]
    value = tracker.value(current)
    idle = 0
    while idle < 500:
        spent = tracker.spent
        other = moved(current, tracker)
        new = tracker.value(other)
        heat = T0 * (T1 / T0) ** (tracker.spent / tracker.budget)
        if new <= value or (math.isfinite(new) and chance.random() < math.exp((value - new) / (base * heat))):
            current, value = other, new
        idle = 0 if tracker.spent > spent else idle + 1


def moved(steps: list[str], tracker: Tracker) -> list[str]:
    """A neighbour of a recipe: the same length, one change."""
    chance = tracker.random
    other = list(steps)
    kind = chance.random()
    place = chance.randrange(len(other))
    if kind < 0.6:
        other[place] = chance.choice(tracker.actions)
    elif kind < 0.8:
        second = chance.randrange(len(other))
        other[place], other[second] = other[second], other[place]
    else:
        del other[place]
        other.insert(chance.randrange(len(other) + 1), chance.choice(tracker.actions))
    return other
