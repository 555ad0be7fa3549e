"""Code out of answers as models give them."""

from __future__ import annotations

import pytest

from rtlgen.generate.extract import code_of

M = "module m (input a, output y);\n  assign y = ~a;\nendmodule"


@pytest.mark.parametrize(
    "answer",
    [
        M,
        f"Sure! Here it is:\n\n```verilog\n{M}\n```\nIt inverts `a`.",
        f"```\n{M}\n```",
        f"~~~sv\n{M}\n~~~",
        f"[BEGIN]\n{M}\n[DONE]\nAnything after it, even a module.",
        f"[BEGIN]\n```systemverilog\n{M}\n```\n[DONE]",
        f"<think>maybe\n```verilog\nmodule m; wrong endmodule\n```\n</think>\n```verilog\n{M}\n```",
        f"The module m below inverts.\n{M}\nThat is all: the module ends at endmodul.",
        f"First try:\n```verilog\nmodule m (input a); bad\nendmodule\n```\nBetter:\n```verilog\n{M}\n```",
        f"Usage:\n```verilog\nm u (.a(x));\n```\nThe design:\n```verilog\n{M}\n```",
    ],
)
def test_the_module_and_nothing_else(answer: str) -> None:
    assert code_of(answer, "m") == M + "\n"


def test_modules_it_instantiates_come_along() -> None:
    helper = "module inv (input a, output y);\n  assign y = ~a;\nendmodule"
    top = "module m (input a, output y);\n  inv u (.a(a), .y(y));\nendmodule"
    other = "module unused;\nendmodule"
    answer = "\n\n".join(f"```verilog\n{part}\n```" for part in (helper, other, top))
    assert code_of(answer, "m") == f"{helper}\n\n{top}\n"


def test_directives_above_the_module_are_kept() -> None:
    answer = "```verilog\n`timescale 1ns/1ps\n`define W 4\nmodule m (output [`W-1:0] y);\nendmodule\n```"
    assert code_of(answer, "m").startswith("`timescale 1ns/1ps\n`define W 4\nmodule m")


@pytest.mark.parametrize(
    "answer", ["", "I cannot do that.", "```\nassign y = a;\n```", "<think>module m; endmodule"]
)
def test_no_code(answer: str) -> None:
    assert code_of(answer, "m") == ""


def test_an_unfinished_module_stays_unfinished() -> None:
    assert code_of("```verilog\nmodule m (input a);\n  assign", "m") == "module m (input a);\n  assign\n"


def test_a_continuation_stands_behind_its_header() -> None:
    header = "module m (\n  input a,\n  output y\n);"
    assert code_of("  assign y = ~a;\nendmodule\nmodule n;\nendmodule\n", "m", header=header) == (
        f"{header}\n  assign y = ~a;\nendmodule\n"
    )
    assert code_of(f"\n{M}\n", "m", header=header) == M + "\n"  # it began anew
    assert code_of("  \n", "m", header=header) == ""
