"""Where a completion goes, and what is inserted there."""

from __future__ import annotations

import pytest

from rtlgen.complete.place import find_place, matches, next_line
from rtlgen.core.errors import UsageError

TEXT = "module a;\n    assign x = \n\n    // rtlgen: complete\nendmodule\n"


def put(text: str, candidate: str, line: int | None = None, column: int | None = None) -> str:
    place = find_place(text, "a.v", line, column)
    return text[: place.start] + place.insertion(candidate) + text[place.end :]


def test_the_marker_line_is_replaced() -> None:
    assert put(TEXT, "    wire y;") == TEXT.replace("    // rtlgen: complete", "    wire y;")
    place = find_place(TEXT, "a.v")
    assert (place.prefix[-1], place.suffix, place.line) == ("\n", "endmodule\n", 4)


def test_line_ends_are_those_of_the_file() -> None:
    text = TEXT.replace("\n", "\r\n")
    for line in (None, 1, 3):
        new = put(text, "    always @*\n        y = a;", line)
        assert new.count("\n") == new.count("\r\n") > text.count("\n"), line


def test_without_marker_the_end_is_meant() -> None:
    assert put("module a;\n", "endmodule") == "module a;\nendmodule"
    assert put("module a;", "endmodule") == "module a;\nendmodule"
    assert put("", "module a;") == "module a;"


def test_a_partly_typed_line_keeps_what_is_typed() -> None:
    assert put(TEXT, "    assign x = y;", 2).split("\n")[1] == "    assign x = y;"
    assert put("assign  x=", "assign x = y;") == "assign  x= y;"
    assert put("    ass", "    assign x = y;") == "    assign x = y;"
    assert put("\t", "    assign x;") == "\tassign x;"


def test_after_a_finished_line_the_next_line_is_meant() -> None:
    assert put("module a;\nwire b;\nendmodule\n", "wire c;", 2) == "module a;\nwire b;\nwire c;\nendmodule\n"
    crlf = find_place("module a;\r\nwire b;\r\n", "a.v", 1)
    assert crlf.lead == "\r\n"


@pytest.mark.parametrize(
    "typed",
    [
        "else if( a )",
        "  always_ff @(posedge clk)",
        "default:",
        "begin : name",
        "`ifdef X",
        "// words",
        ".a(b),",
        "f(",
    ],
)
def test_lines_after_which_the_next_is_meant(typed: str) -> None:
    assert find_place(typed, "a.v").lead == "\n"


@pytest.mark.parametrize("typed", ["assign x = (a)", "wire [3:0]", "a <= b", "x = f(y)"])
def test_lines_that_go_on(typed: str) -> None:
    place = find_place(typed, "a.v")
    assert (place.partial, place.lead) == (typed, "")
    anew = next_line(typed, place)
    assert (anew.partial, anew.lead, anew.prefix) == ("", "\n", typed + "\n")


def test_a_column_splits_the_line() -> None:
    place = find_place("wire a, b;\n", "a.v", 1, 6)
    assert (place.partial, place.suffix) == ("wire ", "a, b;\n")


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        (99, None, r"a.v: line 99 is past the end: the file has 6 lines\n  next: --line between 1 and 6"),
        (0, None, r"line 0 is past the end"),
        (
            1,
            40,
            r"a.v:1: column 40 is past the end: the line has 9 characters\n  next: --column between 1 and 10",
        ),
        (None, 3, r"a column needs a line\n  next: --line N --column M"),
    ],
)
def test_places_past_the_end_are_refused(line: int | None, column: int | None, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        find_place(TEXT, "a.v", line, column)


def test_typed_text_matches_without_blanks() -> None:
    assert matches("    assign x = y;", "assign x=")
    assert not matches("    assign x = y;", "assign z")
