"""Pretrain the default model on a corpus, in the prompt format that completion uses, from scratch or from other weights.

On CPU threads, one GPU, or several through accelerate (``accelerate launch -m rtlgen train pretrain ...``): the same
command everywhere (the loop is in `rtlgen.train.loop`). The hidden matrices are trained with Muon (Jordan 2024; in torch
since 2.9), the rest with AdamW; the learning rate warms up, stays, and decays linearly over the last part of the run
(warm-up-stable-decay, Hu et al., arXiv 2404.06395). A checkpoint is written every few minutes and resumed from; the
state before the decay is kept as ``stable.pt``, so that a later run can go on from it with more tokens.

It makes no corpus (`rtlgen datasets corpus build`) and publishes nothing.

Try: ``rtlgen train pretrain --corpus corpus/files.jsonl --out run --max-minutes 60``
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import UsageError
from rtlgen.core.store import write_atomic
from rtlgen.train.initial import fingerprint, take_tokenizer, take_weights
from rtlgen.train.packing import Packed, PackingConfig, pack, read_corpus, read_quality

if TYPE_CHECKING:
    from rtlgen.model.tokenizer import VerilogTokenizer

Talk = Callable[[str], None]


@dataclass(frozen=True)
class PretrainConfig:
    """Sizes and constants of a run. Time is in minutes of wall clock, learning rates per step."""

    vocabulary: int = 4096
    width: int = 256
    layers: int = 6
    heads: int = 4
    batch: int = 8
    """Sequences a step."""
    muon_rate: float = 0.02
    adam_rate: float = 3e-3
    rate: float = 1.0
    """Factor on both learning rates: below 1 to go on gently from finished weights."""
    long_length: int = 0
    """Tokens of long sequences, one of which is read in every `long_every`-th step instead of a batch; 0: none."""
    long_every: int = 8
    prompt_tokens: int = 0
    """Prompt budget that the model folder names as its own; 0: the length of the sequences."""
    weight_decay: float = 0.02
    warmup_steps: int = 60
    decay: float = 0.25
    """Share of the call, in time or tokens, over which the learning rate falls to zero."""
    max_minutes: float = 60.0
    max_tokens: int = 0
    """Tokens of this call at most; 0: only the time ends it."""
    checkpoint_minutes: float = 4.0
    validate_minutes: float = 8.0
    threads: int = 1
    seed: int = 1
    packing: PackingConfig = field(default_factory=PackingConfig)


def pretrain(
    corpus: Path,
    out: Path,
    config: PretrainConfig,
    *,
    validation: Path | None = None,
    lines: Path | None = None,
    skip: Sequence[str] = (),
    init: Path | None = None,
    talk: Talk = lambda _: None,
) -> dict[str, Any]:
    """Train until the minutes or tokens of this call are over; write ``out/model`` and return the last figures.

    Args:
        corpus: ``files.jsonl`` of a corpus.
        out: run folder: tokenizer, packed sequences, checkpoints, ``log.jsonl``, and the model at the end.
        config: sizes and constants; a resumed run keeps the sizes it began with.
        validation: a second corpus file (never trained on) for bits per byte during training.
        lines: records of ``rtlgen eval rtl-repo build`` (never trained on) for exact match during training.
        skip: repositories of the corpus to leave out (kept for training the ranker).
        init: a model folder whose weights and tokenizer the run starts from; its SHA-256 is kept in ``config.json``.
        talk: receives progress lines.
    """
    import torch

    from rtlgen.train.loop import Run
    from rtlgen.train.validation import Lines, Text

    torch.set_num_threads(config.threads)
    with _first_process() as first:
        out.mkdir(parents=True, exist_ok=True)
        start = _claim(out, config, init, write=first)
        tokenizer = _tokenizer(corpus, out, config, skip, talk)
        data = _packed(corpus, out / "train", tokenizer, config, skip, talk)
        long = None
        if config.long_length:
            wide = replace(config, packing=_long(config))
            long = _packed(corpus, out / "train", tokenizer, wide, skip, talk)
        text = None
        if validation is not None:
            held_out = _packed(validation, out / "validation", tokenizer, config, (), talk, by_quality=False)
            text = Text(held_out, tokenizer)
    asked = Lines(lines, tokenizer, config.packing.length) if lines is not None else None
    run = Run(out, config, data, text, asked, talk, long)
    if not run.resume():
        if init is not None:
            take_weights(init, run.network, tokenizer.size)
            talk(f"starting from {init}")
        elif start is not None:
            raise UsageError("this run has no checkpoint yet", where=out, hint="give --init again")
    run.train()
    return run.finish()


def _long(config: PretrainConfig) -> PackingConfig:
    """Packing of the long sequences: the same shares as the short ones."""
    short = config.packing
    context = short.context_tokens * config.long_length // short.length
    return replace(short, length=config.long_length, context_tokens=context)


@contextmanager
def _first_process() -> Iterator[bool]:
    """Let the main one of several processes make the run's files first; True in it (and when there is only one)."""
    import torch
    from accelerate import PartialState

    state = PartialState(cpu=not torch.cuda.is_available())
    with state.main_process_first():
        yield bool(state.is_main_process)


def _claim(out: Path, config: PretrainConfig, init: Path | None, *, write: bool) -> str | None:
    """Write the run's configuration, or refuse to go on with other sizes or from other weights.

    Gives the SHA-256 of the weights that the run starts from.
    """
    path = out / "config.json"
    start = fingerprint(init) if init is not None else None
    sizes = ("vocabulary", "width", "layers", "heads")
    mine = {key: getattr(config, key) for key in sizes}
    if path.is_file():
        stored = json.loads(path.read_text("utf-8"))
        other = {key: stored[key] for key in sizes if stored[key] != mine[key]}
        if other:
            raise UsageError(
                f"this run was begun with {other}", where=out, hint="use the same sizes, or another --out"
            )
        begun = stored.get("init_sha256")
        if init is not None and start != begun:
            raise UsageError(
                "this run was not begun from these weights",
                where=out,
                hint="leave --init out, or use another --out",
            )
        start = begun
    elif init is not None:
        take_tokenizer(init, out)
    if write:
        write_atomic(path, json.dumps({**asdict(config), "init_sha256": start}, indent=1))
    return start


def _tokenizer(
    corpus: Path, out: Path, config: PretrainConfig, skip: Sequence[str], talk: Talk
) -> VerilogTokenizer:
    from rtlgen.model.tokenizer import VerilogTokenizer, train_tokenizer

    path = out / "tokenizer.json"
    if not path.is_file():
        talk(f"training a tokenizer of {config.vocabulary} entries")
        texts = [t for files in read_corpus(corpus, skip).values() for t in files.values()]
        train_tokenizer(texts[:: max(1, len(texts) // 4000)], config.vocabulary).save(str(path))
    return VerilogTokenizer(path)


def _packed(
    corpus: Path,
    stem: Path,
    tokenizer: VerilogTokenizer,
    config: PretrainConfig,
    skip: Sequence[str],
    talk: Talk,
    *,
    by_quality: bool = True,
) -> Packed:
    import numpy as np

    path = stem.with_suffix(f".{config.packing.length}.npz")
    if not path.is_file():
        talk(f"packing {corpus}")
        weights_of = read_quality(corpus) if by_quality else {}
        made = pack(read_corpus(corpus, skip), tokenizer, config.packing, talk, weights_of)
        part = path.with_suffix(".part.npz")
        np.savez(part, **vars(made))
        part.replace(path)
    stored = np.load(path)
    quality = stored["quality"] if "quality" in stored else np.ones(len(stored["tokens"]), np.float32)
    return Packed(stored["tokens"], stored["weights"], int(stored["file_bytes"]), quality)
