"""All candidates for one line with their features: proposals of the repository, lines of the model, scores of both.

The repository's sources propose (`rtlgen.retrieval.propose`), the ranker's first stage keeps the best, the model adds
its own greedy, mixed and sampled lines and scores every candidate after one reading of the prompt. The features are
those of `rtlgen.complete.evidence`; nothing is chosen here (`rtlgen.complete.line`).

    build_pool(LineQuery("a.v", prefix, "", prompt), continuation, {}, model, PoolOptions())
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rtlgen.complete.copied import copied_shares
from rtlgen.complete.evidence import (
    POOL_FEATURES,
    fill_copied,
    fill_first,
    fill_model,
    fill_place,
    matrix_of,
)
from rtlgen.retrieval.propose.features import Place, row_of
from rtlgen.retrieval.propose.pool import propose_all
from rtlgen.retrieval.propose.position import Position, Proposal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.core.records import Module
    from rtlgen.model.default import DefaultModel, ScoredLine
    from rtlgen.model.ranker import Ranker
    from rtlgen.retrieval.continuation import Continuation

LIMIT = 32
"""Most proposals of the repository that the model scores when no first stage cuts the pool."""
PROPOSED = 72
"""Proposals that the ranker's first stage chooses from."""
SCORED = 20
"""Proposals that it leaves to the model."""


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
    ranker: Ranker | None = None,
) -> Pool:
    """Gather and score the candidates of a place.

    Args:
        query: the place and its packed prompt.
        continuation: line index of the other files.
        modules: modules of the repository by name.
        model: the default model, or None for the repository's proposals alone.
        options: which sources take part.
        token_index: makes the token index of the mixture, called only when it is used.
        ranker: its first stage cuts the proposals; without one their own order does.
    """
    position = Position.at(query.path, query.prefix, continuation, query.suffix, modules)
    asked = model is not None and options.model
    proposals = propose_all(position, LIMIT if ranker is None or ranker.first is None else PROPOSED)
    proposals = [p for p in proposals if not p.sources or not set(p.sources) <= options.drop]
    if ranker is not None and ranker.first is not None:
        proposals = _best(proposals, ranker, SCORED if asked else PROPOSED)
    pool = Pool([p.text for p in proposals], [p.sources or (p.source,) for p in proposals])
    made = _model_lines(query, model, options, token_index) if model and options.model else {}
    flags = _merge_model_lines(pool, made)
    matrix = matrix_of(_proposal_rows(position, proposals, pool.texts))
    pool.scored = [None] * len(pool.texts)
    if not pool.texts:
        pool.features = matrix
        return pool
    fill_place(matrix)
    if ranker is not None and ranker.first is not None:
        fill_first(matrix, pool.texts, ranker.scores(matrix, POOL_FEATURES, model=False))
    if model is not None and options.model:
        pool.scored = list(model.score_lines(query.prompt, pool.texts))
        fill_model(matrix, pool.texts, pool.scored, flags)
        if token_index is not None and ranker is not None and ranker.first is not None:
            fill_copied(matrix, copied_shares(model, token_index(), query.prompt, pool.texts), pool.scored)
    pool.features = matrix
    return pool


def _best(proposals: Sequence[Proposal], ranker: Ranker, count: int) -> list[Proposal]:
    """The likeliest by the first stage: by probability alone the right line is most often among them."""
    scores = ranker.scores(matrix_of([p.features for p in proposals]), POOL_FEATURES, model=False)
    order = (-scores.probabilities).argsort(kind="stable")
    return [proposals[int(i)] for i in order[:count]]


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
