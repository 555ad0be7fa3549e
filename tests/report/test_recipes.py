"""Tables of a comparison: what is marked, what is said beside them, and published figures only of the same circuit."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from rtlgen.evaluate.recipes import Run
from rtlgen.evaluate.recipes_published import ROWS, SIZES
from rtlgen.evaluate.recipes_records import SearchRecord
from rtlgen.evaluate.recipes_statistics import statistics
from rtlgen.report.recipes import as_text, progress_line


def record(circuit: str, strategy: str, share: float, **more: object) -> SearchRecord:
    base = SearchRecord(
        circuit,
        "d",
        735,
        42,
        strategy,
        0,
        "c",
        baseline=100.0,
        reduction=share,
        curve=((1, 100.0 * (1 - share)),),
    )
    return dataclasses.replace(base, **more)  # type: ignore[arg-type]


def text_of(*records: SearchRecord, **more: object) -> str:
    names = tuple(dict.fromkeys(record.strategy for record in records))
    run = Run(records, names, 1, 100, 10, "product", "asap7", False, {"yosys-abc": "1.1 f"}, Path())
    run = dataclasses.replace(run, **more)  # type: ignore[arg-type]
    return as_text(run, statistics(run))


def test_published_figures_only_of_the_same_circuit() -> None:
    same = text_of(record("alu4", "random", 0.2))
    assert "| ABC-RL          |       20.9 | 19.9 |" in same
    other = text_of(record("alu4", "random", 0.2, nodes=736))
    assert "| ABC-RL          |       20.9 |\n" in other
    assert "published" not in text_of(record("alu4", "random", 0.2), objective="area")


def test_published_means_are_those_of_their_rows() -> None:
    for row in ROWS:
        if row.percent:
            assert len(row.percent) == len(SIZES) == 12
            assert abs(sum(row.percent) / 12 - row.mean) < 0.06
    assert [row.mean for row in ROWS] == sorted(row.mean for row in ROWS)


def test_what_is_marked_and_said() -> None:
    shown = text_of(
        record("x", "fixed", 0.1, outside=3), record("x", "deepsyn", 0.05), record("x", "random", 0.0)
    )
    assert "| fixed*" in shown and "that the protocol does not allow" in shown
    assert "not reproducible" in shown and "as if it had run alone" in shown
    assert "each search began with nothing known" in text_of(record("x", "random", 0.1), cold=True)


def test_what_is_missing_is_named() -> None:
    shown = text_of(record("x", "random", 0.1), record("y", "random", 0.1, error="ABC failed"))
    assert "not in the means, because searches are missing: y" in shown
    assert "1 searches failed:\n  y, random, seed 0: ABC failed" in shown
    many = text_of(*(record(f"c{n}", "random", 0.1, error="lost") for n in range(25)))
    assert "25 searches failed" in many and "and 5 more" in many and "strategy" not in many


def test_progress() -> None:
    assert progress_line(record("x", "random", 0.123, spent=7, seconds=1.26), 2, 9) == (
        "[2/9] x, random, seed 0: 12.3 % (7 scored, 1.3 s)"
    )
    assert (
        progress_line(record("x", "mcts", 0.0, error="ABC failed"), 3, 9)
        == "[3/9] x, mcts, seed 0: ABC failed"
    )
