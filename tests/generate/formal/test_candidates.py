"""Formal parts of specifications, as designers write them, become the designs that they are."""

from __future__ import annotations

from typing import Any

import pytest

from rtlgen.generate.formal.candidates import candidates

SHOPS = {
    "plain": "a b c  y\n0 0 0  1\n0 0 1  1\n0 1 0  0\n0 1 1  1\n1 0 0  0\n1 0 1  0\n1 1 0  0\n1 1 1  1\n",
    "ruled": " a  b  c |  y\n----------+---\n 0  0  0 |  1\n 0  0  1 |  1\n 0  1  0 |  0\n 0  1  1 |  1\n"
    " 1  0  0 |  0\n 1  0  1 |  0\n 1  1  0 |  0\n 1  1  1 |  1\n",
    "markdown": "| a | b | c | y |\n|---|---|---|---|\n| 0 | 0 | 0 | 1 |\n| 0 | 0 | 1 | 1 |\n| 0 | 1 | 0 | 0 |\n"
    "| 0 | 1 | 1 | 1 |\n| 1 | 0 | 0 | 0 |\n| 1 | 0 | 1 | 0 |\n| 1 | 1 | 0 | 0 |\n| 1 | 1 | 1 | 1 |\n",
    "commas": "a,b,c,y\n0,0,0,1\n0,0,1,1\n0,1,0,0\n0,1,1,1\n1,0,0,0\n1,0,1,0\n1,1,0,0\n1,1,1,1\n",
    "joined": "a b c -> y\n000 -> 1\n001 -> 1\n010 -> 0\n011 -> 1\n100 -> 0\n101 -> 0\n110 -> 0\n111 -> 1\n",
    "simulated": "time a b c y\n0ns 0 0 0 1\n5ns 0 0 1 1\n10ns 0 1 0 0\n15ns 0 1 1 1\n20ns 1 0 0 0\n25ns 1 0 1 0\n"
    "30ns 1 1 0 0\n35ns 1 1 1 1\n",
    "named": "0: a=0 b=0 c=0 y=1\n5: a=0 b=0 c=1 y=1\n10: a=0 b=1 c=0 y=0\n15: a=0 b=1 c=1 y=1\n20: a=1 b=0 c=0 y=0\n"
    "25: a=1 b=0 c=1 y=0\n30: a=1 b=1 c=0 y=0\n35: a=1 b=1 c=1 y=1\n",
    "map": "        bc\n  a    00  01  11  10\n  0  | 1 | 1 | 1 | 0 |\n  1  | 0 | 0 | 1 | 0 |\n",
    "slashed map": "bc \\ a  0  1\n00      1  0\n01      1  0\n11      1  1\n10      0  0\n",
    "minterms": "y(a, b, c) = Σm(0, 1, 3, 7)\n",
    "maxterms": "y(a,b,c) = ΠM(2, 4, 5, 6)\n",
    "words": "y is the sum of minterms 0, 1, 3 and 7 of (a, b, c).\n",
    "algebra": "y = a'b' + bc\n",
    "verilog": "assign y = (~a & ~b) | (b & c);\n",
    "said": "- y = (not a and not b) or (b and c)\n",
    "in steps": "p = a NOR b\nq = b AND c\ny = p OR q\n",
}


@pytest.mark.parametrize("shape", SHOPS)
def test_one_function_in_many_shapes(shape: str, write: Any, same: Any) -> None:
    spec = write.spec(f"The output is as follows.\n\n{SHOPS[shape]}\nThat is all.", "a b c")
    (found,) = candidates(spec)
    assert same(spec, found.code, "assign y = (~a & ~b) | (b & c);"), found.code


def test_evidence_says_what_and_where(write: Any) -> None:
    spec = write.spec(SHOPS["ruled"], "a b c")
    (found,) = candidates(spec)
    start = spec.text.splitlines().index(" a  b  c |  y") + 1
    assert found.evidence == f"the truth table in lines {start}-{start + 9}"


def test_open_entries_may_be_anything_and_open_inputs_stand_for_both(write: Any, same: Any) -> None:
    spec = write.spec("s r | y\n0 - | 0\n1 0 | 1\n1 1 | x\n", "s r")
    (found,) = candidates(spec)
    assert same(spec, found.code, "assign y = s;")


def test_several_outputs_and_wide_ports(write: Any, same: Any) -> None:
    spec = write.spec("d | n v\n2'b00 | 3 0\n2'b01 | 0 1\n2'b10 | 2 1\n2'b11 | 1 1\n", "d:2", "n:2 v")
    (found,) = candidates(spec)
    assert same(spec, found.code, "assign v = |d; assign n = d == 0 ? 3 : d == 1 ? 0 : d == 2 ? 2 : 1;")


@pytest.mark.parametrize(
    "text",
    [
        "a b | y\n0 0 | 1\n0 0 | 0\n1 1 | 1\n",  # contradicts itself
        "a | y\n0 | 1\n1 | 0\n",  # says nothing of b
        "  b\n a 00 01\n 0 1 1\n 1 0 0\n",  # codes that are no codes
        "Raise y when a was high for b cycles.\n",
        "y = a + unknown\n",
        "y = y & a\n",  # goes round in a circle
        "y(a, b) = Σm(1, 9)\n",  # no such row
    ],
)
def test_what_is_in_doubt_gives_nothing(text: str, write: Any) -> None:
    assert candidates(write.spec(text, "a b")) == ()


def test_connections(write: Any, same: Any) -> None:
    spec = write.spec("Connect them:\n\n  a -> w\n  b -> x\n  b -> y\n", "a b", "w x y")
    (found,) = candidates(spec)
    assert same(spec, found.code, "assign w = a; assign x = b; assign y = b;")
    assert not candidates(write.spec("  a -> w\n  b -> w\n  b -> x\n", "a b", "w x"))


def test_unknown_ports_give_nothing() -> None:
    from rtlgen.generate.specification import specification

    assert candidates(specification("a b y\n0 0 1\n0 1 0\n", top="m")) == ()
