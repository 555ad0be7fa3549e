`timescale 1 ns / 1 ps

module tb;
  int errors = 0;
  int samples = 0;
  logic [3:0] a;
  logic [3:0] y_ref;
  logic [3:0] y_dut;

  RefModule good1 (.a(a), .y(y_ref));
  TopModule top_module1 (.a(a), .y(y_dut));

  task check;
    samples++;
    if ({y_ref} !== {y_dut}) errors++;
  endtask

  initial begin
    for (int i = 0; i < 16; i++) begin
      a = i;
      #1 check;
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
