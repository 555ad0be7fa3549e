"""`rtlgen datasets`: corpora from repositories."""

from __future__ import annotations

from pathlib import Path

import click

from rtlgen.cli.datasets_corpus import corpus

_path = click.Path(path_type=Path)


@click.group()
def datasets() -> None:
    """Build training corpora from repositories."""


datasets.add_command(corpus)


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


@pairs.command("extract")
@click.option("--corpus", "corpus_file", type=_path, required=True, help="files.jsonl of `corpus build`.")
@click.option("--out", type=_path, required=True, help="JSONL file for the pairs.")
@click.option(
    "--lines", type=click.IntRange(3), default=60, show_default=True, help="Longest module, in lines."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def extract_pairs(corpus_file: Path, out: Path, lines: int, as_json: bool, quiet: bool) -> None:
    """Short modules with a comment that says what they do, as far as they compile alone."""
    from rtlgen.core.records import dump
    from rtlgen.datasets.spec_pairs.commented import ExtractConfig, extract

    report = extract(
        ExtractConfig(corpus_file, out, lines),
        (lambda _: None) if quiet else (lambda text: click.echo(text, err=True)),
    )
    if as_json:
        click.echo(dump("commented pairs", report))
        return
    click.echo(f"{report.pairs} pairs from {report.modules} modules: {out}")
    for reason, count in sorted(report.left_out.items(), key=lambda item: -item[1]):
        click.echo(f"  left out {count}: {reason}")
