"""One module driven by a stimulus in a sandbox, and what its outputs were: a trace, or the reason why there is none.

The trace is taken from a file in the run's own folder, as data: whatever the design prints, writes or stops cannot make
it more than a wrong trace. A trace that ends early, or is not what a bench writes, is a failure of the design.

What it does not do: compare (`compare`) or give a digest (`behaviour`).

Try: ``rtlgen sim DESIGN.v --reference REF.v``
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from rtlgen.core.errors import DesignError, LimitError
from rtlgen.core.process import Limits
from rtlgen.core.records import Verdict
from rtlgen.core.scratch import collect, read_text, scratch
from rtlgen.sim.job import SIM_LIMITS, Job, SimRun
from rtlgen.sim.reference.design import Sources
from rtlgen.sim.reference.harness import (
    END,
    EXPECTED_FILE,
    STIMULUS_FILE,
    TRACE_FILE,
    bench,
    free_name,
    rows_text,
)
from rtlgen.sim.reference.stimulus import Stimulus
from rtlgen.sim.simulators import simulator
from rtlgen.sim.verdict import Rule, judge

RAN = "ran"
"""Kind of a recording with a complete trace; the other kinds are those of a verdict."""
LIMITS = replace(SIM_LIMITS, wall_s=20.0, cpu_s=30)
"""Limits of one recording."""
_LAST = "rtlgen: the run ended"
_ENDED = Rule(passes=(_LAST,), fatal_exit=False, name="recording")
"""Nothing that is printed matters, only how the run ended: the line that passes is added to every log."""
_TRACE_LINE = re.compile(r"[01xz]+")
_SPARE_BYTES = 4096


@dataclass(frozen=True)
class Settings:
    """How designs are run."""

    simulator: str = "icarus"
    limits: Limits = LIMITS
    sandboxed: bool = True
    headers_beside: bool = False
    """The sandbox shows files that the sources include by a path of their own: for code that a user trusts."""


DEFAULT = Settings()


@dataclass(frozen=True)
class Recording:
    """What came of one run. `trace` has one line of ``0 1 x z`` for every row played, outputs in order."""

    kind: str
    reason: str = ""
    trace: tuple[str, ...] = ()
    log: str = ""
    seconds: float = 0.0
    waves: Path | None = None
    tools: dict[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every row was played."""
        return self.kind == RAN


def record(
    sources: Sources,
    top: str,
    stimulus: Stimulus,
    settings: Settings = DEFAULT,
    *,
    waves: Path | None = None,
    expected: tuple[str, ...] = (),
) -> Recording:
    """Play `stimulus` into `top`. With `waves` a VCD of the run is put there, `expected` outputs beside the real ones.

    Raises ToolError when the simulator is missing; what the design does wrong is in the result.
    """
    with scratch() as folder:
        texts = [path.read_text("utf-8", "replace") for path in sources.files]
        name = free_name(texts)
        shown = bool(waves is not None and expected)
        text = bench(top, stimulus, parameters=sources.parameters, name=name, expected=shown)
        bench_file = folder / "rtlgen_bench.v"
        bench_file.write_text(text)
        (folder / STIMULUS_FILE).write_text(rows_text(stimulus))
        if shown:
            (folder / EXPECTED_FILE).write_text("\n".join(expected) + "\n")
        job = Job(
            folder=folder,
            sources=(bench_file, *sources.files),
            top=(name,),
            include_dirs=sources.include_dirs,
            defines=sources.defines,
            waves="none" if waves is None else "vcd",
            headers_beside=settings.headers_beside,
            limits=settings.limits,
            sandboxed=settings.sandboxed,
        )
        run = simulator(settings.simulator).run(job)
        recording = _outcome(run, folder, stimulus)
        if waves is not None and run.waves is not None:
            kept = collect(
                folder,
                run.waves.name,
                waves,
                settings.limits.file_mb * 2**20 if settings.limits.file_mb else 2**30,
            )
            recording = replace(recording, waves=waves if kept else None)
        return recording


def _outcome(run: SimRun, folder: Path, stimulus: Stimulus) -> Recording:
    verdict = judge(replace(run, truncated=False, run_log=f"{run.run_log}\n{_LAST}"), _ENDED)
    if verdict.kind == "pass":
        trace, reason = _trace(folder, stimulus)
        kind = RAN if not reason else "mismatch"
    else:
        trace, kind, reason = (), verdict.kind, verdict.reason
    return Recording(kind, reason, trace, _without_folder(run.log, folder), run.seconds, None, run.tools)


def _without_folder(log: str, folder: Path) -> str:
    """The log without the path of a folder that is gone."""
    return log.replace(f"{folder}/", "")


def _trace(folder: Path, stimulus: Stimulus) -> tuple[tuple[str, ...], str]:
    """The lines of the trace, and what is wrong with it; empty when nothing is."""
    width = sum(bits for _, bits in stimulus.outputs)
    rows = len(stimulus.rows)
    try:
        text = read_text(folder, TRACE_FILE, rows * (width + 1) + _SPARE_BYTES)
    except (DesignError, LimitError):
        return (), "the design disturbed the recording of its outputs"
    lines = (text or "").split("\n")
    good = []
    for line in lines[:rows]:
        if len(line) != width or not _TRACE_LINE.fullmatch(line):
            break
        good.append(line)
    trace = tuple(good)
    if len(trace) == rows and lines[rows:] == [END, ""]:
        return trace, ""
    if len(trace) == len(lines) - 1 and lines[-1] == "":
        cycle = stimulus.rows[min(len(trace), rows - 1)].cycle
        return trace, f"the design ended the simulation in cycle {cycle}"
    return trace, "the design disturbed the recording of its outputs"


def failed(recording: Recording) -> Verdict:
    """The verdict on a recording that is not complete."""
    return Verdict(recording.kind, recording.reason, log=recording.log, seconds=recording.seconds)
