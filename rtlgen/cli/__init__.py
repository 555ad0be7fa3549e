"""The command line: one verb, one file; a verb parses, calls one function and renders.

Verbs are imported when they are used, so that `rtlgen --help` opens none of the heavy libraries.
"""

from __future__ import annotations

import difflib
import importlib
import sys

import click

from rtlgen import __version__
from rtlgen.core.errors import RtlgenError, UsageError

VERBS = {
    "complete": ("rtlgen.cli.complete", "Complete a line, block or module, checked in the real build."),
    "generate": ("rtlgen.cli.generate", "Write a module from its specification, judged by real tools."),
    "sim": ("rtlgen.cli.sim", "Run test benches and cocotb modules, sandboxed, with seeds and waves."),
    "synth": ("rtlgen.cli.synth", "Map a design and find a better synthesis recipe, proven and replayed."),
    "memory": ("rtlgen.cli.memory", "Show and prune what recipe searches have learned."),
    "index": ("rtlgen.cli.index", "Build, update or show the retrieval index of a repository."),
    "retrieve": ("rtlgen.cli.retrieve", "Show what is retrieved for a place in a file."),
    "files": ("rtlgen.cli.files", "Print the resolved build: files, include folders, defines, top."),
    "eval": ("rtlgen.cli.eval", "Measure on a benchmark."),
    "bench": ("rtlgen.cli.bench", "Check a benchmark itself, compare search strategies."),
    "train": ("rtlgen.cli.train", "Train models on Verilog text."),
    "datasets": ("rtlgen.cli.datasets", "Build training corpora from repositories."),
    "doctor": ("rtlgen.cli.doctor", "Check tools, versions, sandbox, model and GPU."),
    "config": ("rtlgen.cli.config", "Show settings and where each comes from."),
    "completion": ("rtlgen.cli.completion", "Print the shell completion script."),
}
"""Verb -> (module that defines a click command of the same name, its one-line help)."""


class LazyGroup(click.Group):
    """A click group whose verbs are imported on use; their help lines stand in `VERBS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The verbs in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the module of a verb and return its click command."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(VERBS[cmd_name][0])
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Refuse an unknown verb with the nearest ones."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], VERBS, n=2)
            hint = f"did you mean {' or '.join(near)}?" if near else "rtlgen --help lists the verbs"
            raise UsageError(f"no verb '{args[0]}'", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the verbs without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, text) for verb, (_, text) in VERBS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="rtlgen")
def cli() -> None:
    """RTL that is checked before it is shown."""


def main() -> None:
    """Entry point: run a verb; print an `RtlgenError` as what, where, next; map every end to its exit code."""
    try:
        cli.main(standalone_mode=False)
    except RtlgenError as error:
        click.echo(f"rtlgen: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("rtlgen: interrupted", err=True)
        sys.exit(130)
