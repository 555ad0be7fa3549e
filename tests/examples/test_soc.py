"""The example as it is shipped, and with its hole filled in: testbenches, cocotb test, check, and clean sources."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from rtlgen.core.project import Project, load_project
from rtlgen.sim.check import Checker

MARKER = "      // rtlgen: complete\n"
SOLUTION = "      .sum (sum),\n"


@pytest.fixture
def hollow(root: Path, tmp_path: Path) -> Path:
    """A copy of the example, the hole open."""
    return Path(shutil.copytree(root / "examples" / "soc", tmp_path / "soc"))


@pytest.fixture
def filled(hollow: Path) -> Path:
    """A copy of the example with the right line in the hole."""
    alu = hollow / "rtl" / "alu.sv"
    text = alu.read_text(encoding="utf-8")
    assert text.count(MARKER) == 1
    alu.write_text(text.replace(MARKER, SOLUTION), encoding="utf-8")
    return hollow


def simulate(folder: Path, bench: str) -> subprocess.CompletedProcess[str]:
    """Compile and run a plain testbench; a warning of the compiler is a failure."""
    built = subprocess.run(
        [
            "iverilog",
            "-g2012",
            "-Wall",
            "-s",
            bench,
            "-o",
            f"{bench}.vvp",
            "-c",
            "soc.f",
            f"tests/{bench}.sv",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (built.returncode, built.stdout + built.stderr) == (0, "")
    return subprocess.run(
        ["vvp", "-n", f"{bench}.vvp"], cwd=folder, capture_output=True, text=True, timeout=60
    )


def run_cocotb(folder: Path) -> Counter[str]:
    """Names of the failed operations of the cocotb test, each counted once."""
    from xml.etree import ElementTree

    from cocotb_tools.runner import get_runner

    project = load_project(folder)
    runner = get_runner("icarus")
    runner.build(
        sources=[project.absolute(f.path) for f in project.files],
        hdl_toplevel="alu",
        build_dir=folder / "build",
        build_args=["-g2012"],
        timescale=("1ns", "1ps"),
        log_file=folder / "build.log",
    )
    results = folder / "results.xml"
    try:
        runner.test(
            hdl_toplevel="alu",
            test_module="test_alu",
            test_dir=folder / "tests",
            build_dir=folder / "build",
            results_xml=str(results),
            log_file=folder / "test.log",
        )
    except (SystemExit, RuntimeError):  # a test failed: which one stands in the results
        assert results.exists()
    cases = list(ElementTree.parse(results).iter("testcase"))
    assert len(cases) == 8
    return Counter(c.attrib["name"] for c in cases if c.find("failure") is not None)


@pytest.mark.needs_icarus
@pytest.mark.parametrize("bench", ["tb_alu", "tb_soc"])
def test_with_the_right_line_the_testbenches_pass(filled: Path, bench: str) -> None:
    ran = simulate(filled, bench)
    assert (ran.returncode, ran.stdout.strip()) == (0, "PASS")


@pytest.mark.needs_icarus
def test_as_it_is_exactly_the_addition_fails(hollow: Path) -> None:
    ran = simulate(hollow, "tb_alu")
    assert ran.returncode == 1
    lines = ran.stdout.splitlines()
    assert lines[:3] == ["alu op 0: 0000, 0000 gives xxxx, not 0000", "alu op 0: 64 of 64 wrong", "FAIL"]
    assert "PASS" not in lines


@pytest.mark.needs_icarus
def test_as_it_is_the_system_fails(hollow: Path) -> None:
    ran = simulate(hollow, "tb_soc")
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[:2] == ["pins_out is xxxx, not 000f", "FAIL"]


@pytest.mark.needs_icarus
def test_the_cocotb_test(filled: Path) -> None:
    assert run_cocotb(filled) == {}


@pytest.mark.needs_icarus
def test_the_cocotb_test_finds_the_hole(hollow: Path) -> None:
    assert list(run_cocotb(hollow)) == ["operation/name=add"]


def project_of(folder: Path) -> tuple[Project, str, int]:
    project = load_project(folder)
    text = project.absolute("rtl/alu.sv").read_text(encoding="utf-8")
    return project, text, text.index(MARKER)


def test_the_build_is_described(hollow: Path) -> None:
    project, _, _ = project_of(hollow)
    assert (project.origin, project.top, len(project.files)) == ("soc.f", "soc", 11)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (SOLUTION, "clean"),
        ("      .sum (difference),\n", "broken"),
        ("      .sum (a),\n", "broken"),
        ("      .sum (total),\n", "broken"),
        ("      .result(sum),\n", "broken"),
        ("      .a   (a),\n", "broken"),
        ("      .sum (sum)\n", "broken"),
    ],
)
def test_the_check_knows_the_right_line(hollow: Path, line: str, status: str) -> None:
    project, text, at = project_of(hollow)
    whole = text[:at] + line + text[at + len(MARKER) :]
    assert Checker(project).check("rtl/alu.sv", whole, (at, len(line))).status == status


def test_slang_has_nothing_to_say(filled: Path) -> None:
    import pyslang
    from pyslang import analysis, ast, syntax

    project = load_project(filled)
    manager, compilation = pyslang.SourceManager(), ast.Compilation()
    for file in [*(f.path for f in project.files), "tests/tb_soc.sv", "tests/tb_alu.sv"]:
        compilation.addSyntaxTree(syntax.SyntaxTree.fromFile(str(project.absolute(file)), manager))
    said = list(compilation.getAllDiagnostics())
    compilation.freeze()
    analyser = analysis.AnalysisManager()
    analyser.analyze(compilation)
    said += list(analyser.getDiagnostics())
    engine = pyslang.DiagnosticEngine(manager)
    assert [engine.formatMessage(d) for d in said] == []
