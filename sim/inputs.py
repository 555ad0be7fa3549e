"""What the sources of a job need beside themselves: packages first, headers next to them, and what the sandbox shows.

Icarus 11 wants a package before its first use, whatever order a project found its files in, and looks for an include
only in the include folders; other tools look beside the including file. Sources are scanned with regular expressions
(``package``, ``::``, `` `include``), not parsed: a name in a comment may bring a file forward that did not need it, which
no compiler minds.

It does not find files that nobody named (`core.project` does), and follows no link inside the job's folder, where an
earlier run may have left one.

Try: ``python -c "from pathlib import Path; from rtlgen.sim.inputs import in_package_order as o;
print(o(sorted(Path('examples/soc/rtl').glob('*.sv'))))"``
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rtlgen.sim.job import Job

MOST_MOUNTS = 24
"""More single files than this are shown to the sandbox by their folders: 16 mounts cost 1.2 ms, 100 cost 50 ms, 1000 two
seconds (bubblewrap reads the list of mounts again after each)."""
_MAX_BYTES = 4_000_000
_PACKAGE = re.compile(r"^[ \t]*package[ \t]+(?:automatic[ \t]+|static[ \t]+)?([A-Za-z_]\w*)", re.MULTILINE)
_SCOPE = re.compile(r"([A-Za-z_]\w*)[ \t]*::")
_INCLUDE = re.compile(r'^[ \t]*`include[ \t]+"([^"\n]+)"', re.MULTILINE)


@dataclass(frozen=True)
class _Scan:
    packages: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    includes: tuple[str, ...] = ()


def in_package_order(sources: Sequence[Path]) -> tuple[Path, ...]:
    """`sources` with files that define packages before those that use them; otherwise the order stays."""
    scans = {path: _scan(path) for path in sources}
    home: dict[str, Path] = {}
    for path in sources:
        for name in scans[path].packages:
            home.setdefault(name, path)
    if not home:
        return tuple(sources)
    placed: dict[Path, None] = {}

    def place(path: Path, above: frozenset[Path]) -> None:
        if path in placed or path in above:  # packages that need each other stay as they are
            return
        for name in sorted(scans[path].scopes & home.keys()):
            if home[name] != path:
                place(home[name], above | {path})
        placed[path] = None

    for path in sources:
        place(path, frozenset())
    return tuple(placed)


def shown(job: Job) -> tuple[Path, ...]:
    """What the sandbox must show of `job`, read-only: sources, headers beside them, include and library folders.

    Many files are shown by their folders. What lies in the job's own folder is there already.
    """
    headers = _headers_beside(job.sources, job.folder) if job.headers_beside else []
    files = dict.fromkeys([*job.sources, *headers])
    outside = [path for path in files if not path.is_relative_to(job.folder)]
    if len(outside) > MOST_MOUNTS:
        outside = _folders(outside)
    folders = [path for path in (*job.include_dirs, *job.library_dirs) if path.is_dir()]
    return tuple(dict.fromkeys([*outside, *folders, *job.read_only]))


def _folders(files: Sequence[Path]) -> list[Path]:
    """The folders of `files`; of too many the one above all, unless that is the user's home folder or above it."""
    folders = list(dict.fromkeys(path.parent for path in files))
    if len(folders) <= MOST_MOUNTS:
        return folders
    above = Path(os.path.commonpath(folders))
    return folders if Path("~").expanduser().is_relative_to(above) else [above]


def _headers_beside(sources: Iterable[Path], folder: Path) -> list[Path]:
    """Files that sources include by a name relative to themselves, and what these include in turn."""
    found: dict[Path, None] = {}
    todo = list(sources)
    while todo:
        path = todo.pop()
        for name in _scan(path).includes:
            header = path.parent / name
            if header not in found and not _linked(header, folder) and header.is_file():
                found[header] = None
                todo.append(header)
    return list(found)


def _linked(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder) and path.is_symlink()


def _scan(path: Path) -> _Scan:
    try:
        status = path.lstat()
    except OSError:
        return _Scan()
    return _scanned(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _scanned(path: Path, mtime_ns: int, size: int) -> _Scan:
    """The scan of a file; time and size tell a changed file from the one scanned before."""
    del mtime_ns
    try:
        text = path.read_bytes().decode("latin-1") if size <= _MAX_BYTES and path.is_file() else ""
    except OSError:
        text = ""
    packages = frozenset(_PACKAGE.findall(text)) if "package" in text else frozenset()
    scopes = frozenset(_SCOPE.findall(text)) if "::" in text else frozenset()
    return _Scan(packages, scopes, tuple(_INCLUDE.findall(text)) if "`include" in text else ())
