from __future__ import annotations

import pytest

from rtlgen.core.settings import load_settings
from rtlgen.retrieval.facts import Facts, Recipe, modules_of, read_modules, spans_of, write_modules
from rtlgen.retrieval.lexical import Vocabulary


def test_the_recipe_of_the_settings() -> None:
    settings = load_settings(None, {"retrieval.window_lines": 20, "retrieval.window_overlap": 4})
    assert Recipe.of(settings) == Recipe(20, 4, 64, ())


def test_facts_of_a_file(files: dict[str, str]) -> None:
    text = files["rtl/fifo.sv"]
    vocabulary = Vocabulary()
    facts = Facts.made("rtl/fifo.sv", text, Recipe(), vocabulary)
    assert facts.spans == spans_of("rtl/fifo.sv", text, Recipe())
    assert facts.counts.documents == len(facts.spans)
    assert (facts.count, facts.lines, facts.units) == (1, 20, ("fifo",))
    assert read_modules(facts.modules) == modules_of("rtl/fifo.sv", text, ())
    chunk = facts.spans[0].chunk("rtl/fifo.sv", text.split("\n"))
    assert (chunk.start, chunk.kind, chunk.module) == (1, "window", None)


def test_items_that_equal_a_window_are_left_out() -> None:
    text = "module m;\nendmodule"
    assert [(s.start, s.end, s.kind) for s in spans_of("m.v", text, Recipe(1, 0, 1))] == [
        (1, 1, 0),
        (2, 2, 0),
    ]


def test_units_survive_being_written(files: dict[str, str]) -> None:
    for path, text in files.items():
        units = modules_of(path, text, ())
        assert read_modules(write_modules(units)) == units


@pytest.mark.parametrize("data", [b"{", b'[{"name": 1}]', b"[1]", b'[{"ports": 3}]'])
def test_damaged_units(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_modules(data)
