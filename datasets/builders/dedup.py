"""Near-duplicates by MinHash over token shingles (Broder 1997), with datasketch's locality-sensitive hashing.

Used twice: to keep one of each group of near-equal files within the training text, and to remove from it
everything near a held-out file. Comments and white space do not count, so a copy under another licence header or with
other indentation is still a copy.
"""

from __future__ import annotations

import hashlib
import re
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


def signature(text: str) -> Any:
    """The `datasketch.MinHash` of a file's shingles. Raises `ToolError` when datasketch is not installed."""
    try:
        from datasketch import MinHash
    except ImportError as error:
        raise ToolError(
            "near-duplicate removal needs the datasketch package", hint="pip install 'rtlgen[train]'"
        ) from error
    tokens = code_tokens(text)
    shingles = {
        " ".join(tokens[i : i + SHINGLE]).encode("utf-8", "surrogateescape")
        for i in range(max(1, len(tokens) - SHINGLE + 1))
    }
    sketch = MinHash(num_perm=PERMUTATIONS, seed=1)
    sketch.update_batch(sorted(shingles))
    return sketch


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
