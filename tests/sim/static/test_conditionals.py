from __future__ import annotations

import pytest

from rtlgen.sim.static.conditionals import activate, activating, has_conditionals

TEXT = """\
a;
`ifdef FIRST
b;
`elsif SECOND
c;
  `ifndef INNER
  d;
  `else
  e;
  `endif
`else
f;
`endif
g;
"""


@pytest.mark.parametrize(
    ("place", "kept"),
    [
        ("a;", ["a;", "`ifdef FIRST", "b;", "c;", "f;", "g;"]),
        ("b;", ["a;", "b;", "g;"]),
        ("d;", ["a;", "c;", "d;", "g;"]),
        ("e;", ["a;", "c;", "e;", "g;"]),
        ("f;", ["a;", "f;", "g;"]),
    ],
)
def test_activate_keeps_the_branch_of_the_place(place: str, kept: list[str]) -> None:
    offset = TEXT.index(place)
    active = activate(TEXT, offset)
    assert len(active) == len(TEXT)
    assert active.count("\n") == TEXT.count("\n")
    assert active[offset : offset + 2] == place
    words = active.split("\n")
    assert [k for k in kept if k not in [w.strip() for w in words]] == []
    if place != "a;":
        assert [w.strip() for w in words if w.strip()] == kept


@pytest.mark.parametrize(
    ("place", "names"),
    [("a;", []), ("b;", ["FIRST"]), ("c;", ["SECOND"]), ("e;", ["SECOND", "INNER"]), ("g;", [])],
)
def test_macros_that_take_the_branch(place: str, names: list[str]) -> None:
    assert activating(TEXT[: TEXT.index(place)]) == names


def test_conditionals_in_macro_definitions_are_none() -> None:
    text = "`define M \\\n`ifdef A \\\n  x \\\n`endif\ny;\n"
    assert activating(text[: text.index("y;")]) == []
    assert activate(text, text.index("y;")) == text


def test_a_text_with_conditionals() -> None:
    assert has_conditionals("  `endif\n")
    assert not has_conditionals("assign y = `A;\n")
