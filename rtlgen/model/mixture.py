"""How much of the next-token distribution is copied from the repository: the weight of the copy distribution.

    p(t) = (1 - w) p_model(t) + w p_copy(t)

`w` comes from a small network over what the match and the model say of the place (a gate), or, in files of the first
version, from a table by the length of the match. Either way p sums to one, since both parts do. The gate sees nothing of
the token to come. It looks nothing up (`rtlgen.retrieval.ngrams` does) and is fitted by `rtlgen.train.mixture`.

Source: a mixture of a model with copied continuations as in kNN-LM (Khandelwal et al., arXiv 1911.00172), the weight by
place as in adaptive retrieval (He et al., arXiv 2109.04212).

Try: ``python -m json.tool rtlgen/assets/model/mixture.json``
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rtlgen.core.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from rtlgen.retrieval.ngrams import Followers

GATE_FEATURES = (
    "length",
    "length_short",
    "length_long",
    "total",
    "distinct",
    "single",
    "top",
    "own_best",
    "own_of_top",
    "agreed",
)
"""What a gate sees, in this order; `gate_features` says how each is made."""


class CopySource(Protocol):
    """What the decoder asks of a continuation index (`rtlgen.retrieval.ngrams.TokenIndex`)."""

    def look(self, tokens: Sequence[int]) -> Followers:
        """What followed the longest contexts of the end of `tokens`."""
        ...

    def draft(self, tokens: Sequence[int], k: int) -> list[int]:
        """At most `k` tokens that followed the longest match."""
        ...


def gate_features(
    length: ArrayLike,
    total: ArrayLike,
    distinct: ArrayLike,
    top: ArrayLike,
    own_best: ArrayLike,
    own_of_top: ArrayLike,
) -> NDArray[np.float64]:
    """(n, len(GATE_FEATURES)) of arrays (n,): the fields of `Followers`, and two probabilities by the model.

    `top` is the copy source's share of its likeliest token, `own_of_top` the model's probability of that token,
    `own_best` that of the model's own likeliest one.
    """
    import numpy as np

    given = (length, total, distinct, top, own_best, own_of_top)
    of_length, of_total, of_distinct, of_share, best, of_top = np.broadcast_arrays(
        *(np.asarray(column, dtype=np.float64) for column in given)
    )
    return np.stack(
        [
            np.log2(1 + of_length) / 6,
            np.minimum(of_length, 4) / 4,
            (of_length >= 20).astype(np.float64),
            np.log2(1 + of_total) / 8,
            np.log2(1 + of_distinct) / 4,
            (of_distinct == 1).astype(np.float64),
            of_share,
            best,
            np.log(np.maximum(of_top, 1e-6)) / 6 + 1,
            (of_top >= best).astype(np.float64),
        ],
        axis=-1,
    )


@dataclass(frozen=True)
class Gate:
    """One hidden layer: ``w = sigmoid(out . [tanh(hidden . [f, 1]), 1])``."""

    hidden: NDArray[np.float64]
    """(units, features + 1)."""
    out: NDArray[np.float64]
    """(units + 1,)."""

    def weights(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weight of the copy distribution (n,) for features (n, len(GATE_FEATURES))."""
        import numpy as np

        units = np.tanh(features @ self.hidden[:, :-1].T + self.hidden[:, -1])
        found: NDArray[np.float64] = 1 / (1 + np.exp(-(units @ self.out[:-1] + self.out[-1])))
        return found


@dataclass(frozen=True)
class MixtureWeights:
    """Content of ``mixture.json``: a gate, or weights by match length (the last one holds for longer matches)."""

    by_length: tuple[float, ...] = (0.0,)
    gate: Gate | None = None

    @property
    def any(self) -> bool:
        """Is anything mixed at all?"""
        return self.gate is not None or any(self.by_length)

    def of(self, features: NDArray[np.float64], length: NDArray[np.int32]) -> NDArray[np.float64]:
        """Weights (n,) for the features (n, ...) and match lengths (n,) of many places; 0 where nothing matches."""
        import numpy as np

        if self.gate is not None:
            return np.where(length > 0, self.gate.weights(features), 0.0)
        table = np.array([0.0, *self.by_length[1:]])
        return table[np.minimum(length, len(table) - 1)]


@dataclass(frozen=True)
class Mixture:
    """The copy source and the weight it gets."""

    source: CopySource
    weights: MixtureWeights = field(default_factory=MixtureWeights)

    def weight(self, followers: Followers, own_best: float, own_of_top: float) -> float:
        """Weight of the copy distribution at one place; 0 for no match. Arguments as in `gate_features`."""
        if followers.length == 0:
            return 0.0
        by_length = self.weights.by_length
        if self.weights.gate is None:
            return by_length[min(followers.length, len(by_length) - 1)]
        row = gate_features(
            followers.length, followers.total, followers.distinct, followers.top[1], own_best, own_of_top
        )
        return float(self.weights.gate.weights(row[None])[0])


def read_weights(folder: Path) -> MixtureWeights:
    """``mixture.json`` of a model folder of either version; without the file nothing is mixed.

    Raises `ToolError` when it cannot be read.
    """
    import numpy as np

    path = folder / "mixture.json"
    if not path.is_file():
        return MixtureWeights()
    try:
        raw: dict[str, Any] = json.loads(path.read_text("utf-8"))
        by_length = tuple(float(w) for w in raw["weights"])
        gate = None
        if raw.get("version", 1) >= 2:
            if tuple(raw["features"]) != GATE_FEATURES:
                raise ValueError("a gate over other features")
            gate = Gate(np.array(raw["hidden"], dtype=np.float64), np.array(raw["out"], dtype=np.float64))
            if gate.hidden.shape != (len(gate.out) - 1, len(GATE_FEATURES) + 1):
                raise ValueError(f"a gate of shape {gate.hidden.shape}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolError(
            f"cannot read the mixture weights: {error}", where=path, hint="rtlgen doctor"
        ) from error
    return MixtureWeights(by_length, gate)


def gate_json(gate: Gate) -> dict[str, Any]:
    """The keys of ``mixture.json`` that hold a gate."""
    return {
        "version": 2,
        "features": list(GATE_FEATURES),
        "hidden": gate.hidden.round(5).tolist(),
        "out": gate.out.round(5).tolist(),
    }
