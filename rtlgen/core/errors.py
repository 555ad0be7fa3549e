"""Errors that teach: what went wrong, where, and the next command to type.

Every failure a user can cause is an `RtlgenError` with the documented exit code of its class. The command
line prints it as one block on stderr and never shows a traceback for it. A traceback is a bug in rtlgen.

Exit codes: 1 the design or candidate failed, 2 usage, 3 a tool is missing or of the wrong version,
4 timeout or resource limit, 130 interrupted.
"""

from __future__ import annotations

from pathlib import Path


class RtlgenError(Exception):
    """`what` went wrong, `where` (``file`` or ``file:line``), and the next command (`hint`)."""

    exit_code = 1

    def __init__(self, what: str, *, where: str | Path | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = None if where is None else str(where)
        self.hint = hint

    def __str__(self) -> str:
        text = self.what if self.where is None else f"{self.where}: {self.what}"
        return text if self.hint is None else f"{text}\n  next: {self.hint}"


class DesignError(RtlgenError):
    """The user's design or every candidate failed a check (exit code 1)."""

    exit_code = 1


class UsageError(RtlgenError):
    """The command, an argument, a file or a setting is wrong (exit code 2)."""

    exit_code = 2


class ToolError(RtlgenError):
    """A program, package or model is missing, broken or of the wrong version (exit code 3)."""

    exit_code = 3


class LimitError(RtlgenError):
    """A time, memory, size or output limit was reached (exit code 4)."""

    exit_code = 4
