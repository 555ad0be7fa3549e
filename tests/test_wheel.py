"""A wheel, installed in an empty environment with nothing but pip, completes real Verilog from another folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*argv: str | Path, cwd: Path) -> str:
    """The standard output of a command that must succeed, in an environment without this one's paths."""
    environment = {
        k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"}
    }
    done = subprocess.run([str(a) for a in argv], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{argv}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
def test_wheel_in_an_empty_environment_runs_the_demo(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(
        ROOT,
        source,
        ignore=shutil.ignore_patterns(
            ".git", ".venv", "build", "dist", "*.egg-info", "__pycache__", ".rtlgen"
        ),
    )
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        tmp_path,
        source,
        cwd=tmp_path,
    )
    (wheel,) = tmp_path.glob("rtlgen-*.whl")
    shutil.rmtree(source)

    run(sys.executable, "-m", "venv", tmp_path / "empty", cwd=tmp_path)
    binaries = tmp_path / "empty" / "bin"
    constraints = ROOT / "constraints.txt"
    run(binaries / "python", "-m", "pip", "install", "--quiet", "-c", constraints, wheel, cwd=tmp_path)
    assert "No broken requirements" in run(binaries / "python", "-m", "pip", "check", cwd=tmp_path)

    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(ROOT / "examples", elsewhere / "examples", ignore=shutil.ignore_patterns(".rtlgen"))
    shown = run(
        binaries / "rtlgen", "complete", "examples/soc", "--file", "rtl/alu.sv", "--diff", cwd=elsewhere
    )
    assert "+++ " in shown and "\n+ " in shown
    where = run(binaries / "python", "-c", "import rtlgen.retrieval as r; print(r.__file__)", cwd=elsewhere)
    assert "site-packages" in where
