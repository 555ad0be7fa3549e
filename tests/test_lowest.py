"""The lowest version of every dependency that pyproject.toml allows passes the tests: the ranges are no guess."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def lowest(requirement: str) -> str:
    """``name>=1.2,<3`` -> ``name==1.2``."""
    found = re.fullmatch(r"([A-Za-z0-9_.-]+)>=([0-9.]+)(,<[0-9.]+)?", requirement)
    assert found, f"{requirement}: a range has a lower end, so that it can be tested"
    return f"{found[1]}=={found[2]}"


def requirements() -> list[str]:
    extras = PROJECT["optional-dependencies"]
    test_tools = [r for r in extras["dev"] if r.startswith("pytest")]
    return [lowest(r) for r in [*PROJECT["dependencies"], *extras["train"], *test_tools]]


def test_every_range_has_a_lower_end() -> None:
    assert len(requirements()) > 10
    for extra in PROJECT["optional-dependencies"].values():
        assert all(lowest(r) for r in extra)


def test_what_was_tested_is_allowed() -> None:
    """constraints.txt pins every direct dependency, not below its lower end."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.lower().split("==") for line in lines if "==" in line and line[0] != "#")

    def number(version: str) -> list[int]:
        return [int(part) for part in re.findall(r"\d+", version)][:3]

    for requirement in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["train"]]:
        name, low = lowest(requirement).lower().split("==")
        assert number(pinned[name]) >= number(low), (
            f"{name}: {pinned[name]} was tested, {low} is the lower end"
        )


@pytest.mark.slow
def test_lowest_versions_pass_the_tests(tmp_path: Path) -> None:
    python = tmp_path / "lowest" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "lowest"], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, *requirements()], check=True)
    subprocess.run([*pip, "--no-deps", "-e", str(ROOT)], check=True)
    environment = os.environ | {"PYTHONSAFEPATH": "1", "PATH": f"{python.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        [str(python.parent / "pytest"), "-q", "-p", "no:cacheprovider", str(ROOT / "tests")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:]
