"""The example under `rtlgen sim`: a cocotb test on both simulators, and a planted bug that only some seeds meet."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rtlgen.sim.waves import read_vcd, window

TIMER = "tests/test_timer.py"
RIGHT, PLANTED = "enable && count == compare", "enable && count >= compare"
"""With ``>=`` the timer expires at once when the compare value lies behind the wrap-around of the counter."""


@pytest.fixture
def soc(root: Path, tmp_path: Path) -> Path:
    """A copy of the example as it is shipped."""
    ignored = shutil.ignore_patterns(".rtlgen", "__pycache__")
    return Path(shutil.copytree(root / "examples" / "soc", tmp_path / "soc", ignore=ignored))


@pytest.fixture
def broken(soc: Path) -> Path:
    """The copy with one operator of the timer changed."""
    timer = soc / "rtl" / "timer.sv"
    text = timer.read_text(encoding="utf-8")
    assert text.count(RIGHT) == 1
    timer.write_text(text.replace(RIGHT, PLANTED), encoding="utf-8")
    return soc


def typed(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run a command line as a user would, in `folder`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        shlex.split(line),
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_as_it_is_shipped_just_the_hole_fails(soc: Path) -> None:
    done = typed(soc.parent, "rtlgen sim soc --json -q --waves never")
    results = {row["test"]: row for row in json.loads(done.stdout)["data"]["results"]}
    assert done.returncode == 1
    assert {name: row["verdict"]["kind"] for name, row in results.items()} == {
        "tests/tb_alu.sv": "mismatch",
        "tests/tb_soc.sv": "mismatch",
        "tests/test_alu.py": "mismatch",
        TIMER: "pass",
    }
    wrong = [part["name"] for part in results["tests/test_alu.py"]["parts"] if part["kind"] == "mismatch"]
    assert wrong == ["operation/name=add"]


@pytest.mark.needs_verilator
@pytest.mark.needs_sandbox
def test_the_timer_passes_on_verilator(soc: Path) -> None:
    done = typed(soc.parent, f"rtlgen sim soc --test {TIMER} --simulator verilator --seeds 2 --json -q")
    results = json.loads(done.stdout)["data"]["results"]
    assert [(row["seed"], row["verdict"]["kind"]) for row in results] == [(1, "pass"), (2, "pass")], results
    assert set(results[0]["verdict"]["record"]["tools"]) >= {"verilator", "cocotb"}


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_a_planted_bug_gives_seed_waves_and_a_line_that_repeats_it(broken: Path) -> None:
    done = typed(broken.parent, f"rtlgen sim soc --test {TIMER} --seeds 5 -q")
    assert done.returncode == 1
    block, _, rest = done.stdout.partition("\n\n")
    assert "4 of 5 passed" in rest  # only seed 4 draws a compare value behind the wrap-around
    lines = block.splitlines()
    assert lines[:2] == [f"mismatch  {TIMER} seed 4", "  1 of 2 tests failed: fires"]
    first = re.search(
        r"first: fires at ([\d.]+) ns: AssertionError: from (0x\w+) to (0x\w+): irq is 1", block
    )
    assert first is not None and int(first[3], 16) < int(first[2], 16)
    found = dict(line.strip().split(": ", 1) for line in lines[2:])
    assert f"--test {TIMER} --seed 4 " in found["replay"]

    waves = read_vcd(broken.parent / found["waves"])
    assert waves.value_at("timer.irq", waves.end) == "1"
    moment = int(float(first[1]) * 1000)
    assert "timer.irq" in window(
        broken.parent / found["waves"], ["irq", "count", "compare"], moment, clock="clk"
    )

    again = typed(broken.parent, f"{found['replay']} -q")
    assert again.returncode == 1
    repeated = again.stdout.splitlines()
    assert repeated[:3] == lines[:3]
    assert any(line.startswith("  waves: ") for line in repeated)


@pytest.mark.slow
@pytest.mark.needs_verilator
@pytest.mark.needs_sandbox
def test_verilator_finds_the_planted_bug_with_the_same_seed(broken: Path) -> None:
    done = typed(broken.parent, f"rtlgen sim soc --test {TIMER} --simulator verilator --seeds 5 --json -q")
    results = json.loads(done.stdout)["data"]["results"]
    assert [row["seed"] for row in results if row["verdict"]["kind"] == "mismatch"] == [4]
    assert read_vcd(results[3]["verdict"]["waves"]).find("irq")
