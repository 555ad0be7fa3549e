"""docs/cli.md: every verb with its arguments and options, written from the program itself.

`make docs` writes the file and tests/test_docs.py holds it against the program, so it cannot fall behind.
A verb of the table whose module is not there is left out.

Try: `python -c "from rtlgen.cli import reference; print(reference.markdown())"`
"""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Iterator

import click

from rtlgen.cli import VERBS, cli

HEAD = """# The command line

Written by `make docs` from the program; do not edit.

stdout is data, stderr is talk; `--json` prints one JSON object `{"schema", "kind", "rtlgen", "data"}` on
stdout. Exit codes: 0 ok, 1 the design or every candidate failed, 2 usage, 3 a tool or model is missing, 4 a
limit was reached, 130 interrupted.
"""


def markdown() -> str:
    """The text of docs/cli.md."""
    context = click.Context(cli, info_name="rtlgen")
    sections = [HEAD]
    for verb in VERBS:
        if importlib.util.find_spec(VERBS[verb][0]) is None:
            continue
        command = cli.get_command(context, verb)
        assert command is not None
        sections += _sections(command, click.Context(command, info_name=verb, parent=context), depth=2)
    return "\n".join(sections)


def _sections(command: click.Command, context: click.Context, depth: int) -> Iterator[str]:
    """One section for `command`, then one for each verb below it."""
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    lines = [f"{'#' * depth} {context.command_path}", "", f"    {usage}", ""]
    text = inspect.cleandoc(command.help or "").replace("\b\n", "")
    if text:
        lines += [text, ""]
    for parameter in command.get_params(context):
        record = None if isinstance(parameter, click.Argument) else parameter.get_help_record(context)
        if record is not None and "--help" not in parameter.opts:
            lines.append(
                f"- `{record[0]}`: {' '.join(record[1].split())}" if record[1] else f"- `{record[0]}`"
            )
    if lines[-1]:
        lines.append("")
    yield "\n".join(lines)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from _sections(below, click.Context(below, info_name=name, parent=context), depth + 1)
