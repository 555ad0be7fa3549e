// SPDX-License-Identifier: Apache-2.0
// Logical shifts by a variable amount.
module shifter #(
    parameter int WIDTH  = 16,
    parameter int AMOUNT = 4
) (
    input  logic [WIDTH-1:0]  a,
    input  logic [AMOUNT-1:0] amount,
    input  logic              right,
    output logic [WIDTH-1:0]  y
);

  assign y = right ? a >> amount : a << amount;

endmodule
