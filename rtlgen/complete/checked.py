"""Candidates judged in the user's build: what breaks it is dropped or ranked last, with the reason.

The judge is `rtlgen.sim.check.Checker`. This module only decides what its report does to the order: clean before warned
before unchecked at equal standing, broken out. It runs no simulator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rtlgen.core.records import Candidate, CheckReport

if TYPE_CHECKING:
    from rtlgen.complete.place import Place
    from rtlgen.sim.check import Checker

_FACTOR = {"clean": 1.0, "warned": 0.5, "unchecked": 0.8, "broken": 0.0}
"""What a status leaves of a candidate's score."""


MENDING = 4.0
"""How much more a candidate weighs that removes a syntax error which the file had without it."""


def judge(
    checker: Checker, path: str, text: str, place: Place, candidates: Sequence[Candidate], wanted: int
) -> tuple[list[Candidate], list[Candidate]]:
    """Check candidates, best first, until `wanted` hold and none below could overtake; return (kept, broken).

    Args:
        checker: the build's checker.
        path: the file, relative to the project's root.
        text: the file as it is.
        place: where the candidate's text goes.
        candidates: with `text` as it is to be inserted and `score` by which they are ordered.
        wanted: how many to keep.
    """
    chance = MENDING if place.suffix.strip() else 1.0  # nothing after the cursor: nothing there to mend
    kept: list[Candidate] = []
    broken: list[Candidate] = []
    for candidate in candidates:
        enough = sorted((c.score for c in kept), reverse=True)[:wanted]
        if len(enough) == wanted and candidate.score * chance <= enough[-1]:
            break
        changed = text[: place.start] + candidate.text + text[place.end :]
        report = checker.check(path, changed, (place.start, len(candidate.text)))
        judged = replace(
            candidate,
            check=report,
            score=candidate.score * _FACTOR[report.status] * (MENDING if report.mends else 1.0),
            evidence=(*candidate.evidence, said(report)),
        )
        (kept if report.ok else broken).append(judged)
    kept.sort(key=lambda c: -c.score)
    return kept[:wanted], broken


def said(report: CheckReport) -> str:
    """A report in one short phrase, for the candidate's evidence."""
    if report.status == "unchecked":
        return f"unchecked: {report.reason}"
    if report.status == "warned" and not report.new:
        return f"warned: {report.reason}"
    if not report.new and not report.undeclared:
        return "checks in place: " + ("mends the file" if report.mends else "no new diagnostics")
    parts = [f"{d.message} (line {d.line})" for d in report.new[:2]]
    if report.undeclared:
        parts.append("not declared: " + ", ".join(report.undeclared[:4]))
    more = len(report.new) - 2
    return f"{report.status}: " + "; ".join(parts) + (f" and {more} more" if more > 0 else "")
