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

    def levels(self, tokens: Sequence[int], order: int = MAX_ORDER) -> list[tuple[int, list[int]]]:
        """``(context length, followers)`` from the longest matching context down to one token.

        Followers of a level are those of its longer contexts and more. Own text counts as well as other files.
        """
        if not tokens:
            return []
        self._grow(tokens)
        ends = self._ends(tokens)
        ends = ends[ends + 1 < len(self.ids)]
        own = self._own
        mine = self._singles[own[-1]][-OWN_PLACES - 1 : -1]
        result: list[tuple[int, list[int]]] = []
        for length in range(1, min(order, len(tokens)) + 1):
            back = length - 1
            if length == 2:
                mine = self._pairs[own[-2], own[-1]][-OWN_PLACES - 1 : -1]
            elif length > 2:
                mine = [place for place in mine if place >= back and own[place - back] == tokens[-length]]
            if length > 1:
                ends = ends[ends >= back]
                ends = ends[self.ids[ends - back] == tokens[-length]]
            followers = self.ids[ends + 1].tolist() + [own[place + 1] for place in mine]
            followers = [token for token in followers if token >= 0]
            if not followers:
                break
            result.append((length, followers))
        result.reverse()
        return result

    def match_length(self, tokens: Sequence[int]) -> int:
        """Length of the longest suffix of `tokens` that occurs earlier with a follower (0..`MAX_ORDER`)."""
        levels = self.levels(tokens)
        return levels[0][0] if levels else 0

    def next_tokens(self, tokens: Sequence[int]) -> dict[int, float]:
        """Distribution over followers, longest contexts first; weights sum to 1, empty when nothing matches."""
        levels = self.levels(tokens)
        weights: dict[int, float] = {}
        mass = 1.0
        for place, (_, followers) in enumerate(levels):
            total = len(followers)
            counts: dict[int, int] = {}
            for token in followers:
                counts[token] = counts.get(token, 0) + 1
            last = place == len(levels) - 1
            kept = mass if last else mass * total / (total + len(counts))
            for token, count in counts.items():
                weights[token] = weights.get(token, 0.0) + kept * count / total
            mass -= kept
            if mass < 1e-4:
                break
        scale = sum(weights.values())
        return {token: weight / scale for token, weight in weights.items()} if scale else {}

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
