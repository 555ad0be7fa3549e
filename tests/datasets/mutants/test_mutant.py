"""What literals become, and how mutants are drawn."""

from __future__ import annotations

import pytest

from rtlgen.datasets.mutants.mutant import Candidate, draw, literals, shortened


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("5", ("6", "4", "0")),
        ("0", ("1",)),
        ("1'b0", ("1'b1",)),
        ("4'd15", ("4'd0", "4'd14", "4'd7")),
        ("3'h2", ("3'h3", "3'h1", "3'h0", "3'h7", "3'h6")),
        ("8'sb1", ("8'sb10", "8'sb0", "8'sb11111111", "8'sb10000001")),
        ("'b0", ("'b1",)),
        ("4'b1x0z", ()),
        ("4'b10??", ()),
        ("2.5", ()),
        ("4'd9f", ()),
    ],
)
def test_literals(text: str, others: tuple[str, ...]) -> None:
    assert literals(text) == others


def candidate(kind: str, text: str) -> Candidate:
    return Candidate(kind, 1, text, lambda: text)


def test_kinds_take_turns_and_no_text_comes_twice() -> None:
    found = [candidate("unary", f"u{n}") for n in range(20)] + [
        candidate("edge", "e"),
        candidate("edge", "the  base"),
    ]
    found += [candidate("shift", "u1")]
    drawn = draw(found, "the base", 5, 0)
    assert len({mutant.text for mutant in drawn}) == 5
    assert {mutant.kind for mutant in drawn} >= {"unary", "edge"}
    assert len(draw(found, "the base", 100, 0)) == 21


def test_shortened() -> None:
    assert shortened("a  +\n b") == "a + b"
    assert len(shortened("x" * 100)) <= 60
