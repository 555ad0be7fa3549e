"""One request to an OpenAI-compatible server, and what each way of failing means for the user.

Standard library only. Prompts are the user's source code: a redirect is not followed, a loopback
address never goes through a proxy, and an answer that is too slow or too long is cut off.

It knows no prompts; `rtlgen.model.endpoint` does.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from rtlgen.core.errors import LimitError, RtlgenError, ToolError, UsageError

MAX_ANSWER_BYTES = 32_000_000
"""No answer is read further than this."""
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True)
class Server:
    """Where the server is, how to show who asks, and how long to wait (seconds, for a whole request)."""

    base: str
    """Without a trailing slash and without ``/v1``: see `base_url`."""
    key: str
    key_env: str
    timeout: float

    def url(self, path: str) -> str:
        """The address of ``completions`` or ``models``."""
        return f"{self.base}/v1/{path}"

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """GET `path`, or POST `body` to it; the JSON object that comes back.

        Raises `LimitError` (too slow, too long, busy), `Refused` (the request is not taken) or `ToolError`.
        """
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "rtlgen"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        request = urllib.request.Request(self.url(path), data=data, headers=headers)
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
        if urllib.parse.urlsplit(self.base).hostname in LOOPBACK:
            handlers.append(urllib.request.ProxyHandler({}))
        try:
            raw = self._read(urllib.request.build_opener(*handlers), request)
        except urllib.error.HTTPError as error:
            raise self._refused(error) from error
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            raise self._unreachable(error, request.full_url) from error
        return self._object(raw, request.full_url)

    def _read(self, opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> bytes:
        """The whole answer; the socket's own timeout is for one packet only, so the clock is read as well."""
        deadline = time.monotonic() + self.timeout
        raw = b""
        with opener.open(request, timeout=self.timeout) as answer:
            while block := answer.read1(65_536):
                raw += block
                if time.monotonic() > deadline:
                    raise TimeoutError
                if len(raw) > MAX_ANSWER_BYTES:
                    raise LimitError(
                        f"the answer is longer than {MAX_ANSWER_BYTES // 1_000_000} MB",
                        where=request.full_url,
                        hint="rtlgen config show  (is model.endpoint a completions server?)",
                    )
        return raw

    def _object(self, raw: bytes, url: str) -> dict[str, Any]:
        try:
            data = json.loads(raw)
        except ValueError as error:
            shown = raw[:80].decode("utf-8", "replace").strip()
            kind = "a web page" if shown[:1] == "<" else "no JSON"
            raise ToolError(
                f"the server answers {kind}: {shown!r}",
                where=url,
                hint=f"curl {self.url('models')}  (is it an OpenAI-compatible server?)",
            ) from error
        if not isinstance(data, dict):
            raise wrong_shape(data, url)
        if "error" in data and "choices" not in data:
            raise ToolError(
                f"the server answers an error: {_message(data)}", where=url, hint=f"curl {self.url('models')}"
            )
        return data

    def _refused(self, error: urllib.error.HTTPError) -> RtlgenError:
        """What an HTTP status means for the user."""
        url, message = error.url, _error_message(error)
        if error.code in {401, 403}:
            state = "was not accepted" if self.key else "is not set"
            return ToolError(
                f"the server refuses ({error.code}): the key in {self.key_env} {state}",
                where=url,
                hint=f"export {self.key_env}=...",
            )
        if 300 <= error.code < 400:
            target = error.headers.get("Location", "nowhere")
            return ToolError(
                f"the server sends elsewhere ({error.code}): {target}",
                where=url,
                hint=f"--endpoint {target}  (if you trust it with your code)",
            )
        if error.code == 404:
            return ToolError(
                f"the server knows no such path or model (404): {message}",
                where=url,
                hint=f"curl {self.url('models')}  (then --endpoint-model NAME)",
            )
        if error.code in {408, 429, 503, 504}:
            return LimitError(
                f"the server is busy ({error.code}): {message}", where=url, hint="the same command, later"
            )
        if error.code in {400, 413, 422}:
            if "context" in message and ("length" in message or "token" in message):
                return LimitError(
                    f"the prompt is too long for the server: {message}",
                    where=url,
                    hint="rtlgen config show  (then lower model.context_tokens)",
                )
            return Refused(message, f"the server refuses the request ({error.code}): {message}", url)
        return ToolError(
            f"the server fails ({error.code}): {message}", where=url, hint="look at the server's log"
        )

    def _unreachable(self, error: Exception, url: str) -> RtlgenError:
        """What went wrong before there was a whole answer."""
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        what, hint = f"the connection broke: {reason or type(reason).__name__}", f"curl {self.url('models')}"
        if isinstance(reason, TimeoutError):
            return LimitError(
                f"no whole answer within {self.timeout:g} s",
                where=url,
                hint="rtlgen config show  (complete.*)",
            )
        if isinstance(reason, ssl.SSLError):
            what, hint = f"no secure connection: {reason}", "http:// instead of https://, if it is your own"
        elif isinstance(reason, socket.gaierror):
            what, hint = "no such host", "rtlgen config show  (model.endpoint)"
        elif isinstance(reason, ConnectionRefusedError):
            what, hint = "nothing answers there", "start the server, or rtlgen complete --model default ..."
        return ToolError(what, where=url, hint=hint)


class Refused(ToolError):
    """The server does not take the request; `message` is what it says."""

    def __init__(self, message: str, what: str, url: str) -> None:
        super().__init__(what, where=url, hint="rtlgen config show  (model.endpoint_model, complete.*)")
        self.message = message


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the prompt is the user's source code, and the key goes along."""

    def redirect_request(self, *_: object) -> None:  # type: ignore[override]
        """None: the redirect becomes an HTTP error."""
        return


def base_url(url: str) -> str:
    """`url` without ``/v1``, ``/v1/completions`` or a trailing slash. Raises `UsageError` for no http URL."""
    stripped = url.strip().rstrip("/").removesuffix("/completions").removesuffix("/v1").rstrip("/")
    parts = urllib.parse.urlsplit(stripped)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(
            f"not a server's address: {url!r}", where="--endpoint", hint="--endpoint http://127.0.0.1:8000"
        )
    return stripped


def wrong_shape(data: object, url: str) -> ToolError:
    """The error for an answer that is JSON, but not what a completions server sends."""
    return ToolError(
        f"the answer is not one of a completions server: {json.dumps(data, ensure_ascii=False)[:80]}",
        where=url,
        hint="rtlgen complete needs /v1/completions (a chat-only server does not offer it)",
    )


def _error_message(error: urllib.error.HTTPError) -> str:
    """What the server says in the body of an HTTP error, on one line."""
    try:
        raw = error.read(10_000)
    except (OSError, http.client.HTTPException):
        return str(error.reason)
    try:
        return _message(json.loads(raw))
    except ValueError:
        text = " ".join(raw.decode("utf-8", "replace").split())
        return str(error.reason) if not text or text[:1] == "<" else text[:200]


def _message(data: object) -> str:
    """The message in OpenAI's error object, FastAPI's `detail`, or whatever else came."""
    if isinstance(data, dict):
        inner = data.get("error", data.get("detail", data.get("message", data)))
        if isinstance(inner, dict) and "message" in inner:
            inner = inner["message"]
        data = inner
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return " ".join(text.split())[:200]
