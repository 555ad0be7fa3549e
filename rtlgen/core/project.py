"""The one build description that retrieval, checks, simulation and synthesis share.

`load_project` takes, in this order, the lists named by the caller, those of ``project.filelists``, or
discovery. The result says for each file why it is in and for each left out why not. Paths are relative to
the root where they are inside it. It does not parse Verilog and does not decide which file belongs to which
top.

Try: ``rtlgen files --json``
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rtlgen.core.discovery import discover
from rtlgen.core.errors import UsageError
from rtlgen.core.filelist import read_filelists
from rtlgen.core.listed import collect, shown
from rtlgen.core.records import SourceFile
from rtlgen.core.settings import Settings, load_settings

LIBRARY_EXTENSIONS = (".v", ".sv")
"""Endings tried in library folders when no list names any."""


@dataclass(frozen=True)
class Project:
    """A build: its files in compile order, include folders, macros, parameters, top and libraries.

    Paths are POSIX, relative to `root` when inside it, else absolute. Files of kind ``header`` are not
    compiled by themselves; those of kind ``library`` only when a module needs them.
    """

    root: Path
    files: tuple[SourceFile, ...]
    include_dirs: tuple[str, ...]
    defines: tuple[tuple[str, str | None], ...]
    parameters: tuple[tuple[str, str], ...]
    top: str | None
    library_dirs: tuple[str, ...]
    library_extensions: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    """(file, option or folder; why it is not used)."""
    origin: str
    """``git ls-files``, ``walk``, or the lists."""
    notes: tuple[str, ...] = ()
    """Things worth saying to the user once."""

    def absolute(self, path: str) -> Path:
        """The absolute path of a path of this project."""
        return Path(os.path.normpath(self.root / path))

    def relative(self, path: Path | str) -> str:
        """`path` (absolute, or relative to the working folder) relative to the root, POSIX.

        Raises UsageError when it is outside the root.
        """
        given = Path(os.path.normpath(Path.cwd() / Path(path).expanduser()))
        for candidate in (given, given.resolve(), given.parent.resolve() / given.name):
            if candidate.is_relative_to(self.root):
                return candidate.relative_to(self.root).as_posix()
        raise UsageError(
            f"is outside the project {self.root}",
            where=path,
            hint=f"name a file below it, or run with root {given.parent}",
        )


def find_root(start: Path | str) -> Path:
    """The nearest folder at or above `start` with ``rtlgen.toml`` or ``.git``; else `start`'s own folder."""
    folder = Path(start).resolve()
    folder = folder if folder.is_dir() else folder.parent
    for candidate in (folder, *folder.parents):
        if (candidate / "rtlgen.toml").is_file() or (candidate / ".git").exists():
            return candidate
    return folder


def load_project(
    root: Path | str,
    *,
    filelists: Sequence[str] = (),
    top: str | None = None,
    settings: Settings | None = None,
) -> Project:
    """Describe the build of the folder `root`.

    `filelists` are paths relative to the working folder (or else the root); ``-F PATH`` reads the entries
    relative to the list itself, otherwise they are relative to the root. `top` wins over settings and
    lists. Raises UsageError when the root is no folder, or a list has problems (all of them are named).
    """
    folder = project_root(root)
    options = settings if settings is not None else load_settings(folder)
    lists = [_named_list(item, (Path.cwd(), folder), "-f") for item in filelists]
    if not lists:
        base = options.base("project.filelists")
        named_by = options.origin("project.filelists")
        lists = [_named_list(item, (base,), named_by) for item in options.get("project.filelists")]
    project = _from_lists(folder, lists, options) if lists else _discovered(folder, options)
    return _with_settings(project, options, top)


def project_root(root: Path | str) -> Path:
    """The resolved folder of a project; UsageError when it is missing, a file or unreadable."""
    path = Path(root).expanduser()
    try:
        if not path.is_dir():
            what = "is a file, not the folder of a project" if path.exists() else "no such folder"
            hint = f"name its folder: {path.parent}" if path.exists() else "check the path"
            raise UsageError(what, where=root, hint=hint)
        with os.scandir(path):
            return path.resolve()
    except OSError as error:
        raise UsageError(
            f"cannot be read: {error.strerror}", where=root, hint="check its permissions: ls -ld"
        ) from None


def _named_list(item: str, bases: tuple[Path, ...], named_by: str) -> tuple[Path, bool, str]:
    """(path, entries relative to the list itself?, who named it) of a list; the first base that has it."""
    own_base = item.startswith("-F ")
    name = Path(item.removeprefix("-F ").removeprefix("-f ").strip()).expanduser()
    candidates = [Path(os.path.normpath(base / name)) for base in bases]
    path = next((candidate for candidate in candidates if candidate.exists()), candidates[-1])
    return path, own_base, named_by


def _discovered(root: Path, settings: Settings) -> Project:
    found = discover(root, settings)
    notes = list(found.notes)
    lists = sorted(path.name for path in root.glob("*.f") if path.is_file())
    if len(lists) == 1:
        notes.append(f'{lists[0]} is not used: pass -f {lists[0]}, or set project.filelists = ["{lists[0]}"]')
    return Project(
        root, found.files, found.include_dirs, (), (), None, (), (), found.skipped, found.origin, tuple(notes)
    )


def _from_lists(root: Path, lists: list[tuple[Path, bool, str]], settings: Settings) -> Project:
    content = read_filelists(root, lists)
    extensions = tuple(content.library_extensions) or (LIBRARY_EXTENSIONS if content.library_dirs else ())
    listed = collect(root, content, extensions, settings)
    skipped = [*content.skipped, *listed.skipped]
    for name, at in content.tops[1:]:
        skipped.append((f"-top {name}", f"another top at {at}; the first one is used"))
    return Project(
        root=root,
        files=listed.files,
        include_dirs=tuple(shown(root, entry.path) for entry in content.include_dirs),
        defines=tuple(content.defines.items()),
        parameters=tuple(content.parameters.items()),
        top=content.tops[0][0] if content.tops else None,
        library_dirs=tuple(shown(root, entry.path) for entry in content.library_dirs),
        library_extensions=extensions,
        skipped=tuple(skipped),
        origin=", ".join(shown(root, path) for path, _, _ in lists),
    )


def _with_settings(project: Project, settings: Settings, top: str | None) -> Project:
    """The project with the include folders, macros and top of the settings; the caller's top wins."""
    folders = list(project.include_dirs)
    for path in settings.paths("project.include_dirs"):
        name = shown(project.root, Path(os.path.normpath(path)))
        if not path.is_dir():
            origin = settings.origin("project.include_dirs")
            raise UsageError(
                f"no such include folder: {path}", where=origin, hint="correct project.include_dirs"
            )
        if name not in folders:
            folders.append(name)
    defines = dict(project.defines)
    for item in settings.get("project.defines"):
        name, equals, value = item.partition("=")
        defines[name] = value if equals else None
    chosen = top or settings.get("project.top") or project.top
    return replace(project, include_dirs=tuple(folders), defines=tuple(defines.items()), top=chosen)
