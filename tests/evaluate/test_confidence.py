"""Calibration error and precision at coverage, on numbers that can be worked out by hand."""

from __future__ import annotations

import pytest

from rtlgen.evaluate.confidence import confidence_of, rows_of


def test_true_probabilities_have_no_error() -> None:
    told = [(0.9, number % 10 > 0) for number in range(100)]
    found = confidence_of(told)
    assert found is not None
    assert found.count == 100
    assert found.mean == 90
    assert found.calibration_error == pytest.approx(0, abs=1e-9)


def test_too_sure_is_an_error_of_its_size() -> None:
    found = confidence_of([(1.0, number % 2 == 0) for number in range(100)])
    assert found is not None
    assert found.calibration_error == 50


def test_silence_below_a_threshold_keeps_the_sure_ones() -> None:
    told = [(0.8, True)] * 30 + [(0.3, False)] * 60 + [(0.5, True)] * 10
    found = confidence_of(told)
    assert found is not None
    rows = {row.coverage: row for row in found.rows}
    assert (rows[30].threshold, rows[30].lines, rows[30].precision) == (0.8, 30, 100)
    assert (rows[50].threshold, rows[50].precision) == (0.3, 80)
    assert rows[100].precision == 40
    assert rows[30].interval[0] > 85
    assert rows_of(found)[-1][:4] == ["100 %", "0.300", "100", "40.00"]


def test_nothing_told_nothing_found() -> None:
    assert confidence_of([]) is None
    one = confidence_of([(0.5, True)])
    assert one is not None
    assert {row.lines for row in one.rows} == {1}
