"""Simulated annealing over recipes of full length: one command replaced, moved or drawn anew, or two swapped.

The temperature falls geometrically from T0 to T1 over the budget; a step to a recipe that is worse by the share d is
taken with the chance exp(-d / T). Source: Kirkpatrick et al. 1983; as a baseline of recipe search in ABC-RL
(arXiv 2401.12205).

Try: ``rtlgen synth circuit.aig --lut 6 --recipe-search --strategy anneal``
"""

from __future__ import annotations

import math

from rtlgen.synth.search.random import drawn
from rtlgen.synth.search.tracker import Tracker

T0, T1 = 0.05, 0.002
"""First and last temperature, as shares of the current value."""
IDLE = 500
"""Moves in a row without a new score, after which there is nothing new to find."""


def run(tracker: Tracker) -> None:
    """One chain from a random recipe until the budget is spent."""
    current = drawn(tracker)
    value = tracker.value(current)
    idle = 0
    while idle < IDLE:
        spent = tracker.spent
        other = moved(current, tracker)
        new = tracker.value(other)
        heat = T0 * (T1 / T0) ** (tracker.spent / tracker.budget)
        if tracker.random.random() < chance(value, new, heat):
            current, value = other, new
        idle = 0 if tracker.spent > spent else idle + 1


def chance(value: float, new: float, heat: float) -> float:
    """How likely a step from `value` to `new` is taken at temperature `heat`; 1 when it is no worse."""
    if new <= value:
        return 1.0
    if not math.isfinite(new) or value <= 0:
        return 0.0
    return math.exp((value - new) / (value * heat))


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
