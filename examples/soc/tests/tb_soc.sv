// SPDX-License-Identifier: Apache-2.0
// Plain testbench of the system: a program adds 5 + 4 + 3 + 2 + 1, shows the sum on the pins, lets the timer expire
// and halts. Prints PASS, or FAIL with a non-zero exit status.
module tb_soc;
  import soc_pkg::*;

  logic        clk = 1'b0;
  logic        rst_n = 1'b0;
  addr_t       pc;
  logic [15:0] instr;
  logic        halted;
  logic        irq;
  data_t       pins_in = 16'h00f0;
  data_t       pins_out;
  data_t       pins_enable;

  logic [15:0] program_memory[0:255];
  int          errors;
  int          cycles;

  soc dut (
      .clk        (clk),
      .rst_n      (rst_n),
      .pc         (pc),
      .instr      (instr),
      .halted     (halted),
      .irq        (irq),
      .pins_in    (pins_in),
      .pins_out   (pins_out),
      .pins_enable(pins_enable)
  );

  always #5 clk = ~clk;

  assign instr = program_memory[pc];

  function automatic logic [15:0] three(input opcode_t op, input reg_t rd, input reg_t rs, input reg_t rt);
    three = {op, rd, rs, rt, 3'b000};
  endfunction

  function automatic logic [15:0] immediate(input opcode_t op, input reg_t rd, input logic [7:0] value);
    immediate = {op, rd, 1'b0, value};
  endfunction

  task automatic expect_value(input string what, input data_t got, input data_t wanted);
    if (got !== wanted) begin
      $display("%s is %h, not %h", what, got, wanted);
      errors = errors + 1;
    end
  endtask

  initial begin
    errors = 0;
    cycles = 0;
    for (int i = 0; i < 256; i++) program_memory[i] = immediate(OP_HALT, 3'd0, 8'd0);
    program_memory[0]  = immediate(OP_LDI, 3'd1, 8'd5);     // r1 = 5, the counter
    program_memory[1]  = immediate(OP_LDI, 3'd2, 8'd0);     // r2 = 0, the sum
    program_memory[2]  = immediate(OP_LDI, 3'd3, 8'd1);     // r3 = 1
    program_memory[3]  = three(OP_ADD, 3'd2, 3'd2, 3'd1);   // r2 += r1
    program_memory[4]  = three(OP_SUB, 3'd1, 3'd1, 3'd3);   // r1 -= 1
    program_memory[5]  = immediate(OP_BNZ, 3'd1, 8'd3);     // again while r1 != 0
    program_memory[6]  = immediate(OP_LDI, 3'd4, 8'h10);    // r4 = address of the pins
    program_memory[7]  = three(OP_ST, 3'd0, 3'd4, 3'd2);    // pins = sum
    program_memory[8]  = immediate(OP_LDI, 3'd4, 8'h12);    // r4 = address of what the pins read
    program_memory[9]  = three(OP_LD, 3'd5, 3'd4, 3'd0);    // r5 = pins
    program_memory[10] = immediate(OP_LDI, 3'd4, 8'h11);    // r4 = address of the pins' direction
    program_memory[11] = three(OP_ST, 3'd0, 3'd4, 3'd5);    // drive the pins that read one
    program_memory[12] = immediate(OP_LDI, 3'd4, 8'h02);    // r4 = address of the timer's compare value
    program_memory[13] = three(OP_ST, 3'd0, 3'd4, 3'd3);    // compare = 1
    program_memory[14] = three(OP_ST, 3'd0, 3'd0, 3'd3);    // run the timer
    repeat (2) @(negedge clk);
    rst_n = 1'b1;
    while (halted !== 1'b1 && cycles < 100) begin
      @(negedge clk);
      cycles = cycles + 1;
    end
    repeat (4) @(negedge clk);
    expect_value("halted", {15'd0, halted}, 16'd1);
    expect_value("pins_out", pins_out, 16'd15);
    expect_value("pins_enable", pins_enable, 16'h00f0);
    expect_value("irq", {15'd0, irq}, 16'd1);
    if (errors == 0) begin
      $display("PASS");
      $finish;
    end else begin
      $display("FAIL");
      $fatal(1, "%0d values wrong", errors);
    end
  end

endmodule
