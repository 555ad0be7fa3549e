"""Each family's layout to the letter, and how a family is recognised."""

from __future__ import annotations

import pytest

from rtlgen.model.formats import (
    CODELLAMA,
    DEEPSEEK,
    PLAIN,
    QWEN,
    RTLGEN,
    STARCODER2,
    PromptFormat,
    format_for,
)
from rtlgen.model.prompt import Part, pack

LAYOUTS = {
    RTLGEN: (
        "<|bos|><|file|>a.sv\nA\n<|file|>t.sv\nPRE",
        "<|bos|><|file|>a.sv\nA\n<|fim_prefix|><|file|>t.sv\nPRE<|fim_suffix|>SUF<|fim_middle|>",
    ),
    QWEN: (
        "<|repo_name|>soc\n<|file_sep|>a.sv\nA\n<|file_sep|>t.sv\nPRE",
        "<|repo_name|>soc\n<|file_sep|>a.sv\nA\n<|file_sep|>t.sv\n<|fim_prefix|>PRE<|fim_suffix|>SUF<|fim_middle|>",
    ),
    DEEPSEEK: (
        "#a.sv\nA\n\n#t.sv\nPRE",
        "<｜fim▁begin｜>#a.sv\nA\n\n#t.sv\nPRE<｜fim▁hole｜>SUF<｜fim▁end｜>",
    ),
    STARCODER2: (
        "<repo_name>soc<file_sep>a.sv\nA\n<file_sep>t.sv\nPRE",
        "<repo_name>soc<file_sep>a.sv\nA\n<file_sep><fim_prefix>t.sv\nPRE<fim_suffix>SUF<fim_middle>",
    ),
    CODELLAMA: (
        "// Path: a.sv\nA\n\n// Path: t.sv\nPRE",
        "▁<PRE>// Path: a.sv\nA\n\n// Path: t.sv\nPRE▁<SUF>SUF▁<MID>",
    ),
    PLAIN: ("// Path: a.sv\nA\n\n// Path: t.sv\nPRE",) * 2,
}


@pytest.mark.parametrize("fmt", LAYOUTS, ids=lambda fmt: fmt.name)
def test_layout_of_each_family(fmt: PromptFormat) -> None:
    for suffix, text in zip(["", "SUF"], LAYOUTS[fmt], strict=True):
        packed = pack([Part("a.sv", "A", rank=0)], "PRE", suffix, 500, len, fmt, path="t.sv", repo="soc")
        assert packed.text == text
        assert pack([], "a{b}", suffix, 500, len, fmt, path="{t}", repo="{}").prefix == "a{b}"


@pytest.mark.parametrize(
    ("name", "fmt"),
    [
        ("default", RTLGEN),
        ("Qwen/Qwen2.5-Coder-1.5B", QWEN),
        ("qwen3-coder:30b", QWEN),
        ("Qwen/Qwen2.5-7B", PLAIN),
        ("deepseek-ai/deepseek-coder-6.7b-base", DEEPSEEK),
        ("bigcode/starcoder2-3b", STARCODER2),
        ("bigcode/starcoderbase", PLAIN),
        ("codellama/CodeLlama-7b-hf", CODELLAMA),
        ("codellama/CodeLlama-7b-Python-hf", PLAIN),
        ("codellama/CodeLlama-34b-hf", PLAIN),
        ("/home/qwen2.5-coder/gpt2", PLAIN),
    ],
)
def test_format_by_name(name: str, fmt: PromptFormat) -> None:
    assert format_for(name) is fmt


@pytest.mark.parametrize("fmt", [RTLGEN, QWEN, DEEPSEEK, STARCODER2, CODELLAMA], ids=lambda fmt: fmt.name)
def test_format_by_the_special_tokens_of_a_real_tokenizer(fmt: PromptFormat) -> None:
    from tokenizers import Tokenizer, models

    tokenizer = Tokenizer(models.BPE())
    assert format_for(tokenizer) is PLAIN
    tokenizer.add_special_tokens(list(fmt.special))
    assert format_for(tokenizer) is fmt
