"""Writes small designs into a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Written = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Written:
    """`write(text, name)` makes a file of the design's folder and returns its path."""

    def make(text: str, name: str = "design.sv") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return make
