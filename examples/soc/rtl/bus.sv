// SPDX-License-Identifier: Apache-2.0
// One master, two peripherals: address decoding and the way back of what is read.
module bus
  import soc_pkg::*;
(
    input  logic  valid,
    input  addr_t addr,
    output data_t rdata,
    output logic  timer_select,
    input  data_t timer_rdata,
    output logic  gpio_select,
    input  data_t gpio_rdata
);

  logic [3:0] base;

  assign base = addr[7:4];

  assign timer_select = valid && (base == TIMER_BASE);
  assign gpio_select  = valid && (base == GPIO_BASE);

  always_comb begin
    case (base)
      TIMER_BASE: rdata = timer_rdata;
      GPIO_BASE:  rdata = gpio_rdata;
      default:    rdata = '0;
    endcase
  end

endmodule
