from __future__ import annotations

import pytest

from rtlgen.core.records import Chunk, Hit
from rtlgen.retrieval.rank import fuse, spread


def test_reciprocal_rank_fusion() -> None:
    found = fuse({"bm25": ["a", "b", "c"], "dense": ["c", "a"]}, {"bm25": 1.0, "dense": 0.5})
    assert [entry.key for entry in found] == ["a", "c", "b"]
    assert found[0].score == pytest.approx(1 / 61 + 0.5 / 62)
    assert found[1].why == ("bm25:3", "dense:1")


def test_a_source_counts_a_chunk_once() -> None:
    assert [e.why for e in fuse({"bm25": ["a", "a", "b"]})] == [("bm25:1",), ("bm25:2",)]


def test_nothing_to_fuse() -> None:
    assert fuse({}) == []
    assert fuse({"bm25": []}) == []


def hit(path: str, start: int, end: int, kind: str = "window") -> Hit:
    return Hit(Chunk(path, start, end, "", kind), 1.0)


def test_repetitions_are_dropped() -> None:
    hits = [hit("a", 1, 20), hit("a", 5, 15), hit("b", 5, 15), hit("a", 18, 40), hit("a", 19, 30)]
    assert spread(hits, 9) == [hits[0], hits[2], hits[3]]
    assert spread(hits, 2) == [hits[0], hits[2]]
