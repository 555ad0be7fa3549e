"""A small design of several files, as texts and as a project on disk, for the tests of retrieval."""

from __future__ import annotations

from pathlib import Path

import pytest

FILES = {
    "rtl/top.sv": """`include "defs.vh"
module top import soc_pkg::*; (
  input  logic clk,
  input  logic rst_n,
  output logic [`DATA_W-1:0] data_out
);
  logic [DEPTH-1:0] fifo_level;
  logic fifo_full, fifo_empty;

  fifo #(
    .WIDTH(`DATA_W)
  ) u_fifo (
    .clk   (clk),
    .rst_n (rst_n),
    .full  (fifo_full),
    .empty (fifo_empty),
    .level (fifo_level)
  );

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      data_out <= '0;
    end else if (!fifo_empty) begin
      data_out <= data_out + 1'b1;
    end
  end
endmodule
""",
    "rtl/fifo.sv": """// first in, first out
module fifo #(parameter WIDTH = 8) (
  input  wire clk,
  input  wire rst_n,
  output wire full,
  output wire empty,
  output reg [soc_pkg::DEPTH-1:0] level
);
  reg [3:0] write_pointer;
  reg [3:0] read_pointer;
  assign full = level == 15;
  assign empty = level == 0;
  always @(posedge clk or negedge rst_n)
    if (!rst_n) begin
      write_pointer <= 0;
      read_pointer <= 0;
    end else begin
      write_pointer <= write_pointer + 1;
    end
endmodule
""",
    "rtl/uart.sv": """module uart (input wire clk, input wire rst_n, output wire tx);
  wire fifo_full, fifo_empty;
  reg [7:0] baud_divider;
  fifo #(.WIDTH(8)) u_tx_fifo (
    .clk(clk),
    .rst_n(rst_n),
    .full(fifo_full),
    .empty(fifo_empty),
    .level()
  );
  assign tx = fifo_empty;
endmodule
""",
    "rtl/soc_pkg.sv": """package soc_pkg;
  parameter DEPTH = 4;
  typedef enum logic [1:0] {IDLE, BUSY} state_t;
endpackage
""",
    "inc/defs.vh": "`define DATA_W 16\n`define UNUSED 1\n",
}


@pytest.fixture
def files() -> dict[str, str]:
    """Path -> text of the design."""
    return dict(FILES)


@pytest.fixture
def design(tmp_path: Path) -> Path:
    """The design in a folder of its own."""
    root = tmp_path / "design"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root
