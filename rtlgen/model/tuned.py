"""A ranker tuned to a repository: a linear correction of its log-probabilities over the same features.

    log P'(i) = log P(i) + v . x_i - log Z,    log P'(none) = log P(none) + c - log Z

x are the features of a candidate, standardised by the repository's own mean and deviation and cut at 3. Only the last
stage is corrected, the one that has heard the model; expected similarities stay. `v` and `c` come from
`rtlgen.train.adapt_choice`, stored as ``choice.npz`` in the adapter's folder. It trains nothing.

Try: ``rtlgen train`` in a repository
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.errors import ToolError
from rtlgen.model.ranker import Ranker, Scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHOICE_FILE = "choice.npz"
LIMIT = 3.0
"""Standardised features are cut here."""


@dataclass(frozen=True)
class Correction:
    """Features by name with mean and scale (F,), their weights `linear` (F,), and what is added for "none"."""

    names: tuple[str, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    linear: NDArray[np.float64]
    none: float

    @classmethod
    def load(cls, path: Path) -> Correction:
        """Read a correction. Raises `ToolError` when it is broken."""
        import io
        import zipfile

        import numpy as np

        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
                names = tuple(str(name) for name in stored["names"])
                mean, scale, linear = (stored[key].astype(np.float64) for key in ("mean", "scale", "linear"))
                if any(array.shape != (len(names),) for array in (mean, scale, linear)):
                    raise ValueError("arrays of different lengths")
                return cls(names, mean, scale, linear, float(stored["none"]))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ToolError(
                f"the adapter's choice of lines is damaged: {error}",
                where=path,
                hint="rtlgen train  (makes it again), or --adapter off",
            ) from error

    def save(self, path: Path) -> None:
        """Write it beside `path`, then rename."""
        import io

        import numpy as np

        from rtlgen.core.store import write_atomic

        buffer = io.BytesIO()
        np.savez(
            buffer,
            names=np.array(self.names),
            mean=self.mean,
            scale=self.scale,
            linear=self.linear,
            none=np.array(self.none),
        )
        write_atomic(path, buffer.getvalue())

    def standardised(self, features: NDArray[np.float32], names: Sequence[str]) -> NDArray[np.float64]:
        """(n, F) of feature rows whose columns are `names`. Raises `ToolError` when one is missing."""
        import numpy as np

        place = {name: index for index, name in enumerate(names)}
        missing = [name for name in self.names if name not in place]
        if missing:
            raise ToolError(
                f"the adapter wants features that this version does not compute: {', '.join(missing[:5])}",
                hint="rtlgen train  (adapts to this version)",
            )
        chosen = features[:, [place[name] for name in self.names]].astype(np.float64)
        cut: NDArray[np.float64] = np.clip((chosen - self.mean) / self.scale, -LIMIT, LIMIT)
        return cut

    def applied(
        self, chances: NDArray[np.float64], features: NDArray[np.float32], names: Sequence[str]
    ) -> NDArray[np.float64]:
        """Corrected probabilities (n,) of candidates whose probabilities were `chances`."""
        import numpy as np

        rest = max(1e-9, 1.0 - float(chances.sum()))
        logs = np.log(np.append(np.maximum(chances, 1e-12), rest))
        logs += np.append(self.standardised(features, names) @ self.linear, self.none)
        mass = np.exp(logs - logs.max())
        found: NDArray[np.float64] = (mass / mass.sum())[:-1]
        return found


class TunedRanker(Ranker):
    """A ranker with a correction on its last stage."""

    def __init__(self, base: Ranker, correction: Correction) -> None:
        self.first, self.second = base.first, base.second
        self._base, self.correction = base, correction

    def scores(self, features: NDArray[np.float32], names: Sequence[str], *, model: bool = True) -> Scores:
        """As `Ranker.scores`; what the model has part in is corrected."""
        found = self._base.scores(features, names, model=model)
        if not model or not len(features):
            return found
        chances = self.correction.applied(found.probabilities, features, names)
        stage = self.second or self.first
        assert stage is not None
        return stage.combined(chances, found.similarities)
