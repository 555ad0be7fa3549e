"""A trained agent in numpy: the same figures as `rtlgen.synth.agent.network`, without torch.

Importing torch and torch_geometric takes seconds, a judgement of one prefix some 0.1 ms: a search of a hundred recipes
should not wait for them. A test holds the two to each other.

Try: ``rtlgen memory near circuit.aig``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rtlgen.synth.agent.features import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

DECIMALS = 3
ACTIONS = 7
START = ACTIONS
LEAK = 0.01


class Inference:
    """One network. `weights` are the tensors of `AgentNetwork.state_dict` by name."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self._w = {name: np.asarray(value, np.float32) for name, value in weights.items()}
        self._states: dict[tuple[int, ...], Array] = {}

    def embed(self, graph: Graph) -> Array:
        """(64,) embedding of a circuit."""
        w = self._w
        source, target = graph.edges
        degree = 1 + np.bincount(target, minlength=len(graph)).astype(np.float32)
        norm = 1 / np.sqrt(degree)

        def convolved(x: Array, layer: str) -> Array:
            mixed = x @ w[f"{layer}.lin.weight"].T * norm[:, None]  # (n, 32)
            total = mixed.copy()
            for column in range(total.shape[1]):
                total[:, column] += np.bincount(target, mixed[source, column], len(graph))
            return np.asarray(total * norm[:, None] + w[f"{layer}.bias"], np.float32)

        x = np.concatenate([w["types.weight"][graph.kinds], graph.inverted[:, None]], 1)  # (n, 4)
        h = convolved(np.maximum(convolved(x, "conv1"), 0), "conv2")
        return np.round(np.concatenate([h.mean(0), h.max(0)]), DECIMALS)

    def policy(self, embedding: Array, steps: Sequence[int]) -> Array:
        """(7,) probabilities of the next action behind the actions `steps` (0 to 6)."""
        h = _leaky(self._dense("policy1", self._hidden(embedding, steps)))
        logits = self._dense("policy2", h)
        grown = np.exp(logits - logits.max())
        return np.asarray(grown / grown.sum(), np.float32)

    def value(self, embedding: Array, steps: Sequence[int]) -> float:
        """What the prefix `steps` promises, in -1 to 1: larger is better."""
        return self.judged(embedding, steps)[0]

    def judged(self, embedding: Array, steps: Sequence[int]) -> tuple[float, Array]:
        """The value of a prefix, and the features (256,), in 0 to 1, by which SeeA* groups prefixes."""
        before = self._dense("value1", self._hidden(embedding, steps))
        features = _leaky(before)
        value = float(np.tanh(self._dense("value2", features)[0]))
        return value, _sigmoid(features)

    def judge_all(self, embedding: Array, recipes: NDArray[np.int64]) -> tuple[Array, Array]:
        """Values (n,) of whole recipes (n, t), and the log-probabilities (n,) that the policy draws them."""
        w = self._w
        state = np.repeat(self._state(())[None], len(recipes), 0)  # (n, 128)
        chances = np.zeros(len(recipes), np.float32)
        wide = np.repeat(embedding[None], len(recipes), 0)
        for action in recipes.T:
            h = _leaky(self._dense("dense", np.concatenate([wide, state], 1)))
            logits = self._dense("policy2", _leaky(self._dense("policy1", h)))  # (n, 7)
            logits -= logits.max(1, keepdims=True)
            logits -= np.log(np.exp(logits).sum(1, keepdims=True))
            chances += logits[np.arange(len(action)), action]
            state = self._grown(w["actions.weight"][action], state)
        h = _leaky(self._dense("dense", np.concatenate([wide, state], 1)))
        return np.tanh(self._dense("value2", _leaky(self._dense("value1", h))))[:, 0], chances

    def _dense(self, layer: str, x: Array) -> Array:
        return np.asarray(x @ self._w[f"{layer}.weight"].T + self._w[f"{layer}.bias"], np.float32)

    def _hidden(self, embedding: Array, steps: Sequence[int]) -> Array:
        return _leaky(self._dense("dense", np.concatenate([embedding, self._state(tuple(steps))])))

    def _state(self, steps: tuple[int, ...]) -> Array:
        """(128,) state of the GRU behind the start symbol and `steps`; those of prefixes are kept."""
        known = self._states.get(steps)
        if known is not None:
            return known
        size = self._w["recipe.weight_hh_l0"].shape[1]
        before = self._state(steps[:-1]) if steps else np.zeros(size, np.float32)
        after = self._grown(self._w["actions.weight"][steps[-1] if steps else START], before)
        if len(self._states) > 100_000:
            self._states.clear()
        self._states[steps] = after
        return after

    def _grown(self, x: Array, before: Array) -> Array:
        """The GRU's state (..., 128) behind one more action, whose vector is x (..., 16)."""
        w = self._w
        size = before.shape[-1]
        a = x @ w["recipe.weight_ih_l0"].T + w["recipe.bias_ih_l0"]
        b = before @ w["recipe.weight_hh_l0"].T + w["recipe.bias_hh_l0"]
        reset = _sigmoid(a[..., :size] + b[..., :size])
        update = _sigmoid(a[..., size : 2 * size] + b[..., size : 2 * size])
        new = np.tanh(a[..., 2 * size :] + reset * b[..., 2 * size :])
        return np.asarray((1 - update) * new + update * before, np.float32)


def _leaky(x: Array) -> Array:
    return np.where(x > 0, x, LEAK * x)


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)), np.float32)
