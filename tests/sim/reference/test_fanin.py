"""What a signal depends on, nearest first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError, UsageError
from rtlgen.sim.reference.fanin import fan_in

Write = Callable[..., Path]

DESIGN = """module stage(input c, input [3:0] x, output reg [3:0] y);
  always @(posedge c) y <= x + 1;
endmodule
module top(input clk, input sel, input [3:0] a, b, input [1:0] k, input free, output [3:0] q, output [3:0] p, output r);
  wire [3:0] chosen = sel ? a : b;
  wire [3:0] delayed;
  reg [3:0] mem [0:3];
  reg [3:0] picked;
  integer i;
  stage u0(.c(clk), .x(chosen), .y(delayed));
  assign q = delayed;
  assign r = free;
  always @(posedge clk) mem[k] <= a;
  always @(*) begin
    picked = 0;
    case (k)
      0: picked = mem[0];
      default: for (i = 0; i < 4; i = i + 1) if (b[i]) picked = picked | mem[i];
    endcase
  end
  assign p = picked;
endmodule
"""


@pytest.fixture
def ask(write: Write) -> Callable[..., tuple[str, ...]]:
    path = write(DESIGN)
    return lambda signal, **more: fan_in([path], "top", signal, **more)


def test_through_an_instance(ask: Callable[..., tuple[str, ...]]) -> None:
    assert ask("q", depth=9) == ("q", "delayed", "u0.y", "u0.x", "u0.c", "chosen", "clk", "sel", "a", "b")


def test_nearest_first_up_to_a_depth(ask: Callable[..., tuple[str, ...]]) -> None:
    assert ask("q", depth=0) == ("q",)
    assert ask("q", depth=1) == ("q", "delayed")
    assert ask("q", depth=3) == ("q", "delayed", "u0.y", "u0.x", "u0.c")
    assert ask("q", depth=9, limit=4) == ("q", "delayed", "u0.y", "u0.x")


def test_conditions_selectors_and_indices_count(ask: Callable[..., tuple[str, ...]]) -> None:
    found = ask("p", depth=9)
    assert found[:2] == ("p", "picked")
    assert set(found) == {"p", "picked", "k", "mem", "b", "i", "clk", "a"}


def test_what_has_nothing_to_do_with_it_is_left_out(ask: Callable[..., tuple[str, ...]]) -> None:
    assert ask("r") == ("r", "free")
    assert ask("clk") == ("clk",)


def test_from_inside_an_instance(ask: Callable[..., tuple[str, ...]]) -> None:
    assert ask("u0.y", depth=3) == ("u0.y", "u0.x", "u0.c", "chosen", "clk", "sel", "a", "b")


def test_rings_end(write: Write) -> None:
    path = write(
        "module m(input clk, output reg [1:0] a, b); always @(posedge clk) {a, b} <= {b, a}; endmodule"
    )
    assert set(fan_in([path], None, "a", depth=99)) == {"a", "b", "clk"}


def test_generated_and_typed(write: Write) -> None:
    path = write(
        "package p; typedef struct packed { logic [1:0] x; logic y; } t; endpackage\n"
        "module m import p::*; (input t d [2], input logic e, output t q);\n"
        "  t w [2];\n"
        "  for (genvar i = 0; i < 2; i++) begin : g\n    logic on;\n    assign on = e;\n"
        "    always_comb begin w[i] = '0; if (on) w[i].x = d[i].x; end\n  end\n"
        "  assign q = w[0] ^ w[1];\nendmodule\n"
    )
    assert fan_in([path], "m", "q", depth=9) == ("q", "w", "d", "g[0].on", "g[1].on", "e")


def test_unknown_signals(ask: Callable[..., tuple[str, ...]], write: Write) -> None:
    with pytest.raises(UsageError, match="no signal 'chosn' in 'top'") as error:
        ask("chosn")
    assert error.value.hint == "one of chosen"
    with pytest.raises(DesignError, match="no module 'tap'"):
        fan_in([write(DESIGN)], "tap", "q")
