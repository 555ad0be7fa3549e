"""Models that are spoken to in messages: instruction-tuned ones on this machine, and chat servers.

A base model has no such form; `as_chat` tells them apart, so that `rtlgen.generate` and the benchmarks can write
one prompt for either kind. It renders no template itself: a local model's tokenizer does, or the server.

To try one: `rtlgen generate spec.md --endpoint http://127.0.0.1:8000 --endpoint-model NAME`
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol, runtime_checkable

from rtlgen.model.interface import CodeModel, Generation

_SAYS_CHAT = re.compile(
    r"instruct|chat|assistant|(?:^|[-_/])it(?:$|[-_.:])|^(?:gpt|o\d|claude|gemini|mistral-large|command)|-r1|reason|think",
    re.IGNORECASE,
)
_SAYS_BASE = re.compile(r"(?:^|[-_])base(?:$|[-_.:])|starcoder|codegen|code-?llama-\d+b$", re.IGNORECASE)


@dataclass(frozen=True)
class Message:
    """One message; `role` is ``system``, ``user`` or ``assistant``."""

    role: str
    content: str


@runtime_checkable
class ChatModel(CodeModel, Protocol):
    """A code model that also takes messages, when `chats` says so."""

    @property
    def chats(self) -> bool:
        """Whether `chat` may be called."""
        ...

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
        """Up to `n` answers; at temperature 0 the first is greedy."""
        ...


def as_chat(model: CodeModel) -> ChatModel | None:
    """`model` when it is to be spoken to in messages, else None."""
    return model if isinstance(model, ChatModel) and model.chats else None


def sounds_like_chat(name: str, *, known_family: bool) -> bool:
    """Whether a model known only by its name takes messages.

    A name that says instruct or chat does; a name of a family whose completion layout is known, or that says
    base, does not; any other is taken for a chat model, because that is what servers of such models offer.
    """
    short = name.rstrip("/").rsplit("/", 1)[-1]
    if _SAYS_CHAT.search(short):
        return True
    return not known_family and not _SAYS_BASE.search(short)


def as_rows(messages: Sequence[Message]) -> list[dict[str, str]]:
    """The messages as the JSON objects that templates and servers take."""
    return [asdict(message) for message in messages]
