"""Figures of a bits-per-byte run: by coder, by repository, and one coder against another on the same segments.

A figure is the sum of bits over the sum of bytes. Intervals are percentile bootstraps of that ratio, once drawing
segments and once drawing whole repositories again. Nothing is coded here.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rtlgen.evaluate.intervals import RESAMPLES, Interval


@dataclass(frozen=True)
class Coder:
    """Bits per byte of one coder over all segments, with 95 % intervals."""

    name: str
    bits_per_byte: float
    segments: Interval
    repositories: Interval


@dataclass(frozen=True)
class Against:
    """By how many per cent `first` is below (negative) `other` on the same segments, with 95 % intervals."""

    first: str
    other: str
    percent: float
    segments: Interval
    repositories: Interval


@dataclass(frozen=True)
class BitsReport:
    """All figures of a run."""

    coders: tuple[Coder, ...]
    against: tuple[Against, ...]
    by_repository: dict[str, dict[str, float]]
    """Repository -> ``bytes``, ``segments`` and bits per byte by coder."""
    segments: int
    size: int
    """Bytes of all segments."""
    tokens: int
    made_from: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def report(
    rows: Sequence[Mapping[str, Any]], coders: Sequence[str], made_from: Mapping[str, Any], seed: int = 0
) -> BitsReport:
    """The figures of `rows` (``repository``, ``size``, ``tokens``, ``bits`` by coder)."""
    sizes = [float(row["size"]) for row in rows]
    places: list[Hashable] = [row["repository"] for row in rows]
    bits = {name: [float(row["bits"][name]) for row in rows] for name in coders}
    found = tuple(
        Coder(
            name,
            sum(bits[name]) / sum(sizes),
            ratio_interval(bits[name], sizes, range(len(rows)), seed=seed),
            ratio_interval(bits[name], sizes, places, seed=seed),
        )
        for name in coders
    )
    ours = [name for name in ("mixture", "mixture-near", "model") if name in coders]
    others = [name for name in coders if name not in ours]
    pairs = [(first, other) for first in ours for other in others if sum(bits[other]) > 0]
    against = tuple(_against(first, other, bits, places, seed) for first, other in pairs)
    return BitsReport(
        found,
        against,
        _by_repository(rows, coders),
        len(rows),
        int(sum(sizes)),
        sum(row["tokens"] or 0 for row in rows),
        made_from,
    )


def _against(
    first: str, other: str, bits: Mapping[str, Sequence[float]], places: Sequence[Hashable], seed: int
) -> Against:
    mine, theirs = bits[first], bits[other]

    def percent(value: float) -> float:
        return 100 * (value - 1)

    by_segment = ratio_interval(mine, theirs, range(len(mine)), seed=seed)
    by_place = ratio_interval(mine, theirs, places, seed=seed)
    return Against(
        first,
        other,
        percent(sum(mine) / sum(theirs)),
        (percent(by_segment[0]), percent(by_segment[1])),
        (percent(by_place[0]), percent(by_place[1])),
    )


def _by_repository(rows: Sequence[Mapping[str, Any]], coders: Sequence[str]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name in sorted({str(row["repository"]) for row in rows}):
        mine = [row for row in rows if row["repository"] == name]
        size = sum(row["size"] for row in mine)
        found[name] = {"bytes": size, "segments": len(mine)}
        found[name].update({coder: sum(row["bits"][coder] for row in mine) / size for coder in coders})
    return found


def ratio_interval(
    above: Sequence[float],
    below: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval:
    """95 % percentile interval of ``sum(above) / sum(below)`` when whole clusters are drawn again."""
    import numpy as np

    index = {cluster: i for i, cluster in enumerate(dict.fromkeys(clusters))}
    member = np.array([index[cluster] for cluster in clusters])
    tops = np.bincount(member, weights=np.asarray(above, dtype=np.float64))
    bottoms = np.bincount(member, weights=np.asarray(below, dtype=np.float64))
    drawn = np.random.default_rng(seed).integers(0, len(index), size=(resamples, len(index)))
    lower = bottoms[drawn].sum(axis=1)
    some = lower > 0  # a draw of segments that all cost nothing has no ratio
    low, high = np.percentile(tops[drawn].sum(axis=1)[some] / lower[some], [2.5, 97.5])
    return float(low), float(high)
