"""`rtlgen train sweep`: sizes compared at equal tokens."""

from __future__ import annotations

from pathlib import Path

import click

_path = click.Path(path_type=Path)


@click.command()
@click.option("--corpus", type=_path, required=True, help="files.jsonl of `rtlgen datasets corpus build`.")
@click.option("--validation", type=_path, required=True, help="A second corpus file, never trained on.")
@click.option("--out", type=_path, required=True, help="Folder of the runs; sizes that are done are kept.")
@click.option(
    "--size", "sizes", multiple=True, required=True, help="WIDTHxLAYERS[-vVOCABULARY][-lLENGTH] (repeatable)."
)
@click.option("--max-tokens", type=int, required=True, help="Tokens of each run.")
@click.option("--skip", multiple=True, help="Repository of the corpus to leave out (repeatable).")
@click.option("--batch", type=int, default=6, show_default=True, help="Sequences of 768 tokens a step.")
@click.option("--threads", type=int, default=1, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def sweep(
    corpus: Path,
    validation: Path,
    out: Path,
    sizes: tuple[str, ...],
    max_tokens: int,
    skip: tuple[str, ...],
    batch: int,
    threads: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train models of several sizes on the same tokens and compare what they know and cost."""
    from rtlgen.core.records import dump
    from rtlgen.report.recipes import grid
    from rtlgen.train.packing import PackingConfig
    from rtlgen.train.pretrain import PretrainConfig
    from rtlgen.train.sweep import parse_size
    from rtlgen.train.sweep import sweep as run

    config = PretrainConfig(
        batch=batch,
        max_minutes=10_000.0,
        max_tokens=max_tokens,
        threads=threads,
        seed=seed,
        packing=PackingConfig(length=768, seed=seed),
    )
    rows = run(
        corpus,
        validation,
        out,
        [parse_size(text) for text in sizes],
        config,
        skip=skip,
        talk=(lambda _: None) if quiet else (lambda text: click.echo(text, err=True)),
    )
    if as_json:
        click.echo(dump("sweep", {"rows": rows}))
        return
    head = [
        "width",
        "layers",
        "vocabulary",
        "length",
        "parameters",
        "tokens",
        "bits/byte",
        "processor s",
        "ms/token",
    ]
    keys = [*head[:6], "bits_per_byte", "processor_seconds", "decode_ms"]
    click.echo(grid(head, [[str(row[key]) for key in keys] for row in rows]))
