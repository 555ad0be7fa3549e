"""How much a text has in common with each text of a set: similarity, containment, and runs of equal lines of code.

The one measure of the corpus builder (what it removes) and of its audit (what it reports). Counted exactly on hashes of
shingles and of lines, in memory, with sorted arrays: adding and asking are linear in the text. Comments, layout and
`timescale-like directives do not count. It reads no files.

Try: ``python -c "from rtlgen.datasets.overlap import Overlaps, Thresholds; print(Thresholds())"``
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.datasets.dedup import line_runs, shingle_hashes

MEASURE = 1
"""Version of what is counted here and of the hashes below it: raise it with every change of theirs."""


@dataclass(frozen=True)
class Thresholds:
    """From where on two texts count as overlapping; any one of the three suffices."""

    jaccard: float = 0.4
    """Jaccard similarity (0-1) of the sets of runs of six tokens."""
    contained: float = 0.8
    """Share (0-1) of the smaller text's runs of six tokens that the other holds, when it has `least` of them."""
    least: int = 40
    """Runs of six tokens that a text needs for `contained` to be asked."""
    runs: int = 1
    """Runs of ten equal lines of code of at least 160 characters; 0 asks nothing of lines."""

    def __post_init__(self) -> None:
        if not (0 < self.jaccard <= 1 and 0 < self.contained <= 1 and self.least >= 1 and self.runs >= 0):
            raise UsageError(
                f"thresholds out of range: {self}",
                hint="shares lie above 0 and up to 1, counts are not negative",
            )

    def above(self, match: Match) -> bool:
        """Does the match reach one of the thresholds?"""
        return (
            match.jaccard >= self.jaccard
            or match.contained >= self.contained
            or (self.runs > 0 and match.runs >= self.runs)
        )


@dataclass(frozen=True)
class Match:
    """What a text has in common with the stored text `name`."""

    name: str
    jaccard: float
    contained: float
    """0 when the smaller text has too few runs of tokens to say."""
    runs: int
    """Runs of ten lines of code that stand in both."""
    line: int | None
    """1-based line of the asked text where the first such run begins."""

    @property
    def score(self) -> float:
        """By what matches are ordered: the larger share, and 1 and more when lines are equal."""
        return max(self.jaccard, self.contained, 1.0 + 0.001 * self.runs if self.runs else 0.0)


class Overlaps:
    """Texts by name, asked which of them a text overlaps with."""

    def __init__(self, thresholds: Thresholds | None = None) -> None:
        """`thresholds` decide over `nearest`; `matches` takes a lower floor where wanted."""
        self.thresholds = thresholds or Thresholds()
        self._names: list[str] = []
        self._tokens = _Postings()
        self._lines = _Postings()

    def __len__(self) -> int:
        return len(self._names)

    def add(self, name: str, text: str) -> None:
        """Store `text`, called `name` in answers."""
        import numpy as np

        self._tokens.add(shingle_hashes(text))
        self._lines.add(np.array(sorted(line_runs(text)), dtype=np.uint64))
        self._names.append(name)

    def matches(self, text: str, floor: float | None = None) -> list[Match]:
        """Stored texts that overlap with `text`, nearest first.

        `floor`: a lower bound for similarity and containment (0-1) that also lets weaker matches through, for a table of
        the nearest; without it those that reach the thresholds.
        """
        import numpy as np

        if not self._names:
            return []
        mine, lines = shingle_hashes(text), line_runs(text)
        shared, runs = self._tokens.shared(mine), np.zeros(len(self._names), dtype=np.int64)
        if lines:
            runs = self._lines.shared(np.array(sorted(lines), dtype=np.uint64))
        sizes = self._tokens.sizes
        jaccard = shared / (len(mine) + sizes - shared)
        smaller = np.minimum(len(mine), sizes)
        inside = np.where(smaller >= self.thresholds.least, shared / smaller, 0.0)
        low = (
            self.thresholds
            if floor is None
            else Thresholds(floor, floor, self.thresholds.least, self.thresholds.runs)
        )
        hit = (jaccard >= low.jaccard) | (inside >= low.contained) | ((runs >= low.runs) & (low.runs > 0))
        found = [
            Match(
                self._names[i],
                round(float(jaccard[i]), 4),
                round(float(inside[i]), 4),
                int(runs[i]),
                self._first_line(lines, i) if runs[i] else None,
            )
            for i in np.flatnonzero(hit).tolist()
        ]
        return sorted(found, key=lambda match: (-match.score, match.name))

    def nearest(self, text: str) -> Match | None:
        """The nearest stored text that reaches a threshold, or None."""
        return next(iter(self.matches(text)), None)

    def _first_line(self, lines: dict[int, int], index: int) -> int:
        return 1 + min(line for run, line in lines.items() if self._lines.holds(run, index))


class _Postings:
    """Which of the stored sets hold a number: sorted arrays, made when first asked."""

    def __init__(self) -> None:
        self._parts: list[Any] = []
        self._sorted: tuple[Any, Any, Any] | None = None

    def add(self, numbers: Any) -> None:
        """Store a set of 64-bit numbers (unique, as a NumPy array)."""
        self._parts.append(numbers)
        self._sorted = None

    @property
    def sizes(self) -> Any:
        """How many numbers each stored set has."""
        return self._arrays()[2]

    def shared(self, numbers: Any) -> Any:
        """For each stored set how many of `numbers` it holds."""
        import numpy as np

        keys, places, sizes = self._arrays()
        first, last = np.searchsorted(keys, numbers), np.searchsorted(keys, numbers, side="right")
        hits = [places[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True) if b > a]
        return np.bincount(
            np.concatenate(hits) if hits else np.zeros(0, dtype=np.int64), minlength=len(sizes)
        )

    def holds(self, number: int, index: int) -> bool:
        """Is `number` in the stored set `index`?"""
        import numpy as np

        keys, places, _ = self._arrays()
        first, last = (
            np.searchsorted(keys, np.uint64(number)),
            np.searchsorted(keys, np.uint64(number), side="right"),
        )
        return bool((places[first:last] == index).any())

    def _arrays(self) -> tuple[Any, Any, Any]:
        import numpy as np

        if self._sorted is None:
            sizes = np.array([len(part) for part in self._parts], dtype=np.int64)
            keys = np.concatenate(self._parts) if self._parts else np.zeros(0, dtype=np.uint64)
            order = np.argsort(keys, kind="stable")
            self._sorted = keys[order], np.repeat(np.arange(len(sizes)), sizes)[order], sizes
        return self._sorted
