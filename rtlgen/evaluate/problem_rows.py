"""One row a problem: its samples in their order, what became of each, and what is missing.

Sample numbers count from 1; a number below the highest that has no score is a missing sample, and a problem that belongs
to the run and has no score at all is missing every sample. The benchmark's own references (number 0) make rows of one
sample. It computes no figure over problems (`rtlgen.evaluate.benchmark_report`).

Try: ``rtlgen eval verilog-eval --data DIR --references``
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.failures import MISSING, classify, gini_simpson
from rtlgen.evaluate.scored import REFERENCE, Scored


@dataclass(frozen=True)
class ProblemRow:
    """One problem: its counts, and a letter a sample in their order."""

    problem: str
    samples: int
    """That count, missing ones included."""
    passed: int
    missing: int
    kinds: dict[str, int]
    letters: str
    """``?`` for a missing one; empty for a benchmark without letters."""
    unique: int
    """Different texts among the samples."""
    diversity: float
    """Gini-Simpson index of how the samples ended, 0 when all ended alike."""
    seconds: float
    """Wall time of scoring, all samples together."""
    simulator: str
    repairs: tuple[str, ...]
    first_failure: str
    """Reason of the first sample that did not pass, empty when all did."""


def rows_of(
    scored: Sequence[Scored], problems: Iterable[str] = (), samples: int | None = None
) -> tuple[ProblemRow, ...]:
    """Rows by name of the problem; `problems` and `samples` as in `benchmark_report.report_of`.

    Raises UsageError for a sample that is there twice or has a number above `samples`.
    """
    by_problem = _by_problem(scored, samples)
    most = samples or max((max(numbers) for numbers in by_problem.values()), default=1) or 1
    return tuple(
        _row(name, by_problem[name], samples) if name in by_problem else _empty_row(name, most)
        for name in sorted(set(by_problem) | set(problems))
    )


def _by_problem(scored: Sequence[Scored], samples: int | None) -> dict[str, dict[int, Scored]]:
    """Problem -> sample number -> score; UsageError for one that is there twice or has an impossible number."""
    found: dict[str, dict[int, Scored]] = defaultdict(dict)
    for score in scored:
        if score.sample in found[score.problem]:
            raise UsageError(
                f"sample {score.sample} of {score.problem} is there twice", hint="give each sample once"
            )
        if score.sample < REFERENCE or (samples is not None and score.sample > samples):
            raise UsageError(
                f"sample {score.sample} of {score.problem}, but a problem has {samples} samples",
                hint="give the right number of samples",
            )
        found[score.problem][score.sample] = score
    return dict(found)


def _row(name: str, numbers: Mapping[int, Scored], samples: int | None) -> ProblemRow:
    """One problem's samples; numbers up to the highest (or `samples`) that have no score are missing."""
    reference = REFERENCE in numbers
    slots = [numbers.get(n) for n in ([REFERENCE] if reference else range(1, (samples or max(numbers)) + 1))]
    there = [score for score in slots if score is not None]
    failures = (score for score in there if not score.passed)
    reasons = [score.verdict.reason or score.verdict.kind for score in failures]
    lettered = any(score.letter for score in there)
    return ProblemRow(
        problem=name,
        samples=len(slots),
        passed=sum(score.passed for score in there),
        missing=len(slots) - len(there),
        kinds=dict(Counter(score.verdict.kind for score in there)),
        letters="".join(score.letter or MISSING if score else MISSING for score in slots) if lettered else "",
        unique=len({score.code_sha256 for score in there}),
        diversity=gini_simpson([_outcome(score) for score in slots]),
        seconds=math.fsum(score.verdict.seconds for score in there),
        simulator=there[0].simulator,
        repairs=there[0].repairs,
        first_failure=reasons[0] if reasons else "",
    )


def _empty_row(name: str, samples: int) -> ProblemRow:
    return ProblemRow(name, samples, 0, samples, {}, "", 0, 0.0, 0.0, "", (), "there is no sample")


def _outcome(score: Scored | None) -> Hashable:
    """How a sample ended, as the Gini-Simpson index counts it; the mismatches stand at the end of the kept log."""
    if score is None:
        return MISSING
    if score.letter == "R":
        return classify(score.log).mismatches
    return score.letter or score.verdict.kind
