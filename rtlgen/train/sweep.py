"""A scaling sweep: the same tokens for models of several sizes, and what each costs and knows afterwards.

One run of `rtlgen.train.pretrain` for every size, one after the other, with the same corpus, order of text and schedule;
runs of one vocabulary and one length share tokenizer and packed sequences. Compared are bits per byte of held-out text
(tokenizers differ, so never bits per token), processor time, and the time that one token takes when a line is decoded.
A sweep at small budgets ranks sizes for that budget only: the best width grows with the tokens (Hoffmann et al., arXiv
2203.15556).

It chooses nothing by itself.

Try: ``rtlgen train sweep --corpus files.jsonl --validation dev.jsonl --out sweep --size 256x4 --max-tokens 500000``
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.core.store import write_atomic
from rtlgen.train.packing import PackingConfig
from rtlgen.train.pretrain import PretrainConfig, pretrain

SHARED = ("tokenizer.json",)
DECODED = 64
"""Tokens decoded to measure the time of one."""


@dataclass(frozen=True)
class Size:
    """One point of the sweep: width, layers, vocabulary, and tokens of a sequence."""

    width: int
    layers: int
    vocabulary: int = 4096
    length: int = 768

    @property
    def name(self) -> str:
        """Such as ``256x4-v4096-l768``: the run's folder."""
        return f"{self.width}x{self.layers}-v{self.vocabulary}-l{self.length}"


def parse_size(text: str) -> Size:
    """``WIDTHxLAYERS[-vVOCABULARY][-lLENGTH]`` to a size. Raises UsageError on anything else."""
    try:
        shape, *rest = text.split("-")
        width, layers = (int(part) for part in shape.split("x"))
        extra = {{"v": "vocabulary", "l": "length"}[part[0]]: int(part[1:]) for part in rest}
        size = Size(width, layers, **extra)
    except (ValueError, KeyError, IndexError) as error:
        raise UsageError(f"'{text}' is no size", hint="--size 256x4 or --size 256x4-v2048-l512") from error
    if min(asdict(size).values()) < 1 or size.width % 64:
        raise UsageError(f"'{text}': the width is a multiple of 64, nothing is 0", hint="--size 256x4")
    return size


def sweep(
    corpus: Path,
    validation: Path,
    out: Path,
    sizes: Sequence[Size],
    config: PretrainConfig,
    *,
    skip: Sequence[str] = (),
    talk: Callable[[str], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """Train every size for ``config.max_tokens`` and return a row of figures for each, best bits per byte first.

    A size whose row is in ``out/sweep.json`` already is not trained again; a run that was stopped goes on.
    """
    if not config.max_tokens:
        raise UsageError("a sweep compares at equal tokens", hint="--max-tokens 1000000")
    table = out / "sweep.json"
    rows: dict[str, dict[str, Any]] = json.loads(table.read_text("utf-8")) if table.is_file() else {}
    for size in sizes:
        if size.name not in rows:
            talk(f"{size.name}")
            rows[size.name] = _measured(corpus, validation, out, size, config, skip, talk)
            write_atomic(table, json.dumps(rows, indent=1) + "\n")
    return sorted((rows[size.name] for size in sizes), key=lambda row: float(row["bits_per_byte"]))


def _measured(
    corpus: Path,
    validation: Path,
    out: Path,
    size: Size,
    config: PretrainConfig,
    skip: Sequence[str],
    talk: Callable[[str], None],
) -> dict[str, Any]:
    folder = out / size.name
    _share(out, folder, size)
    packing = PackingConfig(
        length=size.length,
        context_tokens=size.length * 7 // 16,
        fim_rate=config.packing.fim_rate,
        seed=config.seed,
    )
    chosen = replace(
        config,
        width=size.width,
        layers=size.layers,
        heads=size.width // 64,
        vocabulary=size.vocabulary,
        batch=max(1, round(config.batch * config.packing.length / size.length)),
        packing=packing,
    )
    begun = time.process_time()
    figures = pretrain(corpus, folder, chosen, validation=validation, skip=skip, talk=talk)
    return {
        **asdict(size),
        "parameters": _parameters(folder / "model"),
        "tokens": figures["tokens"],
        "bits_per_byte": figures["validation_bits_per_byte"],
        "repeated_pairs_bits": figures["validation_repeated_pairs_bits"],
        "processor_seconds": round(time.process_time() - begun, 1),
        "decode_ms": _decode_ms(folder / "model", size.length),
    }


def _share(out: Path, folder: Path, size: Size) -> None:
    """Take tokenizer and packed sequences from a finished run of the same vocabulary (and length)."""
    folder.mkdir(parents=True, exist_ok=True)
    for other in sorted(out.glob(f"*-v{size.vocabulary}-l*")):
        names = [*SHARED, *(f"{kind}.{size.length}.npz" for kind in ("train", "validation"))]
        for name in names:
            if other != folder and (other / name).is_file() and not (folder / name).exists():
                try:
                    os.link(other / name, folder / name)
                except OSError:
                    shutil.copyfile(other / name, folder / name)


def _parameters(folder: Path) -> int:
    from safetensors import safe_open

    with safe_open(str(folder / "model.safetensors"), "pt") as file:
        shapes = (file.get_slice(name).get_shape() for name in file.keys())  # noqa: SIM118
        return sum(int(shape[0]) * int(shape[1] if len(shape) > 1 else 1) for shape in shapes)


def _decode_ms(folder: Path, length: int) -> float:
    """Milliseconds a token takes behind a prompt of half the length, the best of three runs."""
    from rtlgen.model.default import DefaultModel

    model = DefaultModel(folder)
    ids = [7] * (length // 2)
    best = float("inf")
    for _ in range(3):
        model.decoder.prefill(ids)
        begun = time.perf_counter()
        model.decoder.greedy(ids, DECODED, lambda _: False)
        best = min(best, time.perf_counter() - begun)
    return round(1000 * best / DECODED, 3)
