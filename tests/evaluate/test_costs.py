"""The longest simulations are begun first: by what was measured, else by a guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.core.store import Store
from rtlgen.datasets.problem import Problem
from rtlgen.datasets.verilog_eval import load
from rtlgen.evaluate.costs import estimate, key, load_costs, longest_first, save_costs


def problem(folder: Path, name: str, test: str, reference: str = "") -> Problem:
    path = folder / f"{name}.sv"
    path.write_text(test)
    return Problem("verilog-eval", "t", name, "", "TopModule", reference, path, "tb", folder)


def test_guess_and_measurement(tmp_path: Path) -> None:
    short = problem(tmp_path, "short", "repeat (10) @(posedge clk);")
    long = problem(tmp_path, "long", "repeat(5000) @(posedge clk);")
    loops = problem(
        tmp_path, "loops", "repeat (5000) x;", "for (i = 0; i < 16; i++) for (j = 0; j < 16; j++)"
    )
    assert estimate(short) < estimate(long) < estimate(loops)
    assert longest_first([short, long, loops], {}) == [2, 1, 0]
    assert longest_first([short, long, loops], {key(short): 9.0}) == [0, 2, 1]
    assert longest_first([short, short, long], {}) == [2, 0, 1]


def test_costs_are_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert load_costs(store) == {}
    save_costs(store, {"verilog-eval/a": 1.23456, "verilog-eval/b": 2.0})
    save_costs(store, {"verilog-eval/b": 3.0})
    assert load_costs(store) == {"verilog-eval/a": 1.235, "verilog-eval/b": 3.0}


@pytest.mark.needs_data
def test_the_longest_of_the_benchmark_is_guessed(data_dir: Path) -> None:
    problems = load(data_dir / "verilog-eval")
    first = [problems[index].name[:7] for index in longest_first(problems, {})[:5]]
    assert first[0] == "Prob144"
    assert {"Prob082", "Prob141"} < set(first)
