"""`rtlgen files`: print the resolved build, and why each file is in it.

The table and the JSON go to stdout, notes and counts to stderr. It reads no file beyond its first look.

Try: ``rtlgen files --flat > build.f``
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rtlgen.core.project import Project


@click.command("files")
@click.argument("root", default=".", type=click.Path())
@click.option(
    "-f", "filelists", multiple=True, metavar="LIST", help="Read this .f list (entries relative to ROOT)."
)
@click.option(
    "-F", "own_base", multiple=True, metavar="LIST", help="Read this .f list (entries relative to it)."
)
@click.option("--top", metavar="NAME", help="Top module of the build.")
@click.option("--flat", is_flag=True, help="Write one flat .f list that other tools read.")
@click.option("--absolute", is_flag=True, help="With --flat: absolute paths.")
@click.option("--skipped", is_flag=True, help="List what was left out, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No notes on stderr.")
def files(
    root: str,
    filelists: tuple[str, ...],
    own_base: tuple[str, ...],
    top: str | None,
    flat: bool,
    absolute: bool,
    skipped: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Print the resolved build of ROOT: files, include folders, defines, top."""
    from rtlgen.core.errors import UsageError
    from rtlgen.core.flat import flat_list, missing_from_flat
    from rtlgen.core.project import load_project
    from rtlgen.core.records import dump

    if flat and as_json:
        raise UsageError("--flat and --json exclude each other", hint="give one of them")
    if absolute and not flat:
        raise UsageError("--absolute only has a meaning with --flat", hint="rtlgen files --flat --absolute")
    project = load_project(root, filelists=[*filelists, *(f"-F {item}" for item in own_base)], top=top)
    if as_json:
        click.echo(dump("files", project))
    elif flat:
        click.echo(flat_list(project, absolute=absolute), nl=False)
    else:
        _table(project, with_skipped=skipped)
    if quiet:
        return
    for note in project.notes:
        click.echo(f"note: {note}", err=True)
    quoted = missing_from_flat(project) if flat else []
    if quoted:
        click.echo(
            f"note: {len(quoted)} names need quotes, which iverilog does not read: {quoted[0]}", err=True
        )
    left_out = f"; {len(project.skipped)} left out" + ("" if skipped else " (--skipped lists them)")
    click.echo(
        f"{len(project.files)} files from {project.origin}" + (left_out if project.skipped else ""), err=True
    )


def _table(project: Project, *, with_skipped: bool) -> None:
    """One line per file, then what else the build says."""
    width = max((len(file.path) for file in project.files), default=0)
    for file in project.files:
        note = f"  ({file.note})" if file.note else ""
        click.echo(f"{file.path:<{min(width, 72)}}  {file.kind:<13}  {file.why}{note}")
    for folder in project.include_dirs:
        click.echo(f"+incdir+{folder}")
    for folder in project.library_dirs:
        click.echo(f"-y {folder}")
    for name, value in project.defines:
        click.echo(f"+define+{name}" + ("" if value is None else f"={value}"))
    for name, value in project.parameters:
        click.echo(f"-G {name}={value}")
    if project.top is not None:
        click.echo(f"-top {project.top}")
    for name, reason in project.skipped if with_skipped else ():
        click.echo(f"left out: {name}: {reason}")
