"""A real tiny model: a random Llama of two layers with a BPE tokenizer trained here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

VERILOG = [
    "module alu(input [7:0] a, b, input [2:0] op, output reg [7:0] y);",
    "  always @(*) begin",
    "    case (op)",
    "      3'd0: y = a + b;",
    "      3'd1: y = a - b;",
    "      default: y = 8'h00;",
    "    endcase",
    "  end",
    "endmodule",
    "// Größe, データ, 🙂",
]


def train_tokenizer(special: list[str], eos: str, bos: str | None) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320 + len(special),
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([line + "\n" for line in VERILOG] * 3, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=bos, eos_token=eos)


def save_llama(
    folder: Path, *, hidden: int = 64, layers: int = 2, seed: int = 0, special: list[str] | None = None
) -> Path:
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    special = special or [
        "<|bos|>",
        "<|eos|>",
        "<|file|>",
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
    ]
    tokenizer = train_tokenizer(special, eos=special[1], bos=special[0])
    torch.manual_seed(seed)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        initializer_range=0.3,
        bos_token_id=0,
        eos_token_id=1,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def make_llama() -> Callable[..., Path]:
    """A function that saves a tiny Llama into a folder."""
    return save_llama


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny model in the default model's prompt format."""
    return save_llama(tmp_path_factory.mktemp("models") / "tiny")
