"""Decoding with the default model: prefill with a reused cache, greedy, sampling, scoring of whole lines, drafting.

The next-token distribution can be mixed with what followed the longest matching contexts (`rtlgen.model.mixture`), and
the same continuation index drafts tokens that the model verifies in one pass (speculative decoding by prompt lookup).
Without a mixture, drafted and undrafted decoding give the tokens of plain greedy decoding (tested with transformers).

It knows nothing of retrieval or of files: prompts come from `rtlgen.model.prompt`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from rtlgen.core.errors import LimitError
from rtlgen.model.mixture import CopySource, Mixture
from rtlgen.model.network import Cache, Network

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Decoded:
    """Generated ids (without the stopping token) and the log-probability of each under the decoding distribution."""

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    finish: str
    steps: int = 0
    """Forward passes after the prefill; less than the number of tokens when drafts were accepted."""

    @property
    def mean(self) -> float:
        """Mean log-probability per token in nats, 0 for no token."""
        return sum(self.logprobs) / len(self.logprobs) if self.logprobs else 0.0


class Decoder:
    """A network with the cache of the last prompt. Not safe for use by two threads at once."""

    def __init__(self, network: Network, capacity: int | None = None) -> None:
        self.network = network
        config = network.config
        self.capacity = capacity or config.max_position_embeddings
        self._cache = Cache(config, 1, self.capacity)
        self._ids: list[int] = []
        self._last: Tensor | None = None
        self.reused = 0
        """Tokens of the last prompt that were already in the cache."""

    @torch.inference_mode()
    def prefill(self, ids: Sequence[int]) -> Tensor:
        """Read a prompt; return the log-probabilities (vocabulary,) of the next token, float32.

        The cache keeps the longest common beginning with the prompt before. Raises `LimitError` past the capacity.
        """
        if len(ids) + 1 >= self.capacity:
            raise LimitError(
                f"the prompt has {len(ids)} tokens, the model reads {self.capacity - 1}",
                hint="lower model.context_tokens",
            )
        common = 0
        for mine, theirs in zip(self._ids, ids, strict=False):
            if mine != theirs:
                break
            common += 1
        common = min(common, len(ids) - 1)
        self.reused = common
        self._cache.length = common
        hidden = self.network.hidden(torch.tensor([list(ids[common:])]), self._cache)
        self._ids = list(ids)
        return self._log_softmax(hidden[0, -1])

    def _log_softmax(self, hidden: Tensor) -> Tensor:
        return torch.log_softmax(self.network.logits(hidden).float(), dim=-1)

    @torch.inference_mode()
    def score(
        self, ids: Sequence[int], continuations: Sequence[Sequence[int]], ends: Sequence[int]
    ) -> list[list[float]]:
        """Log-probability (nats) of every token of each continuation of the prompt `ids`, and of its end.

        All continuations are read in few passes: each sees the prompt and itself. The last value of a row is that
        of any of the tokens `ends` coming next; an empty continuation gives an empty row.
        """
        first = self.prefill(ids)
        out = [[float(first[c[0]])] if c else [] for c in continuations]
        rows = [(i, list(c)) for i, c in enumerate(continuations) if c]
        room = self.capacity - len(ids) - 1
        while rows:
            batch: list[tuple[int, list[int]]] = []
            used = 0
            while rows and (not batch or used + len(rows[0][1]) <= min(room, 768)):
                batch.append(rows.pop(0))
                used += len(batch[-1][1])
            if used > room:
                raise LimitError(
                    "a continuation is longer than the model's context", hint="lower model.context_tokens"
                )
            self._score_batch(len(ids), batch, ends, out)
        return out

    def _score_batch(
        self, past: int, batch: Sequence[tuple[int, list[int]]], ends: Sequence[int], out: list[list[float]]
    ) -> None:
        flat = [token for _, c in batch for token in c]
        count = len(flat)
        mask = torch.zeros(count, past + count, dtype=torch.bool)
        mask[:, :past] = True
        positions = torch.empty(count, dtype=torch.long)
        start = 0
        for _, c in batch:
            end = start + len(c)
            mask[start:end, past + start : past + end] = torch.ones(len(c), len(c), dtype=torch.bool).tril()
            positions[start:end] = torch.arange(past, past + len(c))
            start = end
        hidden = self.network.hidden(torch.tensor([flat]), self._cache, positions, mask)
        self._cache.length = past
        scores = self._log_softmax(hidden[0])  # (tokens, vocabulary)
        targets = torch.tensor([token for _, c in batch for token in [*c[1:], 0]])
        values = scores.gather(1, targets[:, None])[:, 0].tolist()
        start = 0
        for i, c in batch:
            last = start + len(c) - 1
            out[i].extend(values[start:last])
            out[i].append(float(scores[last, list(ends)].logsumexp(0)))
            start = last + 1

    @torch.inference_mode()
    def greedy(
        self,
        ids: Sequence[int],
        max_new_tokens: int,
        stop: Callable[[list[int]], bool],
        *,
        mixture: Mixture | None = None,
        copy: CopySource | None = None,
        draft_tokens: int = 8,
    ) -> Decoded:
        """The most probable token at every place, until `stop` says so of the ids generated with the new one.

        `mixture` changes the distribution; `copy` only drafts (the tokens stay those of plain greedy decoding).
        """
        made: list[int] = []
        logprobs: list[float] = []
        steps = 0
        history = list(ids)
        pending = [self.prefill(ids)]  # log-probabilities after history, and after each accepted draft token
        max_new_tokens = min(max_new_tokens, self.capacity - len(ids) - 1)
        drafted: list[int] = []
        while len(made) < max_new_tokens:
            for place, row in enumerate(pending):
                token, logprob = self._choose(row, history, mixture)
                made.append(token)
                logprobs.append(logprob)
                history.append(token)
                if stop(made):
                    return Decoded(tuple(made[:-1]), tuple(logprobs), "stop", steps)
                if len(made) >= max_new_tokens or place >= len(drafted) or drafted[place] != token:
                    break
            room = max_new_tokens - len(made)
            if room <= 0:
                break
            source = copy or (mixture.source if mixture else None)
            drafted = list(source.draft(history, min(draft_tokens, room - 1))) if source and room > 1 else []
            pending = self._extend(len(history) - 1, [history[-1], *drafted])
            steps += 1
        return Decoded(tuple(made), tuple(logprobs), "length", steps)

    def _extend(self, past: int, tokens: Sequence[int]) -> list[Tensor]:
        """Read `tokens` after the first `past` tokens of the cache; rows of log-probabilities after each."""
        self._cache.length = past
        hidden = self.network.hidden(torch.tensor([list(tokens)]), self._cache)
        self._ids = [*self._ids[:past], *tokens]
        return list(self._log_softmax(hidden[0]))

    @staticmethod
    def _choose(row: Tensor, history: Sequence[int], mixture: Mixture | None) -> tuple[int, float]:
        if mixture is not None:
            row = _mixed(row, history, mixture)
        token = int(row.argmax())
        return token, float(row[token])

    @torch.inference_mode()
    def sample(
        self,
        ids: Sequence[int],
        max_new_tokens: int,
        stop: Callable[[list[int]], bool],
        *,
        temperature: float,
        top_p: float,
        generator: torch.Generator,
        mixture: Mixture | None = None,
    ) -> Decoded:
        """One sample; its log-probabilities are those before temperature and nucleus."""
        row = self.prefill(ids)
        history, made, logprobs = list(ids), [], []
        for steps in range(min(max_new_tokens, self.capacity - len(ids) - 1)):
            if mixture is not None:
                row = _mixed(row, history, mixture)
            token = _nucleus(row, temperature, top_p, generator)
            made.append(token)
            logprobs.append(float(row[token]))
            if stop(made):
                return Decoded(tuple(made[:-1]), tuple(logprobs), "stop", steps)
            history.append(token)
            row = self._extend(len(history) - 1, [token])[0]
        return Decoded(tuple(made), tuple(logprobs), "length", len(made))


def _mixed(row: Tensor, history: Sequence[int], mixture: Mixture) -> Tensor:
    """Log of the mixture of the model's distribution (log-probabilities `row`) with the copy distribution."""
    followers = mixture.source.look(history)
    if not followers.weights:
        return row
    top = float(row[followers.top[0]].exp())
    weight = mixture.weight(followers, float(row.max().exp()), top)
    if weight <= 0:
        return row
    probabilities = row.exp() * (1 - weight)
    tokens = torch.tensor(list(followers.weights))
    probabilities[tokens] += weight * torch.tensor(list(followers.weights.values()))
    return probabilities.clamp(min=1e-30).log()


def _nucleus(row: Tensor, temperature: float, top_p: float, generator: torch.Generator) -> int:
    """Draw from the smallest set of tokens whose probability at `temperature` reaches `top_p`."""
    if temperature <= 0:
        return int(row.argmax())
    ordered, tokens = torch.softmax(row / temperature, dim=-1).sort(descending=True)
    keep = ordered.cumsum(0) - ordered < top_p
    chosen = torch.multinomial(ordered * keep, 1, generator=generator)
    return int(tokens[chosen])
