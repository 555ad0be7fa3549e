"""What recipes have in common on all circuits: a linear model of their standing, and the recipes that it draws.

    s(a_1 .. a_10) = sum_t u[t, a_t] + sum_t v[a_t, a_t+1]            least squares on all circuits' standings, ridge
    p(a) ~ exp(s(a) / tau),   pi(a_t | a_<t) and the mean of s behind a prefix by dynamic programming, exactly

On circuits that it has not seen this small model orders recipes better than a network fitted to the same records, which
learns their noise (docs/algorithms/abcrl.md). So networks are fitted to what it says of fresh recipes as well.

Try: ``rtlgen train agent --help``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtlgen.train.agent_records import Judged

    Floats = NDArray[np.float64]

ACTIONS = 7
RIDGE = 300.0


@dataclass(frozen=True)
class Pooled:
    """The model: `single` (t, 7) and `pair` (7, 7), in deviations of a circuit's recipes."""

    single: Floats
    pair: Floats

    def scores(self, recipes: NDArray[np.int64]) -> Floats:
        """s (n,) of recipes (n, t)."""
        places = np.arange(recipes.shape[1])
        pairs = self.pair[recipes[:, :-1], recipes[:, 1:]].sum(1)
        return np.asarray(self.single[places, recipes].sum(1) + pairs)

    def policy(self, tau: float) -> Floats:
        """(t, 8, 7): the distribution of the action at a place, by the action before it (7: none)."""
        return np.exp(self._backward(tau)[0])

    def values(self, recipes: NDArray[np.int64]) -> Floats:
        """(n, t + 1): the mean of s over uniform random completions of each prefix."""
        _, ahead = self._backward(None)
        length = recipes.shape[1]
        total = np.zeros((len(recipes), length + 1))
        so_far = np.zeros(len(recipes))
        before = np.full(len(recipes), ACTIONS)
        total[:, 0] = ahead[0, before]
        for place in range(length):
            action = recipes[:, place]
            so_far += self._gain(place)[before, action]
            before = action
            total[:, place + 1] = so_far + (ahead[place + 1, before] if place + 1 < length else 0)
        return total

    def drawn(self, count: int, tau: float, chance: np.random.Generator) -> NDArray[np.int64]:
        """`count` recipes of p."""
        policy = self.policy(tau)
        before = np.full(count, ACTIONS)
        recipes = np.zeros((count, len(policy)), np.int64)
        for place, table in enumerate(policy):
            limits = table[before].cumsum(1)
            before = (chance.random((count, 1)) > limits).sum(1).clip(0, ACTIONS - 1)
            recipes[:, place] = before
        return recipes

    def _gain(self, place: int) -> Floats:
        """(8, 7) what an action at `place` adds behind the action before it."""
        before = np.vstack([self.pair, np.zeros((1, ACTIONS))]) if place else np.zeros((ACTIONS + 1, ACTIONS))
        return np.asarray(self.single[place] + before)

    def _backward(self, tau: float | None) -> tuple[Floats, Floats]:
        """Log-policy (t, 8, 7), and what lies ahead of a place by the action before it (t, 8): the soft maximum at
        `tau`, or with None the mean."""
        length = len(self.single)
        chances, ahead = np.zeros((length, ACTIONS + 1, ACTIONS)), np.zeros((length, ACTIONS + 1))
        following = np.zeros(ACTIONS)
        for place in reversed(range(length)):
            reached = self._gain(place) + following
            if tau is None:
                ahead[place] = reached.mean(1)
            else:
                top = reached.max(1, keepdims=True)
                ahead[place] = (top + tau * np.log(np.exp((reached - top) / tau).sum(1, keepdims=True)))[:, 0]
                chances[place] = (reached - ahead[place][:, None]) / tau
            following = ahead[place][:ACTIONS]
        return chances, ahead


def pool(standings: Judged) -> Pooled:
    """Fit the model to recipes and standings by circuit; every recipe counts the same, every circuit has mean 0."""
    length = next(iter(standings.values()))[0].shape[1]
    size = length * ACTIONS + ACTIONS * ACTIONS
    gram, right = RIDGE * np.eye(size), np.zeros(size)
    for recipes, z in standings.values():
        if len(z) < 8 or not z.any():
            continue
        x = features(recipes)
        x -= x.mean(0)
        gram += x.T @ x
        right += x.T @ z
    weights: Floats = np.asarray(np.linalg.solve(gram, right), np.float64)
    cut = length * ACTIONS
    return Pooled(weights[:cut].reshape(length, ACTIONS), weights[cut:].reshape(ACTIONS, ACTIONS))


def features(recipes: NDArray[np.int64]) -> Floats:
    """(n, 7 t + 49): which action stands at which place, and how often which follows which."""
    count, length = recipes.shape
    rows = np.arange(count)
    x = np.zeros((count, length * ACTIONS + ACTIONS * ACTIONS))
    for place in range(length):
        x[rows, place * ACTIONS + recipes[:, place]] = 1
    for place in range(length - 1):
        column = length * ACTIONS + recipes[:, place] * ACTIONS + recipes[:, place + 1]
        np.add.at(x, (rows, column), 1)
    return x


def correlation(
    model: Pooled, standings: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float32]]]
) -> float:
    """Mean over circuits of the correlation between s and the standing."""
    found = [
        np.corrcoef(model.scores(recipes), z)[0, 1]
        for recipes, z in standings.values()
        if len(z) > 2 and z.any()
    ]
    return float(np.mean(found)) if found else 0.0
