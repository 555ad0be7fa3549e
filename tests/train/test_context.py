"""What a training segment is shown comes from other files, asked for by the text above it only."""

from __future__ import annotations

from rtlgen.train.context import Neighbours, Piece, laid

TOP = """module top(input clk);
  wire [7:0] data;
  fifo u_fifo (
    .clk(clk),
    .data(data)
  );
  magic_unit u_magic (.clk(clk));
endmodule
"""
FILES = {
    "rtl/top.v": TOP,
    "rtl/fifo.v": "// a fifo\nmodule fifo(input clk, output [7:0] data);\nendmodule\n",
    "rtl/magic.v": "module magic_unit(input clk);\n  reg magic_state;\nendmodule\n",
    "rtl/other.v": "module other(input clk);\n  wire [7:0] data;\n  assign data = 8'h2a;\nendmodule\n",
}


def test_interfaces_of_what_stands_above_come_first() -> None:
    lines = TOP.splitlines(keepends=True)
    pieces = Neighbours(FILES).pieces("rtl/top.v", lines[:4])
    assert pieces[0] == Piece("rtl/fifo.v", "module fifo(input clk, output [7:0] data);", 2, True)
    assert all(piece.path != "rtl/top.v" for piece in pieces)
    assert not any(piece.interface and piece.path == "rtl/magic.v" for piece in pieces)
    below = Neighbours(FILES).pieces("rtl/top.v", lines[:7])
    assert any(piece.interface and piece.path == "rtl/magic.v" for piece in below)


def test_at_the_head_of_a_file_its_first_lines_ask() -> None:
    assert Neighbours(FILES).pieces("rtl/top.v", [], ["reg magic_state;\n"])[0].path == "rtl/magic.v"
    assert Neighbours(FILES).pieces("rtl/top.v", [], []) == []


def test_the_order_of_prompts() -> None:
    chunk, early = Piece("a.v", "wire x;", 40, False), Piece("a.v", "wire y;", 3, False)
    header = Piece("z.v", "module z;", 1, True)
    assert laid([chunk, early, header]) == [header, early, chunk]
