"""`rtlgen eval verilog-eval`: specifications and completions of VerilogEval v2.

rtlgen eval verilog-eval --data DIR --references --variant both
rtlgen eval verilog-eval --data DIR --samples answers.jsonl
"""

from __future__ import annotations

from typing import Any

import click

from rtlgen.cli.eval_options import progress
from rtlgen.cli.eval_problems import problem_options, run_config, show, show_questions


@click.command("verilog-eval")
@click.option(
    "--task",
    type=click.Choice(["spec-to-rtl", "code-complete"]),
    default="spec-to-rtl",
    show_default=True,
    help="Which of its two tasks.",
)
@click.option(
    "--examples", type=click.IntRange(0, 3), default=0, show_default=True, help="In-context examples."
)
@click.option("--rules", is_flag=True, help="Give the rules too (spec-to-rtl).")
@click.option(
    "--variant",
    type=click.Choice(["strict", "repaired", "both"]),
    default="strict",
    show_default=True,
    help="As published, with the known broken problems repaired, or both.",
)
@problem_options
def verilog_eval(task: str, examples: int, rules: bool, variant: str, **options: Any) -> None:
    """Score answers to VerilogEval v2: saved ones, a model's, or the references.

    Answers and scores are kept as they are made: the same command goes on where it was stopped.
    """
    from rtlgen.evaluate.benchmark import questions
    from rtlgen.evaluate.verilog_eval import Config, evaluate, source_of

    variants = ("strict", "repaired") if variant == "both" else (variant,)
    words = ("verilog-eval", "--task", task, "--variant", variant)
    config = Config(
        options["data"],
        run_config(options, simulator="icarus", variants=variants, replay=words),
        task,
        examples,
        rules,
    )
    if options["prompts_only"]:
        show_questions(questions(source_of(config), config.run))
        return
    show("eval verilog-eval", evaluate(config, None if options["quiet"] else progress()), options)
