from __future__ import annotations

import pytest

from rtlgen.core.records import Chunk
from rtlgen.retrieval.chunks import chunk_items, chunk_windows


def numbered(count: int) -> str:
    return "".join(f"line {n}\n" for n in range(1, count + 1))


@pytest.mark.parametrize(
    ("count", "size", "overlap", "spans"),
    [
        (0, 4, 1, []),
        (3, 4, 1, [(1, 3)]),
        (4, 4, 1, [(1, 4)]),
        (5, 4, 1, [(1, 4), (4, 5)]),
        (10, 4, 1, [(1, 4), (4, 7), (7, 10)]),
        (6, 2, 0, [(1, 2), (3, 4), (5, 6)]),
    ],
)
def test_windows_cover_every_line(count: int, size: int, overlap: int, spans: list[tuple[int, int]]) -> None:
    chunks = chunk_windows("a.v", numbered(count), size, overlap)
    assert [(c.start, c.end) for c in chunks] == spans
    for chunk in chunks:
        assert chunk.text == "\n".join(f"line {n}" for n in range(chunk.start, chunk.end + 1))
        assert (chunk.path, chunk.kind) == ("a.v", "window")


def test_blank_windows_are_left_out() -> None:
    assert [c.start for c in chunk_windows("a.v", "a\n\n\n\nb\n", 2, 0)] == [1, 5]


def test_a_window_needs_more_lines_than_it_shares() -> None:
    with pytest.raises(ValueError, match="overlap 4 must be at least 0 and less than lines 4"):
        chunk_windows("a.v", "a", 4, 4)


UNIT = """`timescale 1ns/1ps
module m (
  input a,
  output b
);
  // two wires
  wire c;
  wire d;
  assign c = a;

  // the process
  always @(posedge a) begin
    q <= c;
  end
  sub u_sub (
    .a(a)
  );
  function f;
    input x;
    f = x;
  endfunction
endmodule
"""


def test_items_follow_the_grammar() -> None:
    chunks = chunk_items("m.v", UNIT, 64)
    assert [(c.start, c.end, c.kind, c.module) for c in chunks] == [
        (2, 5, "header", "m"),
        (6, 9, "item", "m"),
        (10, 14, "item", "m"),
        (15, 17, "item", "m"),
        (18, 21, "item", "m"),
    ]
    assert chunks[3].text == "  sub u_sub (\n    .a(a)\n  );"


def test_long_items_are_cut() -> None:
    body = "".join(f"    q{n} <= {n};\n" for n in range(30))
    chunks = chunk_items("m.v", f"module m;\nalways @* begin\n{body}end\nendmodule\n", 10)
    assert max(c.end - c.start + 1 for c in chunks) == 10
    assert [c.start for c in chunks if c.kind == "item"] == [2, 12, 22, 32]


def test_long_generate_blocks_give_their_members() -> None:
    inside = "".join(f"  sub u{n} (\n    .a(a)\n  );\n" for n in range(6))
    text = f"module m;\nfor (genvar i = 0; i < 2; i++) begin : g\n{inside}end\nendmodule\n"
    items = [c for c in chunk_items("m.v", text, 8) if c.kind == "item"]
    assert [(c.start, c.end) for c in items] == [(2, 5), *((3 + 3 * n, 5 + 3 * n) for n in range(1, 6))]


@pytest.mark.parametrize(
    "text", ["", "wire a;", "module", "module m (", "// module m; endmodule", ") } end module ;"]
)
def test_text_without_units_has_no_items(text: str) -> None:
    chunks = chunk_items("m.v", text, 8)
    assert all(isinstance(chunk, Chunk) and chunk.text.strip() for chunk in chunks)
