"""VerilogEval v2 as `Problem`s, both tasks, read from a copy of its repository or of one of its data folders.

The answer that is known to be right is the benchmark's ``RefModule`` renamed to ``TopModule``. Nothing is repaired here
(`rtlgen.evaluate.repairs`) and nothing is run.

Source: NVlabs/verilog-eval (MIT), folders dataset_spec-to-rtl and dataset_code-complete-iccad2023; arXiv 2408.11053.
Try: ``rtlgen eval verilog-eval --data DIR --references``
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from pathlib import Path

from rtlgen.core.errors import UsageError
from rtlgen.datasets.module_names import rename_module
from rtlgen.datasets.problem import Problem, commit_of, digest, existing_folder, listed, read_text

BENCHMARK = "verilog-eval"
TASKS = {"spec-to-rtl": "dataset_spec-to-rtl", "code-complete": "dataset_code-complete-iccad2023"}
"""Task -> its folder in the repository."""
TOP, REFERENCE_TOP, TEST_TOP = "TopModule", "RefModule", "tb"
_PARTS = {
    "spec-to-rtl": ("prompt.txt", "ref.sv", "test.sv"),
    "code-complete": ("prompt.txt", "ifc.txt", "ref.sv", "test.sv"),
}
_FILE = re.compile(r"(?P<name>Prob\d+_\w+?)_(?P<part>prompt\.txt|ifc\.txt|ref\.sv|test\.sv)")
_HINT = "git clone https://github.com/NVlabs/verilog-eval, and give that folder"
KNOWN = {
    "99538a43c564a4f2": "c498220",  # the specifications are as in 71f2df4 and 3d683ab
    "e75e9a36907f0aa6": "c498220",  # the completions as in 3d683ab
    "2eec482c594390fa": "71f2df4",
    "00c26d757af99acd": "65c87a8",
    "33733be2e4727402": "65c87a8",
}
"""Content of a data folder (first 16 hex digits of its digest) -> the commit that it is of."""


def load(data_dir: Path, task: str = "spec-to-rtl") -> tuple[Problem, ...]:
    """The problems of a task, by name.

    `data_dir` is the repository, or the task's own data folder. Raises UsageError for an unknown task, a folder without
    the benchmark, and a folder in which parts are missing (named).
    """
    if task not in TASKS:
        raise UsageError(f"VerilogEval has no task '{task}'", hint=f"one of: {', '.join(TASKS)}")
    root = existing_folder(data_dir, _HINT)
    folder = _task_folder(root, task)
    files = _files(folder)
    _refuse_incomplete(folder, task, files)
    named = {path.name: path for parts in files.values() for path in parts.values()}
    commit = commit_of(root, digest(named), KNOWN)
    return tuple(_problem(task, name, files[name], commit) for name in sorted(files))


def _task_folder(root: Path, task: str) -> Path:
    for folder in (root / TASKS[task], root):
        if any(folder.glob("Prob*_test.sv")):
            other = next((name for name, at in TASKS.items() if name != task and folder.name == at), None)
            if other is not None:
                raise UsageError(
                    f"this is the data of {other}, not of {task}", where=root, hint=f"--task {other}"
                )
            return folder
    if (root / "data" / "VerilogEval_Human.jsonl").is_file():
        raise UsageError("this is VerilogEval v1; v2 is needed", where=root, hint=_HINT)
    raise UsageError(
        f"holds no VerilogEval problems (looked for {TASKS[task]}/Prob*_test.sv)", where=root, hint=_HINT
    )


def _files(folder: Path) -> dict[str, dict[str, Path]]:
    found: dict[str, dict[str, Path]] = defaultdict(dict)
    for path in folder.iterdir():
        match = _FILE.fullmatch(path.name)
        if match:
            found[match["name"]][match["part"]] = path
    return dict(found)


def _refuse_incomplete(folder: Path, task: str, files: dict[str, dict[str, Path]]) -> None:
    missing = [f"{name}_{part}" for name in files for part in _PARTS[task] if part not in files[name]]
    index = folder / "problems.txt"
    if index.is_file():
        wanted = index.read_text(encoding="utf-8").split()
        missing += [f"{name}_test.sv" for name in wanted if name not in files]
    if missing:
        raise UsageError(
            f"the benchmark is not complete: {len(missing)} files are missing ({listed(missing)})",
            where=folder,
            hint="fetch it again; to score some problems only: --problems GLOB",
        )


def _problem(task: str, name: str, parts: dict[str, Path], commit: str) -> Problem:
    reference = rename_module(read_text(parts["ref.sv"]), REFERENCE_TOP, TOP)
    used = {part: parts[part] for part in _PARTS[task]}
    content = hashlib.sha256(f"{BENCHMARK} {task} {name} {digest(used)}".encode())
    return Problem(
        benchmark=BENCHMARK,
        task=task,
        name=name,
        prompt=read_text(parts["prompt.txt"]),
        top=TOP,
        reference=reference,
        test=parts["test.sv"],
        test_top=TEST_TOP,
        folder=parts["test.sv"].parent,
        interface=read_text(parts["ifc.txt"]) if task == "code-complete" else None,
        support=(parts["ref.sv"],),
        commit=commit,
        sha256=content.hexdigest(),
    )
