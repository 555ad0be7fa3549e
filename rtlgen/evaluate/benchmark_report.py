"""The figures of a benchmark run, from its scores: pass@k, means, how samples ended, and every problem by itself.

`report_of` makes a `Report` of the scores of one variant; `summary_of` puts the strict and the repaired variant of the
same samples side by side; `compare` sets two runs against each other, paired by problem. Nothing is folded away:
timeouts, missing, tampered, empty and repeated samples are each counted by themselves. A sample passes by its verdict.
VerilogEval's own mean (`Report.published`) goes by its letters: a design that forged the pass line counts there, and is
named.

It starts nothing, reads no file and renders nothing (`rtlgen.report.benchmark`). What the figures mean: docs/metrics.md.
Try: ``rtlgen eval verilog-eval --data DIR --references``
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rtlgen.core.errors import UsageError
from rtlgen.core.records import VERDICTS
from rtlgen.evaluate.conditions import Conditions, conditions_of, refuse_other
from rtlgen.evaluate.failures import LETTERS, MISSING, PASS, name_of
from rtlgen.evaluate.pass_at_k import (
    Count,
    Difference,
    Figure,
    difference,
    figure,
    macro_mean,
    published_mean,
)
from rtlgen.evaluate.problem_rows import ProblemRow, rows_of
from rtlgen.evaluate.repairs import NEEDS_VERILATOR, REPAIRS
from rtlgen.evaluate.scored import Scored

KS = (1, 5, 10)
"""The k of pass@k unless others are asked for; those above the samples of a problem are left out."""


_LINE = re.compile(r" \(line \d+\)")
"""Where in a design something stands: left out where designs are counted."""


@dataclass(frozen=True)
class Share:
    """How many samples ended in one way, and which part of all that is (0..1)."""

    key: str
    """A verdict's kind, or a letter."""
    name: str
    count: int
    share: float


@dataclass(frozen=True)
class Report:
    """One run of a benchmark in one variant. Shares and rates are of samples, missing ones included."""

    name: str
    conditions: Conditions
    problems: int
    samples: int
    passed: int
    missing: int
    pass_at: tuple[Figure, ...]
    undefined: tuple[Figure, ...]
    """The k that were asked for and that a problem has too few samples for."""
    macro: float
    """Mean over problems of passed / samples, per cent."""
    published: float | None
    """VerilogEval's pass_rate: by letters, floored by problem, per cent; None without letters."""
    diversity: float
    """Mean Gini-Simpson index over problems with samples (VerilogEval's avg_gini_simpson_idx)."""
    kinds: tuple[Share, ...]
    letters: tuple[Share, ...]
    timeouts: int
    tampered: int
    tampering: dict[str, int]
    """What the designs did that would have passed, and how many did."""
    notes: dict[str, int]
    """What was said of samples (``empty``, ...), and of how many."""
    unique: int
    """Different texts by problem, summed over problems."""
    unscored: tuple[str, ...]
    """Problems without any sample."""
    repairs: dict[str, tuple[str, ...]]
    """Name of a repair that was applied -> the problems."""
    reasons: dict[str, str]
    """Name of a repair, or of a design with another simulator -> why."""
    seconds: float
    rows: tuple[ProblemRow, ...] = ()

    @property
    def counts(self) -> tuple[Count, ...]:
        """By problem, as `pass_at_k` takes them."""
        return tuple(Count(row.problem, row.samples, row.passed, row.missing) for row in self.rows)


@dataclass(frozen=True)
class Comparison:
    """The first run against the second, paired by problem."""

    first: str
    second: str
    differences: tuple[Difference, ...]
    gained: tuple[str, ...]
    """Problems that only the first ever passes."""
    lost: tuple[str, ...]
    """Problems that only the second ever passes."""


@dataclass(frozen=True)
class Summary:
    """Reports of the same samples in their variants, and the comparison when there is one."""

    reports: tuple[Report, ...]
    comparisons: tuple[Comparison, ...] = ()
    recovered: tuple[str, ...] = field(default=())
    """Problems that pass more often repaired than strict."""


def report_of(
    scored: Sequence[Scored],
    *,
    name: str = "",
    problems: Iterable[str] = (),
    samples: int | None = None,
    ks: Sequence[int] = KS,
    made_from: Iterable[Mapping[str, object]] = (),
    seed: int = 0,
) -> Report:
    """The report of scores made under the same conditions.

    Args:
        scored: the scores, in any order; sample numbers from 1, or the references alone (all 0).
        name: of the run, for tables.
        problems: names that belong to the run; those without a score are counted as problems that never pass.
        samples: how many samples a problem should have; default: its highest sample number.
        ks: which pass@k.
        made_from: what each samples file was made from.
        seed: of the bootstrap.

    Raises UsageError for scores that must not be mixed, or of one sample twice, or above `samples`.
    """
    conditions = conditions_of(scored, made_from)
    rows = rows_of(scored, problems, samples)
    counts = [Count(row.problem, row.samples, row.passed, row.missing) for row in rows]
    figures = [figure(counts, k, seed=seed) for k in sorted(set(ks))]
    total = sum(row.samples for row in rows)
    lettered = any(score.letter for score in scored)
    tampering = Counter(_LINE.sub("", reason) for score in scored for reason in score.tampered)
    repairs = _repairs(rows)
    return Report(
        name=name or conditions.variant,
        conditions=conditions,
        problems=len(rows),
        samples=total,
        passed=sum(row.passed for row in rows),
        missing=sum(row.missing for row in rows),
        pass_at=tuple(found for found in figures if found.value is not None),
        undefined=tuple(found for found in figures if found.value is None),
        macro=macro_mean(counts),
        published=_published(rows) if lettered else None,
        diversity=_mean([row.diversity for row in rows if row.samples > row.missing]),
        kinds=_kind_shares(rows, total),
        letters=_letter_shares(rows, total) if lettered else (),
        timeouts=sum(row.kinds.get("timeout", 0) for row in rows),
        tampered=sum(bool(score.tampered) for score in scored),
        tampering=dict(tampering.most_common()),
        notes=dict(Counter(note for score in scored for note in score.notes).most_common()),
        unique=sum(row.unique for row in rows),
        unscored=tuple(row.problem for row in rows if row.samples == row.missing),
        repairs=repairs,
        reasons=_reasons(rows, repairs),
        seconds=math.fsum(row.seconds for row in rows),
        rows=rows,
    )


def summary_of(reports: Sequence[Report], comparisons: Sequence[Comparison] = ()) -> Summary:
    """The variants of the same samples side by side. UsageError when they differ in more than the variant."""
    for report in reports[1:]:
        refuse_other(reports[0].conditions, report.conditions, but=("variant",))
        if report.conditions.variant == reports[0].conditions.variant:
            raise UsageError(
                "two reports of the same variant", hint="give one strict and one repaired report"
            )
    by_variant = {report.conditions.variant: report for report in reports}
    recovered: tuple[str, ...] = ()
    if {"strict", "repaired"} <= set(by_variant):
        before = {row.problem: row.passed for row in by_variant["strict"].rows}
        recovered = tuple(
            row.problem for row in by_variant["repaired"].rows if row.passed > before.get(row.problem, 0)
        )
    return Summary(tuple(reports), tuple(comparisons), recovered)


def compare(first: Report, second: Report, ks: Sequence[int] = KS, *, seed: int = 0) -> Comparison:
    """`first` minus `second`, at each k for which every problem of both has samples enough.

    Raises UsageError when they were made under different conditions or are not of the same problems.
    """
    refuse_other(first.conditions, second.conditions)
    fewest = min((count.samples for report in (first, second) for count in report.counts), default=0)
    usable = [k for k in sorted(set(ks)) if k <= fewest]
    mine = {row.problem: row.passed > 0 for row in first.rows}
    theirs = {row.problem: row.passed > 0 for row in second.rows}
    return Comparison(
        first.name,
        second.name,
        tuple(difference(first.counts, second.counts, k, seed=seed) for k in usable or [1]),
        tuple(name for name in sorted(mine) if mine[name] and not theirs.get(name)),
        tuple(name for name in sorted(mine) if theirs.get(name) and not mine[name]),
    )


def _published(rows: Sequence[ProblemRow]) -> float:
    return published_mean(
        [Count(row.problem, row.samples, row.letters.count(PASS), row.missing) for row in rows]
    )


def _kind_shares(rows: Sequence[ProblemRow], total: int) -> tuple[Share, ...]:
    """Every kind of verdict, also those that did not occur, and the missing samples."""
    counts = Counter[str]()
    for row in rows:
        counts.update(row.kinds)
        counts["missing"] += row.missing
    kinds = (*VERDICTS, *(["missing"] if counts["missing"] else []))
    return tuple(Share(kind, kind, counts[kind], counts[kind] / total) for kind in kinds)


def _letter_shares(rows: Sequence[ProblemRow], total: int) -> tuple[Share, ...]:
    counts = Counter[str]()
    for row in rows:
        counts.update(row.letters or MISSING * row.missing)
    return tuple(
        Share(entry.letter, name_of(entry.letter), counts[entry.letter], counts[entry.letter] / total)
        for entry in LETTERS
        if entry.letter != MISSING or counts[MISSING]
    )


def _repairs(rows: Sequence[ProblemRow]) -> dict[str, tuple[str, ...]]:
    names = dict.fromkeys(name for row in rows for name in row.repairs)
    return {name: tuple(row.problem for row in rows if name in row.repairs) for name in names}


def _reasons(rows: Sequence[ProblemRow], repairs: Mapping[str, object]) -> dict[str, str]:
    reasons = {repair.name: repair.reason for repair in REPAIRS if repair.name in repairs}
    exceptions = {row.problem for row in rows if row.simulator == "verilator"} & set(NEEDS_VERILATOR)
    if any(row.simulator == "icarus" for row in rows):
        reasons |= {name: NEEDS_VERILATOR[name] for name in sorted(exceptions)}
    return reasons


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan
