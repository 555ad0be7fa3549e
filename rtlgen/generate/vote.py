"""Candidates run on one shared stimulus, so that those that behave alike can be counted.

The stimulus is made once for a specification: from its ports when a header gave them, else from the interface that most
candidates have, with clocks and resets as the first of these uses them. From then on it stays, also for repair rounds.

It judges nothing: a digest says what a design does, not whether that is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.errors import RtlgenError
from rtlgen.core.records import Module
from rtlgen.core.scratch import scratch
from rtlgen.generate.judge import DESIGN, Bench
from rtlgen.generate.specification import Specification

if TYPE_CHECKING:
    from rtlgen.sim.reference.stimulus import Stimulus


class Voter:
    """Gives each code the digest of its behaviour; empty for a code that cannot be run on the stimulus."""

    def __init__(
        self, spec: Specification, bench: Bench, *, seed: int, cycles: int | None, jobs: int
    ) -> None:
        self.spec, self.bench = spec, bench
        self.seed, self.cycles, self.jobs = seed, cycles, jobs
        self.why_not = ""
        """Why nothing can be run; empty when something was."""
        self._stimulus: Stimulus | None = None

    def digests(self, codes: Sequence[str]) -> list[str]:
        """The digest of each code, in order. Raises ToolError when the simulator is missing."""
        if not codes:
            return []
        if self._stimulus is None:
            self._stimulus = self._made(codes)
        stimulus = self._stimulus
        if stimulus is None:
            return [""] * len(codes)
        with ThreadPoolExecutor(max_workers=max(1, self.jobs)) as pool:
            return list(pool.map(lambda code: self._digest(code, stimulus), codes))

    def _digest(self, code: str, stimulus: Stimulus) -> str:
        from rtlgen.sim.reference.behaviour import signature
        from rtlgen.sim.reference.recording import Settings

        with scratch() as folder:
            design = _written(folder, code)
            settings = Settings(sandboxed=self.bench.sandboxed)
            return signature(
                [*self.bench.sources, design],
                self.spec.top,
                stimulus,
                include_dirs=self.bench.include_dirs,
                defines=self.bench.defines,
                settings=settings,
            ).digest

    def _made(self, codes: Sequence[str]) -> Stimulus | None:
        """The stimulus for the interface that most of `codes` have; None when no code has one that can be driven."""
        from rtlgen.sim.reference.behaviour import stimulus_for
        from rtlgen.sim.reference.stimulus import DEFAULT_CYCLES

        interfaces = [self._interface(code) for code in codes]
        common = Counter(module.ports for module in interfaces if module is not None).most_common(1)
        if not common:
            self.why_not = self.why_not or "no answer has ports that can be driven"
            return None
        first = next(
            i for i, module in enumerate(interfaces) if module is not None and module.ports == common[0][0]
        )
        with scratch() as folder:
            design = _written(folder, codes[first])
            try:
                return stimulus_for(
                    [*self.bench.sources, design],
                    self.spec.top,
                    seed=self.seed,
                    cycles=self.cycles or DEFAULT_CYCLES,
                    include_dirs=self.bench.include_dirs,
                    defines=self.bench.defines,
                )
            except RtlgenError as error:
                self.why_not = error.what
                return None

    def _interface(self, code: str) -> Module | None:
        from rtlgen.sim.reference.ports import interface

        with scratch() as folder:
            try:
                return interface(
                    [*self.bench.sources, _written(folder, code)],
                    self.spec.top,
                    include_dirs=self.bench.include_dirs,
                    defines=self.bench.defines,
                )
            except RtlgenError as error:
                self.why_not = error.what
                return None


def _written(folder: Path, code: str) -> Path:
    design = folder / DESIGN
    design.write_text(code, "utf-8")
    return design
