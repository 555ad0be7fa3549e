"""Questions about a repository from outside: what is retrieved for a place in a file, and what the index holds.

rtlgen retrieve --file alu.v --line 20 ; rtlgen index show
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import UsageError
from rtlgen.core.project import load_project, project_root
from rtlgen.core.records import Hit
from rtlgen.core.settings import load_settings
from rtlgen.core.source import read_source
from rtlgen.core.store import store_dir
from rtlgen.retrieval import storage
from rtlgen.retrieval.facts import Recipe
from rtlgen.retrieval.index import Index, IndexStats, open_index
from rtlgen.retrieval.libraries import Library, libraries_of

Talk = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """What was retrieved for the start of 1-based `line` of the file `path`."""

    path: str
    line: int
    sources: tuple[str, ...]
    hits: tuple[Hit, ...]
    index: IndexStats


@dataclass(frozen=True)
class IndexReport:
    """An index that was brought up to date: where it is, what that did, and the same for its libraries."""

    root: str
    folder: str
    stats: IndexStats
    libraries: tuple[IndexReport, ...] = ()


@dataclass(frozen=True)
class IndexContent:
    """What is stored, without bringing it up to date. `problem` says why a stored index cannot be used."""

    folder: str
    problem: str
    recipe: Recipe | None
    files: int
    lines: int
    chunks: int
    modules: int
    words: int
    bytes: int
    vectors: tuple[str, ...]
    libraries: tuple[Library, ...]


def retrieve_at(
    root: Path | str,
    file: str,
    line: int | None = None,
    *,
    k: int | None = None,
    sources: Sequence[str] | None = None,
    filelists: Sequence[str] = (),
    overrides: Mapping[str, object] | None = None,
    talk: Talk | None = None,
) -> Answer:
    """What completion would be shown at the start of `line` of `file` (default: behind the last line).

    Raises UsageError for a file that is missing, unreadable or outside of the project, and a line past the end.
    """
    settings = load_settings(project_root(root), overrides)
    project = load_project(root, filelists=filelists, settings=settings)
    path = project.relative(_located(project.root, file))
    text = read_source(project.absolute(path)).text.replace("\r\n", "\n")
    rows = text.split("\n")
    last = len(rows) if rows[-1] else max(1, len(rows) - 1)
    place = len(rows) + bool(rows[-1]) if line is None else line
    if not 1 <= place <= last + 1:
        raise UsageError(
            f"line {line} is past the end: the file has {last} lines",
            where=path,
            hint=f"--line between 1 and {last + 1}",
        )
    prefix = "".join(row + "\n" for row in rows[: place - 1])
    suffix = "\n".join(rows[place:])
    index = open_index(project, settings, talk=talk)
    chosen = tuple(settings.get("retrieval.sources") if sources is None else sources)
    hits = index.retrieve(path, prefix, suffix, settings.get("retrieval.hits") if k is None else k, chosen)
    return Answer(path, place, chosen, tuple(hits), index.stats)


def update_index(
    root: Path | str,
    *,
    rebuild: bool = False,
    filelists: Sequence[str] = (),
    overrides: Mapping[str, object] | None = None,
    talk: Talk | None = None,
) -> IndexReport:
    """Bring the index of the project at `root` and those of its libraries up to date."""
    settings = load_settings(project_root(root), overrides)
    project = load_project(root, filelists=filelists, settings=settings)
    index = open_index(project, settings, rebuild=rebuild, talk=talk)
    return _report(index)


def _report(index: Index) -> IndexReport:
    folder = storage.folder_of(store_dir(Path(index.origin), index.settings))
    return IndexReport(
        index.origin, str(folder), index.stats, tuple(_report(library) for library in index.libraries)
    )


def index_content(root: Path | str) -> IndexContent:
    """What the index of the project at `root` holds as it is stored."""
    folder = project_root(root)
    settings = load_settings(folder)
    place = storage.folder_of(store_dir(folder, settings))
    stored, problem = storage.read(place)
    facts = [found for _, found in stored.files.values()] if stored is not None else []
    files = [path for path in place.glob("*") if path.is_file()] if place.is_dir() else []
    return IndexContent(
        str(place),
        problem,
        stored.recipe if stored is not None else None,
        len(facts),
        sum(found.lines for found in facts),
        sum(len(found.table) for found in facts),
        sum(found.count for found in facts),
        len(stored.vocabulary) if stored is not None else 0,
        sum(path.stat().st_size for path in files),
        tuple(
            sorted(path.stem.removeprefix("vectors-") for path in files if path.name.startswith("vectors-"))
        ),
        tuple(libraries_of(folder, settings)),
    )


def _located(root: Path, file: str) -> Path:
    """`file` below the root, or below the working folder when it is only there."""
    inside = root / file
    return inside if inside.exists() or not Path(file).exists() else Path(file).resolve()
