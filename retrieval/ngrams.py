"""What followed the longest matching token context: counts for mixing with a model, and drafts for verification.

Works on integer tokens of any tokenizer. The files of a unit are one array; a lookup narrows the places of the last
token backwards, one numpy comparison a step, so there is no suffix array to build. The text being edited is searched
too: its tokens are passed with every call, and a prefix that only grows is indexed incrementally.

It does not learn and does not smooth over unseen tokens: the caller mixes with a model for that. Interpolation is the
one of a prediction-by-partial-matching model: a context of n tokens seen c times keeps ``c / (c + d)`` of the mass
(d = distinct followers) and passes the rest to n-1.

    TokenIndex([[1, 2, 3, 1, 2, 4]]).next_tokens([9, 1, 2])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_ORDER = 16
"""Longest context compared when counting followers."""

DRAFT_ORDER = 64
"""Longest context compared when choosing the place to draft from."""

MAX_PLACES = 2048
"""Places of the last token looked at (the nearest ones); bounds the time of a lookup on frequent tokens."""

OWN_PLACES = 256
"""The same for the own text."""

LONGEST = 64
"""Longest match whose length is told apart."""
LONG_PLACES = 16
"""Places (the latest of each kind) whose match is measured past `MAX_ORDER` tokens."""


@dataclass(frozen=True)
class Followers:
    """What followed the longest matching contexts of a place; of nothing found: length 0 and no weights."""

    length: int
    """Tokens of the longest match, at most `LONGEST`."""
    total: int
    """Places of that match."""
    distinct: int
    """Different tokens that followed there."""
    weights: dict[int, float]
    """Token -> share of the copy distribution; they sum to 1."""

    @property
    def top(self) -> tuple[int, float]:
        """The token of the largest share and that share; (-1, 0) of nothing."""
        return max(self.weights.items(), key=lambda pair: pair[1]) if self.weights else (-1, 0.0)


NOTHING = Followers(0, 0, 0, {})
_Level = tuple[int, "NDArray[np.int64]", Sequence[int]]
"""Context length, places in the other files, places in the own text."""


class TokenIndex:
    """Token sequences of other files (fixed) and of the text being edited (growing)."""

    def __init__(self, sequences: Sequence[Sequence[int]]) -> None:
        import numpy as np

        parts: list[int] = []
        for sequence in sequences:
            parts.extend(sequence)
            parts.append(-1)
        self.ids: NDArray[np.int32] = np.array(parts, dtype=np.int32)
        self._order: NDArray[np.int64] = np.argsort(self.ids, kind="stable")
        self._sorted: NDArray[np.int32] = self.ids[self._order]
        self._followed: NDArray[np.bool_] = np.append(self.ids[1:] >= 0, False)[: len(self.ids)]
        self._own: list[int] = []
        self._pairs: dict[tuple[int, int], list[int]] = {}
        self._singles: dict[int, list[int]] = {}

    def _grow(self, tokens: Sequence[int]) -> None:
        """Makes the own sequence equal `tokens`; appends when it only grew, else starts over from the change."""
        own = self._own
        count = len(own)
        if count > len(tokens) or own != list(tokens[:count]):
            self._own = own = []
            self._pairs = {}
            self._singles = {}
            count = 0
        own.extend(tokens[count:])
        for index in range(count, len(own)):
            self._singles.setdefault(own[index], []).append(index)
        for index in range(max(1, count), len(own)):
            self._pairs.setdefault((own[index - 1], own[index]), []).append(index)

    def _ends(self, tokens: Sequence[int]) -> NDArray[np.int64]:
        """Places in the other files where the last token of `tokens` stands (newest files last)."""
        import numpy as np

        low = int(np.searchsorted(self._sorted, tokens[-1], side="left"))
        high = int(np.searchsorted(self._sorted, tokens[-1], side="right"))
        ends = self._order[low:high]
        if len(ends) > MAX_PLACES and len(tokens) > 1:
            keep = self.ids[ends - 1] == tokens[-2]
            if keep.any():
                ends = ends[keep]
        return ends[-MAX_PLACES:]

    def _levels(self, tokens: Sequence[int], order: int) -> list[_Level]:
        """Context lengths from one token up, each with the places of that match that have a follower."""
        self._grow(tokens)
        ends = self._ends(tokens)
        ends = ends[self._followed[ends]]
        own = self._own
        mine: Sequence[int] = self._singles[own[-1]][-OWN_PLACES - 1 : -1]
        result: list[_Level] = []
        for length in range(1, min(order, len(tokens)) + 1):
            back = length - 1
            if length == 2:
                mine = self._pairs[own[-2], own[-1]][-OWN_PLACES - 1 : -1]
            elif length > 2 and mine:
                mine = [place for place in mine if place >= back and own[place - back] == tokens[-length]]
            if length > 1 and len(ends):
                ends = ends[ends >= back]
                ends = ends[self.ids[ends - back] == tokens[-length]]
            if not len(ends) and not mine:
                break
            result.append((length, ends, mine))
        return result

    def _followers(self, level: _Level) -> list[int]:
        return [*self.ids[level[1] + 1].tolist(), *(self._own[place + 1] for place in level[2])]

    def levels(self, tokens: Sequence[int], order: int = MAX_ORDER) -> list[tuple[int, list[int]]]:
        """``(context length, followers)`` from the longest matching context down to one token.

        Followers of a level are those of its longer contexts and more. Own text counts as well as other files.
        """
        if not tokens:
            return []
        return [(level[0], self._followers(level)) for level in reversed(self._levels(tokens, order))]

    def match_length(self, tokens: Sequence[int]) -> int:
        """Length of the longest suffix of `tokens` that occurs earlier with a follower (0..`MAX_ORDER`)."""
        levels = self._levels(tokens, MAX_ORDER) if tokens else []
        return levels[-1][0] if levels else 0

    def look(self, tokens: Sequence[int]) -> Followers:
        """What followed the longest contexts of the end of `tokens`, and how long and how frequent that match is."""
        levels = self._levels(tokens, MAX_ORDER) if tokens else []
        if not levels:
            return NOTHING
        length = levels[-1][0]
        longest = self._followers(levels[-1])
        rest = levels[:-1]
        if length == MAX_ORDER:
            length, further = self._longest(levels[-1])
            if length > MAX_ORDER:
                longest, rest = further, levels
        weights: dict[int, float] = {}
        mass, found = 1.0, longest
        for level in (*reversed(rest), None):
            mass -= _share_out(found, mass, level is None, weights)
            if mass < 1e-4 or level is None:
                break
            found = self._followers(level)
        scale = sum(weights.values())
        shares = {token: weight / scale for token, weight in weights.items()}
        return Followers(length, len(longest), len(set(longest)), shares)

    def _longest(self, level: _Level) -> tuple[int, list[int]]:
        """The longest match among the places of the last level, up to `LONGEST` tokens, and its followers."""
        own, last = self._own, len(self._own) - 1
        ids = self.ids
        best = 0
        followers: list[int] = []
        for place in level[1][-LONG_PLACES:].tolist():
            there = ids[max(0, place - LONGEST + 1) : place + 1].tolist()
            length = _common(there, len(there) - 1, own, last)
            if length >= best:
                followers = [*(followers if length == best else ()), int(ids[place + 1])]
                best = length
        for place in level[2][-LONG_PLACES:]:
            length = _common(own, place, own, last)
            if length >= best:
                followers = [*(followers if length == best else ()), own[place + 1]]
                best = length
        return best, followers

    def next_tokens(self, tokens: Sequence[int]) -> dict[int, float]:
        """Distribution over followers, longest contexts first; weights sum to 1, empty when nothing matches."""
        return self.look(tokens).weights

    def draft(self, tokens: Sequence[int], k: int) -> list[int]:
        """The `k` tokens that followed the longest match of the end of `tokens`; fewer at the end of a file.

        Among equally long matches the latest in the own text wins, then the latest in the other files.
        """
        if not tokens or k <= 0:
            return []
        self._grow(tokens)
        own, last = self._own, len(self._own) - 1
        best = 0
        source: list[int] = []
        mine = self._pairs[own[-2], own[-1]] if last else []
        for place in reversed(mine[-OWN_PLACES - 1 : -1]):
            length = _common(own, place, own, last)
            if length > best:
                best, source = length, own[place + 1 : place + 1 + k]
        ends = self._ends(tokens)
        ends = ends[ends + 1 < len(self.ids)]
        length = 1
        while len(ends) and length < min(DRAFT_ORDER, len(own)):
            further = ends[(ends >= length)]
            further = further[self.ids[further - length] == own[-1 - length]]
            if not len(further):
                break
            ends, length = further, length + 1
        if len(ends) and length > best:
            place = int(ends[-1])
            found = self.ids[place + 1 : place + 1 + k].tolist()
            source = found[: found.index(-1)] if -1 in found else found
        return source


def _common(left: Sequence[int], i: int, right: Sequence[int], j: int) -> int:
    """Number of equal tokens going back from ``left[i]`` and ``right[j]``, at most `DRAFT_ORDER`."""
    length = 0
    while length < DRAFT_ORDER and i >= length and j >= length and left[i - length] == right[j - length]:
        length += 1
    return length


def _share_out(followers: Sequence[int], mass: float, all_of_it: bool, weights: dict[int, float]) -> float:
    """Add a level's part of `mass` to `weights` by its counts; returns the part: c / (c + d), or all of it."""
    counts: dict[int, int] = {}
    for token in followers:
        counts[token] = counts.get(token, 0) + 1
    total = len(followers)
    kept = mass if all_of_it else mass * total / (total + len(counts))
    for token, count in counts.items():
        weights[token] = weights.get(token, 0.0) + kept * count / total
    return kept
