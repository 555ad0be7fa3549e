"""`rtlgen train audit`: parse, audit once, show what the adapter recites.

Try: ``rtlgen train audit`` in a repository that `rtlgen train` has adapted to
"""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("root", type=click.Path(path_type=Path), default=".")
@click.option("--model", help="The model folder that was adapted. [default: the one that ships]")
@click.option("--adapter", help="An adapter folder. [default: the one of the repository]")
@click.option(
    "--probes",
    type=click.IntRange(10, 100_000),
    default=500,
    show_default=True,
    help="Continuations of each kind.",
)
@click.option(
    "--literals",
    type=click.IntRange(0, 100_000),
    default=200,
    show_default=True,
    help="Literals, addresses and names at most.",
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--report", type=click.Path(path_type=Path), help="Write a Markdown report to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def audit(
    root: Path,
    model: str | None,
    adapter: str | None,
    probes: int,
    literals: int,
    seed: int,
    report: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Say what the adapter of the repository at ROOT can be made to recite of the files it learned from.

    \b
    Exit codes: 0 also when something is recited; 2 without an adapter; 3 a damaged one.
    """
    from rtlgen.core.project import project_root
    from rtlgen.core.records import dump
    from rtlgen.core.settings import load_settings
    from rtlgen.core.store import write_atomic
    from rtlgen.report import adaptation as show
    from rtlgen.train.audit import AuditConfig
    from rtlgen.train.audit import audit as run

    settings = load_settings(project_root(root), {"model.path": model, "model.adapter": adapter})
    found = run(
        root,
        settings,
        AuditConfig(probes, literals, seed),
        talk=(lambda _: None) if quiet else (lambda text: click.echo(text, err=True)),
    )
    if report is not None:
        write_atomic(report, show.audit_markdown(found))
    click.echo(dump("train audit", found) if as_json else show.audit_text(found))
