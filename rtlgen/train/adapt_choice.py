"""Tune the choice among candidate lines to a repository, on lines of files that the adapted model has not read yet.

    maximise over v, c:  sum over lines of log P'(a right candidate, or none where there is none) - lambda (|v|^2 + c^2)

with P' the shipped ranker's probability times exp(v . x) (`rtlgen.model.tuned`). The problem is convex; lambda is large,
since there are about as many features as lines. Whether the correction raises that probability on lines it was not
fitted on is asked by cross-validation over files; when it does not, there is none.

Try: ``rtlgen train adapt --json`` (the part ``choice``)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rtlgen.model.tuned import Correction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.model.ranker import Ranker

PENALTY = 80.0
"""Lambda, in nats over all lines together."""
FOLDS = 4
LEAST_LINES = 60
"""Fewest lines to tune on."""


@dataclass(frozen=True)
class Case:
    """The candidates of one hidden line: features (n, F), which of them equal it (n,), and its file."""

    features: NDArray[np.float32]
    right: NDArray[np.bool_]
    path: str


@dataclass(frozen=True)
class Tuned:
    """A correction, or None, and what cross-validation said: mean log-probability (nats a line) without and with it."""

    correction: Correction | None
    lines: int
    without: float
    with_it: float
    top_without: float
    """Percent of lines whose first candidate is right, in cross-validation, without the correction."""
    top_with: float


def tune(cases: Sequence[Case], names: Sequence[str], ranker: Ranker) -> Tuned:
    """Fit a correction of `ranker` on `cases`, whose feature columns are `names`."""
    import numpy as np

    used = [case for case in cases if len(case.right)]
    files = sorted({case.path for case in used})
    if len(used) < LEAST_LINES or len(files) < 2:
        return Tuned(None, len(used), 0.0, 0.0, 0.0, 0.0)
    fold_of = {path: number % FOLDS for number, path in enumerate(files)}
    chances = [ranker.scores(case.features, names).probabilities for case in used]
    logs = np.zeros((len(used), 2))
    tops = np.zeros((len(used), 2))
    for fold in range(min(FOLDS, len(files))):
        inside = [i for i, case in enumerate(used) if fold_of[case.path] != fold]
        fitted = _fit([used[i] for i in inside], [chances[i] for i in inside], names)
        for i, case in enumerate(used):
            if fold_of[case.path] == fold:
                after = fitted.applied(chances[i], case.features, names)
                for column, values in enumerate((chances[i], after)):
                    logs[i, column] = _log_of(values, case.right)
                    tops[i, column] = case.right[int(values.argmax())]
    without, with_it = (float(value) for value in logs.mean(axis=0))
    return Tuned(
        correction=_fit(used, chances, names) if with_it > without else None,
        lines=len(used),
        without=round(without, 4),
        with_it=round(with_it, 4),
        top_without=round(100 * float(tops[:, 0].mean()), 2),
        top_with=round(100 * float(tops[:, 1].mean()), 2),
    )


def _log_of(chances: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Log-probability of a right candidate being chosen, or of none where none is right."""
    import numpy as np

    share = float(chances[right].sum()) if right.any() else 1.0 - float(chances.sum())
    return float(np.log(max(share, 1e-9)))


def _fit(cases: Sequence[Case], chances: Sequence[NDArray[np.float64]], names: Sequence[str]) -> Correction:
    """The correction that maximises the penalised likelihood, by Adam on all lines at once."""
    import numpy as np
    import torch

    stacked = np.concatenate([case.features for case in cases]).astype(np.float64)
    mean, scale = stacked.mean(axis=0), stacked.std(axis=0)
    kept = scale > 1e-6
    chosen = tuple(name for name, keep in zip(names, kept, strict=True) if keep)
    start = Correction(chosen, mean[kept], scale[kept], np.zeros(int(kept.sum())), 0.0)
    x, logs, target = _tensors(cases, chances, names, start)
    weights = torch.zeros(len(chosen) + 1, requires_grad=True)
    optimiser = torch.optim.Adam([weights], lr=0.02)
    for _ in range(120):
        moved = logs + torch.cat([x @ weights[:-1], weights[-1].expand(len(x), 1)], dim=1)
        gain = moved.masked_fill(~target, -1e9).logsumexp(1) - moved.logsumexp(1)
        loss = PENALTY * (weights**2).sum() - gain.sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    found = weights.detach().double().numpy()
    return Correction(chosen, mean[kept], scale[kept], found[:-1], float(found[-1]))


def _tensors(
    cases: Sequence[Case],
    chances: Sequence[NDArray[np.float64]],
    names: Sequence[str],
    start: Correction,
) -> tuple[Any, Any, Any]:
    """Padded x (lines, n, F), log-probabilities (lines, n + 1) with "none" last, and the right places among them."""
    import numpy as np
    import torch

    width = max(len(case.right) for case in cases)
    x = np.zeros((len(cases), width, len(start.names)), dtype=np.float32)
    logs = np.full((len(cases), width + 1), -1e9, dtype=np.float32)
    target = np.zeros((len(cases), width + 1), dtype=bool)
    for row, (case, mine) in enumerate(zip(cases, chances, strict=True)):
        count = len(case.right)
        x[row, :count] = start.standardised(case.features, names)
        logs[row, :count] = np.log(np.maximum(mine, 1e-12))
        logs[row, -1] = np.log(max(1e-9, 1.0 - float(mine.sum())))
        target[row, :count] = case.right
        target[row, -1] = not case.right.any()
    return torch.from_numpy(x), torch.from_numpy(logs), torch.from_numpy(target)
