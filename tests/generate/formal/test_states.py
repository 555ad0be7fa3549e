"""State machines from tables and arrows."""

from __future__ import annotations

from typing import Any

import pytest

from rtlgen.generate.formal.candidates import candidates

MOORE = """
  reg [1:0] s;
  always @(posedge clk) if (rst) s <= 0; else case (s)
    0: s <= x ? 1 : 0;
    1: s <= x ? 1 : 2;
    2: s <= x ? 1 : 0;
    default: s <= 0;
  endcase
  assign z = s == 2;
"""
SHAPES = {
    "table": "State | Next state x=0, Next state x=1 | Output\nA | A, B | 0\nB | C, B | 0\nC | A, B | 1\n",
    "markdown": "| state | x=0 | x=1 | z |\n|---|---|---|---|\n| A | A | B | 0 |\n| B | C | B | 0 |\n| C | A | B | 1 |\n",
    "blanks": "State   x=0   x=1   z\nA       A     B     0\nB       C     B     0\nC       A     B     1\n",
    "arrows": "A (0) --0--> A\nA (0) --1--> B\nB (0) --0--> C\nB (0) --1--> B\nC (1) --0--> A\nC (1) --1--> B\n",
    "labelled": "A (z=0) --x=0--> A\nA (z=0) --x=1--> B\nB (z=0) --x=0--> C\nB (z=0) --x=1--> B\n"
    "C (z=1) --x=0--> A\nC (z=1) --x=1--> B\n",
    "rows": "- A (z=0): x=0 -> A, x=1 -> B\n- B (z=0): x=0 -> C, x=1 -> B\n- C (z=1): x=0 -> A, x=1 -> B\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_one_machine_in_many_shapes(shape: str, write: Any, same: Any) -> None:
    spec = write.spec(
        f"A Moore machine. rst is synchronous and resets to A.\n\n{SHAPES[shape]}", "clk rst x", "z"
    )
    (found,) = candidates(spec)
    assert same(spec, found.code, MOORE), found.code
    assert found.evidence.startswith("the state transitions in lines ")


def test_the_reset_state_and_the_kind_of_reset_are_those_of_the_text(write: Any, same: Any) -> None:
    text = "go is an asynchronous, active-low reset to state ON.\n\nOFF (0) --1--> ON\nOFF (0) --0--> OFF\n"
    text += "ON (1) --1--> OFF\nON (1) --0--> ON\n"
    spec = write.spec(text.replace("go", "aresetn"), "clk aresetn t", "y")
    (found,) = candidates(spec)
    body = "reg s; always @(posedge clk or negedge aresetn) if (!aresetn) s <= 1; else if (t) s <= ~s; assign y = s;"
    assert same(spec, found.code, body), found.code


def test_a_mealy_machine(write: Any, same: Any) -> None:
    text = "Reset is synchronous, to A.\nA --0/0--> A\nA --1/0--> B\nB --0/1--> A\nB --1/0--> B\n"
    spec = write.spec(text, "clk reset x", "z")
    (found,) = candidates(spec)
    body = "reg p; always @(posedge clk) p <= reset ? 0 : x; assign z = p & ~x;"
    assert same(spec, found.code, body), found.code


def test_next_state_logic_alone_one_hot(write: Any, same: Any) -> None:
    text = "One-hot: A = 3'b001, B = 3'b010, C = 3'b100. Only the logic.\n\n" + SHAPES["arrows"]
    spec = write.spec(text, "x s:3", "n:3 z")
    (found,) = candidates(spec)
    body = "assign n = {s[1] & ~x, (|s) & x, (s[0] | s[2]) & ~x}; assign z = s[2];"
    assert same(spec, found.code, body), found.code


@pytest.mark.parametrize(
    "text",
    [
        "A (0) --0--> A\nA (0) --1--> D\nB (0) --0--> A\nB (1) --1--> B\n",  # D is no state; B has two outputs
        "A --0--> A\nA --1--> B\nB --0--> A\nB --1--> B\n",  # nothing says the output
        "A (0) --0--> A\nA (0) --1 or so--> B\nB (1) --0--> A\nB (1) --1--> B\n",  # one arrow is not understood
    ],
)
def test_what_is_in_doubt_gives_nothing(text: str, write: Any) -> None:
    assert candidates(write.spec(text, "clk reset x", "z")) == ()
