"""What is simulated: the files of a project or a few named ones, who declares what in them, and what a test needs.

The files of a listed build all go in, in their order, but for other test benches; of a build that was only discovered
just what the test needs goes in, packages first. Of several files that declare the same module the one nearest to the
test is taken. Nothing is elaborated: a module that no file declares is left to the simulator to complain about.

Try: ``rtlgen sim examples/soc --list``
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import UsageError
from rtlgen.core.project import Project
from rtlgen.sim.testing.units import FileUnits, Scanner, Unit

VERILOG = (".v", ".sv", ".vp", ".svp", ".vh", ".svh")
_UNORDERED = frozenset({"", "walk", "git ls-files"})


@dataclass(frozen=True)
class Design:
    """What is simulated. Paths are absolute."""

    root: Path
    """Names of tests are relative to it."""
    sources: tuple[Path, ...]
    ordered: bool = True
    """The order is the user's and all files go in; else only those that a test needs."""
    libraries: tuple[Path, ...] = ()
    """Files that are compiled only when a module of theirs is needed."""
    include_dirs: tuple[Path, ...] = ()
    likely_dirs: tuple[Path, ...] = ()
    """Folders that are include folders only for what is really included from them: nobody has named them."""
    defines: tuple[tuple[str, str | None], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    library_dirs: tuple[Path, ...] = ()
    library_extensions: tuple[str, ...] = (".v", ".sv")
    top: str | None = None

    def scanner(self) -> Scanner:
        """A scanner with the include folders and macros of this design."""
        return Scanner((*self.include_dirs, *self.likely_dirs), self.defines)


def design_of(project: Project) -> Design:
    """The design that a project describes."""
    kinds = {"verilog", "systemverilog"}
    return Design(
        root=project.root,
        sources=tuple(project.absolute(f.path) for f in project.files if f.kind in kinds),
        ordered=project.origin not in _UNORDERED,
        libraries=tuple(project.absolute(f.path) for f in project.files if f.kind == "library"),
        include_dirs=tuple(project.absolute(folder) for folder in project.include_dirs),
        defines=project.defines,
        parameters=project.parameters,
        library_dirs=tuple(project.absolute(folder) for folder in project.library_dirs),
        library_extensions=project.library_extensions or (".v", ".sv"),
        top=project.top,
    )


def design_of_files(files: Sequence[Path], root: Path | None = None) -> Design:
    """A design of just these files, in their order; what they include is looked for in their folders.

    Raises UsageError when one is missing or is no Verilog file.
    """
    absolute = [Path(os.path.normpath(Path.cwd() / path)) for path in files]
    for given, path in zip(files, absolute, strict=True):
        if not path.is_file():
            raise UsageError("no such file or folder", where=given, hint="check the path")
        if path.suffix.lower() not in VERILOG:
            raise UsageError(
                "is no Verilog file", where=given, hint="name .v or .sv files, or the folder of a project"
            )
    folders = tuple(dict.fromkeys(path.parent for path in absolute))
    return Design(root=root or Path.cwd(), sources=tuple(absolute), likely_dirs=folders)


def shown(root: Path, path: Path) -> str:
    """`path` relative to `root` when it is inside, else as it is; POSIX."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


class Library:
    """Who declares what in a design, and which files a test needs."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.scanner = design.scanner()
        self._scans = self.scanner.scan_all((*design.sources, *design.libraries))
        self._listed = set(design.sources)
        self._used = {name for scan in self._scans for unit in scan.units for name in unit.instances}
        self._benches = {
            scan.path
            for scan in self._scans
            if any(unit.is_bench and unit.name not in self._used for unit in scan.units)
        }

    def modules(self) -> dict[str, Unit]:
        """The modules of the design by name; test benches only where nothing else has the name."""
        found: dict[str, Unit] = {}
        for scan in sorted(self._scans, key=lambda scan: scan.path in self._benches):
            for unit in scan.units:
                if unit.kind == "module":
                    found.setdefault(unit.name, unit)
        return found

    def roots(self) -> list[Unit]:
        """Modules of the design that nobody instantiates, without test benches."""
        own = [scan for scan in self._scans if scan.path in self._listed and scan.path not in self._benches]
        used = {name for scan in own for unit in scan.units for name in unit.instances}
        return [
            unit for scan in own for unit in scan.units if unit.kind == "module" and unit.name not in used
        ]

    def provider(self, name: str, near: Path) -> Path | None:
        """The file that declares `name`: a listed one before a library, no bench if possible, the nearest to `near`."""
        paths = [scan.path for scan in self._scans if scan.unit(name) is not None]
        paths += [scan.path for scan in self._beside(near) if scan.unit(name) is not None]
        return min(paths, key=lambda path: self._distance(path, near), default=None)

    def _distance(self, path: Path, near: Path) -> tuple[bool, bool, int]:
        shared = len(os.path.commonpath([path, near]))
        return path in self._benches, path not in self._listed, -shared

    def _beside(self, test: Path) -> list[FileUnits]:
        """Verilog files in the folder of a test that the build does not list: models and checkers of the bench."""
        files = sorted(path for path in test.parent.iterdir() if path.suffix.lower() in (".v", ".sv"))
        return self.scanner.scan_all([path for path in files if path not in self._listed and path != test])

    def files_for(
        self, start: FileUnits, test: Path | None = None
    ) -> tuple[tuple[Path, ...], tuple[str, ...]]:
        """The files that are compiled for a test that begins in `start`, and notes on choices that were made."""
        near = test or start.path
        notes: list[str] = []
        needed = self._closure(start, near, notes)
        if not self.design.ordered:
            loose = [
                scan.path
                for scan in self._scans
                if scan.defines and not scan.units and scan.path in self._listed
            ]
            return tuple(dict.fromkeys((*loose, *needed))), tuple(notes)
        bare = [path for path in self.design.sources if path not in self._benches or path in needed]
        further = [path for path in needed if path not in self._listed]
        packages_first = [path for path in further if path != start.path]
        ends = [start.path] if start.path in further else []
        return tuple(dict.fromkeys((*bare, *packages_first, *ends))), tuple(notes)

    def _closure(self, start: FileUnits, near: Path, notes: list[str]) -> list[Path]:
        """Files of all units that `start` needs, each after those that it needs itself."""
        order: list[Path] = []
        seen = {start.path}
        own = {unit.name for unit in start.units}

        def visit(scan: FileUnits) -> None:
            for name in sorted(scan.needs):
                if scan.unit(name) is not None or name in own:
                    continue
                path = self.provider(name, near)
                if path is None or path in seen:
                    continue
                self._note_copies(name, path, near, notes)
                seen.add(path)
                visit(self.scanner.scan(path))
            order.append(scan.path)

        visit(start)
        return order

    def _note_copies(self, name: str, path: Path, near: Path, notes: list[str]) -> None:
        copies = [
            scan.path
            for scan in self._scans
            if scan.unit(name) is not None and scan.path not in self._benches
        ]
        if len(copies) > 1 and not self.design.ordered:
            others = ", ".join(shown(self.design.root, copy) for copy in copies if copy != path)
            notes.append(
                f"{name} is taken from {shown(self.design.root, path)}, the nearest to "
                f"{shown(self.design.root, near)}; also declared in {others}"
            )
