// SPDX-License-Identifier: Apache-2.0
// Processor that finishes one instruction in every cycle until it halts.
module core
  import soc_pkg::*;
(
    input  logic        clk,
    input  logic        rst_n,
    output addr_t       pc,
    input  logic [15:0] instr,
    output logic        halted,
    output logic        bus_valid,
    output logic        bus_write,
    output addr_t       bus_addr,
    output data_t       bus_wdata,
    input  data_t       bus_rdata
);

  alu_op_t    alu_op;
  reg_t       rd;
  reg_t       rs;
  reg_t       rt;
  logic [7:0] imm;
  logic       is_alu;
  logic       is_load_imm;
  logic       is_load;
  logic       is_store;
  logic       is_branch;
  logic       is_halt;

  reg_t  raddr_a;
  data_t operand_a;
  data_t operand_b;
  data_t alu_y;
  data_t result;
  logic  write_back;
  addr_t next_pc;
  logic  unused_carry;
  logic  unused_zero;
  logic  unused_cout;

  decoder u_decoder (
      .instr      (instr),
      .alu_op     (alu_op),
      .rd         (rd),
      .rs         (rs),
      .rt         (rt),
      .imm        (imm),
      .is_alu     (is_alu),
      .is_load_imm(is_load_imm),
      .is_load    (is_load),
      .is_store   (is_store),
      .is_branch  (is_branch),
      .is_halt    (is_halt)
  );

  // A branch has its target where other instructions have rs, so it tests rd.
  assign raddr_a = is_branch ? rd : rs;

  regfile u_regfile (
      .clk    (clk),
      .rst_n  (rst_n),
      .we     (write_back),
      .waddr  (rd),
      .wdata  (result),
      .raddr_a(raddr_a),
      .raddr_b(rt),
      .rdata_a(operand_a),
      .rdata_b(operand_b)
  );

  alu u_alu (
      .op   (alu_op),
      .a    (operand_a),
      .b    (operand_b),
      .y    (alu_y),
      .carry(unused_carry),
      .zero (unused_zero)
  );

  adder #(
      .WIDTH(ADDR_WIDTH)
  ) u_next_pc (
      .a   (pc),
      .b   (8'd1),
      .cin (1'b0),
      .sum (next_pc),
      .cout(unused_cout)
  );

  assign write_back = (is_alu || is_load_imm || is_load) && !halted;
  assign result     = is_load_imm ? {8'h00, imm} : is_load ? bus_rdata : alu_y;

  assign bus_valid = (is_load || is_store) && !halted;
  assign bus_write = is_store;
  assign bus_addr  = operand_a[ADDR_WIDTH-1:0];
  assign bus_wdata = operand_b;

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      pc     <= '0;
      halted <= 1'b0;
    end else if (!halted) begin
      halted <= is_halt;
      pc     <= (is_branch && operand_a != '0) ? imm : next_pc;
    end
  end

endmodule
