"""One simulation as data: what is compiled, where it may write, what it may use, and how it ended.

A `Job` is the same for every simulator (`sim.icarus`, `sim.verilator`); a `SimRun` is what came out, before anybody
judges it (`sim.verdict`). It knows no test bench conventions and starts no process.

Try: ``rtlgen sim examples/soc --test tests/tb_soc.sv``
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rtlgen.core.process import Limits

SIM_LIMITS = Limits(
    wall_s=60.0,
    cpu_s=120,
    memory_mb=2048,
    file_mb=256,
    processes=64,
    output_kb=1024,
    disk_mb=512,
    total_memory_mb=2048,
)
"""Limits of a simulation unless the caller has others: a test bench of a user may run long, a model's code may not."""


@dataclass(frozen=True)
class Job:
    """One compilation and run. Paths are absolute; everything is read-only for it but `folder`."""

    folder: Path
    """Scratch folder: exists, belongs to this job alone, the only place it can write; the working folder of the run."""
    sources: tuple[Path, ...]
    """Files in compile order."""
    top: tuple[str, ...] = ()
    """Roots to elaborate; empty: the simulator finds them."""
    include_dirs: tuple[Path, ...] = ()
    defines: tuple[tuple[str, str | None], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    """Parameters of the top."""
    library_dirs: tuple[Path, ...] = ()
    library_extensions: tuple[str, ...] = (".v", ".sv")
    plusargs: tuple[str, ...] = ()
    """Arguments of the run, e.g. ``+seed=3``."""
    options: tuple[str, ...] = ()
    """More options of the compiler, e.g. ``-Winfloop``."""
    waves: str = "none"
    """``none`` (dumps of the test bench are suppressed too), ``vcd`` or ``fst`` (everything below `top`)."""
    read_only: tuple[Path, ...] = ()
    """Further files and folders that the run may read; those of sources and include folders are added by itself."""
    headers_beside: bool = False
    """The sandbox shows what sources include by a path of their own (``"near.vh"``, ``"../x.vh"``, also an absolute one).
    Not for code that a model wrote: it would be shown any file that it names."""
    limits: Limits = SIM_LIMITS
    sandboxed: bool = True
    optimise: bool = False
    """Verilator: compile for speed of the run instead of speed of the build."""
    compile_only: bool = False
    """Elaborate and stop: nothing is run, and a `SimRun` of phase ``run`` says that it would."""


@dataclass(frozen=True)
class SimRun:
    """How a job ended. `phase` is the last one that was begun: ``compile``, ``build`` (Verilator's C++) or ``run``."""

    phase: str
    returncode: int
    """Of the phase; negative for a signal."""
    compile_log: str
    run_log: str
    seconds: float
    """Wall time of both phases together."""
    timed_out: bool = False
    exhausted: str = ""
    """The resource that ran out: ``processes``, ``memory``, ``disk``, ``file``, ``cpu``; empty for none."""
    truncated: bool = False
    """Part of the output was dropped."""
    waves: Path | None = None
    simulator: str = "icarus"
    tools: dict[str, str] = field(default_factory=dict)
    """Fingerprints of the programs used, by name: ``{"iverilog": "11.0 3f..."}``."""
    note: str = ""
    """What the simulator's module did or noticed beside the job: a file that was read as Verilog-2005."""

    @property
    def compiled(self) -> bool:
        """Whether the compiler made something to run."""
        return self.phase == "run"

    @property
    def log(self) -> str:
        """Compiler and simulator output in order, as if they had written to one file."""
        return self.compile_log + self.run_log
