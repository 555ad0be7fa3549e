"""What a repair is told."""

from __future__ import annotations

import pytest

from rtlgen.core.records import Verdict
from rtlgen.generate.diagnose import diagnosis, first_mismatch

CODE = "module m (input a, output y);\n  assign y = b;\n  foo u ();\nendmodule\n"


def test_complaints_stand_beside_their_lines() -> None:
    log = (
        "design.sv:2: warning: implicit definition of wire 'b'.\n"
        "/tmp/x/design.sv:2: error: Unable to bind wire/reg/memory `b' in `m'\n"
        "design.sv:2: error: Unable to bind wire/reg/memory `b' in `m'\n"
        "tb.sv:9: error: something else\n"
        "design.sv:3: error: Unknown module type: foo\n"
        "3 error(s) during elaboration.\n"
    )
    assert diagnosis(Verdict("elaboration", log=log), CODE) == (
        "It does not compile:\n"
        "design.sv:2: error: Unable to bind wire/reg/memory `b' in `m'\n"
        "    assign y = b;\n"
        "design.sv:3: error: Unknown module type: foo\n"
        "    foo u ();"
    )


def test_without_a_line_of_the_design_the_reason_is_told() -> None:
    assert "no module m" in diagnosis(
        Verdict("elaboration", reason="no module m", log="tb.sv:1: error: x\n"), CODE
    )


def test_a_mismatch_shows_the_waveform_instead_of_the_log() -> None:
    verdict = Verdict(
        "mismatch", samples=20, wrong=3, first="cycle 4 (45 ns): y is 1'b0, expected 1'b1", log="noise\n"
    )
    told = diagnosis(verdict, CODE, waves="time 35 45\n   y  0  0\n")
    assert (
        "3 of 20 checks are wrong" in told
        and "cycle 4 (45 ns)" in told
        and "y  0  0" in told
        and "noise" not in told
    )
    assert "noise" in diagnosis(verdict, CODE)


def test_what_never_ends() -> None:
    told = diagnosis(Verdict("timeout", reason="the simulation had not ended after 2.0 s"), CODE)
    assert "had not ended after 2.0 s" in told and "combinational loop" in told


@pytest.mark.parametrize(
    ("log", "first", "found"),
    [
        (
            "Hint: Output 'b' has 2 mismatches. First mismatch occurred at time 90.\n"
            "Hint: Output 'a' has 7 mismatches. First mismatch occurred at time 35.\n",
            "",
            ("a", 35),
        ),
        ("", "cycle 12 (125 ns): q is 8'h03, expected 8'h04", ("q", 125)),
        ("", "ERROR at time 40: sum is 3, expected 4", ("sum", 40)),
        ("", "FAIL", (None, None)),
    ],
)
def test_where_the_first_mismatch_is(log: str, first: str, found: tuple[str | None, int | None]) -> None:
    assert first_mismatch(Verdict("mismatch", first=first, log=log)) == found
