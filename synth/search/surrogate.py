"""A guess at the value of a state before it is mapped: a Gaussian process over sizes and shared gates.

The logarithm of the value (relative to resyn2) is a linear function of the logarithms of nodes and levels, plus a part
that AIGs with many gates in common share (a Laplacian kernel on the Jaccard distance of their gates), plus noise that no
structure explains. What training circuits taught is the mean of the linear part's weights (`Prior`), so that the first
guesses, before anything is scored, are good ones; the circuit's own scores correct it. Length scale, amplitude and noise
are those of the highest marginal likelihood on a small grid.

Source: Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), 2.2, 2.7, 5.4; for recipes with a kernel
on sequences BOiLS (arXiv 2111.06178); the kernel on the AIGs' gates is ours.
Try: ``pytest tests/synth/search/test_surrogate.py``
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtlgen.synth.search.structure import BITS, Structure

SCALES = (0.2, 0.4, 0.8, 1.6)
"""Length scales that are tried, in Jaccard distance."""
AMPLITUDES = (0.05, 0.1, 0.2)
"""Standard deviations of the structural part that are tried, in logarithms of the value."""
NOISES = (0.05, 0.2, 0.5)
"""Variances of the noise that are tried, as shares of the structural part's."""
OFFSET = 4.0
"""Variance of the constant, as a multiple of the structural part's."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Prior:
    """Exponents of nodes and levels in the value, and their standard deviations between circuits."""

    nodes: float = 1.0
    levels: float = 0.3
    spread: tuple[float, float] = (0.5, 0.5)


class Surrogate:
    """Candidates are added in any number, then scored one by one; both stay. Not for several threads."""

    def __init__(self, prior: Prior, root: Structure) -> None:
        self._weights = np.array([prior.nodes, prior.levels])
        self._spread = np.array(prior.spread)
        self._origin = _size(root)
        self._sizes = np.zeros((0, 2))
        self._chunks: list[tuple[NDArray[np.int32], NDArray[np.int64], Floats]] = []
        self._gates: list[NDArray[np.int32]] = []
        self._scored: list[int] = []
        self._values: list[float] = []
        self._distance = np.zeros((0, 0))
        self._chosen = (0.4, 0.1, 0.2)

    def __len__(self) -> int:
        return len(self._gates)

    def add(self, structures: Sequence[Structure]) -> None:
        """Candidates, numbered on from the last."""
        if not structures:
            return
        sizes = np.array([_size(each) for each in structures]) - self._origin
        self._sizes = np.concatenate([self._sizes, sizes])
        gates = [each.gates for each in structures]
        counts = np.array([len(each) for each in gates])
        starts = np.concatenate(([0], np.cumsum(counts + 1)[:-1]))
        padded = np.concatenate([np.append(each, np.int32(1 << BITS)) for each in gates])
        self._chunks.append((padded, starts, counts.astype(float)))
        self._gates.extend(gates)
        rows = np.zeros((len(gates), len(self._scored)))
        for column, number in enumerate(self._scored):
            rows[:, column] = _distances(self._gates[number], self._chunks[-1:])
        self._distance = np.concatenate([self._distance, rows])

    def score(self, number: int, value: float) -> None:
        """Candidate `number` has `value`: the logarithm of its value against resyn2's."""
        column = _distances(self._gates[number], self._chunks)
        self._distance = np.concatenate([self._distance, column[:, None]], axis=1)
        self._scored.append(number)
        self._values.append(value)

    def fit(self) -> None:
        """Choose length scale, amplitude and noise by the marginal likelihood of what was scored.

        Nothing is chosen before four scores; behind a hundred every twentieth changes enough to choose again.
        """
        count = len(self._values)
        if count < 4 or (count > 100 and count % 20):
            return
        rest, sizes = self._rest(), self._sizes[self._scored]
        linear = (sizes * self._spread**2) @ sizes.T
        best = -math.inf
        for scale in SCALES:
            shared = np.exp(-self._distance[self._scored] / scale) + OFFSET
            for noise in NOISES:
                for amplitude in AMPLITUDES:
                    kernel = amplitude**2 * (shared + noise * np.eye(len(rest))) + linear
                    factor = np.linalg.cholesky(kernel)
                    half = np.linalg.solve(factor, rest)
                    likelihood = -0.5 * float(half @ half) - float(np.log(np.diag(factor)).sum())
                    if likelihood > best + 1e-9:
                        best, self._chosen = likelihood, (scale, amplitude, noise)

    def guess(self) -> tuple[Floats, Floats]:
        """(mean, standard deviation) of every candidate, scored ones too."""
        scale, amplitude, noise = self._chosen
        mean = self._sizes @ self._weights
        own = amplitude**2 * (1 + OFFSET) + (self._sizes**2 * self._spread**2).sum(axis=1)
        if self._scored:
            across = amplitude**2 * (np.exp(-self._distance / scale) + OFFSET)
            across += (self._sizes * self._spread**2) @ self._sizes[self._scored].T
            among = across[self._scored] + amplitude**2 * noise * np.eye(len(self._scored))
            gain = np.linalg.solve(among, across.T)
            mean = mean + gain.T @ self._rest()
            own = own - np.einsum("ij,ji->i", across, gain)
        return mean, np.sqrt(np.maximum(own, 1e-12) + amplitude**2 * noise)

    def nearest(self) -> Floats:
        """The distance of every candidate to the nearest scored one; 1 when nothing is scored."""
        if not self._scored:
            return np.ones(len(self))
        nearest: Floats = self._distance.min(axis=1)
        return nearest

    def _rest(self) -> Floats:
        rest: Floats = np.array(self._values) - self._sizes[self._scored] @ self._weights
        return rest


def _size(structure: Structure) -> Floats:
    return np.log([max(1.0, structure.nodes), max(1.0, structure.levels)])


def _distances(
    gates: NDArray[np.int32], chunks: Sequence[tuple[NDArray[np.int32], NDArray[np.int64], Floats]]
) -> Floats:
    """Jaccard distances of one set of gates to those in `chunks`."""
    marked = np.zeros((1 << BITS) + 1, np.int32)
    marked[gates] = 1
    out = []
    for padded, starts, counts in chunks:
        common = np.add.reduceat(marked[padded], starts)
        out.append(1.0 - common / np.maximum(1.0, counts + len(gates) - common))
    joined: Floats = np.concatenate(out)
    return joined
