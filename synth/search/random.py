"""Random recipes of full length: the floor that every search must beat.

Try: ``rtlgen synth circuit.aig --lut 6 --recipe-search --strategy random``
"""

from __future__ import annotations

from rtlgen.synth.search.tracker import Tracker

BATCH = 8
"""Recipes drawn at a time: a constant, so that the search is the same with any number of processes."""
MISSES = 25
"""Batches in a row that reach known states only, after which there is nothing new to find."""


def run(tracker: Tracker) -> None:
    """Draw recipes of `tracker.length` uniform actions until the budget is spent."""
    misses = 0
    while misses < MISSES:
        spent = tracker.spent
        tracker.values([drawn(tracker) for _ in range(BATCH)])
        misses = 0 if tracker.spent > spent else misses + 1


def drawn(tracker: Tracker) -> list[str]:
    """A recipe of full length, each command uniform over the actions."""
    return [tracker.random.choice(tracker.actions) for _ in range(tracker.length)]
