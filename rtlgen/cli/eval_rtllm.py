"""`rtlgen eval rtllm`: the 50 designs of RTLLM v2.0.

rtlgen eval rtllm --data DIR --references --sim per-design
rtlgen eval rtllm --data DIR --samples answers/
"""

from __future__ import annotations

from typing import Any

import click

from rtlgen.cli.eval_options import progress
from rtlgen.cli.eval_problems import problem_options, run_config, show, show_questions


@click.command("rtllm")
@click.option(
    "--sim",
    type=click.Choice(["icarus", "verilator", "per-design"]),
    default="icarus",
    show_default=True,
    help="Simulator; per-design: Verilator for the four designs that Icarus cannot judge.",
)
@problem_options
def rtllm(sim: str, **options: Any) -> None:
    """Score answers to RTLLM v2.0: saved ones, a model's, or the references.

    Answers and scores are kept as they are made: the same command goes on where it was stopped.
    """
    from rtlgen.evaluate.benchmark import questions
    from rtlgen.evaluate.rtllm import Config, evaluate, source_of

    run = run_config(options, simulator=sim, variants=("strict",), replay=("rtllm", "--sim", sim))
    config = Config(options["data"], run)
    if options["prompts_only"]:
        show_questions(questions(source_of(config), run))
        return
    show("eval rtllm", evaluate(config, None if options["quiet"] else progress()), options)
