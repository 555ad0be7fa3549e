"""What `rtlgen eval verilog-eval` and `rtlgen eval rtllm` have in common: options, the run they ask for, the output."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rtlgen.cli.eval_options import JSON, QUIET, Command, model_options, model_overrides
from rtlgen.core.errors import UsageError

if TYPE_CHECKING:
    from rtlgen.evaluate.benchmark import Outcome, RunConfig
    from rtlgen.evaluate.designs import Pipeline

_OPTIONS = (
    click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of the benchmark."),
    click.option(
        "--samples",
        type=click.Path(path_type=Path),
        multiple=True,
        help="Score saved answers: .jsonl, or the benchmark's own folders. Repeatable: the first is compared.",
    ),
    click.option("--references", is_flag=True, help="Score the benchmark's own references."),
    click.option("--generate-only", is_flag=True, help="Ask the model and save its answers; score later."),
    click.option(
        "--prompts-only", is_flag=True, help="Print the questions, one JSON object a line, and ask nobody."
    ),
    click.option(
        "--problems", multiple=True, help="Only these: a name, number or pattern such as '*fsm*'. Repeatable."
    ),
    click.option("--limit", type=click.IntRange(min=1), help="Only the first N of them."),
    click.option(
        "--protocol",
        type=click.Choice(["low", "high", "upstream"]),
        default="low",
        show_default=True,
        help="low: greedy, 1 sample; high: temperature 0.8, top-p 0.95, 20; upstream: 0.85, 0.95, 20.",
    ),
    click.option("--n", "samples_wanted", type=click.IntRange(min=1), help="Samples a problem."),
    click.option(
        "--temperature", type=click.FloatRange(0.0, 2.0), help="Of sampling, instead of the protocol's."
    ),
    click.option("--max-new-tokens", type=click.IntRange(min=1), help="Longest answer. [default: 1024]"),
    model_options,
    click.option(
        "--by-generate",
        is_flag=True,
        help="Let `rtlgen generate` make the answers: its question, formal parts, vote.",
    ),
    click.option(
        "--repair",
        "rounds",
        type=click.IntRange(0, 20),
        default=0,
        help="Its repair rounds, by the compiler's words. [default: 0]",
    ),
    click.option("--no-formal", is_flag=True, help="Without what it makes from tables, maps and waveforms."),
    click.option("--k", "ks", default="1,5,10", show_default=True, help="Which pass@k."),
    click.option("--out", type=click.Path(path_type=Path), help="Folder of samples, scores and report."),
    click.option("--jobs", type=click.IntRange(min=1), help="Answers scored at once. [default: processors]"),
    click.option(
        "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of sampling and bootstrap."
    ),
    click.option(
        "--unsafe-no-sandbox", is_flag=True, help="Run answers without a sandbox; every record says so."
    ),
    click.option(
        "--show",
        type=click.Choice(["all", "failed", "none"]),
        default="all",
        show_default=True,
        help="Which problems stand in the table.",
    ),
    JSON,
    QUIET,
)
_MADE_BY_MODEL = (
    "protocol",
    "samples_wanted",
    "max_new_tokens",
    "temperature",
    "by_generate",
    "rounds",
    "no_formal",
    "examples",
    "rules",
    "model",
    "adapter",
    "endpoint",
    "endpoint_model",
    "context_tokens",
)
"""Options that say how answers are made: they mean nothing for answers that are there."""


def problem_options(command: Command) -> Command:
    """Add the options of a benchmark of problems."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def run_config(
    options: Mapping[str, Any], *, simulator: str, variants: tuple[str, ...], replay: tuple[str, ...]
) -> RunConfig:
    """The run that the options ask for; `replay` are the words that give one score again."""
    from rtlgen.evaluate.benchmark import RunConfig
    from rtlgen.evaluate.generation import Asker
    from rtlgen.evaluate.prompts import PROTOCOLS
    from rtlgen.evaluate.scored import Config

    if options["samples"] or options["references"]:
        _refuse_model_options()
    protocol = PROTOCOLS[options["protocol"]]
    protocol = replace(protocol, n=options["samples_wanted"] or protocol.n)
    protocol = replace(protocol, max_new_tokens=options["max_new_tokens"] or protocol.max_new_tokens)
    jobs = options["jobs"] or _processors()
    if options["temperature"] is not None:
        protocol = replace(protocol, temperature=options["temperature"])
    overrides = tuple(sorted(model_overrides(options).items()))
    return RunConfig(
        asker=Asker(protocol, overrides, options["seed"], jobs),
        samples=options["samples"],
        references=options["references"],
        generate_only=options["generate_only"],
        pipeline=_pipeline(options),
        problems=options["problems"],
        limit=options["limit"],
        variants=variants,
        scoring=Config(simulator=simulator, jobs=jobs, sandboxed=not options["unsafe_no_sandbox"]),
        out=options["out"],
        ks=_ks(options["ks"]),
        seed=options["seed"],
        replay=shlex.join(["rtlgen", "eval", *replay, "--data", str(options["data"])]),
    )


def _pipeline(options: Mapping[str, Any]) -> Pipeline | None:
    """How `rtlgen generate` makes the answers; UsageError for its options without --by-generate."""
    from rtlgen.evaluate.designs import Pipeline

    if options["by_generate"]:
        return Pipeline(options["rounds"], formal=not options["no_formal"])
    for name, option in (("rounds", "--repair"), ("no_formal", "--no-formal")):
        if options[name]:
            raise UsageError(
                f"{option} is about how rtlgen generate works", hint=f"--by-generate {option} ..."
            )
    return None


def _processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _refuse_model_options() -> None:
    """An option about making answers, given together with answers that are there, is a mistake."""
    context = click.get_current_context()
    for name in _MADE_BY_MODEL:
        if (
            name in context.params
            and context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        ):
            option = next(p for p in context.command.params if p.name == name).opts[0]
            raise UsageError(
                f"{option} says how answers are made, but these are there already",
                hint=f"leave out {option}, or --samples and --references",
            )


def _ks(text: str) -> tuple[int, ...]:
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or min(found) < 1:
        raise UsageError(f"'{text}' is no list of k", hint="--k 1,5,10")
    return found


def show_questions(rows: Iterable[Mapping[str, str]]) -> None:
    """Print what a model would be asked, a JSON object a line."""
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False))


def show(verb: str, outcome: Outcome, options: Mapping[str, Any]) -> None:
    """Print the tables, the JSON object, or where the answers are."""
    from rtlgen.core.records import dump
    from rtlgen.report.benchmark import as_text

    if options["as_json"]:
        click.echo(dump(verb, outcome.to_json()))
        return
    if not outcome.summaries:
        click.echo(str(outcome.made))
        return
    click.echo("\n\n".join(as_text(summary, problems=options["show"]) for summary in outcome.summaries))
    if outcome.made is not None and not options["quiet"]:
        click.echo(f"answers: {outcome.made}", err=True)
    sys.stdout.flush()
