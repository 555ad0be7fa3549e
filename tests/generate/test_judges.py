"""Judges by a reference and by cocotb, and what they show of a design that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError
from rtlgen.generate.diagnose import diagnosis
from rtlgen.generate.judge import DESIGN, Bench, BenchJudge, CompileJudge
from rtlgen.generate.judges import CocotbJudge, ReferenceJudge, judge_for
from rtlgen.generate.specification import read_specification

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]

COCOTB = """\
import cocotb
from cocotb.triggers import Timer


async def tick(dut):
    dut.clk.value = 0
    await Timer(5, "ns")
    dut.clk.value = 1
    await Timer(5, "ns")


@cocotb.test()
async def pulses(dut):
    dut.rst_n.value = 0
    dut.level.value = 0
    await tick(dut)
    dut.rst_n.value = 1
    last = 0
    for level in (0, 1, 1, 0, 1, 0, 0):
        dut.level.value = level
        await tick(dut)
        assert dut.rose.value == (level and not last), f"rose is {dut.rose.value} after {last} -> {level}"
        assert dut.fell.value == (last and not level)
        last = level
"""


@pytest.fixture
def example(root: Path) -> Path:
    return root / "examples" / "generate"


@pytest.fixture
def design(tmp_path: Path, example: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    path = folder / DESIGN
    path.write_text((example / "edge_pulse_ref.sv").read_text())
    return path


def broken(design: Path) -> Path:
    design.write_text(design.read_text().replace("level & ~last", "level | ~last"))
    return design


def test_a_reference_passes_itself_and_finds_the_first_wrong_cycle(design: Path, example: Path) -> None:
    spec = read_specification(example / "edge_pulse.md")
    judge = ReferenceJudge(spec, Bench(), example / "edge_pulse_ref.sv")
    verdict = judge.judge(design)
    assert verdict is not None and verdict.passed and verdict.samples
    verdict = judge.judge(broken(design))
    assert verdict is not None and verdict.kind == "mismatch" and "rose is" in verdict.first
    told = diagnosis(verdict, design.read_text(), waves=judge.waves(design, verdict))
    assert "rose is 1, expected 0" in told
    assert "level" in told and "last" in told and ">" in told  # the fan-in, and the marked moment


def test_a_reference_that_does_not_compile_is_the_caller_s_error(
    design: Path, example: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "ref.sv"
    bad.write_text("module edge_pulse (input clk, rst_n, level, output rose, fell);\n  nonsense\nendmodule\n")
    judge = ReferenceJudge(read_specification(example / "edge_pulse.md"), Bench(), bad)
    with pytest.raises(DesignError, match="the reference does not run"):
        judge.judge(design)


def test_a_test_bench_shows_the_waveform_around_the_first_mismatch(design: Path, example: Path) -> None:
    spec = read_specification(example / "edge_pulse.md")
    judge = BenchJudge(spec, Bench(), [example / "edge_pulse_tb.sv"], top="edge_pulse_tb")
    verdict = judge.judge(design)
    assert verdict is not None and verdict.passed
    verdict = judge.judge(broken(design))
    assert verdict is not None and verdict.kind == "mismatch"
    shown = judge.waves(design, verdict)
    rows = {line.split()[0].rsplit(".", 1)[-1] for line in shown.splitlines() if line.strip()}
    assert {"level", "last", "rose"} <= rows and ">" in shown


def test_a_cocotb_module_judges(design: Path, example: Path, tmp_path: Path) -> None:
    test = tmp_path / "test_edge_pulse.py"
    test.write_text(COCOTB)
    judge = CocotbJudge(read_specification(example / "edge_pulse.md"), Bench(), test)
    verdict = judge.judge(design)
    assert verdict is not None and verdict.passed, verdict
    verdict = judge.judge(broken(design))
    assert verdict is not None and verdict.kind == "mismatch" and "rose is" in verdict.log


def test_which_judge_a_request_asks_for(example: Path, tmp_path: Path) -> None:
    spec = read_specification(example / "edge_pulse.md")
    kinds = [
        type(judge_for(spec, Bench(), test=tmp_path / "t.py")),
        type(judge_for(spec, Bench(), test=tmp_path / "t.sv")),
        type(judge_for(spec, Bench(), reference=tmp_path / "r.sv")),
        type(judge_for(spec, Bench())),
    ]
    assert kinds == [CocotbJudge, BenchJudge, ReferenceJudge, CompileJudge]
