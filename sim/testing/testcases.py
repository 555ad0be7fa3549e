"""What a test is: a plain test bench or a cocotb module, its top, and the files that are compiled with it.

The top of a plain bench is the module of its file that nobody instantiates; that of a cocotb module is looked for in
this order: `--top`, ``TOPLEVEL = "alu"`` in the module, a Makefile beside it, its name (``test_alu.py``), the project's
top, the only root of the design. Nothing is compiled here, and Python modules are read, not imported.

Try: ``rtlgen sim examples/soc --list``
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rtlgen.core.errors import DesignError, RtlgenError, UsageError
from rtlgen.sim.testing.design import VERILOG, Design, Library, shown
from rtlgen.sim.testing.pytests import PythonTests, declared_top, named_top, python_tests
from rtlgen.sim.testing.units import FileUnits

MAX_DATA_BYTES = 64 << 20
"""Biggest data file that is put beside a simulation."""


@dataclass(frozen=True)
class Case:
    """One test of a design, ready to be run with any seed. Paths are absolute."""

    name: str
    """Path of the test relative to the design's root, POSIX; what `--test` takes."""
    path: Path
    kind: str
    """``plain``, ``cocotb``, or ``reference``: compared with one, without a test."""
    top: str
    """Module to elaborate: the test bench itself, or the module that a cocotb test drives."""
    why_top: str
    sources: tuple[Path, ...]
    """In compile order; a plain bench is among them."""
    include_dirs: tuple[Path, ...]
    reads_seed: bool
    """False when nothing in it can tell one seed from another on a simulator without seeds."""
    data: tuple[tuple[str, Path], ...] = ()
    """(name as written in the sources, file): data files that the run finds under that name."""
    includes: tuple[Path, ...] = ()
    """Included files that were found; they belong to what was simulated."""
    dut: str = ""
    """The module under test: that which a plain bench instantiates first; empty when it instantiates none."""
    functions: tuple[str, ...] = ()
    """Names of the test functions of a cocotb module."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """The cases, and those tests that cannot be run: (name, what is wrong)."""

    cases: tuple[Case, ...]
    broken: tuple[tuple[str, RtlgenError], ...] = field(default=())


def find_cases(design: Design, tests: Sequence[Path], *, top: str | None = None) -> Found:
    """A case for each of `tests` (files, absolute). `top` is for those that have such a module.

    Raises the error of a test when it is the only one; otherwise broken ones are listed beside the cases.
    """
    library = Library(design)
    cases, broken = [], []
    for path in tests:
        try:
            cases.append(_case(library, path, top, alone=len(tests) == 1))
        except RtlgenError as error:
            if len(tests) == 1:
                raise
            broken.append((shown(design.root, path), error))
    return Found(tuple(cases), tuple(broken))


def _case(library: Library, path: Path, top: str | None, *, alone: bool) -> Case:
    if path.suffix == ".py":
        return _cocotb_case(library, path, top)
    if path.suffix.lower() not in VERILOG:
        raise UsageError(
            "is no test: neither Verilog nor a cocotb module", where=path, hint="name .v, .sv or .py files"
        )
    return _plain_case(library, path, top, alone=alone)


def _plain_case(library: Library, path: Path, top: str | None, *, alone: bool) -> Case:
    design = library.design
    scan = library.scanner.scan(path)
    chosen = _bench_top(scan, top if top and (alone or scan.unit(top)) else None)
    files, notes = library.files_for(scan)
    return Case(
        name=shown(design.root, path),
        path=path,
        kind="plain",
        top=chosen,
        why_top="--top" if top == chosen else "the module of the file that nobody instantiates",
        sources=_real(files),
        include_dirs=_include_dirs(library, files, path.parent),
        reads_seed=any(library.scanner.scan(file).reads_plusargs for file in files),
        data=_data_files(library, path, files),
        includes=_included(library, path, files),
        dut=_dut(library, scan, chosen),
        notes=notes,
    )


def reference_case(design: Design, references: Sequence[Path], *, top: str | None = None) -> Case:
    """The comparison of a design with reference files, which may be among its own.

    The module compared is `top`, else that of the reference, else the design's top. Raises DesignError when none fits.
    """
    kept = tuple(
        path for path in design.sources if path.resolve() not in {file.resolve() for file in references}
    )
    library = Library(replace(design, sources=kept))
    modules = library.modules()
    inside = [unit.name for scan in library.scanner.scan_all(references) for unit in scan.units]
    roots = [unit.name for unit in library.roots()]
    wanted = (
        [top]
        if top
        else [*inside, *([design.top] if design.top else []), *(roots if len(roots) == 1 else [])]
    )
    chosen = next((name for name in wanted if name in modules), None)
    if chosen is None:
        what = (
            f"top {top} is no module of the design"
            if top
            else f"no top to compare: {', '.join(roots[:8]) or 'none'}"
        )
        raise DesignError(what, where=references[0], hint="choose the module to compare: --top NAME")
    path = library.provider(chosen, references[0])
    assert path is not None
    files, notes = library.files_for(library.scanner.scan(path))
    return Case(
        name=f"{chosen} like {shown(design.root, references[0])}",
        path=references[0],
        kind="reference",
        top=chosen,
        why_top="--top" if top else "the module that the reference has too",
        sources=_real(files),
        include_dirs=_include_dirs(library, files),
        reads_seed=True,
        includes=_included(library, path, files),
        dut=chosen,
        notes=notes,
    )


def _dut(library: Library, scan: FileUnits, bench: str) -> str:
    """The first module of the design that the bench instantiates, itself or through a module of its own file."""
    queue, seen, modules = [bench], {bench}, library.modules()
    for name in queue:
        unit = scan.unit(name)
        for instance in unit.instances if unit is not None else ():
            if scan.unit(instance) is None and instance in modules:
                return instance
            if instance not in seen:
                seen.add(instance)
                queue.append(instance)
    return ""


def _bench_top(scan: FileUnits, wanted: str | None) -> str:
    """The module to run; DesignError when there is none, or more than one."""
    modules = [unit for unit in scan.units if unit.kind in ("module", "program")]
    if wanted is not None:
        if wanted not in [unit.name for unit in modules]:
            known = ", ".join(unit.name for unit in modules) or "none"
            raise DesignError(
                f"no module {wanted} in this test bench (its modules: {known})",
                where=scan.path,
                hint="correct --top",
            )
        return wanted
    if not modules:
        raise DesignError("no top: the file declares no module", where=scan.path, hint="name a test bench")
    used = {name for unit in modules for name in unit.instances}
    roots = [unit for unit in modules if unit.name not in used]
    if not roots:
        names = ", ".join(unit.name for unit in modules)
        raise DesignError(
            f"no top: every module is instantiated by another one ({names})",
            where=scan.path,
            hint=f"choose one: --top {modules[0].name}",
        )
    benches = [unit for unit in roots if unit.is_bench]
    if len(roots) > 1 and len(benches) == 1:
        roots = benches
    if len(roots) > 1:
        places = ", ".join(f"{unit.name} (line {unit.line})" for unit in roots)
        raise DesignError(
            f"{len(roots)} tops: {places}", where=scan.path, hint=f"choose one: --top {roots[0].name}"
        )
    if roots[0].ports:
        raise DesignError(
            f"no top: {roots[0].name} has ports, so it is no test bench",
            where=f"{scan.path}:{roots[0].line}",
            hint="name a test bench with --test, or compare with --reference REF.v",
        )
    return roots[0].name


def _cocotb_case(library: Library, path: Path, top: str | None) -> Case:
    design = library.design
    tests = python_tests(path)
    chosen, why = _cocotb_top(library, tests, top)
    provider = library.provider(chosen, path)
    assert provider is not None
    files, notes = library.files_for(library.scanner.scan(provider), path)
    return Case(
        name=shown(design.root, path),
        path=path,
        kind="cocotb",
        top=chosen,
        why_top=why,
        sources=_real(files),
        include_dirs=_include_dirs(library, files),
        reads_seed=True,
        data=_data_files(library, path, files),
        includes=_included(library, path, files),
        dut=chosen,
        functions=tests.functions,
        notes=notes,
    )


def _cocotb_top(library: Library, tests: PythonTests, top: str | None) -> tuple[str, str]:
    """The design's module that a cocotb test drives, and why it is that one."""
    modules = library.modules()
    written, where = declared_top(tests)
    for name, why in ((top, "--top"), (written, where)):
        if name is None:
            continue
        if name not in modules:
            near = difflib.get_close_matches(name, list(modules), n=1)
            hint = f"did you mean --top {near[0]}?" if near else "list the build: rtlgen files"
            raise DesignError(f"top {name} ({why}) is no module of the design", where=tests.path, hint=hint)
        return name, why
    for name in named_top(tests.path):
        if name in modules:
            return name, f"the name {tests.path.name}"
    if design_top := library.design.top:
        if design_top in modules:
            return design_top, "the top of the project"
        raise DesignError(
            f"top {design_top} of the project is no module of the design",
            where=tests.path,
            hint="correct project.top, or choose one: --top NAME",
        )
    roots = library.roots()
    if len(roots) == 1:
        return roots[0].name, "the only module that nobody instantiates"
    if not roots:
        raise DesignError("no top: the design has no module", where=tests.path, hint="rtlgen files")
    names = ", ".join(unit.name for unit in roots[:8])
    raise DesignError(
        f"{len(roots)} tops: {names}; none of them is named by the test",
        where=tests.path,
        hint=f'choose one: --top {roots[0].name}, or write TOPLEVEL = "{roots[0].name}" into the test',
    )


def _include_dirs(library: Library, files: Sequence[Path], *further: Path) -> tuple[Path, ...]:
    """The include folders of the design, and of the likely ones those that something is included from.

    A folder is shown to the sandbox with all that is in it, so the user's home (or one above it) is none.
    """
    names = {name for file in files for name in library.scanner.scan(file).includes}
    home = Path("~").expanduser()
    likely = [
        folder
        for folder in (*library.design.likely_dirs, *further)
        if not home.is_relative_to(folder) and any((folder / name).is_file() for name in names)
    ]
    return _real((*library.design.include_dirs, *likely))


def _real(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Each path once, links resolved: a sandbox shows files where they really are."""
    return tuple(dict.fromkeys(path.resolve() for path in paths))


def _places(library: Library, test: Path, files: Iterable[Path]) -> tuple[Path, ...]:
    """Folders that a relative file name in the sources may stand against, the likeliest first."""
    return tuple(
        dict.fromkeys((test.parent, library.design.root, Path.cwd(), *(file.parent for file in files)))
    )


def _data_files(library: Library, test: Path, files: Sequence[Path]) -> tuple[tuple[str, Path], ...]:
    """Files that string literals of the sources name: ``$readmemh("rom.hex", rom)``."""
    places = _places(library, test, files)
    found: dict[str, Path] = {}
    for file in files:
        scan = library.scanner.scan(file)
        for text in scan.strings:
            if text in found or text in scan.includes or "%" in text or "." not in text or len(text) > 200:
                continue
            path = _existing(text, places)
            if path is not None and path.stat().st_size <= MAX_DATA_BYTES:
                found[text] = path
    return tuple(found.items())


def _existing(name: str, folders: Iterable[Path]) -> Path | None:
    """The regular file `name` below one of `folders`, the home folder excepted.

    Names that are absolute or hidden, or leave the folder, are not followed: a design may name what it likes.
    """
    if "\\" in name or Path(name).is_absolute() or any(part.startswith(".") for part in Path(name).parts):
        return None
    home = Path("~").expanduser()
    for folder in folders:
        if home.is_relative_to(folder):
            continue
        path = folder / name
        try:
            if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
                return path
        except (OSError, ValueError):
            return None
    return None


def _included(library: Library, test: Path, files: Sequence[Path]) -> tuple[Path, ...]:
    """The included files that were found, for the record of what was simulated."""
    folders = (*library.design.include_dirs, *_places(library, test, files))
    names = {name for file in files for name in library.scanner.scan(file).includes}
    paths = (_existing(name, folders) for name in sorted(names))
    return tuple(dict.fromkeys(path for path in paths if path is not None))
