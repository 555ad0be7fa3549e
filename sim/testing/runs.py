"""One run of a suite: how it is made (`Setup`), what came of it (`Result`), and who is told (`Listener`).

Try: ``rtlgen sim examples/soc --json``
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from rtlgen.core.process import Limits
from rtlgen.core.records import Verdict
from rtlgen.sim.job import SIM_LIMITS
from rtlgen.sim.testing.cocotb_results import Part
from rtlgen.sim.testing.design import Design
from rtlgen.sim.testing.testcases import Case
from rtlgen.sim.verdict import PLAIN, Rule


@dataclass(frozen=True)
class Setup:
    """What all runs of a suite have in common."""

    design: Design
    simulator: str = "icarus"
    rule: Rule = PLAIN
    parameters: tuple[tuple[str, str], ...] = ()
    plusargs: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    python_path: tuple[Path, ...] = ()
    timeout_s: float = 60.0
    waves: str = "fail"
    """``always``, ``fail`` or ``never``."""
    wave_format: str = "vcd"
    sandboxed: bool = True
    untrusted: bool = False
    references: tuple[Path, ...] = ()
    replay: tuple[tuple[str, ...], tuple[str, ...]] = (("rtlgen", "sim"), ())
    """The words before and behind ``--test T --seed N --waves always``."""
    tools: tuple[tuple[str, str], ...] = ()

    @property
    def limits(self) -> Limits:
        """Limits of one simulation."""
        cpu = max(SIM_LIMITS.cpu_s or 0, int(2 * self.timeout_s))
        return replace(SIM_LIMITS, wall_s=self.timeout_s, cpu_s=cpu)


@dataclass(frozen=True)
class Result:
    """The verdict on one test with one seed."""

    test: str
    kind: str
    """``plain``, ``cocotb``, ``reference``, or ``broken`` for a test that cannot be run."""
    top: str
    seed: int
    verdict: Verdict
    parts: tuple[Part, ...] = ()
    """The test functions of a cocotb module."""
    note: str = field(default="")


class Listener(Protocol):
    """Is told how far a suite is; called from several threads, one call at a time."""

    def begin(self, planned: int) -> None:
        """So many runs are to come."""

    def started(self, case: Case, seed: int) -> None:
        """A run begins."""

    def finished(self, result: Result, done: int) -> None:
        """A run ended; `done` of them have."""


class Stopped(Exception):
    """The suite was interrupted while this run was under way: it has no verdict."""
