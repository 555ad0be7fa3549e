"""`rtlgen bench`: check a benchmark itself, compare search strategies.

rtlgen bench check verilog-eval --data DIR
rtlgen bench check rtllm --data DIR --problems 'counter*' --mutants 20
rtlgen bench recipes --circuits DIR --lut 6 --strategies random,anneal
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rtlgen.cli.bench_recipes import recipes

if TYPE_CHECKING:
    from rtlgen.evaluate.bench_check import Progress
    from rtlgen.evaluate.bench_records import ProblemCheck


@click.group()
def bench() -> None:
    """Check a benchmark itself, compare search strategies."""


bench.add_command(recipes)


@bench.command("check")
@click.argument("benchmark", type=click.Choice(["verilog-eval", "rtllm"]))
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of the benchmark.")
@click.option(
    "--task",
    type=click.Choice(["spec-to-rtl", "code-complete"]),
    default="spec-to-rtl",
    show_default=True,
    help="Of VerilogEval.",
)
@click.option("--problems", default="*", metavar="GLOB", help="Only problems with such a name.")
@click.option(
    "--mutants", type=click.IntRange(min=1), default=12, show_default=True, help="At most N a problem."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the choice of mutants.")
@click.option(
    "--seconds", type=click.FloatRange(min=1), default=5.0, show_default=True, help="For one proof."
)
@click.option(
    "--depth", type=click.IntRange(min=1), default=20, show_default=True, help="Cycles searched first."
)
@click.option(
    "--simulator",
    type=click.Choice(["icarus", "verilator", "per-design"]),
    default="icarus",
    show_default=True,
    help="per-design: Verilator where Icarus rejects the test bench.",
)
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Problems at a time.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the journal. [default: .rtlgen/bench]"
)
@click.option("--all", "every", is_flag=True, help="Print a line for every problem.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
@click.option("--unsafe-no-sandbox", is_flag=True, help="Run simulators without the sandbox.")
def check_command(
    benchmark: str,
    data: Path,
    task: str,
    problems: str,
    mutants: int,
    seed: int,
    seconds: float,
    depth: int,
    simulator: str,
    jobs: int,
    out: Path | None,
    every: bool,
    as_json: bool,
    quiet: bool,
    unsafe_no_sandbox: bool,
) -> None:
    """Do its test benches refuse what is wrong?

    References must pass; designs that do nothing, and small faults planted in the references, must not. Results are
    saved as they are made: the same command goes on where it was stopped.
    """
    from rtlgen.core.records import dump
    from rtlgen.evaluate.bench_check import Config, check
    from rtlgen.evaluate.bench_problem import Effort
    from rtlgen.report.bench_check import as_text

    effort = Effort(
        mutants=mutants,
        seed=seed,
        seconds=seconds,
        depth=depth,
        simulator=simulator,
        sandboxed=not unsafe_no_sandbox,
    )
    config = Config(
        benchmark=benchmark, data=data, task=task, problems=problems, effort=effort, jobs=jobs, out=out
    )
    summary = check(config, None if quiet else _progress())
    click.echo(dump("bench check", summary) if as_json else as_text(summary, every=every))


def _progress() -> Progress:
    """A line on stderr for every problem."""
    from rtlgen.report.bench_check import progress_line

    def show(check: ProblemCheck, done: int, wanted: int) -> None:
        click.echo(progress_line(check, done, wanted), err=True)

    return show
