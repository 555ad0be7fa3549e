"""`rtlgen complete` as a user meets it: the marker, lines and columns, diff, apply, JSON, and every wrong input."""

from __future__ import annotations

import http.server
import json
import os
import pickle
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtlgen.cli import main

ADDER = """module adder #(parameter W = 8) (
    input  wire [W-1:0] a,
    input  wire [W-1:0] b,
    output wire [W-1:0] sum
);
    assign sum = a + b;
endmodule
"""
TOP = """module top (
    input  wire [7:0] a,
    input  wire [7:0] b,
    output wire [7:0] sum
);
    adder #(.W(8)) u_adder (
        .a(a),
        .b(b),
        // rtlgen: complete
    );
endmodule
"""


@pytest.fixture
def design(tmp_path: Path) -> Path:
    root = tmp_path / "design"
    root.mkdir()
    (root / "adder.v").write_text(ADDER)
    (root / "top.v").write_text(TOP)
    return root


Run = tuple[int, str, str]


def rtlgen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object) -> Run:
    monkeypatch.setattr("sys.argv", ["rtlgen", *map(str, arguments)])
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    return lambda *arguments: rtlgen(capsys, monkeypatch, "complete", *arguments)


def test_the_hole_is_filled_checked_and_explained(run, design: Path) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run(design, "--file", "top.v", "--explain")
    assert code == 0
    assert out.startswith("1  proposed by ")
    assert "   |         .sum(sum)\n" in out + "\n"
    assert "checks in place: mends the file" in out
    assert "top.v:9:" in err
    assert "adder.v" in err
    assert "packed: " in err


def test_json_is_the_record_and_the_same_every_time(run, design: Path) -> None:  # type: ignore[no-untyped-def]
    results = []
    for _ in range(2):
        code, out, err = run(design, "--file", "top.v", "--json", "--n", "4")
        assert (code, err) == (0, "")
        record = json.loads(out)
        results.append(record["data"])
    assert (record["schema"], record["kind"]) == (1, "completion")
    first = results[0]["candidates"][0]
    assert first["text"].strip() == ".sum(sum)"
    assert first["check"]["status"] == "clean"
    assert len(results[0]["candidates"]) <= 4
    assert results[0]["record"]["replay"].startswith("rtlgen complete ")
    assert [c["text"] for c in results[0]["candidates"]] == [c["text"] for c in results[1]["candidates"]]
    assert [c["score"] for c in results[0]["candidates"]] == [c["score"] for c in results[1]["candidates"]]


def test_diff_and_apply_agree_and_the_old_file_is_kept(run, design: Path) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run(design, "--file", "top.v", "--diff", "-q")
    assert code == 0
    assert (design / "top.v").read_text() == TOP
    assert "-        // rtlgen: complete\n" in out
    code, _, err = run(design, "--file", "top.v", "--apply")
    assert code == 0
    assert "the file as it was is top.v.orig" in err
    assert (design / "top.v.orig").read_text() == TOP
    new = (design / "top.v").read_text()
    added = [line[1:] for line in out.splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert new == TOP.replace("        // rtlgen: complete", "\n".join(added))


def test_a_partly_typed_line_and_a_column(run, design: Path) -> None:  # type: ignore[no-untyped-def]
    (design / "top.v").write_text(TOP.replace("        // rtlgen: complete", "        .su"))
    code, out, _ = run(design, "--file", "top.v", "--line", 9, "--json")
    assert code == 0
    texts = [c["text"] for c in json.loads(out)["data"]["candidates"]]
    assert "m(sum)" in texts


def test_blocks_and_modules_come_from_several_lines(run, design: Path) -> None:  # type: ignore[no-untyped-def]
    (design / "copy.v").write_text(ADDER.split("    assign")[0])
    code, out, _ = run(design, "--file", "copy.v", "--mode", "module", "--json", "--n", "1", "--no-check")
    assert code == 0
    [candidate] = json.loads(out)["data"]["candidates"]
    assert candidate["text"].rstrip().endswith("endmodule")


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["--file", "absent.v"], "absent.v", 2),
        (["--file", "../outside.v"], "outside", 2),
        (["--file", "binary.v"], "binary", 2),
        (["--file", "huge.v"], "huge.v", 2),
        (["--file", "."], "folder", 2),
        (["--file", "top.v", "--line", "99"], "line 99 is past the end: the file has 12 lines", 2),
        (["--file", "top.v", "--line", "1", "--column", "999"], "column 999 is past the end", 2),
        (["--file", "top.v", "-f", "loop.f"], "loop.f", 2),
        (["--file", "top.v", "-f", "gone.f"], "nowhere.v", 2),
        (["--file", "top.v", "--model", "empty_model"], "empty_model", 3),
        (["--file", "top.v", "--model", "pickle_model"], "safetensors", 3),
        (["--file", "top.v", "--model", "no/such/model"], "no/such/model", 3),
        (["--file", "top.v", "--endpoint", "http://127.0.0.1:9"], "127.0.0.1:9", 3),
        (["--file", "top.v", "--mode", "novel"], "novel", 2),
    ],
)
def test_wrong_input_is_one_error_with_the_next_command(  # type: ignore[no-untyped-def]
    run, design: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str, code: int
) -> None:
    (design.parent / "outside.v").write_text(ADDER)
    (design / "binary.v").write_bytes(b"\x00\x01")
    (design / "huge.v").write_bytes(b"// x\n" * 10_000_000)
    (design / "loop.f").write_text("-f loop.f\n")
    (design / "gone.f").write_text("top.v\nnowhere.v\n")
    for name in ("empty_model", "pickle_model"):
        (design / name).mkdir()
        (design / name / "config.json").write_text('{"model_type": "llama"}')
    (design / "pickle_model" / "pytorch_model.bin").write_bytes(pickle.dumps({}))
    monkeypatch.chdir(design)
    before = sorted(p.name for p in design.iterdir())
    found, out, err = run(".", *arguments)
    assert found == code, err
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert "next: " in err or "Try 'rtlgen" in err or "Try '" in err
    assert sorted(p.name for p in design.iterdir() if p.name != ".rtlgen") == [
        n for n in before if n != ".rtlgen"
    ]


def test_no_candidate_that_holds_is_exit_code_1(run, design: Path) -> None:  # type: ignore[no-untyped-def]
    (design / "top.v").write_text(
        "module top;\n    initial begin\n    // rtlgen: complete\n    ) )\nendmodule )\n"
    )
    code, out, err = run(design, "--file", "top.v", "--n", "1", "-q")
    assert code in (0, 1)
    if code == 1:
        assert out == ""
        assert "next: " in err


def test_silent_below_the_least_confidence(run, design: Path) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run(design, "--file", "top.v", "--min-confidence", "1", "-q")
    assert (code, out) == (1, "")
    assert "nothing to show: the best candidate has probability 0." in err
    assert "less than complete.min_confidence 1\n  next: --min-confidence 0 shows it" in err
    code, out, err = run(design, "--file", "top.v", "--min-confidence", "1", "--json")
    data = json.loads(out)["data"]
    assert code == 1
    assert data["candidates"] == []
    assert "less than complete.min_confidence 1" in data["silent"]
    code, out, err = run(design, "--file", "top.v", "--min-confidence", "0", "--json")
    data = json.loads(out)["data"]
    assert code == 0
    assert data["silent"] == ""
    assert all(0 < candidate["probability"] < 1 for candidate in data["candidates"])


def test_a_file_that_is_not_utf8_keeps_its_bytes(run, design: Path) -> None:  # type: ignore[no-untyped-def]
    raw = b"// caf\xe9\r\n" + TOP.replace("\n", "\r\n").encode()
    (design / "top.v").write_bytes(raw)
    code, _, _ = run(design, "--file", "top.v", "--apply")
    assert code == 0
    new = (design / "top.v").read_bytes()
    assert new.startswith(b"// caf\xe9\r\nmodule top (\r\n")
    assert (design / "top.v.orig").read_bytes() == raw


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_completes_and_says_why_it_cannot_apply(run, design: Path) -> None:  # type: ignore[no-untyped-def]
    design.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        code, out, _ = run(design, "--file", "top.v", "--diff")
        assert (code, out != "") == (0, True)
        code, _, err = run(design, "--file", "top.v", "--apply")
        assert code == 2
        assert "--diff prints the change" in err
    finally:
        design.chmod(stat.S_IRWXU)


def test_a_corrupt_index_is_rebuilt(run, design: Path) -> None:  # type: ignore[no-untyped-def]
    assert run(design, "--file", "top.v")[0] == 0
    damaged = [p for p in (design / ".rtlgen").rglob("*") if p.is_file() and "index" in p.as_posix()]
    assert damaged
    for path in damaged:
        path.write_bytes(b"\x00garbage")
    code, out, _ = run(design, "--file", "top.v")
    assert code == 0
    assert ".sum(sum)" in out


class _Garbage(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>not json")

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def garbage() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), _Garbage) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_an_endpoint_that_answers_garbage_is_named(run, design: Path, garbage: str) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run(design, "--file", "top.v", "--endpoint", garbage)
    assert (code, out) == (3, "")
    assert garbage in err
    assert "next: " in err
