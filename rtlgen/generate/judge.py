"""What real tools say of a design that a model wrote: it compiles, it has the right ports, it passes the test.

A judge looks at one code at a time, in a sandbox and a scratch folder of its own. All of them begin alike: the
compiler, the ports of the specification, and a look for code that reaches outside itself or speaks in the test bench's
place (`rtlgen.sim.tamper`): such a design never passes. Then the kinds part: a plain test bench, a reference module, or
nothing.

`judge` gives the verdict, None when nothing more can be said than that it compiles. `waves` shows, for a design that is
wrong, the signals that the first wrong output depends on, around the first mismatch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from rtlgen.core.process import Limits
from rtlgen.core.records import Port, Verdict
from rtlgen.generate.specification import Specification
from rtlgen.sim.job import Job

DESIGN = "design.sv"
"""What the design is called in its scratch folder, and in every log."""
LIMITS = Limits(
    wall_s=30.0, cpu_s=30, memory_mb=2048, total_memory_mb=3072, file_mb=64, processes=64, disk_mb=128
)
"""Limits of one simulation of a model's code."""


@dataclass(frozen=True)
class Bench:
    """How designs are run: simulator and sandbox, and files that belong to the design (packages, submodules)."""

    simulator: str = "icarus"
    sandboxed: bool = True
    limits: Limits = LIMITS
    sources: tuple[Path, ...] = ()
    """Compiled with the design, before it."""
    include_dirs: tuple[Path, ...] = ()
    defines: tuple[tuple[str, str | None], ...] = ()


class Judge(Protocol):
    """Says what a design is worth."""

    @property
    def name(self) -> str:
        """What judges, for records and tables; empty for a judge without a test."""
        ...

    @property
    def bench(self) -> Bench:
        """How designs are run."""
        ...

    def judge(self, design: Path) -> Verdict | None:
        """The verdict on the design in `design`, a file in a scratch folder of its own; None: it compiles, no test."""
        ...

    def waves(self, design: Path, verdict: Verdict) -> str:
        """The waveform around the first mismatch of `verdict` as text, empty when it cannot be made."""
        ...


def port_differences(wanted: Sequence[Port], found: Sequence[Port], *, widths: bool = True) -> list[str]:
    """How the ports of a design differ from the specification's, in words; widths unknown on either side agree."""
    have = {port.name: port for port in found}
    names = {port.name for port in wanted}
    rows = []
    for port in wanted:
        own = have.get(port.name)
        if own is None:
            rows.append(f"no {port.direction} '{port.name}'")
        elif own.direction != port.direction:
            rows.append(f"'{port.name}' is {own.direction}, not {port.direction}")
        elif widths and None not in (own.width, port.width) and own.width != port.width:
            rows.append(f"'{port.name}' has {own.width} bits, not {port.width}")
    rows += [
        f"{port.direction} '{port.name}' is not in the specification"
        for port in found
        if port.name not in names
    ]
    return rows


class CompileJudge:
    """Judges without a test: the compiler, the ports, and whether the design keeps to itself."""

    name = ""

    def __init__(self, spec: Specification, bench: Bench) -> None:
        self.spec = spec
        self.bench = bench

    def judge(self, design: Path) -> Verdict | None:
        """What stops the design before any test; None when nothing does."""
        return self.stopped(design)

    def stopped(self, design: Path) -> Verdict | None:
        """What stops the design before any test.

        The look at what it reaches for comes before its ports: it reads the text in a process with limits, and a text
        that a parser does not survive goes no further.
        """
        return self.compiles(design) or self.keeps_to_itself(design) or self.ports(design)

    def waves(self, design: Path, verdict: Verdict) -> str:  # noqa: ARG002
        """Nothing: without a test there is no mismatch."""
        return ""

    def compiles(self, design: Path) -> Verdict | None:
        """The compiler's verdict on the design alone, None when it compiles."""
        from rtlgen.sim.simulators import simulator
        from rtlgen.sim.verdict import judge

        job = self.job(design, top=(self.spec.top,), compile_only=True)
        run = simulator(self.bench.simulator).run(job)
        if run.compiled:
            return None
        return judge(run)

    def ports(self, design: Path) -> Verdict | None:
        """A verdict when the ports are not those of the specification; widths count when a header gave them."""
        from rtlgen.core.errors import RtlgenError
        from rtlgen.sim.reference.ports import interface

        if not self.spec.ports:
            return None
        try:
            found = interface(
                [*self.bench.sources, design], self.spec.top, include_dirs=self.bench.include_dirs
            )
        except RtlgenError as error:
            return Verdict("elaboration", reason=error.what, log=f"{DESIGN}:1: error: {error.what}\n")
        rows = port_differences(self.spec.ports, found.ports, widths=self.spec.origin != "list in the text")
        if not rows:
            return None
        reason = f"the ports of {self.spec.top} differ: {'; '.join(rows[:4])}"
        return Verdict("elaboration", reason=reason, log=f"{DESIGN}:1: error: {reason}\n")

    def keeps_to_itself(self, design: Path) -> Verdict | None:
        """A verdict when the design prints, stops the simulation, or reaches outside itself."""
        from rtlgen.sim.tamper import suspicions

        found = suspicions([design], self.spec.top, known=self.bench.sources)
        return None if not found else Verdict("mismatch", reason=f"the design {'; '.join(found[:3])}")

    def job(
        self, design: Path, *, top: tuple[str, ...], compile_only: bool = False, more: Sequence[Path] = ()
    ) -> Job:
        """A job of this bench on `design` and `more` files, in the design's folder."""
        return Job(
            folder=design.parent,
            sources=(*self.bench.sources, design, *more),
            top=top,
            include_dirs=self.bench.include_dirs,
            defines=self.bench.defines,
            limits=self.bench.limits,
            sandboxed=self.bench.sandboxed,
            compile_only=compile_only,
        )


class BenchJudge(CompileJudge):
    """Judges by a plain test bench, which instantiates the design and says itself whether it is right."""

    def __init__(self, spec: Specification, bench: Bench, test: Sequence[Path], *, top: str = "") -> None:
        super().__init__(spec, bench)
        self.test = tuple(test)
        self.top = top
        self.name = str(test[0])

    def judge(self, design: Path) -> Verdict | None:
        """The test bench's verdict, or what stopped the design before it."""
        return self.stopped(design) or self._run(design, "none")[0]

    def waves(self, design: Path, verdict: Verdict) -> str:
        """A window of the test bench's waveform: the wrong output and its fan-in, around the first mismatch."""
        from rtlgen.generate.waveform import around_first_mismatch, printed_unit

        if verdict.kind != "mismatch":
            return ""
        again, waves = self._run(design, "vcd")
        if waves is None:
            return ""
        files = [*self.bench.sources, design]
        return around_first_mismatch(waves, again, files, self.spec, unit=printed_unit(self.test))

    def _run(self, design: Path, waves: str) -> tuple[Verdict, Path | None]:
        from rtlgen.sim.simulators import simulator
        from rtlgen.sim.verdict import judge

        job = self.job(design, top=(self.top,) if self.top else (), more=self.test)
        run = simulator(self.bench.simulator).run(replace(job, waves=waves))
        return judge(run), run.waves
