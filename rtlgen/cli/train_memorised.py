"""`rtlgen train memorised`: how much of its training text a model recites."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

_path = click.Path(path_type=Path)


@click.command()
@click.option("--corpus", type=_path, required=True, help="files.jsonl that the model was trained on.")
@click.option("--model", type=_path, required=True, help="The model folder.")
@click.option("--unread", type=_path, help="files.jsonl of text that it has not read, to compare with.")
@click.option("--skip", multiple=True, help="Repository of the corpus that it has not read (repeatable).")
@click.option("--probes", type=click.IntRange(10, 1_000_000), default=1000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the shares as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def memorised(
    corpus: Path,
    model: Path,
    unread: Path | None,
    skip: tuple[str, ...],
    probes: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Ask a model for 50-token continuations of its training text and count those that it recites."""
    from rtlgen.core.records import dump
    from rtlgen.report.recipes import grid
    from rtlgen.train.memorised import memorised as run

    talk = (lambda _: None) if quiet else (lambda text: click.echo(text, err=True))
    rows = run(corpus, model, unread=unread, skip=skip, probes=probes, seed=seed, talk=talk)
    if as_json:
        click.echo(dump("memorised", {"shares": [asdict(row) for row in rows]}))
        return
    head = ["text", "probes", "recited", "percent", "95 %", "bits/token", "repositories"]
    lines = [
        [
            row.kind,
            str(row.probes),
            str(row.recited),
            f"{row.percent:.2f}",
            f"{row.interval[0]:.2f} to {row.interval[1]:.2f}",
            f"{row.bits:.3f}",
            str(row.repositories),
        ]
        for row in rows
    ]
    click.echo(grid(head, lines))
