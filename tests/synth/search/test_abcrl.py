"""ABC-RL: alpha by the published curve, the tree by the published rule, and the policy has its say."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from rtlgen.core.errors import UsageError
from rtlgen.synth.agent.shipped import Agent, needed
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.qor import Objective
from rtlgen.synth.recipe import PUBLISHED
from rtlgen.synth.search import strategy
from rtlgen.synth.search.abcrl import alpha_of, guided
from rtlgen.synth.search.mcts import EXPLORATION, Node, chosen
from rtlgen.synth.search.tracker import BudgetSpent, Tracker


def searched(explorer: Explorer, alpha: float | None, *, budget: int = 25, seed: int = 3) -> Tracker:
    tracker = Tracker(explorer, Objective(), budget=budget, seed=seed, length=6)
    with contextlib.suppress(BudgetSpent):
        if alpha is None:
            strategy("abcrl")(tracker)
        else:
            guided(tracker, needed(), alpha)
    return tracker


@pytest.mark.parametrize(
    ("distance", "alpha"),
    [(0, 0.668), (0.001, 0.646), (0.002, 0.622), (0.007, 0.5), (0.008, 0.475), (0.125, 7.5e-6)],
)
def test_alpha_is_the_published_one(distance: float, alpha: float) -> None:
    assert alpha_of(distance) == pytest.approx(alpha, rel=2e-3)
    assert alpha_of(50.0) == 0.0 and alpha_of(-50.0) == 1.0


def test_it_says_where_the_prior_came_from(explorer: Explorer) -> None:
    tracker = searched(explorer, None, budget=3)
    assert len(tracker.notes) == 1 and "nearest training circuit" in tracker.notes[0]
    assert tracker.notes[0].split()[4].rstrip(",") in needed().known


def test_the_tree_follows_the_published_bound() -> None:
    root = Node((), [0.6, 0.4], visits=3)
    root.children = {0: Node(("a",), [1], visits=2, total=0.2), 1: Node(("b",), [1], visits=1, total=0.3)}
    bounds = [
        visits * mean / (1 + visits) + 1.38 * 4**0.5 * prior / (1 + visits)
        for visits, mean, prior in ((2, 0.1, 0.6), (1, 0.3, 0.4))
    ]
    assert EXPLORATION == 1.38 and chosen(root, 2) == bounds.index(max(bounds)) == 1
    root.priors = [0.9, 0.1]
    assert chosen(root, 2) == 0


class Fixed(Agent):
    """An agent that always wants one action."""

    def __init__(self, favourite: int, share: float) -> None:
        self.known, self.asked = {}, set[tuple[str, ...]]()
        self._shares = np.full(7, (1 - share) / 6, np.float32)
        self._shares[favourite] = share

    def embed(self, circuit: object) -> np.ndarray:
        return np.zeros(64, np.float32)

    def policy(self, embedding: object, steps: object) -> np.ndarray:
        self.asked.add(tuple(steps))  # type: ignore[call-overload]
        return self._shares


def starts(explorer: Explorer, agent: Agent, alpha: float) -> list[str]:
    tracker = Tracker(explorer, Objective(), budget=24, seed=1, length=6)
    with contextlib.suppress(BudgetSpent):
        guided(tracker, agent, alpha)
    return [entry.recipe.steps[0] for entry in tracker.scored]


def test_alpha_1_follows_the_policy_and_alpha_0_is_plain_search(explorer: Explorer) -> None:
    favourite = PUBLISHED.index("rewrite -z")
    led, plain = (starts(explorer, Fixed(favourite, 0.94), alpha) for alpha in (1.0, 0.0))
    assert led.count("rewrite -z") > 0.7 * len(led)
    assert plain.count("rewrite -z") < 0.4 * len(plain)
    assert starts(explorer, Fixed(0, 0.9), 0.0) == plain  # with alpha 0 the policy has no say at all


def test_a_rollout_begins_with_the_best_action_of_the_policy(explorer: Explorer) -> None:
    tracker = Tracker(explorer, Objective(), budget=1, seed=1, length=6)
    guided_agent = Fixed(PUBLISHED.index("resub"), 0.4)
    with contextlib.suppress(BudgetSpent):
        guided(tracker, guided_agent, 1.0)
    assert tracker.scored[0].recipe.steps[:2] == ("resub", "resub")  # the leaf, and the first of its rollout


def test_rollouts_may_be_drawn_from_the_policy(explorer: Explorer) -> None:
    agent = Fixed(PUBLISHED.index("rewrite -z"), 0.94)
    shares = []
    for drawn in (True, False):
        tracker = Tracker(explorer, Objective(), budget=12, seed=1, length=6)
        with contextlib.suppress(BudgetSpent):
            guided(tracker, agent, 0.01, drawn=drawn)
        steps = [step for entry in tracker.scored for step in entry.recipe.steps[2:]]
        shares.append(steps.count("rewrite -z") / len(steps))
    assert shares[0] > 0.6 > 0.4 > shares[1]


def test_the_same_seed_gives_the_same_search_and_another_another(explorer: Explorer) -> None:
    first, again, other = (searched(explorer, 0.6, seed=seed) for seed in (3, 3, 4))
    assert [e.recipe for e in first.scored] == [e.recipe for e in again.scored]
    assert [e.recipe for e in first.scored] != [e.recipe for e in other.scored]


def test_wider_actions_are_narrowed_to_what_the_agent_knows(explorer: Explorer) -> None:
    tracker = Tracker(explorer, Objective(), budget=5, actions=("dc2", "balance", "rewrite"), length=4)
    with contextlib.suppress(BudgetSpent):
        strategy("abcrl-fixed")(tracker)
    assert {step for entry in tracker.scored for step in entry.recipe.steps} <= {"balance", "rewrite"}
    assert "the agent knows 2 of 3 actions" in tracker.notes[0]
    with pytest.raises(UsageError, match="does not know the command 'dc2'"):
        strategy("abcrl")(Tracker(explorer, Objective(), budget=5, actions=("dc2",)))
