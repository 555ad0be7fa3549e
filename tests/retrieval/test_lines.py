import pytest

from rtlgen.retrieval.lines import KINDS, code_lines, read_line, strip_comment, tail_of, tokens_of


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("  input wire [7:0] data_i,", "port", "data_i"),
        (", output logic [3:0] addr_o", "port", "addr_o"),
        ("reg [7:0] a_reg = 0, a_next;", "declaration", "a_reg"),
        ("my_type_t [3:0] thing;", "declaration", "thing"),
        ("localparam int W = 8;", "parameter", "W"),
        (".clk_i(clk),", "portmap", "clk_i"),
        (",.clk_i(clk)", "portmap", "clk_i"),
        ("assign y = a & b;", "assign", "y"),
        ("q <= d;", "nonblocking", "q"),
        ("mem[addr] <= d;", "nonblocking", "mem"),
        ("n = s ? 1 : 0;", "blocking", "n"),
        ("IDLE: begin", "case_item", "IDLE"),
        ("4'b0001: y = 1;", "case_item", "y"),
        ("default: y = 0;", "case_item", "y"),
        ("if (a) begin", "control", "a"),
        ("end else begin", "control", ""),
        ("endmodule", "closer", ""),
        (");", "closer", ""),
        ("fifo #(.W(8)) u_fifo (", "instance", "fifo"),
        ("fifo u_fifo (", "instance", "fifo"),
        ("module top (", "header", "top"),
        ('`include "a.vh"', "directive", ""),
        ("`FF(q, d, clk)", "call", "`FF"),
        ('$display("x");', "call", ""),
    ],
)
def test_kind_and_key(text: str, kind: str, key: str) -> None:
    line = read_line(text)
    assert (line.kind, line.key) == (kind, key)
    assert line.kind in KINDS


def test_shape_abstracts_names_and_numbers() -> None:
    assert read_line(".a_i(core_a[3]),").shape == read_line("  .b_i (core_b[0]), // note").shape
    assert read_line("a <= 8'hFF;").shape == read_line("b <= 1'b0;").shape
    assert read_line("reg a;").shape != read_line("wire a;").shape
    assert read_line("input [7:0] a,").coarse == read_line("input b,").coarse


def test_tokens_keep_literals_whole_and_drop_comments() -> None:
    assert tokens_of('a <= 8\'hF_F + "//x"; // c') == ("a", "<=", "8'hF_F", "+", '"//x"', ";")
    assert strip_comment("a /* b */ c // d").split() == ["a", "c"]
    assert read_line("a = (b[").balance == 2


def test_code_lines_skip_blanks_and_comments() -> None:
    text = ["// a", "", "x;", "/* one", "y;", "two */ z;", "w; /* t */", "v; /* open", "still */"]
    assert [index for index, _ in code_lines(text)] == [2, 5, 6, 7]


def test_tail_of() -> None:
    assert [tail_of(name) for name in ("s_axi_awaddr", "rdata_i", "clk", "Q")] == [
        "awaddr",
        "rdata",
        "clk",
        "q",
    ]
