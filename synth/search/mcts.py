"""Monte Carlo tree search without a prior, as in ABC-RL with a uniform policy.

Select by ``M / (1 + N) + c sqrt(1 + N_parent) p / (1 + N)``, with p uniform; a new leaf is worth one rollout of uniform
random actions to full length, which is one scored recipe; its reward is backed up as a mean. The best recipe seen is the
answer. Source: ABC-RL (arXiv 2401.12205) and its published code, which has the constants.

Try: ``rtlgen synth circuit.aig --lut 6 --recipe-search --strategy mcts``
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rtlgen.synth.search.tracker import Tracker

EXPLORATION = 1.38
IDLE = 400
"""Iterations in a row without a new score, after which the tree is exhausted."""

Prior = Callable[[Sequence[str]], Sequence[float]]
Rollout = Callable[[Sequence[str]], Sequence[str]]
"""Fills the prefix of a leaf up to full length."""


@dataclass
class Node:
    """A prefix of a recipe: visits, the sum of its rewards, the priors of its actions, and its children."""

    steps: tuple[str, ...]
    priors: Sequence[float]
    visits: int = 0
    total: float = 0.0
    children: dict[int, Node] = field(default_factory=dict)


def run(tracker: Tracker) -> None:
    """Search with a uniform prior until the budget is spent."""
    uniform = [1.0 / len(tracker.actions)] * len(tracker.actions)
    search(tracker, lambda _: uniform)


def search(tracker: Tracker, prior: Prior, rollout: Rollout | None = None) -> None:
    """Search with the prior that `prior` gives for a prefix, one number an action; uniform rollouts by default."""
    root = Node((), prior(()))
    idle = 0
    while idle < IDLE:
        spent = tracker.spent
        simulate(root, tracker, prior, rollout)
        idle = 0 if tracker.spent > spent else idle + 1


def simulate(root: Node, tracker: Tracker, prior: Prior, rollout: Rollout | None = None) -> float:
    """One iteration below `root`: select, add a leaf, score one rollout, back its reward up; returns the reward."""
    path = [root]
    while len(path[-1].steps) < tracker.length:
        node = path[-1]
        action = chosen(node, len(tracker.actions))
        fresh = action not in node.children
        if fresh:
            steps = (*node.steps, tracker.actions[action])
            node.children[action] = Node(steps, prior(steps))
        path.append(node.children[action])
        if fresh:
            break
    leaf = path[-1].steps
    reward = tracker.reward(rolled_out(leaf, tracker) if rollout is None else rollout(leaf))
    for node in path:
        node.visits += 1
        node.total += reward
    return reward


def chosen(node: Node, actions: int) -> int:
    """The action with the highest upper bound, the first of equals."""
    scale = EXPLORATION * math.sqrt(1 + node.visits)

    def bound(action: int) -> float:
        child = node.children.get(action)
        visits, total = (child.visits, child.total) if child is not None else (0, 0.0)
        mean = total / visits if visits else 0.0
        return visits * mean / (1 + visits) + scale * node.priors[action] / (1 + visits)

    return max(range(actions), key=lambda action: (bound(action), -action))


def rolled_out(steps: Sequence[str], tracker: Tracker) -> list[str]:
    """`steps` filled up to full length with uniform random actions."""
    missing = tracker.length - len(steps)
    return [*steps, *(tracker.random.choice(tracker.actions) for _ in range(missing))]
