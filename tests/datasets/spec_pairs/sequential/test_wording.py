"""The parts that families share: alternatives in texts, clock and reset in code and words, numbers."""

from __future__ import annotations

import random

import pytest

from rtlgen.datasets.spec_pairs.sequential.clocking import Clocking, branch, draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import joined, spin
from rtlgen.datasets.spec_pairs.sequential.numerals import bits_for, constant


def test_alternatives_are_drawn_innermost_first_and_all_of_them_occur():
    seen = {spin(random.Random(seed), "«Count|Step« up|»» now.") for seed in range(60)}
    assert seen == {"Count now.", "Step up now.", "Step now."}


def test_an_article_fits_the_number_behind_it():
    assert (
        spin(random.Random(1), "Build a 8-bit and a 4-bit register.")
        == "Build an 8-bit and a 4-bit register."
    )


def test_joined_parts_have_one_blank_between_them_and_none_after_a_table():
    assert joined("A.", "", "B.") == "A. B."
    assert joined("x | y\n", "B.") == "x | y\nB."


@pytest.mark.parametrize(
    ("clocking", "event"),
    [
        (Clocking("clk"), "posedge clk"),
        (Clocking("clk", reset="rst"), "posedge clk"),
        (Clocking("clk", negedge=True, reset="rst", asynchronous=True), "negedge clk or posedge rst"),
        (Clocking("clk", reset="rst_n", reset_low=True, asynchronous=True), "posedge clk or negedge rst_n"),
    ],
)
def test_an_always_block_waits_for_the_clock_and_for_an_asynchronous_reset(clocking, event):
    assert f"always @({event})" in clocking.block(["q <= 0;"], ["q <= d;"])


def test_a_reset_note_says_level_and_kind():
    for seed in range(40):
        clocking = Clocking("clk", reset="rst_n", reset_low=True, asynchronous=seed % 2 == 0)
        text = clocking.reset_note(random.Random(seed), "q", "5")
        kind = (
            ("asynchron", "without waiting", "independently")
            if clocking.asynchronous
            else ("synchron", "clock edge")
        )
        assert "rst_n" in text and "5" in text
        assert any(word in text for word in kind)
        assert "low" in text or " 0" in text


def test_a_falling_edge_is_always_said():
    clocking = Clocking("ck", negedge=True)
    assert all(clocking.edge_note(random.Random(seed)) for seed in range(40))


def test_several_statements_get_begin_and_end_and_one_does_not():
    assert branch("if (a)", ["q <= 1;"]) == ["if (a)", "    q <= 1;"]
    assert branch("if (a)", ["q <= 1;", "p <= 0;"])[-1] == "end"
    assert branch("else", ["if (b)", "    q <= 1;"]) == ["else if (b)", "    q <= 1;"]


def test_kinds_of_reset_follow_the_list():
    drawn = {draw_clocking(random.Random(seed), "none").reset for seed in range(20)}
    assert drawn == {""}
    assert all(draw_clocking(random.Random(seed), "async").asynchronous for seed in range(20))


def test_a_constant_is_written_and_said_in_the_same_base():
    for seed in range(60):
        told, code = constant(random.Random(seed), 52, 8)
        digits = {"52": 52, "8'd52": 52, "8'h34": 52, "0x34": 52, "8'b00110100": 52, "binary 00110100": 52}
        assert digits[told] == 52 and code in {"8'd52", "8'h34", "8'b00110100"}
        assert ("h" in code) == (told in {"8'h34", "0x34"})


def test_width_of_a_count():
    assert [bits_for(n) for n in (1, 2, 3, 4, 5, 10, 16, 17)] == [1, 1, 2, 2, 3, 4, 4, 5]
