"""Which runs a command means, what their predictions depend on, and the protocol against a server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.predictors import PredictorSpec, cut_head, runs_of
from rtlgen.evaluate.rtl_repo import Config, evaluate


class _Completions(BaseHTTPRequestHandler):
    """A server that always completes with the same two lines, and remembers what it was asked."""

    asked: list[dict[str, Any]]

    def _answer(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._answer({"object": "list", "data": [{"id": "parrot"}]})

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        text = "// a comment first\n  input  [3:0] a,\n  more"
        self._answer({"choices": [{"text": text, "index": 0, "finish_reason": "length", "logprobs": None}]})

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    handler = type("Handler", (_Completions,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}", handler.asked
        listening.shutdown()
        thread.join()


def test_the_protocol_against_a_server(
    data_file: Path, tmp_path: Path, server: tuple[str, list[dict[str, Any]]]
) -> None:
    """Prompt, sampling and post-processing of RTL-Repo's own code."""
    url, asked = server
    overrides = {"model.endpoint": url, "model.context_tokens": 300}
    specs = runs_of(("model",), (), "rtl-repo", overrides)
    report = evaluate(Config(data=data_file, predictors=specs, out=tmp_path / "out"))
    assert report.runs[0].summary.exact_match == pytest.approx(33.333)  # it is right for one line in three
    assert report.runs[0].by_source == {"model": (6, 33.33)}
    assert len(asked) == 6
    for body in asked:
        assert body["prompt"].startswith("// Repo Name: ")
        assert "// Path: rtl/top.v\nmodule top (\n" in body["prompt"]
        assert body["prompt"].endswith("\n")
        assert (body["max_tokens"], body["temperature"], body["top_p"]) == (50, 0.2, 1.0)


def test_runs_of_a_command() -> None:
    specs = runs_of(("pipeline", "copy"), ("none", "bm25", "graph"), None, {"model.path": "m"})
    assert [spec.name for spec in specs] == [
        "pipeline",
        "copy",
        "pipeline without bm25",
        "pipeline without graph",
    ]
    assert runs_of(("model",), (), "rtl-repo", {})[0].name == "model rtl-repo prompt"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((("copy",), ("bm25",), None, {}), "--ablate leaves a source out of the pipeline"),
        ((("pipeline",), (), "rtl-repo", {}), "--protocol rtl-repo is a prompt for a model alone"),
        ((("oracle",), (), None, {}), "no predictor 'oracle'"),
        ((("pipeline",), ("luck",), None, {}), "no source 'luck' to leave out"),
    ],
)
def test_runs_that_make_no_sense(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        runs_of(*arguments)


def test_made_from_names_settings_and_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plain = PredictorSpec("pipeline").made_from()
    assert plain == PredictorSpec("pipeline").made_from()
    assert plain["settings"]["model.path"] == "default"
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"1")
    spec = PredictorSpec("pipeline", overrides=(("model.path", "m"),))
    before = spec.made_from()
    assert before["settings"]["model.path"] == "m"
    (folder / "model.safetensors").write_bytes(b"2")  # trained again in the same place
    assert spec.made_from()["model"] != before["model"]


def test_cut_head_keeps_the_longest_end_that_fits() -> None:
    text = "a a\nb b\nc c\n"
    count = lambda t: len(t.split())  # noqa: E731
    assert cut_head(text, count, 6) == text
    assert cut_head(text, count, 5) == "b b\nc c\n"
    assert cut_head(text, count, 1) == "c c\n"
