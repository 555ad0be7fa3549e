"""Corpus files to training sequences in the very layout that completion prompts have.

Each file is cut into segments. A segment is preceded by what retrieval finds for it in the other files of its
repository, marked the way `rtlgen.model.prompt` marks it, and a set share of segments is rearranged for filling in the
middle (Bavarian et al., arXiv 2207.14255, prefix-suffix-middle order; the holes are those of `rtlgen.train.holes`).
Sequences have equal length; examples that are shorter follow each other. It reads no network and needs no torch.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import UsageError
from rtlgen.model.tokenizer import BOS, EOS, FILE, FIM_MIDDLE, FIM_PREFIX, FIM_SUFFIX, VerilogTokenizer
from rtlgen.train.context import Neighbours, Piece, laid
from rtlgen.train.holes import cut

if TYPE_CHECKING:
    import numpy as np

CONTEXT_WEIGHT = 77
"""Loss weight of retrieved text, out of 255: it is seen again as a file of its own."""
MIN_PIECE = 4
"""Fewest lines of a retrieved piece, its path included."""
FIRST_LINES = 4
"""At the head of a file nothing stands above: so many of its first lines ask instead."""
FILE_WEIGHT = 255
"""Loss weight of the segment itself."""


@dataclass(frozen=True)
class PackingConfig:
    """How files become sequences."""

    length: int = 1024
    """Tokens of a sequence (one more is stored, for the shifted target)."""
    context_tokens: int = 448
    """Most tokens of retrieved text before a segment; the amount is drawn anew for each."""
    context_rate: float = 0.75
    """Share of segments that get retrieved text."""
    fim_rate: float = 0.2
    """Share of segments rearranged for fill-in-the-middle."""
    seed: int = 1


@dataclass(frozen=True)
class Packed:
    """Token ids (n, length + 1) uint16 and loss weights (n, length + 1) uint8 of 0-255."""

    tokens: np.ndarray[Any, Any]
    weights: np.ndarray[Any, Any]
    file_bytes: int
    """Bytes of all file segments, for bits per byte."""
    quality: np.ndarray[Any, Any]
    """Sampling weight in (0, 1] of each row (n,) float32: the mean over its tokens of their files' weights."""


@dataclass
class _Example:
    ids: list[int]
    weights: list[int]
    quality: float = 1.0

    def add(self, ids: Sequence[int], weight: int) -> None:
        self.ids.extend(ids)
        self.weights.extend([weight] * len(ids))


def read_corpus(path: Path, skip: Sequence[str] = ()) -> dict[str, dict[str, str]]:
    """Repository -> path -> text of a corpus ``files.jsonl``.

    Repositories in `skip` are left out.
    """
    repositories: dict[str, dict[str, str]] = {}
    for repository, name, text, _ in _corpus_rows(path):
        if repository not in skip:
            repositories.setdefault(repository, {})[name] = text
    if not repositories:
        raise UsageError("the corpus holds no file", where=path, hint="rtlgen datasets corpus build --help")
    return repositories


def read_quality(path: Path) -> dict[tuple[str, str], float]:
    """(repository, path) -> sampling weight in (0, 1] of the files of a corpus; 1 for a row without one."""
    return {(repository, name): quality for repository, name, _, quality in _corpus_rows(path)}


def _corpus_rows(path: Path) -> Iterator[tuple[str, str, str, float]]:
    """Repository, path, text and weight of each row."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise UsageError(
            "cannot read the corpus", where=path, hint="rtlgen datasets corpus build --help"
        ) from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            found = row["repo"], row["path"], row["text"], float(row.get("weight", 1.0))
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"not a corpus row: {error!r}", where=f"{path}:{number}") from error
        if not 0 < found[3] <= 1:
            raise UsageError(f"the weight {found[3]} is not in (0, 1]", where=f"{path}:{number}")
        yield found


def pack(
    repositories: Mapping[str, Mapping[str, str]],
    tokenizer: VerilogTokenizer,
    config: PackingConfig,
    talk: Callable[[str], None] = lambda _: None,
    quality: Mapping[tuple[str, str], float] | None = None,
    only: Collection[str] | None = None,
) -> Packed:
    """All files of `repositories` as shuffled training sequences, with the `quality` of `read_quality` (default 1).

    With `only`, sequences are made of the files at these paths alone; the others serve as their context.
    """
    import numpy as np

    examples: list[_Example] = []
    size = 0
    for name in sorted(repositories):
        rng = random.Random(f"{config.seed}:{name}")
        weights_of = {path: (quality or {}).get((name, path), 1.0) for path in repositories[name]}
        made = list(_repository_examples(repositories[name], tokenizer, config, rng, weights_of, only))
        examples.extend(made)
        texts = (text for path, text in repositories[name].items() if only is None or path in only)
        size += sum(len(text.encode("utf-8", "replace")) for text in texts)
        talk(f"{name}: {len(made)} segments")
    random.Random(config.seed).shuffle(examples)
    rows = list(_rows(examples, config.length + 1))
    tokens = np.array([row.ids for row in rows], dtype=np.uint16)
    weights = np.array([row.weights for row in rows], dtype=np.uint8)
    return Packed(tokens, weights, size, np.array([row.quality for row in rows], dtype=np.float32))


def _rows(examples: Sequence[_Example], width: int) -> Iterator[_Example]:
    """First-fit packing of examples into rows of `width`, padded with weight 0."""
    open_rows: list[_Example] = []
    for example in examples:
        ids, weights = example.ids[:width], example.weights[:width]
        row = next((r for r in open_rows if len(r.ids) + len(ids) <= width), None)
        if row is None:
            row = _Example([], [])
            open_rows.append(row)
        row.quality = (row.quality * len(row.ids) + example.quality * len(ids)) / (len(row.ids) + len(ids))
        row.ids.extend(ids)
        row.weights.extend(weights)
        if len(row.ids) > width - 48 or len(open_rows) > 24:
            fullest = max(open_rows, key=lambda r: len(r.ids))
            open_rows.remove(fullest)
            yield _padded(fullest, width)
    for row in open_rows:
        yield _padded(row, width)


def _padded(row: _Example, width: int) -> _Example:
    row.add([0] * (width - len(row.ids)), 0)
    return row


def _repository_examples(
    files: Mapping[str, str],
    tokenizer: VerilogTokenizer,
    config: PackingConfig,
    rng: random.Random,
    quality: Mapping[str, float],
    only: Collection[str] | None = None,
) -> Iterator[_Example]:
    neighbours = Neighbours(files)
    for path in sorted(files if only is None else only):
        lines = files[path].splitlines(keepends=True)
        encoded = tokenizer.encode_many(lines)
        start = 0
        while start < len(lines):
            budget = rng.randrange(128, config.context_tokens) if rng.random() < config.context_rate else 0
            example = _Example([tokenizer.special[BOS]], [0], quality[path])
            if budget:
                # The place of the cursor is somewhere in the first half of the segment; only text above it asks.
                likely = _segment_end(encoded, start, config.length - budget)
                cursor = start + rng.randrange(0, max(1, (likely - start) // 2))
                found = neighbours.pieces(path, lines[:cursor], lines[cursor : cursor + FIRST_LINES])
                _add_context(example, found, tokenizer, budget)
            end = _segment_end(encoded, start, config.length - len(example.ids) - 24)
            _add_segment(example, path, lines, (start, end), tokenizer, config, rng)
            yield example
            start = end


def _add_context(
    example: _Example, pieces: Sequence[Piece], tokenizer: VerilogTokenizer, budget: int
) -> None:
    """Append pieces as ``<|file|>path\\ntext`` in the order of prompts; the most wanted that fit into `budget` tokens.

    A piece is cut at a line end; one of which fewer than `MIN_PIECE` lines fit is the last that is tried.
    """
    chosen: list[tuple[Piece, list[int]]] = []
    seen: set[str] = set()
    for piece in pieces:
        if piece.text in seen:
            continue
        seen.add(piece.text)
        lines = tokenizer.encode_many([f"{piece.path}\n", *piece.text.rstrip().splitlines(keepends=True)])
        end = _segment_end(lines, 0, budget - 1)
        ids = [i for line in lines[:end] for i in line]
        if end < min(MIN_PIECE, len(lines)) or len(ids) + 1 > budget:
            break
        budget -= len(ids) + 1
        chosen.append((piece, ids))
    order = {id(piece): place for place, piece in enumerate(laid([piece for piece, _ in chosen]))}
    for _, ids in sorted(chosen, key=lambda item: order[id(item[0])]):
        example.add([tokenizer.special[FILE]], 0)
        example.add(ids, CONTEXT_WEIGHT)


def _segment_end(encoded: Sequence[Sequence[int]], start: int, room: int) -> int:
    end, used = start, 0
    while end < len(encoded) and (end == start or used + len(encoded[end]) <= room):
        used += len(encoded[end])
        end += 1
    return end


def _add_segment(
    example: _Example,
    path: str,
    lines: Sequence[str],
    span: tuple[int, int],
    tokenizer: VerilogTokenizer,
    config: PackingConfig,
    rng: random.Random,
) -> None:
    start, end = span
    special = tokenizer.special
    if end - start >= 6 and rng.random() < config.fim_rate:
        prefix, middle, suffix = cut("".join(lines[start:end]), rng)
        example.add([special[FIM_PREFIX], special[FILE]], 0)
        example.add(tokenizer.encode(f"{path}\n{prefix}"), FILE_WEIGHT)
        example.add([special[FIM_SUFFIX]], 0)
        example.add(tokenizer.encode(suffix), FILE_WEIGHT)
        example.add([special[FIM_MIDDLE]], 0)
        example.add([*tokenizer.encode(middle), special[EOS]], FILE_WEIGHT)
        return
    example.add([special[FILE]], 0)
    example.add(tokenizer.encode(f"{path}\n{''.join(lines[start:end])}"), FILE_WEIGHT)
    if end == len(lines):
        example.add([special[EOS]], FILE_WEIGHT)
