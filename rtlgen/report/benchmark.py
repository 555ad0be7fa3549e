"""A benchmark's figures as text for a terminal of 100 columns, and as JSON.

The variants of the same samples stand side by side. It computes nothing (`rtlgen.evaluate.benchmark_report` does) and
prints nothing. What the rows mean: docs/metrics.md.

Try: ``rtlgen eval verilog-eval --data DIR --references``
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence

from rtlgen.core.records import dump
from rtlgen.evaluate.benchmark_report import Comparison, Report, Share, Summary
from rtlgen.evaluate.conditions import Conditions
from rtlgen.evaluate.problem_rows import ProblemRow

COLUMNS = 100
_SAID = ("benchmark", "task", "commit")
"""Of what samples were made from, what the first line says already."""
_LETTERS_SHOWN = 24
_PROBLEMS_NAMED = 6


def as_json(kind: str, summary: Summary) -> str:
    """The record: every figure unrounded, every problem by itself."""
    return dump(kind, summary)


def as_text(summary: Summary, *, problems: str = "all") -> str:
    """All tables. `problems`: ``all`` of them one by one, only those that ``failed`` a sample, or ``none``."""
    reports = summary.reports
    references = reports[0].conditions.references
    parts = [_conditions(reports[0]), _failed_references(reports) if references else _figures(reports)]
    parts.append(_shares("samples ended as", reports, [report.kinds for report in reports]))
    if any(report.letters for report in reports):
        parts.append(_shares("by letter", reports, [report.letters for report in reports]))
    parts += [_remarks(summary)]
    parts += [comparison_text(comparison) for comparison in summary.comparisons]
    if problems != "none" and not references:
        parts.append(_by_problem(reports, failed_only=problems == "failed"))
    return "\n\n".join(part for part in parts if part)


def comparison_text(comparison: Comparison) -> str:
    """The first run minus the second."""
    rows = [
        [
            f"pass@{found.k}",
            f"{found.value:+.2f}",
            f"{found.interval[0]:+.2f} to {found.interval[1]:+.2f}",
            f"{found.better}",
            f"{found.worse}",
        ]
        for found in comparison.differences
    ]
    first, second = _short(comparison.first), _short(comparison.second)
    head = ["the same problems", "points", "95 %", "problems better", "worse"]
    lines = [f"{first} minus {second}", _grid(head, rows)]
    for name, names in ((first, comparison.gained), (second, comparison.lost)):
        if names:
            lines.append(_wrapped(f"ever passed only by {name}: {_named(names, len(names))}"))
    return "\n".join(lines)


def _conditions(report: Report) -> str:
    """What was run, on which state of the benchmark, with what."""
    have: Conditions = report.conditions
    name = report.name.removesuffix(have.variant).strip()
    what = "references" if have.references else "samples"
    size = f"{report.problems} problems, {report.samples:,} {what}"
    first = f"{_short(name)}: " if name else ""
    first += f"{have.benchmark} {have.task}, state {have.commit}: {size}"
    if not have.references:
        first += f", {report.unique:,} different texts"
    used = f"{have.simulator} ({', '.join(have.versions) or 'version unknown'})"
    limit = f", time limit {' and '.join(have.wall_s)} s" if have.wall_s else ""
    lines = [first, f"{used}{limit}, {'sandboxed' if have.sandboxed else 'NOT SANDBOXED'}"]
    origin = {key: value for key, value in have.made_from.items() if key not in _SAID}
    if origin:
        lines.append("made from " + ", ".join(f"{key} {_short(value)}" for key, value in origin.items()))
    return "\n".join(_wrapped(line) for line in lines)


def _figures(reports: Sequence[Report]) -> str:
    """pass@k with intervals, the means, and the counts that are kept apart."""
    rows = [
        [f"pass@{k}", *(cell for report in reports for cell in _pass_cells(report, k))]
        for k in sorted({found.k for report in reports for found in report.pass_at})
    ]
    means = {
        "mean over problems, %": [f"{report.macro:.2f}" for report in reports],
        "as published (floored, by letter), %": [_number(report.published) for report in reports],
        "Gini-Simpson index": [f"{report.diversity:.2f}" for report in reports],
    }
    counts = {
        "samples passed": [f"{report.passed:,} of {report.samples:,}" for report in reports],
        "problems with a pass": [
            f"{sum(row.passed > 0 for row in report.rows)} of {report.problems}" for report in reports
        ],
        "timeouts": [f"{report.timeouts:,}" for report in reports],
        "tampered": [f"{report.tampered:,}" for report in reports],
        "missing": [f"{report.missing:,}" for report in reports],
        "scoring time, s": [f"{report.seconds:.1f}" for report in reports],
    }
    rows += [
        [name, *(text for cell in cells for text in (cell, ""))]
        for name, cells in {**means, **counts}.items()
    ]
    head = ["", *(text for report in reports for text in (report.conditions.variant, "95 %"))]
    return "\n".join(dict.fromkeys([_grid(head, rows), *(_undefined(report) for report in reports)])).rstrip()


def _undefined(report: Report) -> str:
    """Which pass@k have no value, and why."""
    if not report.undefined:
        return ""
    names = ", ".join(f"pass@{found.k}" for found in report.undefined)
    fewest = report.undefined[0].fewest
    count = "one sample" if fewest == 1 else f"{fewest} samples"
    return f"not defined: {names} (a problem has only {count})"


def _pass_cells(report: Report, k: int) -> tuple[str, str]:
    found = next((figure for figure in report.pass_at if figure.k == k), None)
    if found is None or found.value is None or found.interval is None:
        return "-", "-"
    return f"{found.value:.2f}", f"{found.interval[0]:.1f} to {found.interval[1]:.1f}"


def _shares(title: str, reports: Sequence[Report], shares: Sequence[Sequence[Share]]) -> str:
    """Counts and shares of each way to end, one pair of columns a report; letters that did not occur are left out."""
    by_key: list[Mapping[str, Share]] = [{share.key: share for share in column} for column in shares]
    names = {share.key: share.name for column in shares for share in column}
    rows = []
    for key, name in names.items():
        cells = [f"{key}  {name}" if name != key else key]
        for column in by_key:
            found = column.get(key)
            cells += [f"{found.count:,}", f"{100 * found.share:.1f} %"] if found else ["0", "0.0 %"]
        if name == key or any(key in column and column[key].count for column in by_key):
            rows.append(cells)
    return _grid(
        [title, *(text for report in reports for text in (report.conditions.variant, "share"))], rows
    )


def _remarks(summary: Summary) -> str:
    """What must be known beside the figures: repairs and reasons, tampering, notes, what is missing."""
    lines: list[str] = []
    for report in summary.reports:
        for name, problems in report.repairs.items():
            reason = report.reasons.get(name, "")
            lines.append(f"{report.conditions.variant}: '{name}' of {_named(problems)}: {reason}")
    lines += [
        f"verilator for {name}: {reason}"
        for name, reason in summary.reports[-1].reasons.items()
        if name not in summary.reports[-1].repairs
    ]
    if summary.recovered:
        names = _named(summary.recovered, len(summary.recovered))
        lines.append(f"pass more often repaired than strict: {names}")
    first = summary.reports[0]
    lines += [f"tampered, no pass: the design {what} ({count})" for what, count in first.tampering.items()]
    lines += [f"note on {count} samples: {what}" for what, count in first.notes.items()]
    if first.unscored:
        lines.append(f"without any sample (zero here, left out as published): {_named(first.unscored)}")
    return "\n".join(_wrapped(line) for line in lines)


def _by_problem(reports: Sequence[Report], *, failed_only: bool) -> str:
    """One line a problem, its letters those of the first report."""
    others = [{row.problem: row for row in report.rows} for report in reports[1:]]
    rows = []
    for row in reports[0].rows:
        same = [other[row.problem] for other in others if row.problem in other]
        if failed_only and all(each.passed == each.samples for each in (row, *same)):
            continue
        rows.append(
            [
                row.problem,
                *(text for each in (row, *same) for text in (f"{each.passed}/{each.samples}", _rate(each))),
                str(row.unique),
                _letters(row),
            ]
        )
    head = ["problem", *(text for report in reports for text in (report.conditions.variant, "%")), "texts"]
    return _grid([*head, "ended as"], rows, left=(0, -1)) if rows else "every sample passed"


def _failed_references(reports: Sequence[Report]) -> str:
    """How many references pass in each variant, and the others with the reason."""
    lines: list[str] = []
    for report in reports:
        failed = [row for row in report.rows if row.passed < row.samples]
        lines.append(f"{report.conditions.variant}: {report.passed} of {report.problems} references pass")
        lines += [
            _wrapped(f"  {row.problem} {_letters(row)}: {row.first_failure}", "      ") for row in failed
        ]
    return "\n".join(lines)


def _letters(row: ProblemRow) -> str:
    """A letter a sample in groups of five, or counts when there are many; kinds where there are no letters."""
    if len(row.letters) == 1:
        return row.letters
    if 0 < len(row.letters) <= _LETTERS_SHOWN:
        return " ".join(row.letters[i : i + 5] for i in range(0, len(row.letters), 5))
    counts: Mapping[str, int] = Counter(row.letters) if row.letters else row.kinds
    told = [f"{count} {key}" for key, count in sorted(counts.items(), key=lambda item: -item[1])]
    if row.missing and not row.letters:
        told.append(f"{row.missing} missing")
    return ", ".join(told)


def _rate(row: ProblemRow) -> str:
    return f"{100 * row.passed / row.samples:.0f}" if row.samples else "-"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _named(names: Sequence[str], shown: int = _PROBLEMS_NAMED) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:15]}...{text[-15:]}"


def _wrapped(line: str, indent: str = "    ") -> str:
    return "\n".join(
        textwrap.wrap(line, COLUMNS, subsequent_indent=indent, break_on_hyphens=False, drop_whitespace=True)
    )


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> str:
    """Columns as wide as their cells; those in `left` flush left, the others flush right."""
    flush_left = {index % len(head) for index in left}
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = []
    for row in [head, *rows]:
        cells = [
            cell.ljust(width) if i in flush_left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
