"""cocotb modules as text: their test functions and the top that they name. They are parsed, never imported.

Try: python -c "from pathlib import Path; from rtlgen.sim.testing.pytests import python_tests;
print(python_tests(Path('examples/soc/tests/test_alu.py')))"
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import DesignError
from rtlgen.core.source import read_source

TOP_NAMES = ("TOPLEVEL", "HDL_TOPLEVEL", "toplevel", "hdl_toplevel")
"""Module-level names, and keywords of a call, whose string is the top."""
_MAKE_TOP = re.compile(r"^\s*(?:export\s+)?(?:COCOTB_)?TOPLEVEL\s*[:?+]?=\s*(\w+)\s*$", re.MULTILINE)
_MAKE_MODULE = re.compile(
    r"^\s*(?:export\s+)?(?:MODULE|COCOTB_TEST_MODULES)\s*[:?+]?=\s*([\w.,]+)\s*$", re.MULTILINE
)


@dataclass(frozen=True)
class PythonTests:
    """A cocotb module: names of its test functions, and the top that it names (empty for none)."""

    path: Path
    functions: tuple[str, ...]
    top: str = ""


def python_tests(path: Path) -> PythonTests:
    """The tests of a cocotb module. Raises DesignError for a syntax error (file:line) or a module without tests."""
    text = read_source(path).text
    try:
        tree = ast.parse(text, filename=str(path))
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        what = getattr(error, "msg", str(error))
        raise DesignError(
            f"Python syntax error: {what}",
            where=f"{path}:{line}" if line else path,
            hint="correct that line",
        ) from None
    functions = tuple(_tests(tree))
    if not functions:
        raise DesignError(
            "no cocotb test in this module", where=path, hint="write @cocotb.test() above each test function"
        )
    return PythonTests(path, functions, _top(tree))


def is_cocotb(path: Path) -> bool:
    """Whether a Python file has cocotb tests, or would have if it could be parsed."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    if "cocotb" not in text or not re.search(r"cocotb\s*\.\s*test|\bTestFactory\b|import\s.*\btest\b", text):
        return False
    try:
        return bool(python_tests(path).functions)
    except DesignError as error:
        return "syntax error" in error.what


def declared_top(tests: PythonTests) -> tuple[str | None, str]:
    """The top that the module itself or a Makefile beside it names, and where; None when neither does."""
    if tests.top:
        return tests.top, tests.path.name
    makefile = tests.path.with_name("Makefile")
    if makefile.is_file():
        text = read_source(makefile).text
        tops, modules = _MAKE_TOP.findall(text), _MAKE_MODULE.findall(text)
        named = {name.split(".")[-1] for item in modules for name in item.split(",")}
        if len(set(tops)) == 1 and (not named or tests.path.stem in named):
            return tops[0], "Makefile"
    return None, ""


def named_top(path: Path) -> Iterator[str]:
    """Names of modules that the name of a test file stands for: ``test_alu.py``, ``alu_tb.py``."""
    stem = path.stem
    for word in ("test", "tb"):
        if stem.startswith(f"{word}_"):
            yield stem[len(word) + 1 :]
        if stem.endswith(f"_{word}"):
            yield stem[: -len(word) - 1]


def _tests(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if any(_is_test(decorator) for decorator in node.decorator_list):
                yield node.name
        elif any(
            isinstance(inner, ast.Call) and _name(inner.func) == "TestFactory" for inner in ast.walk(node)
        ):
            yield "TestFactory"


def _is_test(decorator: ast.expr) -> bool:
    """``@cocotb.test``, ``@cocotb.test()``, ``@test()`` (imported), ``@cocotb.parametrize(...)``."""
    call = decorator.func if isinstance(decorator, ast.Call) else decorator
    return _name(call) in ("test", "parametrize")


def _name(node: ast.expr) -> str:
    """The last part of a dotted name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _top(tree: ast.Module) -> str:
    """``TOPLEVEL = "alu"`` at module level, else the one ``hdl_toplevel="alu"`` of a call; empty when there is none."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id in TOP_NAMES for target in targets):
            value = node.value if isinstance(node, ast.Assign) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value
    found = {
        keyword.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in TOP_NAMES
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
    }
    return found.pop() if len(found) == 1 else ""
