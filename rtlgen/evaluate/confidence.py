"""Are the probabilities of shown lines true, and what does staying silent buy? Calibration error and precision/coverage.

A predictor that answers only where it is sure is right more often. Rows: the threshold at which a share of the lines is
answered, and the exact match among those. The expected calibration error is the mean distance between probability and
share of right lines over ten bins of equal size (Naeini et al. 2015; Guo et al. 2017, arXiv 1706.04599). It fits
nothing (`rtlgen.train.listwise` does).

    rtlgen eval rtl-repo --samples pipeline.samples.jsonl --data dev.jsonl
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rtlgen.evaluate.intervals import Interval, wilson

BINS = 10
COVERAGES = tuple(range(10, 101, 10))


@dataclass(frozen=True)
class CoverageRow:
    """Lines answered when silent below `threshold`: their share and exact match in percent, with its 95 % interval."""

    coverage: int
    threshold: float
    lines: int
    precision: float
    interval: Interval


@dataclass(frozen=True)
class Confidence:
    """`count` predictions with a probability; `mean` of them and `calibration_error` in percent."""

    count: int
    mean: float
    calibration_error: float
    rows: tuple[CoverageRow, ...]


def confidence_of(told: Sequence[tuple[float, bool]]) -> Confidence | None:
    """Figures of (probability, right) pairs, or None without any."""
    if not told:
        return None
    ordered = sorted(told, key=lambda pair: -pair[0])
    rows = []
    for coverage in COVERAGES:
        shown = ordered[: max(1, round(len(ordered) * coverage / 100))]
        right = sum(hit for _, hit in shown)
        low, high = wilson(right, len(shown))
        rows.append(
            CoverageRow(
                coverage,
                round(shown[-1][0], 4),
                len(shown),
                round(100 * right / len(shown), 2),
                (round(100 * low, 2), round(100 * high, 2)),
            )
        )
    mean = 100 * sum(chance for chance, _ in told) / len(told)
    return Confidence(len(told), round(mean, 2), round(_calibration_error(ordered), 2), tuple(rows))


def _calibration_error(ordered: Sequence[tuple[float, bool]]) -> float:
    """Percent; bins hold as equally many lines as they can."""
    total = 0.0
    bins = min(BINS, len(ordered))
    for number in range(bins):
        part = ordered[number * len(ordered) // bins : (number + 1) * len(ordered) // bins]
        total += abs(sum(chance for chance, _ in part) - sum(hit for _, hit in part))
    return 100 * total / len(ordered)


def rows_of(confidence: Confidence) -> list[list[str]]:
    """The table's cells: lines shown, silent below, how many, exact match of those, interval."""
    return [
        [
            f"{row.coverage} %",
            f"{row.threshold:.3f}",
            str(row.lines),
            f"{row.precision:.2f}",
            f"{row.interval[0]:.1f}..{row.interval[1]:.1f}",
        ]
        for row in confidence.rows
    ]


HEAD = ("share answered", "silent below", "lines", "EM", "95 %")
