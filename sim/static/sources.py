"""Where a project defines what one file needs: design units, macros, headers, and who includes whom.

Files are read once and scanned with regular expressions (design-unit keywords, `` `define``, `` `include``); nothing is
parsed here. `refresh` looks at sizes and times only and rescans what changed. When several files define the same name
(copies of a core in several folders), the one nearest to the file that asks is taken.

What it does not do: evaluate `` `ifdef``, or follow names that only a macro expansion produces
(`sim.static.elaborate` finds those when the compiler reports them unknown).

Try: python -c "from rtlgen.core.project import load_project; from rtlgen.sim.static.sources import SourceIndex;
p = load_project('examples/soc'); print(SourceIndex(p).units)"
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rtlgen.core.project import Project

Stamp = tuple[int, int]
"""Modification time (ns) and size (bytes): what decides whether a file is read again."""

_UNIT = re.compile(
    r"^[ \t]*(?:\(\*.*?\*\)[ \t]*)?(?:extern[ \t]+|virtual[ \t]+)?"
    r"(module|macromodule|interface|package|program|primitive|class)[ \t]+"
    r"(?:automatic[ \t]+|static[ \t]+)?([A-Za-z_]\w*)",
    re.MULTILINE,
)
_DEFINE = re.compile(r"^[ \t]*`define[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_INCLUDE = re.compile(r'^[ \t]*`include[ \t]+["<]([^">\n]+)[">]', re.MULTILINE)
_CONDITION = re.compile(r"^[ \t]*`(?:ifdef|ifndef|elsif)[ \t]+(\w+)", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")
_SHARED_KINDS = frozenset({"package", "interface"})
_UNORDERED = frozenset({"", "walk", "git ls-files"})
"""Origins of a project whose files are in no compile order."""
_MAX_BYTES = 4_000_000


@dataclass(frozen=True)
class _Scan:
    """What one file defines and asks for."""

    stamp: Stamp
    text: str
    units: tuple[tuple[str, str], ...]
    macros: frozenset[str]
    includes: tuple[str, ...]


def ascii_text(text: str) -> str:
    """`text` with every non-ASCII character replaced by ``?``: one byte per character, so offsets stay the same."""
    return text if text.isascii() else text.encode("ascii", "replace").decode("ascii")


def words_of(text: str) -> set[str]:
    """The identifier-like words of `text`, those of comments and strings included."""
    return set(_WORD.findall(text))


def stamp_of(path: Path) -> Stamp | None:
    """Time and size of `path`, None when it cannot be read."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _shared_depth(a: Path, b: Path) -> int:
    """How many leading path components `a` and `b` have in common."""
    depth = 0
    for left, right in zip(a.parts, b.parts, strict=False):
        if left != right:
            break
        depth += 1
    return depth


class SourceIndex:
    """Names of a project by the files that define them. `refresh` before asking."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._scans: dict[Path, _Scan] = {}
        self._order: dict[Path, int] = {}
        self._headers: set[Path] = set()
        self._words: dict[Path, set[str]] = {}
        self._include_dirs = tuple(str(project.absolute(d)) for d in project.include_dirs)
        self.units: dict[str, list[tuple[str, Path]]] = {}
        self.macros: dict[str, list[Path]] = {}
        self.version = 0
        """Counts the times that anything in the tables changed."""
        self.refresh()

    def refresh(self) -> None:
        """Read files that are new or changed, forget those that are gone, rebuild the name tables if anything moved."""
        self._order = {}
        for source in self._project.files:
            path = self._project.absolute(source.path)
            self._order.setdefault(path, len(self._order))
            if source.kind == "header":
                self._headers.add(path)
        for path in self._library_files():
            self._order.setdefault(path, len(self._order))
        changed = False
        for path in list(self._scans):
            if path not in self._order:
                changed = True
                del self._scans[path]
        for path in self._order:
            stamp = stamp_of(path)
            known = self._scans.get(path)
            if stamp is None or (known is not None and known.stamp == stamp):
                continue
            self._scans[path] = _scan(path, stamp)
            self._words.pop(path, None)
            changed = True
        if changed:
            self._tabulate()

    def _library_files(self) -> list[Path]:
        """Files that the `-y` folders offer, in the order of the folders."""
        extensions = tuple(self._project.library_extensions) or (".v", ".sv")
        found: list[Path] = []
        for folder in self._project.library_dirs:
            where = self._project.absolute(folder)
            if where.is_dir():
                found += sorted(p for p in where.iterdir() if p.suffix in extensions and p.is_file())
        return found

    def _tabulate(self) -> None:
        self.version += 1
        self.units, self.macros = {}, {}
        for path in self._order:
            scan = self._scans.get(path)
            if scan is None:
                continue
            for kind, name in scan.units:
                self.units.setdefault(name, []).append((kind, path))
            for name in scan.macros:
                self.macros.setdefault(name, []).append(path)

    def text(self, path: Path) -> str:
        """ASCII text of a file of the project, or of any other file; empty when it cannot be read."""
        scan = self._scans.get(path)
        if scan is None:
            stamp = stamp_of(path)
            return "" if stamp is None else _scan(path, stamp).text
        return scan.text

    def units_in(self, text: str) -> dict[str, str]:
        """The modules, packages and the like that start in `text`: name -> kind."""
        return {name: kind for kind, name in _UNIT.findall(text)}

    @property
    def listed(self) -> bool:
        """True when lists describe the build, so that its macros are all known and its files are in order."""
        return self._project.origin not in _UNORDERED

    def is_header(self, path: Path) -> bool:
        """True when the build description calls `path` a header, or its suffix does."""
        return path in self._headers or path.suffix in {".vh", ".svh", ".h", ".inc"}

    def needed(
        self, path: Path, names: set[str], *, own: frozenset[str] = frozenset(), known: tuple[Path, ...] = ()
    ) -> tuple[Path, ...]:
        """Files that define the units in `names`, and the packages and interfaces those need in turn.

        `known` files are taken as already there. Modules are followed one level only: their ports are what counts.
        Files that define a unit of `own`, those that the text of `path` defines itself, are other designs' files.
        """
        found = dict.fromkeys(known)
        todo = self._files_of(path, names - own, followed=True, own=own)
        while todo:
            current = todo.pop()
            if current == path or current in found:
                continue
            found[current] = None
            todo += self._files_of(current, words_of(self.text(current)) - own, followed=False, own=own)
        return tuple(found)

    def _files_of(self, path: Path, names: set[str], *, followed: bool, own: frozenset[str]) -> list[Path]:
        """For each name the nearest file that defines it; modules only when they are to be `followed`."""
        out = []
        for name in sorted(names & self.units.keys()):
            choices = [p for kind, p in self.units[name] if followed or kind in _SHARED_KINDS]
            if path in choices:
                continue
            choices = [p for p in choices if not self.is_header(p) and own.isdisjoint(self._defined(p))]
            if choices:
                out.append(self.nearest(path, choices))
        return out

    def _defined(self, path: Path) -> frozenset[str]:
        scan = self._scans.get(path)
        return frozenset() if scan is None else frozenset(name for _, name in scan.units)

    def nearest(self, path: Path, choices: list[Path]) -> Path:
        """The choice that shares the most folders with `path`; among equals the first of the build."""
        return max(choices, key=lambda p: (_shared_depth(p, path), -self._order.get(p, 1 << 30)))

    def include_dirs(self, path: Path, text: str) -> tuple[str, ...]:
        """Include folders for a file: those of the build, and where else in the project its headers lie.

        A header that no include folder of the build offers is looked up among the project's files by the end of its
        path; headers of headers are followed.
        """
        dirs = dict.fromkeys(self._include_dirs)
        seen: set[str] = set()
        todo = [(path, name) for name in _INCLUDE.findall(text)]
        while todo:
            includer, name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            header = self._resolve(includer, name, dirs)
            if header is not None:
                todo += [(header, inner) for inner in _INCLUDE.findall(self.text(header))]
        return tuple(dirs)

    def _resolve(self, includer: Path, name: str, dirs: dict[str, None]) -> Path | None:
        for folder in (str(includer.parent), *dirs):
            candidate = Path(folder, name)
            if candidate.is_file():
                return candidate
        tail = Path(name).parts
        choices = [p for p in self._order if p.parts[-len(tail) :] == tail]
        if not choices:
            return None
        header = self.nearest(includer, choices)
        dirs[str(header.parents[len(tail) - 1])] = None
        return header

    def predefine(self, name: str, path: Path) -> str | None:
        """``NAME(args) body`` of a macro as the file nearest to `path` defines it, itself apart; None when none does."""
        choices = [p for p in self.macros.get(name, []) if p != path]
        if not choices:
            return None
        return self._definition(name, self.nearest(path, choices))

    def _definition(self, name: str, path: Path) -> str | None:
        """The definition of a macro in the file `path`, in one line, its comments dropped."""
        text = self.text(path)
        pattern = rf"^[ \t]*`define[ \t]+({name}\b(?:\([^)\n]*\))?)((?:[^\n]*\\\r?\n)*[^\n]*)"
        match = re.search(pattern, text, re.MULTILINE)
        if match is None:
            return None
        body = re.sub(r"\\\r?\n", " ", match.group(2))
        body = re.sub(r"//.*$|/\*.*?\*/", " ", body).strip()
        return f"{match.group(1)} {body}"

    def earlier_macros(self, path: Path, text: str) -> tuple[str, ...]:
        """Macros that conditionals of `text` ask for and that files before `path` in the build's list define.

        A list is one compilation unit to most tools: what an earlier file defines holds in the later ones. Files that
        were merely found have no order, so nothing is taken from them.
        """
        asked = set(_CONDITION.findall(text))
        if not asked or not self.listed or path not in self._order:
            return ()
        out = []
        for name in sorted(asked & self.macros.keys()):
            before = [
                p for p in self.macros[name] if self._order[p] < self._order[path] and not self.is_header(p)
            ]
            definition = self._definition(name, before[-1]) if before else None
            if definition is not None:
                out.append(definition)
        return tuple(out)

    def includers(self, path: Path) -> list[Path]:
        """Files of the project whose `` `include`` names `path`, nearest first."""
        hits = []
        for other, scan in self._scans.items():
            for name in scan.includes:
                tail = Path(name).parts
                if other != path and path.parts[-len(tail) :] == tail:
                    hits.append(other)
                    break
        return sorted(hits, key=lambda p: (-_shared_depth(p, path), self._order.get(p, 1 << 30)))

    def split_at_include(self, host: Path, included: Path) -> tuple[str, str]:
        """The text of `host` before and after the line that includes `included`."""
        text = self.text(host)
        for match in _INCLUDE.finditer(text):
            tail = Path(match.group(1)).parts
            if included.parts[-len(tail) :] == tail:
                return text[: match.start()] + "\n", "\n" + text[match.end() :]
        return text, ""

    def mentions(self, word: str, *, apart_from: Path) -> bool:
        """True when any other file of the project than `apart_from` has `word` as a word."""
        for path, scan in self._scans.items():
            if path not in self._words:
                self._words[path] = words_of(scan.text)
            if word in self._words[path] and path != apart_from:
                return True
        return False


def _scan(path: Path, stamp: Stamp) -> _Scan:
    """Read and scan a file; one that cannot be read or is too big defines nothing."""
    try:
        data = path.read_bytes() if stamp[1] <= _MAX_BYTES else b""
    except OSError:
        data = b""
    text = ascii_text(data.decode("latin-1"))
    return _Scan(
        stamp=stamp,
        text=text,
        units=tuple(_UNIT.findall(text)),
        macros=frozenset(_DEFINE.findall(text)),
        includes=tuple(_INCLUDE.findall(text)),
    )
