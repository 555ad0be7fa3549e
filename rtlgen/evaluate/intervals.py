"""95 % intervals of the figures that benchmarks print.

`wilson` is for shares of yes and no (Wilson 1927). `bootstrap_mean` draws the lines again,
`cluster_bootstrap_mean` draws whole repositories again: lines of one repository resemble each other, so its
interval is the honest one for "another repository", and with fewer than about ten repositories it is itself
rough. `paired_difference` compares two predictors on the same lines. Percentile bootstrap, seeded; no
correction for multiple comparisons.

    python -c "from rtlgen.evaluate.intervals import wilson; print(wilson(97, 200))"
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any

Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""
RESAMPLES = 2000
"""Bootstrap draws."""

Interval = tuple[float, float]


def wilson(successes: int, count: int, z: float = Z) -> Interval:
    """Wilson score interval of the share `successes / count`, both ends in 0..1. (0, 1) when `count` is 0."""
    if not 0 <= successes <= count:
        raise ValueError(f"{successes} successes of {count}")
    if count == 0:
        return 0.0, 1.0
    share = successes / count
    centre = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def bootstrap_mean(values: Sequence[float], *, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """95 % percentile interval of the mean of `values`, drawn again line by line; (nan, nan) of nothing."""
    return cluster_bootstrap_mean(values, range(len(values)), seed=seed, resamples=resamples)


def cluster_bootstrap_mean(
    values: Sequence[float], clusters: Sequence[Hashable], *, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """95 % percentile interval of the mean of `values` when whole clusters are drawn again.

    Args:
        values: one figure a line.
        clusters: the cluster (repository) of every line, as long as `values`.
        seed: of the draws.
        resamples: number of draws.
    """
    import numpy as np

    if len(values) != len(clusters):
        raise ValueError(f"{len(values)} values, {len(clusters)} clusters")
    if not values:
        return math.nan, math.nan
    index = {cluster: i for i, cluster in enumerate(dict.fromkeys(clusters))}
    member = np.fromiter((index[cluster] for cluster in clusters), dtype=np.int64, count=len(clusters))
    sums = np.bincount(member, weights=np.asarray(values, dtype=np.float64))  # (clusters,)
    sizes = np.bincount(member).astype(np.float64)
    generator: Any = np.random.default_rng(seed)
    means = np.empty(resamples)
    for start in range(0, resamples, 100):  # 100 draws at a time: (100, clusters)
        drawn = generator.integers(0, len(index), size=(min(100, resamples - start), len(index)))
        means[start : start + len(drawn)] = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def paired_difference(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[float, Interval]:
    """Mean of `first - second` on the same lines, and its 95 % bootstrap interval, by cluster if given."""
    if len(first) != len(second):
        raise ValueError(f"{len(first)} figures against {len(second)}")
    differences = [a - b for a, b in zip(first, second, strict=True)]
    groups = clusters if clusters is not None else range(len(differences))
    mean = math.fsum(differences) / len(differences) if differences else math.nan
    return mean, cluster_bootstrap_mean(differences, groups, seed=seed, resamples=resamples)
