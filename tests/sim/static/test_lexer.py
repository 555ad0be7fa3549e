from __future__ import annotations

import pytest

from rtlgen.sim.static.lexer import code_end, has_code, in_comment_or_string, in_macro_body, significant


def test_tokens_without_comments() -> None:
    assert [t for t, _, _ in significant("assign y = a <<< 2'b1_0; // end\n")] == [
        "assign", "y", "=", "a", "<<<", "2'b1_0", ";",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("", 0),
        ("// only\n", 0),
        ("a;", 2),
        ("a; // b\n", 2),
        ("a; /* b */ c\n\n", 12),
        ('s = "// no comment"', 19),
        ("a;\n`ifdef X\n", 2),
        ("a; /* never closed", 2),
    ],
)
def test_where_the_code_ends(text: str, end: int) -> None:
    assert code_end(text) == end
    assert has_code(text) == (end > 0)


@pytest.mark.parametrize(
    ("marked", "inside"),
    [
        ("a | b // c", False),
        ("a // b | c", True),
        ("a // b|", True),
        ("a // b\n| c", False),
        ("/* a | b */", True),
        ("/* a */| b", False),
        ("/* a |", True),
        ('"a | b"', True),
        ('"a"| b', False),
    ],
)
def test_inside_a_comment_or_string(marked: str, inside: bool) -> None:
    offset = marked.index("|")
    assert in_comment_or_string(marked.replace("|", "", 1), offset) == inside


def test_inside_a_macro_definition() -> None:
    text = "`define A(x) \\\n  x + 1\nassign y = 0;\n"
    assert in_macro_body(text, text.index("x + 1"))
    assert not in_macro_body(text, text.index("assign"))
