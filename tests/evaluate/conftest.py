"""A small data file of RTL-Repo's columns."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

PORTS = "  input  [3:0] a,\n  input  [3:0] b,\n  output [3:0] y\n);\n"
ADDER = f"module adder (\n{PORTS}  assign y = a + b;\nendmodule\n"
TOP = f"module top (\n{PORTS}  adder u (.a(a), .b(b), .y(y));\nendmodule\n"


def rows() -> list[dict[str, Any]]:
    """Six records of two repositories: three lines of the same file in each."""
    lines = TOP.split("\n")
    return [
        {
            "id": f"{repository}/top.v:{number + 1}",
            "repo_name": repository,
            "file_path": "rtl/top.v",
            "context": [{"path": "rtl/adder.v", "snippet": ADDER}],
            "cropped_code": "\n".join(lines[:number]),
            "next_line": lines[number],
        }
        for repository in ("one/alu", "two/alu")
        for number in (1, 3, 5)
    ]


@pytest.fixture
def records() -> list[dict[str, Any]]:
    """The rows as objects, to be changed by a test."""
    return rows()


@pytest.fixture
def data_file(tmp_path: Path) -> Path:
    """The rows as a JSONL file."""
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    return path


@pytest.fixture
def problems_dir(root: Path, tmp_path: Path) -> Path:
    """A copy of the three problems in VerilogEval's form."""
    return Path(shutil.copytree(root / "examples" / "problems", tmp_path / "problems"))
