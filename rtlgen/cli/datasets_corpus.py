"""`rtlgen datasets corpus`: build training text from repositories, report on it, audit it against benchmarks.

rtlgen datasets corpus build --repos train.json --git-root mirror --held-out dev.json --out corpus
rtlgen datasets corpus report --corpus corpus
rtlgen datasets corpus audit --corpus corpus/files.jsonl --against verilog-eval
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

_path = click.Path(path_type=Path)
_json = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
_quiet = click.option("-q", "--quiet", is_flag=True, help="No progress.")


@click.group()
def corpus() -> None:
    """Permissive, deduplicated Verilog text."""


@corpus.command()
@click.option("--repos", type=_path, required=True, help="JSON list of repositories that may be trained on.")
@click.option("--git-root", type=_path, required=True, help="Folder that holds them as owner+name.")
@click.option(
    "--held-out",
    type=_path,
    multiple=True,
    help="JSON list of held-out repositories, below the same folder (repeatable).",
)
@click.option(
    "--reference", type=_path, multiple=True, help="Folder of further held-out Verilog (repeatable)."
)
@click.option("--out", type=_path, required=True, help="Folder for files.jsonl and manifest.json.")
@click.option(
    "--repository-mb", type=float, default=3.0, show_default=True, help="Most text of one repository."
)
@click.option(
    "--own", is_flag=True, help="The repositories are your own: take files whatever licence they state."
)
@click.option("--seed", type=int, default=1, show_default=True)
@_json
@_quiet
def build(
    repos: Path,
    git_root: Path,
    held_out: tuple[Path, ...],
    reference: tuple[Path, ...],
    out: Path,
    repository_mb: float,
    own: bool,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Licence check, quality rules, near-duplicate removal, removal of everything near the held-out sets."""
    from rtlgen.core.records import dump
    from rtlgen.datasets.corpus import absent_repositories, named_repositories
    from rtlgen.datasets.corpus import build as run
    from rtlgen.datasets.corpus_files import CorpusLimits

    absent = absent_repositories(repos, git_root)
    if absent and not quiet:
        click.echo(f"{len(absent)} of the list are not there: {', '.join(absent)}", err=True)
    report = run(
        named_repositories(repos, git_root),
        [found for listing in held_out for found in named_repositories(listing, git_root, needed=True)],
        list(reference),
        out,
        CorpusLimits(repository_bytes=int(repository_mb * 1e6), seed=seed, own=own),
        (lambda _: None) if quiet else (lambda text: click.echo(text, err=True)),
    )
    if as_json:
        click.echo(dump("corpus", report))
    else:
        click.echo(
            f"{report.files} files, {report.bytes / 1e6:.1f} MB from {len(report.repositories)} repositories: {out}"
        )
        for reason, count in report.removed.most_common():
            click.echo(f"  removed {count}: {reason}")


@corpus.command("report")
@click.option("--corpus", "folder", type=_path, required=True, help="Folder that `build` wrote.")
@_json
def report_command(folder: Path, as_json: bool) -> None:
    """What a corpus consists of, as Markdown: repositories, licences, kinds, sizes, weights, removals."""
    from rtlgen.core.records import dump
    from rtlgen.datasets.corpus_report import report
    from rtlgen.report.corpus import report_markdown

    found = report(folder)
    click.echo(dump("corpus-report", found) if as_json else report_markdown(found))


@corpus.command("audit")
@click.option("--corpus", "rows", type=_path, required=True, help="files.jsonl of a corpus.")
@click.option(
    "--against",
    multiple=True,
    help="Benchmark: a .jsonl, .json, .parquet, .txt or Verilog file, a folder of them, or a git directory"
    " (repeatable).",
)
@click.option(
    "--held-out",
    type=_path,
    multiple=True,
    help="JSON list of held-out repositories below --git-root (repeatable).",
)
@click.option("--git-root", type=_path, help="Folder that holds them as owner+name.")
@click.option("--jaccard", type=float, default=0.4, show_default=True, help="Similarity that is too much.")
@click.option(
    "--contained",
    type=float,
    default=0.8,
    show_default=True,
    help="Share of the smaller text that is too much.",
)
@click.option(
    "--runs",
    type=int,
    default=1,
    show_default=True,
    help="Runs of ten equal lines of code that are too many; 0 for any.",
)
@click.option(
    "--worst", type=click.IntRange(0), default=10, show_default=True, help="Nearest pairs shown of each set."
)
@click.option("--journal", type=_path, help="Folder of finished parts; the same command goes on there.")
@_json
@_quiet
def audit_command(
    rows: Path,
    against: tuple[str, ...],
    held_out: tuple[Path, ...],
    git_root: Path | None,
    jaccard: float,
    contained: float,
    runs: int,
    worst: int,
    journal: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """What a corpus has in common with benchmarks; exit code 1 when a pair is above a threshold."""
    from rtlgen.core.errors import UsageError
    from rtlgen.core.records import dump
    from rtlgen.datasets.audit import audit
    from rtlgen.datasets.corpus import named_repositories
    from rtlgen.datasets.overlap import Thresholds
    from rtlgen.report.corpus import audit_text

    if held_out and git_root is None:
        raise UsageError("--held-out needs --git-root", hint="give the folder that holds them as owner+name")
    sets: list[tuple[str, list[str]]] = [(Path(one).name, [one]) for one in against]
    for listing in held_out:
        found = named_repositories(listing, git_root or Path(), needed=True)
        sets.append((listing.stem, [f"{one.name}={one.path}" for one in found]))
    report = audit(
        rows,
        sets,
        Thresholds(jaccard=jaccard, contained=contained, runs=runs),
        worst=worst,
        journal=journal,
        talk=(lambda _: None) if quiet else (lambda text: click.echo(text, err=True)),
    )
    click.echo(dump("corpus-audit", report) if as_json else audit_text(report))
    if not report.clean:
        sys.exit(1)
