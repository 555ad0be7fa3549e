"""RTLLM v2.0 as `Problem`s: 50 designs, each with its description, test bench, data files and a reference.

In most designs the reference's top is called ``verified_<x>``, and neither its file nor its module is always named after
the design; so the name that the test bench instantiates decides, and the reference's top is renamed to it. Nothing is
run here.

Source: hkust-zhiyao/RTLLM v2.0 (MIT); arXiv 2308.05345. Try: ``rtlgen eval rtllm --data DIR --references``
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from rtlgen.core.errors import UsageError
from rtlgen.datasets.module_names import (
    defined_modules,
    instantiated_modules,
    rename_module,
    root_modules,
)
from rtlgen.datasets.problem import Problem, commit_of, digest, existing_folder, listed, read_text

BENCHMARK = "rtllm"
TASK = "spec-to-rtl"
DESCRIPTION, TEST = "design_description.txt", "testbench.v"
_DATA_ENDINGS = (".txt", ".dat", ".hex", ".mem", ".bin")
_HINT = "git clone https://github.com/hkust-zhiyao/RTLLM, and give that folder"
KNOWN = {"295d89cb2cd28a2d": "41b2689 (v2.0)", "811f1e1c62968c77": "f6d03de (v1.1)"}
"""Content of the designs (first 16 hex digits of its digest) -> the commit that it is of."""


def load(data_dir: Path) -> tuple[Problem, ...]:
    """The designs, by name.

    Raises UsageError for a folder without them, for a design in which a file is missing, and for a test bench or
    reference whose top cannot be told.
    """
    root = existing_folder(data_dir, _HINT)
    folders = sorted((path.parent for path in root.rglob(TEST) if not _hidden(path, root)), key=_by_name)
    if not folders:
        raise UsageError(
            f"holds no RTLLM designs (looked for <category>/<group>/<design>/{TEST})", where=root, hint=_HINT
        )
    missing = [str((f / DESCRIPTION).relative_to(root)) for f in folders if not (f / DESCRIPTION).is_file()]
    missing += [
        str((f / "verified_*.v").relative_to(root)) for f in folders if not any(f.glob("verified_*.v"))
    ]
    written = {path.parent for path in root.rglob(DESCRIPTION) if not _hidden(path, root)}
    missing += [str((f / TEST).relative_to(root)) for f in written - set(folders)]
    if missing:
        raise UsageError(
            f"the benchmark is not complete: {len(missing)} files are missing ({listed(missing)})",
            where=root,
            hint="fetch it again; to score some designs only: --problems GLOB",
        )
    used = {f"{f.name}/{p.name}": p for f in folders for p in _used(f)}
    commit = commit_of(root, digest(used), KNOWN)
    return tuple(_problem(folder, commit) for folder in folders)


def _hidden(path: Path, root: Path) -> bool:
    """Whether it lies in a folder of answers of other models (``_chatgpt4``) or in ``.git``."""
    return any(part[0] in "._" for part in path.relative_to(root).parts[:-1])


def _by_name(folder: Path) -> str:
    return folder.name.lower()


def _reference_file(folder: Path) -> Path:
    files = sorted(folder.glob("verified_*.v"))
    if len(files) > 1:
        raise UsageError(f"two references: {files[0].name}, {files[1].name}", where=folder, hint="remove one")
    return files[0]


def _data_files(folder: Path) -> tuple[Path, ...]:
    found = (p for p in folder.iterdir() if p.suffix in _DATA_ENDINGS and p.name != DESCRIPTION)
    return tuple(sorted(path for path in found if path.is_file()))


def _used(folder: Path) -> tuple[Path, ...]:
    return (folder / DESCRIPTION, folder / TEST, _reference_file(folder), *_data_files(folder))


def _problem(folder: Path, commit: str) -> Problem:
    test, reference = read_text(folder / TEST), read_text(_reference_file(folder))
    top = _answer_name(folder, test)
    content = digest({path.name: path for path in _used(folder)})
    return Problem(
        benchmark=BENCHMARK,
        task=TASK,
        name=folder.name,
        prompt=read_text(folder / DESCRIPTION),
        top=top,
        reference=rename_module(reference, _reference_top(folder, reference), top),
        test=folder / TEST,
        test_top=_only(root_modules(test), folder / TEST),
        folder=folder,
        data_files=_data_files(folder),
        commit=commit,
        sha256=hashlib.sha256(f"{BENCHMARK} {folder.name} {content}".encode()).hexdigest(),
    )


def _answer_name(folder: Path, test: str) -> str:
    """The module that the test bench instantiates and does not define."""
    own = set(defined_modules(test))
    return _only(tuple(n for n in instantiated_modules(test) if n not in own), folder / TEST)


def _reference_top(folder: Path, text: str) -> str:
    roots = root_modules(text)
    return roots[0] if len(roots) == 1 else _only(roots, _reference_file(folder))


def _only(names: tuple[str, ...], path: Path) -> str:
    if len(names) != 1:
        told = f"{len(names)} ({listed(names)})" if names else "none"
        raise UsageError(f"one top module is needed here, found {told}", where=path, hint=_HINT)
    return names[0]


def plain_name(name: str) -> str:
    """A design's name as other harnesses spell it: lower case, no underscores."""
    return re.sub(r"[\W_]", "", name).lower()
