"""Find the sources of a project that names no list: git's view of the folder, or a walk.

Inside a git work tree the candidates are ``git ls-files -co --exclude-standard`` (checked-out submodules
too); else a walk that honours ``.gitignore`` files. In both, ``.rtlgenignore`` (gitignore syntax, in any
folder) and ``project.exclude`` apply. Left out, each with its reason: links that leave the root, files over
``project.max_file_kb``, binary and encrypted ones. Include folders are those that make included names
resolve.

It does not compile anything: which modules belong to which top is not decided here.

Try: ``rtlgen files``
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from rtlgen.core.errors import RtlgenError
from rtlgen.core.glance import SOURCE_EXTENSIONS, Glance, glance, kind_of
from rtlgen.core.includes import follow_includes
from rtlgen.core.process import Limits, run
from rtlgen.core.records import SourceFile

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from rtlgen.core.settings import Settings

IGNORE_FILE = ".rtlgenignore"
PASSED_BY = frozenset({".git", ".hg", ".svn", ".rtlgen", "node_modules", "__pycache__"})
GIT_SECONDS = 60.0
GIT_PLACES = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"})
"""Variables that a git hook sets; they would make git answer for another repository."""


@dataclass(frozen=True)
class Discovery:
    """What was found: paths relative to the root (POSIX), sorted; include folders, most needed first."""

    files: tuple[SourceFile, ...]
    include_dirs: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    origin: str
    """``git ls-files`` or ``walk``."""


def discover(root: Path, settings: Settings) -> Discovery:
    """Find the Verilog files under the resolved folder `root`, and what they include under any name."""
    notes: list[str] = []
    names, origin = _candidates(root, settings, notes)
    accept = _Gate(root, names, settings)
    looks = dict(
        accept.all(name for name in names if PurePosixPath(name).suffix.lower() in SOURCE_EXTENSIONS)
    )
    included = follow_includes(looks, names, accept.one)
    looks |= included.further
    files = tuple(
        _source_file(name, looks[name], included.by.get(name), origin, name in included.further)
        for name in sorted(looks)
    )
    if not files:
        notes.append(f"no Verilog files under {root}")
    return Discovery(files, included.folders, tuple(accept.skipped), tuple(notes), origin)


def _source_file(name: str, look: Glance, includer: str | None, origin: str, further: bool) -> SourceFile:
    """The record of a found file. One that is only included (`further`), or declares no unit, is a header."""
    kind = "header" if further or (includer and not look.has_unit) else kind_of(name)
    why = f"{origin}, included by {includer}" if includer else origin
    return SourceFile(name, why, kind, "generated" if look.generated else "")


def _candidates(root: Path, settings: Settings, notes: list[str]) -> tuple[list[str], str]:
    """The names of all files, and what listed them."""
    listed = _from_git(root, notes)
    if listed is None:
        return sorted(_walk(root, follow=bool(settings.get("project.symlinks")), seen=set())), "walk"
    names = set(listed)
    seen = {root}
    for name in listed if settings.get("project.symlinks") else ():
        link = root / name
        if link.is_symlink() and link.is_dir() and not link.resolve().is_relative_to(root):
            names.update(f"{name}/{inner}" for inner in _walk(link, follow=True, seen=seen))
    return sorted(names), "git ls-files"


def _from_git(root: Path, notes: list[str], *, depth: int = 0) -> list[str] | None:
    """git's list of tracked and not ignored files under `root`; None when git cannot say or says nothing."""
    if depth == 0 and not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return None
    argv = ["git", "-c", "core.fsmonitor=false", "ls-files", "-co", "--exclude-standard", "-z", "--", "."]
    try:
        env = {name: value for name, value in os.environ.items() if name not in GIT_PLACES}
        result = run(argv, cwd=root, env=env, limits=Limits(wall_s=GIT_SECONDS, output_kb=1 << 18))
    except RtlgenError:
        notes.append("git is not installed: the folder was walked instead")
        return None
    if result.returncode or result.truncated:
        reason = result.stderr.strip().splitlines()[0] if result.stderr.strip() else "no answer"
        notes.append(f"git did not list the folder ({reason}): it was walked instead")
        return None
    names: list[str] = []
    for name in dict.fromkeys(filter(None, result.stdout.split("\0"))):
        path = root / name
        if path.is_dir() and not path.is_symlink():  # a submodule, or another repository inside
            inner = _from_git(path, notes, depth=depth + 1) if depth < 8 else None
            names += [f"{name.rstrip('/')}/{item}" for item in inner or ()]
        else:
            names.append(name)
    return names or None


def _walk(root: Path, *, follow: bool, seen: set[Path]) -> Iterator[str]:
    """Names of files under `root`; hidden, ignored and `seen` (real) folders are passed by."""
    if root.resolve() in seen:
        return
    seen.add(root.resolve())
    rules = _Ignore(root, ".gitignore")
    for folder, folders, files in os.walk(root, followlinks=follow):
        here = Path(folder).relative_to(root).as_posix()
        kept = []
        for name in sorted(folders):
            relative = name if here == "." else f"{here}/{name}"
            path = Path(folder) / name
            real = path.resolve()
            doubled = real in seen or (path.is_symlink() and real.is_relative_to(root.resolve()))
            if name in PASSED_BY or name.startswith(".") or doubled or rules.reason(relative + "/"):
                continue
            seen.add(real)
            kept.append(name)
        folders[:] = kept
        for name in files:
            relative = name if here == "." else f"{here}/{name}"
            if not rules.reason(relative):
                yield relative


class _Ignore:
    """The ignore files called `file_name` of a tree; each rules the folder it is in."""

    def __init__(self, root: Path, file_name: str, extra: Iterable[str] = ()) -> None:
        self._root = root
        self._file_name = file_name
        self._specs: dict[str, GitIgnoreSpec | None] = {}
        self._extra = ignore_spec(list(extra))

    def reason(self, name: str) -> str | None:
        """Why `name` (a folder ends in ``/``) is ignored, None when it is not."""
        if self._extra is not None and self._extra.match_file(name):
            return "project.exclude"
        parts = name.rstrip("/").split("/")
        for depth in range(len(parts)):
            folder = "/".join(parts[:depth])
            spec = self._of(folder)
            inner = name[len(folder) + 1 :] if folder else name
            if spec is not None and spec.match_file(inner):
                return f"{folder}/{self._file_name}" if folder else self._file_name
        return None

    def _of(self, folder: str) -> GitIgnoreSpec | None:
        if folder not in self._specs:
            try:
                text = (self._root / folder / self._file_name).read_text(encoding="utf-8", errors="replace")
            except OSError:
                text = ""
            self._specs[folder] = ignore_spec(text.splitlines())
        return self._specs[folder]


def ignore_spec(patterns: list[str]) -> GitIgnoreSpec | None:
    """The rules of some gitignore lines, None when there are none; a malformed line is passed over."""
    from pathspec import GitIgnoreSpec

    lines = [line for line in patterns if line.strip() and not line.startswith("#")]
    try:
        return GitIgnoreSpec.from_lines(lines) if lines else None
    except ValueError:
        good = [line for line in lines if _is_pattern(line)]
        return GitIgnoreSpec.from_lines(good) if good else None


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


class _Gate:
    """Decides which names are in; the others, of Verilog files, are noted in `skipped` with the reason."""

    def __init__(self, root: Path, names: list[str], settings: Settings) -> None:
        self.skipped: list[tuple[str, str]] = []
        self._root = root
        self._names = frozenset(names)
        self._rules = _Ignore(root, IGNORE_FILE, settings.get("project.exclude"))
        self._limit = int(settings.get("project.max_file_kb")) * 1024
        self._follow = bool(settings.get("project.symlinks"))

    def all(self, names: Iterable[str]) -> Iterator[tuple[str, Glance]]:
        """Those of `names` that are in, with a look at each."""
        for name in names:
            look = self.one(name)
            if look is not None:
                yield name, look

    def one(self, name: str) -> Glance | None:
        """A look at `name` when it is in, else None."""
        if "\ufffd" in name or any("\udc80" <= char <= "\udcff" for char in name):
            self.skipped.append(
                (os.fsencode(name).decode("utf-8", "backslashreplace"), "its name is not UTF-8")
            )
            return None
        look: Glance | None = None
        reason = self._rules.reason(name) or self._link_reason(name)
        if reason is None:
            look, reason = _look(self._root / name, self._limit)
        if reason is not None:
            self.skipped.append((name, reason))
        return look

    def _link_reason(self, name: str) -> str | None:
        """Why a link is left out: it leaves the root, or leads to a file that is in by its own name."""
        path = self._root / name
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError):
            return "a link to nothing" if path.is_symlink() else "listed by git, but not there"
        if real == path:
            return None
        if not real.is_relative_to(self._root):
            return None if self._follow else "a link out of the root (project.symlinks = false)"
        target = real.relative_to(self._root).as_posix()
        return f"a link to {target}, which is in" if target in self._names else None


def _look(path: Path, limit: int) -> tuple[Glance | None, str | None]:
    """A look at a file of at most `limit` bytes, or the reason to leave it out."""
    try:
        if not path.is_file():
            return None, "no regular file"
        size = path.stat().st_size
        if size > limit:
            return None, f"{size / 1024:.0f} kB, over project.max_file_kb = {limit // 1024}"
        look = glance(path, max_bytes=limit)
    except OSError as error:
        return None, f"cannot be read: {error.strerror}"
    if look.binary:
        return None, "binary (holds NUL bytes)"
    return (None, "encrypted") if look.encrypted else (look, None)
