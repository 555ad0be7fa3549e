"""The trained embedder: vectors of Verilog text from tables that `rtlgen train embedder` learned.

A vector has two parts, each of length 1 before they are joined with shares m and 1 - m:

    hashed part    sum over words of log(1 + count) u(w) r(w)     r(w): the word and its trigrams hashed into 384 dims
    learned part   sum over words of log(1 + count) e(w)          e(w) = T[w] + mean over trigrams of G[trigram]

so the inner product of a query and a chunk is m times the likeness of their names plus 1 - m times what was learned.
Queries have weights u(w) of their own, and their learned part is turned by a matrix W: what stands above the cursor is
not what is looked for. Words without a row in T have their trigrams and the weight of their class. Everything is read
from one file of plain arrays (``embedder.npz``, tables in 8 bits with a scale a row); torch is not used. The trigrams
are those of fastText (Bojanowski et al., arXiv 1607.04606), the hashing is Weinberger et al. 2009.

    rtlgen retrieve --file top.v --line 40 --sources dense
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import UsageError
from rtlgen.retrieval.dense import (
    DIMENSION,
    REMEMBERED,
    Features,
    code_of,
    counted,
    grams,
    hashed,
    hashed_sums,
    normalised,
)
from rtlgen.retrieval.lexical import Counts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE = "embedder.npz"
VERSION = 1
SHIPPED = Path(str(resources.files("rtlgen.assets"))) / "embedder"
CLASSES = 7
"""Classes of words without a row: number, operator, short, middle and long name, name of parts, long name of parts."""
BLOCK = 512
"""Documents whose learned parts are summed at a time."""
_ARRAYS = ("table", "table_scale", "grams", "grams_scale", "weights", "classes", "turn", "share")
_DAMAGED = (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile)


def class_of(word: str) -> int:
    """Class of a word, see `CLASSES`."""
    if word[0].isdigit() or word[0] == "'":
        return 0
    if not (word[0].isalpha() or word[0] in "_`$\\"):
        return 1
    if "_" in word.strip("_"):
        return 5 if len(word) < 12 else 6
    return 2 if len(word) < 4 else 3 if len(word) < 9 else 4


class TrainedEmbedder:
    """Vectors by learned tables, the same on every machine that computes in IEEE floats.

    Raises UsageError for a folder whose ``embedder.npz`` is missing, damaged or of another version.
    """

    def __init__(self, folder: Path) -> None:
        arrays, digest = _read(folder / FILE)
        try:
            self._take(arrays)
        except _DAMAGED as error:
            raise _damaged(folder / FILE, error) from None
        self.key = f"trained-{digest[:12]}"
        self._known: dict[str, tuple[Features, tuple[int, ...], int]] = {}

    def _take(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        import numpy as np

        text = bytes(arrays["words"]).decode("utf-8", "surrogatepass")
        self._ids = {word: row for row, word in enumerate(text.split("\n"))} if text else {}
        table, letters = (
            arrays[name].astype(np.float32) * arrays[f"{name}_scale"].astype(np.float32)[:, None]
            for name in ("table", "grams")
        )
        self._table, self._grams = table, letters
        self._weights = np.concatenate([arrays["weights"], arrays["classes"]]).astype(np.float32)
        self._turn = arrays["turn"].astype(np.float32)
        self._share = float(arrays["share"])
        width = self._turn.shape[0]
        if (
            table.shape != (len(self._ids), width)
            or letters.shape[1:] != (width,)
            or not len(letters)
            or self._weights.shape != (len(self._ids) + CLASSES, 2)
            or self._turn.shape != (width, width)
            or not 0 <= self._share <= 1
        ):
            raise ValueError("sizes do not agree")

    @property
    def dimension(self) -> int:
        """Dimensions of the vectors."""
        return DIMENSION + int(self._turn.shape[0])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, d) of `texts`, of length 1 or 0."""
        return self.embed_counts(*counted(texts))

    def embed_counts(self, words: Sequence[str], counts: Counts) -> NDArray[np.float32]:
        """Vectors (documents, d) from word counts; `words` are the words by id."""
        return self._vectors(words, counts, query=False)

    def embed_query(self, text: str, words: Sequence[str]) -> NDArray[np.float32]:  # noqa: ARG002
        """Vector (d,) of a query from its `words`, with repeats."""
        import numpy as np

        ids: dict[str, int] = {}
        for word in words:
            ids[word] = ids.get(word, 0) + 1
        indptr = np.array([0, len(ids)], dtype=np.int64)
        times = np.array(list(ids.values()), dtype=np.int32)
        counts = Counts(indptr, np.arange(len(ids), dtype=np.int32), times)
        return np.asarray(self._vectors(list(ids), counts, query=True)[0], dtype=np.float32)

    def _vectors(self, words: Sequence[str], counts: Counts, *, query: bool) -> NDArray[np.float32]:
        import numpy as np

        used, local = np.unique(counts.ids, return_inverse=True)
        found = [self._features(words[index]) for index in used]
        rows = np.array([row for _, _, row in found], dtype=np.int64)
        weights = self._weights[rows, int(query)] if len(rows) else np.zeros(0, dtype=np.float32)
        features = [
            (dims, tuple([value * weight for value in values]))
            for ((dims, values), _, _), weight in zip(found, weights.tolist(), strict=True)
        ]
        names = normalised(hashed_sums(features, local, counts))
        learned = self._learned(found, rows, local, counts)
        if query:
            learned = learned @ self._turn
        parts = (names * self._share**0.5, normalised(learned) * (1 - self._share) ** 0.5)
        return normalised(np.concatenate(parts, axis=1))

    def _learned(
        self,
        found: Sequence[tuple[Features, tuple[int, ...], int]],
        rows: NDArray[np.int64],
        local: NDArray[np.int64],
        counts: Counts,
    ) -> NDArray[np.float32]:
        """Sums (documents, width) of the learned vectors of words."""
        import numpy as np

        width = self._table.shape[1]
        vectors = np.zeros((len(found), width), dtype=np.float32)
        known = rows < len(self._table)
        vectors[known] = self._table[rows[known]]
        lengths = np.array([len(codes) for _, codes, _ in found], dtype=np.int64)
        spelt = np.nonzero(lengths)[0]
        if len(spelt):
            codes = np.array([c for _, found_codes, _ in found for c in found_codes], dtype=np.int64)
            starts = (np.cumsum(lengths) - lengths)[spelt]
            vectors[spelt] += np.add.reduceat(self._grams[codes], starts, axis=0) / lengths[spelt][:, None]
        result = np.zeros((counts.documents, width), dtype=np.float32)
        for first in range(0, counts.documents, BLOCK):
            last = min(first + BLOCK, counts.documents)
            place = counts.indptr[first : last + 1]
            filled = np.nonzero(np.diff(place))[0]
            if len(filled):
                entries = slice(int(place[0]), int(place[-1]))
                times = np.log1p(counts.counts[entries].astype(np.float64))[:, None]
                terms = (
                    vectors[local[entries]] * times
                )  # 64 bits: the sum must not depend on the order of words
                result[first + filled] = np.add.reduceat(terms, place[filled] - place[0], axis=0)
        return result

    def _features(self, word: str) -> tuple[Features, tuple[int, ...], int]:
        """Hashed vector of a word, rows of its trigrams, and the row of its weights (and, when known, of the table)."""
        found = self._known.get(word)
        if found is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            row = self._ids.get(word, -1)
            codes = tuple([code_of(gram) % len(self._grams) for gram in grams(word)])
            found = (hashed(word), codes, row if row >= 0 else len(self._ids) + class_of(word))
            self._known[word] = found
        return found


def packed(
    words: Sequence[str],
    table: NDArray[np.float32],
    letters: NDArray[np.float32],
    weights: NDArray[np.float32],
    classes: NDArray[np.float32],
    turn: NDArray[np.float32],
    share: float,
) -> bytes:
    """The content of ``embedder.npz``: `table` (words, d) and `letters` (buckets, d) in 8 bits, the rest in 16 and 32.

    `weights` (words, 2) and `classes` (CLASSES, 2) are for chunks and for queries, `turn` is (d, d).
    """
    import numpy as np

    arrays: dict[str, NDArray[Any]] = {
        "version": np.array(VERSION),
        "words": np.frombuffer("\n".join(words).encode("utf-8", "surrogatepass"), dtype=np.uint8),
        "weights": weights.astype(np.float16),
        "classes": classes.astype(np.float16),
        "turn": turn.astype(np.float16),
        "share": np.array(share, dtype=np.float32),
    }
    for name, values in (("table", table), ("grams", letters)):
        scale = np.maximum(np.abs(values).max(axis=1, initial=0.0) / 127, 1e-8).astype(np.float32)
        arrays[name] = np.round(values / scale[:, None]).astype(np.int8)
        arrays[f"{name}_scale"] = scale
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _read(path: Path) -> tuple[dict[str, NDArray[Any]], str]:
    """The arrays of a file, whose checksums are verified, and its SHA-256."""
    import numpy as np

    try:
        data = path.read_bytes()
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        version = int(arrays["version"])
    except FileNotFoundError:
        raise UsageError("there is no embedder", where=path, hint="rtlgen train embedder --help") from None
    except _DAMAGED as error:
        raise _damaged(path, error) from None
    if version != VERSION:
        raise UsageError(
            f"the embedder is of version {version}, not {VERSION}",
            where=path,
            hint="train it again with this rtlgen, or set retrieval.embedder = 'hashed'",
        )
    missing = [name for name in ("words", *_ARRAYS) if name not in arrays]
    if missing:
        raise _damaged(path, KeyError(missing[0]))
    return arrays, hashlib.sha256(data).hexdigest()


def _damaged(path: Path, error: Exception) -> UsageError:
    return UsageError(
        f"the embedder is damaged ({type(error).__name__}: {str(error)[:80]})",
        where=path,
        hint="copy or train it again, or set retrieval.embedder = 'hashed'",
    )
