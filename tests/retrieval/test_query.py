from __future__ import annotations

from rtlgen.retrieval.facts import Recipe
from rtlgen.retrieval.query import OWN_GAP, QUERY_LINES, Query

RECIPE = Recipe(10, 0, 64)


def lines(first: int, last: int) -> str:
    return "".join(f"  assign x{n} = y{n};\n" for n in range(first, last + 1))


def test_the_words_are_those_above_and_of_the_header() -> None:
    query = Query("m.v", "module holder (input clock_in);\n" + lines(1, 40), "", RECIPE)
    assert query.text.count("\n") == QUERY_LINES - 1
    assert "x40" in query.words
    assert query.words.count("x40") == 2 * query.words.count("x29") == 2
    assert "x28" not in query.words
    assert {"holder", "clock_in"} <= set(query.words)


def test_an_empty_prefix() -> None:
    query = Query("m.v", "", "", RECIPE)
    assert (query.words, query.own) == ([], [])


def test_own_chunks_keep_their_distance() -> None:
    query = Query("m.v", lines(1, 100), lines(101, 200), RECIPE)
    spans = [(chunk.start, chunk.end) for chunk in query.own]
    above = [span for span in spans if span[1] <= 100]
    below = [span for span in spans if span[0] > 100]
    assert above[-1][1] == 101 - OWN_GAP
    assert below[0][0] == 101 + OWN_GAP
    assert sorted(above + below) == spans
    text = (lines(1, 100) + lines(101, 200)).split("\n")
    assert all(chunk.text == "\n".join(text[chunk.start - 1 : chunk.end]) for chunk in query.own)
    assert Query("m.v", lines(1, 100), "", RECIPE, alone=True).own == []
