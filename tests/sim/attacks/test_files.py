"""Verilog that reads and writes files of the machine: by name, by a way up, and through links."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytestmark = [pytest.mark.needs_sandbox, pytest.mark.needs_icarus]


def module(body: str) -> str:
    return (
        "module tb;\n  integer f, c, n; reg [47:0] m [0:3]; reg x;\n  initial begin\n"
        f"{body}\n    $finish;\n  end\nendmodule\n"
    )


def ways(scene, name: str) -> list[str]:
    """The name of a file outside: absolute, relative, and through the simulator's own folder in /proc."""
    outside = scene.home / name
    return [
        str(outside),
        os.path.relpath(outside, scene.work),
        f"/proc/self/cwd/{os.path.relpath(outside, scene.work)}",
        f"/proc/self/root{outside}",
        f"/proc/1/root{outside}",
        f"/proc/{os.getpid()}/root{outside}",
    ]


def test_fopen_reads_nothing(scene) -> None:
    names = [
        *ways(scene, "secret.txt"),
        "/etc/passwd",
        "/etc/shadow",
        "/proc/1/environ",
        f"/proc/{os.getpid()}/environ",
    ]
    body = "".join(
        f'    f = $fopen("{name}", "r"); $display("got %0d", f);\n'
        '    if (f) begin c = $fgetc(f); while (c != -1) begin $write("%c", c[7:0]); c = $fgetc(f); end end\n'
        for name in names
    )
    run = scene.icarus(module(body))
    assert run.run_log.splitlines() == ["got 0"] * len(names), run


def test_readmemh_reads_nothing(scene) -> None:
    body = "".join(
        f'    $readmemh("{name}", m); $display("%h", m[0]);\n' for name in ways(scene, "secret.hex")
    )
    run = scene.icarus(module(body))
    assert run.run_log.count("xxxxxxxxxxxx") == 6, run
    assert run.run_log.count("Unable to open") == 6


@pytest.mark.parametrize("way", range(6))
def test_include_reads_nothing(scene, way: int) -> None:
    """The compiler would quote what it cannot parse in its message."""
    run = scene.icarus(f'`include "{ways(scene, "secret.vh")[way]}"\nmodule tb; endmodule\n')
    assert (run.phase, scene.verdict(run).kind) == ("compile", "syntax"), run
    assert "not found" in run.log


def test_plusargs_and_string_parameters_carry_no_environment(scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RTLGEN_API_KEY", "5EC2E7C0FFEE")
    run = scene.icarus(
        module(
            '    f = $fopen("/proc/self/environ", "r"); $display("%0d", f != 0);\n'
            '    c = $fgetc(f); while (c != -1) begin $write("%c", c[7:0]); c = $fgetc(f); end'
        )
    )
    assert run.run_log.startswith("1\n")
    assert "PATH=" in run.run_log


def test_fopen_writes_nothing(scene) -> None:
    names = [
        *ways(scene, "precious.txt"),
        *ways(scene, "new.txt"),
        "/usr/evil",
        "/evil",
        "/dev/evil",
        "/proc/sys/kernel/core_pattern",
    ]
    body = "".join(
        f'    f = $fopen("{name}", "{mode}"); $display("got %0d", f != 0);\n'
        for name in names
        for mode in ("w", "a", "r+")
    )
    run = scene.icarus(module(body))
    assert run.run_log.splitlines() == ["got 0"] * 3 * len(names), run
    assert not Path("/usr/evil").exists()


@pytest.mark.parametrize("way", range(6))
def test_dumpfile_writes_nothing(scene, way: int) -> None:
    target = ways(scene, "precious.txt")[way]
    text = f'module tb; reg x; initial begin $dumpfile("{target}"); $dumpvars(0, tb); x = 1; #1 $finish; end endmodule\n'
    run = scene.icarus(text, waves="vcd")
    assert "Unable to open" in run.log or run.returncode == 0
    assert scene.verdict(run).kind != "pass"


def test_links_planted_before_the_run(scene) -> None:
    """Inside they lead nowhere; rtlgen itself, when it takes the waves, does not follow them."""
    for name in ("waves.vcd", "out.txt", "sim.vvp", "rtlgen_waves.v"):
        (scene.work / name).symlink_to(scene.home / "precious.txt")
    (scene.work / "in.txt").symlink_to(scene.home / "secret.txt")
    (scene.work / "folder").symlink_to(scene.home)
    body = (
        '    f = $fopen("out.txt", "w"); $display("got %0d", f != 0);\n'
        '    f = $fopen("folder/precious.txt", "a"); $display("got %0d", f != 0);\n'
        '    f = $fopen("in.txt", "r"); $display("got %0d", f != 0);\n'
        '    f = $fopen("folder/secret.txt", "r"); $display("got %0d", f != 0);'
    )
    run = scene.icarus(module(body), waves="vcd")
    assert "got 1" not in run.log
    assert run.waves is None or not run.waves.is_symlink()


def test_a_source_replaced_by_a_link_is_not_shown(scene) -> None:
    """As a run before might leave it, where files of several runs share a folder."""
    (scene.work / "tb.sv").symlink_to(scene.home / "secret.vh")
    run = scene.icarus("", sources=(scene.work / "tb.sv",))
    assert (run.phase, run.returncode != 0) == ("compile", True)
