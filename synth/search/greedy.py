"""Greedy ascent with restarts: the best next command by its score, step by step.

Every prefix is scored, so a recipe of ten steps over seven actions costs up to seventy scores. When the length is
reached, or no command leads anywhere new, it begins again behind a random first command.
"""

from __future__ import annotations

from rtlgen.synth.search.tracker import Tracker

RESTARTS = 64


def run(tracker: Tracker) -> None:
    """Climb from the start, then from random first steps, until the budget is spent."""
    for start in range(RESTARTS):
        steps = [] if start == 0 else [tracker.random.choice(tracker.actions) for _ in range(1 + start % 3)]
        while len(steps) < tracker.length:
            tried = [
                (tracker.value([*steps, action]), number) for number, action in enumerate(tracker.actions)
            ]
            steps.append(tracker.actions[min(tried)[1]])
