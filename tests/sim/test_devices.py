"""Includes of devices are never followed: each of these would take all memory, or wait for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rtlgen.sim.devices import without_devices

BODY = "module m (input a, output y);\n  assign y = a;\nendmodule\n"
USE = """\
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from pathlib import Path
path = Path(sys.argv[1])
text = path.read_text()
if sys.argv[2] == "check":
    from rtlgen.core.project import load_project
    from rtlgen.sim.check import Checker
    print(Checker(load_project(path.parent)).check(path.name, text, (0, text.index("\\n") + 1)).status)
elif sys.argv[2] == "units":
    from rtlgen.sim.testing.units import Scanner
    print([unit.name for unit in Scanner().scan(path).units])
elif sys.argv[2] == "tamper":
    from rtlgen.sim.tamper import suspicions
    print(suspicions([path], "m"))
else:
    from rtlgen.sim.reference.ports import interface
    print(interface([path], "m").name)
"""


@pytest.mark.parametrize("reader", ["check", "units", "tamper", "ports"])
@pytest.mark.parametrize("include", ['"/dev/zero"', '"fifo"', "`WHERE"])
def test_no_reader_follows_it(tmp_path: Path, reader: str, include: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    path = tmp_path / "m.sv"
    path.write_text(
        f'`define WHERE "/dev/zero"\n`include {include}\n{BODY}'
        if "`" in include
        else f"`include {include}\n{BODY}"
    )
    done = subprocess.run(
        [sys.executable, "-c", USE, str(path), reader],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_other_includes_and_all_offsets_stay(tmp_path: Path) -> None:
    (tmp_path / "real.svh").write_text("// real\n")
    text = '`include "real.svh"\n`include "/dev/zero"\n`include "later.svh"\n`include "/proc/self/mem"\n`include `NAME\n'
    safe = without_devices(text, [tmp_path])
    assert len(safe) == len(text) and safe.count("\n") == text.count("\n")
    assert [line.strip() for line in safe.splitlines()] == [
        '`include "real.svh"',
        "",
        '`include "later.svh"',
        "",
        "",
    ]
    assert without_devices("`include `NAME\n", [tmp_path]) == "`include `NAME\n"
    assert without_devices(BODY, []) is BODY
