"""Kinds of line, one by one, and where comments end."""

from __future__ import annotations

import pytest

from rtlgen.datasets.line_kinds import KINDS, code_lines, line_kind


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("  wire [7:0] a, b;", "declaration"),
        ("parameter int W = 8,", "declaration"),
        (", localparam x_lp = 3", "declaration"),
        ("module top #(", "declaration"),
        ("axi_req_t req_q;", "declaration"),
        ("(* keep *) reg [7:0] trace;", "declaration"),
        ("genvar i;", "declaration"),
        ("  input  logic clk_i,", "port declaration"),
        (", output [3:0] q", "port declaration"),
        ("  .clk (clk), // clock", "port map"),
        (",.ulpi_nxt_i(ulpi_nxt_i)\r", "port map"),
        (".*", "port map"),
        ("q <= d;", "nonblocking"),
        ("if (!rst_n) q <= 0;", "nonblocking"),
        ("{c, s} <= a + b;", "nonblocking"),
        ("3'b01?: q[3] <= 1;", "nonblocking"),
        ("y = a & b;", "blocking"),
        ("i += 1;", "blocking"),
        ("else y = 0;", "blocking"),
        ("default: y = 0;", "blocking"),
        ("if (a == b) y.f[3] = c;", "blocking"),
        ("assign y = a ? b : c;", "continuous"),
        ("assign{a,b}=c;", "continuous"),
        ("always @(posedge clk or negedge rst_n) begin", "control"),
        ("if (a <= b) begin", "control"),
        ("end else if (x) begin", "control"),
        ("unique case (state_q)", "control"),
        ("IDLE: begin", "control"),
        ("7'b0010011:", "control"),
        ("for (i = 0; i < 8; i = i + 1) begin", "control"),
        ("#5 clk = ~clk;", "control"),
        ("adder u_add (", "instantiation"),
        ("fifo #(.DEPTH(4)) u_fifo (", "instantiation"),
        ("#(.W(8))", "instantiation"),
        (") u_core (", "instantiation"),
        ("end", "closer"),
        ("endmodule // top", "closer"),
        ("endmodule : top", "closer"),
        ("end else begin : no_fifo", "closer"),
        (");", "closer"),
        ("begin", "closer"),
        ('`include "a.vh"', "other"),
        ('$display("x");', "other"),
        ("instr_i[11:10],", "other"),
        ("(a ? b : c) |", "other"),
        ("// nothing", "other"),
        ("", "other"),
    ],
)
def test_kind(line: str, kind: str) -> None:
    assert line_kind(line) == kind
    assert kind in KINDS


def test_code_lines_blank_comments_and_keep_strings_and_lines() -> None:
    text = 'a /* b\nc */ d // e\n"/* no comment */" f\n/* never closed\ng'
    assert code_lines(text) == ["a ", " d ", '"/* no comment */" f', "", ""]
