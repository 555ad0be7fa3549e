"""`rtlgen bench recipes`: every search strategy on the same circuits, at the same budget.

rtlgen bench recipes --circuits DIR --liberty cells.lib.gz --budget 100 --seeds 5 --strategies random,anneal,portfolio
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rtlgen.evaluate.recipes import Progress
    from rtlgen.evaluate.recipes_records import SearchRecord
    from rtlgen.synth.library import Library

FILE = click.Path(path_type=Path)


@click.command("recipes")
@click.option(
    "--circuits", type=FILE, multiple=True, required=True, metavar="DIR|FILE", help="Circuits (repeatable)."
)
@click.option("--budget", type=int, default=100, show_default=True, help="Scored recipes of one search.")
@click.option("--seeds", type=int, default=5, show_default=True, help="Searches a circuit and strategy.")
@click.option(
    "--strategies",
    metavar="A,B,...",
    help="Names; NAME:wide may use every command; deepsyn is ABC's own, by time. [default: all]",
)
@click.option(
    "--liberty", type=FILE, multiple=True, help="Cell library (repeatable). [default: rtlgen's own]"
)
@click.option("--lut", type=int, metavar="K", help="Map to LUTs of K inputs instead.")
@click.option(
    "--actions",
    type=click.Choice(["published", "all"]),
    default="published",
    show_default=True,
    help="The seven published ones, or every allowed command for all strategies.",
)
@click.option("--length", type=int, default=10, show_default=True, help="Most steps of a published recipe.")
@click.option(
    "--objective",
    type=click.Choice(["product", "area", "delay"]),
    default="product",
    show_default=True,
    help="What is made smaller.",
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="ABC processes.")
@click.option("--cold", is_flag=True, help="Each search begins with nothing known: its wall time is its own.")
@click.option("--out", type=FILE, help="Folder of journal, tables, plot. [default: .rtlgen/bench/recipes]")
@click.option("--all", "every", is_flag=True, help="Print all pairs of strategies.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def recipes(
    circuits: tuple[Path, ...],
    budget: int,
    seeds: int,
    strategies: str | None,
    liberty: tuple[Path, ...],
    lut: int | None,
    actions: str,
    length: int,
    objective: str,
    jobs: int,
    cold: bool,
    out: Path | None,
    every: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Which strategy finds the better recipe?

    Every strategy searches every circuit with every seed. Searches are saved as they end: the same command goes on where
    it was stopped, and repeats those whose strategy has changed since.
    """
    from rtlgen.core.records import dump
    from rtlgen.evaluate.recipes import FOLDER, Config, compare
    from rtlgen.evaluate.recipes_runs import Protocol
    from rtlgen.evaluate.recipes_statistics import statistics
    from rtlgen.report.recipes import as_text
    from rtlgen.report.recipes_files import write
    from rtlgen.synth.qor import Objective

    names = _names(strategies, wide=actions == "all")
    folder = out if out is not None else FOLDER
    protocol = Protocol(_target(liberty, lut), budget, length, Objective(objective), jobs=jobs, cold=cold)
    config = Config(circuits, names, protocol, seeds, folder)
    run = compare(config, None if quiet else _progress())
    found = statistics(run)
    written = write(run, found, folder)
    click.echo(
        dump("bench recipes", {"run": run, "statistics": found})
        if as_json
        else as_text(run, found, every=every)
    )
    if not quiet:
        click.echo(f"written: {', '.join(str(path) for path in written)}", err=True)


def _names(text: str | None, *, wide: bool) -> tuple[str, ...]:
    """The strategies that are named, each once."""
    from rtlgen.evaluate.recipes_deepsyn import NAME
    from rtlgen.evaluate.recipes_records import WIDE
    from rtlgen.synth.search import STRATEGIES

    names = (
        [name.strip() for name in text.split(",") if name.strip()] if text is not None else list(STRATEGIES)
    )
    if wide:
        names = [name if name.endswith(WIDE) or name == NAME else name + WIDE for name in names]
    return tuple(dict.fromkeys(names))


def _target(liberty: tuple[Path, ...], lut: int | None) -> Library:
    from rtlgen.core.scratch import scratch
    from rtlgen.synth.library import library

    if liberty or lut is not None:
        return library(liberty, lut)
    from rtlgen.synth.generic import generic_library

    return generic_library(click.get_current_context().with_resource(scratch()))


def _progress() -> Progress:
    """A line on stderr for every search."""
    from rtlgen.report.recipes import progress_line

    def show(record: SearchRecord, done: int, wanted: int) -> None:
        click.echo(progress_line(record, done, wanted), err=True)

    return show
