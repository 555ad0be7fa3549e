"""The verdict on a candidate: what is new against the file as it was, and how much it weighs.

A finding is new when the file without the candidate has none of the same code and message at the same place (places
after the candidate are shifted). A new finding inside the candidate counts; one outside counts when its line or message
has a name of the candidate, so that errors which were there all along, hidden behind a broken line, are not blamed on
the line that mends it.

What it does not do: compile (`sim.static.elaborate`) or weigh codes (`sim.static.findings`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.records import CheckReport, Diagnostic
from rtlgen.sim.static.elaborate import Finding
from rtlgen.sim.static.findings import (
    OPEN_WORLD,
    UNDECLARED,
    UNDECLARED_YET,
    UNFINISHED,
    identity,
    is_syntax,
    weight,
)
from rtlgen.sim.static.lexer import significant
from rtlgen.sim.static.sources import words_of

if TYPE_CHECKING:
    from rtlgen.sim.static.sources import SourceIndex

_RANK = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Case:
    """Everything the verdict is made from; `text` has the candidate at `offset`, `length` characters long."""

    path: str
    """The file as it is called in the report."""
    file: Path
    text: str
    offset: int
    length: int
    base_findings: tuple[Finding, ...]
    new: tuple[Finding, ...]
    open_world: bool
    """Headers, macros or packages of the file are outside the project."""
    healed: bool
    """Syntax errors of the file as it was are gone."""
    mends: bool
    """Those, or errors about names that the candidate declares, are gone."""
    unfinished: str
    """Why what follows cannot fit yet; empty when it does."""
    at_end: bool
    """No code follows the candidate."""
    forced: bool = False
    """Conditionals around the cursor were made to take its branch."""
    made_up: tuple[str, ...] = ()
    """Macros of the candidate that nothing in the project defines."""

    @property
    def candidate(self) -> str:
        """The candidate's text."""
        return self.text[self.offset : self.offset + self.length]

    def span(self) -> tuple[int, int]:
        """Start and end of the candidate, widened to whole words where it continues one."""
        start, end = self.offset, self.offset + self.length
        while start > 0 and _wordlike(self.text[start - 1]) and _wordlike(self.text[start]):
            start -= 1
        while 0 < end < len(self.text) and _wordlike(self.text[end]) and _wordlike(self.text[end - 1]):
            end += 1
        return start, end

    def line_of(self, offset: int) -> str:
        """The source line at `offset`."""
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        return self.text[start : len(self.text) if end < 0 else end]


def subtract(
    found: tuple[Finding, ...], base: tuple[Finding, ...], offset: int, length: int
) -> tuple[list[Finding], list[Finding]]:
    """Findings that are new, and those of the base that are gone, when `length` characters came in at `offset`."""
    known: Counter[tuple[tuple[str, str], int]] = Counter()
    for finding in base:
        known[identity(finding), finding.offset + (length if finding.offset >= offset else 0)] += 1
    at_cursor = {identity(f) for f in base if f.offset == offset}
    new = []
    for finding in found:
        key = (identity(finding), finding.offset)
        if known[key] > 0:
            known[key] -= 1
        elif not (finding.offset == offset and key[0] in at_cursor):
            new.append(finding)
    gone = []
    for finding in base:
        key = (identity(finding), finding.offset + (length if finding.offset >= offset else 0))
        if known[key] > 0:
            known[key] -= 1
            gone.append(finding)
    return new, gone


def declares(gone: list[Finding], candidate: str) -> bool:
    """True when one of the findings that are `gone` was about an undeclared name that the candidate has."""
    names = words_of(" ".join(token for token, _, _ in significant(candidate)))
    return any(f.code in UNDECLARED and f.name in names for f in gone)


def judge(case: Case, index: SourceIndex) -> CheckReport:
    """The report on a candidate: what counts of the new findings, worst first."""
    if any(f.code == "NotAllowedInCU" for f in case.base_findings) and any(
        f.code == "NotAllowedInCU" and case.offset <= f.offset < case.offset + case.length for f in case.new
    ):
        return CheckReport("unchecked", reason="the place is in no module: an include fragment")
    start, end = case.span()
    names = words_of(" ".join(t for t, _, _ in significant(case.candidate)))
    counted: list[tuple[str, Finding]] = []
    undeclared: dict[str, None] = {}
    for finding in case.new:
        if start <= finding.offset < end or is_syntax(finding):
            severity = _inside(finding, case, index)
            if severity and finding.code in UNDECLARED and finding.name:
                undeclared[finding.name] = None
        else:
            severity = _outside(finding, case, names)
        if severity:
            counted.append((severity, finding))
    for name in case.made_up:
        known = not index.listed and _mentioned(name, case, index)
        severity = "warning" if case.open_world or known else "error"
        message = f"macro '`{name}' is not defined in this project"
        counted.append(
            (severity, Finding("parse", "UnknownDirective", severity, message, _place(case, name)))
        )
        undeclared[f"`{name}"] = None
    return _report(case, counted, tuple(undeclared))


def _inside(finding: Finding, case: Case, index: SourceIndex) -> str:
    """How much a new finding in the candidate itself weighs, or a new syntax error anywhere."""
    if (case.unfinished or case.at_end) and finding.code in UNFINISHED:
        return ""
    if finding.code in {"UnknownModule", "UnknownPrimitive"}:
        return "note"
    if (case.open_world or case.forced) and finding.code in OPEN_WORLD:
        known = _mentioned(finding.name, case, index)
        return "warning" if known else "error"
    if case.at_end and finding.code in UNDECLARED_YET and _declares_late(case):
        return "warning"
    if finding.code == "ImplicitNet":
        return "warning" if _elsewhere(finding.name, case) else "error"
    severity = weight(finding, forced=case.forced)
    tolerated = finding.phase != "parse" and finding.code not in UNDECLARED
    if severity == "error" and tolerated and any(f.code == finding.code for f in case.base_findings):
        return "warning"
    return severity


def _declares_late(case: Case) -> bool:
    """True when the text before the cursor uses names that it has not declared yet either."""
    return any(
        f.code in UNDECLARED_YET | {"UsedBeforeDeclared"} and f.offset < case.offset
        for f in case.base_findings
    )


def _outside(finding: Finding, case: Case, names: set[str]) -> str:
    """How much a new finding elsewhere in the file weighs: nothing unless it has to do with the candidate's names."""
    severity = weight(finding, forced=case.forced)
    if not severity or case.at_end or case.unfinished:
        return ""
    if not words_of(case.line_of(finding.offset)) & names:
        return ""
    if severity == "warning" or finding.code in UNDECLARED:
        return "" if case.healed else severity
    return "warning" if case.healed or _was_wrong_there(finding, case) else severity


def _was_wrong_there(finding: Finding, case: Case) -> bool:
    """True when the file as it was had an error on the line of `finding` already."""
    line_start = case.text.rfind("\n", 0, finding.offset) + 1
    line_end = case.text.find("\n", finding.offset)
    line_end = len(case.text) if line_end < 0 else line_end
    for old in case.base_findings:
        place = old.offset + (case.length if old.offset >= case.offset else 0)
        if old.severity == "error" and line_start <= place <= line_end:
            return True
    return False


def _elsewhere(name: str, case: Case) -> bool:
    """True when the file has `name` outside the candidate."""
    return name in words_of(case.text[: case.offset]) or name in words_of(
        case.text[case.offset + case.length :]
    )


def _mentioned(name: str, case: Case, index: SourceIndex) -> bool:
    """True when this file outside the candidate, or any other file of the project, has `name`."""
    return _elsewhere(name, case) or index.mentions(name, apart_from=case.file)


def _place(case: Case, macro: str) -> int:
    """Where the candidate uses `macro`."""
    return case.offset + max(0, case.candidate.find(f"`{macro}"))


def _report(case: Case, counted: list[tuple[str, Finding]], undeclared: tuple[str, ...]) -> CheckReport:
    counted.sort(key=lambda pair: (_RANK[pair[0]], pair[1].offset))
    new = tuple(_diagnostic(case, severity, finding) for severity, finding in counted)
    if new and new[0].severity == "error":
        return CheckReport("broken", new, undeclared, new[0].message)
    if new or case.unfinished:
        return CheckReport("warned", new, undeclared, case.unfinished or new[0].message, mends=case.mends)
    return CheckReport("clean", mends=case.mends)


def _diagnostic(case: Case, severity: str, finding: Finding) -> Diagnostic:
    offset = min(finding.offset, max(len(case.text.rstrip()) - 1, 0))
    line = case.text.count("\n", 0, offset) + 1
    column = offset - (case.text.rfind("\n", 0, offset) + 1) + 1
    message = finding.message
    if finding.code in {"UnknownModule", "UnknownPrimitive"}:
        message = f"module '{finding.name}' is not in this project"
    return Diagnostic(severity, finding.code, message, case.path, line, column)


def _wordlike(character: str) -> bool:
    return character.isalnum() or character in "_$"
