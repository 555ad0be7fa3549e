"""Choosing among whole-line candidates: a small listwise network over their features, computed in numpy.

    h = relu(x W1 + b1),   s = h w2,   x = (features - mean) / scale        (averaged over an ensemble)
    P(candidate i) = exp(s_i) / (exp(s_0) + sum_j exp(s_j))

`s_0` is the score of "none of them". The features are those of the proposal sources and of the model; the weights are
trained by `rtlgen train ranker` (rtlgen/train/ranker.py) and stored in one ``.npz`` with the names of their features.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import ToolError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Ranker:
    """Scores the candidates of one position."""

    def __init__(self, weights: dict[str, Any]) -> None:
        """`weights`: names (F,), mean, scale (F,), w1 (E, F, H), b1 (E, H), w2 (E, H), none (E,)."""
        self.names: tuple[str, ...] = tuple(str(name) for name in weights["names"])
        self._mean, self._scale = weights["mean"], weights["scale"]
        self._w1, self._b1, self._w2 = weights["w1"], weights["b1"], weights["w2"]
        self._none = weights["none"]

    @classmethod
    def load(cls, path: Path) -> Ranker:
        """Read a ranker file. Raises `ToolError` when it is missing or broken."""
        import numpy as np

        try:
            with np.load(path, allow_pickle=False) as stored:
                return cls({name: stored[name] for name in stored.files})
        except (OSError, ValueError, KeyError) as error:
            raise ToolError(f"cannot load the ranker: {error}", where=path, hint="rtlgen doctor") from error

    def columns(self, names: Sequence[str]) -> list[int]:
        """Where the ranker's features stand among `names`. Raises `ToolError` when one is missing."""
        place = {name: index for index, name in enumerate(names)}
        missing = [name for name in self.names if name not in place]
        if missing:
            raise ToolError(
                f"the ranker wants features that this version does not compute: {', '.join(missing[:5])}",
                hint="rtlgen train ranker",
            )
        return [place[name] for name in self.names]

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """(n, F) features in the ranker's order to (n,) probabilities of being the next line; their sum is below 1."""
        import numpy as np

        if not len(features):
            return np.zeros(0)
        x = np.clip((features - self._mean) / self._scale, -6, 6)
        total = np.zeros(len(features))
        for w1, b1, w2, none in zip(self._w1, self._b1, self._w2, self._none, strict=True):
            scores = np.maximum(x @ w1 + b1, 0) @ w2
            top = max(float(scores.max()), float(none))
            mass = np.exp(scores - top)
            total += mass / (mass.sum() + np.exp(none - top))
        probabilities: NDArray[np.float64] = total / len(self._w1)
        return probabilities
