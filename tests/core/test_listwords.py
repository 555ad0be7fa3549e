from __future__ import annotations

import pytest

from rtlgen.core.listwords import words


def plain(text: str) -> list[str]:
    return [word.plain for word in words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.v b.v\n\tc.v", ["a.v", "b.v", "c.v"]),
        ("a.v // b.v\nc.v# no comment\n# d.v\n  # e.v", ["a.v", "c.v#", "no", "comment"]),
        ("a//b.v /* c.v\nd.v */ e.v /* open", ["a//b.v", "e.v"]),
        ("rtl/*.v", ["rtl/*.v"]),
        ("\"a b.v\" c\\ d.v 'e f.v'", ["a b.v", "c d.v", "e f.v"]),
        ('+define+S=\\"x\\" +incdir+"a+b"+c', ['+define+S="x"', "+incdir+a+b+c"]),
        ("+incdir+a \\\n  +incdir+b\\\r\n+c", ["+incdir+a", "+incdir+b+c"]),
        (
            "-D W=8'hff -D X='0 -D Y='b1 +define+A='h0+B='h1",
            ["-D", "W=8'hff", "-D", "X='0", "-D", "Y='b1", "+define+A='h0+B='h1"],
        ),
        ("-D T=don't \"open", ["-D", "T=don't", '"open']),
        ("", []),
        ("a.v", ["a.v"]),
        ("a.v\\", ["a.v"]),
        ("a.v\r\nb.v\r\n", ["a.v", "b.v"]),
        ("// rtlgen: -top soc\n// rtlgen: a comment\n//rtlgen: -top x", ["-top", "soc"]),
        ("''", [""]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert plain(text) == expected


def test_lines_are_counted_through_comments_and_continuations() -> None:
    text = "a.v\n/* x\n y */ b.v \\\n c.v\n// z\nd.v\n"
    assert [(word.plain, word.line) for word in words(text)] == [
        ("a.v", 1),
        ("b.v", 3),
        ("c.v", 4),
        ("d.v", 6),
    ]


def test_only_unquoted_plus_separates() -> None:
    (word,) = words('+incdir+a+"b+c"+d\\+e')
    assert [part.plain for part in word.after("+incdir+").split_plus()] == ["a", "b+c", "d+e"]


def test_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RTL", "src/rtl")
    monkeypatch.delenv("NONE", raising=False)
    assert plain("$RTL/a.v ${RTL}/b.v $(RTL)/c.v \"$RTL/d e.v\" '$RTL/f.v' \\$RTL/g.v x$RTL") == [
        "src/rtl/a.v",
        "src/rtl/b.v",
        "src/rtl/c.v",
        "src/rtl/d e.v",
        "$RTL/f.v",
        "$RTL/g.v",
        "xsrc/rtl",
    ]
    (word,) = words("${NONE}/a.v")
    assert (word.plain, word.unset) == ("${NONE}/a.v", ("NONE",))


def test_a_variable_value_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRICK", "a b $TRICK //")
    assert plain("$TRICK") == ["a b $TRICK //"]
