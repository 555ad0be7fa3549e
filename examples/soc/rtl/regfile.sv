// SPDX-License-Identifier: Apache-2.0
// Eight registers, two read ports, one write port. Register 0 reads as zero.
module regfile
  import soc_pkg::*;
(
    input  logic  clk,
    input  logic  rst_n,
    input  logic  we,
    input  reg_t  waddr,
    input  data_t wdata,
    input  reg_t  raddr_a,
    input  reg_t  raddr_b,
    output data_t rdata_a,
    output data_t rdata_b
);

  data_t regs[0:REG_COUNT-1];

  integer i;

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      for (i = 0; i < REG_COUNT; i = i + 1) regs[i] <= '0;
    end else if (we) begin
      regs[waddr] <= wdata;
    end
  end

  assign rdata_a = (raddr_a == '0) ? '0 : regs[raddr_a];
  assign rdata_b = (raddr_b == '0) ? '0 : regs[raddr_b];

endmodule
