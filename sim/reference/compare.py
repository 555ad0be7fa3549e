"""A verdict on a design by a reference module: both are driven by the same stimulus, every output must agree.

The reference is simulated first, on its own, and can then judge any number of designs (`answers`, `check`). Design and
reference never share a process, a file or a name, so nothing in the design can make it pass but the right outputs at the
right times. A reference that does not compile, does not end or never leaves x is the caller's error, not a verdict.

What it does not do: prove equality. A pass says that no row of the stimulus told the two apart.

Source: CodeV-R1 judges by a made test bench (IPRC-DIP/CodeV-R1, verl/utils/reward_score/codev.py); the rule for
x is that of NVlabs/verilog-eval. Try: ``rtlgen sim DESIGN.v --reference REF.v``
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rtlgen.core.errors import DesignError, LimitError
from rtlgen.core.records import Module, RunRecord, Verdict, sha256_text
from rtlgen.core.scratch import scratch
from rtlgen.sim.job import Job
from rtlgen.sim.reference.constants import constants_in
from rtlgen.sim.reference.design import Sources, elaborate
from rtlgen.sim.reference.mismatch import Mismatch, mismatch_at, wrong_rows
from rtlgen.sim.reference.ports import differences, module_of
from rtlgen.sim.reference.recording import DEFAULT, RAN, Recording, Settings, failed, record
from rtlgen.sim.reference.roles import roles
from rtlgen.sim.reference.stimulus import DEFAULT_CYCLES, Stimulus, make
from rtlgen.sim.reference.uses import uses
from rtlgen.sim.simulators import simulator
from rtlgen.sim.verdict import judge

_SHOWN = 6
"""Differences of ports that a reason lists."""


@dataclass(frozen=True)
class Answers:
    """A reference that has been simulated: its interface, the stimulus, and the outputs expected for every row."""

    module: Module
    stimulus: Stimulus
    expected: tuple[str, ...]
    settings: Settings
    hashes: tuple[tuple[str, str], ...] = ()
    """The reference's files, name and SHA-256."""


@dataclass(frozen=True)
class Comparison:
    """A verdict, and the first mismatch as data when there is one."""

    verdict: Verdict
    mismatch: Mismatch | None = None


def compare(
    design_files: Sequence[Path],
    reference_files: Sequence[Path],
    top: str | None,
    *,
    reference_top: str | None = None,
    seed: int = 0,
    cycles: int = DEFAULT_CYCLES,
    include_dirs: Sequence[Path] = (),
    defines: Sequence[tuple[str, str | None]] = (),
    parameters: Sequence[tuple[str, str]] = (),
    skip_inouts: bool = False,
    settings: Settings = DEFAULT,
    waves: Path | None = None,
) -> Verdict:
    """The verdict of `compared`, whose arguments these are."""
    return compared(
        design_files,
        reference_files,
        top,
        reference_top=reference_top,
        seed=seed,
        cycles=cycles,
        include_dirs=include_dirs,
        defines=defines,
        parameters=parameters,
        skip_inouts=skip_inouts,
        settings=settings,
        waves=waves,
    ).verdict


def compared(
    design_files: Sequence[Path],
    reference_files: Sequence[Path],
    top: str | None,
    *,
    reference_top: str | None = None,
    seed: int = 0,
    cycles: int = DEFAULT_CYCLES,
    include_dirs: Sequence[Path] = (),
    defines: Sequence[tuple[str, str | None]] = (),
    parameters: Sequence[tuple[str, str]] = (),
    skip_inouts: bool = False,
    settings: Settings = DEFAULT,
    waves: Path | None = None,
) -> Comparison:
    """Judge `top` of the design by the reference's module `reference_top` (default: `top`, else its only top).

    `include_dirs`, `defines` and `parameters` hold for both. With `waves` a mismatch is run again and its VCD put there,
    with the expected outputs beside the real ones. Raises what `answers` raises.
    """

    def sources(files: Sequence[Path]) -> Sources:
        return Sources(tuple(files), tuple(include_dirs), tuple(defines), tuple(parameters))

    reference = sources(reference_files)
    known = answers(
        reference,
        reference_top or _same_top(reference, top),
        seed=seed,
        cycles=cycles,
        skip_inouts=skip_inouts,
        settings=settings,
    )
    return check(known, sources(design_files), top, waves=waves)


def answers(
    reference: Sources,
    top: str | None,
    *,
    seed: int = 0,
    cycles: int = DEFAULT_CYCLES,
    skip_inouts: bool = False,
    settings: Settings = DEFAULT,
) -> Answers:
    """Simulate a reference: ports and roles by its source, then its outputs on the stimulus.

    Raises UsageError for files that cannot be read; DesignError when it has no such top, ports that no bench can drive
    (inouts unless they are skipped), does not compile, ends the simulation itself, or has only x on its outputs;
    LimitError when it does not end; ToolError when the simulator is missing.
    """
    design = elaborate(reference, top)
    module = module_of(design)
    where = reference.files[0]
    inouts = [port.name for port in module.ports if port.direction in ("inout", "ref")]
    if inouts and not skip_inouts:
        raise DesignError(
            f"'{module.name}' has the inout '{inouts[0]}': ports driven from both sides are not compared",
            where=f"{module.path}:{module.line}",
            hint="leave them open and compare the outputs: skip_inouts, or write a test bench",
        )
    texts = [path.read_text("utf-8", "replace") for path in reference.files]
    found = roles(module, uses(design))
    stimulus = make(module, found, seed=seed, cycles=cycles, constants=constants_in(texts))
    recording = record(reference, module.name, stimulus, replace(settings, headers_beside=True))
    if recording.kind == "timeout":
        raise LimitError(f"the reference: {recording.reason}", where=where, hint="give it more time")
    if recording.kind != RAN:
        raise DesignError(
            f"the reference does not run ({recording.kind}): {recording.reason}",
            where=where,
            hint=f"iverilog -g2012 -t null {' '.join(map(str, reference.files))}",
        )
    if all(set(line) == {"x"} for line in recording.trace[stimulus.counted_from :]):
        raise DesignError(
            f"no output of the reference '{module.name}' ever left x: there is nothing to compare with",
            where=where,
            hint="give it a reset or initial values",
        )
    hashes = tuple((str(path), sha256_text(text)) for path, text in zip(reference.files, texts, strict=True))
    return Answers(module, stimulus, recording.trace, settings, hashes)


def check(
    known: Answers, design: Sources, top: str | None = None, *, waves: Path | None = None
) -> Comparison:
    """Judge `top` (default: the reference's name) of `design` by a simulated reference.

    Raises UsageError for files that cannot be read, ToolError when the simulator is missing.
    """
    wanted = top or known.module.name
    misfit, sure = _misfit(known, design, wanted)
    recording = None if sure else record(design, wanted, known.stimulus, known.settings)
    if recording is None or (misfit and not recording.trace):
        verdict = _without_bench(design, known.settings) or Verdict("elaboration", misfit)
        return Comparison(_told(verdict, known, design))
    comparison = _judged(recording, known)
    waved = None
    if waves is not None and comparison.verdict.kind == "mismatch":
        again = record(design, wanted, known.stimulus, known.settings, waves=waves, expected=known.expected)
        waved = None if again.waves is None else str(again.waves)
    verdict = _told(replace(comparison.verdict, waves=waved), known, design, recording)
    return Comparison(verdict, comparison.mismatch)


def _same_top(reference: Sources, top: str | None) -> str | None:
    """`top` when the reference has a module of that name, else None: its only top is meant."""
    if top is None:
        return None
    try:
        return elaborate(reference, top).name
    except DesignError:
        return None


def _misfit(known: Answers, design: Sources, top: str) -> tuple[str, bool]:
    """Why the design cannot take the reference's place (empty: it can), and whether the simulator need not be asked."""
    try:
        module = module_of(elaborate(design, top))
    except DesignError as error:
        return (f"{error.what} ({error.hint})" if error.hint else error.what), False
    rows = differences(module, known.module)
    if not rows:
        return "", False
    more = f"; and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return f"the ports of '{top}' differ: {'; '.join(rows[:_SHOWN])}{more}", True


def _without_bench(design: Sources, settings: Settings) -> Verdict | None:
    """The compiler's verdict on the design alone, None when it compiles: a misspelt file has no ports to speak of."""
    with scratch() as folder:
        job = Job(
            folder=folder,
            sources=design.files,
            include_dirs=design.include_dirs,
            defines=design.defines,
            headers_beside=settings.headers_beside,
            limits=settings.limits,
            sandboxed=settings.sandboxed,
            compile_only=True,
        )
        run = simulator(settings.simulator).run(job)
        return None if run.compiled else judge(run)


def _judged(recording: Recording, known: Answers) -> Comparison:
    """The verdict of a trace, a cut-off one included."""
    if recording.kind not in (RAN, "mismatch"):
        return Comparison(failed(recording))
    stimulus = known.stimulus
    wrong = wrong_rows(recording.trace, known.expected, stimulus)
    samples = max(0, len(recording.trace) - stimulus.counted_from)
    verdict = Verdict(
        "pass",
        samples=samples,
        wrong=len(wrong),
        log=recording.log,
        seconds=recording.seconds,
    )
    found = mismatch_at(wrong[0], recording.trace, known.expected, stimulus) if wrong else None
    if found is None and recording.complete:
        return Comparison(verdict)
    reason = f"{len(wrong)} of {samples} samples differ from the reference"
    if not recording.complete:
        reason = recording.reason
    if found is None:
        return Comparison(replace(verdict, kind="mismatch", reason=reason))
    log = f"{recording.log}the rows up to the first mismatch:\n{found.table()}\n"
    return Comparison(replace(verdict, kind="mismatch", reason=reason, first=found.line(), log=log), found)


def _told(verdict: Verdict, known: Answers, design: Sources, recording: Recording | None = None) -> Verdict:
    """The verdict with what is needed to have it again."""
    settings = known.settings
    inputs = dict(known.hashes)
    inputs |= {str(path): sha256_text(path.read_text("utf-8", "replace")) for path in design.files}
    record_ = RunRecord(
        inputs=inputs,
        tools={} if recording is None else recording.tools,
        seed=known.stimulus.seed,
        limits={"wall_s": settings.limits.wall_s, "memory_mb": settings.limits.memory_mb},
    )
    return replace(verdict, seed=known.stimulus.seed, sandboxed=settings.sandboxed, record=record_)
