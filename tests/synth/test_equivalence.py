"""Pairs whose answer is known: equal, different, and what cannot be told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError, UsageError
from rtlgen.synth.equivalence import Equivalence, Reset, equivalent

pytestmark = pytest.mark.needs_sandbox
Compare = Callable[..., Equivalence]

COUNTER = """
module top (input clk, input rst, input en, output reg [3:0] q);
  always @(posedge clk) if (rst) q <= 0; else if (en) q <= q + 1;
endmodule
"""
RECOGNISER = """
module top (input clk, input rst, input x, output y);
  reg [1:0] s;
  always @(posedge clk) if (rst) s <= 0; else case (s)
    0: s <= x ? 1 : 0;
    1: s <= x ? 2 : 0;
    default: s <= x ? 2 : 0;
  endcase
  assign y = s == 2;
endmodule
"""
ONE_HOT = """
module top (input clk, input rst, input x, output y);
  reg [2:0] hot;
  always @(posedge clk) if (rst) hot <= 3'b001; else begin
    hot[0] <= ~x;
    hot[1] <= x & hot[0];
    hot[2] <= x & (hot[1] | hot[2]);
  end
  assign y = hot[2];
endmodule
"""


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """Write two texts to files and compare them."""

    def run(gold: str, gate: str, top: str = "top", **options: object) -> Equivalence:
        (tmp_path / "gold.sv").write_text(gold)
        (tmp_path / "gate.sv").write_text(gate)
        return equivalent([tmp_path / "gold.sv"], [tmp_path / "gate.sv"], top, **options)  # type: ignore[arg-type]

    return run


def comb(expression: str, ports: str = "input [3:0] a, b, input c, output [3:0] y") -> str:
    return f"module top ({ports});\n  assign y = {expression};\nendmodule\n"


def test_de_morgan(compare: Compare) -> None:
    result = compare(comb("~(a & b)"), comb("~a | ~b"))
    assert (result.status, result.method) == ("equal", "iprove, combinational")
    assert result.tools.keys() == {"yosys", "yosys-abc"}


def test_no_inputs(compare: Compare) -> None:
    assert compare(comb("1'b0", "output y"), comb("1'b0", "output y")).status == "equal"
    assert compare(comb("1'b0", "output y"), comb("1'b1", "output y")).detail == "cycle 0: y is 1, expected 0"


def test_two_adders(compare: Compare) -> None:
    ripple = """
module full (input a, b, c, output s, d); assign s = a ^ b ^ c; assign d = a & b | c & (a ^ b); endmodule
module top (input [3:0] a, b, input c, output [3:0] y);
  wire [4:0] k; assign k[0] = c;
  genvar i;
  generate for (i = 0; i < 4; i = i + 1) begin : bits
    full f (.a(a[i]), .b(b[i]), .c(k[i]), .s(y[i]), .d(k[i+1]));
  end endgenerate
endmodule
"""
    assert compare(comb("a + b + c"), ripple).status == "equal"
    wrong = compare(comb("a + b + c"), ripple.replace("a & b |", "a & b ^ ~c |"))
    assert wrong.status == "different"
    example = wrong.counterexample
    assert example is not None
    inputs = {name: int(value, 2) for name, value in example.inputs[-1].items()}
    assert int(example.outputs["y"][0], 2) == (inputs["a"] + inputs["b"] + inputs["c"]) % 16


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("q + 1", "q - 1"),
        ("q <= 0", "q <= 1"),
        ("if (rst)", "if (!rst)"),
        ("else if (en)", "else"),
        ("posedge clk", "negedge clk"),
        ("@(posedge clk)", "@(posedge clk or posedge rst)"),
    ],
)
def test_a_change_of_a_counter_is_seen(compare: Compare, old: str, new: str) -> None:
    assert old in COUNTER
    result = compare(COUNTER, COUNTER.replace(old, new))
    assert result.status == "different", result
    assert "q is" in result.detail


def test_a_register_without_reset_powers_up_the_same_in_both(compare: Compare) -> None:
    toggle = "module top (input clk, output reg q); always @(posedge clk) q <= {}; endmodule\n"
    assert compare(toggle.format("~q"), toggle.format("!q")).status == "equal"
    assert compare(toggle.format("~q"), toggle.format("q & ~clk")).status == "different"


def test_unreachable_states_do_not_matter(compare: Compare) -> None:
    """The default of a state machine that begins at 0; a proof by induction over all states would fail."""
    begun = RECOGNISER.replace("reg [1:0] s;", "reg [1:0] s = 0;")
    assert (
        compare(
            begun, begun.replace("default: s <= x ? 2 : 0;", "2: s <= x ? 2 : 0; default: s <= 1;")
        ).status
        == "equal"
    )
    assert (
        compare(begun, begun.replace("default: s <= x ? 2 : 0;", "2: s <= 0; default: s <= 1;")).status
        == "different"
    )


def test_other_encoding_of_a_state_machine(compare: Compare) -> None:
    assert compare(RECOGNISER, ONE_HOT, resets=[Reset("rst")]).status == "equal"
    broken = ONE_HOT.replace("(hot[1] | hot[2])", "hot[1]")
    assert compare(RECOGNISER, broken, resets=[Reset("rst", cycles=2)]).status == "different"


def test_states_that_a_reset_excludes(compare: Compare) -> None:
    """A decimal counter that powers up beyond 9 goes another way; after a reset it never is there."""
    decimal = COUNTER.replace("else if (en) q <= q + 1", "else if (en) q <= q == 9 ? 0 : q + 1")
    other = decimal.replace("q == 9", "q >= 9")
    assert compare(decimal, other).status == "different"
    assert compare(decimal, other, resets=[Reset("rst")]).status == "equal"
    assert compare(decimal, decimal.replace("q == 9", "q == 8"), resets=[Reset("rst")]).status == "different"


def test_clocks_tick_while_a_reset_is_held(compare: Compare) -> None:
    """Both edges are used, so every input may change at any time; without ticks a synchronous reset does nothing."""
    decimal = COUNTER.replace("else if (en) q <= q + 1", "else q <= q == 9 ? 0 : q + 1")
    both = decimal.replace("endmodule", "endmodule\n").replace(
        "output reg [3:0] q", "output reg [3:0] q, output reg n"
    )
    both = both.replace("  always", "  always @(negedge clk) n <= en;\n  always")
    assert compare(both, both.replace("q == 9", "q >= 9")).status == "different"
    assert compare(both, both.replace("q == 9", "q >= 9"), resets=[Reset("rst")]).status == "equal"


def test_without_a_reset_other_registers_are_no_difference(compare: Compare) -> None:
    result = compare(RECOGNISER, ONE_HOT)
    assert result.status == "unknown"
    assert "name a reset" in result.detail
    assert "(s)" in result.detail


def test_a_latch_too_much_is_a_difference(compare: Compare) -> None:
    text = "module top (input a, b, output reg y); always @* if (a) y = b; else y = 0; endmodule\n"
    assert compare(text, text.replace(" else y = 0;", "")).status == "different"


def test_other_reset_value(compare: Compare) -> None:
    """Held from the beginning, the resets and the equal power-up would exclude each other."""
    text = COUNTER.replace("@(posedge clk)", "@(posedge clk or posedge rst)")
    for cycles in (1, 2):
        result = compare(text, text.replace("q <= 0", "q <= 9"), resets=[Reset("rst", cycles=cycles)])
        assert result.status == "different"


def test_a_reset_pulse_between_two_clock_edges(compare: Compare) -> None:
    """Of an internal register: in every cycle that ends with a clock edge both resets do the same."""
    text = """
module top (input clk, rst, d, output reg q);
  reg p;
  always @(posedge clk or posedge rst) if (rst) p <= 0; else p <= d;
  always @(posedge clk) if (rst) q <= 0; else q <= p;
endmodule
"""
    assert compare(text, text.replace(" or posedge rst", ""), resets=[Reset("rst")]).status == "different"
    same = compare(text, text.replace("q <= p", "q <= p & 1'b1"))
    assert (same.status, same.method) == ("equal", "scorr, cycles")


def test_nothing_inside(compare: Compare) -> None:
    empty = "module top (input a, output y); endmodule\n"
    assert compare(comb("a", "input a, output y"), empty).status == "different"
    assert compare(empty, empty).status == "equal"


def test_retimed_comparator(compare: Compare) -> None:
    """The register before the comparison, or after it."""
    before = """
module top (input clk, input [3:0] a, b, output y);
  reg [3:0] p = 0, q = 0;
  always @(posedge clk) begin p <= a; q <= b; end
  assign y = p > q;
endmodule
"""
    after = """
module top (input clk, input [3:0] a, b, output reg y);
  initial y = 0;
  always @(posedge clk) y <= a > b;
endmodule
"""
    assert compare(before, after).status == "equal"
    assert compare(before, after.replace("a > b", "a >= b")).status == "different"
    assert compare(before, after.replace("y = 0", "y = 1")).status == "different"


def test_x_of_the_first_matches_anything(compare: Compare) -> None:
    text = """
module top (input [1:0] a, output reg y);
  always @* case (a) 0: y = 0; 1: y = 1; default: y = {}; endcase
endmodule
"""
    assert compare(text.format("1'bx"), text.format("a[0]")).status == "equal"
    assert compare(text.format("1'b1"), text.format("1'bx")).status == "different"
    assert (
        compare(text.format("1'bx"), text.replace("1: y = 1", "1: y = 0").format("1'bx")).status
        == "different"
    )


def test_memories(compare: Compare) -> None:
    ram = """
module top (input clk, we, input [1:0] wa, ra, input [1:0] d, output [1:0] q);
  reg [1:0] mem [0:3];
  always @(posedge clk) if (we) mem[wa] <= d;
  assign q = mem[ra];
endmodule
"""
    assert compare(ram, ram.replace("if (we) mem[wa] <= d", "mem[wa] <= we ? d : mem[wa]")).status == "equal"
    assert compare(ram, ram.replace("mem[wa] <= d", "mem[wa ^ 1] <= d")).status == "different"


def test_latches_and_two_clocks(compare: Compare) -> None:
    latch = "module top (input en, d, output reg q); always @* if (en) q = d; endmodule\n"
    assert (
        compare(latch, "module top (input en, d, output reg q); always @* q = en ? d : q; endmodule\n").status
        != "different"
    )
    assert compare(latch, latch.replace("(en) q", "(!en) q")).status == "different"
    double = """
module top (input clk, d, output q);
  reg p, n;
  always @(posedge clk) p <= d ^ n;
  always @(negedge clk) n <= d ^ p;
  assign q = p ^ n;
endmodule
"""
    assert compare(double, double.replace("d ^ n", "n ^ d")).status == "equal"
    assert compare(double, double.replace("negedge", "posedge")).status == "different"


def test_hierarchy_and_odd_names(compare: Compare) -> None:
    text = r"""
module cell_ (input clk, input d, output reg \q[0] ); always @(posedge clk) \q[0] <= d; endmodule
module top (input clk, input d, output q); wire w;
  genvar i; generate for (i = 0; i < 1; i = i + 1) begin : g cell_ u (.clk(clk), .d(d), .\q[0] (w)); end endgenerate
  assign q = ~w;
endmodule
"""
    assert compare(text, text.replace("~w", "!w")).status == "equal"
    assert compare(text, text.replace("~w", "w")).status == "different"


def test_too_little_time_is_unknown(compare: Compare) -> None:
    ports = "input [11:0] a, b, output [23:0] y"
    result = compare(
        comb("a * b", ports), comb("{12'd0, a} * b[5:0] + ((a * b[11:6]) << 6)", ports), seconds=1
    )
    assert result.status == "unknown"
    assert "no proof" in result.detail


def test_what_cannot_be_synthesised_is_unknown_or_an_error(compare: Compare) -> None:
    loop = "module top (input a, output y); assign y = ~(y & a); endmodule\n"
    assert compare(loop, loop).status == "unknown"


@pytest.mark.parametrize(
    ("gold", "gate", "top", "said"),
    [
        (COUNTER, COUNTER, "other", "other"),
        (COUNTER, COUNTER.replace("endmodule", "missing u (); endmodule"), "top", "missing"),
        (COUNTER, COUNTER.replace("q + 1", "q + "), "top", "syntax error"),
        (
            COUNTER,
            COUNTER.replace("[3:0] q", "[4:0] q"),
            "top",
            "output q: 4 bits in the first, 5 bits in the second",
        ),
        (
            COUNTER,
            COUNTER.replace("input en, ", "").replace("if (en)", ""),
            "top",
            "input en: 1 bit in the first, missing",
        ),
        (COUNTER, COUNTER, "top; exec", "not the name of a module"),
    ],
)
def test_bad_input(compare: Compare, gold: str, gate: str, top: str, said: str) -> None:
    with pytest.raises(DesignError) as failed:
        compare(gold, gate, top)
    assert said in str(failed.value)


def test_the_reset_must_be_an_input(compare: Compare) -> None:
    with pytest.raises(DesignError, match="reset 'q'"):
        compare(COUNTER, COUNTER, resets=[Reset("q")])


def test_no_files_and_odd_file_names(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="no files"):
        equivalent([], [], "top")
    odd = tmp_path / 'a".v'
    odd.write_text(COUNTER)
    with pytest.raises(UsageError, match="file name"):
        equivalent([odd], [odd], "top")
