// SPDX-License-Identifier: Apache-2.0
// The system: processor, bus, timer and pins. Instructions come from outside, one for each value of `pc`.
module soc
  import soc_pkg::*;
(
    input  logic        clk,
    input  logic        rst_n,
    output addr_t       pc,
    input  logic [15:0] instr,
    output logic        halted,
    output logic        irq,
    input  data_t       pins_in,
    output data_t       pins_out,
    output data_t       pins_enable
);

  logic  bus_valid;
  logic  bus_write;
  addr_t bus_addr;
  data_t bus_wdata;
  data_t bus_rdata;
  logic  timer_select;
  data_t timer_rdata;
  logic  gpio_select;
  data_t gpio_rdata;

  core u_core (
      .clk      (clk),
      .rst_n    (rst_n),
      .pc       (pc),
      .instr    (instr),
      .halted   (halted),
      .bus_valid(bus_valid),
      .bus_write(bus_write),
      .bus_addr (bus_addr),
      .bus_wdata(bus_wdata),
      .bus_rdata(bus_rdata)
  );

  bus u_bus (
      .valid       (bus_valid),
      .addr        (bus_addr),
      .rdata       (bus_rdata),
      .timer_select(timer_select),
      .timer_rdata (timer_rdata),
      .gpio_select (gpio_select),
      .gpio_rdata  (gpio_rdata)
  );

  timer u_timer (
      .clk   (clk),
      .rst_n (rst_n),
      .select(timer_select),
      .write (bus_write),
      .addr  (bus_addr[3:0]),
      .wdata (bus_wdata),
      .rdata (timer_rdata),
      .irq   (irq)
  );

  gpio u_gpio (
      .clk        (clk),
      .rst_n      (rst_n),
      .select     (gpio_select),
      .write      (bus_write),
      .addr       (bus_addr[3:0]),
      .wdata      (bus_wdata),
      .rdata      (gpio_rdata),
      .pins_in    (pins_in),
      .pins_out   (pins_out),
      .pins_enable(pins_enable)
  );

endmodule
