"""A real HTTP server on loopback plays every behaviour of the servers out there, good and bad."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from rtlgen.core.errors import LimitError, RtlgenError, ToolError, UsageError
from rtlgen.model.chat import Message, as_chat
from rtlgen.model.endpoint import EndpointModel
from rtlgen.model.formats import PLAIN, QWEN
from rtlgen.model.interface import CodeModel, Generation

Reply = tuple[int, Any]


class Playing:
    """A server on loopback: `answer` is what it says to a completion, `asked` what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.models: Any = {"data": [{"id": "Qwen/Qwen2.5-Coder-1.5B"}]}
        self.answer: Callable[[dict[str, Any]], Reply | bytes] = lambda body: (200, completion(["x"]))
        playing = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.reply(
                    (200, playing.models) if self.path == "/v1/models" else (404, {"detail": "Not Found"})
                )

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                playing.asked.append(body)
                playing.headers.append(dict(self.headers))
                playing.paths.append(self.path)
                ok = self.path in {"/v1/completions", "/v1/chat/completions"}
                self.reply(playing.answer(body) if ok else (404, {"detail": "Not Found"}))

            def reply(self, reply: Reply | bytes) -> None:
                if isinstance(reply, bytes):
                    self.wfile.write(reply)
                    return
                status, data = reply
                raw = data if isinstance(data, bytes) else json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                if status in {301, 307}:
                    self.send_header("Location", "http://elsewhere.example/v1/completions")
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def playing() -> Iterator[Playing]:
    server = Playing()
    yield server
    server.server.shutdown()
    server.server.server_close()


def completion(
    texts: list[str], logprobs: list[float | None] | None = None, finish: str = "stop"
) -> dict[str, Any]:
    lp = None if logprobs is None else {"token_logprobs": logprobs}
    return {
        "choices": [
            {"index": i, "text": t, "logprobs": lp, "finish_reason": finish} for i, t in enumerate(texts)
        ]
    }


def failing(playing: Playing, answer: Reply | bytes, kind: type[RtlgenError], **options: Any) -> str:
    playing.answer = lambda body: answer
    with pytest.raises(kind) as raised:
        EndpointModel(playing.url, model="m", **options).complete("p")
    assert raised.value.hint
    assert playing.url in str(raised.value)
    return str(raised.value)


def test_request_and_answer(playing: Playing) -> None:
    playing.answer = lambda body: (200, completion([" a;", " b;"], [-0.5, -1.5], finish="length"))
    model = EndpointModel(playing.url)
    assert isinstance(model, CodeModel)
    assert (model.name, model.format) == ("Qwen/Qwen2.5-Coder-1.5B", QWEN)
    got = model.complete("assign y =", n=2, max_new_tokens=9, temperature=0.8, top_p=0.9, seed=7, stop=["\n"])
    assert got == [Generation(" a;", -1.0, 2, "length"), Generation(" b;", -1.0, 2, "length")]
    (body,) = playing.asked
    assert body == {
        "model": "Qwen/Qwen2.5-Coder-1.5B",
        "prompt": "assign y =",
        "n": 2,
        "max_tokens": 9,
        "temperature": 0.8,
        "top_p": 0.9,
        "seed": 7,
        "logprobs": 1,
        "stop": ["\n", *QWEN.stop[:3]],
    }
    assert "Authorization" not in playing.headers[0]


def chat_answer(texts: list[str | None], finish: str = "stop") -> dict[str, Any]:
    return {
        "choices": [
            {"index": i, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
            for i, text in enumerate(texts)
        ]
    }


TALK = (Message("system", "You write RTL."), Message("user", "An inverter."))


def test_messages_go_to_the_chat_path_as_they_are(playing: Playing) -> None:
    playing.answer = lambda body: (200, chat_answer(["one", None], finish="length"))
    model = EndpointModel(playing.url, model="gpt-4o")
    assert as_chat(model) is model
    got = model.chat(TALK, n=2, max_new_tokens=9, temperature=0.8, top_p=0.9, seed=7)
    assert [(g.text, g.finish, g.logprob_mean) for g in got] == [
        ("one", "length", None),
        ("", "length", None),
    ]
    (body,) = playing.asked
    assert playing.paths == ["/v1/chat/completions"]
    assert body["messages"] == [
        {"role": "system", "content": "You write RTL."},
        {"role": "user", "content": "An inverter."},
    ]
    assert (body["n"], body["max_tokens"], body["temperature"], body["seed"]) == (2, 9, 0.8, 7)


def test_a_chat_server_that_ignores_n_is_asked_again_with_other_seeds(playing: Playing) -> None:
    playing.answer = lambda body: (200, chat_answer([f"answer {body['seed']}"]))
    got = EndpointModel(playing.url, model="m").chat(TALK, n=3, temperature=0.8, seed=5)
    assert [g.text for g in got] == ["answer 5", "answer 6", "answer 7"]
    assert len(EndpointModel(playing.url, model="m").chat(TALK, n=3)) == 1  # greedy: one


def test_an_answer_that_is_no_chat_answer_is_told(playing: Playing) -> None:
    playing.answer = lambda body: (200, completion(["x"]))
    with pytest.raises(ToolError, match="not one of a completions server"):
        EndpointModel(playing.url, model="m").chat(TALK)


@pytest.mark.parametrize(
    ("name", "chats"),
    [
        ("gpt-4o", True),
        ("Qwen/Qwen2.5-Coder-7B-Instruct", True),
        ("Qwen/Qwen2.5-Coder-7B", False),
        ("google/gemma-3-4b-it", True),
        ("deepseek-ai/DeepSeek-R1", True),
        ("deepseek-ai/deepseek-coder-6.7b-base", False),
        ("bigcode/starcoder2-15b", False),
        ("claude-opus", True),
        ("meta-llama/Llama-3.1-8B-base", False),
        ("some-private-model", True),
    ],
)
def test_whether_a_model_chats_is_told_by_its_name(playing: Playing, name: str, chats: bool) -> None:
    assert EndpointModel(playing.url, model=name).chats is chats


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/", "/v1/completions"])
def test_any_spelling_of_the_address(playing: Playing, tail: str) -> None:
    assert EndpointModel(playing.url + tail, model="m").complete("p")[0].text == "x"


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "ftp://host", "http://", "file:///etc/passwd"])
def test_address_that_is_none(url: str) -> None:
    with pytest.raises(UsageError, match="not a server's address"):
        EndpointModel(url)


def test_greedy_asks_for_one(playing: Playing) -> None:
    EndpointModel(playing.url, model="m").complete("p", n=5)
    assert playing.asked[0]["n"] == 1


def test_stops_beyond_the_fourth_are_cut_here(playing: Playing) -> None:
    playing.answer = lambda body: (200, completion(["a b c d e f"]))
    (got,) = EndpointModel(playing.url, model="m").complete("p", stop=["1", "2", "3", "4", "", "e", "f"])
    assert playing.asked[0]["stop"] == ["1", "2", "3", "4"]
    assert (got.text, got.finish) == ("a b c d ", "stop")


def test_key_comes_from_the_named_variable(playing: Playing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "s3cret")
    EndpointModel(playing.url, model="m", api_key_env="MY_KEY").complete("p")
    assert playing.headers[0]["Authorization"] == "Bearer s3cret"
    text = failing(playing, (401, {"error": {"message": "bad key"}}), ToolError, api_key_env="MY_KEY")
    assert "the server refuses (401): the key in MY_KEY was not accepted" in text
    assert "s3cret" not in text
    monkeypatch.delenv("MY_KEY")
    text = failing(playing, (401, {}), ToolError, api_key_env="MY_KEY")
    assert "the key in MY_KEY is not set\n  next: export MY_KEY=..." in text


def test_suffix_is_sent_to_unknown_families_only(playing: Playing) -> None:
    EndpointModel(playing.url, model="qwen2.5-coder").complete("p", suffix="s")
    assert "suffix" not in playing.asked[-1]
    model = EndpointModel(playing.url, model="m")
    assert model.format is PLAIN
    model.complete("p", suffix="s")
    assert playing.asked[-1]["suffix"] == "s"
    refused = (400, {"error": {"message": "suffix is not currently supported"}})
    playing.answer = lambda body: refused if "suffix" in body else (200, completion(["y"]))
    assert model.complete("p", suffix="s")[0].text == "y"


def test_which_model(playing: Playing) -> None:
    playing.models = {"data": [{"id": "b"}, {"id": "a"}]}
    with pytest.raises(UsageError, match=r"which model\? it offers a, b\n  next: .*--endpoint-model NAME"):
        EndpointModel(playing.url).complete("p")
    playing.models = {"object": "list"}
    with pytest.raises(UsageError, match=r"which model\? it names none"):
        EndpointModel(playing.url).complete("p")


def test_server_down() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ToolError) as raised:
        EndpointModel(url, model="m").complete("p")
    assert str(raised.value) == (
        f"{url}/v1/completions: nothing answers there\n"
        "  next: start the server, or rtlgen complete --model default ..."
    )


def test_loopback_never_goes_through_a_proxy(playing: Playing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert EndpointModel(playing.url, model="m").complete("p")[0].text == "x"


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        ((404, {"error": {"message": "model m does not exist"}}), ToolError, "(404): model m does not exist"),
        ((403, b""), ToolError, "the key in RTLGEN_API_KEY is not set"),
        (
            (400, {"error": {"message": "maximum context length is 4096 tokens"}}),
            LimitError,
            "prompt is too long",
        ),
        ((422, {"detail": [{"msg": "n"}]}), ToolError, 'refuses the request (422): [{"msg": "n"}]'),
        ((429, {"error": "slow down"}), LimitError, "the server is busy (429): slow down"),
        ((500, b"<html>oops</html>"), ToolError, "the server fails (500): Internal Server Error"),
        ((502, b"bad\ngateway"), ToolError, "the server fails (502): bad gateway"),
        ((307, b""), ToolError, "sends elsewhere (307): http://elsewhere.example/v1/completions"),
        ((301, b""), ToolError, "sends elsewhere (301): http://elsewhere.example/v1/completions"),
        ((200, b"{choices: ["), ToolError, "the server answers no JSON: '{choices: ['"),
        ((200, b"\xff\xfe\x00"), ToolError, "the server answers no JSON"),
        ((200, b"<!doctype html><title>Welcome"), ToolError, "answers a web page: '<!doctype html>"),
        ((200, b""), ToolError, "the server answers no JSON: ''"),
        ((200, [1, 2]), ToolError, "not one of a completions server: [1, 2]"),
        ((200, {"choices": []}), ToolError, "not one of a completions server"),
        (
            (200, {"choices": [{"message": {"content": "hi"}}]}),
            ToolError,
            'server: {"message": {"content": "hi"}}',
        ),
        ((200, {"error": "no model loaded"}), ToolError, "the server answers an error: no model loaded"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", ToolError, "the connection broke"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", ToolError, "next: curl"),
    ],
)
def test_bad_answers(playing: Playing, answer: Reply | bytes, kind: type[RtlgenError], says: str) -> None:
    assert says in failing(playing, answer, kind)


def test_slow_server_and_one_that_drips(playing: Playing) -> None:
    released = threading.Event()

    def sleeping(body: dict[str, Any]) -> Reply:
        released.wait(10)
        return 200, completion(["x"])

    playing.answer = sleeping
    with pytest.raises(LimitError, match=r"no whole answer within 0.2 s"):
        EndpointModel(playing.url, model="m", timeout=0.2).complete("p")
    released.set()

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            peer, _ = listening.accept()
            with peer:
                peer.recv(65_536)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not done.is_set():
                    peer.sendall(b" ")
                    time.sleep(0.02)

        done = threading.Event()
        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(LimitError, match=r"no whole answer within 0.3 s"):
            EndpointModel(url, model="m", timeout=0.3).complete("p")
        done.set()
        thread.join(5)


def test_score_reads_the_echo(playing: Playing) -> None:
    def echo(body: dict[str, Any]) -> Reply:
        assert body["echo"] is True
        text = body["prompt"]
        offsets = [0, 3, 7, 10, len(text)]
        values = [None, -9.0, -1.0, -2.0, -5.0]
        logprobs = {"text_offset": offsets, "token_logprobs": values}
        return 200, {"choices": [{"text": text + "!", "logprobs": logprobs}]}

    playing.answer = echo
    model = EndpointModel(playing.url, model="m")
    assert model.score("assign ", ["y = a;", ""]) == [-1.5, -math.inf]
    playing.answer = lambda body: (200, completion(["x"], [-1.0]))
    with pytest.raises(ToolError, match="does not echo the prompt's log-probabilities"):
        model.score("assign ", ["y"])


def test_count_errs_on_the_safe_side() -> None:
    model = EndpointModel("http://127.0.0.1:1", model="m")
    assert model.count("") == 0
    assert model.count("assign y = a & b;\n") == 8
    assert model.count("Ω\udc80") >= 1
