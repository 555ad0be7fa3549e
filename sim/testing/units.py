"""What one Verilog file declares and what it asks of others: enough to choose the files of a simulation and its top.

The parser is slang with the project's include folders and macros, so instances made by a macro or an included file
count too; bodies of procedures are passed over. It elaborates nothing: an instance in a branch that is not taken counts.

Try: python -c "from pathlib import Path; from rtlgen.sim.testing.units import Scanner;
print(Scanner().scan(Path('examples/soc/tests/tb_soc.sv')))"
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import RtlgenError
from rtlgen.core.source import read_source
from rtlgen.sim.devices import without_devices
from rtlgen.sim.static.sources import ascii_text

_TOPS = ("module", "macromodule", "program")
_SCOPE = re.compile(r"\b([A-Za-z_]\w*)\s*::")
_VIRTUAL = re.compile(r"\bvirtual\s+(?:interface\s+)?([A-Za-z_]\w*)")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_PLUSARGS = re.compile(r"\$(?:test|value)\$plusargs")
_INCLUDE = re.compile(r'`include\s*["<]([^">\n]+)[">]')
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)+)"')
_SKIPPED = (
    "AlwaysBlock",
    "AlwaysCombBlock",
    "AlwaysFFBlock",
    "AlwaysLatchBlock",
    "ContinuousAssign",
    "FunctionDeclaration",
    "TaskDeclaration",
    "FinalBlock",
)
_UNIT_KINDS = {
    "ModuleDeclaration": "module",
    "ProgramDeclaration": "program",
    "InterfaceDeclaration": "interface",
    "PackageDeclaration": "package",
    "UdpDeclaration": "primitive",
    "ClassDeclaration": "class",
}


@dataclass(frozen=True)
class Unit:
    """A design unit: `kind` is module, program, interface, package, primitive or class; `line` is 1-based."""

    name: str
    kind: str
    line: int
    ports: bool = False
    """Whether it has any port."""
    instances: tuple[str, ...] = ()
    """Names of the modules, interfaces and primitives that it instantiates."""
    initial: bool = False
    """Whether it has an initial block, itself or in a generate block."""

    @property
    def is_bench(self) -> bool:
        """Whether it looks like a test bench: nothing comes in or goes out, and something is done."""
        return self.kind in ("module", "program") and not self.ports and self.initial


@dataclass(frozen=True)
class FileUnits:
    """The units of one file and the names that it needs from others."""

    path: Path
    units: tuple[Unit, ...]
    needs: frozenset[str]
    """Modules, interfaces, packages and classes that are used; its own ones are among them."""
    reads_plusargs: bool
    defines: bool = False
    """Whether it defines macros."""
    includes: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()
    """String literals: some of them are names of data files."""

    def unit(self, name: str) -> Unit | None:
        """The unit called `name`, None when it is not declared here."""
        return next((unit for unit in self.units if unit.name == name), None)


class Scanner:
    """Scans files with one set of include folders and macros, each file once."""

    def __init__(
        self, include_dirs: Sequence[Path] = (), defines: Sequence[tuple[str, str | None]] = ()
    ) -> None:
        self._dirs = tuple(include_dirs)
        self._defines = tuple(name if value is None else f"{name}={value}" for name, value in defines)
        self._known: dict[Path, FileUnits] = {}

    def scan(self, path: Path) -> FileUnits:
        """The units of `path`. Raises UsageError when it cannot be read; a file that does not parse gives what it can."""
        if path not in self._known:
            self._known[path] = self._scan(path, read_source(path).text)
        return self._known[path]

    def scan_all(self, paths: Sequence[Path]) -> list[FileUnits]:
        """`scan` of those that can be read, in order."""
        found = []
        for path in paths:
            try:
                found.append(self.scan(path))
            except RtlgenError:
                continue
        return found

    def _scan(self, path: Path, text: str) -> FileUnits:
        import pyslang
        from pyslang import parsing, syntax

        options = parsing.PreprocessorOptions()
        options.predefines = list(self._defines)
        options.additionalIncludePaths = list(self._dirs)
        bag = pyslang.Bag()
        bag.preprocessorOptions = options
        manager = pyslang.SourceManager()
        safe = without_devices(ascii_text(text), (path.parent, *map(Path, self._dirs)))
        tree = syntax.SyntaxTree.fromText(safe, manager, path.name, str(path), bag)
        collected = _Collector(manager)
        tree.root.visit(collected)
        bare = _COMMENT.sub(" ", text)
        includes = {str(include.path).strip('"<>') for include in tree.getIncludeDirectives()}
        includes |= set(_INCLUDE.findall(bare))
        needs = {*collected.needs, *_SCOPE.findall(bare), *_VIRTUAL.findall(bare)}
        return FileUnits(
            path=path,
            units=collected.units(),
            needs=frozenset(needs),
            reads_plusargs=bool(includes) or _PLUSARGS.search(bare) is not None,
            defines="`define" in bare,
            includes=tuple(sorted(includes)),
            strings=tuple(dict.fromkeys(_STRING.findall(bare))),
        )


class _Collector:
    """Called by slang for every node from the root down; units may be nested, instances belong to the innermost."""

    def __init__(self, manager: Any) -> None:
        import pyslang

        self._manager = manager
        self._skip = pyslang.ast.VisitAction.Skip
        self._advance = pyslang.ast.VisitAction.Advance
        self._units: list[dict[str, Any]] = []
        self.needs: set[str] = set()

    def __call__(self, node: Any) -> Any:
        kind = getattr(node.kind, "name", None)  # tokens have a kind of another type
        if kind in _UNIT_KINDS:
            self._begin(node, _UNIT_KINDS[kind])
        elif kind == "HierarchyInstantiation":
            self._instance(node)
        elif kind in ("PackageImportItem", "InterfacePortHeader"):
            token = node.package if kind == "PackageImportItem" else node.nameOrKeyword
            self.needs.add(token.valueText)
        elif kind == "InitialBlock":
            for unit in self._around(node):
                unit["initial"] = True
            return self._skip
        elif kind in _SKIPPED:
            return self._skip
        return self._advance

    def _begin(self, node: Any, kind: str) -> None:
        header = getattr(node, "header", node)
        ports = getattr(header, "ports", None)
        self._units.append(
            {
                "name": header.name.valueText,
                "kind": kind,
                "line": self._manager.getLineNumber(header.name.location),
                "ports": kind == "primitive" or (ports is not None and str(ports).strip(" ()\n\t") != ""),
                "instances": {},
                "initial": False,
                "range": (node.sourceRange.start, node.sourceRange.end),
            }
        )

    def _around(self, node: Any) -> list[dict[str, Any]]:
        """The innermost unit around a node: the last one begun whose declaration is an ancestor."""
        parent = node.parent
        while parent is not None and getattr(parent.kind, "name", "") not in _UNIT_KINDS:
            parent = parent.parent
        if parent is None:
            return []
        name = getattr(parent, "header", parent).name.valueText
        return [unit for unit in self._units if unit["name"] == name][-1:]

    def _instance(self, node: Any) -> None:
        name = node.type.valueText
        self.needs.add(name)
        for unit in self._around(node):
            unit["instances"][name] = None

    def units(self) -> tuple[Unit, ...]:
        """What was seen, in order."""
        return tuple(
            Unit(
                unit["name"],
                unit["kind"],
                unit["line"],
                unit["ports"],
                tuple(unit["instances"]),
                unit["initial"],
            )
            for unit in self._units
        )
