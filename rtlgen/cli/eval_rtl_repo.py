"""`rtlgen eval rtl-repo`: predict next lines in repositories, and score them; `build` makes the records.

rtlgen eval rtl-repo --data dev.jsonl --predictor copy
rtlgen eval rtl-repo build path/to/repo --out dev.jsonl
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rtlgen.cli.eval_options import JSON, QUIET, model_options, model_overrides, progress

if TYPE_CHECKING:
    from rtlgen.datasets.rtl_repo import BuildReport


@click.group("rtl-repo", invoke_without_command=True)
@click.option("--data", type=click.Path(path_type=Path), help="RTL-Repo records: .jsonl or .parquet.")
@click.option(
    "--samples",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Score saved predictions instead: ours (with --data), or {generated, label} lines. Repeatable.",
)
@click.option(
    "--predictor",
    "predictors",
    multiple=True,
    default=("pipeline",),
    show_default=True,
    type=click.Choice(["pipeline", "model", "copy"]),
    help="What predicts. Repeatable: the first is compared with the others.",
)
@click.option(
    "--ablate",
    multiple=True,
    type=click.Choice(["none", "copy", "bm25", "dense", "graph", "continuation"]),
    help="One more run of the pipeline without this source. Repeatable.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), help="Only N records, drawn as the protocol shuffles them."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of predictions and report.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the bootstrap intervals.")
@model_options
@click.option(
    "--protocol", type=click.Choice(["rtl-repo"]), help="Raw prompt and sampling of RTL-Repo's code."
)
@click.option(
    "--check",
    "in_place",
    type=click.IntRange(min=1),
    help="Also complete the first N of the records with the static check, in their files, and count what it says.",
)
@JSON
@QUIET
@click.pass_context
def rtl_repo(
    context: click.Context,
    /,
    data: Path | None,
    samples: tuple[Path, ...],
    predictors: tuple[str, ...],
    ablate: tuple[str, ...],
    limit: int | None,
    out: Path | None,
    jobs: int,
    seed: int,
    protocol: str | None,
    in_place: int | None,
    as_json: bool,
    quiet: bool,
    **models: Any,
) -> None:
    """Predict the next line of files from their repositories, and score it.

    Predictions are saved as they are made: the same command goes on where it was stopped.
    """
    if context.invoked_subcommand is not None:
        return
    from rtlgen.core.records import dump
    from rtlgen.evaluate.predictors import runs_of
    from rtlgen.evaluate.rtl_repo import Config, evaluate
    from rtlgen.evaluate.rtl_repo_report import table

    config = Config(
        data=data,
        samples=samples,
        predictors=runs_of(predictors, ablate, protocol, model_overrides(models)),
        out=out,
        limit=limit,
        jobs=jobs,
        seed=seed,
        check=in_place,
        overrides=model_overrides(models),
    )
    report = evaluate(config, None if quiet else progress())
    click.echo(dump("eval rtl-repo", report.to_json()) if as_json else table(report))


@rtl_repo.command("build")
@click.argument("repositories", metavar="REPO...", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The .jsonl file to write.")
@click.option(
    "--lines", type=click.IntRange(min=1), help="Records in all, shared evenly. [default: 4 a unit]"
)
@click.option("--per-repository", type=click.IntRange(min=1), help="At most N records of one repository.")
@click.option("--like-published", is_flag=True, help="Only lines as in RTL-Repo's published labels.")
@click.option(
    "--apart-from",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Take no near-duplicate of a file in this .jsonl. Repeatable.",
)
@click.option("--test-share", type=float, help="Split by repository into OUT.train.jsonl and OUT.test.jsonl.")
@click.option("--seed", type=int, default=2003, show_default=True, help="Of the choice of lines.")
@JSON
@QUIET
def build_command(
    repositories: tuple[str, ...],
    out: Path,
    lines: int | None,
    per_repository: int | None,
    like_published: bool,
    apart_from: tuple[Path, ...],
    test_share: float | None,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make a file of records from work trees or git folders (or NAME=PATH)."""
    from rtlgen.core.records import dump
    from rtlgen.datasets.rtl_repo import build

    report = build(
        repositories,
        out,
        lines=lines,
        per_repository=per_repository,
        only_like_published=like_published,
        apart_from=apart_from,
        test_share=test_share,
        seed=seed,
    )
    if as_json:
        click.echo(dump("eval rtl-repo build", report))
        return
    _show_build(report, quiet)


def _show_build(report: BuildReport, quiet: bool) -> None:
    for name, count in report.files.items():
        click.echo(f"{name}\t{count}")
    if quiet:
        return
    for row in report.repositories:
        left_out = ", ".join(f"{count} {reason}" for reason, count in row["left_out"].items()) or "nothing"
        click.echo(
            f"{row['name']}: {row['records']} lines of {row['files_with_records']} files, "
            f"{row['files']} Verilog files in {len(row['units'])} units; left out: {left_out}",
            err=True,
        )
