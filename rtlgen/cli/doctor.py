"""`rtlgen doctor`: is everything here that rtlgen needs, and what to type when it is not.

Exit code 3 when something required is missing or broken, else 0.

Try: ``rtlgen doctor``
"""

from __future__ import annotations

import sys

import click


@click.command("doctor")
@click.argument("root", default=".", type=click.Path())
@click.option("--no-gpu", is_flag=True, help="Do not ask torch for a GPU (saves about a second).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="Print only what is not ok.")
def doctor(root: str, no_gpu: bool, as_json: bool, quiet: bool) -> None:
    """Check tools, versions, sandbox, model and GPU for the project ROOT."""
    from rtlgen.core.errors import ToolError
    from rtlgen.core.health import examine
    from rtlgen.core.project import project_root
    from rtlgen.core.records import dump
    from rtlgen.core.settings import load_settings

    folder = project_root(root)
    checks = examine(folder, load_settings(folder), gpu=not no_gpu)
    failed = [check.name for check in checks if check.required and check.status != "ok"]
    if as_json:
        click.echo(dump("doctor", {"ok": not failed, "checks": checks}))
    for check in () if as_json else checks:
        if quiet and check.status == "ok":
            continue
        status = check.status if check.status == "ok" or check.required else "absent"
        colour = {"ok": "green", "absent": "yellow"}.get(status, "red")
        click.echo(
            f"{click.style(f'{status:<8}', fg=colour)}{check.name:<20} {check.detail}", color=_colour()
        )
        if check.next:
            click.echo(f"{'':<8}  next: {check.next}")
    if failed:
        raise ToolError(
            f"required, but not working: {', '.join(failed)}", hint="the commands above mend each of them"
        )


def _colour() -> bool | None:
    """Colour only on a terminal, and not when NO_COLOR is set."""
    import os

    return False if os.environ.get("NO_COLOR") else sys.stdout.isatty()
