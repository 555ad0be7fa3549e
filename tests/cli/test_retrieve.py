from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from rtlgen.cli import main


@pytest.fixture
def design(tmp_path: Path) -> Path:
    root = tmp_path / "design"
    root.mkdir()
    (root / "fifo.v").write_text(
        "module fifo (\n  input clk,\n  output full\n);\n  reg [3:0] level;\nendmodule\n"
    )
    (root / "top.v").write_text("module top (input clk);\n  fifo u (\n    .clk(clk)\n  );\nendmodule\n")
    return root


def rtlgen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object
) -> tuple[int, str, str]:
    """Run the command line in this process: (exit code, stdout, stderr)."""
    monkeypatch.setattr("sys.argv", ["rtlgen", *map(str, arguments)])
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_hits_with_score_and_reason(
    design: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("retrieve", design, "--file", "top.v", "--line", 3, "--sources", "graph", "--lines", 2)
    code, out, err = rtlgen(capsys, monkeypatch, *arguments)
    assert code == 0
    assert out.splitlines() == [
        " 1  0.0164  fifo.v:1-4  header of fifo  (graph:1)",
        "      | module fifo (",
        "      |   input clk,",
        "      | ... 2 more",
    ]
    assert err == "top.v:3: 1 hits by graph from 2 files, 6 chunks\n"
    assert rtlgen(capsys, monkeypatch, *arguments, "-q")[2] == ""


def test_json(design: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = rtlgen(capsys, monkeypatch, "retrieve", design, "--file", "top.v", "--json", "--k", 1)
    record = json.loads(out)
    assert record["kind"] == "retrieve"
    (hit,) = record["data"]["hits"]
    assert hit["chunk"]["path"] == "fifo.v"
    assert set(hit) == {"chunk", "score", "why"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--file", "top.v", "--line", "99"), "top.v: line 99 is past the end: the file has 5 lines"),
        (("--file", "none.v"), "no such file"),
        (("--file", "top.v", "--sources", "bm26"), "no source 'bm26'"),
        (("--file", "/etc/hostname"), "is outside the project"),
        ((), "Missing option '--file'"),
    ],
)
def test_usage_errors(
    design: Path,
    arguments: tuple[str, ...],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, out, err = rtlgen(capsys, monkeypatch, "retrieve", design, *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_no_faiss(design: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    code, _, err = rtlgen(capsys, monkeypatch, "retrieve", design, "--file", "top.v")
    assert code == 3
    assert "pip install faiss-cpu" in err
    arguments = ("retrieve", design, "--file", "top.v", "--sources", "graph,bm25")
    assert rtlgen(capsys, monkeypatch, *arguments)[0] == 0
