"""The written documents are what the program would write today."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pinned(name: str) -> str:
    """The version of a package in constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"{name}==")).removeprefix(f"{name}==")


def test_cli_md_is_what_the_program_says() -> None:
    if version("click") != pinned("click"):
        pytest.skip("the help of another version of click reads a little differently")
    from rtlgen.cli import reference

    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == reference.markdown(), "make docs"
