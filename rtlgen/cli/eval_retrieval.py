"""`rtlgen eval retrieval`: which share of the names a place needs is retrieved, by condition.

rtlgen eval retrieval --data dev.jsonl --factor splitter
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rtlgen.cli.eval_options import JSON, QUIET, model_options, model_overrides, progress
from rtlgen.evaluate.retrieval_study_conditions import FACTORS


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="RTL-Repo records.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of rows and report.")
@click.option("--limit", type=click.IntRange(min=1), default=300, show_default=True, help="Places.")
@click.option(
    "--factor", "factors", multiple=True, type=click.Choice(FACTORS), help="Only conditions of this factor."
)
@click.option("--only", multiple=True, metavar="CONDITION", help="This condition, too (repeatable).")
@click.option("--embedder", "embedders", multiple=True, metavar="DIR", help="Compare this embedder, too.")
@click.option(
    "--best",
    multiple=True,
    metavar="NAME=VALUE",
    help="Settings of retrieval that make the condition 'best'.",
)
@click.option("--own-gap", type=click.IntRange(min=0), help="Lines of 'own text' for 'best'.")
@click.option("--bits", type=click.IntRange(min=0), default=0, show_default=True, help="Places to score.")
@click.option("--match", type=click.IntRange(min=0), default=0, show_default=True, help="Places to complete.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the bootstrap intervals.")
@model_options
@JSON
@QUIET
def retrieval(
    data: Path,
    out: Path | None,
    limit: int,
    factors: tuple[str, ...],
    only: tuple[str, ...],
    embedders: tuple[str, ...],
    best: tuple[str, ...],
    own_gap: int | None,
    bits: int,
    match: int,
    seed: int,
    as_json: bool,
    quiet: bool,
    **models: Any,
) -> None:
    """Measure what retrieval brings: recall of needed names in the packed context, bits, exact match.

    Every condition differs from the default in one factor. Rows are kept: the same command goes on where it stopped.
    """
    from rtlgen.core.records import dump
    from rtlgen.evaluate.retrieval_study import StudyConfig, study
    from rtlgen.evaluate.retrieval_study_conditions import chosen, combined, table
    from rtlgen.evaluate.retrieval_study_report import table as as_text

    conditions = table(embedders)
    if best or own_gap is not None:
        conditions = (*conditions, combined(best, own_gap))
        only = (*only, "best") if only or factors else ()
    config = StudyConfig(
        data=data,
        conditions=chosen(conditions, factors, only),
        out=out,
        limit=limit,
        bits=bits,
        match=match,
        overrides=tuple(sorted(model_overrides(models).items())),
        seed=seed,
    )
    report = study(config, None if quiet else progress())
    click.echo(dump("eval retrieval", report.to_json()) if as_json else as_text(report))
