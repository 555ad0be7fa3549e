"""Minimal sums of products: equal to the function, and as small as the textbook's."""

from __future__ import annotations

import random

import pytest

from rtlgen.datasets.spec_pairs.combinational.sums import cover, primes, product, sum_body


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_cover_is_the_function_wherever_it_is_decided(count: int) -> None:
    rng = random.Random(count)
    for _ in range(60):
        rows = range(1 << count)
        ones = {row for row in rows if rng.random() < 0.5}
        opened = {row for row in rows if rng.random() < 0.2} - ones
        terms = cover(count, ones, opened)
        covered = {row for row in rows for value, mask in terms if row & mask == value}
        assert ones <= covered <= ones | opened


def test_primes_of_a_textbook_example() -> None:
    assert set(primes(3, {0, 1, 2, 5, 6, 7}, ())) == {(0, 6), (0, 5), (1, 3), (2, 3), (5, 5), (6, 6)}
    assert len(cover(3, {0, 1, 2, 5, 6, 7})) == 3
    assert cover(2, {0, 1, 2, 3}) == [(0, 0)]


def test_open_rows_make_products_shorter() -> None:
    assert cover(2, {3}) == [(3, 3)]
    assert cover(2, {3}, {1}) == [(1, 1)]


def test_products_name_the_first_variable_first() -> None:
    assert product(["a", "b", "c"], 0b101, 0b111) == "a & ~b & c"
    assert product(["a", "b", "c"], 0b100, 0b101) == "a & ~c"


def test_a_sum_is_one_assign() -> None:
    found = {sum_body(random.Random(k), ["a", "b"], "y", {1, 2}) for k in range(20)}
    assert found == {"  assign y = (a & ~b) | (~a & b);\n", "  assign y = (~a & b) | (a & ~b);\n"}
    assert sum_body(random.Random(1), ["a"], "y", {1}) == "  assign y = a;\n"
