"""From what lists name to the files of a build: libraries expanded, headers found, unusable files left out.

Headers are followed from file to file through the include folders; conditional compilation is not, so a
header that a macro excludes may be among them, and one that is nowhere is only reported.

Try: ``rtlgen files -f rtl/soc.f --skipped``
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.discovery import ignore_spec
from rtlgen.core.errors import UsageError
from rtlgen.core.filelist import Entry, FileList
from rtlgen.core.glance import Glance, glance, kind_of
from rtlgen.core.records import SourceFile
from rtlgen.core.settings import Settings

MAX_LOOK = 16_000_000
"""Bytes of a listed file that are looked at for includes."""


@dataclass(frozen=True)
class Listed:
    """The files of a build in compile order, headers last, and what was left out with the reason."""

    files: tuple[SourceFile, ...]
    skipped: tuple[tuple[str, str], ...]


def shown(root: Path, path: Path) -> str:
    """`path` relative to the root (POSIX) when inside it, else absolute."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def collect(root: Path, content: FileList, extensions: tuple[str, ...], settings: Settings) -> Listed:
    """The files that lists name, those of their library folders, and the headers these include.

    Raises UsageError when a listed file cannot be read.
    """
    entries = list(content.files)
    known = {entry.path for entry in entries}
    for folder in content.library_dirs:
        entries += _library_files(root, folder.path, extensions, known)
    skipped: list[tuple[str, str]] = []
    entries = _without_excluded(root, entries, settings, skipped)
    looks = _looks(root, entries, skipped)
    files = [_listed_file(root, entry, looks[entry.path]) for entry in entries if entry.path in looks]
    folders = [entry.path for entry in content.include_dirs] + settings.paths("project.include_dirs")
    headers = _headers(root, looks, folders, skipped)
    return Listed((*files, *headers), tuple(skipped))


def _library_files(root: Path, folder: Path, extensions: tuple[str, ...], known: set[Path]) -> list[Entry]:
    """The files of a library folder that a simulator would look at."""
    found = [path for path in sorted(folder.iterdir()) if path.name.endswith(extensions) and path.is_file()]
    return [Entry(path, f"-y {shown(root, folder)}", True) for path in found if path not in known]


def _without_excluded(
    root: Path, entries: list[Entry], settings: Settings, skipped: list[tuple[str, str]]
) -> list[Entry]:
    """The entries that ``project.exclude`` does not name; the others go to `skipped`."""
    spec = ignore_spec(settings.get("project.exclude"))
    kept = []
    for entry in entries:
        name = shown(root, entry.path)
        if spec is not None and entry.path.is_relative_to(root) and spec.match_file(name):
            skipped.append((name, f"project.exclude, at {entry.why}"))
        else:
            kept.append(entry)
    return kept


def _looks(root: Path, entries: list[Entry], skipped: list[tuple[str, str]]) -> dict[Path, Glance]:
    """A look at every listed file; binary and encrypted ones go to `skipped`."""
    looks: dict[Path, Glance] = {}
    for entry in entries:
        try:
            look = glance(entry.path, max_bytes=MAX_LOOK)
        except OSError as error:
            raise UsageError(
                f"cannot be read: {error.strerror}",
                where=f"{entry.path} ({entry.why})",
                hint="check its permissions: ls -l",
            ) from None
        if look.binary or look.encrypted:
            reason = "binary (holds NUL bytes)" if look.binary else "encrypted"
            skipped.append((shown(root, entry.path), f"{reason}, at {entry.why}"))
        else:
            looks[entry.path] = look
    return looks


def _listed_file(root: Path, entry: Entry, look: Glance) -> SourceFile:
    """The record of a listed file. A listed header is compiled where it stands, so it counts as a source."""
    path = shown(root, entry.path)
    kind = kind_of(path)
    if kind == "header":
        kind = "systemverilog" if path.lower().endswith(".svh") else "verilog"
    return SourceFile(path, entry.why, "library" if entry.library else kind, _note(look))


def _note(look: Glance) -> str:
    return "generated" if look.generated else ""


def _headers(
    root: Path, looks: dict[Path, Glance], include_dirs: list[Path], skipped: list[tuple[str, str]]
) -> list[SourceFile]:
    """The files that listed files include, and those that these include, where they can be found."""
    headers: dict[Path, SourceFile] = {}
    missing: dict[str, str] = {}
    queue = list(looks.items())
    for includer, look in queue:  # grows while it is read
        for wanted, line in look.includes:
            at = f"{shown(root, includer)}:{line}"
            target = _found(wanted, (includer.parent, *include_dirs, root))
            if target is None:
                missing.setdefault(wanted, f"included by {at}, in no include folder")
            elif target not in looks and target not in headers:
                try:
                    seen = glance(target, max_bytes=MAX_LOOK)
                except OSError as error:
                    missing.setdefault(wanted, f"included by {at}, cannot be read: {error.strerror}")
                    continue
                headers[target] = SourceFile(shown(root, target), f"included by {at}", "header", _note(seen))
                queue.append((target, seen))
    skipped += missing.items()
    return list(headers.values())


def _found(wanted: str, folders: tuple[Path, ...]) -> Path | None:
    """The first file called `wanted` in `folders`."""
    places = (Path(os.path.normpath(folder / wanted)) for folder in folders)
    return next((place for place in places if place.is_file()), None)
