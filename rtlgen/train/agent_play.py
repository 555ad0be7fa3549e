"""Self-play of the recipe agent: tree search on a training circuit with the policy as prior, and what it teaches.

An episode walks down from the empty recipe: at each depth so many simulations below the current root, whose prior is
mixed with Dirichlet noise (0.15 of concentration 0.03); then the most visited action becomes the next root. It teaches
the policy the shares of visits at each depth, and the value the mean reward below the root that followed. As published,
but for the number of simulations (`SIMULATIONS`): a sixteenth of the published 512, 256, 128, 128, 128, 128, 64 ...

Every recipe that was scored on the way is a record, too, and those are not random ones.

Source: arXiv 2401.12205 and its code. Try: ``rtlgen train agent --help``
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtlgen.core.scratch import scratch
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.qor import Objective
from rtlgen.synth.search.mcts import Node, rolled_out, simulate
from rtlgen.synth.search.tracker import Tracker

if TYPE_CHECKING:
    from rtlgen.synth.agent.shipped import Agent
    from rtlgen.synth.circuit import Circuit
    from rtlgen.synth.library import Library

SIMULATIONS = (32, 16, 8, 8, 8, 8, 4, 4, 4, 4)
NOISE, CONCENTRATION = 0.15, 0.03
PLENTY = 1_000_000


@dataclass(frozen=True)
class Episode:
    """One walk down the tree of a circuit. Actions are numbers of the published ones."""

    circuit: str
    recipe: tuple[int, ...]
    visits: tuple[tuple[float, ...], ...]
    """At each depth the shares of visits of the seven actions."""
    returns: tuple[float, ...]
    """At each depth the mean reward below the action that was taken."""
    scored: tuple[tuple[tuple[int, ...], float, float], ...]
    """Every recipe that was scored, with area and delay."""


def play(circuit: Circuit, target: Library, agent: Agent, seed: int) -> Episode:
    """One episode on `circuit` with the policy of `agent`; the same for the same seed."""
    embedding = agent.embed(circuit)

    def prior(steps: Sequence[str]) -> list[float]:
        return [float(share) for share in agent.policy(embedding, steps)]

    with scratch() as work, Explorer(circuit, target, work) as explorer:
        tracker = Tracker(explorer, Objective(), budget=PLENTY, seed=seed)

        def rollout(steps: Sequence[str]) -> Sequence[str]:
            if len(steps) == tracker.length:
                return steps
            shares = prior(steps)
            return rolled_out((*steps, tracker.actions[shares.index(max(shares))]), tracker)

        recipe, visits, returns = [], [], []
        root = Node((), prior(()))
        for simulations in SIMULATIONS:
            root.priors = _noisy(root.priors, tracker.random)
            for _ in range(simulations):
                simulate(root, tracker, prior, rollout)
            shares = _shares(root, len(tracker.actions))
            taken = shares.index(max(shares))
            visits.append(tuple(shares))
            recipe.append(taken)
            root = root.children[taken]
            returns.append(root.total / root.visits)
        number = {command: place for place, command in enumerate(tracker.actions)}
        scored = tuple(
            (tuple(number[step] for step in entry.recipe.steps), entry.qor.area, entry.qor.delay)
            for entry in tracker.scored
        )
    return Episode(circuit.name, tuple(recipe), tuple(visits), tuple(returns), scored)


def _noisy(priors: Sequence[float], chance: random.Random) -> list[float]:
    drawn = [chance.gammavariate(CONCENTRATION, 1.0) for _ in priors]
    total = math.fsum(drawn) or 1.0
    return [(1 - NOISE) * prior + NOISE * share / total for prior, share in zip(priors, drawn, strict=True)]


def _shares(root: Node, actions: int) -> list[float]:
    visits = [root.children[action].visits if action in root.children else 0 for action in range(actions)]
    total = sum(visits)
    return [count / total for count in visits]
