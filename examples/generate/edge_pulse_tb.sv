// SPDX-License-Identifier: Apache-2.0
// Test bench of edge_pulse.md: a walk of levels, both pulses expected one cycle after each change.
module edge_pulse_tb;
  reg clk = 1'b0, rst_n = 1'b0, level = 1'b0;
  reg [31:0] walk = 32'b0110_0111_0001_0101_1100_0010_1101_0011;
  reg last = 1'b0;
  wire rose, fell;
  integer errors = 0;
  integer i;

  edge_pulse dut (.clk(clk), .rst_n(rst_n), .level(level), .rose(rose), .fell(fell));

  always #5 clk = ~clk;

  initial begin
    repeat (2) @(negedge clk);
    rst_n = 1'b1;
    for (i = 0; i < 32; i = i + 1) begin
      level = walk[i];
      @(negedge clk);
      if (rose !== (level & ~last) || fell !== (~level & last)) begin
        if (errors == 0)
          $display("ERROR at time %0d: rose is %b, expected %b; fell is %b, expected %b",
                   $time, rose, level & ~last, fell, ~level & last);
        errors = errors + 1;
      end
      last = level;
    end
    if (errors == 0) $display("PASS");
    else $display("FAIL: %0d of 32 cycles", errors);
    $finish;
  end
endmodule
