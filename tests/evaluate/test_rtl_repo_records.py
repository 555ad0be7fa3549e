"""Reading data files, every way they can be wrong, and the protocol's prompt."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import pytest

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.evaluate.rtl_repo_records import COLUMNS, Record, protocol_prompt, read_data


def _write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_records_and_their_prefix(data_file: Path) -> None:
    data = read_data(data_file)
    assert len(data.records) == 6
    first = data.records[0]
    assert first.prefix == "module top (\n"
    assert first.next_line == "  input  [3:0] a,"
    assert (first.kind, first.unit) == ("port declaration", "one/alu")
    assert first.files is data.records[3].files  # kept once
    assert first.prompt_sha256 != data.records[1].prompt_sha256


def test_first_line_has_an_empty_prefix(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    records[0]["cropped_code"] = ""
    assert read_data(_write(tmp_path / "d.jsonl", records)).records[0].prefix == ""


def test_limit_takes_the_head_of_the_protocols_shuffle(data_file: Path) -> None:
    import numpy as np

    data = read_data(data_file)
    order = np.random.default_rng(2003).permutation(6)
    assert [r.id for r in data.limited(2)] == [data.records[i].id for i in order[:2]]
    assert data.limited(None) == data.limited(99) == data.records


def test_ids_are_row_numbers_without_the_column(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    for row in records:
        del row["id"]
    data = read_data(_write(tmp_path / "d.jsonl", records))
    assert [r.id for r in data.records][:2] == ["row-000001", "row-000002"]


def _refused(path: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        read_data(path)
    assert caught.value.hint
    return caught.value


def test_missing_and_empty_files(tmp_path: Path) -> None:
    assert "there is no such data file" in str(_refused(tmp_path / "none.jsonl"))
    (tmp_path / "empty.jsonl").write_text("\n")
    assert "the data file has no records" in str(_refused(tmp_path / "empty.jsonl"))


def test_bad_json_names_the_line(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    path = _write(tmp_path / "d.jsonl", records[:2])
    with path.open("a") as file:
        file.write('{"repo_name": "x", \n')
    assert f"{path}:3: not valid JSON" in str(_refused(path))
    path.write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8 text" in str(_refused(path))


@pytest.mark.parametrize("column", COLUMNS)
def test_missing_column_is_one_error_with_the_line(
    tmp_path: Path, records: list[dict[str, Any]], column: str
) -> None:
    del records[1][column]
    path = _write(tmp_path / "d.jsonl", records)
    assert f"{path}:2: missing column {column}; found " in str(_refused(path))


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("next_line", 7, "column next_line must be text, not int"),
        ("context", "text", "column context must be a list of {path, snippet}"),
        ("context", [], "the context is empty: a unit has at least one other file"),
        ("context", [{"path": "a.v"}], "an entry of context is not {path, snippet}"),
        ("id", "one/alu/top.v:2", "the id 'one/alu/top.v:2' stands on line 1 already"),
    ],
)
def test_bad_values(
    tmp_path: Path, records: list[dict[str, Any]], column: str, value: object, message: str
) -> None:
    records[2][column] = value
    path = _write(tmp_path / "d.jsonl", records)
    assert f"{path}:3: {message}" in str(_refused(path))


def test_a_row_must_be_an_object(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text("[1]\n")
    assert "a JSON object is needed, not list" in str(_refused(tmp_path / "d.jsonl"))


def test_parquet(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "test.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(records), path)
    assert [r.id for r in read_data(path).records] == [row["id"] for row in records]
    path.write_bytes(b"no parquet")
    assert "cannot be read as parquet" in str(_refused(path))


def test_parquet_without_pyarrow_teaches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return plain(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    path = tmp_path / "test.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(ToolError, match=r"(?s)needs pyarrow.*pip install 'rtlgen\[train\]'"):
        read_data(path)


def _words(text: str) -> int:
    return len(text.split())


def _record(context: list[tuple[str, str]], cropped: str) -> Record:
    return Record("i", "me/repo", "top.v", tuple(context), dict(context), cropped, "x", "other", "u")


def test_protocol_prompt_in_full() -> None:
    record = _record([("a.v", "module a;\nendmodule"), ("b.v", "wire b;")], "module top;\n  a u();")
    assert protocol_prompt(record, _words, 2048) == (
        "// Repo Name: me/repo\n// Path: a.v\nmodule a;\nendmodule\n\n// Path: b.v\nwire b;\n\n"
        "// Path: top.v\nmodule top;\n  a u();\n"
    )


def test_protocol_prompt_drops_lines_from_the_end_of_the_context() -> None:
    record = _record([("a.v", "a1 a2\nb1 b2\nc1 c2\nd1 d2")], "e1 e2 e3 e4")
    # 4 + 3 + 8 words of context, 3 + 4 of the file: 22. With 80 reserved, 99 leaves 19: three too many.
    # Lines go until the sum is below the budget: d1 d2 (one left over), then c1 c2.
    assert protocol_prompt(record, _words, 99) == (
        "// Repo Name: me/repo\n// Path: a.v\na1 a2\nb1 b2\n\n// Path: top.v\ne1 e2 e3 e4\n"
    )
    # an exact fit keeps everything
    assert "d1 d2" in protocol_prompt(record, _words, 102)


def test_protocol_prompt_never_cuts_the_file_itself() -> None:
    record = _record([("a.v", "a b c")], "word " * 500)
    assert protocol_prompt(record, _words, 128) == f"// Path: top.v\n{'word ' * 500}\n".join(["\n\n", ""])


def test_protocol_prompt_collapses_newlines() -> None:
    record = _record([("a.v", "a\n\n\nb\n\n\n\n\nc")], "d")
    prompt = protocol_prompt(record, _words, 2048)
    assert "a\n\n\nb\n\nc" in prompt  # three stay, four or more become two
