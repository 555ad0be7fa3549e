"""A guess at the value of a recipe from its AIG and its tail: a Gaussian process over pairs.

The logarithm of the value against the baseline's is: what the tail usually does, plus a linear function of the logarithms
of nodes and levels, plus a part that AIGs with many gates in common share, a part that like tails share, and a part that
only like tails on like AIGs share (the product of both kernels), plus noise. The likeness of AIGs is that of
`rtlgen.synth.search.structure`: ``exp(-Jaccard distance / scale)``. The weights of the parts are those of the highest
marginal likelihood on a small grid, so that a circuit on which tails matter more than structure is learned as such.

Source: Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), 2.2, 4.2.4 (products and sums of
kernels), 5.4. Try: ``pytest tests/synth/search/test_wide.py``
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rtlgen.synth.search.structure import BITS, Structure
from rtlgen.synth.search.surrogate import Prior

Floats = NDArray[np.float64]
SCALES = (0.3, 0.8)
"""Length scales that are tried, in Jaccard distance."""
STATE, TAIL, BOTH = (0.05, 0.12), (0.08, 0.2), (0.05, 0.12)
"""Standard deviations that are tried for the three parts, in logarithms of the value."""
NOISE = 0.02
"""Standard deviation of what neither AIG nor tail explains."""
OFFSET = 0.5
"""Standard deviation of the constant."""


class Guess:
    """AIGs are added in any number, pairs (AIG, tail) scored one by one. Not for several threads."""

    def __init__(self, prior: Prior, root: Structure, tails: Floats, likeness: Floats) -> None:
        """`tails`: the usual effect of each tail [T]; `likeness`: of each two tails [T, T]."""
        self._prior = prior
        self._spread = np.array(prior.spread) ** 2
        self._origin = _size(root)
        self._tails = tails
        self._likeness = likeness
        self._sizes = np.zeros((0, 2))
        self._gates: list[NDArray[np.int32]] = []
        self._distance = np.zeros((0, 0))
        self._columns: list[int] = []
        self.pairs: list[tuple[int, int]] = []
        """Scored (AIG, tail)."""
        self.values: list[float] = []
        self._chosen = (0.8, 0.05, 0.2, 0.05)

    def __len__(self) -> int:
        return len(self._gates)

    def add(self, structures: Sequence[Structure]) -> None:
        """AIGs, numbered on from the last."""
        if not structures:
            return
        new = [each.gates for each in structures]
        self._sizes = np.concatenate([self._sizes, [_size(each) - self._origin for each in structures]])
        rows = np.zeros((len(new), len(self._columns)))
        for at, number in enumerate(self._columns):
            rows[:, at] = distances(self._gates[number], new)
        self._distance = np.concatenate([self._distance, rows])
        self._gates.extend(new)

    def score(self, state: int, tail: int, value: float) -> None:
        """The pair has `value`: the logarithm of its value against the baseline's."""
        if state not in self._columns:
            column = distances(self._gates[state], self._gates)
            self._distance = np.concatenate([self._distance, column[:, None]], axis=1)
            self._columns.append(state)
        self.pairs.append((state, tail))
        self.values.append(value)

    def fit(self) -> None:
        """Choose the scale and the weights by the marginal likelihood of what was scored."""
        if len(self.values) < 6:
            return
        rest = self._rest()
        states, tails = self._numbers()
        near = self._distance[states][:, [self._columns.index(state) for state in states]]
        like = self._likeness[np.ix_(tails, tails)]
        fixed = self._linear(states) + NOISE**2 * np.eye(len(rest))
        best = -math.inf
        for scale in SCALES:
            shared = np.exp(-near / scale)
            for state, tail, both in itertools.product(STATE, TAIL, BOTH):
                kernel = fixed + state**2 * shared + tail**2 * like + both**2 * shared * like
                factor = np.linalg.cholesky(kernel)
                half = np.linalg.solve(factor, rest)
                likelihood = -0.5 * float(half @ half) - float(np.log(np.diag(factor)).sum())
                if likelihood > best + 1e-9:
                    best, self._chosen = likelihood, (scale, state, tail, both)

    def means(self) -> Floats:
        """The expected value of every pair [AIGs, T]."""
        usual: Floats = (self._sizes @ self._weights)[:, None] + self._tails[None, :]
        if not self.values:
            return usual
        scale, state, tail, both = self._chosen
        weight = np.linalg.solve(self._among(), self._rest())
        shared, like = self._shared(scale), self._likes()
        linear = (self._sizes * self._spread) @ self._sizes[self._numbers()[0]].T + OFFSET**2
        alone = (state**2 * shared + linear) @ weight
        found: Floats = (
            usual + alone[:, None] + (tail**2 * like @ weight)[None, :] + both**2 * (shared * weight) @ like.T
        )
        return found

    def spreads(self, pairs: Sequence[tuple[int, int]]) -> Floats:
        """The standard deviation of some pairs."""
        scale, state, tail, both = self._chosen
        own = state**2 + tail**2 + both**2 + OFFSET**2 + NOISE**2
        at, kind = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
        variance = own + (self._sizes[at] ** 2 * self._spread).sum(axis=1)
        if self.values:
            shared, like = self._shared(scale)[at], self._likes()[kind]
            across = state**2 * shared + tail**2 * like + both**2 * shared * like + OFFSET**2
            across += (self._sizes[at] * self._spread) @ self._sizes[self._numbers()[0]].T
            variance = variance - np.einsum("ij,ji->i", across, np.linalg.solve(self._among(), across.T))
        found: Floats = np.sqrt(np.maximum(variance, 1e-8))
        return found

    @property
    def _weights(self) -> Floats:
        return np.array([self._prior.nodes, self._prior.levels])

    def _numbers(self) -> tuple[list[int], list[int]]:
        return [pair[0] for pair in self.pairs], [pair[1] for pair in self.pairs]

    def _shared(self, scale: float) -> Floats:
        columns = [self._columns.index(state) for state, _ in self.pairs]
        shared: Floats = np.exp(-self._distance / scale)[:, columns]
        return shared

    def _likes(self) -> Floats:
        likes: Floats = self._likeness[:, [tail for _, tail in self.pairs]]
        return likes

    def _linear(self, states: list[int]) -> Floats:
        sizes = self._sizes[states]
        linear: Floats = (sizes * self._spread) @ sizes.T + OFFSET**2
        return linear

    def _among(self) -> Floats:
        scale, state, tail, both = self._chosen
        states, tails = self._numbers()
        shared, like = self._shared(scale)[states], self._likeness[np.ix_(tails, tails)]
        among: Floats = (
            state**2 * shared + tail**2 * like + both**2 * shared * like + self._linear(states)
        ) + NOISE**2 * np.eye(len(states))
        return among

    def _rest(self) -> Floats:
        states, tails = self._numbers()
        rest: Floats = np.array(self.values) - self._sizes[states] @ self._weights - self._tails[tails]
        return rest


def _size(structure: Structure) -> Floats:
    return np.log([max(1.0, structure.nodes), max(1.0, structure.levels)])


def distances(gates: NDArray[np.int32], others: Sequence[NDArray[np.int32]]) -> Floats:
    """Jaccard distances of one set of gates to others."""
    marked = np.zeros(1 << BITS, bool)
    marked[gates] = True
    common = np.array([float(marked[each].sum()) for each in others])
    sizes = np.array([float(len(each)) for each in others])
    apart: Floats = 1.0 - common / np.maximum(1.0, sizes + len(gates) - common)
    return apart
