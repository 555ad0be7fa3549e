// SPDX-License-Identifier: Apache-2.0
// Free-running counter with a compare value. Registers: 0 control (bit 0 runs it), 1 count, 2 compare, 3 status.
module timer
  import soc_pkg::*;
(
    input  logic       clk,
    input  logic       rst_n,
    input  logic       select,
    input  logic       write,
    input  logic [3:0] addr,
    input  data_t      wdata,
    output data_t      rdata,
    output logic       irq
);

  logic  enable;
  logic  expired;
  data_t count;
  data_t compare;

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      enable  <= 1'b0;
      expired <= 1'b0;
      count   <= '0;
      compare <= '1;
    end else begin
      if (enable) count <= count + 1'b1;
      if (enable && count == compare) expired <= 1'b1;
      if (select && write) begin
        case (addr)
          4'd0:    enable <= wdata[0];
          4'd1:    count <= wdata;
          4'd2:    compare <= wdata;
          4'd3:    expired <= 1'b0;
          default: ;
        endcase
      end
    end
  end

  always_comb begin
    case (addr)
      4'd0:    rdata = {15'd0, enable};
      4'd1:    rdata = count;
      4'd2:    rdata = compare;
      4'd3:    rdata = {15'd0, expired};
      default: rdata = '0;
    endcase
  end

  assign irq = expired;

endmodule
