"""SystemVerilog as Verilog-2005, line by line."""

from __future__ import annotations

import pytest

from rtlgen.datasets.mutants.normalise import verilog
from rtlgen.datasets.mutants.tree import UnreadableError, generate, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("always_ff @(posedge c) q <= d;", "always @(posedge c) q <= d;"),
        ("always_comb y = a;", "always @(*) y = a;"),
        ("q <= 'x; r <= '0; s <= '1;", "q <= 'bx; r <= 'b0; s <= (~'b0);"),
        ("x = y ? 4'b1 : 'z;", "x = y ? 4'b1 : 'bz;"),
        ("count += 2; i++;", "count = count + (2); i = i + 1;"),
        ("if (a <= b) c = d;", "if (a <= b) c = d;"),
        ("endmodule : top", "endmodule"),
        ("int n;", "integer n;"),
        ("unique case (a)", "case (a)"),
        ("logic w; assign w = a;", "wire w; assign w = a;"),
        ("logic [3:0] r; always @* r = a;", "reg [3:0] r; always @* r = a;"),
        ("bit r; initial r <= 0;", "reg r; initial r <= 0;"),
        ("logic r, w; always @* r = a; assign w = b;", "logic r, w; always @* r = a; assign w = b;"),
        ('$display("logic \'0");', '$display("logic \'0");'),
    ],
)
def test_replacements(text: str, expected: str) -> None:
    assert verilog(text) == expected


def test_ports_loops_and_lines() -> None:
    text = """module m (
  input logic [3:0] a,   // 'x stays a comment
  output logic [3:0] y, z
);
  always_comb
    for (int i = 0; i < 4; i++)
      y[i] = a[3 - i];
  assign z = 1;
endmodule
"""
    with pytest.raises(UnreadableError):
        parse(text)
    replaced = verilog(text.replace(", z", "").replace("  assign z = 1;\n", "\n"))
    assert replaced.count("\n") == text.count("\n")
    assert "integer i;" in replaced
    assert "output reg [3:0] y" in replaced
    assert "for(i=0; i<4; i=i+1)" in generate(parse(replaced))
