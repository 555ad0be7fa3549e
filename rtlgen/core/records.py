"""The nouns of rtlgen and the one shape of every JSON it prints.

Every record is a frozen dataclass. `to_json` turns any of them (nested, with paths and tuples) into plain
JSON data, and `envelope` wraps it the way every `--json` output is wrapped:

    {"schema": 1, "kind": "<verb>", "rtlgen": "<version>", "data": {...}}

This module knows no Verilog: `Module` and `Port` are shapes that retrieval fills in.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCHEMA_VERSION = 1
"""Version of the JSON envelope; raised when a field changes its meaning or disappears."""


@dataclass(frozen=True)
class SourceFile:
    """One file of a project. `path` is relative to the root (POSIX) when inside it, else absolute."""

    path: str
    why: str
    """Why it is in: ``rtl.f:12``, ``rtlgen.toml``, ``git ls-files``, ``-y lib``, ..."""
    kind: str = "verilog"
    """``verilog`` | ``systemverilog`` | ``header`` | ``library`` (compiled only when a module needs it)."""
    note: str = ""
    """``generated`` when the top of the file says so, else empty."""


@dataclass(frozen=True)
class Port:
    """A port of a module. `width` is in bits, None when it could not be resolved."""

    name: str
    direction: str
    width: int | None
    type: str = ""


@dataclass(frozen=True)
class Instance:
    """An instantiation `module name (...)` with its connected port names, at 1-based `line`."""

    module: str
    name: str
    line: int
    connected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Module:
    """A module, interface, package or program, with 1-based first and last line in `path`."""

    name: str
    kind: str
    path: str
    line: int
    end_line: int
    ports: tuple[Port, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    instances: tuple[Instance, ...] = ()
    imports: tuple[str, ...] = ()
    header: str = ""
    """The declaration up to the `;` of the port list, as written: what a prompt shows of the module."""


@dataclass(frozen=True)
class Chunk:
    """A piece of a file: lines `start`..`end` (1-based, inclusive) and their text."""

    path: str
    start: int
    end: int
    text: str
    kind: str = "window"
    """``window`` (n lines) | ``item`` (module item) | ``header`` (module interface) | ``file``."""
    module: str | None = None


@dataclass(frozen=True)
class Hit:
    """A retrieved chunk, its fused score (higher is better), and which source gave which rank."""

    chunk: Chunk
    score: float
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diagnostic:
    """A compiler finding, at a 1-based line and column. severity: ``error`` | ``warning`` | ``note``."""

    severity: str
    code: str
    message: str
    path: str
    line: int
    column: int


@dataclass(frozen=True)
class CheckReport:
    """What the static check of a candidate in the user's build said.

    status: ``clean`` (no new diagnostics), ``warned`` (only new warnings), ``broken`` (new errors),
    ``unchecked`` (the check could not decide; `reason` says why).
    """

    status: str
    new: tuple[Diagnostic, ...] = ()
    undeclared: tuple[str, ...] = ()
    reason: str = ""
    mends: bool = False
    """An error that the file had without the candidate is gone: of syntax, or about a name that it declares."""

    @property
    def ok(self) -> bool:
        """True unless the candidate introduced errors."""
        return self.status != "broken"


@dataclass(frozen=True)
class Candidate:
    """A completion. `logprob` is the model's mean log-probability per token (nats), None when unknown."""

    text: str
    score: float
    """What candidates are ordered by, higher first: the ranker's utility, weighed by what the check said."""
    logprob: float | None
    source: str
    """What proposed it: ``model``, ``continuation``, ``ports``, ``signals``, ``runs``, ``closers``, ..."""
    check: CheckReport | None = None
    evidence: tuple[str, ...] = ()
    probability: float | None = None
    """Of being exactly what comes next, calibrated; of a block the mean of its lines. None: nothing estimates it."""


@dataclass(frozen=True)
class RunRecord:
    """What is needed to replay a result: inputs by hash, tool fingerprints, seed, limits, and the command."""

    inputs: dict[str, str]
    tools: dict[str, str]
    seed: int | None
    limits: dict[str, float | int | None] = field(default_factory=dict)
    replay: str = ""


VERDICTS = ("pass", "mismatch", "syntax", "elaboration", "timeout", "resource", "tool-error")
"""Classes of a verdict: what a real simulator said, `timeout` and `resource` never folded into a failure."""


@dataclass(frozen=True)
class Verdict:
    """What one simulation said of a design.

    kind: ``pass`` (the test said so), ``mismatch`` (it ran and did not pass), ``syntax`` (does not parse),
    ``elaboration`` (parses, does not elaborate), ``timeout`` (wall, CPU or cycle limit), ``resource`` (memory,
    disk, process or output limit), ``tool-error`` (the tool failed, or nothing can be said).
    """

    kind: str
    reason: str = ""
    """Why, in one line; empty for a pass."""
    samples: int | None = None
    """Vectors, cycles or tests that were compared; None when the test does not count."""
    wrong: int | None = None
    """Of these, how many were wrong."""
    first: str = ""
    """The first mismatch: ``cycle 12 (125 ns): q is 3, expected 4``; empty when unknown."""
    log: str = ""
    """Compiler and simulator output together, in order, capped."""
    log_path: str | None = None
    waves: str | None = None
    """Path of the wave file, None when there is none."""
    seed: int | None = None
    seconds: float = 0.0
    """Wall time of compilation and simulation."""
    replay: str = ""
    """The command that gives this verdict again."""
    sandboxed: bool = True
    record: RunRecord | None = None

    @property
    def passed(self) -> bool:
        """Whether the test said that the design is right."""
        return self.kind == "pass"


def sha256_text(text: str) -> str:
    """Hex SHA-256 of `text` in UTF-8 (undecodable bytes are kept by surrogateescape)."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def to_json(value: Any) -> Any:
    """Plain JSON data of a record: dataclasses to objects, tuples to lists, paths to strings."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(v) for v in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, Path):
        return str(value)
    return value


def envelope(kind: str, data: Any) -> dict[str, Any]:
    """The object printed by every `--json`: schema version, verb, rtlgen version, and the data."""
    from rtlgen import __version__

    return {"schema": SCHEMA_VERSION, "kind": kind, "rtlgen": __version__, "data": to_json(data)}


def dump(kind: str, data: Any) -> str:
    """The text of `envelope`, one line, keys in the order of the record."""
    return json.dumps(envelope(kind, data), ensure_ascii=False)


def to_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV text of rows under their head, lines ended by a newline alone."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
