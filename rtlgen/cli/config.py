"""`rtlgen config`: every setting with its origin, and the list of what can be set.

Try: ``rtlgen config show``
"""

from __future__ import annotations

import click


@click.group("config")
def config() -> None:
    """Show settings and where each comes from."""


@config.command("show")
@click.argument("root", default=".", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--changed", is_flag=True, help="Only what differs from its default.")
def show(root: str, as_json: bool, changed: bool) -> None:
    """Print every setting of ROOT with its value and origin."""
    from rtlgen.core.keys import KEYS, shown
    from rtlgen.core.project import project_root
    from rtlgen.core.records import dump
    from rtlgen.core.settings import load_settings

    items = load_settings(project_root(root)).items()
    if changed:
        items = [(key, value, origin) for key, value, origin in items if origin != "default"]
    if as_json:
        rows = {key: {"value": value, "origin": origin, "env": KEYS[key].env} for key, value, origin in items}
        click.echo(dump("config", rows))
        return
    width = max((len(shown(value)) for _, value, _ in items), default=0)
    for key, value, origin in items:
        click.echo(f"{key:<26} {shown(value):<{min(width, 48)}}  {origin}")


@config.command("keys")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the text of docs/settings.md.")
def keys(as_json: bool, as_markdown: bool) -> None:
    """Print what can be set: name, type, default and meaning."""
    from rtlgen.core.errors import UsageError
    from rtlgen.core.keys import KEYS, markdown, shown
    from rtlgen.core.records import dump

    if as_json and as_markdown:
        raise UsageError("--json and --markdown exclude each other", hint="give one of them")
    if as_markdown:
        click.echo(markdown(), nl=False)
    elif as_json:
        click.echo(dump("config.keys", list(KEYS.values())))
    else:
        for key in KEYS.values():
            click.echo(f"{key.name:<26} {key.type:<11} {shown(key.initial)}")
            click.echo(f"{'':<26} {key.help}{key.rule}")
