"""Choosing among whole-line candidates: small listwise networks over their features, computed in numpy.

    h = relu(x W1 + b1),   (s, t) = h W2 + b2,   x = (features - mean) / scale        (averaged over an ensemble)
    P(i) = exp(s_i) / (exp(s_0) + sum_j exp(s_j)),   S(i) = sigmoid(t_i),   choice = argmax P + w S

P is the probability of being the next line, `s_0` the score of "none of them", S the expected edit similarity to it. A
first stage knows what the repository says and cuts the pool; a second one also what the model says of those that are
left, and is calibrated: P is raised to 1/T and renormalised with "none" weighed by exp(b) (temperature scaling, Guo et
al. 2017, arXiv 1706.04599). Trained by `rtlgen train ranker` (rtlgen/train/ranker.py); one ``.npz``. A file of the
older form (one stage, no similarity) loads as well. It computes no features.

Try: ``rtlgen complete repo/ --file alu.v``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import ToolError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STAGES = ("first", "second")
BELIEVED = "first_similarity"
"""Feature of the second stage: the first one's S. Its own S is the mean of that and of what its network says."""


@dataclass(frozen=True)
class Scores:
    """What a stage says of n candidates, each array (n,)."""

    probabilities: NDArray[np.float64]
    """Of being the next line; their sum is below 1."""
    similarities: NDArray[np.float64]
    """Expected edit similarity to the next line, 0 to 1."""
    utilities: NDArray[np.float64]
    """What candidates are ordered by, 0 to 1."""


class Stage:
    """One ensemble of networks over the features `names`."""

    def __init__(self, weights: Mapping[str, Any]) -> None:
        """`weights`: names (F,), mean, scale (F,), w1 (E, F, H), b1 (E, H), w2 (E, H, 2), b2 (E, 2), none (E,),
        calibration (temperature, bias of none), weight of the similarity. Without w2's last axis: an old file."""
        import numpy as np

        self.names: tuple[str, ...] = tuple(str(name) for name in weights["names"])
        self._mean, self._scale = weights["mean"], weights["scale"]
        self._w1, self._b1, self._w2 = (weights[key].astype(np.float32) for key in ("w1", "b1", "w2"))
        self._none = weights["none"]
        self._b2 = weights.get("b2")
        self.calibration = tuple(float(v) for v in weights.get("calibration", (1.0, 0.0)))
        self.weight = float(weights.get("weight", 0.0))

    def columns(self, names: Sequence[str]) -> list[int]:
        """Where this stage's features stand among `names`. Raises `ToolError` when one is missing."""
        place = {name: index for index, name in enumerate(names)}
        missing = [name for name in self.names if name not in place]
        if missing:
            raise ToolError(
                f"the ranker wants features that this version does not compute: {', '.join(missing[:5])}",
                hint="rtlgen train ranker",
            )
        return [place[name] for name in self.names]

    def scores(self, features: NDArray[np.float32]) -> Scores:
        """(n, F) features in the order of `names` to scores."""
        import numpy as np

        if not len(features):
            return Scores(np.zeros(0), np.zeros(0), np.zeros(0))
        x = np.clip((features - self._mean) / self._scale, -6, 6).astype(np.float32)
        chances, likeness = np.zeros(len(x) + 1), np.zeros(len(x))
        for member in range(len(self._w1)):
            made = np.maximum(x @ self._w1[member] + self._b1[member], 0) @ self._w2[member]
            if self._b2 is None:
                score = made
            else:
                score = made[:, 0] + self._b2[member][0]
                likeness += 1 / (1 + np.exp(-(made[:, 1] + self._b2[member][1])))
            every = np.append(score, self._none[member]).astype(np.float64)
            mass = np.exp(every - every.max())
            chances += mass / mass.sum()
        count = len(self._w1)
        likeness /= count
        if BELIEVED in self.names:
            likeness = (likeness + features[:, self.names.index(BELIEVED)]) / 2
        return self.combined(calibrated(chances / count, *self.calibration)[:-1], likeness)

    def combined(self, probabilities: NDArray[np.float64], similarities: NDArray[np.float64]) -> Scores:
        """Scores with the utility (P + w S) / (1 + w)."""
        utilities = (probabilities + self.weight * similarities) / (1 + self.weight)
        return Scores(probabilities, similarities, utilities)


def calibrated(chances: NDArray[np.float64], temperature: float, bias: float) -> NDArray[np.float64]:
    """Chances of the candidates and, last, of none of them; raised to 1/temperature, none times exp(bias)."""
    import numpy as np

    logits = np.log(np.maximum(chances, 1e-12)) / temperature
    logits[-1] += bias
    mass = np.exp(logits - logits.max())
    result: NDArray[np.float64] = mass / mass.sum()
    return result


class Ranker:
    """Scores the candidates of one position, in two stages or, from an old file, in one."""

    def __init__(self, stages: Mapping[str, Stage]) -> None:
        self.first = stages.get("first")
        """Needs no model; None in an old file."""
        self.second = stages.get("second")

    @classmethod
    def load(cls, path: Path) -> Ranker:
        """Read a ranker file. Raises `ToolError` when it is missing or broken."""
        import zipfile

        import numpy as np

        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            if "names" in arrays:
                return cls({"second": Stage(arrays)})
            stages = {stage: _below(arrays, stage) for stage in STAGES}
            return cls({stage: Stage(weights) for stage, weights in stages.items() if weights})
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ToolError(f"cannot load the ranker: {error}", where=path, hint="rtlgen doctor") from error

    def scores(self, features: NDArray[np.float32], names: Sequence[str], *, model: bool = True) -> Scores:
        """Scores of the rows of `features` (columns `names`); with `model` their model features are filled in.

        Raises `ToolError` when the file wants other features, or has no stage that does without a model.
        """
        stage = self.second if model or self.first is None else self.first
        stage = stage or self.first
        if stage is None:
            raise ToolError("the ranker file holds no stage", hint="rtlgen train ranker")
        return stage.scores(features[:, stage.columns(names)])


def _below(arrays: Mapping[str, Any], stage: str) -> dict[str, Any]:
    head = f"{stage}."
    return {name.removeprefix(head): value for name, value in arrays.items() if name.startswith(head)}
