"""pass@k against counting by hand, and the means of a benchmark."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import combinations

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.pass_at_k import (
    Count,
    difference,
    figure,
    macro_mean,
    pass_at_k,
    published_mean,
)


def by_enumeration(samples: int, passed: int, k: int) -> Fraction:
    """The share of all choices of k samples that hold one of the first `passed`."""
    chosen = list(combinations(range(samples), k))
    return Fraction(sum(any(sample < passed for sample in choice) for choice in chosen), len(chosen))


@pytest.mark.parametrize("samples", range(1, 9))
def test_pass_at_k_is_the_share_of_all_choices(samples: int) -> None:
    for passed in range(samples + 1):
        for k in range(1, samples + 1):
            expected = float(by_enumeration(samples, passed, k))
            assert pass_at_k(samples, passed, k) == pytest.approx(expected, abs=1e-12)


def test_pass_at_k_of_random_large_counts_is_the_ratio_of_binomials() -> None:
    draw = random.Random(7)
    for _ in range(300):
        samples = draw.randint(1, 4000)
        passed, k = draw.randint(0, samples), draw.randint(1, samples)
        exact = 1 - Fraction(math.comb(samples - passed, k), math.comb(samples, k))
        value = pass_at_k(samples, passed, k)
        assert value == pytest.approx(float(exact), abs=1e-9)
        assert value is not None and 0.0 <= value <= 1.0


def test_pass_at_k_rises_with_k_and_with_passed() -> None:
    draw = random.Random(8)
    for _ in range(200):
        samples = draw.randint(2, 60)
        passed, k = draw.randint(0, samples - 1), draw.randint(1, samples - 1)
        value, more_k = pass_at_k(samples, passed, k), pass_at_k(samples, passed, k + 1)
        more_passed = pass_at_k(samples, passed + 1, k)
        assert value is not None and more_k is not None and more_passed is not None
        assert value <= more_k + 1e-12 and value <= more_passed + 1e-12


def test_pass_at_k_has_no_bias() -> None:
    """The mean over drawn sets of 6 samples is the true chance of 4 samples with p = 0.3."""
    p, samples, k = 0.3, 6, 4
    chance = [math.comb(samples, c) * p**c * (1 - p) ** (samples - c) for c in range(samples + 1)]
    mean = sum(weight * (pass_at_k(samples, c, k) or 0.0) for c, weight in enumerate(chance))
    assert mean == pytest.approx(1 - (1 - p) ** k, abs=1e-12)


def test_more_than_there_are_is_not_defined() -> None:
    assert pass_at_k(5, 5, 6) is None
    assert pass_at_k(0, 0, 1) is None
    assert pass_at_k(5, 5, 5) == 1.0


@pytest.mark.parametrize(("samples", "passed", "k"), [(5, 6, 1), (5, -1, 1), (5, 1, 0)])
def test_impossible_counts_are_refused(samples: int, passed: int, k: int) -> None:
    with pytest.raises(ValueError, match="pass@"):
        pass_at_k(samples, passed, k)


def test_impossible_count_record_is_refused() -> None:
    with pytest.raises(ValueError, match="3 passed of 4, 2 missing"):
        Count("p", 4, 3, missing=2)


COUNTS = [Count("a", 20, 20), Count("b", 20, 7), Count("c", 20, 0), Count("d", 20, 1)]


def test_figure_is_the_mean_over_problems() -> None:
    assert figure(COUNTS, 1).value == pytest.approx((100 + 35 + 0 + 5) / 4)
    expected = sum(float(by_enumeration(20, c.passed, 2)) for c in COUNTS) / 4
    assert figure(COUNTS, 2).value == pytest.approx(100 * expected)


def test_interval_is_of_the_seed_and_holds_the_value() -> None:
    draw = random.Random(3)
    counts = [Count(str(i), 10, draw.randint(0, 10)) for i in range(156)]
    found = figure(counts, 1, seed=5)
    assert found == figure(counts, 1, seed=5)
    assert found.interval != figure(counts, 1, seed=6).interval
    assert found.value is not None and found.interval is not None
    low, high = found.interval
    assert low < found.value < high
    rates = [10.0 * count.passed for count in counts]
    spread = math.sqrt(sum((rate - found.value) ** 2 for rate in rates) / len(rates) / len(rates))
    assert high - low == pytest.approx(2 * 1.96 * spread, rel=0.1)


def test_figure_is_not_defined_when_one_problem_has_too_few() -> None:
    found = figure([*COUNTS, Count("e", 4, 2)], 5)
    assert (found.value, found.interval, found.fewest) == (None, None, 4)
    assert (figure([], 1).value, figure([], 1).problems) == (None, 0)


def test_missing_samples_do_not_pass() -> None:
    assert figure([Count("a", 4, 2, missing=2)], 1).value == pytest.approx(50.0)


def test_means_with_and_without_the_floor() -> None:
    counts = [Count("a", 3, 1), Count("b", 3, 2), Count("c", 50, 29)]
    assert macro_mean(counts) == pytest.approx((100 / 3 + 200 / 3 + 58) / 3)
    assert published_mean(counts) == pytest.approx((33 + 66 + 57) / 3)


def test_published_mean_leaves_out_problems_without_a_sample() -> None:
    counts = [Count("a", 4, 4), Count("b", 4, 0, missing=4), Count("c", 0, 0)]
    assert published_mean(counts) == 100.0
    assert macro_mean(counts) == pytest.approx(100 / 3)


def test_means_of_nothing() -> None:
    assert math.isnan(macro_mean([])) and math.isnan(published_mean([Count("a", 2, 0, missing=2)]))


def test_difference_is_paired_by_problem() -> None:
    draw = random.Random(1)
    first = [Count(str(i), 10, draw.randint(1, 9)) for i in range(100)]
    second = [Count(c.problem, 10, c.passed - 1) for c in reversed(first)]
    found = difference(first, second, 1)
    assert found.value == pytest.approx(10.0)
    assert found.interval == pytest.approx((10.0, 10.0)), "paired: the problems' own spread is gone"
    assert (found.better, found.worse, found.problems) == (100, 0, 100)


def test_difference_of_other_problems_is_refused() -> None:
    with pytest.raises(UsageError, match=r"2 are in one only \(a, e\)"):
        difference(COUNTS, [*COUNTS[1:], Count("e", 20, 0)], 1)


def test_difference_at_a_k_that_is_too_big_is_refused() -> None:
    with pytest.raises(UsageError, match="fewer than 21 samples"):
        difference(COUNTS, COUNTS, 21)
