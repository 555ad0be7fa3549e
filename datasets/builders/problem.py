"""One problem of a benchmark: what a model is asked, and what decides whether its answer is right.

`Problem` is the same for every benchmark; `verilog_eval.py` and `rtllm.py` read theirs into it. It also finds out which
state of the benchmark lies in a folder: results of different states must never be mixed, and most copies have no
``.git``, so the content itself is the witness. It runs nothing (`rtlgen.evaluate.scoring` does).

Try: ``rtlgen eval verilog-eval --data DIR --references``
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import UsageError
from rtlgen.core.process import Limits, run
from rtlgen.core.tools import find_optional

SHOWN = 5
"""At most this many names in an error."""


@dataclass(frozen=True)
class Problem:
    """A specification, the test bench that judges an answer, and an answer that is known to be right."""

    benchmark: str
    """``verilog-eval`` or ``rtllm``."""
    task: str
    """Which form of the question: ``spec-to-rtl``, ``code-complete``; ``spec-to-rtl`` where there is only one."""
    name: str
    prompt: str
    """The specification as it stands in the benchmark."""
    top: str
    """Name of the module that the test bench instantiates as the answer."""
    reference: str
    """Verilog text of the right answer, its top renamed to `top`."""
    test: Path
    """The test bench."""
    test_top: str
    """Its root module."""
    folder: Path
    """Where the problem's files are."""
    interface: str | None = None
    """Text of the module header where the task gives one (VerilogEval's code-complete)."""
    support: tuple[Path, ...] = ()
    """Verilog files compiled behind the test bench: VerilogEval's own reference."""
    data_files: tuple[Path, ...] = ()
    """Files that the test bench opens by their bare names."""
    commit: str = "unknown"
    """State of the benchmark: a commit, or ``unknown, sha256 ...``."""
    sha256: str = ""
    """Of everything above that a verdict depends on, hex."""


def read_text(path: Path) -> str:
    """A file as text, line ends as they are, undecodable bytes kept (surrogateescape)."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def digest(files: Mapping[str, Path]) -> str:
    """Hex SHA-256 of named files: names and contents, the order does not matter."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(name.encode() + b"\0" + hashlib.sha256(files[name].read_bytes()).digest())
    return total.hexdigest()


def commit_of(root: Path, content: str, known: Mapping[str, str]) -> str:
    """The name of the state that `root` holds, `content` being its `digest`.

    A known content is called by its commit, wherever it came from. Else the commit of a work tree whose own root this
    is, marked when files were changed; else ``unknown, sha256 ...``.
    """
    for length in (len(content), 16):
        if content[:length] in known:
            return known[content[:length]]
    unknown = f"unknown, sha256 {content[:16]}"
    if not (root / ".git").exists() or find_optional("git") is None:
        return unknown
    head = _git(root, "rev-parse", "--short=12", "HEAD")
    if head is None:
        return unknown
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    return head if changed == "" else f"{head} with changes, sha256 {content[:16]}"


def _git(root: Path, *arguments: str) -> str | None:
    done = run(["git", "-C", str(root), *arguments], limits=Limits(wall_s=20))
    return done.stdout.strip() if done.returncode == 0 else None


def listed(names: Iterable[str]) -> str:
    """Up to `SHOWN` names and how many more there are."""
    every = sorted(names)
    more = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + more


def existing_folder(path: Path, hint: str) -> Path:
    """The absolute path of a benchmark's folder; UsageError when it is none."""
    if not path.exists():
        raise UsageError("there is no such folder", where=path, hint=hint)
    if not path.is_dir():
        raise UsageError("is a file; the benchmark is a folder", where=path, hint=hint)
    return path.resolve()
