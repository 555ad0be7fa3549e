"""What a compiler's messages mean: does it not parse, not elaborate, not support it, or did the compiler itself crash?

Reads the messages of Icarus 11-13 and of Verilator 5. It does not derive VerilogEval's letters (`evaluate.failures`), and
it never opens a file that a message names: a `` `line`` directive in the source can make it name any.

Try: ``python -c "from rtlgen.sim.compile_log import compile_kind; print(compile_kind('a.v:1: syntax error'))"``
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = 1000
_SYNTAX = re.compile(
    r"syntax error|^I give up\.|: Include file .* not found|Cannot find include file|Malformed|malformed statement"
    r"|%Error: [^:\n]+:\d+:\d+: (?:Unterminated|EOF in|Missing verilog|Define or directive not defined)"
    r"|error: (?:Unterminated|Invalid module item|invalid module item|unmatched)|macro .* (?:recurs|too deep)",
    re.MULTILINE,
)
_CRASH = re.compile(
    r"internal error|Internal Error|failed assertion|Assertion [`'].*' failed|Segmentation fault|Aborted|core dumped"
    r"|Verilator internal fault|pure virtual method called|terminate called",
)
_BUILD = re.compile(
    r"^(?:make(?:\[\d+\])?: \*\*\*|c\+\+: |g\+\+: |cc1plus: |collect2: |.*: fatal error: )", re.MULTILINE
)
_MEMORY = re.compile(
    r"std::bad_alloc|Cannot allocate memory|out of memory|virtual memory exhausted", re.IGNORECASE
)
_UNSUPPORTED = re.compile(r": sorry: (.*)|%Error-UNSUPPORTED: (.*)|: error: (.*not (?:yet )?supported.*)")
_ICARUS = re.compile(
    r"^(?P<at>[^\s:][^:\n]*:\d+): (?:(?P<kind>error|sorry|internal error|assert): )?(?P<text>.*)$"
)
_VERILATOR = re.compile(r"^%Error(?:-(?P<code>\w+))?: (?:(?P<at>[^\s:]+:\d+)(?::\d+)?: )?(?P<text>.*)$")
_BARE = re.compile(r"^(?:error: |Unable to |No top level modules)(?P<text>.*)$")
_SYSTEM_TASK = re.compile(
    r"^(?P<at>[^\s:][^:\n]*:\d+): Error: (?P<text>System (?:task|function).*)$", re.MULTILINE
)
_SUMMARY = re.compile(r"^%Error: (?:Exiting due to|Command Failed)")


@dataclass(frozen=True)
class Complaint:
    """The first real error of a log. `at` is ``file:line``, empty when the message names none."""

    at: str
    text: str
    unsupported: bool = False
    """The construct is legal, but this simulator does not know it."""

    def __str__(self) -> str:
        return f"{self.at}: {self.text}" if self.at else self.text


def clipped(log: str) -> str:
    """`log` with long lines cut: a name of a megabyte in a message must not keep a regular expression busy."""
    if len(log) <= _LINE:
        return log
    return "\n".join(line if len(line) <= _LINE else f"{line[:_LINE]} ..." for line in log.split("\n"))


def compile_kind(log: str) -> str:
    """``syntax`` when the sources do not parse (or an included file is missing), else ``elaboration``."""
    return "syntax" if _SYNTAX.search(log) else "elaboration"


def crashed(log: str) -> bool:
    """Whether the compiler itself fell over, or the C++ compilation behind it failed: not the design's verdict."""
    return _CRASH.search(log) is not None or _BUILD.search(log) is not None


def out_of_memory(log: str) -> bool:
    """Whether a program said that it got no more memory."""
    return _MEMORY.search(log) is not None


def not_runnable(run_log: str) -> Complaint | None:
    """Icarus finds an unknown system task only when it loads the compiled simulation; None when it ran."""
    if "Program not runnable" not in run_log:
        return None
    match = _SYSTEM_TASK.search(run_log)
    return (
        Complaint(match["at"], match["text"])
        if match
        else Complaint("", "the compiled simulation is not runnable")
    )


def first_complaint(log: str) -> Complaint | None:
    """The first error of a compiler's log that is about the sources, None when there is none.

    Of Icarus' pair ``syntax error`` / ``error: what it was`` the second is told with the first.
    """
    found: Complaint | None = None
    for line in log.splitlines():
        complaint = None if crashed(line) else _complaint(line)
        if complaint is None:
            continue
        if found is None:
            found = complaint
            if found.text != "syntax error":
                return found
        elif complaint.at == found.at:
            detail = complaint.text.removeprefix("Syntax error ").removeprefix("syntax error ").rstrip(".")
            joined = "" if detail.startswith("in ") else ":"
            return Complaint(found.at, f"syntax error{joined} {detail}")
        else:
            return found
    return found


def _complaint(line: str) -> Complaint | None:
    """The error in one line, None for warnings, notes and continuation lines."""
    unsupported = _UNSUPPORTED.search(line) is not None
    match = _VERILATOR.match(line)
    if match is not None:
        return None if _SUMMARY.match(line) else Complaint(match["at"] or "", match["text"], unsupported)
    match = _ICARUS.match(line)
    if match is not None:
        text = match["text"]
        loud = match["kind"] or text.startswith(("syntax error", "Include file", "Errors in"))
        return Complaint(match["at"], text, unsupported) if loud else None
    match = _BARE.match(line)
    return Complaint("", line.removeprefix("error: ")) if match else None
