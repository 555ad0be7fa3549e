// SPDX-License-Identifier: Apache-2.0
// The reference of edge_pulse.md.
module edge_pulse (
    input  wire clk,
    input  wire rst_n,
    input  wire level,
    output reg  rose,
    output reg  fell
);
  reg last;

  always @(posedge clk) begin
    if (!rst_n) begin
      last <= 1'b0;
      rose <= 1'b0;
      fell <= 1'b0;
    end else begin
      last <= level;
      rose <= level & ~last;
      fell <= ~level & last;
    end
  end
endmodule
