"""Intervals against textbook values, and the properties that make them honest."""

from __future__ import annotations

import math

import pytest

from rtlgen.evaluate.intervals import bootstrap_mean, cluster_bootstrap_mean, paired_difference, wilson


def test_wilson_known_values() -> None:
    low, high = wilson(97, 200)  # RTL-Repo's GPT-4 row
    assert (round(100 * low, 1), round(100 * high, 1)) == (41.7, 55.4)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(0, 10)[1] == pytest.approx(0.2775, abs=1e-4)
    assert wilson(10, 10)[1] == pytest.approx(1.0)
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("successes", "count"), [(-1, 3), (4, 3)])
def test_wilson_refuses_nonsense(successes: int, count: int) -> None:
    with pytest.raises(ValueError, match=f"{successes} successes of {count}"):
        wilson(successes, count)


def test_bootstrap_is_seeded_and_covers_the_mean() -> None:
    values = [float(i % 7) for i in range(300)]
    first = bootstrap_mean(values, seed=3)
    assert first == bootstrap_mean(values, seed=3)
    assert first != bootstrap_mean(values, seed=4)
    mean = sum(values) / len(values)
    assert first[0] < mean < first[1]
    # the standard error of the mean is 2 / sqrt(300): the interval is about 4 of them wide
    assert first[1] - first[0] == pytest.approx(3.92 * 2 / math.sqrt(300), rel=0.1)


def test_clusters_of_equal_lines_widen_the_interval() -> None:
    values = [float(cluster % 2) for cluster in range(10) for _ in range(50)]
    clusters = [cluster for cluster in range(10) for _ in range(50)]
    by_line = bootstrap_mean(values)
    by_cluster = cluster_bootstrap_mean(values, clusters)
    assert by_cluster[1] - by_cluster[0] > 4 * (by_line[1] - by_line[0])


def test_empty_and_mismatched() -> None:
    assert all(math.isnan(end) for end in bootstrap_mean([]))
    with pytest.raises(ValueError, match="2 values, 1 clusters"):
        cluster_bootstrap_mean([1.0, 2.0], ["a"])
    with pytest.raises(ValueError, match="1 figures against 2"):
        paired_difference([1.0], [1.0, 2.0])


def test_paired_difference_sees_what_unpaired_intervals_hide() -> None:
    hard = [float(i % 100) for i in range(400)]
    better = [value + 1 for value in hard]
    mean, (low, high) = paired_difference(better, hard)
    assert mean == pytest.approx(1.0)
    assert (low, high) == pytest.approx((1.0, 1.0))
    a, b = bootstrap_mean(better), bootstrap_mean(hard)
    assert a[0] < b[1]
