"""Which code a strategy is made of, as one fingerprint: a record of a changed strategy is stale and made again.

The strategy's module and what it imports below `rtlgen.synth` count, and the assets of a package that is part of it (the
trained agent, recipes to begin with). Comments, docstrings and layout do not count: two texts with the same syntax
tree are the same code. The engine underneath (`ENGINE`: ABC, states, scores, the budget) does not count either; tests
hold its figures against plain scripts, and `rtlgen.evaluate.recipes.METHOD` is raised when it measures another thing.

Try: ``python -c "from rtlgen.evaluate.recipes_code import fingerprint_of; print(fingerprint_of('anneal'))"``
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rtlgen import assets

SYNTH = "rtlgen.synth"
SEARCH = f"{SYNTH}.search"
_BELOW = ("abc", "aiger", "circuit", "division", "explorer", "grammar", "library", "pool", "qor", "recipe")
ENGINE = frozenset({SYNTH, SEARCH, f"{SEARCH}.tracker", *(f"{SYNTH}.{name}" for name in _BELOW)})
"""Modules that every strategy runs on."""
_WIDE = re.compile(rf"{re.escape(SEARCH)}\.wide(_\w+)?")


@cache
def fingerprint_of(strategy: str, *, wide: bool = False) -> str:
    """Hex SHA-256 (16 digits) of the code and the assets (without their cards) that a strategy consists of."""
    digest = hashlib.sha256()
    names = sorted(modules_of(strategy, wide=wide))
    for name in names:
        digest.update(f"{name} {_tree(_source(name))}\n".encode())
    for path in _assets(names):
        digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def modules_of(strategy: str, *, wide: bool = False) -> frozenset[str]:
    """The modules of a strategy: its own, and what they import below `rtlgen.synth` without the engine.

    Modules that are called ``wide`` are only part of a search that may use everything. A variant (``abcrl-fixed``) is
    in the module before its hyphen. A module that looks strategies up by name leans on each one that it names.
    """
    found: set[str] = set()
    waiting = [f"{SEARCH}.{strategy.partition('-')[0]}"]
    while waiting:
        name = waiting.pop()
        if name in found or name in ENGINE or (not wide and _WIDE.fullmatch(name)):
            continue
        found.add(name)
        waiting += _imported(ast.parse(_source(name)))
    return frozenset(found)


def _imported(tree: ast.AST) -> Iterator[str]:
    looks_up = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith(f"{SYNTH}."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(SYNTH):
            looks_up = looks_up or node.module == SEARCH
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if _exists(whole) else str(node.module)
    if looks_up:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                whole = f"{SEARCH}.{node.value}"
                if _exists(whole):
                    yield whole


def _exists(name: str) -> bool:
    """Whether there is a module of this name; what is a function in a module is none."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _source(name: str) -> str:
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.origin is not None, name
    return Path(spec.origin).read_text(encoding="utf-8")


def _tree(source: str) -> str:
    """The syntax tree of a module without its docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            node.body = body[1:]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(statement: object) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _assets(names: list[str]) -> list[Path]:
    """Files that belong to the modules: those in folders of the assets that a module names."""
    root = Path(str(assets.__file__)).parent
    folders = [path for path in root.iterdir() if path.is_dir()]
    text = "\n".join(_source(name) for name in names)
    named = [folder for folder in folders if f'"{folder.name}"' in text or f"assets/{folder.name}" in text]
    return sorted(
        path for folder in named for path in folder.rglob("*") if path.is_file() and path.suffix != ".md"
    )
