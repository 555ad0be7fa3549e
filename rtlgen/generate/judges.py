"""The further judges: a cocotb test module, a reference module; and which of them a request asks for.

Like the plain ones (`rtlgen.generate.judge`) they first want the design to compile with the right ports, and let no
design pass that prints, stops the simulation or reaches outside itself.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.records import Verdict
from rtlgen.core.scratch import scratch
from rtlgen.generate.judge import Bench, BenchJudge, CompileJudge, Judge
from rtlgen.generate.specification import Specification

if TYPE_CHECKING:
    from rtlgen.sim.reference.compare import Answers, Comparison
    from rtlgen.sim.reference.design import Sources


class CocotbJudge(CompileJudge):
    """Judges by a cocotb test module, which drives the design from Python."""

    def __init__(self, spec: Specification, bench: Bench, test: Path, *, seed: int = 0) -> None:
        super().__init__(spec, bench)
        self.test = test
        self.seed = seed
        self.name = str(test)

    def judge(self, design: Path) -> Verdict | None:
        """The verdict of all tests of the module together, or what stopped the design before them."""
        from rtlgen.sim.testing import cocotb
        from rtlgen.sim.testing.cocotb_results import judge_cocotb
        from rtlgen.sim.testing.design import design_of_files
        from rtlgen.sim.testing.testcases import find_cases
        from rtlgen.sim.verdict import judge

        stopped = self.stopped(design)
        if stopped is not None:
            return stopped
        files = replace(design_of_files([*self.bench.sources, design]), include_dirs=self.bench.include_dirs)
        (case,) = find_cases(files, [self.test], top=self.spec.top).cases
        options = cocotb.Options(
            simulator=self.bench.simulator,
            defines=self.bench.defines,
            limits=self.bench.limits,
            sandboxed=self.bench.sandboxed,
        )
        with scratch() as built, scratch() as folder:
            build = cocotb.build(case, options, "none", built)
            if not build.ok:
                return judge(build.run)
            run, results = cocotb.run(case, build, options, self.seed, folder)
            return judge_cocotb(self.test, run, results)[0]


class ReferenceJudge(CompileJudge):
    """Judges by a reference module: it is simulated once, and every output of a design must agree with it."""

    def __init__(self, spec: Specification, bench: Bench, reference: Path, *, seed: int = 0) -> None:
        super().__init__(spec, bench)
        self.reference = reference
        self.seed = seed
        self.name = str(reference)
        self._lock = threading.Lock()
        self._answers: Answers | None = None

    def judge(self, design: Path) -> Verdict | None:
        """The verdict of the comparison, or what stopped the design before it. Raises for an unusable reference."""
        return self.stopped(design) or self._checked(design).verdict

    def waves(self, design: Path, verdict: Verdict) -> str:
        """The cycles up to the first mismatch, and a window of the design's waveform around it."""
        from rtlgen.generate.waveform import around_first_mismatch

        if verdict.kind != "mismatch" or not verdict.first:
            return ""
        again = self._checked(design, waves=design.parent / "compared.vcd")
        rows = [again.mismatch.table()] if again.mismatch is not None else []
        if again.verdict.waves is not None:
            files = [*self.bench.sources, design]
            rows.append(
                around_first_mismatch(Path(again.verdict.waves), again.verdict, files, self.spec, unit=1e-9)
            )
        return "\n".join(row for row in rows if row)

    def _checked(self, design: Path, *, waves: Path | None = None) -> Comparison:
        from rtlgen.sim.reference.compare import check

        return check(self._known(), self._sources([*self.bench.sources, design]), self.spec.top, waves=waves)

    def _known(self) -> Answers:
        from rtlgen.sim.reference.compare import answers
        from rtlgen.sim.reference.recording import Settings

        with self._lock:
            if self._answers is None:
                settings = Settings(self.bench.simulator, self.bench.limits, self.bench.sandboxed)
                sources = self._sources([*self.bench.sources, self.reference])
                self._answers = answers(sources, None, seed=self.seed, settings=settings)
            return self._answers

    def _sources(self, files: Sequence[Path]) -> Sources:
        from rtlgen.sim.reference.design import Sources

        return Sources(tuple(files), self.bench.include_dirs, self.bench.defines)


def judge_for(
    spec: Specification,
    bench: Bench,
    *,
    test: Path | None = None,
    more: Sequence[Path] = (),
    test_top: str = "",
    reference: Path | None = None,
    seed: int = 0,
) -> Judge:
    """The judge that the files ask for: a cocotb module by its ending, a test bench, a reference, else the compiler."""
    if test is not None and test.suffix == ".py":
        return CocotbJudge(spec, bench, test, seed=seed)
    if test is not None:
        return BenchJudge(spec, bench, [test, *more], top=test_top)
    if reference is not None:
        return ReferenceJudge(spec, bench, reference, seed=seed)
    return CompileJudge(spec, bench)
