"""Journals: going on, torn lines, refusals that name what differs, one writer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.journal import Journal, fingerprint, read_rows

MADE = {"commit": "c498220", "tools": {"iverilog": "11.0 ab"}}


def rows(path: Path, made_from: dict[str, object] = MADE) -> list[object]:
    with Journal(path, "kind", made_from) as journal:
        return [row for _, row in journal.rows]


def test_rows_come_back_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "j.jsonl"
    with Journal(path, "kind", MADE) as journal:
        journal.add({"n": 1})
        journal.add({"n": 2})
    with Journal(path, "kind", dict(reversed(MADE.items()))) as journal:
        assert journal.rows == [(2, {"n": 1}), (3, {"n": 2})]
    assert read_rows(path)[0][1]["fingerprint"] == fingerprint(MADE)


def test_a_torn_line_goes_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    with Journal(path, "kind", MADE) as journal:
        journal.add({"n": 1})
        journal.add({"n": 2})
    path.write_bytes(path.read_bytes()[:-4])
    assert [row for _, row in read_rows(path, "kind")][1:] == [{"n": 1}]
    assert rows(path) == [{"n": 1}]
    assert path.read_bytes().endswith(b'{"n": 1}\n')


def test_kill_9_loses_nothing_that_was_added(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from rtlgen.evaluate.journal import Journal\n"
        f"j = Journal(Path(sys.argv[1]), 'kind', {MADE!r})\n"
        "for n in range(50): j.add({'n': n})\n"
        "print('added', flush=True); time.sleep(60)\n"
    )
    path = tmp_path / "j.jsonl"
    with subprocess.Popen(
        [sys.executable, "-P", "-c", program, str(path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "added\n"
        os.kill(child.pid, signal.SIGKILL)
    assert rows(path) == [{"n": n} for n in range(50)]


def test_what_differs_is_named(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    rows(path)
    before = path.read_bytes()
    with pytest.raises(UsageError) as caught:
        rows(path, {"commit": "71f2df4", "tools": {"iverilog": "12.0 cd"}})
    text = str(caught.value)
    assert "commit: c498220 there, 71f2df4 now" in text
    assert 'tools: {"iverilog": "11.0 ab"} there, {"iverilog": "12.0 cd"} now' in text
    assert path.read_bytes() == before


def test_foreign_broken_and_busy_files(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_text('{"other": 1}\n')
    with pytest.raises(UsageError, match="was not written by rtlgen"):
        rows(path)
    path.unlink()
    rows(path)
    with path.open("a") as file:
        file.write("nonsense\n")
    with pytest.raises(UsageError, match=r"j.jsonl:2: not valid JSON"):
        rows(path)
    with (
        Journal(tmp_path / "k.jsonl", "kind", MADE),
        pytest.raises(UsageError, match="another run is writing"),
    ):
        rows(tmp_path / "k.jsonl")
    assert rows(tmp_path / "k.jsonl") == []
