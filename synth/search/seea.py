"""SeeA*: best-first search over beginnings of recipes, where the best of a sampled few is expanded, not the best of all.

Every open prefix has f = g + h with g = 0 (no step costs anything) and h the trained value: it sees the circuit as it is
given and the actions, no result. An expansion opens the seven prefixes that are one action longer; those of full length
are scored, which is what the budget pays for. Which prefixes may be expanded is drawn anew each time:

    cluster  5 clusters of the network's last features; 2 of each at random     center += 0.2 (features - center)
    uniform  5 at random
    uct      the 5 with the largest  normalised f + 1.38 sqrt(deepest) / (1 + depth)

The best f of those is expanded. ``seea`` samples by clusters, ``seea-uniform`` and ``seea-uct`` as they are called.
``seea-rollout`` is not published: it samples as ``seea-uct``, and each expansion scores one recipe, the best prefix
that it opened, filled up with actions drawn from the policy. A budget of 100 is then 100 expansions.

Source: SeeA* (NeurIPS 2024) and its code; its runs score 1,536 recipes, ours as many as the budget says. Try:
``rtlgen synth circuit.aig --lut 6 --recipe-search --strategy seea --actions published``
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rtlgen.synth.agent.shipped import Agent, needed, numbered
from rtlgen.synth.search.abcrl import completed, narrowed
from rtlgen.synth.search.tracker import Tracker

CANDIDATES = 5
CLUSTERS, PER_CLUSTER, RATE = 5, 2, 0.2
DEPTH_WEIGHT = 1.38
IDLE = 400
"""Expansions of full length in a row without a new score, after which the search ends."""
OPEN = 20_000
"""Most open prefixes; the worst are dropped beyond."""


@dataclass
class Prefix:
    """An open beginning of a recipe."""

    steps: tuple[str, ...]
    f: float
    features: NDArray[np.float32]


@dataclass
class Frontier:
    """The open prefixes of one search, and what a sampler keeps about them."""

    tracker: Tracker
    open: list[Prefix] = field(default_factory=list)
    groups: list[list[Prefix]] = field(default_factory=lambda: [[] for _ in range(CLUSTERS)])
    centers: NDArray[np.float32] | None = None
    low: float = math.inf
    high: float = -math.inf

    def add(self, prefix: Prefix) -> None:
        """Open a prefix."""
        self.low, self.high = min(self.low, prefix.f), max(self.high, prefix.f)
        self.open.append(prefix)
        if self.centers is None:
            chance = self.tracker.random
            rows = [[chance.random() for _ in prefix.features] for _ in range(CLUSTERS)]
            self.centers = np.array(rows, np.float32)
        group = int(np.argmin(np.linalg.norm(self.centers - prefix.features, axis=1)))
        self.centers[group] += RATE * (prefix.features - self.centers[group])
        self.groups[group].append(prefix)

    def take(self, prefix: Prefix) -> None:
        """Close a prefix, because it is expanded."""
        self.open = [other for other in self.open if other is not prefix]
        self.groups = [[other for other in group if other is not prefix] for group in self.groups]

    def trim(self) -> None:
        """Drop the worst half when there are too many."""
        if len(self.open) > OPEN:
            kept = sorted(self.open, key=lambda prefix: -prefix.f)[: OPEN // 2]
            names = {id(prefix) for prefix in kept}
            self.open = kept
            self.groups = [[prefix for prefix in group if id(prefix) in names] for group in self.groups]


Sampler = Callable[[Frontier], list[Prefix]]


def by_cluster(frontier: Frontier) -> list[Prefix]:
    """Two at random of each cluster (all of a smaller one)."""
    chance = frontier.tracker.random
    chosen: list[Prefix] = []
    for group in frontier.groups:
        chosen += group if len(group) <= PER_CLUSTER else chance.sample(group, PER_CLUSTER)
    return chosen


def uniformly(frontier: Frontier) -> list[Prefix]:
    """Five at random."""
    count = min(CANDIDATES, len(frontier.open))
    return frontier.tracker.random.sample(frontier.open, count)


def by_bound(frontier: Frontier) -> list[Prefix]:
    """The five with the largest bound, which favours short prefixes; the first of equals."""
    deepest = max(len(prefix.steps) for prefix in frontier.open)
    span = frontier.high - frontier.low

    def bound(prefix: Prefix) -> float:
        share = (prefix.f - frontier.low) / span if span > 0 else prefix.f
        return share + DEPTH_WEIGHT * math.sqrt(deepest) / (1 + len(prefix.steps))

    return sorted(frontier.open, key=lambda prefix: -bound(prefix))[:CANDIDATES]


def run(tracker: Tracker) -> None:
    """Search with candidates sampled by clusters until the budget is spent."""
    search(tracker, needed(), by_cluster)


def run_uniform(tracker: Tracker) -> None:
    """Search with candidates sampled uniformly."""
    search(tracker, needed(), uniformly)


def run_bound(tracker: Tracker) -> None:
    """Search with candidates of the largest bound."""
    search(tracker, needed(), by_bound)


def run_rollout(tracker: Tracker) -> None:
    """Search with candidates of the largest bound and one rollout an expansion."""
    search(tracker, needed(), by_bound, rollouts=True)


VARIANTS: dict[str, Callable[[Tracker], None]] = {
    "uniform": run_uniform,
    "uct": run_bound,
    "rollout": run_rollout,
}
"""Name behind ``seea-`` -> strategy."""


def search(tracker: Tracker, agent: Agent, sampler: Sampler, *, rollouts: bool = False) -> None:
    """Expand prefixes until the budget is spent, none is open, or nothing new was scored for long.

    With `rollouts` an expansion scores the best prefix that it opened, filled up with actions drawn from the policy.
    """
    numbers = numbered(narrowed(tracker))
    embedding = agent.embed(tracker.explorer.circuit)
    frontier = Frontier(tracker)

    def opened(steps: tuple[str, ...]) -> Prefix:
        f, features = agent.judged(embedding, steps)
        prefix = Prefix(steps, f, features)
        if len(steps) < tracker.length:
            frontier.add(prefix)
        return prefix

    def policy(steps: Sequence[str]) -> list[float]:
        whole = agent.policy(embedding, steps)
        return [float(whole[number]) for number in numbers]

    opened(())
    idle = 0
    while frontier.open and idle < IDLE:
        best = max(sampler(frontier), key=lambda prefix: prefix.f)
        frontier.take(best)
        longer = [opened((*best.steps, action)) for action in tracker.actions]
        frontier.trim()
        spent = tracker.spent
        if rollouts:
            first = max(longer, key=lambda prefix: prefix.f)
            tracker.value(completed(first.steps, policy, tracker))
        elif len(longer[0].steps) == tracker.length:
            tracker.values([prefix.steps for prefix in longer])
        else:
            continue
        idle = 0 if tracker.spent > spent else idle + 1
