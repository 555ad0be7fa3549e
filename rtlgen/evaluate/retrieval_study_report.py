"""The table of a retrieval study: recall by budget, bits and matches by condition, differences from the default.

Means are over places; intervals of differences are 95 % bootstrap intervals over the same places, and over repositories
in the JSON. No correction for the number of conditions is made: of twenty without effect, one interval leaves zero out.

    rtlgen eval retrieval --data dev.jsonl --json
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rtlgen.evaluate.intervals import Interval, paired_difference
from rtlgen.evaluate.retrieval_study_conditions import DEFAULT, Condition
from rtlgen.evaluate.retrieval_study_places import StudyPlace

TARGETS = {"next": "names of the next lines", "line": "names of the next line"}
SHOWN_BUDGETS = ("448", "2048")
"""Budgets whose differences the table shows."""


@dataclass(frozen=True)
class Figure:
    """A mean over `count` places and its difference from the default on the same places."""

    mean: float
    count: int
    difference: float | None = None
    lines: Interval | None = None
    repositories: Interval | None = None


@dataclass(frozen=True)
class StudyReport:
    """Figures by condition: recall by target and budget, bits a token, share of exact matches (percent)."""

    data: str
    sha256: str
    places: int
    factors: Mapping[str, str]
    """Condition -> its factor, in the order of the table."""
    recall: Mapping[str, Mapping[str, Mapping[str, Figure]]]
    """Condition -> target (``line``, ``next``) -> budget -> figure, shares in percent."""
    bits: Mapping[str, Mapping[str, Figure]]
    """Condition -> ``line`` or ``next`` -> bits a token of the hidden lines."""
    match: Mapping[str, Figure]

    def to_json(self) -> dict[str, Any]:
        """The report as JSON."""
        return asdict(self)


def report_of(
    data: str,
    sha256: str,
    places: Sequence[StudyPlace],
    conditions: Sequence[Condition],
    rows: Sequence[Mapping[str, Any]],
    seed: int,
) -> StudyReport:
    """Compute the figures of `conditions` from rows."""
    repository = {place.record.id: place.record.repo_name for place in places}
    by: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        if row["id"] in repository:
            by.setdefault((row["kind"], row["condition"]), {})[row["id"]] = row
    names = [condition.name for condition in conditions]
    judge = _Judge(by, repository, seed)
    recall = {
        name: {
            target: {
                budget: judge.figure("recall", name, lambda row, t=target, b=budget: row[t][b], 100.0)
                for budget in _budgets(by["recall", name])
            }
            for target in TARGETS
        }
        for name in names
        if ("recall", name) in by
    }
    bits = {
        name: {target: judge.bits(name, target) for target in TARGETS}
        for name in names
        if ("bits", name) in by
    }
    match = {
        name: judge.figure("match", name, lambda row: row["match"], 100.0)
        for name in names
        if ("match", name) in by
    }
    factors = {condition.name: condition.factor for condition in conditions}
    return StudyReport(data, sha256, len(places), factors, recall, bits, match)


def _budgets(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return list(next(iter(rows.values()))["line"])


class _Judge:
    """Means and paired differences from the default's rows."""

    def __init__(
        self,
        rows: Mapping[tuple[str, str], Mapping[str, Mapping[str, Any]]],
        repository: Mapping[str, str],
        seed: int,
    ) -> None:
        self.rows, self.repository, self.seed = rows, repository, seed

    def figure(self, kind: str, name: str, value: Any, scale: float) -> Figure:
        """The mean of ``value(row)``, times `scale`, of a condition, against the default."""
        mine = {i: value(row) for i, row in self.rows[kind, name].items()}
        mine = {i: scale * v for i, v in mine.items() if v is not None}
        default = self.rows.get((kind, DEFAULT), {})
        theirs = {i: scale * value(row) for i, row in default.items() if i in mine}
        return self._compared(mine, theirs, name)

    def bits(self, name: str, target: str) -> Figure:
        """Bits a token over all places: bits of each, divided by the mean number of tokens."""
        rows = self.rows["bits", name]
        tokens = sum(row[f"{target}_tokens"] for row in rows.values()) / len(rows)
        mine = {i: row[f"{target}_bits"] / tokens for i, row in rows.items()}
        default = self.rows.get(("bits", DEFAULT), {})
        theirs = {i: row[f"{target}_bits"] / tokens for i, row in default.items() if i in mine}
        return self._compared(mine, theirs, name)

    def _compared(self, mine: Mapping[str, float], theirs: Mapping[str, float], name: str) -> Figure:
        if not mine:
            return Figure(math.nan, 0)
        mean = round(sum(mine.values()) / len(mine), 3)
        shared = [i for i in mine if i in theirs]
        if name == DEFAULT or not shared:
            return Figure(mean, len(mine))
        first, second = [mine[i] for i in shared], [theirs[i] for i in shared]
        repositories = [self.repository[i] for i in shared]
        difference, lines = paired_difference(first, second, seed=self.seed)
        _, wide = paired_difference(first, second, repositories, seed=self.seed)
        return Figure(mean, len(mine), round(difference, 3), _rounded(lines), _rounded(wide))


def _rounded(interval: Interval) -> Interval:
    return round(interval[0], 3), round(interval[1], 3)


def table(report: StudyReport) -> str:
    """The report as Markdown tables."""
    parts = [f"{report.data}: {report.places} places, SHA-256 {report.sha256[:12]}"]
    for target, title in TARGETS.items():
        rows = _recall_table(report, target)
        if rows:
            count = next(iter(report.recall.values()))[target]["448"].count
            parts.append(
                f"Recall of the {title} (%), {count} places, by tokens of context:\n\n" + _grid(rows)
            )
    if report.bits:
        parts.append("Bits a token of the hidden lines:\n\n" + _grid(_bits_table(report)))
    if report.match:
        parts.append("Exact match of the pipeline (%):\n\n" + _grid(_match_table(report)))
    return "\n\n".join(parts)


def _recall_table(report: StudyReport, target: str) -> list[list[str]]:
    rows: list[list[str]] = []
    for name, found in report.recall.items():
        figures = found[target]
        if not rows:
            rows.append(["condition", *figures, *(f"difference at {b} (95 %)" for b in SHOWN_BUDGETS)])
        rows.append(
            [name, *(f"{f.mean:.1f}" for f in figures.values()), *(_told(figures[b]) for b in SHOWN_BUDGETS)]
        )
    return rows


def _bits_table(report: StudyReport) -> list[list[str]]:
    rows = [["condition", "places", "next line", "difference (95 %)", "next lines", "difference (95 %)"]]
    for name, found in report.bits.items():
        line, following = found["line"], found["next"]
        rows.append(
            [
                name,
                str(line.count),
                f"{line.mean:.3f}",
                _told(line, 3),
                f"{following.mean:.3f}",
                _told(following, 3),
            ]
        )
    return rows


def _match_table(report: StudyReport) -> list[list[str]]:
    rows = [["condition", "places", "exact match", "difference (95 %)"]]
    rows += [[name, str(f.count), f"{f.mean:.1f}", _told(f)] for name, f in report.match.items()]
    return rows


def _told(figure: Figure, digits: int = 1) -> str:
    if figure.difference is None or figure.lines is None:
        return ""
    low, high = figure.lines
    return f"{figure.difference:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})"


def _grid(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
