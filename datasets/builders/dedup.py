"""Near-duplicates by MinHash over token shingles (Broder 1997), with datasketch's locality-sensitive hashing.

`NearDuplicates` keeps one of each group of near-equal files within the training text; it estimates. `HeldOut` removes
from it everything near a held-out file; it counts shingles exactly, because a copy that slips through spoils a figure.
Comments and white space do not count, so a copy under another licence header or with
other indentation is still a copy.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Hashable

_COMMENTS = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_TOKENS = re.compile(r"[A-Za-z_$][\w$]*|\d[\w']*|[^\w\s]")
SHINGLE = 6
"""Tokens in a shingle."""
PERMUTATIONS = 64
"""MinHash permutations: the Jaccard estimate has a standard error of about 0.06."""


def code_tokens(text: str) -> list[str]:
    """Tokens of Verilog `text` without comments."""
    return _TOKENS.findall(_COMMENTS.sub(" ", text))


def content_key(text: str) -> str:
    """Hash of the code tokens alone: equal for files that differ only in comments and layout."""
    return hashlib.sha256(" ".join(code_tokens(text)).encode("utf-8", "surrogateescape")).hexdigest()


def _runs(text: str) -> set[bytes]:
    """All runs of `SHINGLE` code tokens of `text` (the whole text when it is shorter)."""
    tokens = code_tokens(text)
    return {
        " ".join(tokens[i : i + SHINGLE]).encode("utf-8", "surrogateescape")
        for i in range(max(1, len(tokens) - SHINGLE + 1))
    }


def signature(text: str) -> Any:
    """The `datasketch.MinHash` of a file's shingles. Raises `ToolError` when datasketch is not installed."""
    try:
        from datasketch import MinHash
    except ImportError as error:
        raise ToolError(
            "near-duplicate removal needs the datasketch package", hint="pip install 'rtlgen[train]'"
        ) from error
    sketch = MinHash(num_perm=PERMUTATIONS, seed=1)
    sketch.update_batch(sorted(_runs(text)))
    return sketch


def shingles(text: str) -> set[int]:
    """Hashes of all runs of `SHINGLE` code tokens of `text` (of the whole text when it is shorter)."""
    return {zlib.crc32(run) for run in _runs(text)}


class HeldOut:
    """Held-out files, asked whether a file is near one of them: by Jaccard similarity, or because one holds the other."""

    def __init__(self, threshold: float, contained: float = 0.8, least: int = 40) -> None:
        """`threshold`: Jaccard similarity, `contained`: share of the smaller file's shingles, when it has `least`."""
        self.threshold, self.contained, self.least = threshold, contained, least
        self._names: list[str] = []
        self._sizes: list[int] = []
        self._places: dict[int, list[int]] = {}

    def add(self, name: str, text: str) -> None:
        """Hold out `text`, called `name` in answers."""
        mine = shingles(text)
        for shingle in mine:
            self._places.setdefault(shingle, []).append(len(self._names))
        self._names.append(name)
        self._sizes.append(len(mine))

    def near(self, text: str) -> str | None:
        """The name of the nearest held-out file that `text` is a copy of, or None."""
        mine = shingles(text)
        shared: Counter[int] = Counter()
        for shingle in mine:
            shared.update(self._places.get(shingle, ()))
        best: tuple[float, int] | None = None
        for index, count in shared.items():
            smaller = min(len(mine), self._sizes[index])
            jaccard = count / (len(mine) + self._sizes[index] - count)
            inside = count / smaller if smaller >= self.least else 0.0
            if jaccard >= self.threshold or inside >= self.contained:
                best = max(best or (0.0, index), (max(jaccard, inside), index))
        return self._names[best[1]] if best else None


class NearDuplicates:
    """A growing set of files that answers which stored file a new one is near to."""

    def __init__(self, threshold: float) -> None:
        """`threshold`: estimated Jaccard similarity of shingle sets from which two files count as copies."""
        from datasketch import MinHashLSH

        self.threshold = threshold
        self._index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
        self._sketches: dict[Hashable, Any] = {}

    def add(self, key: Hashable, sketch: Any) -> None:
        """Store the sketch of a file under `key`."""
        self._index.insert(key, sketch, check_duplication=False)
        self._sketches[key] = sketch

    def nearest(self, sketch: Any) -> tuple[Hashable, float] | None:
        """The stored key most similar to `sketch` and its similarity (0-1), or None below the threshold."""
        found = [(key, float(self._sketches[key].jaccard(sketch))) for key in self._index.query(sketch)]
        best = max(found, key=lambda item: item[1], default=None)
        return best if best and best[1] >= self.threshold else None
