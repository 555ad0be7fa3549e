"""A command line, run in this process."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest

from rtlgen.cli import main


@pytest.fixture
def typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[int, str, str]]:
    """Run a command line: (exit code, stdout, stderr)."""

    def run(line: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", shlex.split(line))
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
