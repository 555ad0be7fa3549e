"""Prompt layouts: how each model family marks files, the cursor and the end.

It packs nothing (`rtlgen.model.prompt` does) and loads no model.

Layouts, each as its authors document it:
- rtlgen: the default model's own, trained in by `rtlgen train pretrain`.
- Qwen2.5-Coder: README of QwenLM/Qwen2.5-Coder, "Repository Level Code Completion"; with FIM: its issue 343.
- DeepSeek-Coder: README of deepseek-ai/DeepSeek-Coder, "Code Insertion" and "Repository Level Code
  Completion".
- StarCoder2: arXiv 2402.19173, section on data formatting (repository context with file-level FIM).
- Code Llama: arXiv 2308.12950 and `llama/generation.py` of meta-llama/codellama (7B and 13B infill, Python
  and 34B do not).
- plain: `// Path:` comments, as RTL-Repo writes them (arXiv 2405.17378).

To see one: `rtlgen complete repo/ --file alu.v --explain`
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class PromptFormat:
    """How a model family marks files, the cursor and the end.

    `piece`, `current` and `middle` are templates over ``{path}``, ``{text}``, ``{prefix}`` and ``{suffix}``;
    `begin` and `begin_middle` over ``{repo}``.
    """

    name: str
    begin: str
    piece: str
    current: str
    special: tuple[str, ...] = ()
    """Tokens that must not come in through the text of a file."""
    begin_middle: str | None = None
    """What begins a prompt that fills in the middle; None: the same as `begin`."""
    middle: str | None = None
    """Layout of the current file when it has a suffix; None: the family cannot fill in the middle."""
    stop: tuple[str, ...] = ()
    """Strings that end a completion."""

    def clean(self, text: str) -> str:
        """`text` with the family's special tokens broken by a space: a file cannot speak as the prompt."""
        for token in self.special:
            if token in text:
                text = text.replace(token, f"{token[0]} {token[1:]}")
        return text


RTLGEN = PromptFormat(
    name="rtlgen",
    begin="<|bos|>",
    piece="<|file|>{path}\n{text}",
    current="<|file|>{path}\n{prefix}",
    middle="<|fim_prefix|><|file|>{path}\n{prefix}<|fim_suffix|>{suffix}<|fim_middle|>",
    special=("<|bos|>", "<|file|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|eos|>"),
    stop=("<|eos|>", "<|file|>"),
)
QWEN = PromptFormat(
    name="qwen2.5-coder",
    begin="<|repo_name|>{repo}\n",
    piece="<|file_sep|>{path}\n{text}",
    current="<|file_sep|>{path}\n{prefix}",
    middle="<|file_sep|>{path}\n<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>",
    special=(
        "<|repo_name|>",
        "<|file_sep|>",
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        "<|fim_pad|>",
        "<|endoftext|>",
        "<|im_start|>",
        "<|im_end|>",
    ),
    stop=("<|endoftext|>", "<|file_sep|>", "<|repo_name|>", "<|fim_pad|>", "<|im_end|>"),
)
DEEPSEEK = PromptFormat(
    name="deepseek-coder",
    begin="",
    begin_middle="<｜fim▁begin｜>",
    piece="#{path}\n{text}\n",
    current="#{path}\n{prefix}",
    middle="#{path}\n{prefix}<｜fim▁hole｜>{suffix}<｜fim▁end｜>",
    special=(
        "<｜begin▁of▁sentence｜>",
        "<｜end▁of▁sentence｜>",
        "<｜fim▁begin｜>",
        "<｜fim▁hole｜>",
        "<｜fim▁end｜>",
        "<|EOT|>",
    ),
    stop=("<｜end▁of▁sentence｜>", "<|EOT|>"),
)
STARCODER2 = PromptFormat(
    name="starcoder2",
    begin="<repo_name>{repo}",
    piece="<file_sep>{path}\n{text}",
    current="<file_sep>{path}\n{prefix}",
    middle="<file_sep><fim_prefix>{path}\n{prefix}<fim_suffix>{suffix}<fim_middle>",
    special=(
        "<repo_name>",
        "<file_sep>",
        "<fim_prefix>",
        "<fim_suffix>",
        "<fim_middle>",
        "<fim_pad>",
        "<|endoftext|>",
    ),
    stop=("<|endoftext|>", "<file_sep>", "<repo_name>"),
)
CODELLAMA = PromptFormat(
    name="codellama",
    begin="",
    begin_middle="▁<PRE>",
    piece="// Path: {path}\n{text}\n",
    current="// Path: {path}\n{prefix}",
    middle="// Path: {path}\n{prefix}▁<SUF>{suffix}▁<MID>",
    special=("▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>", "<s>", "</s>"),
    stop=("▁<EOT>", " <EOT>", "</s>"),
)
PLAIN = PromptFormat(
    name="plain",
    begin="",
    piece="// Path: {path}\n{text}\n",
    current="// Path: {path}\n{prefix}",
    stop=("\n// Path: ",),
)

FORMATS: dict[str, PromptFormat] = {f.name: f for f in (RTLGEN, QWEN, DEEPSEEK, STARCODER2, CODELLAMA, PLAIN)}
"""Every layout by name."""

_BY_TOKENS: tuple[tuple[PromptFormat, tuple[str, ...]], ...] = (
    (RTLGEN, ("<|bos|>", "<|file|>", "<|fim_prefix|>", "<|fim_middle|>")),
    (QWEN, ("<|repo_name|>", "<|file_sep|>", "<|fim_prefix|>", "<|fim_middle|>")),
    (STARCODER2, ("<repo_name>", "<file_sep>", "<fim_prefix>", "<fim_middle>")),
    (DEEPSEEK, ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>")),
    (CODELLAMA, ("▁<PRE>", "▁<SUF>", "▁<MID>")),
)
_BY_NAME: tuple[tuple[str, PromptFormat], ...] = (
    (r"^(default|rtlgen)", RTLGEN),
    (r"qwen-?(2\.5|3)-?coder", QWEN),
    (r"deepseek-?coder", DEEPSEEK),
    (r"starcoder2", STARCODER2),
    (r"code-?llama-?(7|13)b(?!.*python)", CODELLAMA),
)


class HasVocabulary(Protocol):
    """A tokenizer of `transformers` or of `tokenizers`."""

    def get_vocab(self) -> dict[str, int]:
        """Every token and its id."""
        ...


def format_for(model: str | HasVocabulary) -> PromptFormat:
    """The layout of a tokenizer (anything with `get_vocab`), or of a model known only by its name; else
    `PLAIN`.

    A tokenizer speaks by its special tokens; all of a family's must be there. A name is matched without
    regard to case or to the organisation before its last slash.
    """
    if isinstance(model, str):
        name = model.rstrip("/").rsplit("/", 1)[-1].lower()
        return next((fmt for pattern, fmt in _BY_NAME if re.search(pattern, name)), PLAIN)
    vocabulary = model.get_vocab()
    return next((fmt for fmt, tokens in _BY_TOKENS if all(t in vocabulary for t in tokens)), PLAIN)
