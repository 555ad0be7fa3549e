"""Means, pairs, speed-ups and per-circuit bests against numbers worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from rtlgen.evaluate.recipes import Run
from rtlgen.evaluate.recipes_records import SearchRecord, from_json
from rtlgen.evaluate.recipes_statistics import (
    best_of,
    curve_of,
    milestones,
    pair,
    reached,
    seed_interval,
    statistics,
    tabled,
)

BASE = 1000.0


def record(
    circuit: str, strategy: str, seed: int, percent: Sequence[tuple[int, float]], error: str = ""
) -> SearchRecord:
    """A search whose best was smaller by so many percent after so many scores."""
    curve = tuple((number, BASE * (1 - share / 100)) for number, share in percent)
    reduction = percent[-1][1] / 100 if percent else 0.0
    return SearchRecord(
        circuit,
        "d",
        10,
        2,
        strategy,
        seed,
        "c",
        error=error,
        baseline=BASE,
        reduction=reduction,
        curve=curve,
        spent=18,
        seconds=1.0,
        alone=2.0 + seed,
    )


RECORDS = (
    record("one", "a", 0, [(1, -5.0), (2, 10.0), (9, 20.0)]),
    record("one", "a", 1, [(1, 10.0)]),
    record("one", "b", 0, [(1, 1.0), (4, 12.0)]),
    record("one", "b", 1, [(2, 14.0)]),
    record("two", "a", 0, [(1, 4.0)]),
    record("two", "a", 1, [(1, 6.0)]),
    record("two", "b", 0, [(1, 5.0)]),
    record("two", "b", 1, [(1, 5.04)]),
    record("three", "a", 0, [(1, 50.0)]),
    record("three", "a", 1, [(1, 50.0)]),
    record("three", "b", 0, [(1, 50.0)]),
    record("three", "b", 1, [], error="ABC failed"),
)


def run_of(records: Sequence[SearchRecord], strategies: tuple[str, ...] = ("a", "b")) -> Run:
    return Run(tuple(records), strategies, 2, 18, 10, "product", "lut6", False, {}, Path("out"))


def test_means_over_circuits_of_means_over_seeds() -> None:
    found = statistics(run_of(RECORDS))
    assert (found.circuits, found.left_out) == (("one", "two"), ("three",))
    assert found.per_circuit["one"] == {"a": pytest.approx(0.15), "b": pytest.approx(0.13)}
    first, second = found.standings
    assert (first.strategy, second.strategy) == ("a", "b")
    assert first.mean == pytest.approx((0.15 + 0.05) / 2)
    assert second.mean == pytest.approx((0.13 + 0.0502) / 2)
    assert (first.seconds, first.alone) == (1.0, 2.5)
    assert found.errors == ("three, b, seed 1: ABC failed",)


def test_curves_and_milestones() -> None:
    assert milestones(100) == (11, 25, 50, 100) and milestones(2) == (1, 2)
    assert curve_of(RECORDS[0], 10) == pytest.approx([-0.05] + [0.1] * 7 + [0.2] * 2)
    assert curve_of(RECORDS[3], 3) == pytest.approx(
        [-1.0, 0.14, 0.14]
    )  # nothing was scored before the second
    found = statistics(run_of(RECORDS))
    # one: (-5 + 10) / 2, two: (4 + 6) / 2 after one score; one: (10 + 10) / 2 after two
    assert found.curves["a"][0] == pytest.approx((0.025 + 0.05) / 2)
    assert found.standings[0].at[2] == pytest.approx((0.10 + 0.05) / 2)
    assert found.standings[0].at[18] == pytest.approx(found.standings[0].mean)


def test_pairs_are_circuit_by_circuit() -> None:
    table = tabled(RECORDS)
    found = pair("a", "b", table, ["one", "two"])
    assert found.difference == pytest.approx((0.02 - 0.0002) / 2)
    assert (found.wins, found.ties, found.losses) == (1, 1, 0)  # two: 5.00 against 5.02, a tie
    assert found.by_circuit == (pytest.approx(-0.0002), pytest.approx(0.02))  # only two circuits to draw from
    # one: a is 10, 15 or 20 and b 12, 13 or 14; two: a is 4, 5 or 6
    assert -0.0253 <= found.by_seed[0] < 0.0 < found.by_seed[1] <= 0.0451


def test_the_interval_by_seed_has_the_width_of_the_mean() -> None:
    groups = [[float(number % 5) for number in range(40)] for _ in range(25)]
    low, high = seed_interval(groups)
    # 1000 draws of a variance of 2: a standard error of sqrt(2 / 1000)
    assert high - low == pytest.approx(3.92 * (2 / 1000) ** 0.5, rel=0.15)
    assert low < 2.0 < high and seed_interval(groups) == (low, high)
    flat = seed_interval([[1.0, 1.0], [3.0]], [[0.5], [0.5, 0.5]])
    assert flat == (1.5, 1.5)


def test_speed_up_at_equal_quality() -> None:
    found = statistics(run_of(RECORDS))
    by_name = {(entry.first, entry.second): entry for entry in found.speed_ups}
    ours = by_name["a", "b"]
    # b ends at 9.01 %; the mean of a is 7.5 % after two scores and 10 % after nine
    assert (ours.quality, ours.needed, ours.factor) == (pytest.approx(0.0901), 9, 2.0)
    assert (ours.circuits, ours.claimed) == (1, 0)  # on `two` a ends below 5.02 %
    assert by_name["b", "a"].needed is None and by_name["b", "a"].factor is None
    assert reached((0.1, 0.2), 0.2) == 2 and reached((0.1,), 0.2) is None


def test_the_best_of_the_others_is_taken_for_each_circuit() -> None:
    records = [*RECORDS[:8], record("one", "c", 0, [(1, 13.0)]), record("two", "c", 0, [(1, 0.0)])]
    found = best_of("a", ["a", "b", "c"], tabled(records), ["one", "two"])
    # one: max(12, 13), max(14, 13); two: max(5, 0), max(5.04, 0)
    assert found.once == pytest.approx((0.135 + 0.0502) / 2)
    assert found.ever == pytest.approx((0.14 + 0.0504) / 2)
    assert found.against_once == pytest.approx(0.10 - found.once)
    assert found.others == ("b", "c")
    wide = best_of(
        "a", ["a", "a:wide", "b"], tabled([*RECORDS[:8], record("one", "a:wide", 0, [(1, 90.0)])]), ["one"]
    )
    assert wide.others == ("b",)


def test_without_a_whole_circuit_there_are_no_standings() -> None:
    found = statistics(run_of([record("one", "a", 0, [(1, 1.0)])]))
    assert (found.standings, found.left_out) == ((), ("one",))


def test_a_record_survives_json() -> None:
    from rtlgen.core.records import to_json

    assert from_json(to_json(RECORDS[0]) | {"added later": 1}) == RECORDS[0]
    with pytest.raises(TypeError):
        from_json({"circuit": "one"})
