"""All candidates for one line with their features: proposals of the repository, lines of the model, scores of both.

The repository's sources propose (`rtlgen.retrieval.propose`), the model adds its own greedy, mixed and sampled lines
and scores every candidate after one reading of the prompt. Nothing is chosen here (`rtlgen.complete.line`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rtlgen.retrieval.propose.features import FEATURES, Place, row_of
from rtlgen.retrieval.propose.pool import propose_all
from rtlgen.retrieval.propose.position import Position, Proposal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.core.records import Module
    from rtlgen.model.default import DefaultModel, ScoredLine
    from rtlgen.retrieval.continuation import Continuation

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

POOL_FEATURES: tuple[str, ...] = (*FEATURES, *MODEL_FEATURES)
LIMIT = 32
"""Most proposals of the repository that the model scores."""


@dataclass(frozen=True)
class LineQuery:
    """A place for one line: `prefix` ends with the line above it; `prompt` is what the model reads up to there."""

    path: str
    prefix: str
    suffix: str
    prompt: str


@dataclass(frozen=True)
class PoolOptions:
    """Which sources take part; `drop` names proposal sources to leave out (ablation)."""

    model: bool = True
    mixture: bool = True
    samples: int = 0
    temperature: float = 0.7
    top_p: float = 0.9
    seed: int = 0
    drop: frozenset[str] = frozenset()


@dataclass
class Pool:
    """Candidate lines with a feature matrix (n, len(POOL_FEATURES)) and the model's scores."""

    texts: list[str] = field(default_factory=list)
    sources: list[tuple[str, ...]] = field(default_factory=list)
    scored: list[ScoredLine | None] = field(default_factory=list)
    features: NDArray[np.float32] | None = None

    def mean_logprob(self, index: int) -> float | None:
        """Mean log-probability per token of a candidate, None without a model."""
        scored = self.scored[index]
        return sum(scored.logprobs) / len(scored.logprobs) if scored and scored.logprobs else None


def build_pool(
    query: LineQuery,
    continuation: Continuation,
    modules: Mapping[str, Module],
    model: DefaultModel | None,
    options: PoolOptions,
    token_index: Callable[[], Any] | None = None,
) -> Pool:
    """Gather and score the candidates of a place.

    Args:
        query: the place and its packed prompt.
        continuation: line index of the other files.
        modules: modules of the repository by name.
        model: the default model, or None for the repository's proposals alone.
        options: which sources take part.
        token_index: makes the token index of the mixture, called only when it is used.
    """
    position = Position.at(query.path, query.prefix, continuation, query.suffix, modules)
    proposals = propose_all(position, LIMIT)
    proposals = [p for p in proposals if not p.sources or not set(p.sources) <= options.drop]
    pool = Pool([p.text for p in proposals], [p.sources or (p.source,) for p in proposals])
    made = _model_lines(query, model, options, token_index) if model and options.model else {}
    flags = _merge_model_lines(pool, made)
    rows = _proposal_rows(position, proposals, pool.texts)
    pool.scored = [None] * len(pool.texts)
    if model is not None and options.model and pool.texts:
        pool.scored = list(model.score_lines(query.prompt, pool.texts))
    pool.features = _matrix(rows, pool.scored, flags)
    return pool


def _model_lines(
    query: LineQuery, model: DefaultModel, options: PoolOptions, token_index: Callable[[], Any] | None
) -> dict[str, list[str]]:
    """Lines the model writes itself: flag name -> texts."""
    made: dict[str, list[str]] = {}
    if options.mixture and model.mixes and token_index is not None:
        made["model_mixed"] = [model.greedy_line(query.prompt, model.mixture(token_index())).text]
    else:
        made["model_greedy"] = [model.greedy_line(query.prompt).text]
    if options.samples:
        sampled = model.sample_lines(
            query.prompt, options.samples, options.temperature, options.top_p, options.seed
        )
        made["model_sampled"] = [g.text for g in sampled]
    return made


def _merge_model_lines(pool: Pool, made: Mapping[str, Sequence[str]]) -> dict[str, dict[int, int]]:
    """Add the model's own lines to the pool; return flag name -> candidate index -> count."""
    place = {" ".join(text.split()): index for index, text in enumerate(pool.texts)}
    flags: dict[str, dict[int, int]] = {"model_greedy": {}, "model_mixed": {}, "model_sampled": {}}
    for flag, texts in made.items():
        for text in texts:
            key = " ".join(text.split())
            if not key:
                continue
            if key not in place:
                place[key] = len(pool.texts)
                pool.texts.append(text.rstrip())
                pool.sources.append(("model",))
            elif "model" not in pool.sources[place[key]]:
                pool.sources[place[key]] = (*pool.sources[place[key]], "model")
            flags[flag][place[key]] = flags[flag].get(place[key], 0) + 1
    return flags


def _proposal_rows(
    position: Position, proposals: Sequence[Proposal], texts: Sequence[str]
) -> list[Sequence[float]]:
    rows: list[Sequence[float]] = [p.features for p in proposals]
    if len(texts) > len(rows):
        place = Place(position)
        total = 1.0
        rows += [row_of(place, text, {}, 0, 0.0, total) for text in texts[len(rows) :]]
    return rows


def _matrix(
    rows: Sequence[Sequence[float]],
    scored: Sequence[ScoredLine | None],
    flags: Mapping[str, Mapping[int, int]],
) -> NDArray[np.float32]:
    """(n, len(POOL_FEATURES)) features; the model's are 0 where it scored nothing."""
    import numpy as np

    count = len(rows)
    matrix = np.zeros((count, len(POOL_FEATURES)), dtype=np.float32)
    if not count:
        return matrix
    matrix[:, : len(FEATURES)] = np.array(rows, dtype=np.float32)
    column = {name: index for index, name in enumerate(POOL_FEATURES)}
    matrix[:, column["pool_size"]] = np.log1p(count)
    matrix[:, column["pool_place"]] = 1.0 / np.arange(1, count + 1)
    for flag, found in flags.items():
        for index, times in found.items():
            matrix[index, column[flag]] = times
    if all(s is None or not s.logprobs for s in scored):
        return matrix
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
        "model_sum_rank": 1.0 / (1 + np.argsort(np.argsort(-sums, kind="stable"), kind="stable")),
        "model_mean_rank": 1.0 / (1 + np.argsort(np.argsort(-means, kind="stable"), kind="stable")),
        "model_sum_gap": sums - sums.max(),
        "model_mean_gap": means - means.max(),
    }
    for name, values_of in columns.items():
        matrix[:, column[name]] = values_of
    greedy = flags["model_mixed"] or flags["model_greedy"]
    if greedy:
        matrix[:, column["model_greedy_mean"]] = means[next(iter(greedy))]
    return matrix
