"""`rtlgen index`: bring the retrieval index up to date, show it, and choose its libraries.

Figures and JSON go to stdout, warnings to stderr. Without a subcommand the index of ROOT is updated.

Try: ``rtlgen index && rtlgen index show``
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rtlgen.retrieval.ask import IndexReport
    from rtlgen.retrieval.libraries import Library


class UpdateByDefault(click.Group):
    """A group where ``rtlgen index [ROOT] [OPTIONS]`` means ``rtlgen index update [ROOT] [OPTIONS]``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `update` in front unless a subcommand or help is asked for."""
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = ["update", *args]
        return super().parse_args(ctx, args)


_ROOT = click.option("--root", default=".", type=click.Path(), help="The project. [default: .]")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group("index", cls=UpdateByDefault)
def index() -> None:
    """Build, update or show the retrieval index of a repository.

    `rtlgen index ROOT` is short for `rtlgen index update ROOT`.
    """


@index.command("update")
@click.argument("root", default=".", type=click.Path())
@click.option("-f", "filelists", multiple=True, metavar="LIST", help="A .f list that describes the build.")
@click.option("--rebuild", is_flag=True, help="Forget what is stored and read every file.")
@_JSON
@click.option("-q", "--quiet", is_flag=True, help="No warnings on stderr.")
def update(root: str, filelists: tuple[str, ...], rebuild: bool, as_json: bool, quiet: bool) -> None:
    """Bring the index of ROOT and of its libraries up to date: only changed files are read anew."""
    from rtlgen.core.records import dump
    from rtlgen.retrieval.ask import update_index

    def talk(message: str) -> None:
        if not quiet:
            click.echo(f"rtlgen: {message}", err=True)

    report = update_index(root, rebuild=rebuild, filelists=filelists, talk=talk)
    if as_json:
        click.echo(dump("index", report))
    else:
        _print(report)
    if not report.stats.files:
        talk(f"{root} holds no Verilog files: rtlgen files --skipped {root} says what was left out")
    for path, reason in report.stats.skipped:
        talk(f"{path} is left out: {reason}")


def _print(report: IndexReport, name: str = "") -> None:
    """What the update did, in two lines per repository."""
    stats = report.stats
    if name:
        click.echo(f"library {name}")
    if stats.note:
        click.echo(f"built anew: {stats.note}")
    click.echo(f"{stats.added} added, {stats.changed} changed, {stats.removed} removed, {stats.kept} kept")
    click.echo(
        f"{stats.files} files, {stats.lines} lines, {stats.chunks} chunks, {stats.modules} modules"
        f" in {report.folder} ({stats.seconds:.2f} s)"
    )
    for library in report.libraries:
        _print(library, library.root)


@index.command("show")
@click.argument("root", default=".", type=click.Path())
@_JSON
def show(root: str, as_json: bool) -> None:
    """Print what the index of ROOT holds, without bringing it up to date."""
    from rtlgen.core.records import dump
    from rtlgen.retrieval.ask import index_content

    content = index_content(root)
    if as_json:
        click.echo(dump("index.show", content))
        return
    click.echo(content.folder)
    if content.recipe is None:
        state = f"the stored index {content.problem}" if content.problem else "nothing is indexed yet"
        click.echo(f"{state}: rtlgen index {root}")
    else:
        recipe = content.recipe
        click.echo(
            f"{content.files} files, {content.lines} lines, {content.chunks} chunks, {content.modules} modules,"
            f" {content.words} words, {content.bytes / 1e6:.1f} MB"
        )
        click.echo(
            f"windows of {recipe.window_lines} lines sharing {recipe.window_overlap}, items up to"
            f" {recipe.item_max_lines} lines; vectors: {', '.join(content.vectors) or 'none'}"
        )
    _list(content.libraries)


@index.command("add")
@click.argument("path", type=click.Path())
@_ROOT
@_JSON
def add(path: str, root: str, as_json: bool) -> None:
    """Retrieve from the repository at PATH, too; the project's own files rank first."""
    from rtlgen.core.project import project_root
    from rtlgen.core.settings import load_settings
    from rtlgen.retrieval.libraries import add_library

    folder = project_root(root)
    _show(add_library(folder, load_settings(folder), path), as_json)


@index.command("remove")
@click.argument("path", type=click.Path())
@_ROOT
@_JSON
def remove(path: str, root: str, as_json: bool) -> None:
    """Stop retrieving from the repository at PATH. Its own index stays."""
    from rtlgen.core.project import project_root
    from rtlgen.core.settings import load_settings
    from rtlgen.retrieval.libraries import remove_library

    folder = project_root(root)
    _show(remove_library(folder, load_settings(folder), path), as_json)


@index.command("libs")
@_ROOT
@_JSON
def libs(root: str, as_json: bool) -> None:
    """List the libraries of the project and what named them."""
    from rtlgen.core.project import project_root
    from rtlgen.core.settings import load_settings
    from rtlgen.retrieval.libraries import libraries_of

    folder = project_root(root)
    _show(libraries_of(folder, load_settings(folder)), as_json)


def _show(libraries: Sequence[Library], as_json: bool) -> None:
    from rtlgen.core.records import dump

    if as_json:
        click.echo(dump("index.libs", list(libraries)))
    elif libraries:
        _list(libraries)
    else:
        click.echo("no libraries: rtlgen index add PATH")


def _list(libraries: Sequence[Library]) -> None:
    for library in libraries:
        missing = "" if library.present else "  (missing)"
        click.echo(f"library {library.path}  {library.origin}{missing}")
