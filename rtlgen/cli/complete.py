"""`rtlgen complete`: parse, ask the engine once, show or apply the candidates."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from rtlgen.complete.request import MODES


@click.command()
@click.argument("root", type=click.Path(path_type=Path), default=".")
@click.option(
    "--file",
    "file",
    required=True,
    help="The file to complete, relative to ROOT.",
)
@click.option(
    "--line", type=int, help="1-based line; without it the marker `// rtlgen: complete`, else the file's end."
)
@click.option("--column", type=int, help="1-based column on that line; without it the line's end.")
@click.option("--mode", type=click.Choice(MODES), help="What to complete. [default: line]")
@click.option("--n", type=click.IntRange(1, 64), help="Candidates to show. [default: 3]")
@click.option("--filelist", "-f", multiple=True, help="A .f list that describes the build (repeatable).")
@click.option("--model", help="A model folder or Hugging Face id. [default: the one that ships]")
@click.option("--adapter", help="A LoRA adapter folder for the model, auto or off. [default: auto]")
@click.option("--endpoint", help="URL of an OpenAI-compatible server to ask instead of a local model.")
@click.option("--endpoint-model", help="Name of the model on that server.")
@click.option("--temperature", type=click.FloatRange(0.0, 2.0), help="Of sampling; 0 is greedy. [default: 0]")
@click.option(
    "--top-p", type=click.FloatRange(0.0, 1.0, min_open=True), help="Nucleus of sampling. [default: 0.95]"
)
@click.option("--seed", type=int, help="Of sampling. [default: 0]")
@click.option(
    "--max-new-tokens", type=click.IntRange(1, 8192), help="Limit of a generated block. [default: 256]"
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0.0, 1.0),
    help="Show nothing when the best candidate is less probable. [default: 0]",
)
@click.option("--no-check", is_flag=True, help="Do not check candidates in the build.")
@click.option("--diff", "as_diff", is_flag=True, help="Print the best candidate as a unified diff.")
@click.option(
    "--apply",
    "apply_it",
    is_flag=True,
    help="Write the best candidate into the file; the old one is kept as FILE.orig.",
)
@click.option(
    "--explain", is_flag=True, help="Show what was retrieved and packed, and candidates that were dropped."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No talk on stderr.")
def complete(
    root: Path,
    file: str,
    line: int | None,
    column: int | None,
    mode: str | None,
    n: int | None,
    filelist: tuple[str, ...],
    model: str | None,
    adapter: str | None,
    endpoint: str | None,
    endpoint_model: str | None,
    temperature: float | None,
    top_p: float | None,
    seed: int | None,
    max_new_tokens: int | None,
    min_confidence: float | None,
    no_check: bool,
    as_diff: bool,
    apply_it: bool,
    explain: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Complete FILE of the project at ROOT with the whole repository in view.

    Every candidate is checked in the project's real build before it is shown.

    \b
    Exit codes: 0 a candidate holds, 1 every candidate breaks the build or none is sure enough, 2 usage,
    3 a tool or model is missing, 4 a limit was reached.
    """
    from rtlgen.complete.session import complete_file
    from rtlgen.report import completion as show

    flags: dict[str, object] = {
        "model.path": model,
        "model.adapter": adapter,
        "model.endpoint": endpoint,
        "model.endpoint_model": endpoint_model,
        "complete.mode": mode,
        "complete.n": n,
        "complete.temperature": temperature,
        "complete.top_p": top_p,
        "complete.seed": seed,
        "complete.max_new_tokens": max_new_tokens,
        "complete.min_confidence": min_confidence,
    }
    overrides = {key: value for key, value in flags.items() if value is not None}
    text, result = complete_file(
        root,
        file,
        line=line,
        column=column,
        filelists=filelist,
        overrides=overrides,
        check=not no_check,
        apply=apply_it,
    )
    if as_json:
        click.echo(show.as_json(result))
    elif as_diff:
        click.echo(show.as_diff(text, result), nl=False)
    elif result.candidates:
        click.echo(show.as_text(result))
    if not quiet and not as_json:
        click.echo(show.talk(result, applied=apply_it), err=True)
    if explain and not as_json:
        click.echo(show.explanation(result), err=True)
    if not result.candidates:
        click.echo(show.nothing(result), err=True)
        sys.exit(1)
