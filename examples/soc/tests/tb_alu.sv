// SPDX-License-Identifier: Apache-2.0
// Plain testbench of the arithmetic unit: each operation on corner and random operands, against its definition.
// Prints one line for each operation that is wrong, then PASS, or FAIL with a non-zero exit status.
module tb_alu;
  import soc_pkg::*;

  localparam int VECTORS = 64;

  alu_op_t op;
  data_t   a;
  data_t   b;
  data_t   y;
  logic    carry;
  logic    zero;

  data_t expected;
  int    wrong;
  int    total;

  alu dut (
      .op   (op),
      .a    (a),
      .b    (b),
      .y    (y),
      .carry(carry),
      .zero (zero)
  );

  function automatic data_t corner(input int n);
    logic [31:0] random;
    random = $urandom;
    case (n)
      0: corner = 16'h0000;
      1: corner = 16'h0001;
      2: corner = 16'h7fff;
      3: corner = 16'h8000;
      4: corner = 16'hffff;
      default: corner = random[15:0];
    endcase
  endfunction

  function automatic data_t model(input alu_op_t kind, input data_t left, input data_t right);
    case (kind)
      ALU_ADD: model = left + right;
      ALU_SUB: model = left - right;
      ALU_AND: model = left & right;
      ALU_OR:  model = left | right;
      ALU_XOR: model = left ^ right;
      ALU_SHL: model = left << right[3:0];
      ALU_SHR: model = left >> right[3:0];
      ALU_SLT: model = (left < right) ? 16'd1 : 16'd0;
      default: model = 16'd0;
    endcase
  endfunction

  initial begin
    total = 0;
    for (int k = 0; k < 8; k++) begin
      op = k[2:0];
      wrong = 0;
      for (int n = 0; n < VECTORS; n++) begin
        a = corner(n % 8);
        b = corner(n / 8);
        #1;
        expected = model(op, a, b);
        if (y !== expected || zero !== (expected == 16'd0)) begin
          if (wrong == 0) $display("alu op %0d: %h, %h gives %h, not %h", k, a, b, y, expected);
          wrong = wrong + 1;
        end
      end
      if (wrong != 0) $display("alu op %0d: %0d of %0d wrong", k, wrong, VECTORS);
      total = total + wrong;
    end
    if (total == 0) begin
      $display("PASS");
      $finish;
    end else begin
      $display("FAIL");
      $fatal(1, "%0d results wrong", total);
    end
  end

endmodule
