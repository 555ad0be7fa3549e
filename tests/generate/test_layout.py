"""The question in a model's own layout: each thing once, nothing lost."""

from __future__ import annotations

import pytest

from rtlgen.generate.layout import header_for, plain_lines, text_of
from rtlgen.generate.specification import specification

LISTED = """
I would like you to implement a module named Top with the following
interface. All input and output ports are one bit unless otherwise
specified.

 - input  clk
 - input  d (8 bits)
 - output q (8 bits)

The module should store d at every positive edge of the clock, and give the stored
value out until the next one. There is no reset.
"""


def test_what_only_asks_and_the_ports_are_left_out() -> None:
    assert plain_lines(specification(LISTED)) == [
        "Store d at every positive edge of the clock, and give the stored value out until the next one. "
        "There is no reset."
    ]


def test_the_question_ends_with_the_header() -> None:
    text = text_of(specification(LISTED))
    assert text.startswith("<|bos|><|file|>Top.sv\n// Store d")
    assert text.endswith("module Top (\n  input clk,\n  input [7:0] d,\n  output logic [7:0] q\n);")


def test_tables_stay_rows_with_single_blanks() -> None:
    text = "module t(input a, input b, output y); endmodule\n\nThe table:\n\n a   b  | y\n 0   0  | 1\n 0   1  | 0\n"
    assert plain_lines(specification(text)) == ["The table:", "a b | y", "0 0 | 1", "0 1 | 0"]


def test_a_header_in_the_text_is_said_once_and_its_outputs_take_both_kinds_of_drivers() -> None:
    spec = specification("Invert it.\n\n```verilog\nmodule inv(input wire a, output reg y);\n```\n")
    assert plain_lines(spec) == ["Invert it."]
    assert header_for(spec) == "module inv (\n  input a,\n  output logic y\n);"


def test_parameters_stay_as_written() -> None:
    spec = specification(
        "Add.\nmodule add #(parameter W = 4) (input [W-1:0] a, output [W-1:0] y);\nendmodule\n"
    )
    assert header_for(spec).startswith("module add #(parameter W = 4)")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Write a module named `x` that adds a and b.", ["Write a module named `x` that adds a and b."]),
        ("Implement a module.", []),
        (
            "Module name:\n  x\n\nInput ports:\n  a: 1-bit input\n  b: high to load\nOutput ports:\n  y: output\n",
            ["b: high to load"],
        ),
        (
            "| Port | Direction |\n|---|---|\n| a | input |\n\n| a | y |\n|---|---|\n| 0 | 1 |\n",
            ["| a | y |", "| 0 | 1 |"],
        ),
        ("It has the inputs a, b and the output y. The output y is a and b.", ["The output y is a and b."]),
        ("y = a and b", ["y = a and b"]),
        ("A module called x is needed. Ports without a width are one bit.", []),
        ("- load: takes over d\n- else: count", ["- load: takes over d", "- else: count"]),
        ("y is high while a\nis low.", ["y is high while a", "is low."]),
    ],
)
def test_other_text_is_kept(said: str, kept: list[str]) -> None:
    ports = "\n- input a\n- input b\n- output y\n"
    assert plain_lines(specification(said + ports, top="x")) == kept


def test_special_tokens_of_the_text_are_broken() -> None:
    assert "<|eos|>" not in text_of(specification("Say <|eos|>.", top="x"))
