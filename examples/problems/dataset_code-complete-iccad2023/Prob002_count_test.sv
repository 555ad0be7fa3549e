`timescale 1 ns / 1 ps

module tb;
  int errors = 0;
  int samples = 0;
  logic clk = 0;
  always #5 clk = ~clk;
  logic reset;
  logic enable;
  logic [3:0] count_ref;
  logic [3:0] count_dut;

  RefModule good1 (.clk(clk), .reset(reset), .enable(enable), .count(count_ref));
  TopModule top_module1 (.clk(clk), .reset(reset), .enable(enable), .count(count_dut));

  task check;
    samples++;
    if ({count_ref} !== {count_dut}) errors++;
  endtask

  always @(negedge clk) check;

  initial begin
    reset = 1;
    enable = 0;
    repeat (2) @(posedge clk);
    repeat (200) begin
      @(posedge clk) #1;
      reset = ($urandom % 16) == 0;
      enable = $urandom;
    end
    $finish;
  end

  final begin
    $display("Mismatches: %0d in %0d samples", errors, samples);
  end

  initial begin
    #1000000
    $display("TIMEOUT");
    $finish;
  end
endmodule
