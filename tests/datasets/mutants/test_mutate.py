"""Mutants of whole designs: the way they go, that one thing changes, and that the same call gives the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.datasets.mutants import KINDS, Mutants, mutate

VERILOG = """`timescale 1ns/1ps
module alu (
  input clk,
  input rst_n,
  input [3:0] a, b,  // operands
  input [1:0] op,
  output reg [3:0] y,
  output zero
);
  wire [3:0] inner;
  sub u (.a(a), .b(b), .c(op[0]), .y(inner));
  assign zero = y == 0;
  always @(posedge clk or negedge rst_n)
    if (!rst_n) y <= 4'b0;
    else case (op)
      0: y <= a + b;
      1: y <= a[3] ? a & b : ~a << 1;
      default: if (a < b && &b) y <= {a[2:1], b[1:0]}; else y <= inner;
    endcase
endmodule
"""
SYSTEM = """
module fsm (input logic clk, input logic rst, input logic x, output logic y);
  typedef enum logic [1:0] {A, B, C} state_t;
  state_t s, n;
  `define GO (x && s != C)
  always_comb begin
    unique case (s)
      A: n = x ? B : A;
      B: n = `GO ? C : A;
      default: n = A;
    endcase
  end
  always_ff @(posedge clk or posedge rst) if (rst) s <= A; else s <= n;
  assign y = s == C;
endmodule
"""


def everything(text: str) -> Mutants:
    return mutate(text, count=10_000)


@pytest.fixture(scope="module")
def alu() -> Mutants:
    return everything(VERILOG)


@pytest.fixture(scope="module")
def fsm() -> Mutants:
    return everything(SYSTEM)


def test_ways(alu: Mutants, fsm: Mutants) -> None:
    assert (alu.way, alu.reason) == ("pyverilog", "")
    assert alu.base.startswith("`timescale 1ns/1ps\n")
    assert (fsm.way, fsm.base) == ("pyslang", SYSTEM)
    assert fsm.reason == "Pyverilog: macros or conditional compilation"


def test_every_kind_is_there(alu: Mutants, fsm: Mutants) -> None:
    assert {mutant.kind for mutant in alu.mutants} == set(KINDS)
    assert {mutant.kind for mutant in fsm.mutants} >= {
        "ternary",
        "case item",
        "edge",
        "reset edge",
        "assignment",
    }


@pytest.mark.parametrize(
    ("kind", "line", "description"),
    [
        ("arithmetic", 16, "(a + b) -> (a - b)"),
        ("relation", 12, "(y == 0) -> (y != 0)"),
        ("bitwise", 17, "(a & b) -> (a | b)"),
        ("shift", 17, "(~a << 1) -> (~a >> 1)"),
        ("logic", 18, "((a < b) && &b) -> ((a < b) || &b)"),
        ("edge", 13, "posedge clk -> negedge"),
        ("reset edge", 13, "no negedge rst_n"),
        ("reset value", 14, "4'b0 -> 4'b1111"),
        ("select", 18, "a[2:1] -> a[3:2]"),
        ("case item", 16, "no case 0"),
        ("stuck output", 12, "zero is always all ones"),
        ("instance", 11, "a and b of u swapped"),
        ("branch", 18, "no else of if (((a < b) && &b))"),
        ("missing assignment", 16, "no y <= a + b;"),
        ("assignment", 16, "y <= a + b; -> y = a + b;"),
    ],
)
def test_a_change_with_its_line(alu: Mutants, kind: str, line: int, description: str) -> None:
    assert (kind, line, description) in {(one.kind, one.line, one.description) for one in alu.mutants}


def test_one_thing_changes(alu: Mutants, fsm: Mutants) -> None:
    import difflib

    for made in (alu, fsm):
        assert len({mutant.text for mutant in made.mutants}) == len(made.mutants)
        for mutant in made.mutants:
            pieces = difflib.SequenceMatcher(
                None, made.base.split(), mutant.text.split(), autojunk=False
            ).get_opcodes()
            changed = [piece for piece in pieces if piece[0] != "equal"]
            assert 1 <= len(changed) <= (6 if mutant.kind == "stuck output" else 3), mutant


def test_edits_leave_the_rest_alone(fsm: Mutants) -> None:
    for mutant in fsm.mutants:
        assert "`define GO (x && s != C)" in mutant.text  # macros are not touched
        before, after = SYSTEM.splitlines(), mutant.text.splitlines()
        differing = [n for n, (a, b) in enumerate(zip(before, after, strict=True), start=1) if a != b]
        assert differing == [mutant.line]


def test_the_same_call_gives_the_same() -> None:
    first, again = (mutate(VERILOG, count=9, seed=4) for _ in range(2))
    assert first == again
    assert len({mutant.kind for mutant in first.mutants}) == 9  # every kind in turn
    assert mutate(VERILOG, count=9, seed=5).mutants != first.mutants


def test_a_generated_text_that_fails_goes_the_other_way() -> None:
    asked: list[str] = []

    def accepts(text: str) -> bool:
        asked.append(text)
        return False

    made = mutate(VERILOG, count=3, accepts=accepts)
    assert (made.way, made.base, len(asked)) == ("pyslang", VERILOG, 1)
    assert "does not behave" in made.reason


@pytest.mark.parametrize(
    "text", ["", "module m (", "not verilog at all", "module m; assign = ; endmodule", "\x00\x01"]
)
def test_what_nobody_can_read(text: str) -> None:
    made = mutate(text)
    assert (made.way, made.mutants) == ("none", ())
    assert made.reason.startswith("Pyverilog: ")


def test_nothing_is_left_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rtlgen.datasets.mutants import tree

    (tmp_path / "parsetab.py").write_text("raise SystemExit('taken from the working folder')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    tree._parser.cache_clear()
    assert mutate(VERILOG, count=1).way == "pyverilog"
    assert {path.name for path in tmp_path.iterdir()} <= {"parsetab.py", "__pycache__"}
