"""The simulators by name, what each needs, and the command lines that repeat a job without rtlgen.

A `Simulator` runs a `Job` and says which programs it uses. `require` refuses a version that a benchmark is known not to
work with, before anything is run. It does not choose a simulator for a design.

Try: ``rtlgen doctor``
"""

from __future__ import annotations

import difflib
import importlib
import shlex
from collections.abc import Sequence
from typing import Protocol, cast

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.core.tools import TOOLS, Tool
from rtlgen.sim.job import Job, SimRun

NAMES = ("icarus", "verilator")
"""What ``--simulator`` takes; the first is the default."""
VERILOG_EVAL_ICARUS = ((11,), (12,))
"""Versions of Icarus that compile VerilogEval; 13 rejects every test (``tb_mismatch`` is used before its declaration)."""


class Simulator(Protocol):
    """What a simulator's module offers."""

    NAME: str

    def tools(self) -> tuple[Tool, ...]:
        """The programs it runs, the compiler first. Raises ToolError when one is missing or too old."""

    def run(self, job: Job) -> SimRun:
        """Compile and run; what the design does wrong is in the result. Raises ToolError for a missing program."""

    def compile_command(self, job: Job) -> list[str]:
        """The compiler's command line, for the job's folder."""

    def run_command(self, job: Job) -> list[str]:
        """The simulation's command line, for the job's folder."""


def simulator(name: str) -> Simulator:
    """The simulator `name`. Raises UsageError with a suggestion for an unknown name."""
    if name not in NAMES:
        near = difflib.get_close_matches(name.lower(), [*NAMES, "iverilog", "vvp"], 1)
        meant = {"iverilog": "icarus", "vvp": "icarus"}.get(near[0], near[0]) if near else ""
        hint = f"--simulator {meant}" if meant else "--simulator " + " or ".join(NAMES)
        raise UsageError(f"unknown simulator '{name}': there are {', '.join(NAMES)}", hint=hint)
    return cast(Simulator, importlib.import_module(f"rtlgen.sim.{name}"))


def require(
    chosen: Simulator,
    *,
    minimum: tuple[int, ...] = (),
    accepted: Sequence[tuple[int, ...]] = (),
    why: str = "",
) -> Tool:
    """The compiler of `chosen`, if its version will do.

    `minimum` is the lowest version, `accepted` the beginnings of versions that work (empty: any). Raises ToolError that
    names the version found and the reason `why`.
    """
    tool = chosen.tools()[0]
    new_enough = tool.version >= minimum
    known = not accepted or any(tool.version[: len(version)] == version for version in accepted)
    if new_enough and known:
        return tool
    wanted = " or ".join(_dotted(version) for version in accepted) or f"{_dotted(minimum)} or newer"
    reason = f": {why}" if why else ""
    raise ToolError(
        f"{tool.name} {tool.version_text} does not do here, {wanted} is needed{reason}",
        where=tool.path,
        hint=f"set {TOOLS[tool.name].env} to the path of version {wanted}",
    )


def replay_lines(chosen: Simulator, job: Job) -> tuple[str, str]:
    """Two lines of shell that compile and run `job` without rtlgen and without its sandbox, in its folder."""
    return shlex.join(chosen.compile_command(job)), shlex.join(chosen.run_command(job))


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
