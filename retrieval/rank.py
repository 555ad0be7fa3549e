"""Fuses the rankings of several sources into one: reciprocal rank fusion (Cormack, Clarke and Buettcher,
SIGIR 2009).

A chunk's score is the sum over sources of weight / (60 + rank). Scores of the sources themselves are not
compared, so no source needs calibration. `spread` then drops chunks that mostly repeat a better one.

    python -c "from rtlgen.retrieval.rank import fuse; print(fuse({'bm25': ['a', 'b'], 'dense': ['b', 'c']}))"
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from rtlgen.core.records import Chunk, Hit

Key = TypeVar("Key", bound=Hashable)

DAMPING = 60
"""The constant of the paper: how slowly a rank's worth falls."""
WEIGHTS: Mapping[str, float] = {"graph": 1.0, "bm25": 1.0, "dense": 0.6, "continuation": 1.5}
"""Weight of each source."""
OVERLAP = 0.5
"""A chunk is a repetition when a better one holds more than this share of its lines."""


class Fused(NamedTuple, Generic[Key]):
    """A fused entry: its key, score, and ``source:rank`` for every source that gave it."""

    key: Key
    score: float
    why: tuple[str, ...]


def fuse(rankings: Mapping[str, Sequence[Key]], weights: Mapping[str, float] = WEIGHTS) -> list[Fused[Key]]:
    """Entries of all rankings, best first; ties keep the order of first sight. Ranks count from 1."""
    scores: dict[Key, float] = {}
    why: dict[Key, list[str]] = {}
    for source, ranking in rankings.items():
        weight = weights.get(source, 1.0)
        for rank, key in enumerate(dict.fromkeys(ranking), 1):
            scores[key] = scores.get(key, 0.0) + weight / (DAMPING + rank)
            why.setdefault(key, []).append(f"{source}:{rank}")
    order = sorted(scores, key=lambda key: -scores[key])
    return [Fused(key, scores[key], tuple(why[key])) for key in order]


def spread(hits: Sequence[Hit], k: int) -> list[Hit]:
    """The first `k` hits without those whose lines mostly stand in a better one."""
    chosen: list[Hit] = []
    for hit in hits:
        if len(chosen) >= k:
            break
        if not any(_repeats(hit.chunk, other.chunk) for other in chosen):
            chosen.append(hit)
    return chosen


def _repeats(chunk: Chunk, other: Chunk) -> bool:
    if chunk.path != other.path:
        return False
    if chunk.kind == "header" and other.kind != "header" and other.start > chunk.start:
        return False
    shared = min(chunk.end, other.end) - max(chunk.start, other.start) + 1
    return shared > OVERLAP * (chunk.end - chunk.start + 1)
