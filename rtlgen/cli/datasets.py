"""`rtlgen datasets`: corpora from repositories."""

from __future__ import annotations

from pathlib import Path

import click

_path = click.Path(path_type=Path)


@click.group()
def datasets() -> None:
    """Build training corpora from repositories."""


@datasets.group()
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
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def build(
    repos: Path,
    git_root: Path,
    held_out: tuple[Path, ...],
    reference: tuple[Path, ...],
    out: Path,
    repository_mb: float,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Licence check, quality rules, near-duplicate removal, removal of everything near the held-out sets."""
    from rtlgen.core.records import dump
    from rtlgen.datasets.corpus import CorpusLimits, named_repositories
    from rtlgen.datasets.corpus import build as run

    report = run(
        named_repositories(repos, git_root),
        [found for listing in held_out for found in named_repositories(listing, git_root, needed=True)],
        list(reference),
        out,
        CorpusLimits(repository_bytes=int(repository_mb * 1e6), seed=seed),
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


@datasets.group()
def pairs() -> None:
    """Specifications with the modules they ask for."""


@pairs.command("build")
@click.option("--count", type=click.IntRange(1), default=1000, show_default=True, help="Pairs wanted.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--out", type=_path, required=True, help="JSONL file; its manifest is written beside it.")
@click.option("--family", multiple=True, help="Draw from this family only (repeatable).")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def build_pairs(
    count: int, seed: int, out: Path, family: tuple[str, ...], as_json: bool, quiet: bool
) -> None:
    """Draw designs, word their specifications, verify them by simulation, write them (continues a begun set)."""
    from rtlgen.core.records import dump
    from rtlgen.datasets.spec_pairs.build import PairsConfig
    from rtlgen.datasets.spec_pairs.build import build as run

    report = run(
        PairsConfig(count, out, seed, family),
        (lambda _: None) if quiet else (lambda text: click.echo(text, err=True)),
    )
    if as_json:
        click.echo(dump("pairs", report))
        return
    click.echo(
        f"{report.pairs} pairs of {len(report.families)} families, "
        f"{100 * report.verified_share:.2f} % of the designs verified: {out}"
    )
    for name, failures in sorted(report.failed.items()):
        click.echo(f"  failed {failures}: {name} ({report.reasons[name]})")
