"""Any server that speaks OpenAI's completions: vLLM, llama.cpp, Ollama, TGI, a gateway of one's own.

`complete` posts the packed prompt verbatim to `{endpoint}/v1/completions`: the layout of the model's family
is rendered here. `chat` posts messages to `{endpoint}/v1/chat/completions`, where the server renders its own
template. Nothing is sent anywhere but to the URL that was given; the key is read from the environment variable
that the settings name.

It does not tokenise: `count` is an estimate on the safe side. It does not retry: the caller is interactive.

To try it: `rtlgen complete repo/ --file alu.v --endpoint http://127.0.0.1:8000`
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.model.chat import Message, as_rows, sounds_like_chat
from rtlgen.model.formats import PLAIN, PromptFormat, format_for
from rtlgen.model.interface import Generation
from rtlgen.model.transport import Refused, Server, base_url, wrong_shape

BYTES_PER_TOKEN = 2.5
"""Fewer than the 3 bytes of Verilog that a token of our own tokenizer has, so that prompts rather fit."""
MAX_STOPS = 4
"""OpenAI's limit on `stop`; more are cut here, after the answer has come."""


class EndpointModel:
    """A code model behind an OpenAI-compatible server. See `rtlgen.model.interface.CodeModel`."""

    def __init__(
        self,
        url: str,
        *,
        model: str | None = None,
        api_key_env: str = "RTLGEN_API_KEY",
        timeout: float = 60.0,
        fmt: PromptFormat | None = None,
    ) -> None:
        """Speak to `url` (with or without ``/v1``); `model` is asked of the server when it is not given.

        `timeout` is in seconds, for the whole request. Raises `UsageError` for a URL that is none.
        """
        self._server = Server(base_url(url), os.environ.get(api_key_env, ""), api_key_env, timeout)
        self._asked = model
        self._format = fmt

    @property
    def name(self) -> str:
        """The model's name on the server."""
        if self._asked is None:
            self._asked = self._only_model()
        return self._asked

    @property
    def format(self) -> PromptFormat:
        """The layout of the family that the model's name tells."""
        if self._format is None:
            self._format = format_for(self.name)
        return self._format

    def count(self, text: str) -> int:
        """An estimate of the tokens of `text`, rather too many than too few."""
        return math.ceil(len(text.encode("utf-8", "surrogateescape")) / BYTES_PER_TOKEN)

    def complete(
        self,
        prompt: str,
        *,
        n: int = 1,
        max_new_tokens: int = 256,
        temperature: float = 0.0,
        top_p: float = 0.95,
        seed: int = 0,
        stop: Sequence[str] = (),
        suffix: str = "",
    ) -> list[Generation]:
        """Continuations of `prompt`; at temperature 0 one, because a greedy server has only one to give.

        `suffix` is passed for a model whose family is not known, and left out when the server does not take
        it; for the known families it is part of the prompt already. Whether a seed is honoured is the
        server's affair. Raises `ToolError` (down, refused, not such a server) or `LimitError` (too slow,
        prompt too long).
        """
        stops = [s for s in dict.fromkeys((*stop, *self.format.stop)) if s]
        body: dict[str, Any] = {
            "model": self.name,
            "prompt": prompt,
            "n": n if temperature > 0 else 1,
            "max_tokens": max_new_tokens,
            "temperature": temperature,
            "top_p": top_p,
            "seed": seed,
            "logprobs": 1,
            "stop": stops[:MAX_STOPS],
        }
        if suffix and self.format is PLAIN:
            try:
                return self._generations(self._server.ask("completions", {**body, "suffix": suffix}), stops)
            except Refused as refused:
                if "suffix" not in refused.message:
                    raise
        return self._generations(self._server.ask("completions", body), stops)

    @property
    def chats(self) -> bool:
        """Whether the model's name tells of a chat model (see `sounds_like_chat`)."""
        return sounds_like_chat(self.name, known_family=self.format is not PLAIN)

    def chat(
        self,
        messages: Sequence[Message],
        *,
        n: int = 1,
        max_new_tokens: int = 1024,
        temperature: float = 0.0,
        top_p: float = 0.95,
        seed: int = 0,
        stop: Sequence[str] = (),
    ) -> list[Generation]:
        """Answers to `messages`; at temperature 0 one. Servers that ignore `n` are asked once for each answer.

        Raises as `complete` does.
        """
        wanted = n if temperature > 0 else 1
        body: dict[str, Any] = {
            "model": self.name,
            "messages": as_rows(messages),
            "max_tokens": max_new_tokens,
            "temperature": temperature,
            "top_p": top_p,
            "stop": list(stop)[:MAX_STOPS] or None,
        }
        made: list[Generation] = []
        while len(made) < wanted:
            row = {**body, "n": wanted - len(made), "seed": seed + len(made)}
            answer = self._server.ask("chat/completions", row)
            found = _chat_choices(answer, self._server.url("chat/completions"))
            made += [_generation(choice, stop) for choice in found[: wanted - len(made)]]
        return made

    def score(self, prompt: str, continuations: Sequence[str]) -> list[float]:
        """Mean log-probability per token (nats) of each continuation, from a server that echoes
        log-probabilities.

        Tokens that lie across the border of prompt and continuation count to the prompt. Raises `ToolError`
        when the server does not echo (vLLM does; llama.cpp and Ollama do not).
        """
        return [self._score(prompt, text) if text else -math.inf for text in continuations]

    def _score(self, prompt: str, continuation: str) -> float:
        body = {
            "model": self.name,
            "prompt": prompt + continuation,
            "max_tokens": 1,
            "temperature": 0.0,
            "logprobs": 1,
            "echo": True,
        }
        (choice,) = _choices(self._server.ask("completions", body), self._server.url("completions"))[:1]
        logprobs = choice.get("logprobs") or {}
        offsets, values = logprobs.get("text_offset"), logprobs.get("token_logprobs")
        end = len(prompt) + len(continuation)
        if (
            not str(choice["text"]).startswith(prompt)
            or not offsets
            or not values
            or len(offsets) != len(values)
        ):
            raise ToolError(
                "the server does not echo the prompt's log-probabilities, so lines cannot be scored with it",
                where=self._server.url("completions"),
                hint="vllm serve MODEL  (it does), or --model PATH_OR_ID",
            )
        inside = [
            v for at, v in zip(offsets, values, strict=True) if len(prompt) <= at < end and v is not None
        ]
        return sum(inside) / len(inside) if inside else -math.inf

    def _only_model(self) -> str:
        """The one model that the server offers."""
        url = self._server.url("models")
        listed = self._server.ask("models").get("data")
        names = (
            [str(m["id"]) for m in listed if isinstance(m, dict) and "id" in m]
            if isinstance(listed, list)
            else []
        )
        if len(names) == 1:
            return names[0]
        offered = f"it offers {', '.join(sorted(names)[:8])}" if names else "it names none"
        raise UsageError(
            f"which model? {offered}",
            where=url,
            hint="rtlgen complete --endpoint URL --endpoint-model NAME ...",
        )

    def _generations(self, answer: dict[str, Any], stops: Sequence[str]) -> list[Generation]:
        return [_generation(choice, stops) for choice in _choices(answer, self._server.url("completions"))]


def _choices(answer: dict[str, Any], url: str) -> list[dict[str, Any]]:
    """The `choices` of an answer, each with a text."""
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices:
        raise wrong_shape(answer, url)
    for choice in choices:
        if not isinstance(choice, dict) or not isinstance(choice.get("text"), str):
            raise wrong_shape(choice, url)
    return choices


def _chat_choices(answer: dict[str, Any], url: str) -> list[dict[str, Any]]:
    """The `choices` of a chat answer, each as a completion's: with its content as `text`."""
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices:
        raise wrong_shape(answer, url)
    found = []
    for choice in choices:
        message = choice.get("message") if isinstance(choice, dict) else None
        if not isinstance(message, dict):
            raise wrong_shape(choice, url)
        text = message.get("content")  # null when the whole answer went into reasoning or a tool call
        listed = (choice.get("logprobs") or {}).get("content") or []
        values = [row.get("logprob") for row in listed if isinstance(row, dict)]
        found.append({**choice, "text": text or "", "logprobs": {"token_logprobs": values}})
    return found


def _generation(choice: dict[str, Any], stops: Sequence[str]) -> Generation:
    text = str(choice["text"])
    cuts = [at for at in (text.find(s) for s in stops) if at >= 0]
    cut = bool(cuts)
    text = text[: min(cuts)] if cuts else text
    logprobs = choice.get("logprobs")
    listed = logprobs.get("token_logprobs") if isinstance(logprobs, dict) else None
    values = [float(v) for v in listed if isinstance(v, int | float)] if isinstance(listed, list) else []
    return Generation(
        text=text,
        logprob_mean=sum(values) / len(values) if values else None,
        tokens=len(values) or math.ceil(len(text) / BYTES_PER_TOKEN),
        finish="stop" if cut or choice.get("finish_reason") == "stop" else "length",
    )
