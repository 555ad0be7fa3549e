"""Numbers of a source that inputs should take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rtlgen.sim.reference.compare import compare
from rtlgen.sim.reference.constants import MOST, constants_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("case (a) 16'he06b: 8'd200: 'h1F: 12'b1000_0000_0001:", (0xE06B, 200, 0x1F, 0x801)),
        ("a == 4095 && b > 1_000", (4095, 1000)),
        ("8'b1??0_xxxx", (0x80,)),
        ("8 'h FF, 3, 7, 1'b1, 2.5, a12, 12ab, $9", (0xFF,)),
        ('// 99\n/* 98 */ "97" 96 8\'b12', (96,)),
        ("77 77 8'd77", (77,)),
    ],
)
def test_literals(text: str, found: tuple[int, ...]) -> None:
    assert constants_in([text]) == found


def test_the_first_ones_are_kept() -> None:
    assert constants_in([" ".join(str(n) for n in range(100, 900))]) == tuple(range(100, 100 + MOST))


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
@pytest.mark.parametrize("clocked", [True, False])
def test_a_number_that_chance_does_not_find(write: Callable[..., Path], clocked: bool) -> None:
    body = (
        "always @(posedge clk) hit <= code == 16'he06b;" if clocked else "always @(*) hit = code == 16'he06b;"
    )
    text = f"module m({'input clk, ' if clocked else ''}input [15:0] code, output reg hit); {body} endmodule"
    reference = write(text)
    assert compare([write(text.replace("e06b", "e06c"), "d.sv")], [reference], "m").kind == "mismatch"
    never = write(text.replace("code == 16'he06b", "1'b0"), "never.sv")
    assert compare([never], [reference], "m").kind == "mismatch"
