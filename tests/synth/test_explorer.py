"""States, transitions and scores against a plain ABC that runs a script through; and what a search is charged."""

from __future__ import annotations

import contextlib
import random
import re
from pathlib import Path

import pytest

from rtlgen.core.process import Limits, run
from rtlgen.core.scratch import scratch
from rtlgen.core.store import Store
from rtlgen.core.tools import find
from rtlgen.synth.abc import AbcError, AbcProcess, AbcTimeout
from rtlgen.synth.circuit import Circuit, read_circuit
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.library import Library, library
from rtlgen.synth.qor import Objective, parse_timed
from rtlgen.synth.recipe import PUBLISHED, Recipe, parse
from rtlgen.synth.search import STRATEGIES, strategy
from rtlgen.synth.search.tracker import BudgetSpent, Tracker


def plain(circuit: Circuit, target: Library, recipe: Recipe, folder: Path) -> tuple[int, float, float]:
    """(gates, area, delay) by one process that reads everything and runs the recipe through."""
    (folder / "plain.aig").write_bytes(circuit.aiger)
    script = f"read_lib -w {target.files[0]}; read_aiger plain.aig; {target.script_of(recipe)}"
    done = run([str(find("yosys-abc").path), "-s", "-c", script], cwd=folder, limits=Limits(wall_s=60))
    return parse_timed(re.sub(r"\x1b\[[0-9;]*m", "", done.stdout))


def test_figures_are_those_of_a_plain_script(
    explorer: Explorer, knot: Circuit, generic: Library, tmp_path: Path
) -> None:
    chance = random.Random(3)
    recipes = [Recipe(tuple(chance.choice(PUBLISHED) for _ in range(6))) for _ in range(5)]
    recipes += [parse("resyn2"), parse("dc2; dc2; dch"), parse("compress2rs; dch"), parse("")]
    for recipe in recipes:
        qor = explorer.evaluate(recipe)
        assert qor is not None
        assert (qor.gates, qor.area, qor.delay) == plain(knot, generic, recipe, tmp_path), recipe.script


@pytest.mark.needs_data
def test_it_makes_no_difference_what_was_asked_before(data_dir: Path, tmp_path: Path) -> None:
    """`resub` follows the order of fan-outs, which an AIG that was read again has lost."""
    circuit = read_circuit(data_dir / "circuits" / "epfl" / "ctrl.aig", tmp_path)
    chance = random.Random(5)
    recipes = [Recipe(tuple(chance.choice(PUBLISHED) for _ in range(10))) for _ in range(20)]
    with (
        scratch() as one,
        scratch() as other,
        Explorer(circuit, library(lut=6), one) as whole,
        Explorer(circuit, library(lut=6), other) as prefixes,
    ):
        for recipe in recipes:
            for length in range(len(recipe)):
                prefixes.walk(Recipe(recipe.steps[:length]))
            assert prefixes.walk(recipe) == whole.walk(recipe), recipe.script


def test_nothing_is_computed_twice_and_equal_states_are_one(explorer: Explorer) -> None:
    recipe = parse("balance; rewrite; balance; balance")
    first = explorer.evaluate(recipe)
    before = (explorer.counts.transitions, explorer.counts.scores)
    assert explorer.evaluate(recipe) == first
    assert (explorer.counts.transitions, explorer.counts.scores) == before
    state, _ = explorer.walk(parse("rewrite"))
    assert state == explorer.walk(parse("rewrite; rewrite; rewrite"))[0]  # it finds nothing the second time


def test_a_store_answers_a_later_run(knot: Circuit, generic: Library, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with scratch() as work, Explorer(knot, generic, work, store=store) as explorer:
        first = explorer.evaluate(parse("resyn2"))
    with scratch() as work, Explorer(knot, generic, work, store=store) as again:
        assert again.evaluate(parse("resyn2")) == first
        assert again.counts.scores == 0


def test_luts_are_counted(knot: Circuit) -> None:
    with scratch() as work, Explorer(knot, library(lut=6), work) as explorer:
        four, six = None, explorer.score(explorer.root)
    with scratch() as work, Explorer(knot, library(lut=4), work) as explorer:
        four = explorer.score(explorer.root)
    assert four is not None and six is not None and four.area > six.area > 0 and six.delay <= four.delay


def test_a_command_that_fails_or_hangs_costs_only_itself(tmp_path: Path, knot: Circuit) -> None:
    (tmp_path / "k.aig").write_bytes(knot.aiger)
    with AbcProcess(tmp_path) as process:
        with pytest.raises(AbcError, match="unknown command 'no_such'"):
            process.run("no_such")
        assert "and =" in process.run("read_aiger k.aig; print_stats")
        with pytest.raises(AbcTimeout, match="had not finished"):
            process.run("sleep 5", seconds=0.2)
        assert "and =" in process.run("read_aiger k.aig; print_stats")
        assert process.starts == 2
        process._child.kill()  # type: ignore[union-attr]
        with pytest.raises(AbcError):
            process.run("print_stats")
        assert "and =" in process.run("read_aiger k.aig; print_stats")


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_keeps_to_its_budget_and_is_the_same_again(explorer: Explorer, name: str) -> None:
    def once() -> Tracker:
        tracker = Tracker(explorer, Objective(), budget=12, seed=5, length=4)
        with contextlib.suppress(BudgetSpent):
            strategy(name)(tracker)
        return tracker

    first, second = once(), once()
    assert 0 < first.spent <= 12 and first.best is not None
    assert [(s.recipe, s.value) for s in first.scored] == [(s.recipe, s.value) for s in second.scored]
    assert first.best.value == min(s.value for s in first.scored)
    if name in ("anneal", "genetic", "mcts"):
        assert first.spent == 12


def test_a_known_state_costs_nothing_and_an_empty_budget_everything(explorer: Explorer) -> None:
    tracker = Tracker(explorer, Objective(), budget=1)
    value = tracker.value(["rewrite"])
    assert tracker.value(["rewrite", "rewrite"]) == value and tracker.spent == 1
    with pytest.raises(BudgetSpent):
        tracker.value(["balance"])
    assert Tracker(explorer, Objective(), budget=0).best is None
