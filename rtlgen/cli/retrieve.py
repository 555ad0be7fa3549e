"""`rtlgen retrieve`: show what is retrieved for a place in a file, with score and reason.

Hits go to stdout, counts to stderr. The index is brought up to date first.

Try: ``rtlgen retrieve --file alu.v --line 20``
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rtlgen.core.records import Hit


@click.command("retrieve")
@click.argument("root", default=".", type=click.Path())
@click.option("--file", "file", required=True, help="The file, relative to ROOT.")
@click.option("--line", type=int, help="1-based line that would be completed; without it the file's end.")
@click.option("--k", type=click.IntRange(1, 1000), help="Hits at most. [default: retrieval.hits]")
@click.option(
    "--sources", metavar="A,B", help="Of graph, bm25, dense, continuation. [default: retrieval.sources]"
)
@click.option("-f", "filelists", multiple=True, metavar="LIST", help="A .f list that describes the build.")
@click.option("--lines", type=click.IntRange(0), default=4, help="Lines shown of a hit. [default: 4]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No counts and warnings on stderr.")
def retrieve(
    root: str,
    file: str,
    line: int | None,
    k: int | None,
    sources: str | None,
    filelists: tuple[str, ...],
    lines: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show what is retrieved for a place in a file of the project at ROOT."""
    from rtlgen.core.records import dump
    from rtlgen.retrieval.ask import retrieve_at

    def talk(message: str) -> None:
        if not quiet:
            click.echo(f"rtlgen: {message}", err=True)

    chosen = [item.strip() for item in sources.split(",") if item.strip()] if sources is not None else None
    answer = retrieve_at(root, file, line, k=k, sources=chosen, filelists=filelists, talk=talk)
    if as_json:
        click.echo(dump("retrieve", answer))
        return
    for number, hit in enumerate(answer.hits, 1):
        _print(number, hit, lines)
    if not quiet:
        stats = answer.index
        click.echo(
            f"{answer.path}:{answer.line}: {len(answer.hits)} hits by {', '.join(answer.sources)}"
            f" from {stats.files} files, {stats.chunks} chunks",
            err=True,
        )


def _print(number: int, hit: Hit, lines: int) -> None:
    """One hit: rank, score, place, reason, and its first lines that are not blank."""
    chunk = hit.chunk
    unit = f" of {chunk.module}" if chunk.module else ""
    click.echo(
        f"{number:>2}  {hit.score:.4f}  {chunk.path}:{chunk.start}-{chunk.end}  {chunk.kind}{unit}"
        f"  ({', '.join(hit.why)})"
    )
    shown = [row.rstrip() for row in chunk.text.split("\n") if row.strip()]
    for row in shown[:lines]:
        click.echo(f"      | {row[:110]}")
    if lines and len(shown) > lines:
        click.echo(f"      | ... {len(shown) - lines} more")
