"""`rtlgen train embedder`: parse, train, print the figures.

Try: ``rtlgen train embedder --help``
"""

from __future__ import annotations

import json
from pathlib import Path

import click

_path = click.Path(path_type=Path)


@click.command()
@click.option("--corpus", type=_path, required=True, help="files.jsonl of `rtlgen datasets corpus build`.")
@click.option("--out", type=_path, required=True, help="Run folder; an existing one is resumed.")
@click.option(
    "--validation",
    multiple=True,
    metavar="OWNER/NAME",
    help="Leave this repository out and measure recall on it (repeatable).",
)
@click.option("--max-minutes", type=float, default=5.0, show_default=True, help="Wall clock of this call.")
@click.option("--words", type=click.IntRange(min=0), default=24_576, show_default=True, help="Rows of words.")
@click.option(
    "--buckets",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Rows of letter trigrams.",
)
@click.option("--width", type=click.IntRange(min=1), default=128, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def embedder(
    corpus: Path,
    out: Path,
    validation: tuple[str, ...],
    max_minutes: float,
    words: int,
    buckets: int,
    width: int,
    threads: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train the embedder of retrieval by contrast of code above a place and chunks that help there.

    The embedder ends up in OUT/embedder.npz; retrieval.embedder = OUT uses it.
    """
    from rtlgen.core.records import dump
    from rtlgen.train.embedder import EmbedderConfig, train_embedder
    from rtlgen.train.embedder_pairs import PairConfig

    config = EmbedderConfig(
        words=words,
        buckets=buckets,
        width=width,
        max_minutes=max_minutes,
        threads=threads,
        seed=seed,
        pairs=PairConfig(seed=seed),
    )
    talk = (lambda _: None) if quiet else (lambda text: click.echo(text, err=True))
    figures = train_embedder(corpus, out, config, validation=validation, talk=talk)
    click.echo(dump("embedder", figures) if as_json else json.dumps(figures))
