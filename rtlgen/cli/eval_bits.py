"""`rtlgen eval bits` and `rtlgen eval tokenizer`: how short the model, xz and 5-gram models make held-out text.

rtlgen eval bits --data dev.jsonl --corpus files.jsonl
rtlgen eval tokenizer --data dev.jsonl --corpus files.jsonl
"""

from __future__ import annotations

from pathlib import Path

import click

from rtlgen.cli.eval_options import JSON, QUIET, progress

_PATH = click.Path(path_type=Path)
_CODERS = ["model", "mixture", "mixture-near", "xz", "5-gram", "5-gram+repository"]


@click.command()
@click.option(
    "--data", type=_PATH, required=True, help="Held-out files.jsonl of `rtlgen datasets corpus build`."
)
@click.option(
    "--corpus", type=_PATH, help="Training text of the 5-gram models; without it they are left out."
)
@click.option("--out", type=_PATH, help="Folder of the rows; the same command goes on there.")
@click.option(
    "--coder",
    "coders",
    multiple=True,
    default=_CODERS,
    show_default=True,
    type=click.Choice(_CODERS),
    help="What is measured. Repeatable.",
)
@click.option("--repository", "repositories", multiple=True, help="Only this one. Repeatable.")
@click.option(
    "--share", type=click.IntRange(min=1), default=32_000, show_default=True, help="Bytes of each repository."
)
@click.option(
    "--segment", type=click.IntRange(min=1), default=2_500, show_default=True, help="Bytes of a segment."
)
@click.option("--limit", type=click.IntRange(min=1), help="At most N segments.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the sample and the intervals.")
@click.option("--model", help="Model folder of rtlgen's own kind. [default: the shipped one]")
@JSON
@QUIET
def bits(
    data: Path,
    corpus: Path | None,
    out: Path | None,
    coders: tuple[str, ...],
    repositories: tuple[str, ...],
    share: int,
    segment: int,
    limit: int | None,
    seed: int,
    model: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Bits per byte of held-out repositories: model, mixture, xz, 5-gram."""
    from rtlgen.core.records import dump
    from rtlgen.evaluate.bits import BitsConfig, evaluate
    from rtlgen.report.bits import as_text

    config = BitsConfig(
        data=data,
        corpus=corpus,
        out=out,
        coders=tuple(dict.fromkeys(coders)),
        repositories=repositories,
        share=share,
        size=segment,
        limit=limit,
        seed=seed,
        overrides={"model.path": model} if model else {},
    )
    report = evaluate(config, None if quiet else progress())
    click.echo(dump("eval bits", report.to_json()) if as_json else as_text(report))


@click.command()
@click.option(
    "--data", type=_PATH, required=True, help="Held-out files.jsonl of `rtlgen datasets corpus build`."
)
@click.option("--corpus", type=_PATH, required=True, help="files.jsonl that the vocabularies are trained on.")
@click.option(
    "--scheme",
    "schemes",
    multiple=True,
    default=["rtlgen", "gpt2", "code"],
    show_default=True,
    type=click.Choice(["rtlgen", "gpt2", "code"]),
    help="Rule of pieces. Repeatable.",
)
@click.option(
    "--vocabulary",
    "vocabularies",
    multiple=True,
    type=click.IntRange(min=300),
    default=[1024, 2048, 4096, 8192, 16384],
    show_default=True,
    help="Entries. Repeatable.",
)
@click.option(
    "--file", "files", type=_PATH, multiple=True, help="A tokenizer.json to measure as well. Repeatable."
)
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    default=8_000_000,
    show_default=True,
    help="Bytes of the corpus to train on.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of that sample.")
@JSON
@QUIET
def tokenizer(
    data: Path,
    corpus: Path,
    schemes: tuple[str, ...],
    vocabularies: tuple[int, ...],
    files: tuple[Path, ...],
    sample: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Bytes per token of our vocabulary and of GPT-2's and a code model's scheme, trained alike."""
    from rtlgen.core.records import dump
    from rtlgen.evaluate.tokenizers import study
    from rtlgen.report.bits import tokenizers_text

    report = study(
        data,
        corpus,
        schemes=schemes,
        vocabularies=vocabularies,
        files=files,
        sample=sample,
        seed=seed,
        talk=(lambda _: None) if quiet else (lambda line: click.echo(line, err=True)),
    )
    click.echo(dump("eval tokenizer", report.to_json()) if as_json else tokenizers_text(report))
