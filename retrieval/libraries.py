"""Further repositories to retrieve from: those of the settings and those added by ``rtlgen index add``.

Added ones are kept beside the index (``index/v1/libraries.json``), not in the user's settings files. A
library has its own project, settings and index; libraries of libraries are not followed.

    rtlgen index add ../ip && rtlgen index libs
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import UsageError
from rtlgen.core.settings import Settings
from rtlgen.core.store import Store, store_dir, write_atomic
from rtlgen.retrieval.storage import folder_of

FILE = "libraries.json"


@dataclass(frozen=True)
class Library:
    """A library: its folder, which setting or command named it, and whether the folder is there."""

    path: str
    origin: str
    present: bool


def libraries_of(root: Path, settings: Settings) -> list[Library]:
    """The libraries of the project at `root`, those of the settings first, each folder once."""
    found: dict[str, str] = {}
    for path in settings.paths("retrieval.libraries"):
        found.setdefault(str(path.resolve()), settings.origin("retrieval.libraries"))
    for text in _added(folder_of(store_dir(root, settings))):
        found.setdefault(text, "rtlgen index add")
    return [Library(path, origin, Path(path).is_dir()) for path, origin in found.items()]


def add_library(root: Path, settings: Settings, path: Path | str) -> list[Library]:
    """Add the repository at `path`; returns all libraries. Raises UsageError when it is no folder or the
    project."""
    folder = Path(path).expanduser().resolve()
    if not folder.is_dir():
        raise UsageError(
            "no such folder", where=path, hint="name the root of a repository with Verilog files"
        )
    if folder == root.resolve():
        raise UsageError("is the project itself", where=path, hint="name another repository")
    _change(root, settings, lambda known: [*known, *([] if str(folder) in known else [str(folder)])])
    return libraries_of(root, settings)


def remove_library(root: Path, settings: Settings, path: Path | str) -> list[Library]:
    """Forget a library that `add_library` added; returns the rest. Raises UsageError when it was not
    added."""
    folder = str(Path(path).expanduser().resolve())
    store = folder_of(store_dir(root, settings))
    if folder not in _added(store):
        known = {library.path: library.origin for library in libraries_of(root, settings)}
        if folder in known:
            raise UsageError("is a library by settings", where=known[folder], hint="take it out there")
        raise UsageError("is no library of this project", where=path, hint="list them: rtlgen index libs")
    _change(root, settings, lambda added: [item for item in added if item != folder])
    return libraries_of(root, settings)


def _change(root: Path, settings: Settings, edit: Callable[[list[str]], list[str]]) -> None:
    """Edit the list of added libraries under the lock."""
    store = store_dir(root, settings)
    folder = folder_of(store)
    with Store(store).lock("index"):
        write_atomic(folder / FILE, json.dumps(edit(_added(folder)), indent=1) + "\n")


def _added(folder: Path) -> list[str]:
    """The added folders; a damaged list counts as empty."""
    try:
        found = json.loads((folder / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []
