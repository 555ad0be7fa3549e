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
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from rtlgen.core.errors import RtlgenError
from rtlgen.core.glance import SOURCE_EXTENSIONS, Glance, glance, kind_of
from rtlgen.core.process import Limits, run
from rtlgen.core.records import SourceFile

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from rtlgen.core.settings import Settings

IGNORE_FILE = ".rtlgenignore"
PASSED_BY = frozenset({".git", ".hg", ".svn", ".rtlgen", "node_modules", "__pycache__"})
GIT_SECONDS = 60.0


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
    """Find the Verilog files under the resolved folder `root`."""
    notes: list[str] = []
    names, origin = _candidates(root, settings, notes)
    skipped: list[tuple[str, str]] = []
    looks = dict(_accepted(root, names, settings, skipped))
    includers, include_dirs = resolve_includes(looks)
    files = tuple(_source_file(name, look, includers.get(name), origin) for name, look in looks.items())
    return Discovery(files, include_dirs, tuple(skipped), tuple(notes), origin)


def _source_file(name: str, look: Glance, includer: str | None, origin: str) -> SourceFile:
    """The record of a found file; an included file that declares no design unit is a header."""
    kind = "header" if includer and not look.has_unit else kind_of(name)
    why = f"{origin}, included by {includer}" if includer else origin
    return SourceFile(name, why, kind, "generated" if look.generated else "")


def _candidates(root: Path, settings: Settings, notes: list[str]) -> tuple[list[str], str]:
    """Names with a Verilog ending, and what listed them."""
    listed = _from_git(root, notes)
    if listed is None:
        return sorted(_walk(root, follow=bool(settings.get("project.symlinks")), seen=set())), "walk"
    names = {name for name in listed if PurePosixPath(name).suffix.lower() in SOURCE_EXTENSIONS}
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
        result = run(argv, cwd=root, limits=Limits(wall_s=GIT_SECONDS, output_kb=1 << 18))
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
    """Names with a Verilog ending under `root`; hidden, ignored and `seen` (real) folders are passed by."""
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
            if PurePosixPath(name).suffix.lower() in SOURCE_EXTENSIONS and not rules.reason(relative):
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


def _accepted(
    root: Path, names: list[str], settings: Settings, skipped: list[tuple[str, str]]
) -> Iterator[tuple[str, Glance]]:
    """The candidates that are in, with a look at each; the others go to `skipped`."""
    rules = _Ignore(root, IGNORE_FILE, settings.get("project.exclude"))
    limit = int(settings.get("project.max_file_kb")) * 1024
    listed = set(names)
    for name in names:
        if "\ufffd" in name or not _is_utf8(name):
            skipped.append((os.fsencode(name).decode("utf-8", "backslashreplace"), "its name is not UTF-8"))
            continue
        reason = rules.reason(name) or _link_reason(
            root, name, listed, follow=bool(settings.get("project.symlinks"))
        )
        look: Glance | None = None
        if reason is None:
            look, reason = _look(root / name, limit)
        if look is None:
            skipped.append((name, reason or "not read"))
        else:
            yield name, look


def _is_utf8(name: str) -> bool:
    """Whether a name from the system can be printed (it holds no bytes that are no UTF-8)."""
    return not any("\udc80" <= char <= "\udcff" for char in name)


def _link_reason(root: Path, name: str, listed: set[str], *, follow: bool) -> str | None:
    """Why a link is left out: it leaves the root, or leads to a file that is in by its own name."""
    path = root / name
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return "a link to nothing" if path.is_symlink() else "listed by git, but not there"
    if real == path:
        return None
    if not real.is_relative_to(root):
        return None if follow else "a link out of the root (project.symlinks = false)"
    target = real.relative_to(root).as_posix()
    return f"a link to {target}, which is in" if target in listed else None


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


def resolve_includes(looks: dict[str, Glance]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Who includes which file (first one as ``path:line``), and the folders that make the names resolve.

    A name that several files could be goes to the one nearest to its includer.
    """
    by_last: dict[str, list[str]] = {}
    for name in looks:
        by_last.setdefault(name.rsplit("/", 1)[-1], []).append(name)
    includers: dict[str, str] = {}
    needed: Counter[str] = Counter()
    for name, look in looks.items():
        for wanted, line in look.includes:
            target, folder = _resolve(name, wanted, looks, by_last)
            if target is not None:
                includers.setdefault(target, f"{name}:{line}")
                needed[folder] += 1
    order = sorted(needed, key=lambda folder: (-needed[folder], folder))
    return includers, tuple(order)


def _resolve(
    includer: str, wanted: str, looks: dict[str, Glance], by_last: dict[str, list[str]]
) -> tuple[str | None, str]:
    """The file that ``include "wanted"`` in `includer` means, and the include folder it needs."""
    own = includer.rpartition("/")[0]
    beside = os.path.normpath(f"{own}/{wanted}" if own else wanted)
    if beside in looks:
        return beside, own or "."
    plain = os.path.normpath(wanted).lstrip("/")
    best: tuple[int, int, str] | None = None
    for name in by_last.get(plain.rsplit("/", 1)[-1], ()):
        if name == plain or name.endswith("/" + plain):
            shared = _shared_folders(name, includer)
            rank = (-shared, len(name), name)
            best = rank if best is None or rank < best else best
    if best is None:
        return None, ""
    return best[2], best[2][: -len(plain)].rstrip("/") or "."


def _shared_folders(one: str, other: str) -> int:
    """How many leading folders two paths have in common."""
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
