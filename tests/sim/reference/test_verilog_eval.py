"""A few references of VerilogEval: each passes against itself, and damage of the kind that models do is found.

The study over all of them is tests/benchmarks/study_reference.py; its figures are in docs/reference.md.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rtlgen.sim.reference.compare import compare

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox, pytest.mark.needs_data]

CASES = [
    ("Prob031_dff", "posedge", "negedge"),
    ("Prob046_dff8p", "negedge", "posedge"),
    ("Prob047_dff8ar", "posedge areset", "negedge areset"),
    ("Prob075_counter_2bc", "posedge areset", "negedge areset"),
    ("Prob116_m2014_q3", "4'h7: f = 0", "4'h7: f = 1"),
    ("Prob130_circuit5", "4'hf", "4'he"),
    ("Prob145_circuit8", "negedge", "posedge"),
]


@pytest.mark.parametrize(("name", "old", "new"), CASES)
def test_itself_and_damaged(
    write: Callable[..., Path], data_dir: Path, name: str, old: str, new: str
) -> None:
    reference = data_dir / "verilog-eval" / "dataset_spec-to-rtl" / f"{name}_ref.sv"
    text = reference.read_text()
    verdict = compare([write(text.replace("RefModule", "TopModule"))], [reference], "TopModule")
    assert (verdict.kind, verdict.wrong) == ("pass", 0)
    assert old in text
    damaged = write(text.replace("RefModule", "TopModule").replace(old, new, 1), "damaged.sv")
    assert compare([damaged], [reference], "TopModule").kind == "mismatch"
