"""Copies and near copies: hashes of token shingles and of runs of lines, and MinHash sketches (Broder 1997).

`NearDuplicates` keeps one of each group of near-equal files within the training text; it estimates. What has to be exact,
because a copy that slips through spoils a figure, is `rtlgen.datasets.overlap`, on the same hashes.
Comments and white space do not count, so a copy under another licence header or with
other indentation is still a copy.

Try: ``python -c "from rtlgen.datasets.dedup import signature; print(signature('a = b').jaccard(signature('a=b')))"``
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable

_COMMENTS = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_TOKENS = re.compile(r"[A-Za-z_$][\w$]*|\d[\w']*|[^\w\s]")
SHINGLE = 6
"""Tokens in a shingle."""
PERMUTATIONS = 128
"""MinHash permutations: the Jaccard estimate has a standard error of at most 0.045."""
BANDS = 32
"""Bands of the index, of 4 values each: files of similarity 0.7 share one with probability 0.9998."""
RUN = 10
"""Consecutive lines of code that make a run."""
RUN_CHARACTERS = 160
"""Fewest characters of a run without blanks: below it a run is `end`, `endcase`, brackets and the like."""
_MIX = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def code_tokens(text: str) -> list[str]:
    """Tokens of Verilog `text` without comments."""
    return _TOKENS.findall(_COMMENTS.sub(" ", text))


def content_key(text: str) -> str:
    """Hash of the code tokens alone: equal for files that differ only in comments and layout."""
    return hashlib.sha256(" ".join(code_tokens(text)).encode("utf-8", "surrogateescape")).hexdigest()


def _hash(part: str) -> int:
    """64 bits of a token or line, the same in every process."""
    raw = part.encode("utf-8", "surrogateescape")
    return (zlib.crc32(raw) << 32 | zlib.adler32(raw, len(raw))) * _MIX & _MASK


class _Numbers(dict[str, int]):
    """Token -> 64-bit number, remembered, with a bound on how many are."""

    def __missing__(self, part: str) -> int:
        if len(self) > 1_000_000:
            self.clear()
        number = self[part] = _hash(part)
        return number


_numbers = _Numbers()


def _runs_of(numbers: list[int], length: int) -> Any:
    """One 64-bit hash for every run of `length` numbers (for the whole when it is shorter), in order."""
    import numpy as np

    values = np.array(numbers, dtype=np.uint64)
    length = min(length, len(values))
    total = np.zeros(max(len(values) - length + 1, 1), dtype=np.uint64)
    for place in range(length):
        total = (total ^ values[place : place + len(total)]) * np.uint64(_MIX)
        total ^= total >> np.uint64(29)
    return total


def shingle_hashes(text: str) -> Any:
    """Sorted unique 64-bit hashes of all runs of `SHINGLE` code tokens of `text`, as a NumPy array."""
    import numpy as np

    return np.unique(_runs_of([_numbers[token] for token in code_tokens(text)], SHINGLE))


def shingles(text: str) -> set[int]:
    """Hashes of all runs of `SHINGLE` code tokens of `text` (of the whole text when it is shorter)."""
    return set(shingle_hashes(text).tolist())


def code_lines(text: str) -> list[tuple[int, str]]:
    """(0-based line number, code without any blank) of the lines of `text` that hold code; comments do not count."""
    bare = _COMMENTS.sub(lambda found: "\n" * found.group(0).count("\n") or " ", text)
    lines = (("".join(line.split())) for line in bare.split("\n"))
    return [(number, line) for number, line in enumerate(lines) if line]


def line_runs(text: str) -> dict[int, int]:
    """Hash -> 0-based first line of every run of `RUN` lines of code that holds at least `RUN_CHARACTERS`."""
    lines = code_lines(text)
    if len(lines) < RUN:
        return {}
    runs = _runs_of([_hash(line) for _, line in lines], RUN).tolist()
    sizes = [len(line) for _, line in lines]
    room = sum(sizes[:RUN])
    found: dict[int, int] = {}
    for start, run in enumerate(runs):
        if room >= RUN_CHARACTERS:
            found.setdefault(run, lines[start][0])
        room += (sizes[start + RUN] if start + RUN < len(sizes) else 0) - sizes[start]
    return found


class Sketch:
    """MinHash of a text's shingles."""

    def __init__(self, values: Any) -> None:
        """`values`: the `PERMUTATIONS` smallest hashes, as a NumPy array."""
        self.values = values

    def jaccard(self, other: Sketch) -> float:
        """Estimated Jaccard similarity (0-1) of the two shingle sets."""
        return float((self.values == other.values).mean())

    def bands(self) -> list[tuple[int, bytes]]:
        """The keys under which similar sketches meet."""
        width = PERMUTATIONS // BANDS
        return [(b, self.values[b * width : (b + 1) * width].tobytes()) for b in range(BANDS)]


def signature(text: str) -> Sketch:
    """The MinHash sketch of `text`."""
    import numpy as np

    factors = np.random.default_rng(1).integers(0, 2**63, size=(PERMUTATIONS, 1), dtype=np.uint64)
    mine = shingle_hashes(text)
    values = np.full(PERMUTATIONS, 2**32 - 1, dtype=np.uint64)
    for start in range(0, len(mine), 4096):
        mixed = (mine[None, start : start + 4096] * (2 * factors + 1)) >> np.uint64(32)
        values = np.minimum(values, mixed.min(axis=1))
    return Sketch(values.astype(np.uint32))


class NearDuplicates:
    """A growing set of files that answers which stored file a new one is near to."""

    def __init__(self, threshold: float) -> None:
        """`threshold`: estimated Jaccard similarity of shingle sets from which two files count as copies."""
        self.threshold = threshold
        self._bands: dict[tuple[int, bytes], list[Hashable]] = {}
        self._sketches: dict[Hashable, Sketch] = {}

    def add(self, key: Hashable, sketch: Sketch) -> None:
        """Store the sketch of a file under `key`."""
        for band in sketch.bands():
            self._bands.setdefault(band, []).append(key)
        self._sketches[key] = sketch

    def nearest(self, sketch: Sketch) -> tuple[Hashable, float] | None:
        """The stored key most similar to `sketch` and its similarity (0-1), or None below the threshold."""
        met = Counter(key for band in sketch.bands() for key in self._bands.get(band, ()))
        found = [(key, self._sketches[key].jaccard(sketch)) for key in met]
        best = max(found, key=lambda item: item[1], default=None)
        return best if best and best[1] >= self.threshold else None
