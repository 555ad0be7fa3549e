"""The numbers by which candidate lines are chosen: one matrix, one row a candidate, filled group by group.

Groups: what the proposal sources know (`rtlgen.retrieval.propose`), how alike the candidates are, what the model says,
what the token index says, and what the ranker's first stage made of the first two. A group that was not computed is 0.
It makes no candidates and chooses none.

    POOL_FEATURES.index("model_mean")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rtlgen.retrieval.propose.features import FEATURES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.model.default import ScoredLine
    from rtlgen.model.ranker import Scores

MODEL_FEATURES = (
    "model_sum",
    "model_mean",
    "model_min",
    "model_first",
    "model_end",
    "model_tokens",
    "model_sum_rank",
    "model_mean_rank",
    "model_sum_gap",
    "model_mean_gap",
    "model_greedy",
    "model_mixed",
    "model_sampled",
    "model_greedy_mean",
    "pool_size",
    "pool_place",
)
"""What the model says of a candidate: log-probabilities in nats, ranks as 1/r, gaps to the best of the pool."""
LIKE_FEATURES = ("like_model", "like_believed")
"""Edit similarity (0 to 1) to the model's own line, and to all candidates weighed by the first stage's probabilities."""
COPIED_FEATURES = (
    "copied_sum",
    "copied_mean",
    "copied_min",
    "mixed_sum",
    "mixed_mean",
    "mixed_gap",
    "mixed_rank",
)
"""Log-probabilities (nats) of the tokens under the token index alone, and under the index and the model in halves."""
FIRST_FEATURES = ("first_chance", "first_log", "first_similarity", "first_none", "first_rank")
"""What the first stage says: probability, its logarithm, expected similarity, probability of none of them, 1/rank."""

POOL_FEATURES: tuple[str, ...] = (
    *FEATURES,
    *MODEL_FEATURES,
    *LIKE_FEATURES,
    *COPIED_FEATURES,
    *FIRST_FEATURES,
)
SECOND_FEATURES: tuple[str, ...] = (
    *MODEL_FEATURES,
    *LIKE_FEATURES,
    *COPIED_FEATURES,
    *FIRST_FEATURES,
    *("tokens", "names_unknown", "names_own", "seen_own", "sources", "gap_none", "prefix_lines"),
    *(name for name in FEATURES if name.startswith("kind_")),
)
"""What the ranker's second stage reads: the first one has summed up the rest."""
COLUMN = {name: index for index, name in enumerate(POOL_FEATURES)}


def matrix_of(rows: Sequence[Sequence[float]]) -> NDArray[np.float32]:
    """(n, len(POOL_FEATURES)) with the sources' features filled in."""
    import numpy as np

    matrix = np.zeros((len(rows), len(POOL_FEATURES)), dtype=np.float32)
    if rows:
        matrix[:, : len(FEATURES)] = rows
    return matrix


def likeness(texts: Sequence[str], others: Sequence[str]) -> NDArray[np.float32]:
    """(len(texts), len(others)) edit similarities, 0 to 1, of lines as they are."""
    import numpy as np
    from rapidfuzz import fuzz
    from rapidfuzz.process import cdist

    found = cdist(texts, others, scorer=fuzz.ratio, dtype=np.float32)
    return (found / np.float32(100)).astype(np.float32, copy=False)


def fill_place(matrix: NDArray[np.float32]) -> None:
    """Size of the pool, and the candidates' places in it."""
    import numpy as np

    matrix[:, COLUMN["pool_size"]] = np.log1p(len(matrix))
    matrix[:, COLUMN["pool_place"]] = 1.0 / np.arange(1, len(matrix) + 1)


def fill_first(matrix: NDArray[np.float32], texts: Sequence[str], first: Scores) -> None:
    """What the first stage says, and the likeness that follows from it."""
    import numpy as np

    chances = first.probabilities
    matrix[:, COLUMN["first_chance"]] = chances
    matrix[:, COLUMN["first_log"]] = np.log(chances + 1e-4)
    matrix[:, COLUMN["first_similarity"]] = first.similarities
    matrix[:, COLUMN["first_none"]] = max(0.0, 1.0 - float(chances.sum()))
    matrix[:, COLUMN["first_rank"]] = _ranks(first.utilities)
    matrix[:, COLUMN["like_believed"]] = likeness(texts, texts) @ chances


def fill_model(
    matrix: NDArray[np.float32],
    texts: Sequence[str],
    scored: Sequence[ScoredLine | None],
    flags: Mapping[str, Mapping[int, int]],
) -> None:
    """The model's log-probabilities of the candidates; `flags`: feature -> candidate -> how often the model wrote it."""
    import numpy as np

    for flag, found in flags.items():
        for index, times in found.items():
            matrix[index, COLUMN[flag]] = times
    if all(s is None or not s.logprobs for s in scored):
        return
    values = [s.logprobs if s and s.logprobs else (-20.0,) for s in scored]
    sums = np.array([sum(v) for v in values])
    means = np.array([sum(v) / len(v) for v in values])
    columns = {
        "model_sum": sums,
        "model_mean": means,
        "model_min": np.array([min(v) for v in values]),
        "model_first": np.array([sum(v[:2]) / 2 for v in values]),
        "model_end": np.array([v[-1] for v in values]),
        "model_tokens": np.log1p([len(v) for v in values]),
        "model_sum_rank": _ranks(sums),
        "model_mean_rank": _ranks(means),
        "model_sum_gap": sums - sums.max(),
        "model_mean_gap": means - means.max(),
    }
    for name, values_of in columns.items():
        matrix[:, COLUMN[name]] = values_of
    own = flags["model_mixed"] or flags["model_greedy"]
    if own:
        index = next(iter(own))
        matrix[:, COLUMN["model_greedy_mean"]] = means[index]
        matrix[:, COLUMN["like_model"]] = likeness(texts, [texts[index]])[:, 0]


def fill_copied(
    matrix: NDArray[np.float32], copied: Sequence[Sequence[float]], scored: Sequence[ScoredLine | None]
) -> None:
    """`copied`: for every candidate the share that the token index gives each of its tokens and its end."""
    import numpy as np

    floor = 1e-4
    alone, mixed = [], []
    for shares, line in zip(copied, scored, strict=True):
        own = np.exp(line.logprobs) if line and line.logprobs else np.zeros(len(shares))
        given = np.array(shares) if len(shares) else np.zeros(1)
        own = own if len(own) == len(given) else np.zeros(len(given))
        alone.append(np.log(given + floor))
        mixed.append(np.log(0.5 * given + 0.5 * own + 1e-9))
    sums = np.array([m.sum() for m in mixed])
    columns = {
        "copied_sum": np.array([a.sum() for a in alone]),
        "copied_mean": np.array([a.mean() for a in alone]),
        "copied_min": np.array([a.min() for a in alone]),
        "mixed_sum": sums,
        "mixed_mean": np.array([m.mean() for m in mixed]),
        "mixed_gap": sums - sums.max() if len(sums) else sums,
        "mixed_rank": _ranks(sums),
    }
    for name, values_of in columns.items():
        matrix[:, COLUMN[name]] = values_of


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """1/rank, the largest value first."""
    import numpy as np

    ranks: NDArray[np.float64] = 1.0 / (1 + np.argsort(np.argsort(-values, kind="stable"), kind="stable"))
    return ranks
