"""BM25 over chunks, with a tokeniser that knows Verilog. The engine is bm25s (arXiv 2407.03618), Lucene's
variant.

A name counts as a whole and by its parts (``s_axi_awaddr``: itself, ``s``, ``axi``, ``awaddr``), sized
numbers and operators are words. bm25s has no incremental mode, so its score matrix is filled here from
cached word counts: unchanged documents are never read again, and the result equals a fresh
`bm25s.BM25.index` of the same documents.

    python -c "from rtlgen.retrieval.lexical import words; print(words('assign q_next = 8\\'hFF;'))"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rtlgen.retrieval.lines import TOKEN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

K1 = 1.5
"""Saturation of repeated words."""
B = 0.75
"""How much long chunks are discounted."""

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SKIP = frozenset("();,.[]{}:=@#")


@lru_cache(maxsize=200_000)
def _split(token: str) -> tuple[str, ...]:
    """A token as words: lower-case whole, then its parts when there are several."""
    first = token[0]
    if first.isdigit() or first == "'":
        return (token.replace("_", "").replace(" ", "").lower(),)
    if not (first.isalpha() or first in '_`$\\"'):
        return () if token in _SKIP else (token,)
    whole = token.lower()
    parts = [part.lower() for part in _PART.findall(token)]
    if first == '"':
        return tuple(parts)
    return (whole,) if len(parts) < 2 else (whole, *parts)


def words(text: str) -> list[str]:
    """Words of Verilog text for retrieval, in order, with repeats.

    Names lower-case and, when made of several parts, the parts too; numbers without underscores;
    operators, but not brackets and separators. Comments and strings are read as words.
    """
    found: list[str] = []
    for token in TOKEN.findall(text):
        found.extend(_split(token))
    return found


class Counts(NamedTuple):
    """Words of n documents: document i holds ``ids[indptr[i]:indptr[i+1]]`` (ascending) ``counts`` times
    each.

    indptr int64 (n + 1,), ids int32 (m,), counts int32 (m,).
    """

    indptr: NDArray[np.int64]
    ids: NDArray[np.int32]
    counts: NDArray[np.int32]

    @property
    def documents(self) -> int:
        """Number of documents."""
        return len(self.indptr) - 1

    def lengths(self) -> NDArray[np.int64]:
        """Words of every document (n,)."""
        import numpy as np

        lengths = np.zeros(self.documents, dtype=np.int64)
        filled = np.diff(self.indptr) > 0
        if filled.any():
            lengths[filled] = np.add.reduceat(self.counts, self.indptr[:-1][filled])
        return lengths

    @classmethod
    def joined(cls, parts: Sequence[Counts]) -> Counts:
        """The documents of all parts, in order."""
        import numpy as np

        sizes = [np.diff(part.indptr) for part in parts]
        indptr = np.zeros(1 + sum(len(size) for size in sizes), dtype=np.int64)
        if sizes:
            np.cumsum(np.concatenate(sizes), out=indptr[1:])
        empty = np.zeros(0, dtype=np.int32)
        ids = np.concatenate([empty, *(part.ids for part in parts)])
        counts = np.concatenate([empty, *(part.counts for part in parts)])
        return cls(indptr, ids, counts)


class Vocabulary:
    """Words and their ids, in order of first sight; it only grows."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.ids: dict[str, int] = {word: index for index, word in enumerate(known)}
        self._lines: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def words(self) -> list[str]:
        """The words by id."""
        return list(self.ids)

    def add(self, line: str) -> tuple[int, ...]:
        """Ids of the words of one line; unknown words get the next ids."""
        found = self._lines.get(line)
        if found is None:
            ids = self.ids
            found = tuple([ids.setdefault(word, len(ids)) for word in words(line)])
            if len(self._lines) > 400_000:
                self._lines.clear()
            self._lines[line] = found
        return found

    def known(self, found: Iterable[str]) -> list[int]:
        """Ids of the words that are known, with repeats."""
        ids = self.ids
        return [ids[word] for word in found if word in ids]

    def count(self, rows: Sequence[str], spans: Sequence[tuple[int, int]]) -> Counts:
        """Word counts of the line spans (0-based first, exclusive last) of one file's lines."""
        import numpy as np

        lines = [self.add(row.strip()) for row in rows]
        flat = np.fromiter((word for line in lines for word in line), dtype=np.int64)
        offsets = np.zeros(len(lines) + 1, dtype=np.int64)
        np.cumsum([len(line) for line in lines], out=offsets[1:])
        width = max(1, len(self.ids))
        keys = [flat[offsets[a] : offsets[b]] + index * width for index, (a, b) in enumerate(spans)]
        found, counts = np.unique(np.concatenate([flat[:0], *keys]), return_counts=True)
        document, ids = np.divmod(found, width)
        indptr = np.searchsorted(document, np.arange(len(spans) + 1))
        return Counts(indptr.astype(np.int64), ids.astype(np.int32), counts.astype(np.int32))


class Lexical:
    """A BM25 index over documents that are numbered from 0."""

    def __init__(self, vocabulary: Vocabulary | None = None, counts: Counts | None = None) -> None:
        self.vocabulary = vocabulary or Vocabulary()
        self.documents = 0
        self._engine: Any = None
        self._size = 0
        self._idf: NDArray[np.float32] | None = None
        self._mean_length = 1.0
        if counts is not None:
            self._fill(counts)

    def build(self, texts: Iterable[str]) -> None:
        """Index `texts`; document i is the i-th text. What was indexed before is forgotten."""
        rows: list[str] = []
        spans = []
        for text in texts:
            lines = text.split("\n")
            spans.append((len(rows), len(rows) + len(lines)))
            rows.extend(lines)
        self.vocabulary = Vocabulary()
        self._fill(self.vocabulary.count(rows, spans))

    def _fill(self, counts: Counts) -> None:
        """Make bm25s's score matrix from counts (the formulas of its method ``lucene``)."""
        import numpy as np

        self.documents = counts.documents
        self._engine = None
        if not len(counts.ids):
            return
        size = self._size = len(self.vocabulary)
        lengths = counts.lengths()
        frequency = np.bincount(counts.ids, minlength=size)
        idf = np.log(1 + (self.documents - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
        order = _order(counts.ids)
        document = np.repeat(np.arange(self.documents, dtype=np.int32), np.diff(counts.indptr))[order]
        times = counts.counts[order].astype(np.float32)
        discount = (K1 * (1 - B + B * lengths / lengths.mean())).astype(np.float32)
        self._idf, self._mean_length = idf, float(lengths.mean())
        data = idf[counts.ids[order]] * (times / (discount[document] + times))
        indptr = np.zeros(size + 1, dtype=np.int64)
        np.cumsum(frequency, out=indptr[1:])
        self._engine = _engine(data, document, indptr, self.documents)

    def scores(self, query: Sequence[int]) -> NDArray[np.float32]:
        """BM25 of every document (documents,) for word ids, each repeat counted."""
        import numpy as np

        known = [word for word in query if word < self._size]
        if self._engine is None or not known:
            return np.zeros(self.documents, dtype=np.float32)
        found = self._engine.get_scores_from_ids(known)
        return np.asarray(found, dtype=np.float32)

    def scores_of(self, counts: Counts, query: Sequence[int]) -> NDArray[np.float32]:
        """BM25 of documents that are not indexed, by the statistics of those that are (not kept by
        `save`); a word that none of those holds is as rare as a word can be, whenever it was first seen."""
        import numpy as np

        if self._idf is None or not counts.documents:
            return np.zeros(counts.documents, dtype=np.float32)
        rarest = np.log(1 + (self.documents + 0.5) / 0.5)
        idf = np.full(max(len(self.vocabulary), self._size), rarest, dtype=np.float32)
        idf[: self._size] = self._idf
        weight = np.zeros(len(idf), dtype=np.float32)
        np.add.at(weight, list(query), 1.0)
        weight *= idf
        discount = K1 * (1 - B + B * counts.lengths() / self._mean_length)
        document = np.repeat(np.arange(counts.documents), np.diff(counts.indptr))
        times = counts.counts.astype(np.float64)
        values = weight[counts.ids] * times / (discount[document] + times)
        return np.bincount(document, weights=values, minlength=counts.documents).astype(np.float32)

    def search(self, query: str, k: int) -> list[tuple[int, float]]:
        """The `k` best documents with a score above 0, best first; equal scores in order of documents."""
        return top(self.scores(self.vocabulary.known(words(query))), k)

    def save(self, folder: Path) -> None:
        """Write the index into `folder` (made when missing)."""
        import numpy as np

        from rtlgen.core.store import write_atomic

        folder.mkdir(parents=True, exist_ok=True)
        scores = self._engine.scores if self._engine is not None else {}
        arrays = {name: scores[name] for name in ("data", "indices", "indptr")} if scores else {}
        with (folder / "scores.npz").open("wb") as file:
            np.savez(file, documents=np.int64(self.documents), **arrays)
        write_atomic(folder / "vocabulary.txt", "\n".join(self.vocabulary.ids))

    @classmethod
    def load(cls, folder: Path) -> Lexical:
        """The index that `save` wrote. Raises OSError, ValueError or KeyError when it is damaged."""
        import numpy as np

        text = (folder / "vocabulary.txt").read_text("utf-8")
        lexical = cls(Vocabulary(text.split("\n") if text else ()))
        with np.load(folder / "scores.npz", allow_pickle=False) as arrays:
            lexical.documents = int(arrays["documents"])
            if "data" in arrays:
                parts = (arrays["data"], arrays["indices"], arrays["indptr"])
                lexical._engine = _engine(*parts, lexical.documents)
                lexical._size = len(arrays["indptr"]) - 1
        return lexical


def _order(ids: NDArray[np.int32]) -> NDArray[np.int64]:
    """Indices (m,) that sort ids, equal ones in order: a plain sort of (id, index) pairs, several times
    faster."""
    import numpy as np

    pairs = (ids.astype(np.int64) << 32) | np.arange(len(ids), dtype=np.int64)
    pairs.sort()
    return pairs & 0xFFFFFFFF


def top(scores: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
    """Indices and values of the `k` largest positive scores (n,), largest first, ties by index."""
    import numpy as np

    if k <= 0 or not len(scores):
        return []
    count = min(k, len(scores))
    threshold = np.partition(scores, len(scores) - count)[len(scores) - count]
    chosen = np.nonzero((scores >= threshold) & (scores > 0))[0]
    chosen = chosen[np.argsort(-scores[chosen], kind="stable")][:count]
    return [(int(index), float(scores[index])) for index in chosen]


def _engine(data: Any, indices: Any, indptr: Any, documents: int) -> Any:
    """A bm25s index around a score matrix in its own layout (columns are words)."""
    import bm25s

    engine = bm25s.BM25(k1=K1, b=B, method="lucene")
    engine.scores = {"data": data, "indices": indices, "indptr": indptr, "num_docs": documents}
    engine.nonoccurrence_array = None
    return engine
