"""Each strategy: within its budget, the same again with any number of processes, better than nothing, and it ends."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.scratch import scratch
from rtlgen.synth.circuit import Circuit
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.library import Library
from rtlgen.synth.qor import Objective
from rtlgen.synth.search import STRATEGIES, strategy
from rtlgen.synth.search.anneal import chance
from rtlgen.synth.search.tracker import BudgetSpent, Tracker

SIMPLE = ("random", "greedy", "anneal", "genetic", "mcts")


def searched(explorer: Explorer, name: str, budget: int, *, seed: int = 5, length: int = 5) -> Tracker:
    tracker = Tracker(explorer, Objective(), budget=budget, seed=seed, length=length)
    with contextlib.suppress(BudgetSpent):
        strategy(name)(tracker)
    return tracker


def said(tracker: Tracker) -> list[tuple[int, str, float]]:
    return [(entry.number, entry.recipe.script, entry.value) for entry in tracker.scored]


@pytest.mark.parametrize("name", SIMPLE)
def test_better_than_nothing_within_the_budget_and_the_recipe_that_it_may_use(
    explorer: Explorer, name: str
) -> None:
    tracker = searched(explorer, name, 30)
    assert tracker.spent == 30 and tracker.left == 0
    nothing = explorer.score(explorer.root)
    assert nothing is not None and tracker.best is not None
    assert tracker.best.value < tracker.objective.value(nothing)
    assert all(len(entry.recipe) <= 5 for entry in tracker.scored)
    assert {step for entry in tracker.scored for step in entry.recipe.steps} <= set(tracker.actions)


@pytest.mark.parametrize("name", SIMPLE)
def test_two_processes_give_the_same_search_as_one(
    knot: Circuit, generic: Library, explorer: Explorer, name: str
) -> None:
    with scratch() as work, Explorer(knot, generic, work, jobs=2) as pair:
        both = searched(pair, name, 14)
    one = searched(explorer, name, 14)
    assert said(both) == said(one)
    if name != "greedy":  # whose first climb draws nothing
        assert said(searched(explorer, name, 14, seed=6)) != said(one)


@pytest.mark.parametrize("name", SIMPLE)
def test_a_space_that_is_exhausted_ends_the_search(explorer: Explorer, name: str) -> None:
    tracker = searched(explorer, name, 1000, length=1)
    assert 0 < tracker.spent <= len(tracker.actions)


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("budget", [0, 1])
def test_the_smallest_budgets(explorer: Explorer, name: str, budget: int) -> None:
    tracker = searched(explorer, name, budget)
    assert tracker.spent == budget and (tracker.best is None) == (budget == 0)


@pytest.mark.parametrize("name", SIMPLE)
def test_a_search_that_is_stopped_keeps_what_it_has(explorer: Explorer, name: str) -> None:
    tracker = Tracker(explorer, Objective(), budget=50, seed=1, length=5)

    def stop(entry: object) -> None:
        if tracker.spent == 3:
            tracker.stop()

    tracker.on_score = stop
    with pytest.raises(BudgetSpent):
        strategy(name)(tracker)
    assert 3 <= len(tracker.scored) <= 3 + 20 and tracker.best is not None  # the batch in flight is kept
    for ask in (lambda: tracker.stats(["balance"]), lambda: tracker.step(explorer.root, "balance")):
        with pytest.raises(BudgetSpent):
            ask()


@pytest.mark.parametrize("name", SIMPLE)
def test_an_engine_that_is_killed_ends_no_search(explorer: Explorer, name: str) -> None:
    tracker = Tracker(explorer, Objective(), 10, length=3)

    def kill(entry: object) -> None:
        if tracker.spent % 4 == 1:
            child = explorer._all[0]._child
            assert child is not None
            child.kill()
            child.wait()

    tracker.on_score = kill
    with contextlib.suppress(BudgetSpent):
        strategy(name)(tracker)
    assert tracker.spent == 10 and tracker.best is not None and explorer._all[0].starts > 1


@pytest.mark.parametrize(
    ("value", "new", "least", "most"),
    [
        (10.0, 9.0, 1.0, 1.0),
        (10.0, 10.5, 0.3, 0.4),
        (10.0, float("inf"), 0.0, 0.0),
        (float("inf"), 5.0, 1.0, 1.0),
    ],
)
def test_worse_steps_are_taken_by_their_share(value: float, new: float, least: float, most: float) -> None:
    assert least <= chance(value, new, 0.05) <= most


def test_a_bound_on_the_delay_gives_rewards_that_tell_circuits_apart(explorer: Explorer) -> None:
    bound = Tracker(explorer, Objective(), 20).baseline.delay * 0.97
    tracker = Tracker(explorer, Objective("area", max_delay=bound), 60, seed=2, length=6)
    with contextlib.suppress(BudgetSpent):
        strategy("mcts")(tracker)
    rewards = {tracker.reward(entry.recipe.steps): entry.qor for entry in tracker.scored}
    late = [reward for reward, qor in rewards.items() if qor.delay > bound]
    met = [reward for reward, qor in rewards.items() if qor.delay <= bound]
    assert len(set(late)) > 1 and max(late) < -0.5
    assert not met or min(met) > -0.5


def test_an_unknown_strategy_gets_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="no strategy 'aneal'") as error:
        strategy("aneal")
    assert error.value.hint == "did you mean anneal?"


def test_the_unit_of_the_budget_is_a_new_circuit_scored(explorer: Explorer) -> None:
    tracker = Tracker(explorer, Objective(), budget=2)
    seen: list[Sequence[str]] = []
    tracker.on_score = lambda entry: seen.append(entry.recipe.steps)
    with pytest.raises(BudgetSpent):
        tracker.values([["rewrite"], ["rewrite", "rewrite"], ["balance"], ["resub"]])
    assert tracker.spent == 2 and [list(steps) for steps in seen] == [["rewrite"], ["balance"]]
    assert tracker.value(["rewrite", "rewrite", "rewrite"]) == tracker.scored[0].value
