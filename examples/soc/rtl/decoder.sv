// SPDX-License-Identifier: Apache-2.0
// Takes an instruction apart: [15:12] opcode, [11:9] rd, [8:6] rs, [5:3] rt; [7:0] immediate or target.
module decoder
  import soc_pkg::*;
(
    input  logic [15:0] instr,
    output alu_op_t     alu_op,
    output reg_t        rd,
    output reg_t        rs,
    output reg_t        rt,
    output logic [7:0]  imm,
    output logic        is_alu,
    output logic        is_load_imm,
    output logic        is_load,
    output logic        is_store,
    output logic        is_branch,
    output logic        is_halt
);

  opcode_t opcode;

  assign opcode = instr[15:12];
  assign alu_op = instr[14:12];
  assign rd     = instr[11:9];
  assign rs     = instr[8:6];
  assign rt     = instr[5:3];
  assign imm    = instr[7:0];

  assign is_alu      = (opcode < OP_LDI);
  assign is_load_imm = (opcode == OP_LDI);
  assign is_load     = (opcode == OP_LD);
  assign is_store    = (opcode == OP_ST);
  assign is_branch   = (opcode == OP_BNZ);
  assign is_halt     = (opcode == OP_HALT);

endmodule
