"""`rtlgen sim`: parse, run the suite once, show what came out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("design", nargs=-1, metavar="[DESIGN]...")
@click.option(
    "--test", "-t", "tests", multiple=True, help="A test bench, a cocotb module, a folder or a pattern."
)
@click.option("--filelist", "-f", "filelists", multiple=True, help="A .f list that describes the build.")
@click.option("--top", help="The bench's module to run, or the module that a cocotb test drives.")
@click.option("--simulator", "--sim", "simulator", help="icarus or verilator. [default: icarus]")
@click.option("--seed", type=int, help="The first seed. [default: 1]")
@click.option("--seeds", type=int, help="Run each test with N seeds. [default: 1]")
@click.option("--jobs", "-j", type=int, help="Simulations at a time. [default: one for each core]")
@click.option("--waves", help="always, fail (a failed run is repeated with waves) or never. [default: fail]")
@click.option("--wave-format", help="vcd or fst. [default: vcd]")
@click.option("--timeout", type=float, help="Wall time of one simulation in seconds. [default: 60]")
@click.option("--include", "-I", "include_dirs", multiple=True, help="An include folder.")
@click.option("--define", "-D", "defines", multiple=True, help="A macro: NAME or NAME=VALUE.")
@click.option("--param", "-P", "parameters", multiple=True, help="A parameter of the top: NAME=VALUE.")
@click.option("--plusarg", "plusargs", multiple=True, help="An argument of the simulation: +NAME=VALUE.")
@click.option("--env", "environment", multiple=True, help="A variable that cocotb modules see: NAME=VALUE.")
@click.option(
    "--pass-pattern", "passes", multiple=True, help="Regular expression of a line that means a pass."
)
@click.option(
    "--fail-pattern", "fails", multiple=True, help="Regular expression of a line that means a failure."
)
@click.option(
    "--reference",
    "references",
    multiple=True,
    help="Compare with this module: without a test, or when the bench gives no verdict.",
)
@click.option("--fail-fast", is_flag=True, help="Stop at the first failure.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write JUnit XML.")
@click.option("--out", help="Folder of logs, waves and results.json. [default: in the store]")
@click.option("--list", "only_list", is_flag=True, help="Show the tests and their tops, run nothing.")
@click.option(
    "--untrusted-design", "untrusted", is_flag=True, help="A design that touches its test does not pass."
)
@click.option("--unsafe-no-sandbox", is_flag=True, help="Run with your rights, without a sandbox.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def sim(
    design: tuple[str, ...], as_json: bool, quiet: bool, junit: Path | None, only_list: bool, **given: Any
) -> None:
    """Run the tests of DESIGN (the folder of a project, or Verilog files) in a sandbox, with one or many seeds.

    A test is a plain test bench (.v, .sv) or a cocotb 2 module (.py). Without --test: those of `sim.tests`, else those
    found by their names.

    \b
    Exit codes: 0 all passed, 1 some failed, 2 usage, 3 a tool is missing, 4 nothing worse than a limit was reached.
    """
    from rtlgen.core.store import write_atomic
    from rtlgen.report import junit as xml
    from rtlgen.report import simulation as show
    from rtlgen.sim.testing.plan import plan
    from rtlgen.sim.testing.suite import run_suite

    config = _config(design, given)
    made = plan(config)
    if only_list:
        click.echo(show.listing_json(made) if as_json else show.listing(made))
        return
    if junit is not None:
        write_atomic(junit, "")  # an unwritable place is told before the work, not after
    progress = None if quiet else show.Progress()
    result = run_suite(config, progress, made)
    if progress is not None:
        progress.end()
    if junit is not None:
        write_atomic(junit, xml.as_junit(result))
    click.echo(show.as_json(result) if as_json else show.as_text(result))
    sys.exit(result.exit_code)


def _config(design: tuple[str, ...], given: dict[str, Any]) -> Any:
    """The frozen configuration of the options."""
    from rtlgen.sim.testing.plan import Config

    names = {
        "sim.simulator": "simulator",
        "sim.seed": "seed",
        "sim.seeds": "seeds",
        "sim.jobs": "jobs",
        "sim.waves": "waves",
        "sim.wave_format": "wave_format",
        "sim.timeout_s": "timeout",
    }
    overrides = tuple((key, given.pop(name)) for key, name in names.items())
    sandboxed = not given.pop("unsafe_no_sandbox")
    return Config(design=design or (".",), overrides=overrides, sandboxed=sandboxed, **given)
