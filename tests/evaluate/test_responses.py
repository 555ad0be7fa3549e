"""The code in an answer by VerilogEval's rules, quirk by quirk."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.datasets.problem import Problem
from rtlgen.evaluate.responses import extract, with_interface

IFC = "\nmodule TopModule (\n  input a,\n  output y\n);\n"
BODY = "  assign y = a;\nendmodule\n"


def problem(interface: str | None = None, benchmark: str = "verilog-eval", top: str = "TopModule") -> Problem:
    return Problem(benchmark, "t", "p", "", top, "", Path("t"), "tb", Path(), interface)


def code(text: str, interface: str | None = None) -> list[str]:
    """The lines of the extracted code that are not blank."""
    return [line for line in extract(problem(interface), text).code.splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("talk\n[BEGIN]\na\nb\n[DONE]\nmore", ["a", "b"]),
        ("  [BEGIN] a\nb [DONE]\nc", [" a", "b "]),
        ("x [BEGIN]\na\nendmodule\nb", ["x [BEGIN]", "a", "endmodule"]),  # the mark must begin the line
        ("[BEGIN]\na\nb", []),  # begun and never ended: nothing
        ("[BEGIN] a [DONE]\nb", []),  # the line that begins cannot end
        ("[BEGIN]\n```verilog\na\n```\n[DONE]", ["```verilog", "a", "```"]),  # fences inside stay
        ("say\n```verilog\na\n```\nand\n```\nb\n```", ["a"]),  # the first of two blocks
        (
            "```\nmodule TopModule ();\nendmodule",
            ["module TopModule ();", "endmodule"],
        ),  # one fence is dropped
        ("hi\nmodule TopModule ();\nendmodule\nbye", ["module TopModule ();", "endmodule"]),
        ("hi\nmodule Other ();\nendmodule\nbye", ["hi", "module Other ();", "endmodule"]),
        (
            "endmodule\nmodule TopModule ();\nx",
            ["endmodule"],
        ),  # an end before the module: up to the first end
        ("", []),
    ],
)
def test_specifications(text: str, lines: list[str]) -> None:
    assert code(text) == lines


@pytest.mark.parametrize(
    ("text", "has_interface", "lines"),
    [
        (BODY, True, ["  assign y = a;", "endmodule"]),
        (f"```\n{BODY}```\nIt inverts.", True, ["  assign y = a;", "endmodule"]),
        (
            "module TopModule (input a);\nendmodule\nmodule x;",
            False,
            ["module TopModule (input a);", "endmodule"],
        ),
        (" module TopModule (input a);\nendmodule", True, [" module TopModule (input a);", "endmodule"]),
        ("[BEGIN]\nx\n[DONE]", True, ["[BEGIN]", "x", "[DONE]"]),  # marks mean nothing here
        ("", True, []),
    ],
)
def test_completions(text: str, has_interface: bool, lines: list[str]) -> None:
    head = [line for line in IFC.splitlines() if line.strip()] if has_interface else []
    assert code(text, IFC) == head + lines


def test_notes() -> None:
    assert extract(problem(), "module TopModule;").notes == ("no [BEGIN] and [DONE]", "no endmodule")
    assert extract(problem(), "[BEGIN]\nx").notes == ("[BEGIN] without [DONE]",)
    assert extract(problem(IFC), "```\nendmodule").notes == ("1 fences",)
    assert extract(problem(), "[BEGIN]\nx\n[DONE]").notes == ()


def test_completions_as_code() -> None:
    assert with_interface(problem(IFC), BODY) == f"{IFC}\n{BODY}"
    whole = "module TopModule (input a);\nendmodule\n"
    assert with_interface(problem(IFC), whole) == whole
    assert with_interface(problem(), BODY) == BODY


def test_other_benchmarks_have_no_rules_of_their_own() -> None:
    other = problem(benchmark="rtllm", top="adder")
    found = extract(
        other, "<think>module adder</think> Sure!\n```verilog\nmodule adder(input a);\nendmodule\n```"
    )
    assert found.code == "module adder(input a);\nendmodule\n"
    assert extract(other, "I cannot.").notes == ("no code found",)
