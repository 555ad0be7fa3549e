"""Choosing the next token, and keeping a sample as it grows: the two small parts of every decoding loop.

Nucleus sampling as in Holtzman et al. (arXiv 1904.09751); the branching start of greedy n-best as in Wang
and Zhou (arXiv 2402.10200). It knows no model and no tokenizer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rtlgen.model.interface import Generation


class Chooser:
    """Picks the next token of each of `n` rows; the picks depend on the arguments and the logits alone.

    Temperature 0 begins row i with the i-th likeliest token and is greedy from there. Above, row i draws
    with its own generator, made of `seed` and i, so that asking for more rows does not change the first ones.
    """

    def __init__(self, n: int, temperature: float, top_p: float, seed: int) -> None:
        import torch

        self.n = n
        self.temperature = temperature
        self.top_p = top_p
        self._first = True
        self._generators = [
            torch.Generator().manual_seed((seed * 1_000_003 + i) % (1 << 63)) for i in range(n)
        ]

    def __call__(self, logits: Any) -> list[int]:
        """Tokens for `logits` (n, V); on the first call all rows are alike."""
        first, self._first = self._first, False
        if self.temperature <= 0:
            if first and self.n > 1:
                return [int(t) for t in logits[0].topk(self.n).indices]
            return [int(t) for t in logits.argmax(-1)]
        import torch

        probs = (logits.float() / self.temperature).softmax(-1).cpu()  # (n, V)
        ranked, tokens = probs.sort(dim=-1, descending=True, stable=True)
        ranked[ranked.cumsum(-1) - ranked >= self.top_p] = 0.0
        ranked[:, 0] = probs.max(-1).values  # the likeliest stays even when top_p is 0
        return [
            int(tokens[row, torch.multinomial(ranked[row], 1, generator=generator)])
            for row, generator in enumerate(self._generators)
        ]


@dataclass
class Row:
    """One sample in the making: its tokens, the sum of their log-probabilities (nats), and its text."""

    decode: Callable[[list[int]], str]
    """The text of the new tokens, given all of them."""
    ends: frozenset[int]
    stop: Sequence[str]
    ids: list[int] = field(default_factory=list)
    total: float = 0.0
    tokens: int = 0
    text: str = ""
    done: bool = False

    def add(self, token: int, logprob: float) -> None:
        """Take `token`, unless the row is done; find out whether it ends the row."""
        if self.done:
            return
        self.total += logprob
        self.tokens += 1
        if token in self.ends:
            self.done = True
            return
        self.ids.append(token)
        self.text = self.decode(self.ids)
        cuts = [at for at in (self.text.find(s) for s in self.stop if s) if at >= 0]
        if cuts:
            self.text = self.text[: min(cuts)]
            self.done = True

    def generation(self) -> Generation:
        """The sample as callers see it; a character cut in two by the length limit is left out."""
        return Generation(
            text=self.text.removesuffix("\ufffd"),
            logprob_mean=self.total / self.tokens if self.tokens else None,
            tokens=self.tokens,
            finish="stop" if self.done else "length",
        )
