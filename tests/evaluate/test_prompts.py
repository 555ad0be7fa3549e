"""Questions to chat and base models: what is sent, what is put back, what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from rtlgen.evaluate.prompts import PROTOCOLS, Prompt, answer
from rtlgen.model.chat import Message
from rtlgen.model.formats import PLAIN, PromptFormat
from rtlgen.model.interface import Generation

PROMPT = Prompt("the question", "the part", "[DONE]")


class Base:
    """A model that continues text, and remembers what it was asked."""

    name = "base"
    format: PromptFormat = PLAIN
    context_tokens = 0

    def __init__(self, text: str = "a", finish: str = "stop") -> None:
        self.asked: list[dict[str, Any]] = []
        self.made = [Generation(text, None, 1, finish)]

    def count(self, text: str) -> int:
        return len(text)

    def complete(self, prompt: str, **options: Any) -> list[Generation]:
        self.asked.append({"prompt": prompt, **options})
        return self.made

    def score(self, prompt: str, continuations: Sequence[str]) -> list[float]:
        return [0.0 for _ in continuations]


class Chat(Base):
    """A model that takes messages."""

    chats = True

    def chat(self, messages: Sequence[Message], **options: Any) -> list[Generation]:
        self.asked.append({"messages": tuple(messages), **options})
        return self.made


@pytest.mark.parametrize(
    ("name", "temperature", "top_p", "n"),
    [("high", 0.8, 0.95, 20), ("low", 0.0, 0.01, 1), ("upstream", 0.85, 0.95, 20)],
)
def test_protocols(name: str, temperature: float, top_p: float, n: int) -> None:
    protocol = PROTOCOLS[name]
    assert (protocol.temperature, protocol.top_p, protocol.n) == (temperature, top_p, n)
    assert protocol.max_new_tokens == 1024


def test_base_models_get_one_text() -> None:
    model = Base("x\n")
    assert answer(model, PROMPT, PROTOCOLS["high"], 7).text == "x\n\n[DONE]\n"
    (asked,) = model.asked
    assert asked["prompt"] == "the part\nthe question"
    assert (asked["temperature"], asked["top_p"], asked["seed"], asked["n"]) == (0.8, 0.95, 7, 1)
    assert asked["stop"] == ("[DONE]",)


def test_a_cut_answer_stays_cut() -> None:
    assert answer(Base("x", "length"), PROMPT, PROTOCOLS["low"], 0).text == "x"


def test_chat_models_get_messages() -> None:
    model = Chat("[BEGIN]\nx\n[DONE]")
    assert answer(model, PROMPT, PROTOCOLS["low"], 0).text == "[BEGIN]\nx\n[DONE]"
    (asked,) = model.asked
    assert asked["messages"] == (Message("system", "the part"), Message("user", "the question"))
    assert "stop" not in asked
    assert answer(Chat(), Prompt("only"), PROTOCOLS["low"], 0).text == "a"


@pytest.mark.parametrize(("window", "tokens"), [(0, 1024), (60, 31), (10_000, 1024)])
def test_the_window(window: int, tokens: int) -> None:
    model = Base()
    model.context_tokens = window
    answer(model, PROMPT, PROTOCOLS["low"], 0)
    assert model.asked[0]["max_new_tokens"] == tokens


def test_no_room_and_no_answer() -> None:
    model = Base()
    model.context_tokens = 20
    assert answer(model, PROMPT, PROTOCOLS["low"], 0) == Generation("", None, 0, "no room")
    assert not model.asked
    model = Base()
    model.made = []
    assert answer(model, PROMPT, PROTOCOLS["low"], 0).finish == "no answer"
