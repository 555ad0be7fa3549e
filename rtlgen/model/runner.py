"""A network ready for decoding on a CPU: a layer's weights put together, attention to what is cached in parts.

It computes what `rtlgen.model.network.Network` computes (tested), with fewer and larger operations: one product for
queries, keys and values, one for both halves of the gated layer, rotation of queries and keys at once. Cached tokens are
seen by every new token, so attention to them needs no mask; it is taken apart from that among the new tokens, and the two
are put together by their log-sum-exp (Milakov and Gimelshein, arXiv 1805.02867). It does not train, and it holds copies:
weights changed afterwards are not seen.

Try: ``python tests/benchmarks/bench_decoding.py``
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from rtlgen.model.network import Cache, Network

FEW = 24
"""So many new tokens, and fewer, are a decoding step. They attend to everything at once under one mask, which is cheaper
than two parts, and are computed in float32 whatever the weights are in: that costs no more for so few, and a draft of any
length is then judged as single steps would judge it."""


@dataclass(frozen=True)
class _Weights:
    """All of a network in one precision."""

    embedding: Tensor
    norm: Tensor
    layers: tuple[_Layer, ...]
    cos: Tensor
    sin: Tensor
    """With the sign of the half that it multiplies."""


@dataclass(frozen=True)
class _Layer:
    first_norm: Tensor
    inputs: Tensor
    """(3 width, width): queries, keys, values."""
    output: Tensor
    second_norm: Tensor
    gates: Tensor
    """(2 intermediate, width): gate, up."""
    down: Tensor


class Runner:
    """`hidden` and `logits` of a network, for inference with a cache."""

    def __init__(self, network: Network) -> None:
        self.config = network.config
        dtype = network.model.embed_tokens.weight.dtype
        self._many = _weights(network, dtype)
        self._few = self._many if dtype == torch.float32 else _weights(network, torch.float32)

    def logits(self, hidden: Tensor) -> Tensor:
        """(..., width) to (..., vocabulary)."""
        weights = self._few if hidden.dtype == torch.float32 else self._many
        return F.linear(hidden, weights.embedding)

    def hidden(
        self, tokens: Tensor, cache: Cache, positions: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """(B, T) token ids to (B, T, width), appended to `cache`; every new token sees all that is cached.

        `positions` (T,) and `mask` (T, T), True where a new token may look at another one, replace the causal order: so
        several continuations of one beginning are read side by side.
        """
        config = self.config
        batch, count = tokens.shape
        start = cache.length
        end = start + count
        where = slice(start, end) if positions is None else positions
        weights = self._few if count <= FEW else self._many
        cos = weights.cos[where][:, None, None]  # (T, 1, 1, D)
        sin = weights.sin[where].view(count, 1, 1, 2, -1)
        attend = _Attention(start, count, mask)
        shape = (batch, count, 3, config.num_attention_heads, config.head_dim)
        x = F.embedding(tokens, weights.embedding)
        for index, layer in enumerate(weights.layers):
            h = F.rms_norm(x, (x.shape[-1],), layer.first_norm, config.rms_norm_eps)
            qkv = F.linear(h, layer.inputs).view(shape)
            turned = _rotated(qkv[:, :, :2], cos, sin)  # (B, T, 2, H, D)
            keys, values = cache.keys[index], cache.values[index]
            keys[:, :, start:end] = turned[:, :, 1].transpose(1, 2)
            values[:, :, start:end] = qkv[:, :, 2].transpose(1, 2)
            # in float32: torch's bfloat16 attention is slower on a CPU than converting
            q = turned[:, :, 0].transpose(1, 2).float()
            y = attend(q, keys[:, :, :end], values[:, :, :end]).to(x.dtype)
            x = x + F.linear(y.transpose(1, 2).reshape(x.shape), layer.output)
            h = F.rms_norm(x, (x.shape[-1],), layer.second_norm, config.rms_norm_eps)
            gate, up = F.linear(h, layer.gates).chunk(2, dim=-1)
            x = x + F.linear(F.silu(gate) * up, layer.down)
        cache.length = end
        return F.rms_norm(x, (x.shape[-1],), weights.norm, config.rms_norm_eps)


def _weights(network: Network, dtype: torch.dtype) -> _Weights:
    """The weights of `network` put together, in `dtype`."""

    def joined(*parts: torch.nn.Linear) -> Tensor:
        return torch.cat([part.weight.detach() for part in parts]).to(dtype)

    layers = []
    for index in range(network.config.num_hidden_layers):
        layer = network.model.layers[index]
        attention, mlp = layer.self_attn, layer.mlp
        layers.append(
            _Layer(
                layer.input_layernorm.weight.detach().to(dtype),
                joined(attention.q_proj, attention.k_proj, attention.v_proj),
                joined(attention.o_proj),
                layer.post_attention_layernorm.weight.detach().to(dtype),
                joined(mlp.gate_proj, mlp.up_proj),
                joined(mlp.down_proj),
            )
        )
    half = network.config.head_dim // 2
    sign = torch.cat([-torch.ones(half), torch.ones(half)])
    return _Weights(
        network.model.embed_tokens.weight.detach().to(dtype),
        network.model.norm.weight.detach().to(dtype),
        tuple(layers),
        network.cos.to(dtype),
        (network.sin.float() * sign).to(dtype),
    )


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions: (B, T, n, H, D) by cosines (T, 1, 1, D) and signed sines (T, 1, 1, 2, D / 2)."""
    halves = x.unflatten(-1, (2, -1)).flip(-2)
    return x * cos + (halves * sin).flatten(-2)


class _Attention:
    """Attention of `count` new tokens behind `start` cached ones; what all layers share is made once."""

    def __init__(self, start: int, count: int, mask: Tensor | None) -> None:
        self.start = start
        self.mask = mask
        self.few = count <= FEW and start > 0
        self.bias: Tensor | None = None
        if count == 1 and mask is None:
            return
        if mask is not None or self.few:
            seen = torch.ones(count, count, dtype=torch.bool).tril() if mask is None else mask
            past = start if self.few else 0
            self.bias = torch.zeros(count, past + count)
            self.bias[:, past:].masked_fill_(~seen, -torch.inf)

    def __call__(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """(B, H, T, D) queries to keys and values (B, H, start + T, D) of all tokens."""
        if q.shape[2] == 1 and self.mask is None:
            return F.scaled_dot_product_attention(q, k, v)
        if self.start == 0 or self.few:
            return F.scaled_dot_product_attention(q, k, v, attn_mask=self.bias, is_causal=self.bias is None)
        past, past_sum = _flash(q, k[:, :, : self.start], v[:, :, : self.start], None, causal=False)
        new, new_sum = _flash(
            q, k[:, :, self.start :], v[:, :, self.start :], self.bias, causal=self.bias is None
        )
        share = torch.sigmoid(new_sum - past_sum)[..., None]  # of the new tokens in the whole softmax
        return torch.lerp(past, new, share)


def _flash(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, *, causal: bool) -> tuple[Tensor, Tensor]:
    """Attention (B, H, T, D) and the log-sum-exp (B, H, T) of its scores."""
    out, total = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        q, k, v, dropout_p=0.0, is_causal=causal, attn_mask=bias
    )
    return out, total
