"""`rtlgen train sft`: parse, fine-tune, print the figures.

Try: ``rtlgen train sft --help``
"""

from __future__ import annotations

import json
from pathlib import Path

import click

_path = click.Path(path_type=Path)


@click.command()
@click.option(
    "--data",
    type=_path,
    multiple=True,
    required=True,
    help="Pairs of `rtlgen datasets pairs build` (repeatable).",
)
@click.option("--model", type=_path, required=True, help="Model folder of rtlgen's own kind to start from.")
@click.option("--out", type=_path, required=True, help="Run folder; an existing one is resumed.")
@click.option(
    "--replay", type=_path, help="Packed corpus text of a pretraining run (train.N.npz), against forgetting."
)
@click.option(
    "--replay-share",
    type=click.FloatRange(0, 0.9),
    default=0.12,
    show_default=True,
    help="Share of batches that are such text.",
)
@click.option("--hold-family", "held_families", multiple=True, help="Family to hold out whole (repeatable).")
@click.option(
    "--held-share",
    type=click.FloatRange(0, 0.9),
    default=0.02,
    show_default=True,
    help="Share of the other families' pairs to hold out.",
)
@click.option(
    "--length", type=click.IntRange(64, 4096), default=1024, show_default=True, help="Most tokens of a pair."
)
@click.option("--batch-tokens", type=click.IntRange(min=64), default=6144, show_default=True)
@click.option(
    "--max-minutes",
    type=click.FloatRange(0),
    default=40.0,
    show_default=True,
    help="Wall clock of the run, all its calls together.",
)
@click.option(
    "--decay",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Share of it for the decay of the learning rate.",
)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the last figures as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def sft(
    data: tuple[Path, ...],
    model: Path,
    out: Path,
    replay: Path | None,
    replay_share: float,
    held_families: tuple[str, ...],
    held_share: float,
    length: int,
    batch_tokens: int,
    max_minutes: float,
    decay: float,
    threads: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Fine-tune a model on pairs of specification and module, in the layout that `rtlgen generate` asks with."""
    from rtlgen.core.records import dump
    from rtlgen.train.sft import SftConfig, finetune

    config = SftConfig(
        length=length,
        batch_tokens=batch_tokens,
        replay_share=replay_share,
        held_share=held_share,
        held_families=held_families,
        decay=decay,
        max_minutes=max_minutes,
        threads=threads,
        seed=seed,
    )
    talk = (lambda _: None) if quiet else (lambda text: click.echo(text, err=True))
    figures = finetune(data, model, out, config, replay=replay, talk=talk)
    click.echo(dump("sft", figures) if as_json else json.dumps(figures))
