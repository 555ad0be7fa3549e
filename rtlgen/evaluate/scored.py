"""Records of scoring: how (`Config`), what (`Answer`), and the outcome (`Scored`), which goes to JSON and comes back.

They start nothing; `rtlgen.evaluate.scoring` does the work, `rtlgen.evaluate.benchmark_report` sums up.

Try: ``rtlgen eval verilog-eval --data DIR --references --json``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.core.process import Limits
from rtlgen.core.records import RunRecord, Verdict
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate.repairs import VARIANTS

SIMULATORS = ("icarus", "verilator", "per-design")
WALL_S = {"verilog-eval": 30.0, "rtllm": 8.0}
"""Time limits of the published flows. Theirs is for the simulation alone, ours for compiling and simulating."""
VERILATOR_BUILD_S = 120.0
"""Added to the limit where C++ has to be compiled first."""
REFERENCE = 0
"""Sample number of the benchmark's own reference; samples of models begin at 1."""


@dataclass(frozen=True)
class Config:
    """How answers are scored. `wall_s` (seconds) is the published limit of the benchmark unless it is given."""

    variant: str = "strict"
    simulator: str = "icarus"
    jobs: int = 2
    sandboxed: bool = True
    wall_s: float | None = None

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise UsageError(f"no variant '{self.variant}'", hint=f"one of: {', '.join(VARIANTS)}")
        if self.simulator not in SIMULATORS:
            raise UsageError(f"no simulator '{self.simulator}'", hint=f"one of: {', '.join(SIMULATORS)}")

    def limits(self, problem: Problem, name: str) -> Limits:
        """The limits of one answer under the simulator `name`."""
        wall = self.wall_s or WALL_S[problem.benchmark]
        if name == "verilator":
            wall += VERILATOR_BUILD_S
            return Limits(wall_s=wall, memory_mb=4096, file_mb=256, processes=256, disk_mb=512)
        return Limits(
            wall_s=wall, cpu_s=2 * int(wall) + 2, memory_mb=2048, file_mb=64, processes=64, disk_mb=128
        )


@dataclass(frozen=True)
class Answer:
    """One answer to one problem. `sample` counts from 1; `REFERENCE` is the benchmark's own."""

    problem: Problem
    code: str
    sample: int = 1
    notes: tuple[str, ...] = ()
    """What is to be said of it in its record: ``empty``, ``no endmodule``, ..."""

    @property
    def trusted(self) -> bool:
        """Whether it is the benchmark's own and need not be looked at."""
        return self.sample == REFERENCE


@dataclass(frozen=True)
class Scored:
    """The score of one answer, and what it was made from."""

    problem: str
    sample: int
    verdict: Verdict
    letter: str = ""
    """VerilogEval's letter; empty for other benchmarks."""
    variant: str = "strict"
    repairs: tuple[str, ...] = ()
    """Names of the repairs that were applied to the problem."""
    tampered: tuple[str, ...] = ()
    """Why it is no pass although the test bench was made to say so."""
    notes: tuple[str, ...] = ()
    simulator: str = "icarus"
    code_sha256: str = ""
    problem_sha256: str = ""
    commit: str = ""
    task: str = ""
    benchmark: str = field(default="verilog-eval")

    @property
    def passed(self) -> bool:
        """Whether it counts as a pass."""
        return self.verdict.passed

    @property
    def log(self) -> str:
        """Compiler and simulator output."""
        return self.verdict.log


def scored_from_json(row: Mapping[str, Any]) -> Scored:
    """The record that `rtlgen.core.records.to_json` made `row` of; KeyError or TypeError for another."""
    values = {f.name: row[f.name] for f in fields(Scored)}
    verdict = dict(values["verdict"])
    record = verdict.pop("record", None)
    values["verdict"] = Verdict(**verdict, record=None if record is None else RunRecord(**record))
    for name in ("repairs", "tampered", "notes"):
        values[name] = tuple(values[name])
    return Scored(**values)
