"""A genetic algorithm over recipes: tournament selection, one-point crossover, mutation, the best two survive.

Constants as commonly used for sequences of this length (population 20, as in the baselines of BOiLS, arXiv 2111.06178).
A generation is scored at once, so several processes help.

Try: ``rtlgen synth circuit.aig --lut 6 --recipe-search --strategy genetic --jobs 4``
"""

from __future__ import annotations

from rtlgen.synth.search.random import drawn
from rtlgen.synth.search.tracker import Tracker

POPULATION, ELITE, TOURNAMENT = 20, 2, 3
CROSSOVER, MUTATION = 0.9, 0.15
"""Chance that two parents are crossed; chance of a change for each command."""
IDLE = 50
"""Generations in a row without a new score, after which there is nothing new to find."""


def run(tracker: Tracker) -> None:
    """Generations until the budget is spent."""
    size = min(POPULATION, max(4, tracker.budget // 4))
    people = [drawn(tracker) for _ in range(size)]
    idle = 0
    while idle < IDLE:
        spent = tracker.spent
        values = tracker.values(people)
        order = [people[number] for _, number in sorted((value, n) for n, value in enumerate(values))]
        people = [list(steps) for steps in order[:ELITE]]
        while len(people) < size:
            people.append(_child(_parent(order, tracker), _parent(order, tracker), tracker))
        idle = 0 if tracker.spent > spent else idle + 1


def _parent(order: list[list[str]], tracker: Tracker) -> list[str]:
    """The best of a few drawn at random; `order` has the best first."""
    return order[min(tracker.random.randrange(len(order)) for _ in range(TOURNAMENT))]


def _child(first: list[str], second: list[str], tracker: Tracker) -> list[str]:
    chance = tracker.random
    cut = chance.randrange(1, len(first)) if len(first) > 1 and chance.random() < CROSSOVER else len(first)
    made = first[:cut] + second[cut:]
    return [chance.choice(tracker.actions) if chance.random() < MUTATION else step for step in made]
