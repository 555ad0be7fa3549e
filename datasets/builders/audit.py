"""Contamination audit: what a training corpus has in common with benchmark texts, and whether any of it is too much.

The benchmark's texts are indexed (in blocks of `BLOCK` characters), the corpus is streamed past them, and every pair of
`rtlgen.datasets.overlap` above a floor is looked at: so time is linear in the size of both for one block, and memory is
that of one block. A journal keeps finished blocks; a killed audit goes on with the next. It removes nothing.

Try: ``rtlgen datasets corpus audit --corpus corpus/files.jsonl --against verilog-eval``
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.core.store import write_atomic
from rtlgen.datasets.benchmark_texts import texts_of
from rtlgen.datasets.overlap import MEASURE, Overlaps, Thresholds

BLOCK = 64_000_000
"""Characters of benchmark text indexed at a time (about 0.4 GB of memory)."""
FLOOR = 0.15
"""Similarity or containment from which a pair is kept for the table of the nearest."""

Talk = Callable[[str], None]


@dataclass(frozen=True)
class Pair:
    """A file of the corpus and a benchmark text that it overlaps with."""

    file: str
    """``owner/name:path`` in the corpus."""
    against: str
    """Where the benchmark text stands."""
    jaccard: float
    contained: float
    runs: int
    line: int | None
    """1-based line of the corpus file where the first run of equal lines begins."""
    above: bool


@dataclass(frozen=True)
class SetReport:
    """One benchmark: how much it was, and the pairs of it."""

    name: str
    texts: int
    characters: int
    above: int
    """Pairs above a threshold."""
    pairs: tuple[Pair, ...]
    """The nearest, worst first."""


@dataclass(frozen=True)
class AuditReport:
    """The audit of one corpus against one or more benchmarks."""

    corpus: str
    files: int
    characters: int
    sha256: str
    thresholds: Thresholds
    sets: tuple[SetReport, ...]

    @property
    def clean(self) -> bool:
        """Nothing above a threshold."""
        return all(one.above == 0 for one in self.sets)


def audit(
    corpus: Path,
    against: Sequence[tuple[str, Sequence[str | Path]]],
    thresholds: Thresholds | None = None,
    *,
    worst: int = 10,
    journal: Path | None = None,
    talk: Talk = lambda _: None,
) -> AuditReport:
    """Compare the rows of `corpus` (``files.jsonl``: repo, path, text) with benchmarks.

    Args:
        corpus: the file that `rtlgen datasets corpus build` writes.
        against: name of a benchmark -> the paths of its texts (see `texts_of`).
        thresholds: from where on a pair counts.
        worst: pairs of each benchmark that are kept, besides all above a threshold (at most 1,000).
        journal: folder for finished blocks, so that an interrupted audit goes on; None keeps nothing.
        talk: receives progress.
    """
    thresholds = thresholds or Thresholds()
    if not against:
        raise UsageError("nothing to compare with", hint="rtlgen datasets corpus audit --against FOLDER")
    files, characters, digest = _size(corpus)
    reports = []
    for name, paths in against:
        texts = characters_there = above = 0
        kept: list[Pair] = []
        for number, block in enumerate(_blocks(paths)):
            key = _key(digest, thresholds, block)
            found = _journalled(journal, key)
            if found is None:
                found = _compare(corpus, block, thresholds, worst)
                _keep(journal, key, found)
            texts, characters_there = (
                texts + len(block),
                characters_there + sum(len(text) for _, text in block),
            )
            above += found["above"]
            kept = _worst([*kept, *(Pair(**pair) for pair in found["pairs"])], worst)
            talk(f"{name}, block {number + 1}: {texts} texts, {above} pairs above a threshold")
        reports.append(SetReport(name, texts, characters_there, above, tuple(kept)))
    return AuditReport(corpus.name, files, characters, digest, thresholds, tuple(reports))


def corpus_rows(corpus: Path) -> Iterator[dict[str, Any]]:
    """Rows of ``files.jsonl``, checked as they are read."""
    try:
        with corpus.open(encoding="utf-8", errors="surrogateescape") as file:
            for number, line in enumerate(file, 1):
                try:
                    row = json.loads(line)
                    yield {
                        **row,
                        "repo": str(row["repo"]),
                        "path": str(row["path"]),
                        "text": str(row["text"]),
                    }
                except (ValueError, KeyError, TypeError) as error:
                    raise UsageError(
                        "is not a row of a corpus (repo, path, text)",
                        where=f"{corpus}:{number}",
                        hint="rtlgen datasets corpus build --help",
                    ) from error
    except OSError as error:
        raise UsageError(
            "cannot read the corpus",
            where=corpus,
            hint="give the files.jsonl of rtlgen datasets corpus build",
        ) from error


def _size(corpus: Path) -> tuple[int, int, str]:
    files = characters = 0
    digest = hashlib.sha256()
    for row in corpus_rows(corpus):
        files, characters = files + 1, characters + len(row["text"])
        digest.update(f"{row['repo']}\0{row['path']}\0{row['text']}\0".encode("utf-8", "surrogateescape"))
    if not files:
        raise UsageError("the corpus holds no file", where=corpus, hint="rtlgen datasets corpus build --help")
    return files, characters, digest.hexdigest()


def _blocks(paths: Iterable[str | Path]) -> Iterator[list[tuple[str, str]]]:
    block: list[tuple[str, str]] = []
    room = BLOCK
    for path in paths:
        for name, text in texts_of(path):
            if room < len(text) and block:
                yield block
                block, room = [], BLOCK
            block.append((name, text))
            room -= len(text)
    if block:
        yield block


def _compare(
    corpus: Path, block: list[tuple[str, str]], thresholds: Thresholds, worst: int
) -> dict[str, Any]:
    index = Overlaps(thresholds)
    for name, text in block:
        index.add(name, text)
    above = 0
    kept: list[Pair] = []
    for row in corpus_rows(corpus):
        for match in index.matches(row["text"], FLOOR):
            over = thresholds.above(match)
            above += over
            kept.append(
                Pair(
                    f"{row['repo']}:{row['path']}",
                    match.name,
                    match.jaccard,
                    match.contained,
                    match.runs,
                    match.line,
                    over,
                )
            )
        if len(kept) > 20_000:
            kept = _worst(kept, worst)
    return {"above": above, "pairs": [asdict(pair) for pair in _worst(kept, worst)]}


def _worst(pairs: list[Pair], count: int) -> list[Pair]:
    over = sum(pair.above for pair in pairs)
    return heapq.nsmallest(
        min(over, 1000) + count,
        pairs,
        key=lambda p: (not p.above, -p.runs, -max(p.jaccard, p.contained), p.file, p.against),
    )


def _key(digest: str, thresholds: Thresholds, block: list[tuple[str, str]]) -> str:
    key = hashlib.sha256(f"{digest} {thresholds} {MEASURE} {FLOOR}".encode())
    for name, text in block:
        key.update(f"{name}\0{text}\0".encode("utf-8", "surrogateescape"))
    return key.hexdigest()[:32]


def _journalled(journal: Path | None, key: str) -> dict[str, Any] | None:
    try:
        return None if journal is None else json.loads((journal / f"{key}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _keep(journal: Path | None, key: str, found: dict[str, Any]) -> None:
    if journal is not None:
        write_atomic(journal / f"{key}.json", json.dumps(found))
