"""Greedy ascent with restarts: the best next command by its score, step by step.

Every prefix is scored, so a recipe of ten steps over seven actions costs up to seventy scores; commands that lead to
known states are free. The best command is taken even when all make the circuit worse, as the later ones may make up for
it (so do the greedy baselines of BOiLS, arXiv 2111.06178). At full length it begins again behind a few random commands.

Try: ``rtlgen synth circuit.aig --lut 6 --recipe-search --strategy greedy``
"""

from __future__ import annotations

from rtlgen.synth.search.tracker import Tracker

IDLE = 64
"""Climbs in a row without a new score, after which there is nothing new to find."""
HEAD = 3
"""Most random commands that a restart begins with."""


def run(tracker: Tracker) -> None:
    """Climb from the start, then from random first steps, until the budget is spent."""
    climb(tracker, [])
    idle = number = 0
    while idle < IDLE:
        spent = tracker.spent
        size = min(1 + number % HEAD, tracker.length)
        climb(tracker, [tracker.random.choice(tracker.actions) for _ in range(size)])
        idle = 0 if tracker.spent > spent else idle + 1
        number += 1


def climb(tracker: Tracker, steps: list[str]) -> list[str]:
    """`steps`, filled up to full length with the command that scores best at each place (the first of equals)."""
    while len(steps) < tracker.length:
        values = tracker.values([[*steps, action] for action in tracker.actions])
        steps = [*steps, tracker.actions[values.index(min(values))]]
    return steps
