"""Verilator: build and run one job inside one sandbox."""

from __future__ import annotations

from rtlgen.core.errors import ToolError
from rtlgen.core.tools import Tool, find
from rtlgen.sim.job import Job, SimRun

NAME = "verilator"


def tools() -> tuple[Tool, ...]:
    """The compiler; ToolError when it is missing or too old."""
    return (find("verilator"),)


def run(job: Job) -> SimRun:
    """Build and run `job`."""
    raise ToolError("Verilator cannot be used yet", hint="--simulator icarus")


def compile_command(job: Job) -> list[str]:
    """The compiler's command line: what a user may type in the job's folder."""
    return ["verilator", "--binary", *map(str, job.sources)]


def run_command(job: Job) -> list[str]:
    """The simulation's command line."""
    return ["./sim", *job.plusargs]
