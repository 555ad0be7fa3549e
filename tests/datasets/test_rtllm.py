"""RTLLM as problems: the name that the test bench asks for, data files, and what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.datasets.module_names import defined_modules
from rtlgen.datasets.rtllm import load

TEST = """\
`timescale 1ns/1ps
module bench;
  reg [3:0] a;
  wire [3:0] y;
  twice_it #(.W(4)) dut (.a(a), .y(y));
  initial begin a = 3; #1 if (y == 6) $display("Passed"); $finish; end
endmodule
"""
REFERENCE = """\
module helper(input a, output y); assign y = a; endmodule
module verified_twice #(parameter W = 4) (input [W-1:0] a, output [W-1:0] y);
  wire x; helper h(.a(a[0]), .y(x));
  assign y = a << 1;
endmodule
"""


@pytest.fixture
def design(tmp_path: Path) -> Path:
    folder = tmp_path / "bench" / "Arithmetic" / "Shifter" / "twice_8bit"
    folder.mkdir(parents=True)
    (folder / "design_description.txt").write_text("Double it.\n")
    (folder / "testbench.v").write_text(TEST)
    (folder / "verified_twice.v").write_text(REFERENCE)
    (folder / "reference.dat").write_text("0\n")
    (folder / "makefile").write_text("vcs:\n")
    return folder


def test_the_reference_gets_the_name_that_the_test_asks_for(design: Path) -> None:
    (problem,) = load(design.parents[2])
    assert (problem.name, problem.top, problem.test_top) == ("twice_8bit", "twice_it", "bench")
    assert defined_modules(problem.reference) == ("helper", "twice_it")
    assert [path.name for path in problem.data_files] == ["reference.dat"]
    assert problem.interface is None


def test_answers_of_other_models_are_no_designs(design: Path) -> None:
    other = design.parents[2] / "_chatgpt4" / "t1"
    other.mkdir(parents=True)
    (other / "testbench.v").write_text(TEST)
    assert len(load(design.parents[2])) == 1


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        (
            "design_description.txt",
            "1 files are missing (Arithmetic/Shifter/twice_8bit/design_description.txt)",
        ),
        ("verified_twice.v", "verified_*.v"),
        ("testbench.v", "holds no RTLLM designs"),
    ],
)
def test_missing_files(design: Path, lost: str, message: str) -> None:
    (design / lost).unlink()
    with pytest.raises(UsageError) as caught:
        load(design.parents[2])
    assert message in str(caught.value)


def test_two_tops_in_a_reference(design: Path) -> None:
    (design / "verified_twice.v").write_text(REFERENCE + "module alone; endmodule\n")
    with pytest.raises(UsageError, match=r"one top module is needed here, found 2 \(alone, verified_twice\)"):
        load(design.parents[2])


def test_a_test_without_a_design(design: Path) -> None:
    (design / "testbench.v").write_text("module bench; endmodule\n")
    with pytest.raises(UsageError, match="one top module is needed here, found none"):
        load(design.parents[2])


@pytest.mark.needs_data
def test_the_benchmark(data_dir: Path) -> None:
    problems = load(data_dir / "rtllm")
    assert len(problems) == 50
    assert {problem.commit for problem in problems} == {"41b2689 (v2.0)"}
    tops = {problem.name: problem.top for problem in problems}
    assert tops["fixed_point_substractor"] == "fixed_point_subtractor"
    assert tops["adder_pipe_64bit"] == "adder_pipe_64bit", "its file is verified_adder_64bit.v"
    assert all(problem.top in defined_modules(problem.reference) for problem in problems)
    data = {problem.name: len(problem.data_files) for problem in problems if problem.data_files}
    assert data == {"alu": 1, "asyn_fifo": 3, "calendar": 1, "multi_booth_8bit": 1, "signal_generator": 1}
