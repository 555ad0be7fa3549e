"""The wide search: within its budget, reproducible, better than the fixed scripts, for every target and objective."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from rtlgen.core.scratch import scratch
from rtlgen.synth.circuit import Circuit
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.library import Library, library
from rtlgen.synth.qor import Objective
from rtlgen.synth.recipe import Recipe, parse
from rtlgen.synth.search import strategy
from rtlgen.synth.search.structure import Structure
from rtlgen.synth.search.surrogate import Prior
from rtlgen.synth.search.tracker import BudgetSpent, Tracker
from rtlgen.synth.search.wide_engines import suited
from rtlgen.synth.search.wide_guess import Guess
from rtlgen.synth.search.wide_tails import cells, luts


def searched(
    explorer: Explorer,
    budget: int,
    *,
    seed: int = 1,
    objective: Objective | None = None,
    name: str = "portfolio",
) -> Tracker:
    tracker = Tracker(explorer, objective or Objective(), budget=budget, seed=seed, wide=True)
    with contextlib.suppress(BudgetSpent):
        strategy(name)(tracker)
    return tracker


def said(tracker: Tracker) -> list[tuple[str, float]]:
    return [(entry.recipe.script, entry.value) for entry in tracker.scored]


def test_better_than_the_fixed_scripts_at_the_same_budget(explorer: Explorer) -> None:
    best = []
    for name in ("portfolio", "fixed"):
        tracker = searched(explorer, 24, name=name)
        assert tracker.spent <= 24
        assert tracker.best is not None
        best.append(tracker.best.value)
    assert best[0] < best[1]


def test_two_processes_give_the_same_search_as_one(
    knot: Circuit, generic: Library, explorer: Explorer
) -> None:
    with scratch() as work, Explorer(knot, generic, work, jobs=2) as pair:
        both = said(searched(pair, 10))
    assert both == said(searched(explorer, 10))
    assert both != said(searched(explorer, 10, seed=2))


@pytest.mark.parametrize("name", ["area", "delay"])
def test_each_objective_gets_smaller_than_with_resyn2(explorer: Explorer, name: str) -> None:
    tracker = searched(explorer, 10, objective=Objective(name))
    assert tracker.best is not None
    assert tracker.best.value < tracker.objective.value(tracker.baseline)


def test_a_bound_on_the_delay_is_kept(explorer: Explorer) -> None:
    fast = searched(explorer, 10, objective=Objective("delay")).best
    assert fast is not None
    bound = fast.qor.delay * 1.3
    best = searched(explorer, 20, objective=Objective("area", bound)).best
    assert best is not None
    assert best.qor.delay <= bound
    assert best.qor.area <= fast.qor.area


def test_luts_are_fewer_than_with_resyn2(knot: Circuit) -> None:
    with scratch() as work, Explorer(knot, library(lut=6), work) as explorer:
        tracker = searched(explorer, 12, objective=Objective("area"))
    assert tracker.best is not None
    assert tracker.best.qor.area < tracker.baseline.area
    assert "map" not in tracker.best.recipe.script


@pytest.mark.parametrize("nodes", [100, 5_000, 50_000])
def test_every_engine_and_every_tail_is_a_recipe(generic: Library, nodes: int) -> None:
    for target in (generic, library(lut=4)):
        engines = suited(nodes, cells=target.lut is None, inputs=10, lut=target.lut or 6)
        for engine in engines:
            transitions, tail = parse(engine.script).split()
            assert transitions, engine.script
            assert not tail, engine.script
        for each in cells(nodes) if target.lut is None else luts(4, nodes):
            target.script_of(Recipe(each.steps))


def test_big_circuits_get_fewer_engines_and_tails() -> None:
    assert len(suited(50_000, cells=True)) < len(suited(1_000, cells=True, inputs=10))
    assert len(cells(50_000)) < len(cells(1_000))


def test_sizes_can_be_recovered_down_to_a_delay() -> None:
    tail = next(tail for tail in cells(100) if tail.parts[-1].text == "upsize -R 2; dnsize")
    assert tail.sized(123.4).steps[-1] == "dnsize -D 123"
    assert tail.sized(123.4).sized(200.0).steps[-2:] == ("upsize -R 2", "dnsize -D 200")
    plain = next(tail for tail in cells(100) if not tail.parts[-1].text)
    assert plain.sized(123.4) == plain


def made(seed: int, nodes: int) -> Structure:
    gates = np.unique(np.random.Generator(np.random.PCG64(seed)).integers(0, 1 << 20, nodes))
    return Structure(nodes, 10, gates.astype(np.int32))


def test_a_guess_learns_which_tail_suits() -> None:
    tails, likeness = np.zeros(3), 0.8 * np.eye(3) + 0.2
    guess = Guess(Prior(1.0, 0.0), made(0, 300), tails, likeness)
    guess.add([made(seed, 300) for seed in range(4)])
    for state in range(3):
        for tail in range(3):
            guess.score(state, tail, -0.4 if tail == 1 else 0.1)
    guess.fit()
    means = guess.means()
    assert means.shape == (4, 3)
    assert int(np.argmin(means[3])) == 1
    known, unknown = guess.spreads([(0, 0), (3, 0)])
    assert known < unknown
