"""`rtlgen train agent`: parse, train, print the figures.

Try: ``rtlgen train agent --help``
"""

from __future__ import annotations

import json
from pathlib import Path

import click

_path = click.Path(path_type=Path)


@click.command()
@click.option("--circuits", type=_path, required=True, help="Folder with .aig, .blif, .bench or .pla files.")
@click.option("--out", type=_path, required=True, help="Run folder; an existing one is resumed.")
@click.option("--liberty", type=_path, multiple=True, help="Cells of the target, merged in their order.")
@click.option("--lut", type=int, metavar="K", help="Map to LUTs with K inputs instead of cells.")
@click.option("--only", multiple=True, metavar="NAME", help="Take only this circuit (repeatable).")
@click.option(
    "--published",
    is_flag=True,
    help="Take the circuits of the published training split, of those in the folder.",
)
@click.option(
    "--validation", multiple=True, metavar="NAME", help="Leave this circuit out and judge on it (repeatable)."
)
@click.option("--records", type=int, default=100, show_default=True, help="Random recipes of each circuit.")
@click.option(
    "--cones", type=int, default=14, show_default=True, help="Cones of each circuit to learn from, too."
)
@click.option("--cone-records", type=int, default=25, show_default=True, help="Random recipes of each cone.")
@click.option("--rounds", type=int, default=0, show_default=True, help="Rounds of self-play.")
@click.option("--members", type=int, default=2, show_default=True, help="Networks that are averaged.")
@click.option("--steps", type=int, default=300, show_default=True, help="Optimiser steps of each network.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def agent(
    circuits: Path,
    out: Path,
    liberty: tuple[Path, ...],
    lut: int | None,
    only: tuple[str, ...],
    published: bool,
    validation: tuple[str, ...],
    records: int,
    cones: int,
    cone_records: int,
    rounds: int,
    members: int,
    steps: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train the agent of recipe search: random records, a fit, self-play. The agent ends up in OUT/agent.

    Circuits that comparisons are made on are refused. The target is that of the shipped agent's kind: cells, or LUTs.
    """
    from rtlgen.core.records import dump
    from rtlgen.synth.library import library
    from rtlgen.train.agent import AgentConfig, train
    from rtlgen.train.agent_fit import FitConfig

    config = AgentConfig(
        circuits=circuits,
        out=out,
        only=only,
        published=published,
        validation=validation,
        records=records,
        cones=cones,
        cone_records=cone_records,
        members=members,
        rounds=rounds,
        seed=seed,
        fit=FitConfig(steps=steps, seed=seed),
    )
    talk = (lambda _: None) if quiet else (lambda text: click.echo(text, err=True))
    figures = train(config, library(liberty, lut), talk)
    click.echo(dump("agent", figures) if as_json else json.dumps(figures))
