"""Small enough to read: a function has at most 80 lines, a module at most 500 (400 is where it is looked at).

`pytest tests/test_sizes.py -s` prints the table.
"""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("rtlgen", "retrieval", "sim", "synth", "datasets")
FUNCTION_LINES = 80
MODULE_LINES = 500
MODULE_WARN = 400


def sources() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def functions(path: Path) -> list[tuple[int, str]]:
    """(lines, file:line name) of every function of a file, its docstring included."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (
            (node.end_lineno or node.lineno) - node.lineno + 1,
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}",
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def quantiles(values: list[int]) -> str:
    return (
        f"{statistics.median(values):5.0f} {sorted(values)[int(0.9 * (len(values) - 1))]:5d} {max(values):5d}"
    )


def test_sizes() -> None:
    head = "module median/p90/max   function median/p90/max"
    print(f"\n{'folder':<22}{'modules':>8}{'lines':>7}   {head}")
    packages = sorted({path.parent for path in sources()})
    for package in packages:
        files = [path for path in sources() if path.parent == package]
        lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in files]
        inside = [n for path in files for n, _ in functions(path)]
        shown = quantiles(inside) if inside else ""
        name = str(package.relative_to(ROOT))
        print(f"{name:<22}{len(files):>8}{sum(lines):>7}   {quantiles(lines)}       {shown}")
    long = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    for path, length in sorted(long.items()):
        if length > MODULE_WARN:
            print(f"look at {path.relative_to(ROOT)}: {length} lines (over {MODULE_WARN})")
    too_long = [f"{path.relative_to(ROOT)}: {n} lines" for path, n in long.items() if n > MODULE_LINES]
    too_long += [
        f"{name}: {n} lines" for path in sources() for n, name in functions(path) if n > FUNCTION_LINES
    ]
    assert not too_long, f"over {MODULE_LINES} lines a module or {FUNCTION_LINES} a function: {too_long}"
