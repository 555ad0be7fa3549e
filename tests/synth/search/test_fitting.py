"""What is learned from records of scored recipes, and the lesson that ships."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError, UsageError
from rtlgen.synth.qor import OBJECTIVES
from rtlgen.synth.recipe import PUBLISHED
from rtlgen.synth.search.fitting import Row, fit, rows
from rtlgen.synth.search.seeds import NEUTRAL, Lesson, dumped, loaded, shipped


def made(circuit: str, exponent: float, count: int = 60, seed: int = 0) -> list[Row]:
    """Recipes whose area is nodes ** exponent and whose delay is that of others."""
    chance, found = random.Random(seed), []
    for _ in range(count):
        steps = tuple(chance.choice(PUBLISHED) for _ in range(4))
        nodes, levels = chance.randrange(200, 400), chance.randrange(10, 20)
        found.append(Row(circuit, steps, nodes, levels, nodes**exponent, 100.0))
    return found


def test_exponents_are_found_again() -> None:
    table = [row for name in ("one", "two", "three", "four") for row in made(name, 0.8, seed=len(name))]
    prior = fit(table).prior("area")
    assert prior.nodes == pytest.approx(0.8 * 4 / 5, abs=0.02)  # four circuits against a prior of none
    assert abs(prior.levels) < 0.02


def test_a_circuit_that_is_left_out_teaches_nothing() -> None:
    table = [*made("one", 1.0), *made("two", 1.0, seed=1), *made("odd", 3.0, seed=2)]
    assert fit(table, without={"odd"}) == fit([row for row in table if row.circuit != "odd"])
    assert fit(table).prior("area").nodes > fit(table, without={"odd"}).prior("area").nodes
    assert fit(table, without={"one", "two", "odd"}) == Lesson()


def test_recipes_complement_each_other() -> None:
    """Each of two recipes is best on one circuit; the third is second best on both and comes first."""
    values = {
        "x": {"a": 10.0, "b": 100.0},
        "y": {"a": 100.0, "b": 10.0},
        "z": {"a": 20.0, "b": 20.0},
        "w": {},
    }
    table = [
        Row(circuit, (name,), 100, 10, values[name].get(circuit, 100.0), 1.0)
        for circuit in ("a", "b")
        for name in values
    ]
    assert fit(table, seeds=3).recipes[0] == ("z",)
    assert set(fit(table, seeds=3).recipes) == {("x",), ("y",), ("z",)}


def test_records_are_read_and_what_is_none_is_told(tmp_path: Path) -> None:
    good = {"circuit": "c", "recipe": [0, 6], "stats": [[9, 3], [8, 3], [7, 2]], "area": 1.5, "delay": 20}
    path = tmp_path / "records.jsonl"
    path.write_text(json.dumps(good) + "\n")
    assert rows(path) == [Row("c", ("refactor", "balance"), 7, 2, 1.5, 20.0)]
    for bad in ("{", "[]", json.dumps(good | {"recipe": [7]}), json.dumps(good | {"stats": []})):
        path.write_text(json.dumps(good) + "\n" + bad + "\n")
        with pytest.raises(DesignError, match=r"records\.jsonl:2: no record of a scored recipe"):
            rows(path)


def test_the_shipped_lesson_names_training_circuits_and_published_recipes() -> None:
    lesson = shipped()
    assert set(lesson.priors) == set(OBJECTIVES)
    assert len(lesson.usable(PUBLISHED, 10)) == len(lesson.recipes) == 16
    assert "ctrl" in lesson.circuits and not {"alu4", "apex1", "voter", "c432", "sin"} & set(lesson.circuits)
    assert loaded(json.loads(json.dumps(dumped(lesson)))) == lesson


def test_recipes_are_cut_and_those_with_other_commands_left_out() -> None:
    lesson = Lesson(recipes=(("balance", "rewrite"), ("balance", "resub"), ("dc2",)))
    assert lesson.usable(("balance", "rewrite", "resub"), 1) == [("balance",)]
    assert lesson.prior("delay") == NEUTRAL["delay"]


@pytest.mark.parametrize("damage", [{"format": 2}, {"priors": {"speed": {}}}, {"recipes": ["!ls"]}])
def test_a_damaged_lesson_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises((UsageError, ValueError, KeyError, TypeError)):
        loaded(dumped(shipped()) | damage)
