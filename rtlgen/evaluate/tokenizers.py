"""Bytes per token of vocabularies: our pre-splitting against those of GPT-2 and of code models, at equal vocabulary.

A scheme is the rule that cuts text into pieces before byte-pair merges are learned; merges do not cross pieces. Each is
trained on the same corpus text and measured on the same held-out text, so what differs is the rule alone. A vocabulary
that another model was published with can be measured beside them by its ``tokenizer.json``.

Schemes: rtlgen (`rtlgen.model.tokenizer.PIECES`); gpt2 (Radford et al. 2019, `encoder.py` of openai/gpt-2); code (digits
one by one, runs of line ends and blanks kept together: the rule of cl100k in openai/tiktoken, `tiktoken_ext`, with single
digits as StarCoder splits them, arXiv 2305.06161).

Try: ``rtlgen eval tokenizer --data dev.jsonl --corpus files.jsonl``
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.bits_text import read_repositories
from rtlgen.model.tokenizer import PIECES, SPECIAL_TOKENS

SCHEMES: Mapping[str, str] = {
    "rtlgen": PIECES,
    "gpt2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "code": r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}
"""Name -> rule of pieces, a regular expression of `tokenizers`."""


@dataclass(frozen=True)
class Measured:
    """One vocabulary on the held-out text."""

    scheme: str
    vocabulary: int
    tokens: int
    bytes_per_token: float
    tokens_per_line: float
    embedding_share: float
    """Of the parameters of a network of the shipped model's width and depth with this vocabulary."""


@dataclass(frozen=True)
class TokenizerReport:
    """All vocabularies on the same text."""

    entries: tuple[Measured, ...]
    size: int
    """Bytes of the held-out text."""
    lines: int
    trained_size: int
    """Bytes that the vocabularies were trained on."""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def study(
    data: Path,
    corpus: Path,
    *,
    schemes: Sequence[str] = tuple(SCHEMES),
    vocabularies: Sequence[int] = (1024, 2048, 4096, 8192, 16384),
    files: Sequence[Path] = (),
    sample: int = 8_000_000,
    seed: int = 0,
    talk: Callable[[str], None] = lambda _: None,
) -> TokenizerReport:
    """Train each scheme at each size on `sample` bytes of `corpus`, and measure it and the `files` on `data`."""
    for name in schemes:
        if name not in SCHEMES:
            raise UsageError(f"no scheme '{name}'", hint=f"one of: {', '.join(SCHEMES)}")
    held_out = [text for texts in read_repositories(data).values() for text in texts.values()]
    texts = _sampled(corpus, sample, seed)
    entries = []
    for name in schemes:
        for size in vocabularies:
            entries.append(_measure(name, _trained(texts, name, size), held_out))
            talk(f"{name} {size:,}: {entries[-1].bytes_per_token:.3f} bytes a token")
    entries += [_measure(path.parent.name or path.name, _loaded(path), held_out) for path in files]
    return TokenizerReport(
        tuple(entries),
        sum(len(text.encode()) for text in held_out),
        sum(text.count("\n") for text in held_out),
        sum(len(text.encode()) for text in texts),
    )


def _sampled(corpus: Path, size: int, seed: int) -> list[str]:
    """Files of the corpus at random, `size` bytes or all."""
    repositories = read_repositories(corpus)
    every = [repositories[r][p] for r in sorted(repositories) for p in sorted(repositories[r])]
    random.Random(seed).shuffle(every)
    chosen: list[str] = []
    taken = 0
    for text in every:
        if taken >= size:
            break
        chosen.append(text)
        taken += len(text.encode())
    return chosen


def _trained(texts: Sequence[str], scheme: str, vocabulary: int) -> Any:
    """As `train_tokenizer` does it; only our own scheme limits the length of a token."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SCHEMES[scheme]), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=24 if scheme == "rtlgen" else None,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _loaded(path: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:
        raise UsageError(
            f"cannot read the tokenizer: {error}", where=path, hint="give a tokenizer.json"
        ) from error


def _measure(scheme: str, tokenizer: Any, texts: Sequence[str]) -> Measured:
    from rtlgen.model.network import NetworkConfig

    tokens = sum(len(e.ids) for e in tokenizer.encode_batch(list(texts), add_special_tokens=False))
    size = tokenizer.get_vocab_size()
    config = NetworkConfig(num_hidden_layers=4)
    width = config.hidden_size
    body = config.num_hidden_layers * (4 * width * width + 3 * width * config.intermediate_size)
    return Measured(
        scheme,
        size,
        tokens,
        sum(len(text.encode()) for text in texts) / max(1, tokens),
        tokens / max(1, sum(text.count("\n") for text in texts)),
        size * width / (size * width + body),
    )
