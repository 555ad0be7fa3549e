"""What a benchmark asks a model: a system part and a user part, for models that chat and for those that continue text.

A chat model gets two messages. A base model gets one text, the user part behind the system part, as VerilogEval's flow
does for a model without system messages; its answer is stopped at a word, which is then put back, so that the code can be
found by the same rules. The texts themselves are in `verilog_eval_prompts` and `rtllm`.

Try: ``rtlgen eval verilog-eval --data DIR --limit 3 --generate-only``
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rtlgen.core.records import sha256_text
from rtlgen.datasets.problem import Problem
from rtlgen.generate.prompts import context_of
from rtlgen.model.chat import Message, as_chat

if TYPE_CHECKING:
    from rtlgen.model.interface import CodeModel, Generation

_MARGIN = 8
"""Tokens between prompt and answer that stay free: special tokens of the model."""


@dataclass(frozen=True)
class Prompt:
    """The two parts of a question, and the word at which a base model's answer ends."""

    user: str
    system: str = ""
    stop: str = ""

    @property
    def messages(self) -> tuple[Message, ...]:
        """For a chat model."""
        head = (Message("system", self.system),) if self.system else ()
        return (*head, Message("user", self.user))

    @property
    def text(self) -> str:
        """For a base model."""
        return f"{self.system}\n{self.user}" if self.system else self.user

    @property
    def sha256(self) -> str:
        """Of both parts."""
        return sha256_text(f"{self.system}\0{self.user}")


PromptOf = Callable[[Problem], Prompt]


@dataclass(frozen=True)
class Protocol:
    """How answers are drawn."""

    name: str
    temperature: float
    top_p: float
    n: int
    """Samples a problem."""
    max_new_tokens: int = 1024


PROTOCOLS = {
    "high": Protocol("high", 0.8, 0.95, 20),
    "low": Protocol("low", 0.0, 0.01, 1),
    "upstream": Protocol("upstream", 0.85, 0.95, 20),
}
"""The paper's two protocols, and the defaults of the published flow, which are neither."""


def answer(model: CodeModel, prompt: Prompt, protocol: Protocol, seed: int) -> Generation:
    """One answer to `prompt`. Where it does not fit into the model's window the answer is empty (``no room``).

    Raises as the model does.
    """
    from rtlgen.model.interface import Generation

    talker = as_chat(model)
    text = f"{prompt.system}\n{prompt.user}" if talker else prompt.text
    window = context_of(model)
    tokens = protocol.max_new_tokens
    if window:
        tokens = min(tokens, window - model.count(text) - _MARGIN)
    if tokens <= 0:
        return Generation("", None, 0, "no room")
    if talker is not None:
        made = talker.chat(
            prompt.messages,
            n=1,
            max_new_tokens=tokens,
            temperature=protocol.temperature,
            top_p=protocol.top_p,
            seed=seed,
        )
    else:
        made = model.complete(
            prompt.text,
            n=1,
            max_new_tokens=tokens,
            temperature=protocol.temperature,
            top_p=protocol.top_p,
            seed=seed,
            stop=(prompt.stop,) if prompt.stop else (),
        )
    if not made:
        return Generation("", None, 0, "no answer")
    ended = talker is None and prompt.stop and made[0].finish == "stop" and prompt.stop not in made[0].text
    return replace(made[0], text=f"{made[0].text}\n{prompt.stop}\n") if ended else made[0]
