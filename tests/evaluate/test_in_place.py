"""The check in place: candidates are judged in their files, with what follows the line where that is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rtlgen.evaluate.in_place import as_text, check_in_place
from rtlgen.evaluate.rtl_repo_records import read_data

from .conftest import ADDER, TOP, rows


def with_the_whole_file() -> list[dict[str, Any]]:
    """One line of ``top.v`` and one of ``adder.v``: each record's context holds the other's file."""
    other = {
        "id": "one/adder.v:6",
        "repo_name": "one/alu",
        "file_path": "rtl/adder.v",
        "context": [{"path": "rtl/top.v", "snippet": TOP}],
        "cropped_code": "\n".join(ADDER.split("\n")[:5]),
        "next_line": ADDER.split("\n")[5],
    }
    return [rows()[2], other]


def test_what_is_shown_is_counted_by_what_the_check_says(tmp_path: Path) -> None:
    path = tmp_path / "two.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in with_the_whole_file()))
    records = read_data(path).records
    told: list[tuple[str, int, int]] = []
    found = check_in_place(records, {"complete.n": 2}, lambda *words: told.append(words))
    assert found.places == found.whole_files == 2
    assert found.best.shown == 2 - found.nothing
    assert found.every.shown >= found.best.shown > 0
    assert found.every.holds == 100 - found.every.unchecked
    assert told[-1] == ("check in place", 2, 2)
    assert "2 places (2 with the rest of the file)" in as_text(found)
    assert not list(tmp_path.glob("rtl*"))


def test_a_path_outside_the_folder_is_left_alone(tmp_path: Path) -> None:
    row = rows()[0] | {"file_path": "../../escape.v"}
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(row) + "\n")
    found = check_in_place(read_data(path).records, {})
    assert found.best.shown == 0
    assert not (tmp_path.parent / "escape.v").exists()
