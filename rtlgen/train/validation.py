"""What a pretraining run is judged by while it goes on: bits per byte on held-out text, and next lines written by itself.

`Text` measures the loss on packed sequences of held-out files, in bits per byte and per token, and apart on token pairs
that stand earlier in the window: what copying could know. `Lines` asks for hidden next lines (records of
`rtlgen eval rtl-repo build`) with the prompts of completion, and compares what the model alone writes greedily.

Neither is trained on, and neither chooses a checkpoint.

Try: ``rtlgen train pretrain --corpus corpus/files.jsonl --validation dev.jsonl --lines lines.jsonl --out run``
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.train.packing import FILE_WEIGHT, Packed

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from rtlgen.model.default import DefaultModel
    from rtlgen.model.network import Network
    from rtlgen.model.tokenizer import VerilogTokenizer

    Batch = Callable[[Packed, int, int], tuple[torch.Tensor, torch.Tensor]]

BATCHES, BATCH = 12, 4
"""Sequences that one measurement reads: always the same ones."""
LINES = 48
"""Hidden lines that one measurement asks for."""


class Text:
    """Held-out files as packed sequences."""

    def __init__(self, data: Packed, tokenizer: VerilogTokenizer) -> None:
        self.data = data
        self._bytes = tokenizer.byte_lengths()

    def figures(self, network: Network, batch: Batch) -> dict[str, float]:
        """Bits per token and per byte of the files' own text, and bits of token pairs seen before in the window."""
        import torch

        lengths = torch.tensor(self._bytes)
        total = repeated = 0.0
        count = repeats = size = 0
        for step in range(max(1, min(BATCHES, len(self.data.tokens) // BATCH))):
            tokens, weights = batch(self.data, step, BATCH)
            with torch.no_grad(), torch.autocast(tokens.device.type, dtype=torch.bfloat16):
                scores = network.logits(network.hidden(tokens[:, :-1])).float()
            each = torch.nn.functional.cross_entropy(
                scores.flatten(0, 1), tokens[:, 1:].flatten(), reduction="none"
            )
            mine = (weights[:, 1:] == FILE_WEIGHT).flatten()
            again = pair_seen(tokens).flatten() & mine
            total, count = total + float(each[mine].sum()), count + int(mine.sum())
            repeated, repeats = repeated + float(each[again].sum()), repeats + int(again.sum())
            size += int(lengths[tokens[:, 1:].flatten()[mine].cpu()].sum())
        bits = 1 / math.log(2)
        return {
            "validation_bits_per_token": bits * total / max(1, count),
            "validation_bits_per_byte": bits * total / max(1, size),
            "validation_repeated_pairs_bits": bits * repeated / max(1, repeats),
        }


@dataclass(frozen=True)
class _Asked:
    prompt: str
    line: str


class Lines:
    """Hidden next lines of held-out repositories, with the prompts that completion would ask with."""

    def __init__(self, path: Path, tokenizer: VerilogTokenizer, budget: int, limit: int = LINES) -> None:
        """Retrieve and pack once for at most `limit` records of `path`, in `budget` tokens of `tokenizer`."""
        from rtlgen.core.settings import load_settings
        from rtlgen.evaluate.rtl_repo_records import read_data
        from rtlgen.model.formats import FORMATS
        from rtlgen.model.prompt import pack, parts_from_hits
        from rtlgen.retrieval.index import build_memory_index

        settings = load_settings(Path.cwd(), {})
        self._asked: list[_Asked] = []
        for record in read_data(path).limited(limit):
            index = build_memory_index(record.files, settings)
            hits = index.retrieve(
                record.file_path,
                record.prefix,
                "",
                settings.get("retrieval.hits"),
                settings.get("retrieval.sources"),
            )
            packed = pack(
                parts_from_hits(hits),
                record.prefix,
                "",
                budget,
                lambda text: len(tokenizer.encode_prompt(text)),
                FORMATS["rtlgen"],
                path=record.file_path,
            )
            self._asked.append(_Asked(packed.text, record.next_line))

    def figures(self, model: DefaultModel) -> dict[str, float]:
        """Share of the lines that `model` alone writes exactly (percent, words equal) and their bits per byte."""
        right, bits, size = 0, 0.0, 0
        for asked in self._asked:
            right += model.greedy_line(asked.prompt).text.split() == asked.line.split()
            scored = model.score_lines(asked.prompt, [asked.line])[0]
            bits -= sum(scored.logprobs) / math.log(2)
            size += len(asked.line.encode()) + 1  # with its line end
        return {
            "validation_exact_match": 100 * right / max(1, len(self._asked)),
            "validation_line_bits_per_byte": bits / max(1, size),
        }


def pair_seen(tokens: torch.Tensor) -> torch.Tensor:
    """(B, T + 1) ids to (B, T): does the pair (this token, next token) stand earlier in the row, for copying to find."""
    from itertools import pairwise

    import torch

    seen = torch.zeros(tokens.shape[0], tokens.shape[1] - 1, dtype=torch.bool)
    for row, ids in enumerate(tokens.tolist()):
        pairs: set[tuple[int, int]] = set()
        for place, pair in enumerate(pairwise(ids)):
            seen[row, place] = pair in pairs
            pairs.add(pair)
    return seen.to(tokens.device)
