"""Chains of lines end where the structure does."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rtlgen.complete.block import chain, depth
from rtlgen.complete.line import RankedLine


def ranked(text: str) -> RankedLine:
    return RankedLine(text, 0.5, None, ("copy",))


def run(lines: Sequence[str], mode: str = "block") -> tuple[list[str], str]:
    rest = iter(lines[1:])

    def follow(prefix: str) -> RankedLine | None:
        assert prefix.endswith("\n")
        text = next(rest, None)
        return None if text is None else ranked(text)

    made = chain(ranked(lines[0]), "module a;\n", mode, follow)
    return list(made.lines), made.finish


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if (a) begin", 1),
        ("end", -1),
        ("end else begin", 0),
        ("f(a[3:0], {b})", 0),
        ("// begin (", 0),
        ('"begin ("', 0),
    ],
)
def test_depth(text: str, expected: int) -> None:
    assert depth(text) == expected


@pytest.mark.parametrize(
    ("lines", "count", "finish"),
    [
        (["assign a = b;", "assign c = d;"], 1, "statement"),
        (
            ["always @(posedge clk) begin", "  if (r) begin", "  a <= 0;", "  end", "end", "wire z;"],
            5,
            "block closed",
        ),
        (["end", "endmodule"], 1, "enclosing block closed"),
        (["fifo u (", ".clk(clk),", ".rst(rst)", ");", "wire z;"], 4, "block closed"),
        (["begin", "x;"], 2, "no candidate"),
        (["begin", "a;", "b;", "c;", *["a = a;"] * 9], 6, "repetition"),
    ],
)
def test_blocks(lines: list[str], count: int, finish: str) -> None:
    made, why = run(lines)
    assert (len(made), why) == (count, finish)
    assert made == lines[:count]


def test_a_module_ends_with_endmodule_and_a_block_at_the_limit() -> None:
    assert run(["wire a;", "begin", "end", "endmodule // a", "module b;"], "module") == (
        ["wire a;", "begin", "end", "endmodule // a"],
        "module closed",
    )
    assert run(["begin", *[f"a{i} = {i};" for i in range(99)]])[1] == "limit"
