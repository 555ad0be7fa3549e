"""The example's recipe search with no file given: its plain scripts give the figures again, in a shell without rtlgen."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rtlgen.core.tools import find

pytestmark = pytest.mark.needs_sandbox
FIGURES = re.compile(r"Gates\s*=\s*(\d+).*?Area\s*=\s*([\d.]+).*?Delay\s*=\s*([\d.]+)\s*ps")


def figures(text: str) -> tuple[int, float, float]:
    """(gates, area, delay) of the last line that ABC printed them in."""
    gates, area, delay = FIGURES.findall(re.sub(r"\x1b\[[0-9;]*m", "", text))[-1]
    return int(gates), float(area), float(delay)


def searched(root: Path, place: Path, *options: str) -> dict[str, object]:
    """The record of the search in a copy of the example, written to ``found`` beside it."""
    shutil.copytree(root / "examples/soc", place / "soc", ignore=shutil.ignore_patterns(".rtlgen"))
    command = [
        sys.executable,
        "-m",
        "rtlgen",
        "synth",
        "soc",
        "--top",
        "soc",
        "--recipe-search",
        "--json",
        "-q",
    ]
    done = subprocess.run(
        [*command, "--out", "found", *options],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)["data"]
    return found


def check(record: dict[str, object], place: Path) -> None:
    rows = {row["name"]: row for row in record["rows"]}  # type: ignore[attr-defined]
    outcome = record["outcome"]
    assert isinstance(outcome, dict) and outcome["proof"] == "equal" and outcome["replayed"]
    last = list(rows.values())[-1]
    expected = tuple(last["qor"][name] for name in ("gates", "area", "delay"))
    product = {name: row["qor"]["area"] * row["qor"]["delay"] for name, row in rows.items()}
    assert last["kind"] == "search" and min(product.values()) == product[last["name"]]
    found = place / "found"
    plain = {"PATH": os.environ["PATH"], "HOME": str(place)}
    abc = subprocess.run(
        f"{find('yosys-abc').path} -f best.abc",
        cwd=found,
        shell=True,
        env=plain,
        capture_output=True,
        text=True,
    )
    assert figures(abc.stdout) == expected
    yosys = subprocess.run(
        "sh synth.sh",
        cwd=found,
        shell=True,
        env=plain | {"PYTHON": sys.executable},
        capture_output=True,
        text=True,
    )
    assert yosys.returncode == 0, yosys.stderr
    assert figures(yosys.stdout) == expected
    assert "module soc(" in (found / "soc.v").read_text()


def test_a_small_search_of_the_example_works_in_a_plain_shell(root: Path, tmp_path: Path) -> None:
    check(searched(root, tmp_path, "--strategy", "fixed", "--budget", "2"), tmp_path)


@pytest.mark.slow
def test_the_search_of_the_example_works_in_a_plain_shell(root: Path, tmp_path: Path) -> None:
    record = searched(root, tmp_path)
    check(record, tmp_path)
    search = record["search"]
    assert record["outcome"]["win"]  # type: ignore[index]
    assert isinstance(search, dict) and search["strategy"] == "portfolio" and search["spent"] == 100
