"""The report of an RTL-Repo evaluation: figures of every run, intervals, breakdowns, and the text table.

Everything here is computed from predictions and labels; nothing is predicted and nothing but the arguments
is read. What each figure means: docs/eval-rtl-repo.md.

    rtlgen eval rtl-repo --samples predictions.jsonl --json
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.datasets.rtl_lines import like_published
from rtlgen.evaluate.confidence import HEAD, Confidence, confidence_of, rows_of
from rtlgen.evaluate.in_place import InPlace, as_text
from rtlgen.evaluate.intervals import Interval, paired_difference
from rtlgen.evaluate.metrics import Pair, Summary, breakdown, edit_similarity, exact_match, summarise
from rtlgen.evaluate.rtl_repo_records import Data, Record
from rtlgen.evaluate.samples import Sample


@dataclass(frozen=True)
class Run:
    """The figures of one predictor. `summary` is over all its pairs, in percent."""

    name: str
    samples: str
    summary: Summary
    by_repository: dict[str, Summary]
    by_kind: dict[str, Summary]
    like_published: Summary
    """Over the lines for which `rtlgen.datasets.rtl_lines.like_published` holds."""
    by_source: dict[str, tuple[int, float]]
    """Where predictions came from -> (how many, their exact match in percent)."""
    seconds: dict[str, float]
    """Wall time of a prediction: median and p90, in seconds."""
    missing: int
    made_from: Mapping[str, Any]
    confidence: Confidence | None = None
    """Of predictors that give probabilities."""


@dataclass(frozen=True)
class Difference:
    """The first run minus `other` on the same lines, in percentage points.

    `intervals`: metric -> ``lines`` and, with two or more repositories, ``repositories`` -> (low, high),
    95 % paired bootstrap.
    """

    first: str
    other: str
    exact_match: float
    edit_similarity: float
    intervals: dict[str, dict[str, Interval]]


@dataclass(frozen=True)
class Report:
    """What an evaluation says: runs in the order asked for, and the first against each of the others."""

    data: str | None
    data_sha256: str | None
    records: int
    runs: tuple[Run, ...]
    differences: tuple[Difference, ...] = ()
    in_place: InPlace | None = None
    """What the static check said of lines shown in their files, when that was asked for."""

    def to_json(self) -> dict[str, Any]:
        """Plain data. The first run's figures stand at the top, all runs under ``runs``."""
        first = self.runs[0]
        return {
            "benchmark": "rtl-repo",
            "data": self.data,
            "data_sha256": self.data_sha256,
            "records": self.records,
            "run": first.name,
            **asdict(first.summary),
            "runs": [_run_json(run) for run in self.runs],
            "differences": [asdict(difference) for difference in self.differences],
            "in_place": None if self.in_place is None else asdict(self.in_place),
        }


def _run_json(run: Run) -> dict[str, Any]:
    return {
        "name": run.name,
        **asdict(run.summary),
        "by_repository": {name: asdict(summary) for name, summary in run.by_repository.items()},
        "by_kind": {name: asdict(summary) for name, summary in run.by_kind.items()},
        "like_published": asdict(run.like_published),
        "by_source": {name: {"count": n, "exact_match": em} for name, (n, em) in run.by_source.items()},
        "seconds": run.seconds,
        "missing": run.missing,
        "samples": run.samples,
        "made_from": run.made_from,
        "confidence": None if run.confidence is None else asdict(run.confidence),
    }


def check_same(sample: Sample | None, record: Record, path: Path | str) -> None:
    """Raise `UsageError` when `sample` was made for another line than that of `record`."""
    if sample is not None and sample.label_sha256 != record.label_sha256:
        raise UsageError(
            f"the prediction for '{record.id}' was made for another line: another data file",
            where=path,
            hint="give the data file that they were made from",
        )


def score(
    name: str,
    records: Sequence[Record],
    samples: Mapping[str, Sample],
    *,
    path: str = "",
    made_from: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> tuple[Run, tuple[Pair, ...]]:
    """The figures of saved predictions against `records`; records without one are counted as missing."""
    found = [(record, samples[record.id]) for record in records if record.id in samples]
    for record, sample in found:
        check_same(sample, record, path)
    if not found:
        raise UsageError(
            "none of the predictions belongs to a record of this data",
            where=path,
            hint="give the data file that they were made from",
        )
    pairs = tuple(Pair(s.prediction, r.next_line, r.repo_name, r.kind) for r, s in found)
    seconds = sorted(sample.seconds for _, sample in found)
    run = replace(
        run_of(name, pairs, path, seed),
        by_source=_by_source(found),
        seconds={
            "median": statistics.median(seconds),
            "p90": seconds[min(len(seconds) - 1, int(0.9 * len(seconds)))],
        },
        missing=len(records) - len(found),
        made_from=dict(made_from or {}),
        confidence=confidence_of(
            [
                (sample.confidence, exact_match(sample.prediction, record.next_line))
                for record, sample in found
                if sample.confidence is not None
            ]
        ),
    )
    return run, pairs


def run_of(name: str, pairs: Sequence[Pair], path: str, seed: int) -> Run:
    """A `Run` of pairs alone: no sources, no times."""
    repositories = {pair.repository for pair in pairs} - {""}
    return Run(
        name=name,
        samples=path,
        summary=summarise(pairs, seed=seed),
        by_repository=breakdown(pairs, lambda pair: pair.repository, seed=seed) if repositories else {},
        by_kind=breakdown(pairs, lambda pair: pair.kind, seed=seed),
        like_published=summarise([pair for pair in pairs if like_published(pair.label)], seed=seed),
        by_source={},
        seconds={},
        missing=0,
        made_from={},
    )


def _by_source(found: Sequence[tuple[Record, Sample]]) -> dict[str, tuple[int, float]]:
    right: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for record, sample in found:
        count[sample.source] += 1
        right[sample.source] += exact_match(sample.prediction, record.next_line)
    return {source: (n, round(100 * right[source] / n, 2)) for source, n in count.most_common()}


def report_of(
    data: Data | None,
    records: Sequence[Record],
    runs: Sequence[Run],
    pairs: Sequence[tuple[Pair, ...]],
    seed: int,
) -> Report:
    """Put runs together; the first is compared with every other that predicted the same lines."""
    differences = []
    for run, scored in zip(runs[1:], pairs[1:], strict=True):
        if [pair.label for pair in scored] == [pair.label for pair in pairs[0]]:
            differences.append(_difference(runs[0].name, run.name, pairs[0], scored, seed))
    return Report(
        data=None if data is None else data.path,
        data_sha256=None if data is None else data.sha256,
        records=len(records) or runs[0].summary.count,
        runs=tuple(runs),
        differences=tuple(differences),
    )


def _difference(
    first: str, other: str, mine: Sequence[Pair], theirs: Sequence[Pair], seed: int
) -> Difference:
    repositories = [pair.repository for pair in mine]
    means: dict[str, float] = {}
    intervals: dict[str, dict[str, Interval]] = {}
    metrics: dict[str, Callable[[str, str], float]] = {
        "exact_match": lambda prediction, label: 100.0 * exact_match(prediction, label),
        "edit_similarity": edit_similarity,
    }
    for name, metric in metrics.items():
        a = [metric(pair.prediction, pair.label) for pair in mine]
        b = [metric(pair.prediction, pair.label) for pair in theirs]
        means[name], by_line = paired_difference(a, b, seed=seed)
        intervals[name] = {"lines": _rounded(by_line)}
        if len(set(repositories)) > 1:
            intervals[name]["repositories"] = _rounded(paired_difference(a, b, repositories, seed=seed)[1])
    return Difference(
        first, other, round(means["exact_match"], 3), round(means["edit_similarity"], 3), intervals
    )


def _rounded(interval: Interval) -> Interval:
    return round(interval[0], 2), round(interval[1], 2)


def table(report: Report) -> str:
    """The report as text: one line a run, then the first run by repository, by kind and by source."""
    first = report.runs[0]
    parts = []
    if report.data is not None:
        parts.append(f"{report.data}: {report.records} records, SHA-256 {(report.data_sha256 or '')[:12]}")
    parts.append(_grid(_HEAD, [_row(run.name, run.summary) for run in report.runs]))
    parts += [
        f"{run.name}: {run.missing} of {report.records} records have no prediction yet"
        for run in report.runs
        if run.missing
    ]
    if report.differences:
        rows = [
            [
                f"{d.first} - {d.other}",
                f"{d.exact_match:+.2f}",
                _span(d.intervals["exact_match"]),
                f"{d.edit_similarity:+.2f}",
                _span(d.intervals["edit_similarity"]),
            ]
            for d in report.differences
        ]
        parts.append(_grid(["difference on the same lines", "EM", "95 %", "ES", "95 %"], rows))
    groups = [("repository", first.by_repository), ("kind of line", first.by_kind)]
    if 0 < first.like_published.count < first.summary.count:
        groups.append(("lines like RTL-Repo's published labels", {"those": first.like_published}))
    for title, summaries in groups:
        if summaries:
            head = [
                f"{first.name}, by {title}" if len(summaries) > 1 else f"{first.name}, {title}",
                *_HEAD[1:],
            ]
            parts.append(_grid(head, [_row(name, summary) for name, summary in summaries.items()]))
    if first.by_source:
        rows = [[source or "?", str(n), f"{em:.2f}"] for source, (n, em) in first.by_source.items()]
        parts.append(_grid([f"{first.name}, by source", "lines", "EM"], rows))
    if first.confidence is not None:
        parts.append(_grid([f"{first.name}, {HEAD[0]}", *HEAD[1:]], rows_of(first.confidence)))
        told = first.confidence
        parts.append(
            f"{first.name}: probabilities {told.mean:.2f} in the mean, calibration error {told.calibration_error:.2f}"
        )
    if report.in_place is not None:
        parts.append(as_text(report.in_place))
    if first.seconds:
        spent = first.seconds
        parts.append(f"{first.name}: {spent['median']:.3f} s a line (median), {spent['p90']:.3f} s (p90)")
    return "\n\n".join(parts)


_HEAD = ["run", "lines", "EM", "95 %", "ES", "95 %", "ES stripped", "id match", "id F1"]


def _row(name: str, summary: Summary) -> list[str]:
    f1 = "-" if summary.identifier_f1 is None else f"{summary.identifier_f1:.2f}"
    return [
        name,
        str(summary.count),
        f"{summary.exact_match:.2f}",
        _span(summary.intervals.get("exact_match", {})),
        f"{summary.edit_similarity:.2f}",
        _span(summary.intervals.get("edit_similarity", {})),
        f"{summary.stripped_edit_similarity:.2f}",
        f"{summary.identifier_match:.2f}",
        f1,
    ]


def _span(intervals: Mapping[str, Interval]) -> str:
    """The wider of the intervals, which is nearly always the one over repositories."""
    if not intervals:
        return "-"
    low, high = max(intervals.values(), key=lambda interval: interval[1] - interval[0])
    return f"{low:.1f}..{high:.1f}"


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = []
    for row in [head, *rows]:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
