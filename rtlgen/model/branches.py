"""Many samples of one prompt side by side: the prompt is read once, and all rows step together.

Keys and values of the prompt are kept once for all rows; each row keeps its own for what it has made. Attention over the
two parts is one softmax, so a row sees exactly what it would see alone (a test holds the logits to the plain path's).
Row i draws with a generator made of seed and i: the same seed gives the same samples, and more rows do not change the
first ones beyond the rounding of bigger matrices. A row that has ended leaves the batch.

It decodes no text and knows no prompt layout. Source of the shared prefix: Hydragen (arXiv 2402.05099), in plain torch.

Try: ``rtlgen generate spec.md -n 20``
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from rtlgen.model.decode import Decoded

if TYPE_CHECKING:
    from rtlgen.model.decode import Decoder
    from rtlgen.model.network import Layer


class Branches:
    """The rows behind one prompt, which the decoder has just read (its cache holds it)."""

    def __init__(self, decoder: Decoder, past: int, rows: int, capacity: int) -> None:
        """`past` tokens of the decoder's cache are the prompt; each of `rows` may make `capacity` tokens."""
        config = decoder.network.config
        self.network = decoder.network
        self.past = past
        cache = decoder._cache
        self._shared = (cache.keys[:, 0, :, :past], cache.values[:, 0, :, :past])  # (layers, H, past, D)
        shape = (config.num_hidden_layers, rows, config.num_attention_heads, capacity, config.head_dim)
        self._keys, self._values = torch.zeros(shape), torch.zeros(shape)
        self.made = 0

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows only."""
        self._keys, self._values = self._keys[:, list(rows)], self._values[:, list(rows)]

    def step(self, tokens: Sequence[int]) -> Tensor:
        """Read one token a row; log-probabilities (rows, vocabulary) of the next, float32."""
        network = self.network
        x = network.model.embed_tokens(torch.tensor(tokens))  # (rows, width)
        at = self.past + self.made
        rope = (network.cos[at].to(x.dtype), network.sin[at].to(x.dtype))
        for index, layer in enumerate(network.model.layers):
            x = self._layer(x, layer, index, rope)  # type: ignore[arg-type]
        self.made += 1
        return torch.log_softmax(network.logits(network.model.norm(x)).float(), dim=-1)

    def _layer(self, x: Tensor, layer: Layer, index: int, rope: tuple[Tensor, Tensor]) -> Tensor:
        attention = layer.self_attn
        rows, width = x.shape
        normed = layer.input_layernorm(x)
        q, k, v = (
            projection(normed).view(rows, attention.heads, attention.head_dim)
            for projection in (attention.q_proj, attention.k_proj, attention.v_proj)
        )
        q, k = _rotated(q, rope), _rotated(k, rope)
        self._keys[index, :, :, self.made] = k
        self._values[index, :, :, self.made] = v
        own_keys = self._keys[index, :, :, : self.made + 1]
        own_values = self._values[index, :, :, : self.made + 1]
        y = _attended(q.float(), (self._shared[0][index], self._shared[1][index]), (own_keys, own_values))
        x = x + attention.o_proj(y.to(x.dtype).reshape(rows, width))
        out: Tensor = x + layer.mlp(layer.post_attention_layernorm(x))
        return out


def _rotated(x: Tensor, rope: tuple[Tensor, Tensor]) -> Tensor:
    left, right = x.chunk(2, dim=-1)
    return x * rope[0] + torch.cat((-right, left), dim=-1) * rope[1]


def _attended(q: Tensor, shared: tuple[Tensor, Tensor], own: tuple[Tensor, Tensor]) -> Tensor:
    """(rows, H, D) queries over the shared (H, past, D) and each row's own (rows, H, made, D) keys and values."""
    q = q * q.shape[-1] ** -0.5
    ahead = torch.matmul(q.transpose(0, 1), shared[0].transpose(1, 2))  # (H, rows, past)
    behind = torch.matmul(own[0], q[..., None])[..., 0]  # (rows, H, made)
    weights = F.softmax(torch.cat((ahead.transpose(0, 1), behind), dim=-1), dim=-1)
    past = ahead.shape[-1]
    front = torch.matmul(weights[..., :past].transpose(0, 1), shared[1]).transpose(0, 1)
    return front + torch.matmul(weights[:, :, None, past:], own[1])[:, :, 0]


LIKELY = 64
"""Tokens that are looked at first; all are sorted only where these do not hold the nucleus."""


def _drawn(
    scores: Tensor, temperature: float, top_p: float, generators: Sequence[torch.Generator]
) -> list[int]:
    """A token for each row of log-probabilities, from the smallest set that reaches `top_p` at `temperature`."""
    probabilities = torch.softmax(scores / temperature, dim=-1)
    ranked, tokens = probabilities.topk(min(LIKELY, scores.shape[-1]), dim=-1)
    if float(ranked.sum(-1).min()) < top_p:
        ranked, tokens = probabilities.sort(dim=-1, descending=True, stable=True)
    ranked[ranked.cumsum(-1) - ranked >= top_p] = 0.0
    bounds = ranked.cumsum(-1)
    marks = torch.stack([torch.rand(1, generator=generator) for generator in generators]) * bounds[:, -1:]
    places = torch.searchsorted(bounds, marks).clamp(max=ranked.shape[-1] - 1)
    return [int(token) for token in tokens.gather(1, places)[:, 0]]


@torch.inference_mode()
def sample_many(
    decoder: Decoder,
    ids: Sequence[int],
    n: int,
    max_new_tokens: int,
    stop: Callable[[list[int]], bool],
    *,
    temperature: float,
    top_p: float,
    seed: int,
) -> list[Decoded]:
    """`n` samples after the prompt `ids`; log-probabilities are those before temperature and nucleus.

    Raises `LimitError` as `Decoder.prefill` does.
    """
    first = decoder.prefill(ids)
    room = min(max_new_tokens, decoder.capacity - len(ids) - 1)
    if room <= 0:
        return [Decoded((), (), "length") for _ in range(n)]
    branches = Branches(decoder, len(ids), n, room)
    scores = first.expand(n, -1)
    generators = [torch.Generator().manual_seed((seed * 1_000_003 + row) % (1 << 63)) for row in range(n)]
    made: list[list[int]] = [[] for _ in range(n)]
    logprobs: list[list[float]] = [[] for _ in range(n)]
    done: list[Decoded | None] = [None] * n
    active = list(range(n))
    for step in range(room):
        left = []
        tokens = _drawn(scores, temperature, top_p, [generators[row] for row in active])
        chances = scores.gather(1, torch.tensor(tokens)[:, None])[:, 0].tolist()
        for place, row in enumerate(active):
            made[row].append(tokens[place])
            logprobs[row].append(chances[place])
            if stop(made[row]):
                done[row] = Decoded(tuple(made[row][:-1]), tuple(logprobs[row]), "stop", step)
            else:
                left.append(place)
        if not left:
            break
        if len(left) < len(active):
            branches.keep(left)
            active = [active[place] for place in left]
        if step + 1 < room:
            scores = branches.step([made[row][-1] for row in active])
    return [
        found or Decoded(tuple(made[row]), tuple(logprobs[row]), "length", room)
        for row, found in enumerate(done)
    ]
