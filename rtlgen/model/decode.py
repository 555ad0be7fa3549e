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
from rtlgen.model.runner import Runner

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


SCORED_AT_ONCE = 768
"""Most tokens of continuations read in one pass."""
DRAFT_TOKENS = 23
"""Longest draft; verifying it costs hardly more than one token does."""
FIRST_DRAFT = 12
SHORT_DRAFT = 4


class _Tree:
    """Token sequences as a prefix tree; a node comes after its parent."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.depths: list[int] = []
        self._parents: list[int] = []
        self._children: dict[tuple[int, int], int] = {}

    def add(self, sequence: Sequence[int]) -> None:
        """Add the nodes that `sequence` needs."""
        parent = -1
        for depth, token in enumerate(sequence):
            node = self._children.get((parent, token))
            if node is None:
                node = self._children[parent, token] = len(self.tokens)
                self.tokens.append(token)
                self.depths.append(depth)
                self._parents.append(parent)
            parent = node

    def path(self, sequence: Sequence[int]) -> list[int]:
        """The nodes of a sequence that was added."""
        found, parent = list[int](), -1
        for token in sequence:
            parent = self._children[parent, token]
            found.append(parent)
        return found

    def mask(self) -> Tensor:
        """(nodes, nodes): True for a node's ancestors and itself."""
        seen = torch.eye(len(self.tokens), dtype=torch.bool)
        for node, parent in enumerate(self._parents):
            if parent >= 0:
                seen[node] |= seen[parent]
        return seen


class Decoder:
    """A network with the cache of the last prompt. Not safe for use by two threads at once."""

    def __init__(self, network: Network, capacity: int | None = None) -> None:
        self.network = network
        config = network.config
        self.capacity = capacity or config.max_position_embeddings
        self._runner = Runner(network)
        self._cache = Cache(config, 1, self.capacity)
        self._ids: list[int] = []
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
        hidden = self._runner.hidden(torch.tensor([list(ids[common:])]), self._cache)
        self._ids = list(ids)
        return self._log_softmax(hidden[0, -1])

    def _log_softmax(self, hidden: Tensor) -> Tensor:
        return torch.log_softmax(self._runner.logits(hidden).float(), dim=-1)

    @torch.inference_mode()
    def score(
        self, ids: Sequence[int], continuations: Sequence[Sequence[int]], ends: Sequence[int]
    ) -> list[list[float]]:
        """Log-probability (nats) of every token of each continuation of the prompt `ids`, and of its end.

        All continuations are read in few passes: each sees the prompt and itself, and what several begin with is read
        once. The last value of a row is that of any of the tokens `ends` coming next; an empty continuation gives an
        empty row.
        """
        first = self.prefill(ids)
        out = [[float(first[c[0]])] if c else [] for c in continuations]
        room = self.capacity - len(ids) - 1
        tree, batch = _Tree(), list[int]()
        for index in sorted(range(len(continuations)), key=lambda i: list(continuations[i])):
            row = continuations[index]
            if len(row) > room:
                raise LimitError(
                    "a continuation is longer than the model's context", hint="lower model.context_tokens"
                )
            if batch and len(tree.tokens) + len(row) > min(room, SCORED_AT_ONCE):
                self._score_tree(len(ids), tree, batch, continuations, ends, out)
                tree, batch = _Tree(), []
            if row:
                tree.add(row)
                batch.append(index)
        if batch:
            self._score_tree(len(ids), tree, batch, continuations, ends, out)
        return out

    def _score_tree(
        self,
        past: int,
        tree: _Tree,
        batch: Sequence[int],
        continuations: Sequence[Sequence[int]],
        ends: Sequence[int],
        out: list[list[float]],
    ) -> None:
        """Read the tree behind the prompt of `past` tokens, and append to the rows `batch` of `out`."""
        positions = past + torch.tensor(tree.depths)
        hidden = self._runner.hidden(torch.tensor([tree.tokens]), self._cache, positions, tree.mask())
        self._cache.length = past
        scores = self._log_softmax(hidden[0])  # (nodes, vocabulary)
        paths = [tree.path(continuations[index]) for index in batch]
        nodes = [node for path in paths for node in path[:-1]]
        following = [token for index in batch for token in continuations[index][1:]]
        values = iter(scores[nodes, following].tolist() if nodes else [])
        closing = scores[[path[-1] for path in paths]][:, list(ends)].logsumexp(1).tolist()
        for index, path, end in zip(batch, paths, closing, strict=True):
            out[index].extend(next(values) for _ in path[:-1])
            out[index].append(end)

    @torch.inference_mode()
    def greedy(
        self,
        ids: Sequence[int],
        max_new_tokens: int,
        stop: Callable[[list[int]], bool],
        *,
        mixture: Mixture | None = None,
        copy: CopySource | None = None,
        draft_tokens: int = DRAFT_TOKENS,
    ) -> Decoded:
        """The most probable token at every place, until `stop` says so of the ids generated with the new one.

        `mixture` changes the distribution; `copy` only drafts (the tokens stay those of plain greedy decoding). A draft
        has at most `draft_tokens` tokens, and two more than held of the one before; with 0 nothing is drafted.
        """
        made: list[int] = []
        logprobs: list[float] = []
        steps = 0
        history = list(ids)
        pending = [self.prefill(ids)]  # log-probabilities after history, and after each accepted draft token
        max_new_tokens = min(max_new_tokens, self.capacity - len(ids) - 1)
        drafted: list[int] = []
        hope = min(draft_tokens, FIRST_DRAFT)
        place = 0
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
            if drafted:
                hope = min(draft_tokens, _next_hope(len(drafted), place))
            drafted = list(source.draft(history, min(hope, room - 1))) if source and room > 1 else []
            pending = self._extend(len(history) - 1, [history[-1], *drafted])
            steps += 1
        return Decoded(tuple(made), tuple(logprobs), "length", steps)

    def _extend(self, past: int, tokens: Sequence[int]) -> list[Tensor]:
        """Read `tokens` after the first `past` tokens of the cache; rows of log-probabilities after each."""
        self._cache.length = past
        hidden = self._runner.hidden(torch.tensor([list(tokens)]), self._cache)
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


def _next_hope(drafted: int, held: int) -> int:
    """Tokens to draft after a draft of which `held` held: twice as many when all did, else two more than that."""
    return max(SHORT_DRAFT, 2 * drafted if held == drafted else held + 2)


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
