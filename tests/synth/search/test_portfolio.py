"""The portfolio: within its budget, the same again with any number of processes, better than random, with any target."""

from __future__ import annotations

import contextlib

import pytest

from rtlgen.core.scratch import scratch
from rtlgen.synth.circuit import Circuit
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.library import Library, library
from rtlgen.synth.qor import Objective
from rtlgen.synth.search import strategy
from rtlgen.synth.search.portfolio import Plan, search
from rtlgen.synth.search.seeds import Lesson, shipped
from rtlgen.synth.search.tracker import BudgetSpent, Tracker


def searched(
    explorer: Explorer,
    budget: int,
    *,
    seed: int = 1,
    objective: Objective | None = None,
    length: int = 10,
    lesson: Lesson | None = None,
) -> Tracker:
    tracker = Tracker(explorer, objective or Objective(), budget=budget, seed=seed, length=length)
    with contextlib.suppress(BudgetSpent):
        search(tracker, Plan(first=8, rounds=2), shipped() if lesson is None else lesson)
    return tracker


def said(tracker: Tracker) -> list[tuple[str, float]]:
    return [(entry.recipe.script, entry.value) for entry in tracker.scored]


def test_better_than_random_at_the_same_budget(explorer: Explorer) -> None:
    best = []
    for name in ("portfolio", "random"):
        tracker = Tracker(explorer, Objective(), budget=15, seed=4)
        with contextlib.suppress(BudgetSpent):
            strategy(name)(tracker)
        assert tracker.spent == 15
        assert tracker.best is not None
        best.append(tracker.best.value)
    assert best[0] < best[1]


def test_two_processes_give_the_same_search_as_one(
    knot: Circuit, generic: Library, explorer: Explorer
) -> None:
    with scratch() as work, Explorer(knot, generic, work, jobs=2) as pair:
        both = said(searched(pair, 8))
    assert both == said(searched(explorer, 8))
    assert both != said(searched(explorer, 8, seed=2))


def test_recipes_stay_within_length_and_actions(explorer: Explorer) -> None:
    tracker = searched(explorer, 12, length=4)
    assert all(len(entry.recipe) <= 4 for entry in tracker.scored)
    assert {step for entry in tracker.scored for step in entry.recipe.steps} <= set(tracker.actions)


def test_a_space_that_is_exhausted_ends_the_search(explorer: Explorer) -> None:
    tracker = searched(explorer, 1000, length=1)
    assert 0 < tracker.spent <= 1 + len(tracker.actions)


def test_without_a_lesson_it_searches_too(explorer: Explorer) -> None:
    tracker = searched(explorer, 6, lesson=Lesson())
    assert tracker.spent == 6


@pytest.mark.parametrize("name", ["area", "delay"])
def test_other_objectives(explorer: Explorer, name: str) -> None:
    tracker = searched(explorer, 10, objective=Objective(name))
    assert tracker.best is not None
    assert tracker.best.value <= tracker.objective.value(tracker.baseline)


def test_area_under_a_bound(explorer: Explorer) -> None:
    """A bound that resyn2 misses is kept, with less area than the fastest recipe has."""
    fastest = searched(explorer, 20, objective=Objective("delay")).best
    assert fastest is not None
    base = Tracker(explorer, Objective(), budget=0).baseline
    bound = (fastest.qor.delay + base.delay) / 2
    best = searched(explorer, 20, objective=Objective("area", max_delay=bound)).best
    assert best is not None
    assert best.qor.delay <= bound < base.delay
    assert best.value == best.qor.area


def test_luts(knot: Circuit) -> None:
    with scratch() as work, Explorer(knot, library(lut=4), work) as explorer:
        tracker = searched(explorer, 8)
    assert tracker.spent == 8
