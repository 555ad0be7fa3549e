"""What is asked of completion and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rtlgen.core.records import Candidate, Hit, RunRecord

MODES = ("line", "block", "module")


@dataclass(frozen=True)
class CompletionRequest:
    """A completion to make. `line` and `column` are 1-based; without them the marker or the file's end is taken."""

    path: str
    """Relative to the project's root."""
    text: str
    """Content of the file as it is in the editor."""
    line: int | None = None
    column: int | None = None
    mode: str = "line"
    n: int = 3
    temperature: float = 0.0
    top_p: float = 0.95
    seed: int = 0
    max_new_tokens: int = 256
    check: bool = True
    min_confidence: float = 0.0
    """Least probability of the best candidate; below it nothing is shown. Without an estimate it does not apply."""


@dataclass(frozen=True)
class CompletionResult:
    """The candidates, best first, where they go, and what was shown to the model.

    `start`..`end` are offsets in the file's text that a candidate replaces (equal when it is inserted); `line` and
    `column` are the 1-based place of `start`.
    """

    path: str
    line: int
    column: int
    start: int
    end: int
    mode: str
    model: str
    candidates: tuple[Candidate, ...]
    dropped: tuple[Candidate, ...] = ()
    """Candidates that broke the build, with the reason in their `check`."""
    silent: str = ""
    """Why nothing is shown although candidates hold: the best one is not probable enough. Empty otherwise."""
    hits: tuple[Hit, ...] = ()
    packed: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    record: RunRecord | None = None
