"""`rtlgen memory`: what earlier recipe searches found, and what a circuit is like.

Try: ``rtlgen memory list``
"""

from __future__ import annotations

from pathlib import Path

import click

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_ROOT = click.option(
    "--root", default=".", type=click.Path(path_type=Path), help="The project whose store it is. [default: .]"
)


@click.group()
def memory() -> None:
    """Circuits that recipe searches have seen, with their best recipes: list, compare, forget.

    Every search adds to the store of its project, unless it was told --no-memory. Some entries ship with rtlgen.
    """


@memory.command("list")
@_ROOT
@click.option("--local", is_flag=True, help="Only what this project's searches found.")
@_JSON
def list_entries(root: Path, local: bool, as_json: bool) -> None:
    """Show the known circuits with the best recipe of each."""
    from rtlgen.core.records import dump
    from rtlgen.report import memory as show
    from rtlgen.synth.memory import of_project

    entries = of_project(root).entries()
    chosen = tuple(entry for entry in entries if not local or entry.origin == "local")
    click.echo(dump("memory", {"entries": chosen}) if as_json else show.entries(chosen))


@memory.command()
@click.argument("design", nargs=-1, required=True)
@click.option("--top", help="Module of a Verilog project. [default: that of the project]")
@click.option("--liberty", multiple=True, metavar="FILE", help="Cells of the target (repeatable).")
@click.option("--lut", type=int, metavar="K", help="LUTs with K inputs as the target.")
@click.option(
    "-k", "count", type=click.IntRange(1, 100), default=5, show_default=True, help="Circuits to show."
)
@_JSON
def near(
    design: tuple[str, ...],
    top: str | None,
    liberty: tuple[str, ...],
    lut: int | None,
    count: int,
    as_json: bool,
) -> None:
    """Show the known circuits most like DESIGN: distance, where from, and their best recipes.

    DESIGN is what `rtlgen synth` takes. Circuits searched for the same target come first.
    """
    from rtlgen.core.records import dump
    from rtlgen.report import memory as show
    from rtlgen.synth.nearby import Question, nearby

    answer = nearby(Question(design, top, liberty, lut, count))
    click.echo(dump("memory near", answer) if as_json else show.neighbours(answer))


@memory.command()
@click.argument("names", nargs=-1)
@click.option("--keep", type=click.IntRange(0), metavar="N", help="Forget all but the N last searched.")
@_ROOT
@_JSON
def prune(names: tuple[str, ...], keep: int | None, root: Path, as_json: bool) -> None:
    """Forget the circuits called NAMES, or all but the N last searched. What ships with rtlgen stays."""
    from rtlgen.core.records import dump
    from rtlgen.synth.memory import of_project

    gone = of_project(root).forget(names, keep)
    click.echo(dump("memory prune", {"forgotten": gone}) if as_json else f"forgotten: {gone}")
