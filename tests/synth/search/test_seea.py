"""SeeA*: the best of the sampled few is expanded, samplers take what they say, and the budget pays full recipes only."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from rtlgen.synth.agent.shipped import Agent
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.qor import Objective
from rtlgen.synth.recipe import PUBLISHED
from rtlgen.synth.search import VARIANTS, strategy
from rtlgen.synth.search.seea import (
    CANDIDATES,
    CLUSTERS,
    PER_CLUSTER,
    Frontier,
    Prefix,
    by_bound,
    by_cluster,
    search,
    uniformly,
)
from rtlgen.synth.search.tracker import BudgetSpent, Tracker

NAMES = ("seea", *(name for name in VARIANTS if name.startswith("seea")))


def searched(explorer: Explorer, name: str, *, budget: int = 21, length: int = 5, seed: int = 2) -> Tracker:
    tracker = Tracker(explorer, Objective(), budget=budget, seed=seed, length=length)
    with contextlib.suppress(BudgetSpent):
        strategy(name)(tracker)
    return tracker


@pytest.mark.parametrize("name", NAMES)
def test_only_recipes_of_full_length_are_scored_within_the_budget(explorer: Explorer, name: str) -> None:
    tracker = searched(explorer, name)
    assert tracker.spent == 21 and {len(entry.recipe) for entry in tracker.scored} == {5}
    again = searched(explorer, name)
    assert [entry.recipe for entry in tracker.scored] == [entry.recipe for entry in again.scored]


def test_strategies_differ_by_their_sampling(explorer: Explorer) -> None:
    found = [tuple(entry.recipe.script for entry in searched(explorer, name).scored) for name in NAMES]
    assert len(set(found)) == len(NAMES) == 4


def test_a_space_that_is_exhausted_ends_the_search(explorer: Explorer) -> None:
    tracker = searched(explorer, "seea", budget=1000, length=2)
    assert 0 < tracker.spent <= 49 and not tracker.stopped


class Scripted(Agent):
    """An agent whose value is the number of `balance` in a prefix."""

    def __init__(self) -> None:
        self.known = {}

    def embed(self, circuit: object) -> np.ndarray:
        return np.zeros(64, np.float32)

    def policy(self, embedding: object, steps: object) -> np.ndarray:
        return np.full(7, 1 / 7, np.float32)

    def judged(self, embedding: object, steps: object) -> tuple[float, np.ndarray]:
        count = list(steps).count("balance")  # type: ignore[call-overload]
        return count / 10, np.full(256, count / 10, np.float32)


def test_best_first_when_every_prefix_is_a_candidate(explorer: Explorer) -> None:
    tracker = Tracker(explorer, Objective(), budget=7, length=4)
    with contextlib.suppress(BudgetSpent):
        search(tracker, Scripted(), lambda frontier: frontier.open)
    first = [entry.recipe.steps for entry in tracker.scored]
    assert first[0] == ("balance", "balance", "balance", PUBLISHED[0])
    assert len([steps for steps in first if steps[:3] == ("balance",) * 3]) >= 1


def frontier(explorer: Explorer, depths: list[int], values: list[float]) -> Frontier:
    made = Frontier(Tracker(explorer, Objective(), budget=1, seed=1))
    for depth, value in zip(depths, values, strict=True):
        made.add(Prefix(("balance",) * depth, value, np.full(256, value, np.float32)))
    return made


def test_samplers(explorer: Explorer) -> None:
    made = frontier(explorer, [3] * 30, [number / 30 for number in range(30)])
    assert len({id(p) for p in uniformly(made)}) == CANDIDATES == 5
    clusters = by_cluster(made)
    assert len(clusters) <= CLUSTERS * PER_CLUSTER == 10
    assert sum(len(group) for group in made.groups) == 30
    assert [p.f for p in by_bound(made)] == [29 / 30, 28 / 30, 27 / 30, 26 / 30, 25 / 30]


def test_the_bound_favours_short_prefixes_and_the_center_moves_by_a_fifth(explorer: Explorer) -> None:
    made = frontier(explorer, [1, *[8] * 10], [0.1, *[0.2] * 10])
    assert made.open[0] in by_bound(made)
    one = Frontier(Tracker(explorer, Objective(), budget=1, seed=1))
    one.add(Prefix(("balance",), 0.5, np.zeros(256, np.float32)))
    assert one.centers is not None
    before = one.centers.copy()
    one.add(Prefix(("rewrite",), 0.5, np.zeros(256, np.float32)))
    group = next(number for number, members in enumerate(one.groups) if one.open[1] in members)
    assert np.allclose(one.centers[group], 0.8 * before[group])


def test_a_rollout_goes_on_from_the_best_prefix_that_was_opened(explorer: Explorer) -> None:
    tracker = Tracker(explorer, Objective(), budget=3, length=4, seed=1)
    with contextlib.suppress(BudgetSpent):
        search(tracker, Scripted(), lambda frontier: frontier.open, rollouts=True)
    first, second, third = (entry.recipe.steps for entry in tracker.scored)
    assert (
        first[:1] == second[:1] == third[:1] == ("balance",) and len(first) == len(second) == len(third) == 4
    )
    assert len({first, second, third}) == 3


def test_an_expanded_prefix_is_open_no_more(explorer: Explorer) -> None:
    made = frontier(explorer, [1, 2, 3], [0.1, 0.2, 0.3])
    made.take(made.open[1])
    assert [len(p.steps) for p in made.open] == [1, 3]
    assert sorted(len(p.steps) for group in made.groups for p in group) == [1, 3]
