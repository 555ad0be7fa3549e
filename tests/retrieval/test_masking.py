from __future__ import annotations

import pytest

from rtlgen.retrieval.masking import Lines, masked, plain

TEXT = """`include "defs.vh"
`define W 8 // width
`define LONG(a) begin \\
  a; end
`ifdef ASIC
wire asic;
`elsif FPGA
wire fpga;
`else
wire other;
`endif
/* wire gone;
   `define NOT 1 */
`CHECK(a, (b))
reg [`W-1:0] x = `W'b0; // `W
string s = "// kept `W \\" still";
module `NAME (input a); `KEEP reg k; parameter `INV(size) = 1;
"""


def test_offsets_and_lines_stay() -> None:
    for text in (TEXT, TEXT.replace("\n", "\r\n"), "é /* ü\n*/ wire ß;"):
        for found in (masked(text), plain(text).text, plain(text, ()).text):
            assert len(found) == len(text)
            assert found.count("\n") == text.count("\n")
            assert found.isascii()


def test_comments_are_blanked_and_strings_kept() -> None:
    assert masked('a /*b*/ c // d\n"//e"') == 'a       c     \n"//e"'
    assert masked("a /* open") == "a        "


@pytest.mark.parametrize(
    ("defined", "kept", "gone"),
    [
        ((), ["wire other"], ["wire asic", "wire fpga"]),
        (("FPGA",), ["wire fpga"], ["wire asic", "wire other"]),
        (("ASIC", "FPGA"), ["wire asic"], ["wire fpga", "wire other"]),
        (None, ["wire asic", "wire fpga", "wire other"], []),
    ],
)
def test_conditional_compilation(defined: tuple[str, ...] | None, kept: list[str], gone: list[str]) -> None:
    text = plain(TEXT, defined).text
    assert all(piece in text for piece in kept)
    assert not any(piece in text for piece in gone)


def test_directives_and_macro_uses() -> None:
    found = plain(TEXT, ())
    assert found.macros == {"W": "8", "LONG": "(a) begin    a; end"}
    assert found.includes == ("defs.vh",)
    assert "`" not in found.text.replace('"// kept `W \\" still"', "")
    assert "reg [_W-1:0] x =   'b0;" in found.text
    assert "CHECK" not in found.text
    assert "module _NAME (input a);       reg k; parameter      size  = 1;" in found.text
    assert found.shown("[_W-1:0] _other") == "[`W-1:0] _other"


def test_defines_of_the_text_count() -> None:
    text = "`define A\n`ifdef A\nwire a;\n`endif\n`undef A\n`ifndef A\nwire n;\n`endif\n`ifdef A\nwire b;\n`endif\n"
    found = plain(text, ()).text
    assert "wire a;" in found
    assert "wire n;" in found
    assert "wire b;" not in found


@pytest.mark.parametrize("text", ["`", "`ifdef", "`else\n`endif\n`endif", "`define", "`X(", '"', "/*", "\\"])
def test_fragments_do_not_raise(text: str) -> None:
    assert len(plain(text, ()).text) == len(text)


def test_lines() -> None:
    lines = Lines("ab\ncd\n", 10)
    assert [lines.at(i) for i in (0, 2, 3, 6)] == [11, 11, 12, 13]
    assert (lines.start(12), lines.start(1), lines.start(99), lines.last) == (3, 0, 6, 13)
