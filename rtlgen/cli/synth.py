"""`rtlgen synth`: parse, run one session, show what came out.

Try: ``rtlgen synth examples/soc --top soc --recipe-search``
"""

from __future__ import annotations

import shlex
import sys
from typing import Any

import click


@click.command()
@click.argument("design", nargs=-1, metavar="[DESIGN]...")
@click.option("--top", help="Module to synthesise. [default: that of the project]")
@click.option("--filelist", "-f", "filelists", multiple=True, help="A .f list that describes the build.")
@click.option("--include", "-I", "include_dirs", multiple=True, help="An include folder.")
@click.option("--define", "-D", "defines", multiple=True, help="A macro: NAME or NAME=VALUE.")
@click.option("--param", "-P", "parameters", multiple=True, help="A parameter of the top: NAME=VALUE.")
@click.option(
    "--liberty", multiple=True, metavar="FILE", help="Cells of the target; several are merged in their order."
)
@click.option("--lut", type=int, metavar="K", help="Map to LUTs with K inputs instead of cells.")
@click.option("--recipe", metavar="SCRIPT", help="Show the figures of this recipe, e.g. 'resyn2; dch'.")
@click.option("--recipe-search", "search", is_flag=True, help="Look for a better recipe.")
@click.option("--strategy", help="How it is searched. [default: portfolio]")
@click.option("--budget", type=int, help="Recipes that are scored. [default: 100]")
@click.option("--objective", help="What is made smaller: product, area or delay. [default: product]")
@click.option("--max-delay", type=float, metavar="PS", help="Only circuits that are not slower.")
@click.option("--seed", type=int, help="Of the search. [default: 0]")
@click.option("--jobs", "-j", type=int, help="ABC processes at a time. [default: one for each core]")
@click.option("--length", type=int, help="Most commands of a recipe of the published actions. [default: 10]")
@click.option("--actions", help="published (the seven of the literature) or all. [default: all]")
@click.option("--timeout", type=float, help="Wall time of one command of ABC in seconds. [default: 60]")
@click.option("--out", metavar="DIR", help="Folder of the results. [default: in the store]")
@click.option("--no-memory", is_flag=True, help="Neither ask what earlier searches found nor add to it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def synth(design: tuple[str, ...], as_json: bool, quiet: bool, **given: Any) -> None:
    """Map DESIGN and show its figures; with --recipe-search find a better recipe, proven and replayed.

    DESIGN is the folder of a project, Verilog files, or one .aig, .blif, .bench or .pla file. The target is a small
    generic cell library unless --liberty or --lut names another. A search that was killed goes on when the same command
    is given again; Ctrl-C hands back the best so far.

    \b
    Exit codes: 0 ok, 1 the design failed or no better recipe could be verified, 2 usage, 3 a tool is missing,
    4 a limit, 130 interrupted.
    """
    from rtlgen.report import plots
    from rtlgen.report import synthesis as show
    from rtlgen.synth.session import run

    progress = None if quiet else show.Progress()
    try:
        result = run(_config(design, given), progress, plots.write)
    finally:
        if progress is not None:
            progress.end()
    click.echo(show.as_json(result) if as_json else show.as_text(result))
    sys.exit(result.exit_code)


def _config(design: tuple[str, ...], given: dict[str, Any]) -> Any:
    """The frozen configuration of the options."""
    from rtlgen.synth.request import Config

    names = {
        "liberty": "liberty",
        "lut": "lut",
        "strategy": "strategy",
        "budget": "budget",
        "objective": "objective",
        "max_delay": "max_delay",
        "seed": "seed",
        "jobs": "jobs",
        "length": "length",
        "actions": "actions",
        "timeout_s": "timeout",
    }
    values = {key: given.pop(name) for key, name in names.items()}
    values["liberty"] = list(values["liberty"]) or None
    values["memory"] = False if given.pop("no_memory") else None
    overrides = tuple((f"synth.{key}", value) for key, value in values.items())
    command = shlex.join(["rtlgen", *sys.argv[1:]])
    return Config(design=design or (".",), overrides=overrides, command=command, **given)
