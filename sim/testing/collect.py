"""Which files are the tests: those named on the command line, those of ``sim.tests``, else those found by convention.

By convention: Verilog files called ``tb_*``, ``*_tb``, ``test_*``, ``*_test`` or ``testbench*``, or standing in a folder
``tests``, ``test``, ``tb``, ``testbench``, ``bench``, ``sim`` or ``verification``, with a module without ports that does
something; and Python files ``test_*.py``, ``*_test.py``, ``*_tb.py`` with cocotb tests. A folder or a pattern that is
named gives its test benches and cocotb modules whatever they are called.

Try: ``rtlgen sim examples/soc --list``
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from rtlgen.core.errors import UsageError
from rtlgen.sim.testing.design import Design, shown
from rtlgen.sim.testing.pytests import is_cocotb
from rtlgen.sim.testing.units import Scanner

_FOLDERS = frozenset({"tests", "test", "tb", "testbench", "testbenches", "bench", "sim", "verification"})
_BENCH_NAME = re.compile(r"^(?:tb_.*|.*_tb|tb|test_.*|.*_test|test|testbench.*|.*_testbench)$", re.IGNORECASE)
_PYTHON_NAME = re.compile(r"^(?:test_.*|.*_test|tb_.*|.*_tb)$")
_PASSED_BY = frozenset({"node_modules", "__pycache__", "site-packages", "sim_build", "build", "obj_dir"})
_BENCH_ENDINGS = (".v", ".sv")
_MAX_FILES = 100_000


def named_tests(design: Design, names: Sequence[str]) -> tuple[Path, ...]:
    """The test files that `names` (files, folders, patterns) stand for, each once, in that order; absolute.

    A relative name stands against the design's root, else the working folder. Raises UsageError when one is nothing.
    """
    found: dict[Path, None] = {}
    for name in names:
        for path in _named(design, name):
            found.setdefault(path, None)
    return tuple(found)


def conventional_tests(design: Design) -> tuple[Path, ...]:
    """The test files of the design's root by convention, sorted by name. Raises UsageError when there are none."""
    scanner = design.scanner()
    found = [path for path in _walk(design.root) if _by_convention(design.root, path, scanner)]
    if not found:
        raise UsageError(
            "no tests found",
            where=design.root,
            hint="name one: --test FILE, or set sim.tests, or compare with a reference: --reference REF.v",
        )
    return tuple(found)


def _named(design: Design, name: str) -> list[Path]:
    expanded = Path(name).expanduser()
    for base in (design.root, Path.cwd()):
        path = Path(os.path.normpath(base / expanded))
        if path.is_file():
            return [path]
        if path.is_dir():
            return _inside(design, path, name)
    if any(character in name for character in "*?["):
        return _matching(design, name)
    where = name if Path(name).is_absolute() else f"{name} (looked for in {design.root} and {Path.cwd()})"
    raise UsageError("no such test", where=where, hint="list the tests: rtlgen sim DESIGN --list")


def _inside(design: Design, folder: Path, name: str) -> list[Path]:
    scanner = design.scanner()
    found = [path for path in _walk(folder) if _is_test(path, scanner)]
    if not found:
        raise UsageError("no tests in this folder", where=name, hint="name a test file: --test FILE")
    return found


def _matching(design: Design, pattern: str) -> list[Path]:
    scanner = design.scanner()
    for base in (design.root, Path.cwd()):
        names = glob.glob(pattern, root_dir=base, recursive=True)  # noqa: PTH207 (it may leave the folder)
        files = sorted(Path(os.path.normpath(base / name)) for name in names if (base / name).is_file())
        tests = [path for path in files if _is_test(path, scanner)]
        if tests:
            return tests
    raise UsageError(
        "no test matches this pattern", where=pattern, hint="quote it, and name .v, .sv or .py files"
    )


def _walk(folder: Path) -> Iterator[Path]:
    """Verilog and Python files below `folder`, sorted; hidden folders, builds and virtual environments are passed by."""
    count = 0
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _PASSED_BY
            and not (here / name / "pyvenv.cfg").exists()
        )
        for name in sorted(files):
            count += 1
            if count > _MAX_FILES:
                return
            if name.endswith((*_BENCH_ENDINGS, ".py")):
                yield here / name


def _by_convention(root: Path, path: Path, scanner: Scanner) -> bool:
    if path.suffix == ".py":
        return _PYTHON_NAME.match(path.stem) is not None and is_cocotb(path)
    folders = {part.lower() for part in Path(shown(root, path)).parts[:-1]}
    likely = _BENCH_NAME.match(path.stem) is not None or not folders.isdisjoint(_FOLDERS)
    return likely and _has_bench(path, scanner)


def _is_test(path: Path, scanner: Scanner) -> bool:
    if path.suffix == ".py":
        return is_cocotb(path)
    return path.suffix.lower() in _BENCH_ENDINGS and _has_bench(path, scanner)


def _has_bench(path: Path, scanner: Scanner) -> bool:
    scans = scanner.scan_all([path])
    return any(unit.is_bench for scan in scans for unit in scan.units)
