"""What completion asks of any code model, wherever it runs.

`local.LocalModel` (transformers on this machine) and `endpoint.EndpointModel` (an OpenAI-compatible server)
both answer these questions, so that `rtlgen.complete` and the benchmarks never ask which one they hold.
Token budgets are the caller's: a model does not cut a prompt, `rtlgen.model.prompt.pack` does.

To try one: `rtlgen complete repo/ --file alu.v --model PATH_OR_ID`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from rtlgen.model.formats import PromptFormat


@dataclass(frozen=True)
class Generation:
    """One sample. `tokens` is the number of generated tokens, the one that ended it included."""

    text: str
    """What was generated, cut before the first stop string; special tokens are not part of it."""
    logprob_mean: float | None
    """Mean log-probability per generated token in nats under the unscaled distribution; None when unknown."""
    tokens: int
    finish: str = "length"
    """``stop`` (a stop string or an end-of-text token) or ``length`` (`max_new_tokens` was reached)."""


@runtime_checkable
class CodeModel(Protocol):
    """A causal language model of code."""

    @property
    def name(self) -> str:
        """What the model is called in records and messages."""
        ...

    @property
    def format(self) -> PromptFormat:
        """The prompt layout that the model was trained on."""
        ...

    def count(self, text: str) -> int:
        """Tokens of `text`, without those that the tokenizer adds by itself."""
        ...

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
    ) -> list[Generation]:
        """Up to `n` continuations of `prompt`; the same arguments give the same answer where the model can
        promise it.

        Temperature 0 is deterministic: the first is greedy.
        """
        ...

    def score(self, prompt: str, continuations: Sequence[str]) -> list[float]:
        """Mean log-probability per token (nats) of each continuation of `prompt`; -inf for an empty one."""
        ...
