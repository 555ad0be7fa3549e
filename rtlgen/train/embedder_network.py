"""The tables of the embedder as a torch module: the same sums as `rtlgen.retrieval.embedder`, with gradients.

It starts as the hashed embedder: weights of words are those of `rtlgen.retrieval.dense`, the learned part is random and
small in share. It knows no files and no time (`rtlgen.train.embedder`).

    Network(pairs, words=8_192, least_spread=4, buckets=8_192, width=128, share=0.5, seed=1).scores(rows, tolerance=0.6)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from rtlgen.retrieval.dense import DIMENSION, code_of, grams, hashed, word_weight
from rtlgen.retrieval.embedder import CLASSES, class_of
from rtlgen.retrieval.lexical import Counts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.train.embedder_pairs import Pairs


class Network(nn.Module):
    """Tables over the words of `pairs`: the most spread ones have rows, the others trigrams and a class."""

    def __init__(
        self, pairs: Pairs, words: int, least_spread: int, buckets: int, width: int, share: float, seed: int
    ) -> None:
        super().__init__()
        import numpy as np

        self.pairs = pairs
        chosen = chosen_words(pairs, words, least_spread)
        self.words = [pairs.words[i] for i in chosen]
        every = len(pairs.words)
        row = np.full(every, -1, dtype=np.int64)
        row[chosen] = np.arange(len(chosen))
        classes = np.array([class_of(word) for word in pairs.words], dtype=np.int64)
        self._row = row
        self._weight_row = np.where(row >= 0, row, len(chosen) + classes)
        self._hashed = _ragged([hashed(word) for word in pairs.words])
        self._letters = _ragged(
            [(tuple(code_of(gram) % buckets for gram in grams(word)), ()) for word in pairs.words]
        )
        generator = torch.Generator().manual_seed(seed)
        start = [word_weight(word) for word in self.words] + [0.4, 0.15, 0.6, 0.9, 1.2, 1.2, 1.4]
        assert len(start) == len(self.words) + CLASSES
        logs = torch.tensor(start).log()[:, None].repeat(1, 2)
        self.weight_logs = nn.Parameter(logs)
        table = torch.randn(len(self.words), width, generator=generator) / width**0.5
        self.table = nn.Parameter(table * torch.tensor(start[: len(self.words)])[:, None])
        self.letters = nn.Parameter(0.7 * torch.randn(buckets, width, generator=generator) / width**0.5)
        self.turn = nn.Parameter(torch.eye(width))
        self.share = share

    def scores(
        self, rows: NDArray[np.int64], tolerance: float, *, dropout: float = 0.0, seed: int = 0
    ) -> tuple[Tensor, Tensor]:
        """Inner products (n, n) of queries and chunks of pairs `rows`, and which of them count (bool, diagonal too)."""
        queries, chunks = _rows(self.pairs.queries, rows), _rows(self.pairs.chunks, rows)
        scores = self._scores(queries, chunks, dropout, seed)
        return scores, torch.from_numpy(apart(_rows(self.pairs.needed, rows), chunks, tolerance))

    def _scores(self, queries: Counts, chunks: Counts, dropout: float, seed: int) -> Tensor:
        import numpy as np

        draw = np.random.default_rng([seed, 7])
        used = np.unique(np.concatenate([queries.ids, chunks.ids]))
        names, learned, weights = self._words(used)
        parts = []
        for number, counts in ((1, queries), (0, chunks)):
            local = torch.from_numpy(np.searchsorted(used, counts.ids))
            offsets = torch.from_numpy(counts.indptr[:-1])
            times = torch.from_numpy(np.log1p(counts.counts).astype(np.float32))
            bag: Any = nn.functional.embedding_bag
            hashed_part = bag(
                local, names, offsets, mode="sum", per_sample_weights=times * weights[local, number]
            )
            kept = torch.from_numpy((draw.random(len(local)) >= dropout).astype(np.float32))
            learned_part = bag(local, learned, offsets, mode="sum", per_sample_weights=times * kept)
            parts.append((hashed_part, learned_part @ self.turn if number else learned_part))
        normal = nn.functional.normalize
        (asked_names, asked), (chunk_names, chunk) = parts
        alike = normal(asked_names) @ normal(chunk_names).T
        return self.share * alike + (1 - self.share) * normal(asked) @ normal(chunk).T

    def _words(self, used: NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor]:
        """Hashed vectors (n, 384), learned vectors (n, width) and weights (n, 2) of words by id."""
        import numpy as np

        names = np.zeros((len(used), DIMENSION), dtype=np.float32)
        place, dims, values = _picked(self._hashed, used)
        np.add.at(names, (place, dims), values)
        rows = torch.from_numpy(self._row[used])
        known = (rows >= 0).nonzero()[:, 0]
        place, codes, _ = _picked(self._letters, used)
        offsets = torch.from_numpy(np.searchsorted(place, np.arange(len(used))))
        learned = nn.functional.embedding_bag(torch.from_numpy(codes), self.letters, offsets, mode="mean")
        learned = learned.index_add(0, known, self.table[rows[known]])
        weights = self.weight_logs[torch.from_numpy(self._weight_row[used])].exp()
        return torch.from_numpy(names), learned, weights

    def tables(self) -> tuple[Any, ...]:
        """The arguments of `rtlgen.retrieval.embedder.packed`."""
        with torch.no_grad():
            weights = self.weight_logs.exp().numpy()
            count = len(self.words)
            return (
                self.words,
                self.table.numpy(),
                self.letters.numpy(),
                weights[:count],
                weights[count:],
                self.turn.numpy(),
                self.share,
            )


def chosen_words(pairs: Pairs, limit: int, least_spread: int) -> NDArray[np.int64]:
    """Ids of the words with rows: in `least_spread` repositories, most spread first, at most `limit`."""
    import numpy as np

    order = np.argsort(-pairs.spread, kind="stable")[:limit]
    return order[pairs.spread[order] >= least_spread]


def apart(needed: Counts, chunks: Counts, tolerance: float) -> NDArray[np.bool_]:
    """Which chunks (n, n) a query is set against: its own, and those that hold less than `tolerance` of what it does."""
    import numpy as np

    names = np.unique(needed.ids)
    count = needed.documents
    wants = np.zeros((count, len(names)), dtype=np.float32)
    wants[np.repeat(np.arange(count), np.diff(needed.indptr)), np.searchsorted(names, needed.ids)] = 1
    place = np.searchsorted(names, chunks.ids).clip(0, len(names) - 1)
    held = names[place] == chunks.ids
    holds = np.zeros((count, len(names)), dtype=np.float32)
    holds[np.repeat(np.arange(count), np.diff(chunks.indptr))[held], place[held]] = 1
    covered = wants @ holds.T
    own = covered.diagonal()[:, None]
    result = covered < np.maximum(tolerance * own, 0.5)
    np.fill_diagonal(result, True)
    return np.asarray(result)


def torch_optimiser(network: Network, rate: float) -> torch.optim.Optimizer:
    """Adam over all tables."""
    return torch.optim.Adam(network.parameters(), lr=rate, betas=(0.9, 0.99))


Ragged = tuple[Any, Any, Any]
"""Row starts (n + 1,), numbers and values of all rows."""


def _ragged(rows: list[tuple[tuple[int, ...], tuple[float, ...]]]) -> Ragged:
    import numpy as np

    starts = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(numbers) for numbers, _ in rows], out=starts[1:])
    numbers = np.fromiter((n for found, _ in rows for n in found), dtype=np.int64, count=int(starts[-1]))
    values = np.array([v for _, found in rows for v in found], dtype=np.float32)
    return starts, numbers, values


def _picked(ragged: Ragged, rows: NDArray[np.int64]) -> tuple[Any, Any, Any]:
    """Place in `rows`, numbers and values of some rows."""
    import numpy as np

    starts, numbers, values = ragged
    lengths = starts[rows + 1] - starts[rows]
    place = np.repeat(np.arange(len(rows)), lengths)
    at = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    at += np.repeat(starts[rows], lengths)
    return place, numbers[at], values[at] if len(values) else values


def _rows(counts: Counts, rows: NDArray[np.int64]) -> Counts:
    """Some documents of counts."""
    import numpy as np

    place, ids, times = _picked((counts.indptr, counts.ids, counts.counts), rows)
    indptr = np.searchsorted(place, np.arange(len(rows) + 1))
    return Counts(indptr.astype(np.int64), ids, times)
