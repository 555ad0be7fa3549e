"""The floors of the house: imports run downward, heavy libraries are opened on use, no attic."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {
    "rtlgen": "rtlgen",
    "retrieval": "rtlgen.retrieval",
    "sim": "rtlgen.sim",
    "synth": "rtlgen.synth",
    "datasets/builders": "rtlgen.datasets",
}
"""Folder at the root -> import package."""
FLOORS = {
    "": 0,  # rtlgen/__init__.py: the version
    "assets": 0,
    "core": 1,
    "retrieval": 2,
    "sim": 2,
    "synth": 2,
    "datasets": 2,
    "model": 3,
    "complete": 4,
    "generate": 4,
    "flow": 4,
    "evaluate": 4,
    "train": 4,
    "serve": 5,
    "report": 5,
    "cli": 6,
    "__main__": 7,
}
SIDEWAYS = {
    ("evaluate", "complete"),
    ("evaluate", "generate"),
    ("train", "complete"),
    ("train", "evaluate"),
    ("train", "generate"),
    ("flow", "complete"),
    ("flow", "generate"),
}
"""How neighbours of a floor may lean on each other: on the pipeline that they measure, train or chain."""
HEAVY = {
    "torch",
    "transformers",
    "peft",
    "faiss",
    "bm25s",
    "pyslang",
    "rapidfuzz",
    "accelerate",
    "pyarrow",
    "datasketch",
    "pyverilog",
    "pyosys",
    "cocotb",
    "vcd",
    "aigverse",
    "torch_geometric",
    "matplotlib",
}
TORCH_MODULES = {
    "rtlgen.model.network",
    "rtlgen.model.decode",
    "rtlgen.model.branches",
    "rtlgen.model.runner",
    "rtlgen.synth.agent.network",
    "rtlgen.train.embedder_network",
}
"""Modules that are torch through and through: only imported inside functions, or by each other."""


def modules() -> dict[str, Path]:
    """Import name -> file of every module of the program."""
    found = {}
    for folder, package in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = list(path.relative_to(ROOT / folder).with_suffix("").parts)
            found[".".join([package, *(parts[:-1] if parts[-1] == "__init__" else parts)])] = path
    return found


MODULES = modules()


def imports(tree: ast.AST, *, top_only: bool = False) -> Iterator[tuple[int, str]]:
    """(line, imported name); with `top_only` just those that run when the module is imported."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, (
                "imports are written in full: relative ones lose their way through the package map"
            )
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield node.lineno, whole if whole in MODULES else str(node.module)
        elif top_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        elif top_only and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from (found for part in node.orelse for found in imports(part, top_only=True))
        else:
            yield from imports(node, top_only=top_only)


def room(name: str) -> str:
    """The part of the house that a module is in: ``core``, ``retrieval``, ... or the module itself."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def place(name: str, line: int) -> str:
    return f"{MODULES[name].relative_to(ROOT)}:{line}"


def test_every_room_has_a_floor() -> None:
    assert not {room(name) for name in MODULES} - set(FLOORS), "a room without a floor: put it into FLOORS"


def test_imports_run_downward() -> None:
    upward = []
    for name, tree in TREES.items():
        here = room(name)
        for line, target in imports(tree):
            there = room(target)
            if target.split(".")[0] != "rtlgen" or there == here or (here, there) in SIDEWAYS:
                continue
            if FLOORS[there] >= FLOORS[here]:
                upward.append(f"{place(name, line)}: {here} imports {there}, which is not below it")
    assert not upward, "\n".join(upward)


def test_heavy_libraries_are_opened_on_use() -> None:
    early = []
    for name, tree in TREES.items():
        heavy = HEAVY - {"torch"} if name in TORCH_MODULES else HEAVY | TORCH_MODULES
        for line, target in imports(tree, top_only=True):
            if target in heavy or target.split(".")[0] in heavy:
                early.append(f"{place(name, line)}: import {target} inside the function that needs it")
    assert not early, "\n".join(early)


def test_neighbours_lean_one_way() -> None:
    assert not {(b, a) for a, b in SIDEWAYS} & SIDEWAYS


def test_root_folders_are_never_imported_by_their_own_names() -> None:
    for name, tree in TREES.items():
        for line, target in imports(tree):
            assert target.split(".")[0] not in {"retrieval", "sim", "synth", "tests"}, place(name, line)


def test_no_attic() -> None:
    attic = {"utils.py", "helpers.py", "common.py", "util.py", "misc.py"}
    assert not [path for path in MODULES.values() if path.name in attic]


def test_datasets_is_no_package() -> None:
    """A root package `datasets` would stand before Hugging Face's wherever the root is on the path."""
    assert not (ROOT / "datasets" / "__init__.py").exists()
    assert not list((ROOT / "tests").rglob("__init__.py")), "tests share through conftest.py"


def test_every_module_says_what_it_is() -> None:
    assert not [name for name, tree in TREES.items() if not ast.get_docstring(tree)]
