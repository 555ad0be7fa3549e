"""Behaviour as a digest: who agrees with whom, and what does not run."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError
from rtlgen.core.records import Module
from rtlgen.sim.reference.behaviour import Behaviour, agreement, signature, stimulus_for
from rtlgen.sim.reference.ports import interface
from rtlgen.sim.reference.recording import LIMITS, Settings

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]

Write = Callable[..., Path]
SHORT = Settings(limits=replace(LIMITS, wall_s=2.0, cpu_s=2))

ONE = """module gray(input clk, input rst, input en, output reg [3:0] g);
  reg [3:0] n;
  always @(posedge clk) if (rst) n <= 0; else if (en) n <= n + 1;
  always @(*) g = n ^ (n >> 1);
endmodule
"""
OTHER_WORDS = """module gray(output [3:0] g, input rst, en, clk);
  reg [3:0] count = 7;
  genvar i;
  generate for (i = 0; i < 3; i = i + 1) begin : bit_of xor x(g[i], count[i], count[i + 1]); end endgenerate
  assign g[3] = count[3];
  always @(posedge clk) begin if (en) count <= count + 1'b1; if (rst) count <= 4'd0; end
endmodule
"""
BINARY = ONE.replace("n ^ (n >> 1)", "n")
SYNTAX = ONE.replace("always @(*)", "always (*)")
MISSING = ONE.replace("input en, ", "").replace("if (en) ", "")
EXTRA = ONE.replace("input en,", "input en, input [7:0] spare, output [2:0] more,")
NARROW = ONE.replace("[3:0] g", "[2:0] g")
ENDLESS = ONE.replace("endmodule", "initial forever #0 g = g;\nendmodule")
STOPS = ONE.replace("endmodule", "initial #50 $finish;\nendmodule")
UNKNOWN = ONE.replace("if (rst) n <= 0; else", "")


@pytest.fixture
def behave(write: Write) -> Callable[[str], Behaviour]:
    stimulus = stimulus_for([write(ONE, "first.v")], "gray", cycles=120)

    def run(text: str) -> Behaviour:
        return signature([write(text)], "gray", stimulus, settings=SHORT)

    return run


def test_equal_behaviour_in_other_words(behave: Callable[[str], Behaviour]) -> None:
    one, two, other = behave(ONE), behave(OTHER_WORDS), behave(BINARY)
    assert one.kind == two.kind == other.kind == "ran"
    assert len(one.digest) == 64
    assert one.digest == two.digest == behave(ONE).digest
    assert other.digest not in ("", one.digest)
    assert (one.unknown, len(one.trace[0])) == (0.0, 4)


def test_the_digest_depends_on_the_stimulus(write: Write) -> None:
    path = write(ONE)
    digests = {
        signature([path], "gray", stimulus_for([path], "gray", seed=seed, cycles=60)).digest
        for seed in (0, 1)
    }
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        (SYNTAX, "syntax", "syntax error"),
        (MISSING, "elaboration", "input 'en' is missing"),
        (NARROW, "elaboration", "'g' is output of 3 bits, expected output of 4"),
        (ONE.replace("module gray", "module grey"), "elaboration", "gray"),
        (ENDLESS, "timeout", "had not ended"),
        (STOPS, "mismatch", "the design ended the simulation in cycle"),
    ],
    ids=["syntax", "missing", "narrow", "name", "endless", "stops"],
)
def test_what_does_not_run(behave: Callable[[str], Behaviour], text: str, kind: str, reason: str) -> None:
    found = behave(text)
    assert (found.kind, found.digest) == (kind, "")
    assert reason in found.reason


def test_only_the_required_interface_counts(behave: Callable[[str], Behaviour]) -> None:
    assert behave(EXTRA).digest == behave(ONE).digest


def test_unknown_values_are_told_and_are_a_behaviour(behave: Callable[[str], Behaviour]) -> None:
    one, two = behave(UNKNOWN), behave(UNKNOWN.replace("n <= n + 1", "n <= n + 2"))
    assert one.unknown == 1.0
    assert one.digest == two.digest


def test_stimulus_of_an_interface_alone(write: Write) -> None:
    path = write(ONE)
    module: Module = interface([path], "gray")
    by_names = stimulus_for([], None, interface=module, cycles=50)
    assert by_names.clocks == ("clk",)
    assert [r.name for r in by_names.resets] == ["rst"]
    assert signature([path], "gray", by_names).kind == "ran"
    with pytest.raises(DesignError, match="neither an interface nor a design"):
        stimulus_for([], None)


def test_the_required_interface_with_the_roles_of_a_design(write: Write) -> None:
    module = interface([write(ONE)], "gray")
    stimulus = stimulus_for([write(EXTRA, "e.v")], "gray", interface=module, cycles=50)
    assert [name for name, _ in stimulus.columns] == ["clk", "rst", "en"]
    assert stimulus.outputs == (("g", 4),)


def told(*digests: str) -> list[Behaviour]:
    return [Behaviour("ran" if digest else "syntax", digest) for digest in digests]


def test_clusters_the_biggest_first() -> None:
    clusters = agreement(told("a", "b", "", "b", "c", "b", "a"))
    assert [(c.digest, c.members) for c in clusters] == [("b", (1, 3, 5)), ("a", (0, 6)), ("c", (4,))]


def test_ties_go_to_the_likelier() -> None:
    behaviours = told("a", "b", "a", "b", "c")
    assert [c.digest for c in agreement(behaviours, [-2.0, -0.5, -2.0, -1.5, -0.1])] == ["b", "a", "c"]
    assert [c.digest for c in agreement(behaviours, [-0.5, None, -1.0, -2.0, None])] == ["a", "b", "c"]
    assert [c.digest for c in agreement(behaviours)] == ["a", "b", "c"]
    assert agreement(behaviours)[0].logprob == -math.inf
    assert agreement([]) == agreement(told("", "")) == ()
