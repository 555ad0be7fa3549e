// SPDX-License-Identifier: Apache-2.0
// Widths, opcodes and types that the whole system shares. Icarus Verilog 11 binds neither parameters in a package's
// types nor casts to enumerations, so widths are numbers and opcodes are constants.
package soc_pkg;

  localparam int DATA_WIDTH = 16;
  localparam int ADDR_WIDTH = 8;
  localparam int REG_COUNT  = 8;

  typedef logic [15:0] data_t;
  typedef logic [7:0]  addr_t;
  typedef logic [2:0]  reg_t;
  typedef logic [2:0]  alu_op_t;
  typedef logic [3:0]  opcode_t;

  // What the arithmetic unit can do.
  localparam alu_op_t ALU_ADD = 3'd0;
  localparam alu_op_t ALU_SUB = 3'd1;
  localparam alu_op_t ALU_AND = 3'd2;
  localparam alu_op_t ALU_OR  = 3'd3;
  localparam alu_op_t ALU_XOR = 3'd4;
  localparam alu_op_t ALU_SHL = 3'd5;
  localparam alu_op_t ALU_SHR = 3'd6;
  localparam alu_op_t ALU_SLT = 3'd7;

  // Bits 15:12 of an instruction. The first eight are those of the arithmetic unit.
  localparam opcode_t OP_ADD  = 4'd0;   // rd = rs + rt
  localparam opcode_t OP_SUB  = 4'd1;   // rd = rs - rt
  localparam opcode_t OP_AND  = 4'd2;   // rd = rs & rt
  localparam opcode_t OP_OR   = 4'd3;   // rd = rs | rt
  localparam opcode_t OP_XOR  = 4'd4;   // rd = rs ^ rt
  localparam opcode_t OP_SHL  = 4'd5;   // rd = rs << rt[3:0]
  localparam opcode_t OP_SHR  = 4'd6;   // rd = rs >> rt[3:0]
  localparam opcode_t OP_SLT  = 4'd7;   // rd = rs < rt, unsigned
  localparam opcode_t OP_LDI  = 4'd8;   // rd = bits 7:0
  localparam opcode_t OP_LD   = 4'd9;   // rd = bus[rs]
  localparam opcode_t OP_ST   = 4'd10;  // bus[rs] = rt
  localparam opcode_t OP_BNZ  = 4'd11;  // if (rd != 0) pc = bits 7:0
  localparam opcode_t OP_HALT = 4'd12;

  // Bits 7:4 of a bus address choose the peripheral, bits 3:0 its register.
  localparam logic [3:0] TIMER_BASE = 4'h0;
  localparam logic [3:0] GPIO_BASE  = 4'h1;

endpackage
