"""A genetic algorithm over recipes: tournament selection, one-point crossover, mutation, the best two survive.

Constants as commonly used for sequences of this length (population 20, as in the baselines of BOiLS, arXiv 2111.06178).
"""

from __future__ import annotations

from rtlgen.synth.search.tracker import Tracker

POPULATION, ELITE, TOURNAMENT = 20, 2, 3
CROSSOVER, MUTATION = 0.9, 0.15
"""Chance that two parents are crossed; chance of a change for each command."""


def run(tracker: Tracker) -> None:
    """Generations until the budget is spent."""
    chance = tracker.random
    size = min(POPULATION, max(4, tracker.budget // 4))
    people = [[chance.choice(tracker.actions) for _ in range(tracker.length)] for _ in range(size)]
    idle = 0
    while idle < 50:
        spent = tracker.spent
        ranked = sorted(((tracker.value(steps), number) for number, steps in enumerate(people)))
        order = [people[number] for _, number in ranked]
        children = [list(steps) for steps in order[:ELITE]]
        while len(children) < size:
            first, second = (order[min(chance.randrange(size) for _ in range(TOURNAMENT))] for _ in range(2))
            children.append(_child(first, second, tracker))
        people = children
        idle = 0 if tracker.spent > spent else idle + 1


def _child(first: list[str], second: list[str], tracker: Tracker) -> list[str]:
    chance = tracker.random
    cut = chance.randrange(1, len(first)) if len(first) > 1 and chance.random() < CROSSOVER else len(first)
    made = first[:cut] + second[cut:]
    return [chance.choice(tracker.actions) if chance.random() < MUTATION else step for step in made]
