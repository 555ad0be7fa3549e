"""Held-out text for bits per byte: the files of repositories, and a seeded sample of segments of them.

A file is cut into segments of whole lines of about the same size; for each repository segments are drawn until its share
is reached. All coders code the same segments, and each sees the same: the other files of the repository, and its own file
up to the segment. Nothing is measured here.

Try: ``rtlgen eval bits --data dev.jsonl --coder xz``
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError

Repositories = Mapping[str, Mapping[str, str]]
"""Repository -> path -> text."""


@dataclass(frozen=True)
class Segment:
    """Lines `first` to `last` (0-based, end excluded) of ``text.split("\\n")``, and their bytes with line ends."""

    repository: str
    path: str
    first: int
    last: int
    size: int

    @property
    def id(self) -> str:
        """Name in rows of a run."""
        return f"{self.repository}:{self.path}:{self.first}-{self.last}"


def read_repositories(path: Path, *, only: Sequence[str] = (), skip: Sequence[str] = ()) -> Repositories:
    """Files of a corpus ``files.jsonl`` by repository; only those in `only` (all when empty), none in `skip`.

    Raises `UsageError` for what is no such file, and when nothing is left.
    """
    found: dict[str, dict[str, str]] = {}
    for number, row in _rows(path):
        try:
            repository, name, text = str(row["repo"]), str(row["path"]), str(row["text"])
        except (KeyError, TypeError):
            raise UsageError(
                "not a corpus row: repo, path and text are needed", where=f"{path}:{number}"
            ) from None
        if (not only or repository in only) and repository not in skip and text.strip():
            found.setdefault(repository, {})[name] = text
    unknown = sorted(set(only) - found.keys())
    if unknown:
        raise UsageError(f"no repository '{unknown[0]}'", where=path, hint="the names are those of its rows")
    if not found:
        raise UsageError("the corpus holds no file", where=path, hint="rtlgen datasets corpus build --help")
    return found


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield number, json.loads(line)
                except ValueError:
                    raise UsageError("not a corpus row: no JSON", where=f"{path}:{number}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "cannot read the corpus", where=path, hint="rtlgen datasets corpus build --help"
        ) from error


def segments_of(repository: str, path: str, text: str, size: int) -> list[Segment]:
    """All of a file in segments of whole lines, each of at least `size` bytes but the last."""
    found: list[Segment] = []
    rows = text.split("\n")
    first = used = 0
    for number, row in enumerate(rows):
        used += len(row.encode()) + (number + 1 < len(rows))
        if used and (used >= size or number + 1 == len(rows)):
            found.append(Segment(repository, path, first, number + 1, used))
            first, used = number + 1, 0
    return found


def sample(repositories: Repositories, share: int, size: int, seed: int) -> list[Segment]:
    """Segments of about `size` bytes: of each repository at random until `share` bytes are reached, or all of it."""
    chosen: list[Segment] = []
    for repository in sorted(repositories):
        files = repositories[repository]
        every = [s for path in sorted(files) for s in segments_of(repository, path, files[path], size)]
        random.Random(f"{seed}:{repository}").shuffle(every)
        taken = 0
        for segment in every:
            if taken >= share:
                break
            chosen.append(segment)
            taken += segment.size
    return chosen


def before(files: Mapping[str, str], segment: Segment) -> str:
    """The segment's file up to it, line ends included."""
    rows = files[segment.path].split("\n")
    return "".join(row + "\n" for row in rows[: segment.first])


def text_of(files: Mapping[str, str], segment: Segment) -> str:
    """The segment itself, line ends included."""
    rows = files[segment.path].split("\n")
    ended = segment.last < len(rows)
    return "\n".join(rows[segment.first : segment.last]) + ("\n" if ended else "")
