"""The network of the default model: a Llama decoder in plain torch, for training and for fast decoding on a CPU.

Its parameters carry the names of `transformers.LlamaForCausalLM`, so the saved folder loads there unchanged, and a
test holds the two to the same logits. It keeps a preallocated key-value cache for decoding and knows no tokens.

Source: Touvron et al., LLaMA (arXiv 2302.13971): pre-norm RMSNorm, rotary positions, SwiGLU; embeddings are tied.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rtlgen.core.errors import ToolError


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes of the network; names as in `transformers.LlamaConfig`."""

    vocab_size: int = 4096
    hidden_size: int = 256
    intermediate_size: int = 704
    num_hidden_layers: int = 6
    num_attention_heads: int = 4
    max_position_embeddings: int = 4096
    rope_theta: float = 50_000.0
    rms_norm_eps: float = 1e-5
    trained_context: int = 768
    """Tokens of a training sequence: the prompt budget that the model is good for."""

    @property
    def head_dim(self) -> int:
        """Width of one attention head."""
        return self.hidden_size // self.num_attention_heads

    def to_transformers(self) -> dict[str, Any]:
        """Content of ``config.json`` for `transformers`."""
        return {
            **asdict(self),
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "rtlgen": 1,
            "num_key_value_heads": self.num_attention_heads,
            "head_dim": self.head_dim,
            "hidden_act": "silu",
            "tie_word_embeddings": True,
            "attention_bias": False,
            "mlp_bias": False,
            "bos_token_id": 0,
            "eos_token_id": 1,
            "torch_dtype": "bfloat16",
            "rope_parameters": {"rope_type": "default", "rope_theta": self.rope_theta},
        }


class Cache:
    """Keys and values of the tokens seen so far, float32: (layers, batch, heads, capacity, head_dim)."""

    def __init__(self, config: NetworkConfig, batch: int, capacity: int) -> None:
        shape = (config.num_hidden_layers, batch, config.num_attention_heads, capacity, config.head_dim)
        self.keys = torch.zeros(shape)
        self.values = torch.zeros(shape)
        self.length = 0
        self.capacity = capacity


class RMSNorm(nn.Module):
    """Root mean square norm over the last dimension."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """(..., width) to (..., width)."""
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.eps)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    left, right = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-right, left), dim=-1) * sin


QUERY_BLOCK = 256


def _causal_after(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attention of the last T of S tokens, each to itself and all before: q (B, H, T, D), k and v (B, H, S, D).

    In blocks of queries, so that hardly a masked pair is computed.
    """
    count, past = q.shape[2], k.shape[2] - q.shape[2]
    if count == 1:
        return F.scaled_dot_product_attention(q, k, v)
    if past == 0:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    parts = []
    for first in range(0, count, QUERY_BLOCK):
        size = min(QUERY_BLOCK, count - first)
        end = past + first + size
        mask = torch.ones(size, end, dtype=torch.bool, device=q.device).tril(diagonal=past + first)
        rows = q[:, :, first : first + size]
        parts.append(F.scaled_dot_product_attention(rows, k[:, :, :end], v[:, :, :end], attn_mask=mask))
    return torch.cat(parts, dim=2)


class Attention(nn.Module):
    """Causal self-attention with rotary positions."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.heads, self.head_dim = config.num_attention_heads, config.head_dim
        self.q_proj = nn.Linear(width, width, bias=False)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width, bias=False)
        self.o_proj = nn.Linear(width, width, bias=False)

    def forward(
        self, x: Tensor, rope: tuple[Tensor, Tensor], mask: Tensor | None, cache: Cache | None, layer: int
    ) -> Tensor:
        """(B, T, width) to (B, T, width); with a cache, the T tokens come after its `length` tokens."""
        batch, count, width = x.shape
        q, k, v = (
            projection(x).view(batch, count, self.heads, self.head_dim).transpose(1, 2)  # (B, H, T, D)
            for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        q, k = _rotate(q, *rope), _rotate(k, *rope)
        if cache is not None:
            start, end = cache.length, cache.length + count
            cache.keys[layer, :, :, start:end] = k
            cache.values[layer, :, :, start:end] = v
            k, v = cache.keys[layer, :, :, :end], cache.values[layer, :, :, :end]
        if cache is None:
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None and count > 1)
        elif mask is None:  # in float32: torch's bfloat16 attention is slower on a CPU than converting
            y = _causal_after(q.float(), k, v).to(x.dtype)
        else:
            y = F.scaled_dot_product_attention(q.float(), k, v, attn_mask=mask).to(x.dtype)
        out: Tensor = self.o_proj(y.transpose(1, 2).reshape(batch, count, width))
        return out


class MLP(nn.Module):
    """SwiGLU."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, width) to (B, T, width)."""
        out: Tensor = self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))
        return out


class Layer(nn.Module):
    """One decoder layer."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.self_attn = Attention(config)
        self.mlp = MLP(config)
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(
        self, x: Tensor, rope: tuple[Tensor, Tensor], mask: Tensor | None, cache: Cache | None, layer: int
    ) -> Tensor:
        """(B, T, width) to (B, T, width)."""
        x = x + self.self_attn(self.input_layernorm(x), rope, mask, cache, layer)
        out: Tensor = x + self.mlp(self.post_attention_layernorm(x))
        return out


class Decoder(nn.Module):
    """Token embedding, layers and final norm (``model.`` in the saved names)."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)


class Network(nn.Module):
    """The language model. `hidden` gives the last hidden states, `logits` maps them to the vocabulary."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.model = Decoder(config)
        half = torch.arange(0, config.head_dim, 2, dtype=torch.float32) / config.head_dim
        angles = torch.outer(torch.arange(config.max_position_embeddings).float(), config.rope_theta**-half)
        angles = torch.cat((angles, angles), dim=-1)  # (positions, head_dim)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        self.cos: Tensor
        self.sin: Tensor

    def initialise(self, seed: int) -> None:
        """Random weights: normal 0.02, the output projections of each residual branch zero."""
        torch.manual_seed(seed)
        for name, parameter in self.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                nn.init.zeros_(parameter)
            elif parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02 if "embed" in name else parameter.shape[1] ** -0.5)

    def hidden(
        self,
        tokens: Tensor,
        cache: Cache | None = None,
        positions: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """(B, T) token ids to (B, T, width); appends to `cache` when given.

        `positions` (T,) and `mask` (T, cached + T), True where a token may look, replace the causal order: with them
        several continuations of one prefix are scored side by side in one row.
        """
        start = 0 if cache is None else cache.length
        count = tokens.shape[1]
        x = self.model.embed_tokens(tokens)
        where = slice(start, start + count) if positions is None else positions
        rope = (self.cos[where].to(x.dtype), self.sin[where].to(x.dtype))
        for index, layer in enumerate(self.model.layers):
            x = layer(x, rope, mask, cache, index)
        if cache is not None:
            cache.length += count
        normed: Tensor = self.model.norm(x)
        return normed

    def logits(self, hidden: Tensor) -> Tensor:
        """(..., width) to (..., vocabulary)."""
        return F.linear(hidden, self.model.embed_tokens.weight.to(hidden.dtype))

    def loss(self, tokens: Tensor, weights: Tensor) -> Tensor:
        """Mean next-token cross-entropy (nats) of (B, T + 1) token ids under (B, T) weights."""
        scores = self.logits(self.hidden(tokens[:, :-1])).float()  # (B, T, vocabulary)
        each = F.cross_entropy(scores.flatten(0, 1), tokens[:, 1:].flatten(), reduction="none")
        return (each * weights.flatten()).sum() / weights.sum().clamp(min=1)


def save_network(network: Network, folder: Path) -> None:
    """Write ``config.json`` and ``model.safetensors`` (bf16) into `folder`, loadable by `transformers`."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: value.detach().to(torch.bfloat16).contiguous() for name, value in network.state_dict().items()
    }
    save_file(state, str(folder / "model.safetensors.part"), metadata={"format": "pt"})
    (folder / "config.json").write_text(
        json.dumps(network.config.to_transformers(), indent=1) + "\n", "utf-8"
    )
    (folder / "model.safetensors.part").replace(folder / "model.safetensors")


def load_network(folder: Path, dtype: torch.dtype = torch.float32) -> Network:
    """The network saved in `folder`, in `dtype`, without gradients.

    Raises `ToolError` when files are missing or broken.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        raw = json.loads((folder / "config.json").read_text("utf-8"))
        config = NetworkConfig(**{k: v for k, v in raw.items() if k in NetworkConfig.__dataclass_fields__})
        network = Network(config)
        network.load_state_dict(load_file(str(folder / "model.safetensors")))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ToolError(f"cannot load the model: {error}", where=folder, hint="rtlgen doctor") from error
    network.to(dtype).requires_grad_(False).eval()
    return network
