
module RefModule (
  input logic clk,
  input logic reset,
  input logic bit_in,
  output logic odd
);

  logic state;

  always @(posedge clk) begin
    if (reset)
      state <= 1'b0;
    else
      state <= state ^ bit_in;
  end

  assign odd = state;

endmodule
