"""cocotb modules in the sandbox: every way in which one can end is told apart, and the sandbox holds."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtlgen.core.errors import ToolError
from rtlgen.sim.testing import cocotb
from rtlgen.sim.testing.cocotb_results import parse_results
from rtlgen.sim.testing.design import design_of_files
from rtlgen.sim.testing.plan import Config
from rtlgen.sim.testing.runs import Result
from rtlgen.sim.testing.suite import run_suite
from rtlgen.sim.testing.testcases import find_cases

DESIGN = """
module gate(input a, input stop, output y);
  assign y = ~a;
  always @(posedge stop) $finish;
endmodule
"""
HEAD = "import os, random, cocotb\nfrom cocotb.triggers import Timer\n"
TEST = "@cocotb.test()\nasync def {name}(dut):\n    {body}\n"
GOOD = TEST.format(name="good", body="await Timer(1, 'ns')")
MODULES = {
    "passes": HEAD + GOOD + "@cocotb.test(skip=True)\nasync def later(dut): pass\n",
    "fails": HEAD
    + GOOD
    + TEST.format(
        name="bad", body="dut.a.value = 1; await Timer(2, 'ns')\n    assert dut.y.value == 1, 'y is wrong'"
    ),
    "imports": HEAD + "\nimport no_such_package\n" + GOOD,
    "empty": HEAD + "if False:\n    pass\n" + GOOD + "del good\n",
    "finish": HEAD + TEST.format(name="stops", body="dut.stop.value = 1; await Timer(5, 'ns')"),
    "exits": HEAD + TEST.format(name="leaves", body="os._exit(0)"),
    "aborts": HEAD + TEST.format(name="crashes", body="os.abort()"),
    "hangs": HEAD + GOOD + TEST.format(name="endless", body="while True: pass"),
    "skips": HEAD + "@cocotb.test(skip=True)\nasync def later(dut): pass\n",
    "helped": HEAD
    + "import shared_helper\n"
    + TEST.format(name="uses", body="assert shared_helper.ANSWER == 42"),
    "seeded": HEAD
    + TEST.format(name="draws", body="assert cocotb.RANDOM_SEED and os.environ['WIDTH'] == '8'"),
    "looks": HEAD
    + TEST.format(
        name="around",
        body="""
    seen = [p for p in ("/etc/passwd", "/root", "/home", {home!r}) if os.path.exists(p) and os.path.isfile(p) or
            os.path.isdir(p) and any(os.scandir(p))]
    assert [p for p in seen if p != "/root"] == [], seen
    assert set(os.listdir("/root") if os.path.isdir("/root") else []) <= {{".pyenv"}}
    assert not os.path.exists({secret!r})
    try:
        open(__file__, "a")
    except OSError:
        return
    raise AssertionError("the test can write itself")
""",
    ),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Result]]:
    """Every module of `MODULES` run once on Icarus."""
    folder = tmp_path_factory.mktemp("cocotb")
    (folder / "gate.v").write_text(DESIGN)
    (folder / "tests").mkdir()
    (folder / "more").mkdir()
    (folder / "more" / "shared_helper.py").write_text("ANSWER = 42\n")
    secret = folder / "secret.txt"
    secret.write_text("secret")
    for name, text in MODULES.items():
        text = text.format(home=str(Path.home()), secret=str(secret)) if name == "looks" else text
        (folder / "tests" / f"test_{name}.py").write_text(text)
    config = Config(
        design=(str(folder),),
        tests=("tests",),
        environment=("WIDTH=8",),
        out=str(folder / "out"),
        overrides=(
            ("sim.timeout_s", 6.0),
            ("sim.waves", "never"),
            ("sim.python_path", [str(folder / "more")]),
        ),
    )
    yield {Path(result.test).stem.removeprefix("test_"): result for result in run_suite(config).results}


def kind_and_reason(result: Result) -> tuple[str, str]:
    return result.verdict.kind, result.verdict.reason


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_the_ends_are_told_apart(results: dict[str, Result]) -> None:
    assert set(results) == set(MODULES)
    assert kind_and_reason(results["passes"]) == ("pass", "")
    assert kind_and_reason(results["fails"]) == ("mismatch", "1 of 2 tests failed: bad")
    kind, reason = kind_and_reason(results["imports"])
    assert kind == "tool-error"
    assert reason == (
        "test_imports.py:4: cannot be imported: ModuleNotFoundError: No module named 'no_such_package'"
    )
    assert kind_and_reason(results["empty"]) == ("tool-error", "test_empty.py: no cocotb test in this module")
    assert kind_and_reason(results["skips"]) == ("tool-error", "every test was skipped")
    assert kind_and_reason(results["finish"])[0] == "mismatch"
    assert kind_and_reason(results["exits"]) == (
        "tool-error",
        "the simulator ended early in test_exits.leaves (1 of 1), before cocotb had written its results",
    )
    assert kind_and_reason(results["aborts"]) == (
        "tool-error",
        "the simulator crashed (SIGABRT) in test_aborts.crashes (1 of 1)",
    )
    kind, reason = kind_and_reason(results["hangs"])
    assert kind == "timeout"
    assert reason.startswith("the simulation had not ended after 6.")
    assert reason.endswith(" in test_hangs.endless (2 of 2)")


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_a_simulation_that_ends_itself_is_a_failure(results: dict[str, Result]) -> None:
    (part,) = results["finish"].parts
    assert part.kind == "mismatch" and "SimFailure" in part.reason


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_the_parts_and_the_first_mismatch(results: dict[str, Result]) -> None:
    verdict, parts = results["fails"].verdict, results["fails"].parts
    assert [(part.name, part.kind) for part in parts] == [("good", "pass"), ("bad", "mismatch")]
    assert (verdict.samples, verdict.wrong, verdict.seed) == (2, 1, 1)
    assert verdict.first.startswith("bad at 3.001 ns: AssertionError: y is wrong")
    assert verdict.first.endswith("(test_fails.py:9)")
    assert [(part.name, part.kind) for part in results["passes"].parts] == [
        ("good", "pass"),
        ("later", "skip"),
    ]


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_imports_seeds_and_variables_reach_the_module(results: dict[str, Result]) -> None:
    assert kind_and_reason(results["helped"]) == ("pass", "")
    assert kind_and_reason(results["seeded"]) == ("pass", "")


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_the_sandbox_shows_nothing_else(results: dict[str, Result]) -> None:
    assert results["looks"].verdict.first == "" and results["looks"].verdict.passed, results[
        "looks"
    ].verdict.log


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_the_record_says_what_was_used(results: dict[str, Result]) -> None:
    record = results["passes"].verdict.record
    assert record is not None
    assert set(record.tools) == {"iverilog", "vvp", "cocotb", "python"}
    assert record.seed == 1 and record.limits["wall_s"] == 6.0
    assert set(record.inputs) == {"gate.v", "tests/test_passes.py"}
    assert all(len(digest) == 64 for digest in record.inputs.values())


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_a_package_of_tests_with_relative_imports(tmp_path: Path) -> None:
    (tmp_path / "gate.v").write_text(DESIGN)
    tests = tmp_path / "checks"
    tests.mkdir()
    (tests / "__init__.py").write_text("")
    (tests / "model.py").write_text("def gate(a): return 1 - a\n")
    (tests / "test_gate.py").write_text(
        HEAD.replace("import os", "from .model import gate\nimport os")
        + TEST.format(name="t", body="dut.a.value = 1; await Timer(1); assert dut.y.value == gate(1)")
    )
    result = run_suite(Config(design=(str(tmp_path),), tests=("checks",), out=str(tmp_path / "out")))
    assert result.exit_code == 0, result.results[0].verdict


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_a_design_that_does_not_compile(tmp_path: Path) -> None:
    (tmp_path / "gate.v").write_text(DESIGN.replace("assign", "asign"))
    (tmp_path / "test_gate.py").write_text(HEAD + GOOD)
    result = run_suite(Config(design=(str(tmp_path),), tests=("test_gate.py",), out=str(tmp_path / "out")))
    verdict = result.results[0].verdict
    assert verdict.kind == "syntax" and "gate.v:3: syntax error" in verdict.reason


@pytest.mark.needs_verilator
@pytest.mark.needs_sandbox
def test_fst_waves_of_verilator_need_a_header(tmp_path: Path) -> None:
    if any(Path(folder, "lz4.h").is_file() for folder in ("/usr/include", "/usr/local/include")):
        pytest.skip("lz4.h is installed")
    path = tmp_path / "gate.v"
    path.write_text(DESIGN)
    (tmp_path / "test_gate.py").write_text(HEAD + GOOD)
    (case,) = find_cases(design_of_files([path], tmp_path), [tmp_path / "test_gate.py"]).cases
    with pytest.raises(ToolError, match=r"lz4\.h") as error:
        cocotb.build(case, cocotb.Options(simulator="verilator"), "fst", tmp_path)
    assert "--wave-format vcd" in str(error.value.hint)


def test_an_old_verilator_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "verilator"
    old.write_text("#!/bin/sh\necho 'Verilator 5.006 2023-01-22 rev (Debian 5.006-3)'\n")
    old.chmod(0o755)
    monkeypatch.setenv("RTLGEN_VERILATOR", str(old))
    with pytest.raises(ToolError, match=r"5\.36 or newer is needed"):
        cocotb.tools("verilator")


def test_damaged_results() -> None:
    assert parse_results("<testsuites><testsuite", Path("t.py")) == ()
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><testsuites><testcase name="&a;"/></testsuites>'
    assert parse_results(bomb, Path("t.py")) == ()


def test_the_base_python_is_the_one_that_runs() -> None:
    python, packages = cocotb._packages()
    assert os.access(python, os.X_OK) and python.is_relative_to(Path(sys.base_prefix).resolve())
    assert any((folder / "cocotb_tools").is_dir() for folder in packages)
