"""Brings an index on disk up to date by content hash, and opens it.

Files are read and hashed every time (modification times are not trusted); those whose hash is stored keep
their facts. The stored generation is replaced as a whole under a lock; readers need no lock. A damaged
index, one of another version or other settings is built anew with a warning on stderr. An interrupted
update leaves the generation before it.

    rtlgen index repo/ --json
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.errors import RtlgenError, UsageError
from rtlgen.core.records import sha256_text
from rtlgen.core.source import read_source
from rtlgen.core.store import Store, store_dir
from rtlgen.retrieval import storage
from rtlgen.retrieval.dense import Embedder
from rtlgen.retrieval.facts import Facts, Recipe
from rtlgen.retrieval.index import Index, IndexStats
from rtlgen.retrieval.lexical import Vocabulary
from rtlgen.retrieval.libraries import Library, libraries_of
from rtlgen.retrieval.storage import Stored

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.core.project import Project
    from rtlgen.core.settings import Settings

Talk = Callable[[str], None]
LOCK = "index"
WAIT_SECONDS = 300.0
"""How long another process's update is waited for."""


def to_stderr(message: str) -> None:
    """The default of `talk`: a line on stderr."""
    print(f"rtlgen: {message}", file=sys.stderr)


def opened(
    project: Project, settings: Settings, *, update: bool, rebuild: bool, libraries: bool, talk: Talk
) -> Index:
    """See `rtlgen.retrieval.index.open_index`."""
    started = time.monotonic()
    store = store_dir(project.root, settings)
    texts, hashes, skipped = _read(project)
    recipe = Recipe.of(settings, project)
    seen = storage.generation(storage.folder_of(store))
    stored, note = _stored(store, recipe, rebuild, talk)
    if update and (stored is None or {path: digest for path, (digest, _) in stored.files.items()} != hashes):
        with Store(store).lock(LOCK, timeout_s=WAIT_SECONDS):
            if storage.generation(storage.folder_of(store)) != seen:
                stored, note = _stored(store, recipe, rebuild, lambda _: None)
            fresh = _brought_up_to_date(stored, recipe, texts, hashes)
            storage.write(storage.folder_of(store), fresh)
    else:
        fresh = _brought_up_to_date(stored, recipe, texts, hashes)
    facts = {path: fresh.files[path][1] for path in texts}
    stats = _stats(stored, hashes, facts, skipped, note, started)
    openers = (
        [
            partial(_open_library, item, settings, store, talk)
            for item in _present(project.root, settings, talk)
        ]
        if libraries
        else []
    )
    index = Index(
        texts,
        settings,
        recipe,
        facts=facts,
        vocabulary=fresh.vocabulary,
        stats=stats,
        libraries=openers,
        vectors=partial(_vectors, store, hashes, update),
        origin=str(project.root),
    )
    if (
        update
        and stats.added + stats.changed + stats.removed
        and "dense" in settings.get("retrieval.sources")
    ):
        index.store_vectors()
    return index


def _read(project: Project) -> tuple[dict[str, str], dict[str, str], list[tuple[str, str]]]:
    """Texts (newlines as ``\\n``) and content hashes of the project's files, and what could not be read."""
    texts, hashes, skipped = {}, {}, []
    for file in project.files:
        try:
            text = read_source(project.absolute(file.path)).text
        except UsageError as error:
            skipped.append((file.path, error.what))
            continue
        text = text.replace("\r\n", "\n")
        texts[file.path] = text
        hashes[file.path] = sha256_text(text)
    return texts, hashes, skipped


def _stored(store: Path, recipe: Recipe, rebuild: bool, talk: Talk) -> tuple[Stored | None, str]:
    """The stored generation if it can be used, else None and why not."""
    if rebuild:
        return None, "rebuilt as asked"
    folder = storage.folder_of(store)
    stored, problem = storage.read(folder)
    if problem:
        talk(f"the index {folder / storage.FILE} {problem}; it is built anew")
        return None, f"the stored index {problem}"
    if stored is not None and stored.recipe != recipe:
        return None, "settings of the index changed"
    return stored, ""


def _brought_up_to_date(
    stored: Stored | None, recipe: Recipe, texts: Mapping[str, str], hashes: Mapping[str, str]
) -> Stored:
    """A generation for `texts`: facts kept by content hash, made where there are none."""
    known = stored.files if stored is not None else {}
    vocabulary = stored.vocabulary if stored is not None else Vocabulary()
    files = {}
    for path, text in texts.items():
        digest, facts = known.get(path, ("", None))
        if facts is None or digest != hashes[path]:
            facts = Facts.made(path, text, recipe, vocabulary)
        files[path] = (hashes[path], facts)
    return Stored(recipe, vocabulary, files)


def _stats(
    stored: Stored | None,
    hashes: Mapping[str, str],
    facts: Mapping[str, Facts],
    skipped: list[tuple[str, str]],
    note: str,
    started: float,
) -> IndexStats:
    before = {path: digest for path, (digest, _) in stored.files.items()} if stored is not None else {}
    kept = sum(1 for path, digest in hashes.items() if before.get(path) == digest)
    changed = sum(1 for path in hashes if path in before) - kept
    return IndexStats(
        added=len(hashes) - kept - changed,
        changed=changed,
        removed=sum(1 for path in before if path not in hashes),
        kept=kept,
        files=len(facts),
        lines=sum(found.lines for found in facts.values()),
        chunks=sum(len(found.table) for found in facts.values()),
        modules=sum(found.count for found in facts.values()),
        seconds=round(time.monotonic() - started, 3),
        skipped=tuple(skipped),
        note=note,
    )


def _vectors(
    store: Path, hashes: Mapping[str, str], update: bool, index: Index, embedder: Embedder
) -> list[NDArray[np.float16]]:
    """Vectors per file: stored ones by content hash, the others made and, when `update`, stored."""
    import numpy as np

    folder = storage.folder_of(store)
    known = storage.read_vectors(folder, embedder.key)
    recipe = index.recipe
    mark = f"{recipe.window_lines}.{recipe.window_overlap}.{recipe.item_max_lines}.{'/'.join(recipe.defined)}"
    mark += "" if recipe.splitter == "both" else f".{recipe.splitter}"
    names = {path: f"{hashes[path]}.{mark}" for path in index.texts() if index.size_of(path)}
    missing = [path for path, name in names.items() if len(known.get(name, ())) != index.size_of(path)]
    if missing:
        made = index.embed_files(missing).astype(np.float16)
        at = 0
        for path in missing:
            known[names[path]] = made[at : at + index.size_of(path)]
            at += index.size_of(path)
    wanted = {name: known[name] for name in dict.fromkeys(names.values())}
    if update and (missing or len(wanted) < len(known)):
        with Store(store).lock(LOCK, timeout_s=WAIT_SECONDS):
            storage.write_vectors(folder, embedder.key, wanted)
    return [known[name] for name in names.values()]


def _present(root: Path, settings: Settings, talk: Talk) -> list[Library]:
    """The libraries whose folder is there; the others are named on stderr."""
    found = libraries_of(root, settings)
    for library in found:
        if not library.present:
            talk(f"the library {library.path} ({library.origin}) is not there and is left out")
    return [library for library in found if library.present]


def _open_library(library: Library, settings: Settings, store: Path, talk: Talk) -> Index:
    """The index of a library, by its own project but with our chunks and embedder, kept in our store."""
    from rtlgen.core.project import load_project
    from rtlgen.core.settings import load_settings

    name = f"{Path(library.path).name[:40]}-{sha256_text(library.path)[:12]}"
    ours: dict[str, object] = {
        f"retrieval.{key}": settings.get(f"retrieval.{key}")
        for key in ("window_lines", "window_overlap", "item_max_lines", "splitter", "embedder", "sources")
    }
    try:
        own = load_settings(library.path, ours | {"store.dir": str((store / "libraries" / name).absolute())})
        project = load_project(library.path, settings=own)
    except RtlgenError as error:
        raise UsageError(
            f"the library {library.path} cannot be read: {error.what}",
            where=error.where or library.origin,
            hint=f"rtlgen index remove {library.path}",
        ) from error
    return opened(project, own, update=True, rebuild=False, libraries=False, talk=talk)
