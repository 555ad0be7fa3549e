from __future__ import annotations

import json
from pathlib import Path

import pytest

from rtlgen.cli import main
from rtlgen.retrieval.dense import embedder_of

FIFO = "module fifo (input clk, output full);\n  reg [3:0] level;\nendmodule\n"


@pytest.fixture
def design(tmp_path: Path) -> Path:
    root = tmp_path / "design"
    root.mkdir()
    (root / "fifo.v").write_text(FIFO)
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


def test_update(design: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = rtlgen(capsys, monkeypatch, "index", design)
    assert (code, err) == (0, "")
    first, second = out.splitlines()
    assert first == "2 added, 0 changed, 0 removed, 0 kept"
    assert second.startswith("2 files, 8 lines, 6 chunks, 2 modules in ")
    (design / "top.v").write_text("module top; endmodule\n")
    _, out, _ = rtlgen(capsys, monkeypatch, "index", "update", design)
    assert out.splitlines()[0] == "0 added, 1 changed, 0 removed, 1 kept"
    _, out, _ = rtlgen(capsys, monkeypatch, "index", "--rebuild", design)
    assert out.splitlines()[0] == "built anew: rebuilt as asked"


def test_json(design: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = rtlgen(capsys, monkeypatch, "index", design, "--json")
    record = json.loads(out)
    assert (record["schema"], record["kind"]) == (1, "index")
    assert record["data"]["stats"]["added"] == 2
    assert record["data"]["libraries"] == []
    monkeypatch.chdir(design)
    _, out, _ = rtlgen(capsys, monkeypatch, "index", "--json")
    assert json.loads(out)["data"]["stats"]["kept"] == 2


def test_show(design: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = rtlgen(capsys, monkeypatch, "index", "show", design)
    assert out.splitlines()[1] == f"nothing is indexed yet: rtlgen index {design}"
    rtlgen(capsys, monkeypatch, "index", design)
    _, out, _ = rtlgen(capsys, monkeypatch, "index", "show", design)
    assert out.splitlines()[1].startswith("2 files, 8 lines, 6 chunks, 2 modules, ")
    key = embedder_of("builtin").key
    assert out.splitlines()[2] == f"windows of 32 lines sharing 8, items up to 64 lines; vectors: {key}"
    (design / ".rtlgen/index/v1/index.npz").write_bytes(b"?")
    _, out, _ = rtlgen(capsys, monkeypatch, "index", "show", design)
    assert "the stored index is damaged (" in out
    _, out, _ = rtlgen(capsys, monkeypatch, "index", "show", design, "--json")
    assert json.loads(out)["data"]["problem"].startswith("is damaged")


def test_a_damaged_index_is_said(
    design: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rtlgen(capsys, monkeypatch, "index", design)
    (design / ".rtlgen/index/v1/index.npz").write_bytes(b"?")
    code, out, err = rtlgen(capsys, monkeypatch, "index", design)
    assert code == 0
    assert out.splitlines()[0].startswith("built anew: the stored index is damaged")
    assert err.startswith("rtlgen: the index ")
    (design / ".rtlgen/index/v1/index.npz").write_bytes(b"?")
    assert rtlgen(capsys, monkeypatch, "index", design, "-q")[2] == ""


def test_libraries(
    design: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = tmp_path / "stock"
    stock.mkdir()
    (stock / "arbiter.v").write_text("module arbiter (input request); endmodule\n")
    monkeypatch.chdir(design)
    assert rtlgen(capsys, monkeypatch, "index", "libs")[1] == "no libraries: rtlgen index add PATH\n"
    assert rtlgen(capsys, monkeypatch, "index", "add", stock)[1] == f"library {stock}  rtlgen index add\n"
    _, out, _ = rtlgen(capsys, monkeypatch, "index")
    assert out.splitlines()[2:4] == [f"library {stock}", "1 added, 0 changed, 0 removed, 0 kept"]
    _, out, _ = rtlgen(capsys, monkeypatch, "index", "libs", "--json")
    assert json.loads(out)["data"] == [{"path": str(stock), "origin": "rtlgen index add", "present": True}]
    assert rtlgen(capsys, monkeypatch, "index", "remove", stock)[0] == 0
    code, _, err = rtlgen(capsys, monkeypatch, "index", "remove", stock)
    assert (code, err) == (
        2,
        f"rtlgen: {stock}: is no library of this project\n  next: list them: rtlgen index libs\n",
    )


def test_no_verilog_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = rtlgen(capsys, monkeypatch, "index", tmp_path)
    assert code == 0
    assert out.splitlines()[0] == "0 added, 0 changed, 0 removed, 0 kept"
    assert f"{tmp_path} holds no Verilog files" in err


def test_no_such_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = rtlgen(capsys, monkeypatch, "index", tmp_path / "none")
    assert (code, out) == (2, "")
    assert "no such folder" in err


def test_a_store_that_cannot_be_written(
    design: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RTLGEN_STORE_DIR", str(tmp_path / "file/store"))
    code, _, err = rtlgen(capsys, monkeypatch, "index", design)
    assert code == 2
    assert "the store folder cannot be written to" in err


def test_help(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = rtlgen(capsys, monkeypatch, "index", "--help")
    assert code == 0
    assert all(verb in out for verb in ("update", "show", "add", "libs", "remove"))
