"""Templates with choices: what they expand to, and what is never taken for grammar."""

from __future__ import annotations

import random

import pytest

from rtlgen.datasets.spec_pairs.design import DesignPort
from rtlgen.datasets.spec_pairs.phrases import capital, counted, expand, listed, wordings


def test_choices_nest_and_may_be_empty() -> None:
    found = {expand(random.Random(k), "<one|two <a|b>|>x") for k in range(80)}
    assert found == {"onex", "two ax", "two bx", "x"}


def test_words_of_the_lexicon_are_drawn() -> None:
    found = {expand(random.Random(k), "{y} $is_high", y="q") for k in range(80)}
    assert {"q is 1", "q is high"} <= found and not any("$" in text for text in found)


def test_what_is_filled_in_is_no_grammar() -> None:
    assert expand(random.Random(1), "{code}", code="a < b | c > d $x {e}") == "a < b | c > d $x {e}"


def test_a_port_shows_as_its_name_with_its_width() -> None:
    port = DesignPort("data", "input", 8)
    found = {expand(random.Random(k), "{a}[{a.top}:0] is {a.width} wide", a=port) for k in range(80)}
    assert found == {f"{name}[7:0] is 8 wide" for name in ("data", "`data`", "'data'")}


def test_a_missing_field_is_an_error() -> None:
    with pytest.raises(KeyError):
        expand(random.Random(1), "{a} {b}", a="x")


def test_wordings_are_different_templates() -> None:
    assert sorted(wordings(random.Random(1), ["a", "b", "c"], keep=5)) == ["a", "b", "c"]
    assert len(wordings(random.Random(1), ["a", "b", "c"], keep=2)) == 2


def test_lists_and_numbers_in_words() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
    assert [counted(3), counted(12), capital("if so")] == ["three", "12", "If so"]
