"""Who instantiates, imports and includes whom, and the interfaces a place needs to see.

Design units are known by name over all files; where several files define a name, the one nearest in the
folder tree counts. `interfaces_for` answers with headers of modules that the text instantiates (the one
whose port map is open first), places where other files instantiate the same modules, packages, interfaces,
and included headers. Names that only macros produce are not seen.

    rtlgen retrieve --file top.v --line 40 --sources graph
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property

from rtlgen.core.records import Chunk, Instance, Module
from rtlgen.retrieval.blocks import open_blocks, tail_of
from rtlgen.retrieval.declarations import Signal
from rtlgen.retrieval.masking import plain
from rtlgen.retrieval.scope import declared_in
from rtlgen.retrieval.verilog import identifiers, imports_of
from rtlgen.retrieval.widths import resolve_across

HEADER_LINES = 80
"""A header longer than this is cut."""
USAGE_LINES = 48
"""A usage example longer than this is cut."""
RECENT_LINES = 40
"""Lines above the place whose names choose the part of a long package or header."""

_INSTANTIATION = re.compile(
    r"^[ \t]*(?:\w+\s*:\s*)?([A-Za-z_]\w*)\s+(?:#\s*\(|[A-Za-z_]\w*\s*(?:\[[^\]\n]*\]\s*)?\()", re.MULTILINE
)


class Graph:
    """Design units of a set of files by name, and their uses."""

    def __init__(self, units: Iterable[Module], texts: Mapping[str, str]) -> None:
        self.units = tuple(units)
        self.texts = texts
        self._packages: dict[str, tuple[Signal, ...]] = {}
        self._resolved: dict[tuple[str, int], Module] = {}

    @cached_property
    def by_name(self) -> dict[str, list[Module]]:
        """Name -> the units of that name."""
        found: dict[str, list[Module]] = {}
        for unit in self.units:
            found.setdefault(unit.name, []).append(unit)
        return found

    @cached_property
    def _uses(self) -> dict[str, list[tuple[Module, Instance]]]:
        found: dict[str, list[tuple[Module, Instance]]] = {}
        for unit in self.units:
            for instance in unit.instances:
                found.setdefault(instance.module, []).append((unit, instance))
        return found

    @cached_property
    def _files(self) -> dict[str, list[str]]:
        """File name without folders -> paths."""
        found: dict[str, list[str]] = {}
        for path in self.texts:
            found.setdefault(path.rsplit("/", 1)[-1], []).append(path)
        return found

    def module(self, name: str, near: str = "") -> Module | None:
        """The unit called `name` that stands nearest to the file `near`."""
        found = self.by_name.get(name)
        return max(found, key=lambda unit: shared_folders(unit.path, near)) if found else None

    def resolved(self, unit: Module) -> Module:
        """`unit` with port widths that need packages and headers of other files filled in where possible."""
        if all(port.width is not None or port.direction == "interface" for port in unit.ports):
            return unit
        key = (unit.path, unit.line)
        if key not in self._resolved:
            source = plain(self.texts.get(unit.path, ""), ())
            packages = [p for p in self._packages_of(unit) if p.path != unit.path]
            texts = [
                plain("\n".join(self.texts[p.path].split("\n")[p.line - 1 : p.end_line]), ()).text
                for p in packages
            ]
            widths = resolve_across(source, unit.name, texts, self._macros_of(unit.path))
            ports = tuple(replace(p, width=widths.get(p.name)) if p.width is None else p for p in unit.ports)
            self._resolved[key] = replace(unit, ports=ports)
        return self._resolved[key]

    def _packages_of(self, unit: Module) -> list[Module]:
        """Packages that a unit's file names, and those that they name, the deepest first."""
        found: dict[str, Module] = {}
        queue = [unit]
        while queue and len(found) < 40:
            rows = self.texts.get(queue[0].path, "").split("\n")
            one = queue.pop(0)
            text = "\n".join(rows[one.line - 1 : one.end_line]) if one.kind == "package" else "\n".join(rows)
            for name in imports_of(text):
                package = self.module(name, one.path)
                if package is not None and package.kind == "package" and package.name not in found:
                    found[name] = package
                    queue.append(package)
        return list(found.values())[::-1]

    def _macros_of(self, path: str) -> dict[str, str]:
        """Macros of the headers that a file includes, and of those that they include."""
        found: dict[str, str] = {}
        queue, seen = [path], {path}
        while queue and len(seen) < 40:
            near = queue.pop(0)
            source = plain(self.texts.get(near, ""), ())
            found = source.macros | found
            for name in source.includes:
                other = self.path_of(name, near)
                if other is not None and other not in seen:
                    seen.add(other)
                    queue.append(other)
        return found

    def instances_of(self, name: str) -> list[tuple[Module, Instance]]:
        """Every (instantiating unit, instance) of a module."""
        return self._uses.get(name, [])

    def package_signals(self, name: str) -> tuple[Signal, ...]:
        """What a package declares, each with line 0 (it stands in another file); empty when it is unknown."""
        if name not in self._packages:
            unit = self.module(name)
            text = self.texts.get(unit.path, "") if unit is not None and unit.kind == "package" else ""
            found = declared_in(text, name) if text else ()
            self._packages[name] = tuple(
                Signal(s.name, s.kind, "", s.type, s.width, 0, s.array, s.value) for s in found
            )
        return self._packages[name]

    def path_of(self, name: str, near: str = "") -> str | None:
        """The path of the file included as `name` from the file `near`."""
        wanted = name.removeprefix("./")
        found = [
            p for p in self._files.get(wanted.rsplit("/", 1)[-1], []) if p == wanted or ends_with(p, wanted)
        ]
        found = found or self._files.get(wanted.rsplit("/", 1)[-1], [])
        return max(found, key=lambda path: shared_folders(path, near)) if found else None

    def included(self, name: str, path: str) -> str | None:
        """The text of the file that `path` includes as `name`, None when it is not among the files."""
        found = self.path_of(name, path)
        return None if found is None else self.texts.get(found)

    def interfaces_for(self, text: str, path: str = "") -> list[Chunk]:
        """What the unfinished `text` of the file `path` needs to see of other files, most wanted first."""
        source = plain(text, None)
        recent = set(identifiers("\n".join(text.split("\n")[-RECENT_LINES:])))
        names = self._instantiated(source.text)
        chunks: list[Chunk] = []
        open_name = open_instance(source.text)
        if open_name is not None and open_name in self.by_name:
            names = [open_name, *(name for name in names if name != open_name)]
            chunks += self._header(open_name, path, recent)
            chunks += self._usages(open_name, path, 2)
        wanted = [*names[:6], *self._imported(text, source.text, path)]
        for name in dict.fromkeys(wanted):
            if name != open_name:
                chunks += self._header(name, path, recent)
        for include in source.includes:
            chunks += self._include(include, path, recent)
        for name in names[:4]:
            if name != open_name:
                chunks += self._usages(name, path, 1)
        return list({(c.path, c.start, c.end): c for c in reversed(chunks)}.values())[::-1]

    def _instantiated(self, source: str) -> list[str]:
        """Known modules that the text instantiates, the nearest to its end first."""
        found = [name for name in _INSTANTIATION.findall(source) if name in self.by_name]
        return list(dict.fromkeys(reversed(found)))

    def _imported(self, text: str, source: str, path: str) -> list[str]:
        """Known packages and interfaces that the text names, packages last."""
        interfaces = [
            name
            for name in dict.fromkeys(identifiers(source))
            if name in self.by_name and self.by_name[name][0].kind == "interface"
        ]
        own = {unit.name for unit in self.units if unit.path == path}
        return [name for name in [*interfaces, *imports_of(text)] if name in self.by_name and name not in own]

    def _header(self, name: str, path: str, recent: set[str]) -> list[Chunk]:
        unit = self.module(name, path)
        if unit is None or unit.path == path:
            return []
        lines = unit.header.split("\n")
        if unit.kind == "package" and unit.end_line - unit.line >= len(lines):
            return self._part(unit.path, unit.line, unit.end_line, recent, unit.name)
        if len(lines) > HEADER_LINES:
            lines = [*lines[:HEADER_LINES], "  // ..."]
        end = min(unit.line + len(lines) - 1, unit.end_line)
        return [Chunk(unit.path, unit.line, end, "\n".join(lines), "header", unit.name)]

    def _usages(self, name: str, path: str, limit: int) -> list[Chunk]:
        """Places in other files that instantiate a module, nearest files first."""
        others = [(unit, instance) for unit, instance in self.instances_of(name) if unit.path != path]
        others.sort(key=lambda use: -shared_folders(use[0].path, path))
        chunks: list[Chunk] = []
        for unit, instance in others:
            if len(chunks) >= limit or unit.path not in self.texts:
                break
            if unit.path in {chunk.path for chunk in chunks}:
                continue
            rows = self.texts[unit.path].split("\n")[instance.line - 1 : instance.line - 1 + USAGE_LINES]
            count = next((n for n, row in enumerate(rows, 1) if re.search(r"\)\s*;", row)), len(rows))
            chunks.append(
                Chunk(
                    unit.path,
                    instance.line,
                    instance.line + count - 1,
                    "\n".join(rows[:count]),
                    "item",
                    unit.name,
                )
            )
        return chunks

    def _include(self, name: str, path: str, recent: set[str]) -> list[Chunk]:
        found = self.path_of(name, path)
        if found is None or found == path:
            return []
        return self._part(found, 1, self.texts[found].count("\n") + 1, recent, None)

    def _part(self, path: str, first: int, last: int, recent: set[str], module: str | None) -> list[Chunk]:
        """The 32 lines of a stretch of a file that hold most of the names in `recent` (the first ones by
        default)."""
        rows = self.texts.get(path, "").split("\n")[first - 1 : last]
        size = 32
        wanted = recent - {module}
        best, most = 0, -1
        for start in range(0, max(1, len(rows) - size // 2), size // 2):
            shared = len(wanted & set(identifiers("\n".join(rows[start : start + size]))))
            if shared > most:
                best, most = start, shared
        piece = rows[best : best + size]
        if not any(row.strip() for row in piece):
            return []
        start = first + best
        kind = "header" if module else "window"
        return [Chunk(path, start, start + len(piece) - 1, "\n".join(piece), kind, module)]


def open_instance(source: str) -> str | None:
    """Module of the instantiation that is unfinished at the end of plain text, None when there is none."""
    rows = source.rsplit("\n", 400)
    near = "\n".join(rows[1:]) if len(rows) > 400 else source
    _, last = open_blocks(near)
    tail = tail_of(near, last)
    return None if tail.instance is None else tail.instance.module


def shared_folders(path: str, other: str) -> int:
    """How many leading folders two paths have in common, minus the distance from there (nearer is larger)."""
    one, two = path.split("/")[:-1], other.split("/")[:-1]
    shared = 0
    for a, b in zip(one, two, strict=False):
        if a != b:
            break
        shared += 1
    return 2 * shared - len(one)


def ends_with(path: str, tail: str) -> bool:
    """True when `path` ends with the whole path components of `tail`."""
    return path == tail or path.endswith("/" + tail)
