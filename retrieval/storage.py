"""The index on disk: one file that is replaced as a whole, so a reader sees one complete generation or none.

``index/v1/index.npz`` holds per file its content hash, spans, word counts and units, and the vocabulary;
``index/v1/vectors-<embedder>.npz`` holds vectors by content hash. Both are zip archives of plain arrays
(nothing is unpickled) whose checksums are verified on reading. A file that is damaged or of another
version counts as absent.

    ls .rtlgen/index/v1
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.store import write_atomic
from rtlgen.retrieval.facts import Facts, Recipe
from rtlgen.retrieval.lexical import Counts, Vocabulary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSION = 1
"""Version of what is stored; raised when its meaning changes (also of spans, words or units)."""
FILE = "index.npz"
_DAMAGED = (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile)


@dataclass
class Stored:
    """A generation: per path the content hash and facts, and the vocabulary of their counts."""

    recipe: Recipe
    vocabulary: Vocabulary
    files: dict[str, tuple[str, Facts]]


def folder_of(store: Path) -> Path:
    """The folder of the index in a store."""
    return store / "index" / f"v{VERSION}"


def read(folder: Path) -> tuple[Stored | None, str]:
    """The stored generation, or None and why there is none (empty when there never was one)."""
    path = folder / FILE
    try:
        arrays = _load(path)
        meta = json.loads(bytes(arrays["meta"]))
        if meta["version"] != VERSION:
            return None, f"is of version {meta['version']}, not {VERSION}"
        words = bytes(arrays["words"]).decode("utf-8", "surrogatepass")
        lines, overlap, item_lines, defined, *more = meta["recipe"]
        recipe = Recipe(lines, overlap, item_lines, tuple(defined), *more)
        return Stored(recipe, Vocabulary(words.split("\n") if words else ()), _files(meta, arrays)), ""
    except FileNotFoundError:
        return None, ""
    except _DAMAGED as error:
        return None, f"is damaged ({type(error).__name__})"


def _files(meta: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> dict[str, tuple[str, Facts]]:
    import numpy as np

    table, modules = arrays["spans"], bytes(arrays["modules"])
    indptr, ids, counts = arrays["indptr"].astype(np.int64), arrays["ids"], arrays["counts"]
    if len(indptr) != len(table) + 1 or len(ids) != len(counts) or int(indptr[-1]) != len(ids):
        raise ValueError("lengths do not agree")
    files = {}
    at = byte = 0
    for path, digest, chunks, lines, size, count, units in meta["files"]:
        end = at + chunks
        first, last = indptr[at], indptr[end]
        own = Counts(indptr[at : end + 1] - first, ids[first:last], counts[first:last])
        found = Facts(table[at:end], tuple(units), own, modules[byte : byte + size], count, lines)
        files[path] = (digest, found)
        at, byte = end, byte + size
    if at != len(table) or byte != len(modules):
        raise ValueError("sizes do not agree")
    return files


def write(folder: Path, stored: Stored) -> None:
    """Replace the stored generation. Raises UsageError when the folder cannot be written to."""
    import numpy as np

    every = [facts for _, facts in stored.files.values()]
    files = [
        [path, digest, len(f.table), f.lines, len(f.modules), f.count, f.units]
        for path, (digest, f) in stored.files.items()
    ]
    recipe = stored.recipe
    shape = [
        recipe.window_lines,
        recipe.window_overlap,
        recipe.item_max_lines,
        recipe.defined,
        recipe.splitter,
    ]
    meta = json.dumps({"version": VERSION, "recipe": shape, "files": files}).encode()
    words = "\n".join(stored.vocabulary.ids).encode("utf-8", "surrogatepass")
    counts = Counts.joined([facts.counts for facts in every])
    tables = [np.zeros((0, 4), dtype=np.int32), *(facts.table for facts in every)]
    _save(
        folder / FILE,
        {
            "meta": np.frombuffer(meta, dtype=np.uint8),
            "words": np.frombuffer(words, dtype=np.uint8),
            "modules": np.frombuffer(b"".join(facts.modules for facts in every), dtype=np.uint8),
            "spans": np.concatenate(tables),
            "indptr": counts.indptr,
            "ids": counts.ids,
            "counts": counts.counts,
        },
    )


def read_vectors(folder: Path, key: str) -> dict[str, NDArray[np.float16]]:
    """Name (content hash and recipe) -> vectors (chunks, d) of the embedder `key`; empty when there are none to trust."""
    try:
        arrays = _load(folder / f"vectors-{key}.npz")
        meta = json.loads(bytes(arrays["meta"]))
        vectors = arrays["vectors"]
        if meta["version"] != VERSION or sum(count for _, count in meta["files"]) != len(vectors):
            return {}
        found, at = {}, 0
        for name, count in meta["files"]:
            found[name] = vectors[at : at + count]
            at += count
        return found
    except _DAMAGED:
        return {}


def write_vectors(folder: Path, key: str, vectors: Mapping[str, NDArray[np.float16]]) -> None:
    """Replace the vectors of the embedder `key`; they are kept in half precision."""
    import numpy as np

    files = [[name, len(rows)] for name, rows in vectors.items()]
    meta = json.dumps({"version": VERSION, "files": files}).encode()
    parts = [rows for rows in vectors.values() if len(rows)] or [np.zeros((0, 1), dtype=np.float16)]
    joined = np.concatenate(parts)
    _save(folder / f"vectors-{key}.npz", {"meta": np.frombuffer(meta, dtype=np.uint8), "vectors": joined})


def generation(folder: Path) -> tuple[int, int, int]:
    """What tells one stored generation from the next (inode, time, size); zeros when there is none."""
    try:
        status = (folder / FILE).stat()
    except OSError:
        return 0, 0, 0
    return status.st_ino, status.st_mtime_ns, status.st_size


def _load(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of an archive; reading verifies their checksums."""
    import numpy as np

    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _save(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    import numpy as np

    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    write_atomic(path, buffer.getvalue(), durable=False)
