`timescale 1 ns / 1 ps

module tb;
  int errors = 0;
  int samples = 0;
  logic clk = 0;
  always #5 clk = ~clk;
  logic reset;
  logic bit_in;
  logic odd_ref;
  logic odd_dut;

  RefModule good1 (.clk(clk), .reset(reset), .bit_in(bit_in), .odd(odd_ref));
  TopModule top_module1 (.clk(clk), .reset(reset), .bit_in(bit_in), .odd(odd_dut));

  task check;
    samples++;
    if ({odd_ref} !== {odd_dut}) errors++;
  endtask

  always @(negedge clk) check;

  initial begin
    reset = 1;
    bit_in = 0;
    repeat (2) @(posedge clk);
    repeat (200) begin
      @(posedge clk) #1;
      reset = ($urandom % 32) == 0;
      bit_in = $urandom;
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
