"""`rtlgen generate` as a user meets it: a chat server that really answers over HTTP, the shipped model, wrong input."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rtlgen.cli import main

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]

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
def example(root: Path) -> Path:
    return root / "examples" / "generate"


@pytest.fixture
def server(example: Path) -> Iterator[str]:
    """A chat server: a wrong module first; the right one when it is shown an attempt with its first mismatch."""
    right = (example / "edge_pulse_ref.sv").read_text()
    wrong = right.replace("level & ~last", "level")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = body["messages"][-1]["content"]
            repaired = "rose is 1, expected 0" in said and "rose <= level;" in said
            choices = [
                {
                    "message": {"content": f"```verilog\n{right if repaired else wrong}```"},
                    "finish_reason": "stop",
                }
            ] * body["n"]
            raw = json.dumps({"choices": choices}).encode()
            self.send_response(200 if self.path == "/v1/chat/completions" else 404)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


def test_a_repair_round_turns_a_mismatch_into_a_pass(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    example: Path,
    server: str,
    tmp_path: Path,
) -> None:
    out = tmp_path / "edge_pulse.sv"
    out.write_text("// what was there\n")
    asked = [
        "generate", example / "edge_pulse.md", "--test", example / "edge_pulse_tb.sv", "--endpoint", server,
        "--endpoint-model", "chatty", "-n", 2,
    ]  # fmt: skip
    code, stdout, stderr = rtlgen(capsys, monkeypatch, *asked)
    assert code == 1 and "2 mismatch" in stderr and "rose <= level;" in stdout
    code, stdout, stderr = rtlgen(capsys, monkeypatch, *asked, "--repair", 2, "-o", out)
    assert code == 0, stderr
    assert "round 1, repairs #0" in stderr and stdout == ""
    assert (
        "level & ~last" in out.read_text()
        and out.with_name("edge_pulse.sv.orig").read_text() == "// what was there\n"
    )
    code, stdout, _ = rtlgen(capsys, monkeypatch, *asked, "--repair", 1, "--json", "-q")
    (result,) = json.loads(stdout)["data"]
    assert code == 0 and result["attempts"][0]["verdict"]["kind"] == "pass"
    assert result["rounds"] == 1 and result["attempts"][0]["parent"] == 0


def test_the_shipped_model_walks_the_whole_way_on_several_specifications(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, example: Path, tmp_path: Path
) -> None:
    other = tmp_path / "wire_through.md"
    other.write_text("A module named wire_through.\n - input a\n - output y\ny is a.\n")
    (tmp_path / "edge_pulse_ref.sv").write_text((example / "edge_pulse_ref.sv").read_text())
    (tmp_path / "wire_through_ref.sv").write_text(
        "module wire_through (input a, output y);\n  assign y = a;\nendmodule\n"
    )
    code, stdout, stderr = rtlgen(
        capsys, monkeypatch, "generate", example / "edge_pulse.md", other, "-n", 3, "--max-new-tokens", 48,
        "--reference", tmp_path / "{name}_ref.sv", "--repair", 1,
    )  # fmt: skip
    assert code in (0, 1, 4), stderr
    assert [line.split()[0] for line in stdout.splitlines()[2:4]] == ["edge_pulse", "wire_through"]
    assert stdout.splitlines()[-1].endswith("of 2 passed")


def test_the_prompt_can_be_seen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, example: Path, server: str
) -> None:
    code, stdout, _ = rtlgen(capsys, monkeypatch, "generate", example / "edge_pulse.md", "--prompt")
    assert code == 0 and stdout.startswith("<|bos|><|file|>edge_pulse.sv\n// Write a module named")
    assert stdout.rstrip().endswith("output logic fell\n);")
    code, stdout, _ = rtlgen(
        capsys, monkeypatch, "generate", example / "edge_pulse.md", "--prompt", "--endpoint", server,
        "--endpoint-model", "chatty",
    )  # fmt: skip
    assert code == 0 and "[system]" in stdout and "Write the module `edge_pulse`." in stdout


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["nothing.md"], "the specification cannot be read", 2),
        (["{spec}", "--test", "nothing.sv"], "the test does not exist", 2),
        (["{spec}", "--test", "{spec}", "--reference", "{spec}"], "a test and a reference are given", 2),
        (["{spec}", "{spec}", "--test", "{spec}"], "--test names one file for 2 specifications", 2),
        (["{spec}", "--simulator", "verilater"], "unknown simulator 'verilater'", 2),
        (["{spec}", "--model", "nowhere/at-all"], "no folder of that name", 3),
        (["{spec}", "--interface", "{spec}"], "no module in the interface", 2),
    ],
)
def test_wrong_input_is_told_before_anything_is_asked(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    example: Path,
    arguments: list[str],
    message: str,
    code: int,
) -> None:
    spec = str(example / "edge_pulse.md")
    got, stdout, stderr = rtlgen(
        capsys, monkeypatch, "generate", *(a.replace("{spec}", spec) for a in arguments)
    )
    assert (got, stdout) == (code, ""), stderr
    assert message in stderr and "next: " in stderr and "Traceback" not in stderr
