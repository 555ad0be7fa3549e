"""The model folder that a pretraining run starts from: the check that it fits, its weights, and what is recorded of it.

The tokenizer is taken over with the weights, for the ids mean nothing without it. The optimiser begins anew, so the
learning rate warms up as in a run from scratch.

Try: ``rtlgen train pretrain --init run/model --corpus corpus/files.jsonl --out run2``
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.core.store import write_atomic

if TYPE_CHECKING:
    from rtlgen.model.network import Network

FREE = {"trained_context", "max_position_embeddings"}
"""Sizes that change no weight."""


def fingerprint(folder: Path) -> str:
    """SHA-256 in hex of the weights in `folder`: it names them in the run's record and on the card."""
    path = folder / "model.safetensors"
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UsageError(
            "no weights to start from", where=path, hint="give the folder that a run wrote: run/model"
        ) from error


def take_tokenizer(folder: Path, out: Path) -> None:
    """Copy the tokenizer of `folder` into the run folder `out`, or refuse when another is there already."""
    source, target = folder / "tokenizer.json", out / "tokenizer.json"
    try:
        text = source.read_text("utf-8")
    except OSError as error:
        raise UsageError(
            "no tokenizer to start from", where=source, hint="give a whole model folder"
        ) from error
    if target.is_file() and target.read_text("utf-8") != text:
        raise UsageError(
            "this run has another tokenizer than the weights it should start from",
            where=target,
            hint="use another --out",
        )
    write_atomic(target, text)


def take_weights(folder: Path, network: Network, vocabulary: int) -> None:
    """Load the weights of `folder` into `network`.

    Raises `UsageError` when its sizes or its tokenizer's `vocabulary` do not fit.
    """
    from rtlgen.model.network import load_network

    try:
        found = load_network(folder)
    except ToolError as error:
        raise UsageError(f"no weights to start from: {error.what}", where=folder) from error
    has, wants = asdict(found.config), asdict(network.config)
    other = {key: has[key] for key in wants if key not in FREE and has[key] != wants[key]}
    if other:
        raise UsageError(
            f"the weights to start from have {other}", where=folder, hint="give the run the same sizes"
        )
    if vocabulary > found.config.vocab_size:
        raise UsageError(
            f"the tokenizer has {vocabulary} entries, the weights only {found.config.vocab_size}",
            where=folder,
        )
    network.load_state_dict(found.state_dict())
