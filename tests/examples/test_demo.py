"""What `make demo` runs: the hole is completed, the change shown, the result simulated, and a better recipe found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_the_demo_completes_and_passes(root: Path) -> None:
    rtlgen = Path(sys.executable).parent / "rtlgen"
    before = (root / "examples/soc/rtl/alu.sv").read_bytes()
    done = subprocess.run(
        ["sh", str(root / "examples/demo.sh"), str(rtlgen)],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    assert "+      .sum (sum),\n" in done.stdout
    assert "checks in place" in done.stdout
    assert "4 of 4 passed on icarus" in done.stdout
    assert "proof   equal" in done.stdout and "gain    area " in done.stdout
    assert "read_aiger start.aig" in done.stdout  # best.abc
    assert (root / "examples/soc/rtl/alu.sv").read_bytes() == before
