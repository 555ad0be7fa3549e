"""Repairs: what each changes, where it applies, and that nothing else is touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rtlgen.datasets.problem import Problem
from rtlgen.datasets.verilog_eval import load
from rtlgen.evaluate.repairs import (
    REPAIRS,
    repaired_reference,
    repaired_test,
    repairs_of,
    simulator_for,
)

ENUM = """\
module RefModule (input clk, input go, output on);
  typedef enum logic [1:0] { IDLE, RUN } phase_t;
  typedef enum reg { A, B } other_t;
  phase_t now, next;
  other_t o;
  always_comb case (now)
    IDLE: next = phase_t'(go ? RUN : IDLE);
    default: next = phase_t'(2'bx);
  endcase
  always @(posedge clk) now <= next;
  assign on = now == RUN && phase_text != 8'd1;
endmodule
"""


def problem(name: str, task: str = "spec-to-rtl", reference: str = "", test: Path = Path("t")) -> Problem:
    return Problem("verilog-eval", task, name, "", "TopModule", reference, test, "tb", Path())


def names(found: Problem, variant: str = "repaired", icarus: tuple[int, ...] = (11, 0)) -> list[str]:
    return [repair.name for repair in repairs_of(found, variant, icarus)]


def test_where_they_apply() -> None:
    assert names(problem("Prob099_m2014_q6c")) == ["port names of the test"]
    assert names(problem("Prob099_m2014_q6c", "code-complete")) == []
    for number in ("082", "141", "156"):
        for task in ("spec-to-rtl", "code-complete"):
            assert names(problem(f"Prob{number}_x", task)) == ["later time limit"]
    assert names(problem("Prob001_x")) == []
    assert names(problem("Prob082_x"), variant="strict") == []
    assert names(replace(problem("Prob082_x"), benchmark="rtllm")) == []


def test_casts_are_for_icarus_11_only() -> None:
    cast = problem("Prob151_x", reference=ENUM)
    assert names(cast) == ["enum casts of the reference"]
    assert names(cast, icarus=(12, 0)) == []
    assert names(problem("Prob151_x", reference=ENUM.replace("phase_t'", ""))) == []


def test_casts_go_and_variables_become_vectors() -> None:
    text = repaired_reference(ENUM, REPAIRS)
    assert text is not None
    assert "  logic [1:0] now, next;\n" in text
    assert "  reg o;\n" in text
    assert "next = (go ? RUN : IDLE);" in text
    assert "next = (2'bx);" in text
    assert "typedef enum logic [1:0] { IDLE, RUN } phase_t;" in text
    assert "phase_text != 8'd1" in text
    assert repaired_reference("module RefModule; endmodule\n", REPAIRS) is None


def test_ports_of_the_test(tmp_path: Path) -> None:
    test = tmp_path / "t.sv"
    test.write_text('RefModule g (.y, .Y2(Y2_ref), .Y4 (Y4_ref));\n$display("Y2 of %d", Y2_dut);\n')
    found = problem("Prob099_x", test=test)
    assert repaired_test(found, repairs_of(found, "repaired", (11,))) == (
        'RefModule g (.y, .Y1(Y2_ref), .Y3 (Y4_ref));\n$display("Y2 of %d", Y2_dut);\n'
    )


def test_only_the_limit_of_the_test_is_moved(tmp_path: Path) -> None:
    test = tmp_path / "t.sv"
    text = '#1000000\n  $display("TIMEOUT");\n#1000000 a = 1;\n#10000000 $display("TIMEOUT");\n'
    test.write_text(text)
    found = problem("Prob141_x", test=test)
    repaired = repaired_test(found, repairs_of(found, "repaired", (11,)))
    assert repaired == text.replace("#1000000\n", "#100000000\n")
    assert repaired_test(found, ()) is None


def test_simulator_per_design() -> None:
    fifo = replace(problem("asyn_fifo"), benchmark="rtllm")
    assert simulator_for(fifo, "per-design") == "verilator"
    assert simulator_for(fifo, "icarus") == "icarus"
    assert simulator_for(replace(fifo, name="accu"), "per-design") == "icarus"


@pytest.mark.needs_data
def test_every_repair_changes_what_it_is_for(data_dir: Path) -> None:
    changed: dict[str, list[str]] = {}
    for task in ("spec-to-rtl", "code-complete"):
        for found in load(data_dir / "verilog-eval", task):
            for repair in repairs_of(found, "repaired", (11, 0)):
                only = (repair,)
                after = (
                    repaired_test(found, only)
                    if repair.part == "test"
                    else repaired_reference(found.reference, only)
                )
                assert after is not None, f"{repair.name} does nothing to {found.name}"
                changed.setdefault(repair.name, []).append(f"{task[:4]} {found.name[:7]}")
    assert changed == {
        "port names of the test": ["spec Prob099"],
        "later time limit": [f"{t} Prob{n}" for t in ("spec", "code") for n in ("082", "141", "156")],
        "enum casts of the reference": [f"{t} Prob{n}" for t in ("spec", "code") for n in ("151", "156")],
    }
