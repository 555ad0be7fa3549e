"""The check of a benchmark's test benches as text for a terminal: figures, then every test bench that misses something.

It computes nothing (`rtlgen.evaluate.bench_records` does) and prints nothing. What the words mean: docs/bench-check.md.

Try: ``rtlgen bench check verilog-eval --data DIR``
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rtlgen.evaluate.bench_records import OUTCOMES, WEAK_BELOW, BenchSummary, MutantResult, ProblemCheck

COLUMNS = 100


def as_text(summary: BenchSummary, *, every: bool = False) -> str:
    """The tables; with `every` a line for each problem, else only for those that are named."""
    parts = [
        _conditions(summary),
        _references(summary),
        _trivial(summary),
        _outcomes(summary),
        _kinds(summary),
    ]
    parts.append(_weak(summary))
    if every:
        parts.append(_problems(summary))
    return "\n\n".join(part for part in parts if part)


def progress_line(check: ProblemCheck, done: int, wanted: int) -> str:
    """One finished problem."""
    if check.repaired != "pass":
        said = check.reason
    else:
        said = f"{check.noticed} of {len(check.mutants)} mutants noticed"
        lost = check.count("surviving")
        said += f", {lost} surviving" if lost else ""
    return f"[{done}/{wanted}] {check.problem}: {said}"


def _conditions(summary: BenchSummary) -> str:
    task = f" {summary.task}" if summary.benchmark == "verilog-eval" else ""
    tools = ", ".join(f"{name} {version.split()[0]}" for name, version in summary.tools.items())
    made = f"seed {summary.seed}, at most {summary.wanted} mutants a problem; {tools}"
    return f"{summary.benchmark}{task}, commit {summary.commit}, {len(summary.problems)} problems\n{made}"


def _references(summary: BenchSummary) -> str:
    total = len(summary.problems)
    lines = [
        f"references pass: {summary.strict_passes} of {total} as published, "
        f"{summary.repaired_passes} of {total} with the known faults repaired"
    ]
    failing = [
        f"{check.problem} ({check.repaired})" for check in summary.problems if check.repaired != "pass"
    ]
    if failing:
        lines.append(_wrapped("not checked, because their reference does not pass: ", failing))
    return "\n".join(lines)


def _trivial(summary: BenchSummary) -> str:
    lines = []
    for name, passed in summary.trivial_passes.items():
        right = summary.trivial_right.get(name, ())
        text = f"{name}: passes {len(passed)} test benches wrongly"
        text += f", is the right answer to {len(right)}" if right else ""
        lines.append(_wrapped(f"{text}: ", passed) if passed else text)
    return "\n".join(lines)


def _outcomes(summary: BenchSummary) -> str:
    total = sum(summary.outcomes.values())
    counts = ", ".join(f"{summary.outcomes[name]} {name}" for name in OUTCOMES if summary.outcomes[name])
    lines = [f"{total} mutants: {counts}"]
    if summary.rate is not None and summary.mean_rate is not None:
        lines.append(
            f"noticed: {summary.rate:.1f} % of all that differ, {summary.mean_rate:.1f} % as a mean over problems; "
            f"{summary.lowest_rate:.1f} % if every unknown one differed"
        )
    ways = ", ".join(f"{count} {way}" for way, count in summary.ways.items())
    lines.append(f"problems by the way mutants were made: {ways}")
    return "\n".join(lines)


def _kinds(summary: BenchSummary) -> str:
    rows = [
        [kind, *(str(counts.get(outcome, 0) or "-") for outcome in OUTCOMES)]
        for kind, counts in summary.by_kind.items()
    ]
    return _grid(["kind of mutant", *OUTCOMES], rows) if rows else ""


def _weak(summary: BenchSummary) -> str:
    if not summary.weak:
        return f"no test bench notices less than {WEAK_BELOW:.0f} % of its mutants"
    judged = sum(check.rate is not None for check in summary.problems)
    named = {check.problem: check for check in summary.problems}
    rows = []
    for name in summary.weak:
        check = named[name]
        shown = next(mutant for mutant in check.mutants if mutant.outcome == "surviving")
        rate = f"{check.rate:.0f} %" if check.rate is not None else "-"
        rows.append([name, rate, f"{check.count('surviving')}", _mutant(shown)])
    title = f"{len(rows)} of {judged} test benches notice less than {WEAK_BELOW:.0f} %, {len(summary.zero)} of them none:"
    return f"{title}\n{_grid(['test bench', 'noticed', 'missed', 'for example'], rows, left=(0, 3))}"


def _problems(summary: BenchSummary) -> str:
    rows = []
    for check in summary.problems:
        rate = "-" if check.rate is None else f"{check.rate:.0f} %"
        counts = [str(check.count(outcome) or "-") for outcome in OUTCOMES]
        rows.append([check.problem, rate, *counts, check.way])
    return _grid(["problem", "noticed", *OUTCOMES, "way"], rows)


def _mutant(mutant: MutantResult) -> str:
    return f"line {mutant.line}, {mutant.kind}: {mutant.description}"


def _wrapped(head: str, names: Sequence[str]) -> str:
    return "\n".join(
        textwrap.wrap(head + ", ".join(names), COLUMNS, subsequent_indent="  ", break_on_hyphens=False)
    )


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> str:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = []
    for row in [head, *rows]:
        cells = [
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
