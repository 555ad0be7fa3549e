"""ABC-RL: tree search with the trained policy as prior, trusted as far as the nearest training circuit is near.

    delta = least cosine distance between the embeddings of this circuit and of the training circuits
    alpha = 1 - 1 / (1 + exp(-100 (delta - 0.007))),   prior = policy^alpha, not normalised again
    select by  M / (1 + N) + 1.38 sqrt(1 + N_parent) prior / (1 + N)

A leaf is worth one rollout: the policy's best action, then uniform random ones to full length; one iteration is one
scored recipe. The tree is that of `mcts`. Nothing of a recipe's result but its score is looked at. ``abcrl-fixed`` is
the ablation: alpha is 0.6 whatever the circuit. ``abcrl-policy`` is not published: alpha is 0.6, and rollouts are drawn
from the policy to their end.

Source: arXiv 2401.12205 and its code, with its constants. Try:
``rtlgen synth circuit.aig --lut 6 --recipe-search --strategy abcrl --actions published``
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rtlgen.synth.agent.shipped import ACTIONS, Agent, needed, numbered
from rtlgen.synth.search.mcts import rolled_out, search
from rtlgen.synth.search.tracker import Tracker

TEMPERATURE, THRESHOLD = 100.0, 0.007
FIXED_ALPHA = 0.6


def run(tracker: Tracker) -> None:
    """Search with alpha from the nearest training circuit until the budget is spent."""
    agent = needed()
    embedding = agent.embed(tracker.explorer.circuit)
    name, distance = agent.nearest(embedding)
    alpha = alpha_of(distance)
    tracker.notes.append(
        f"abcrl: nearest training circuit {name}, distance {distance:.4f}, alpha {alpha:.3f}"
    )
    guided(tracker, agent, alpha)


def run_fixed(tracker: Tracker) -> None:
    """Search with one alpha for every circuit."""
    guided(tracker, needed(), FIXED_ALPHA)


def run_policy(tracker: Tracker) -> None:
    """Search with one alpha and rollouts that are drawn from the policy."""
    guided(tracker, needed(), FIXED_ALPHA, drawn=True)


VARIANTS: dict[str, Callable[[Tracker], None]] = {"fixed": run_fixed, "policy": run_policy}
"""Name behind ``abcrl-`` -> strategy."""


def narrowed(tracker: Tracker) -> tuple[str, ...]:
    """Take from the search the actions that the agent does not know; returns those that are left.

    Raises UsageError when it knows none of them.
    """
    known = tuple(action for action in tracker.actions if action in ACTIONS)
    if not known:
        numbered(tracker.actions)
    if len(known) < len(tracker.actions):
        tracker.notes.append(
            f"the agent knows {len(known)} of {len(tracker.actions)} actions; only those are used"
        )
        tracker.actions = known
    return known


def alpha_of(distance: float) -> float:
    """How far the policy is trusted, 0 to 1, at a cosine distance (0.668 at most, 0.5 at the threshold)."""
    power = TEMPERATURE * (distance - THRESHOLD)
    return 1.0 - 1.0 / (1.0 + math.exp(-power)) if power > -700 else 1.0


def guided(tracker: Tracker, agent: Agent, alpha: float, *, drawn: bool = False) -> None:
    """Search with ``policy^alpha`` as prior; with alpha 0 the policy has no say at all, in rollouts neither.

    Rollouts begin with the policy's best action and go on at random, or with `drawn` are drawn from the policy.
    """
    numbers = numbered(narrowed(tracker))
    embedding = agent.embed(tracker.explorer.circuit)

    def policy(steps: Sequence[str]) -> list[float]:
        whole = agent.policy(embedding, steps)
        return [float(whole[number]) for number in numbers]

    def prior(steps: Sequence[str]) -> list[float]:
        return [chance**alpha for chance in policy(steps)]

    def rollout(steps: Sequence[str]) -> Sequence[str]:
        if drawn:
            return completed(steps, policy, tracker)
        if len(steps) == tracker.length:
            return steps
        chances = policy(steps)
        return rolled_out((*steps, tracker.actions[chances.index(max(chances))]), tracker)

    search(tracker, prior, rollout if alpha > 0 else None)


def completed(
    steps: Sequence[str], policy: Callable[[Sequence[str]], Sequence[float]], tracker: Tracker
) -> tuple[str, ...]:
    """`steps` filled up to full length with actions drawn from `policy`."""
    whole = tuple(steps)
    while len(whole) < tracker.length:
        whole = (*whole, *tracker.random.choices(tracker.actions, policy(whole)))
    return whole
