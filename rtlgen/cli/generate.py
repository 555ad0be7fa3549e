"""`rtlgen generate`: a specification becomes RTL, judged by real tools."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rtlgen.generate.attempt import Result

_file = click.Path(path_type=Path)
_SETTINGS = {
    "model": "model.path",
    "adapter": "model.adapter",
    "endpoint": "model.endpoint",
    "endpoint_model": "model.endpoint_model",
    "n": "generate.n",
    "temperature": "generate.temperature",
    "top_p": "generate.top_p",
    "max_new_tokens": "generate.max_new_tokens",
    "seed": "generate.seed",
}
"""Options that override a setting; the others are fields of the request."""


@click.command()
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True, type=_file)
@click.option(
    "--interface", help="A file with the module's header; {name} stands for the specification's name."
)
@click.option("--top", help="Name of the module. [default: what the interface or the text says]")
@click.option(
    "--test", help="A plain test bench, or a cocotb test module (.py), that judges; may hold {name}."
)
@click.option("--test-file", "test_files", multiple=True, help="Compiled with the test bench (repeatable).")
@click.option("--test-top", default="", help="Top of the test bench. [default: what nobody instantiates]")
@click.option("--reference", help="A right module to compare with, instead of a test; may hold {name}.")
@click.option("--with", "sources", multiple=True, type=_file, help="A file the design may use (repeatable).")
@click.option("-I", "include_dirs", multiple=True, type=_file, help="An include folder (repeatable).")
@click.option("-n", "n", type=click.IntRange(1, 1000), help="Answers. [default: 8]")
@click.option(
    "--repair", "rounds", type=click.IntRange(0, 20), default=0, show_default=True, help="Repair rounds."
)
@click.option("--model", help="A model folder or Hugging Face id. [default: the one that ships]")
@click.option("--adapter", help="A LoRA adapter folder for the model.")
@click.option("--endpoint", help="URL of an OpenAI-compatible server to ask instead of a local model.")
@click.option("--endpoint-model", help="Name of the model on that server.")
@click.option("--no-chat", is_flag=True, help="Let a chat model continue text instead of sending messages.")
@click.option("--temperature", type=click.FloatRange(0.0, 2.0), help="Of sampling. [default: 0.8]")
@click.option("--top-p", type=click.FloatRange(0.0, 1.0, min_open=True), help="Nucleus. [default: 0.95]")
@click.option("--max-new-tokens", type=click.IntRange(1, 65536), help="Longest answer. [default: 1024]")
@click.option("--seed", type=int, help="Of sampling and of the shared stimulus. [default: 0]")
@click.option("--no-vote", is_flag=True, help="Do not run the answers against each other.")
@click.option(
    "--no-formal",
    is_flag=True,
    help="Make nothing from the text's own tables, maps, equations and waveforms.",
)
@click.option("--cycles", type=click.IntRange(min=1), help="Of the stimulus that votes.")
@click.option("--simulator", default="icarus", show_default=True, help="icarus or verilator.")
@click.option(
    "--timeout",
    "wall_s",
    type=click.FloatRange(0.1),
    default=30.0,
    show_default=True,
    help="Of a simulation (s).",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Simulations at a time. [default: cores]")
@click.option(
    "-o", "--output", type=_file, help="Write the best design there; a folder for several specifications."
)
@click.option("--prompt", "only_prompt", is_flag=True, help="Print what the model would be asked, and stop.")
@click.option(
    "--unsafe-no-sandbox", is_flag=True, help="Run the model's code without bubblewrap. It can do anything."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No talk on stderr.")
def generate(
    specs: tuple[Path, ...],
    output: Path | None,
    only_prompt: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Write the modules that SPEC... describe: sample answers, judge them with real tools, repair, choose the best.

    \b
    Exit codes: 0 every best design passed (or compiles, without a test), 1 one did not, 2 usage,
    3 a tool or model is missing, 4 a limit was reached.
    """
    from rtlgen.generate import session
    from rtlgen.report import generation as show

    overrides = {key: value for name, key in _SETTINGS.items() if (value := options.pop(name)) is not None}
    request = session.Request(
        specs=specs,
        chat=not options.pop("no_chat"),
        vote=not options.pop("no_vote"),
        formal=not options.pop("no_formal"),
        sandboxed=not options.pop("unsafe_no_sandbox"),
        jobs=options.pop("jobs") or os.cpu_count() or 1,
        **options,
    )
    if only_prompt:
        for _, text in session.prompt_of(request, root=Path.cwd(), overrides=overrides):
            click.echo(text)
        return
    say = None if quiet else lambda line: click.echo(line, err=True)
    results = []
    for result in session.run(request, root=Path.cwd(), overrides=overrides, progress=say):
        results.append(result)
        _show_one(result, specs, output, quiet=quiet, as_json=as_json)
    if as_json:
        click.echo(show.as_json(results))
    elif len(specs) > 1:
        click.echo(show.table(results))
    sys.exit(_exit_code(results))


def _show_one(
    result: Result, specs: tuple[Path, ...], output: Path | None, *, quiet: bool, as_json: bool
) -> None:
    """Write or print one result as soon as it is there."""
    from rtlgen.generate.session import written
    from rtlgen.report import generation as show

    if not quiet:
        click.echo(show.talk(result), err=True)
    if result.best is None:
        click.echo(show.nothing(result), err=True)
    elif output is not None:
        target = output if len(specs) == 1 and not output.is_dir() else output / f"{result.name}.sv"
        written(result, target)
        if not quiet:
            click.echo(f"{target}: written", err=True)
    elif len(specs) == 1 and not as_json:
        click.echo(show.code(result), nl=False)


def _exit_code(results: list[Result]) -> int:
    """0 when every best design passed or compiles untested; 4 when all that is wrong is a limit; else 1."""
    states = [result.best.state if result.best is not None else "empty" for result in results]
    bad = [state for state in states if state not in ("pass", "unverified")]
    if not bad:
        return 0
    return 4 if all(state in ("timeout", "resource") for state in bad) else 1
