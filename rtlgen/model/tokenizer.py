"""The default model's tokenizer: byte-level BPE over Verilog-aware pieces, with file and fill-in-the-middle markers.

A piece is an indentation, a run of blanks, a run of letters with its leading underscore, one or two digits, or a run of
punctuation with the single blanks around it (`` <= ``, ``);``). So an identifier is cut the same way wherever it stands,
which is what copying it from the context needs. Any byte can be encoded; text survives a round trip unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rtlgen.core.errors import ToolError

BOS, EOS, FILE = "<|bos|>", "<|eos|>", "<|file|>"
FIM_PREFIX, FIM_SUFFIX, FIM_MIDDLE = "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"
SPECIAL_TOKENS = (BOS, EOS, FILE, FIM_PREFIX, FIM_SUFFIX, FIM_MIDDLE)
"""In the order of their ids, 0 upward."""

_MARKS = re.compile("(" + "|".join(re.escape(token) for token in SPECIAL_TOKENS) + ")")

PIECES = r"\n[ \t]*| ?[^\s\w]+ ?|[ \t]+|_?[^\W\d_]+|_+|\d{1,2}|\s"


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Any:
    """A `tokenizers.Tokenizer` of `vocabulary` entries trained on `texts`."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=24,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


class VerilogTokenizer:
    """Text to token ids and back. Special tokens in plain text are encoded as plain text."""

    def __init__(self, path: Path) -> None:
        """Read ``tokenizer.json`` at `path`. Raises `ToolError` when it is missing or broken."""
        from tokenizers import Tokenizer

        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:
            raise ToolError(
                f"cannot read the tokenizer: {error}", where=path, hint="rtlgen doctor"
            ) from error
        self._tokenizer.encode_special_tokens = True
        ids = {token: self._tokenizer.token_to_id(token) for token in SPECIAL_TOKENS}
        missing = [token for token, i in ids.items() if i is None]
        if missing:
            raise ToolError(f"the tokenizer lacks {', '.join(missing)}", where=path, hint="rtlgen doctor")
        self.special: dict[str, int] = {token: int(i) for token, i in ids.items() if i is not None}
        self.newline_ids = frozenset(
            i for token, i in self._tokenizer.get_vocab().items() if token.startswith("\u010a")
        )
        """Ids of tokens that begin with a line end."""

    @property
    def size(self) -> int:
        """Entries of the vocabulary, special tokens included."""
        return int(self._tokenizer.get_vocab_size())

    def byte_lengths(self) -> list[int]:
        """Bytes of text that each id stands for, (size,); 0 for special tokens."""
        found = [0] * self.size
        for token, number in self._tokenizer.get_vocab().items():
            found[number] = (
                0 if token in self.special else len(token)
            )  # one character of the alphabet is one byte
        return found

    def encode(self, text: str) -> list[int]:
        """Ids of `text`."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def encode_many(self, texts: list[str]) -> list[list[int]]:
        """Ids of each text."""
        return [list(e.ids) for e in self._tokenizer.encode_batch(texts, add_special_tokens=False)]

    def encode_prompt(self, text: str) -> list[int]:
        """Ids of a packed prompt, in which special tokens stand for themselves."""
        ids: list[int] = []
        for part in _MARKS.split(text):
            if part in self.special:
                ids.append(self.special[part])
            elif part:
                ids.extend(self.encode(part))
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """Text of `ids`; special tokens are left out."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))
