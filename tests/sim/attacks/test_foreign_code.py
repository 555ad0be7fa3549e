"""Code that is not Verilog: shell commands, C through DPI and VPI, modules loaded into the simulator."""

from __future__ import annotations

import os
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rtlgen.core.limits import Limits
from rtlgen.sim import verilator

pytestmark = pytest.mark.needs_sandbox

IN_VERILATOR = """
import "DPI-C" function int getpid();
import "DPI-C" function int system(input string command);
import "DPI-C" function int kill(input int pid, input int number);
import "DPI-C" function int chmod(input string path, input int mode);
module tb;
  string home = "{home}";
  integer f, c, r;
  initial begin
    $system({{"cat ", home, "/secret.txt /etc/passwd 2> messages; echo x > ", home, "/new; echo x > /usr/evil"}});
    $system("ls -A / > root; ls -A /root /home > homes 2> /dev/null");
    r = system({{"cp ", home, "/secret.txt taken; ln -s ", home, " link; cat link/secret.txt"}});
    $display("pid %0d", getpid() < 50);
    r = kill({pid}, 0); $display("signal %0d", r);
    r = chmod("/usr/bin/env", 493); $display("mode %0d", r);
    f = $fopen({{home, "/secret.txt"}}, "r"); $display("read %0d", f != 0);
    f = $fopen({{home, "/precious.txt"}}, "w"); $display("write %0d", f != 0);
    $system("trap '' TERM HUP; setsid sh -c 'while :; do echo x >> beat; done' > /dev/null 2>&1 & :");
    $system("until [ -s beat ]; do sleep 0.01; done");
    $c("if (::fopen(\\"/usr/rtlgen-attack\\", \\"w\\") || ::fopen(\\"/rtlgen-attack\\", \\"w\\")) std::abort();");
    $display("PASS");
    $finish;
  end
endmodule
"""


@pytest.mark.needs_verilator
def test_verilator_runs_commands_and_c_in_the_sandbox_only(scene) -> None:
    """`$system`, `$c` and DPI do run: all that they can reach is the scratch folder."""
    text = IN_VERILATOR.format(home=scene.home, pid=os.getpid())
    limits = Limits(
        wall_s=120, cpu_s=120, memory_mb=2048, file_mb=64, processes=64, disk_mb=256, total_memory_mb=2048
    )
    run = verilator.run(replace(scene.job(text), limits=limits))
    scene.outputs.append(run.log)
    said = [line for line in run.run_log.splitlines() if re.fullmatch(r"[a-z]+ -?\d+|PASS", line)]
    assert said == ["pid 1", "signal -1", "mode -1", "read 0", "write 0", "PASS"], run
    size = (scene.work / "beat").stat().st_size
    time.sleep(0.1)
    assert (scene.work / "beat").stat().st_size == size
    assert not {"etc", "var", "sys", "boot", "srv"} & set((scene.work / "root").read_text().split())
    assert "No such file" in (scene.work / "messages").read_text()
    assert not Path("/usr/evil").exists()


@pytest.mark.needs_icarus
def test_icarus_knows_no_system(scene) -> None:
    run = scene.icarus('module tb; initial begin $system("touch touched"); $display("PASS"); end endmodule\n')
    assert scene.verdict(run).kind != "pass"
    assert not (scene.work / "touched").exists()


@pytest.mark.needs_icarus
def test_icarus_has_no_dpi(scene) -> None:
    run = scene.icarus(
        'import "DPI-C" function int system(input string s);\n'
        'module tb; integer r; initial begin r = system("touch touched"); $display("PASS"); end endmodule\n'
    )
    assert (run.phase, scene.verdict(run).kind) == ("compile", "syntax")
    assert not (scene.work / "touched").exists()


@pytest.mark.needs_icarus
def test_a_design_cannot_load_a_vpi_module(scene) -> None:
    """A module is named on vvp's command line, or by the compiler in the image's head; no source says it.

    Even one that lies in the working folder, under the names that the simulator looks for, is not taken.
    """
    for name in ("evil.vpi", "system.vpi", "vpi_debug.vpi", "v2005_math.vpi", "va_math.vpi"):
        (scene.work / name).write_bytes(b"\x7fELF not loaded")
    run = scene.icarus(
        "// :vpi_module evil\n"
        'module tb; initial begin $display("PASS"); $evil; $load_vpi("evil.vpi"); end endmodule\n'
    )
    assert scene.verdict(run).kind != "pass"
    assert "not defined" in run.log
    assert "evil.vpi" not in run.log.replace('"evil.vpi"', "")


@pytest.mark.needs_icarus
def test_a_name_of_a_module_is_no_option_or_command(scene) -> None:
    """Names from the source reach command lines: of the compiler's passes, of the shell, of the image."""
    name = "\\$(touch${IFS}touched);`touch${IFS}touched`"
    run = scene.icarus(
        f'module {name} ; endmodule\nmodule tb; {name} u(); initial $display("%m"); endmodule\n'
    )
    assert not (scene.work / "touched").exists()
    assert run.phase in ("compile", "run")
