// SPDX-License-Identifier: Apache-2.0
// Sixteen pins. Registers: 0 what is driven, 1 which pins are driven, 2 what the pins read.
module gpio
  import soc_pkg::*;
(
    input  logic       clk,
    input  logic       rst_n,
    input  logic       select,
    input  logic       write,
    input  logic [3:0] addr,
    input  data_t      wdata,
    output data_t      rdata,
    input  data_t      pins_in,
    output data_t      pins_out,
    output data_t      pins_enable
);

  data_t sampled;

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      pins_out    <= '0;
      pins_enable <= '0;
      sampled     <= '0;
    end else begin
      sampled <= pins_in;
      if (select && write) begin
        case (addr)
          4'd0:    pins_out <= wdata;
          4'd1:    pins_enable <= wdata;
          default: ;
        endcase
      end
    end
  end

  always_comb begin
    case (addr)
      4'd0:    rdata = pins_out;
      4'd1:    rdata = pins_enable;
      4'd2:    rdata = sampled;
      default: rdata = '0;
    endcase
  end

endmodule
