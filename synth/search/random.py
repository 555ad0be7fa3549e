"""Random recipes of full length: the floor that every search must beat."""

from __future__ import annotations

from rtlgen.synth.search.tracker import Tracker

MISSES = 200
"""Draws in a row that reach known states, after which there is nothing new to find."""


def run(tracker: Tracker) -> None:
    """Draw recipes of `tracker.length` uniform actions until the budget is spent."""
    misses = 0
    while misses < MISSES:
        spent = tracker.spent
        tracker.value([tracker.random.choice(tracker.actions) for _ in range(tracker.length)])
        misses = 0 if tracker.spent > spent else misses + 1
