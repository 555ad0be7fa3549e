"""A 5-gram model of tokens with interpolated modified Kneser-Ney smoothing, and a cache of the repository above it.

`CountedGrams` holds all n-grams of a token sequence up to an order as sorted arrays: an n-gram is (rank of its first n-1
tokens, last token) in one integer. `kneser_ney` gives the probability of every token of a text: modified Kneser-Ney
with three discounts an order, lower orders by continuation counts, the lowest interpolated with a uniform distribution
(Chen and Goodman 1998, sections 2.6 and 3). `with_cache` puts counts of the repository (other files, and the file so far,
growing with every token) on top of any such probabilities, by Witten-Bell interpolation: a context seen c times with d
different followers keeps c / (c + d). Both sum to one over the vocabulary.

    python -c "from rtlgen.evaluate.bits_ngram import CountedGrams; print(CountedGrams([1, 2, 1, 2], 9).sizes)"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ORDER = 5
_TOTAL = -1
"""Key of the sum beside the counts of followers."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Level:
    """The n-grams of one order, sorted: `keys` (rank of the context times vocabulary plus token) and their figures."""

    keys: Ints
    counts: Ints
    smoothed: Ints
    """Counts of the highest order; below it, the number of different tokens seen before the n-gram."""
    totals: Ints
    """By rank of the context: sum of `smoothed`."""
    kinds: NDArray[np.int64]
    """(contexts, 3): followers of a context with `smoothed` 1, 2, and 3 or more."""
    seen: Ints
    """By rank of the context: sum of `counts`."""
    discounts: tuple[float, float, float]


class CountedGrams:
    """All n-grams of `tokens` (ids below `vocabulary`) up to `order`."""

    def __init__(self, tokens: Sequence[int] | Ints, vocabulary: int, order: int = ORDER) -> None:
        self.vocabulary, self.order = vocabulary, order
        x = np.asarray(tokens, dtype=np.int64)
        ranks: list[Ints] = []
        uniques: list[tuple[Ints, Ints, Ints]] = []  # keys, counts, a place of each
        rank = np.zeros(len(x), dtype=np.int64)
        for n in range(order):
            keys = (np.append(0, rank[:-1]) * vocabulary + x)[n:] if n else x
            unique, place, rank_here, count = np.unique(
                keys, return_index=True, return_inverse=True, return_counts=True
            )
            rank = np.concatenate([np.zeros(min(n, len(x)), dtype=np.int64), rank_here])
            ranks.append(rank)
            uniques.append((unique, count, place + n))
        self._levels = [self._level(n, uniques, ranks) for n in range(order)]

    def _level(self, n: int, uniques: list[tuple[Ints, Ints, Ints]], ranks: list[Ints]) -> _Level:
        keys, counts, _ = uniques[n]
        smoothed = counts
        if n + 1 < self.order:
            places = uniques[n + 1][2]
            smoothed = np.bincount(ranks[n][places], minlength=len(keys)).clip(1)
        contexts = keys // self.vocabulary
        size = len(uniques[n - 1][0]) if n else 1
        kinds = np.stack(
            [np.bincount(contexts[m], minlength=size) for m in (smoothed == 1, smoothed == 2, smoothed >= 3)],
            axis=1,
        )
        totals = np.bincount(contexts, weights=smoothed, minlength=size).astype(np.int64)
        seen = np.bincount(contexts, weights=counts, minlength=size).astype(np.int64)
        return _Level(keys, counts, smoothed, totals, kinds, seen, _discounts(smoothed))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Different n-grams of each order."""
        return tuple(len(level.keys) for level in self._levels)

    def _find(self, n: int, keys: Ints) -> Ints:
        """Rank of each key among the n-grams of order n + 1; -1 for one that was not seen."""
        level = self._levels[n].keys
        if not len(level):
            return np.full(len(keys), -1)
        at = np.searchsorted(level, keys).clip(max=len(level) - 1)
        return np.where((keys >= 0) & (level[at] == keys), at, -1)

    def contexts(self, tokens: Sequence[int] | Ints) -> list[tuple[Ints, Ints]]:
        """For each order, at each token: rank of the context before it, and rank of the n-gram with it; -1 unseen."""
        x = np.asarray(tokens, dtype=np.int64)
        found: list[tuple[Ints, Ints]] = []
        context = np.zeros(len(x), dtype=np.int64)
        for n in range(self.order):
            gram = self._find(n, np.where(context >= 0, context * self.vocabulary + x, -1))
            found.append((context, gram))
            context = np.append(-1, gram[:-1]) if len(x) else gram
        return found

    def kneser_ney(self, tokens: Sequence[int] | Ints) -> Floats:
        """Probability (n,) of each of `tokens` after those before it."""
        return self._interpolated(self.contexts(tokens))

    def distribution(self, before: Sequence[int]) -> Floats:
        """Probability (vocabulary,) of every token after `before`."""
        context = [pair[0][-1] for pair in self.contexts([*before, 0])]
        every = np.arange(self.vocabulary)
        places = []
        for n, rank in enumerate(context):
            ranks = np.full(self.vocabulary, rank)
            keys = np.where(ranks >= 0, ranks * self.vocabulary + every, -1)
            places.append((ranks, self._find(n, keys)))
        return self._interpolated(places)

    def _interpolated(self, places: Sequence[tuple[Ints, Ints]]) -> Floats:
        p = np.full(len(places[0][0]), 1.0 / self.vocabulary)
        for level, (context, gram) in zip(self._levels, places, strict=True):
            known = context >= 0
            at = context.clip(0)
            if not len(level.keys):
                continue
            total = np.where(known, level.totals[at], 0)
            known &= total > 0
            count = np.where(gram >= 0, level.smoothed[gram.clip(0)], 0)
            discount = np.array([0.0, *level.discounts])
            kept = count - discount[count.clip(max=3)]
            spared = level.kinds[at] @ discount[1:]
            p = np.where(known, (kept + spared * p) / np.maximum(total, 1), p)
        return p

    def plain(self, tokens: Sequence[int] | Ints) -> list[tuple[Ints, Ints, Ints]]:
        """For each order, at each token: times its context was seen, different followers, and times it followed."""
        found = []
        for level, (context, gram) in zip(self._levels, self.contexts(tokens), strict=True):
            if not len(level.keys):
                found.append((gram * 0, gram * 0, gram * 0))
                continue
            known, at = context >= 0, context.clip(0)
            count = np.where(gram >= 0, level.counts[gram.clip(0)], 0)
            kinds = level.kinds.sum(axis=1)[at]
            found.append((np.where(known, level.seen[at], 0), np.where(known, kinds, 0), count))
        return found


def _discounts(counts: Ints) -> tuple[float, float, float]:
    """Discounts of counts 1, 2, and 3 or more by the closed form; 0.5, 1, 1.5 where there is too little to say."""
    ones, twos, threes, fours = (int((counts == k).sum()) for k in (1, 2, 3, 4))
    if not (ones and twos and threes and fours):
        return 0.5, 1.0, 1.5
    y = ones / (ones + 2 * twos)
    raw = (1 - 2 * y * twos / ones, 2 - 3 * y * threes / twos, 3 - 4 * y * fours / threes)
    return (min(max(raw[0], 0.0), 1.0), min(max(raw[1], 0.0), 2.0), min(max(raw[2], 0.0), 3.0))


def with_cache(base: Floats, tokens: Sequence[int], first: int, others: CountedGrams) -> Floats:
    """Probability (n,) of `tokens` from number `first` on, with Witten-Bell counts of a repository above `base` (n,).

    Counted are the n-grams of `others` and those of `tokens` before each token.
    """
    own: list[dict[Any, dict[int, int]]] = [{} for _ in range(others.order)]
    static = [tuple(part.tolist() for part in level) for level in others.plain(tokens)]
    result = np.empty(len(tokens) - first)
    for at, token in enumerate(tokens):
        p = float(base[at - first]) if at >= first else 0.0
        for n in range(min(others.order, at + 1)):
            followers = own[n].setdefault(tuple(tokens[at - n : at]), {_TOTAL: 0})
            if at >= first:
                seen, kinds, count = (part[at] for part in static[n])
                # a follower seen in both is counted twice among the kinds: that only gives more to the order below
                total, different = seen + followers[_TOTAL], kinds + len(followers) - 1
                if total:
                    p = (count + followers.get(token, 0) + different * p) / (total + different)
            followers[token] = followers.get(token, 0) + 1
            followers[_TOTAL] += 1
        if at >= first:
            result[at - first] = p
    return result
