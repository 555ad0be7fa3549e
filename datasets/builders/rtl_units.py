"""Cut a repository into units of 4 to 24 files, and find near-duplicate files.

A unit plays the part of a repository of RTL-Repo, which has repositories of that size only. A larger one is
cut along its folders; files that name each other's modules stay together; what cannot reach 4 files is left
out. Near-duplicates are found by MinHash over token shingles and confirmed by the exact Jaccard similarity.
It reads no files and knows no git: `rtl_repo.py` does.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from rtlgen.datasets.line_kinds import code_lines

MIN_FILES, MAX_FILES = 4, 24
"""Files in a unit, as in RTL-Repo."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_DEFINED = re.compile(
    r"\b(?:module|macromodule|interface|package|program|class)\s+(?:automatic\s+|static\s+)?(\w+)"
)
_INCLUDED = re.compile(r'`include\s+"([^"]+)"')
_WORD = re.compile(r"[A-Za-z_]\w*")


def references(files: Mapping[str, str]) -> dict[str, set[str]]:
    """Path -> the linked paths: it uses a module defined there or includes it, or the other way round."""
    code = {path: "\n".join(code_lines(text)) for path, text in files.items()}
    defined_in: dict[str, list[str]] = defaultdict(list)
    by_name: dict[str, list[str]] = defaultdict(list)
    for path, text in code.items():
        for name in _DEFINED.findall(text):
            defined_in[name].append(path)
        by_name[PurePosixPath(path).name].append(path)
    linked: dict[str, set[str]] = {path: set() for path in files}
    for path, text in code.items():
        used = set(_WORD.findall(text)) & defined_in.keys()
        others = [other for name in used for other in defined_in[name] if len(defined_in[name]) <= 3]
        others += [o for name in _INCLUDED.findall(text) for o in by_name.get(PurePosixPath(name).name, [])]
        for other in others:
            if other != path:
                linked[path].add(other)
                linked[other].add(path)
    return linked


def cut_into_units(files: Mapping[str, str]) -> list[list[str]]:
    """Units of `MIN_FILES` to `MAX_FILES` paths each, sorted; a path stands in at most one unit.

    Folders are merged upwards while they fit; a folder with too many files is cut along its references.
    Groups that stay below `MIN_FILES` and fit nowhere are left out.
    """
    if len(files) <= MAX_FILES:
        return [sorted(files)] if len(files) >= MIN_FILES else []
    linked = references(files)
    groups_in: dict[str, list[list[str]]] = defaultdict(list)
    folders: dict[str, list[str]] = defaultdict(list)
    for path in sorted(files):
        folders[str(PurePosixPath(path).parent)].append(path)
    for folder, paths in folders.items():
        groups_in[folder].extend(_cut_flat(paths, linked))
    for folder in sorted(_with_ancestors(folders), key=lambda f: (-len(PurePosixPath(f).parts), f)):
        merged = _merge(groups_in.pop(folder, []), linked)
        if folder == ".":
            return sorted(sorted(unit) for unit in merged if len(unit) >= MIN_FILES)
        groups_in[str(PurePosixPath(folder).parent)].extend(merged)
    return []


def _with_ancestors(folders: Iterable[str]) -> set[str]:
    found = {"."}
    for folder in folders:
        found.add(folder)
        found.update(str(parent) for parent in PurePosixPath(folder).parents)
    return found


def _cut_flat(paths: Sequence[str], linked: Mapping[str, set[str]]) -> list[list[str]]:
    """Cut one folder's files into groups of at most `MAX_FILES`, each grown along the references."""
    if len(paths) <= MAX_FILES:
        return [list(paths)]
    count = -(-len(paths) // MAX_FILES)
    size = -(-len(paths) // count)
    left = dict.fromkeys(paths)
    groups = []
    while left:
        seed = max(left, key=lambda path: len(linked[path] & left.keys()))
        group = [seed]
        del left[seed]
        near = linked[seed] & left.keys()
        while left and len(group) < size:
            following = (
                max(near, key=lambda p: (len(linked[p] & set(group)), p)) if near else next(iter(left))
            )
            group.append(following)
            del left[following]
            near = (near | linked[following]) & left.keys()
        groups.append(group)
    return groups


def _merge(groups: list[list[str]], linked: Mapping[str, set[str]]) -> list[list[str]]:
    """Join groups while two fit: first the most linked pairs, then those that are too small alone."""
    groups = [list(group) for group in groups]
    while True:
        best: tuple[float, int, int] | None = None
        for i, one in enumerate(groups):
            reached = set().union(*(linked[path] for path in one))
            for j, other in enumerate(groups):
                if i == j or len(one) + len(other) > MAX_FILES or len(one) > len(other):
                    continue
                links = len(reached & set(other)) / len(other)
                if links == 0 and len(one) >= MIN_FILES:
                    continue
                if best is None or links > best[0]:
                    best = (links, i, j)
        if best is None:
            return groups
        _, i, j = best
        groups[j] = groups[j] + groups[i]
        del groups[i]


def near_duplicates(texts: Sequence[str], threshold: float = 0.8) -> dict[int, int]:
    """Index of every near-duplicate -> index of the earlier text it repeats.

    Near means a Jaccard similarity of 5-token shingles of `threshold` or more, comments left out.
    Texts of fewer than 5 tokens are compared as a whole.
    """
    kept_shingles: dict[int, frozenset[int]] = {}
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    repeats: dict[int, int] = {}
    for index, text in enumerate(texts):
        shingles = _shingles(text)
        bands = _bands(shingles)
        candidates = sorted({other for band in bands for other in buckets[band]})
        twin = next((o for o in candidates if _jaccard(shingles, kept_shingles[o]) >= threshold), None)
        if twin is not None:
            repeats[index] = twin
            continue
        kept_shingles[index] = shingles
        for band in bands:
            buckets[band].append(index)
    return repeats


def _shingles(text: str, size: int = 5) -> frozenset[int]:
    tokens = _TOKEN.findall("\n".join(code_lines(text)))
    if len(tokens) < size:
        return frozenset({zlib.crc32(" ".join(tokens).encode())})
    return frozenset(
        zlib.crc32(" ".join(tokens[i : i + size]).encode()) for i in range(len(tokens) - size + 1)
    )


def _jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    if min(len(one), len(other)) == 0:
        return 0.0
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def _bands(shingles: frozenset[int], rows: int = 4, bands: int = 32) -> list[tuple[int, bytes]]:
    """Keys of a locality-sensitive hash: texts with Jaccard 0.8 share one with probability above 0.9999."""
    import numpy as np

    random = np.random.default_rng(1)  # the hash functions: fixed, not the seed of the build
    a = random.integers(1, 2**31 - 1, size=(rows * bands, 1), dtype=np.uint64) | np.uint64(1)
    b = random.integers(0, 2**31 - 1, size=(rows * bands, 1), dtype=np.uint64)
    values = np.fromiter(sorted(shingles), dtype=np.uint64, count=len(shingles))
    smallest = np.full(rows * bands, 2**63, dtype=np.uint64)
    for start in range(0, len(values), 512):  # (hash functions, 512) at a time
        block = (a * values[start : start + 512] + b) % np.uint64(4_294_967_291)
        smallest = np.minimum(smallest, block.min(axis=1))
    return [(i, smallest[i * rows : (i + 1) * rows].tobytes()) for i in range(bands)]
