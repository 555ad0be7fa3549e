"""Dense vectors of chunks and exact search over them with FAISS.

`HashedEmbedder` needs no model: the weighted words of a text and the letter trigrams of its names are
hashed with signs into 384 dimensions (feature hashing, Weinberger et al. 2009), which finds names that are
spelt alike and vocabularies that are shared; it knows no meaning. `rtlgen.retrieval.embedder` adds vectors that
were learned on Verilog, and `SentenceEmbedder` takes any sentence-transformers folder instead.

    python -c "from rtlgen.retrieval.dense import HashedEmbedder as H; v = H().embed(['wr_ptr',
    'write_ptr']); print(v @ v.T)"
"""

from __future__ import annotations

import importlib
import math
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.retrieval.lexical import Counts, Vocabulary
from rtlgen.retrieval.lines import KEYWORDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIMENSION = 384
"""Dimensions of the hashed vectors."""
BLOCK = 2048
"""Documents whose vectors are made at a time."""
REMEMBERED = 200_000
"""Words whose vectors an embedder keeps."""

_COMMON = frozenset(
    (
        "clk",
        "clock",
        "rst",
        "reset",
        "rst_n",
        "i",
        "j",
        "a",
        "b",
        "x",
        "n",
        "in",
        "out",
        "data",
        "valid",
        "ready",
    )
)
_WHOLE, _LETTERS = 0.8, 0.6
"""Shares of the whole word and of its letters in a word's vector (their squares sum to 1)."""


class Embedder(Protocol):
    """Texts to vectors."""

    @property
    def key(self) -> str:
        """Name of the embedder: vectors of different keys cannot be compared."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, d) of Euclidean length 1; a text without words gives zeros."""

    def embed_query(self, text: str, words: Sequence[str]) -> NDArray[np.float32]:
        """Vector (d,) to search with: of the lines above a place, or of the `words` of its query."""


@runtime_checkable
class CountEmbedder(Embedder, Protocol):
    """An embedder that is satisfied with the word counts that an index holds anyway."""

    def embed_counts(self, words: Sequence[str], counts: Counts) -> NDArray[np.float32]:
        """Vectors (documents, d) from word counts; `words` are the words by id."""


class HashedEmbedder:
    """Hashed, weighted words and letter trigrams; the same on every machine and in every process."""

    key = "hashed-1"

    def __init__(self) -> None:
        self._words: dict[str, tuple[tuple[int, ...], tuple[float, ...]]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, 384) of `texts`, of length 1 or 0."""
        return self.embed_counts(*counted(texts))

    def embed_query(self, text: str, words: Sequence[str]) -> NDArray[np.float32]:  # noqa: ARG002
        """Vector (384,) of `text`."""
        vector: NDArray[np.float32] = self.embed([text])[0]
        return vector

    def embed_counts(self, words: Sequence[str], counts: Counts) -> NDArray[np.float32]:
        """Vectors (documents, 384) from word counts; `words` are the words by id."""
        import numpy as np

        used, local = np.unique(counts.ids, return_inverse=True)
        features = [self._features(words[index]) for index in used]
        return normalised(hashed_sums(features, local, counts))

    def _features(self, word: str) -> Features:
        """Dimensions and weights of one word."""
        found = self._words.get(word)
        if found is None:
            dims, values = hashed(word)
            weight = word_weight(word)
            if len(self._words) >= REMEMBERED:
                self._words.clear()
            found = self._words[word] = (dims, tuple([weight * value for value in values]))
        return found


Features = tuple[tuple[int, ...], tuple[float, ...]]
"""Dimensions and values of a word's hashed vector."""


def counted(texts: Sequence[str]) -> tuple[list[str], Counts]:
    """Words of texts by id, and the counts of each text."""
    vocabulary = Vocabulary()
    rows: list[str] = []
    spans = []
    for text in texts:
        lines = text.split("\n")
        spans.append((len(rows), len(rows) + len(lines)))
        rows.extend(lines)
    counts = vocabulary.count(rows, spans)
    return vocabulary.words, counts


def grams(word: str) -> list[str]:
    """Letter trigrams of a name with its ends marked, none of what is no name or too short."""
    if len(word) < 3 or not (word[0].isalpha() or word[0] == "_"):
        return []
    framed = f"^{word}$"
    return ["#" + framed[i : i + 3] for i in range(len(framed) - 2)]


def code_of(gram: str) -> int:
    """32-bit hash of a word or trigram, the same everywhere."""
    return zlib.crc32(gram.encode("utf-8", "surrogatepass"))


def hashed(word: str) -> Features:
    """The hashed vector of a word, of about length 1: itself, and its letter trigrams when it is a name."""
    found = [word, *grams(word)]
    share = _LETTERS / math.sqrt(max(1, len(found) - 1))
    dims, values = [], []
    for index, gram in enumerate(found):
        code = code_of(gram)
        part = (_WHOLE if len(found) > 1 else 1.0) if index == 0 else share
        dims.append(code % DIMENSION)
        values.append(part if code >> 31 else -part)
    return tuple(dims), tuple(values)


def hashed_sums(
    features: Sequence[Features], local: NDArray[np.int64], counts: Counts
) -> NDArray[np.float32]:
    """Sums (documents, 384) of the words' vectors, each times log(1 + count); ``local[i]`` is the row in `features`
    of the word ``counts.ids[i]``."""
    import numpy as np

    sizes = np.array([len(dims) for dims, _ in features], dtype=np.int64)
    starts = np.zeros(len(features) + 1, dtype=np.int64)
    np.cumsum(sizes, out=starts[1:])
    dims = np.array([d for found, _ in features for d in found], dtype=np.int64)
    values = np.array([v for _, found in features for v in found], dtype=np.float64)
    result = np.zeros((counts.documents, DIMENSION), dtype=np.float32)
    for first in range(0, counts.documents, BLOCK):
        last = min(first + BLOCK, counts.documents)
        rows = slice(int(counts.indptr[first]), int(counts.indptr[last]))
        word = local[rows]
        document = np.repeat(np.arange(last - first), np.diff(counts.indptr[first : last + 1]))
        length = sizes[word]
        offset = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
        feature = np.repeat(starts[word], length) + offset
        cell = np.repeat(document * DIMENSION, length) + dims[feature]
        weight = values[feature] * np.repeat(np.log1p(counts.counts[rows]), length)
        block = np.bincount(cell, weights=weight, minlength=(last - first) * DIMENSION)
        result[first:last] = block.reshape(last - first, DIMENSION)
    return result


class SentenceEmbedder:
    """A sentence-transformers model from a local folder, on the CPU."""

    def __init__(self, path: str | Path) -> None:
        folder = Path(path).expanduser()
        if not folder.is_dir():
            raise UsageError(
                "no such folder with a sentence-transformers model",
                where=folder,
                hint="retrieval.embedder = 'builtin' needs none",
            )
        try:
            package = importlib.import_module("sentence_transformers")
        except ImportError:
            raise ToolError(
                "the package sentence-transformers is not installed",
                hint="pip install sentence-transformers, or set retrieval.embedder = 'builtin'",
            ) from None
        self.key = f"sentence-{folder.name}-{zlib.crc32(str(folder.resolve()).encode()):08x}"
        try:
            self._model: Any = package.SentenceTransformer(
                str(folder), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
            )
        except Exception as error:  # whatever the folder lacks
            raise UsageError(
                f"is no sentence-transformers model: {error}",
                where=folder,
                hint="it needs modules.json, config.json and safetensors weights",
            ) from None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, d) of `texts`, of length 1."""
        import numpy as np

        found = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)

    def embed_query(self, text: str, words: Sequence[str]) -> NDArray[np.float32]:  # noqa: ARG002
        """Vector (d,) of `text`."""
        vector: NDArray[np.float32] = self.embed([text])[0]
        return vector


def embedder_of(name: str) -> Embedder:
    """``builtin``, ``hashed``, the folder of a trained embedder, or that of a sentence-transformers model.

    ``builtin`` is the trained embedder that rtlgen ships, or ``hashed`` where it ships none.
    """
    from rtlgen.retrieval.embedder import FILE, SHIPPED

    if name == "hashed" or (name == "builtin" and not (SHIPPED / FILE).is_file()):
        return _hashed()
    folder = SHIPPED if name == "builtin" else Path(name).expanduser()
    if not (folder / FILE).is_file():
        return SentenceEmbedder(folder)
    status = (folder / FILE).stat()
    return _trained(folder, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1)
def _hashed() -> HashedEmbedder:
    """One for all indexes of the process: it remembers words."""
    return HashedEmbedder()


@lru_cache(maxsize=2)
def _trained(folder: Path, changed: int, size: int) -> CountEmbedder:  # noqa: ARG001
    """One for all indexes of the process, until its file changes."""
    from rtlgen.retrieval.embedder import TrainedEmbedder

    return TrainedEmbedder(folder)


class Dense:
    """Exact inner-product search over vectors (n, d), by FAISS's IndexFlatIP."""

    def __init__(self) -> None:
        self._index: Any = None

    def build(self, vectors: NDArray[np.float32]) -> None:
        """Index `vectors` (n, d); row i is document i."""
        import numpy as np

        faiss = _faiss()
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def __len__(self) -> int:
        return 0 if self._index is None else int(self._index.ntotal)

    def search(self, query: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
        """The `k` documents with the largest inner product with `query` (d,), best first; zeros are left
        out."""
        k = min(k, len(self))
        if k <= 0 or not query.any():
            return []
        scores, found = self._index.search(query.reshape(1, -1), k)
        return [(int(i), float(s)) for i, s in zip(found[0], scores[0], strict=True) if i >= 0 and s > 0]

    def save(self, path: Path) -> None:
        """Write the FAISS index to a file."""
        from rtlgen.core.store import write_atomic

        write_atomic(path, _faiss().serialize_index(self._index).tobytes())

    @classmethod
    def load(cls, path: Path) -> Dense:
        """The index that `save` wrote. Raises OSError, or RuntimeError when the file is damaged."""
        import numpy as np

        dense = cls()
        dense._index = _faiss().deserialize_index(np.frombuffer(path.read_bytes(), dtype=np.uint8))
        return dense


def _faiss() -> Any:
    try:
        import faiss
    except ImportError as error:
        raise ToolError(
            f"the dense source needs faiss, which cannot be imported: {error}",
            hint="pip install faiss-cpu, or RTLGEN_RETRIEVAL_SOURCES=graph,bm25,continuation",
        ) from None
    return faiss


def word_weight(word: str) -> float:
    """How much a word says, without a corpus: keywords and operators little, long names most."""
    if word in KEYWORDS or not (word[0].isalnum() or word[0] in "_`'"):
        return 0.15
    if word in _COMMON or len(word) == 1:
        return 0.25
    if word[0].isdigit() or word[0] == "'":
        return 0.4
    return 0.7 + min(len(word), 16) / 20


def normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows (n, d) of length 1; rows of zeros stay."""
    import numpy as np

    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    length[length == 0] = 1.0
    return np.asarray(vectors / length, dtype=np.float32)
