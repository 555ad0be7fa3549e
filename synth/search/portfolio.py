"""rtlgen's own search: for each recipe that is mapped many are walked, and what the circuit has shown says which one is.

A recipe's AIG transitions are free, its mapping is what the budget counts. So there is a screen of candidates, recipes
whose AIGs are known but unmapped, and a surrogate that guesses the value of each from its size and from the gates that
it shares with AIGs that were mapped. In each round the candidate with the highest expected improvement is mapped, the
surrogate learns from it, and promising candidates are varied and walked. Before the first score the screen is filled with
recipes that training circuits taught, random ones, and variations of those that the lesson's prior likes. A few of the
first scores go to recipes drawn blindly, in case all of that is wrong about this circuit.

Everything is drawn from the tracker's chance, and nothing depends on clocks or on how many processes compute.
Source: Bayesian optimisation (Jones et al. 1998); recipes as its domain: BOiLS (arXiv 2111.06178). The screen over free
transitions and the kernel on gates are ours: docs/algorithms/portfolio.md.

Try: ``rtlgen synth circuit.aig --lut 6 --recipe-search --budget 20``
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

from rtlgen.synth.recipe import Recipe, parse
from rtlgen.synth.search.screen import Screen, Steps, varied
from rtlgen.synth.search.seeds import Lesson, shipped
from rtlgen.synth.search.tracker import Tracker


@dataclass(frozen=True)
class Plan:
    """How much is walked without a score. The figures were chosen on training circuits, for 100 scores."""

    seeds: int = 16
    """The lesson's recipes that are walked before the first score."""
    first: int = 40
    """Random recipes before the first score."""
    rounds: int = 4
    """Times that the most promising of them are varied before the first score, half as many recipes each time."""
    each: int = 6
    """Recipes walked for each score."""
    blind: int = 6
    """Random recipes that are scored unseen, in turn with the first chosen ones: where the surrogate is wrong from the
    start, they tell it."""
    spread: float = 8.0
    """Mean rank of the candidates that are varied."""
    idle: int = 20
    """Rounds without a new candidate after which the search ends."""


def run(tracker: Tracker) -> None:
    """Search until the budget is spent, or nothing new is found."""
    if tracker.wide:
        from rtlgen.synth.search import wide

        wide.run(tracker)
        return
    search(tracker, plan_for(tracker.budget), shipped())


def plan_for(budget: int) -> Plan:
    """What is walked beforehand is in proportion to the budget, up to 100 scores."""
    whole = Plan()
    share = min(1.0, max(0.05, budget / 100))
    return replace(
        whole,
        seeds=math.ceil(whole.seeds * share),
        first=math.ceil(whole.first * share),
        blind=math.floor(whole.blind * share),
    )


def search(tracker: Tracker, plan: Plan, lesson: Lesson) -> None:
    """Search as `plan` says, beginning with what `lesson` taught."""
    screen = Screen(tracker, lesson.prior(tracker.objective.name), lesson.prior("delay"))
    _begin(screen, tracker, plan, lesson)
    idle = 0
    blind = random.Random(f"blind {tracker.seed}")
    while idle < plan.idle:
        number = None
        if tracker.spent % 2 and tracker.spent < 2 * plan.blind:
            number = _unseen(screen, tracker, blind)
        if number is None:
            number = screen.choose()
        if number is None:
            idle += 1
        else:
            idle = 0
            screen.scored(number, tracker.qor(Recipe(screen.candidates[number].steps)))
        _vary(screen, tracker, plan.each, plan)


def _unseen(screen: Screen, tracker: Tracker, chance: random.Random) -> int | None:
    """A candidate that was drawn without looking at what it is worth; None when none of twenty draws is new."""
    for _ in range(20):
        steps = tuple(chance.choice(tracker.actions) for _ in range(tracker.length))
        screen.grow([steps])
        number = screen.find(steps)
        if number is not None and number not in screen.values:
            return number
    return None


def _begin(screen: Screen, tracker: Tracker, plan: Plan, lesson: Lesson) -> None:
    """Fill the screen before anything is scored. resyn2 was mapped as the baseline: it is known without a charge."""
    chance, actions = tracker.random, tracker.actions
    screen.grow([()])
    baseline = parse("resyn2").steps
    if set(baseline) <= set(actions) and len(baseline) <= tracker.length:
        screen.grow([baseline])
        last = screen.find(baseline)
        if last is not None:
            screen.scored(last, tracker.baseline)
    screen.grow(lesson.usable(actions, tracker.length)[: plan.seeds])
    screen.grow([tuple(chance.choice(actions) for _ in range(tracker.length)) for _ in range(plan.first)])
    for _ in range(plan.rounds):
        _vary(screen, tracker, plan.first // 2, plan)


def _vary(screen: Screen, tracker: Tracker, count: int, plan: Plan) -> None:
    """Walk `count` variations of promising candidates."""
    chance, order = tracker.random, screen.parents()

    def parent() -> Steps:
        rank = min(len(order) - 1, int(chance.expovariate(1.0 / plan.spread)))
        return screen.candidates[order[rank]].steps

    made = [varied(parent(), parent(), tracker.actions, tracker.length, chance) for _ in range(count)]
    screen.grow(made)
