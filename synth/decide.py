"""Can this output ever be true: ABC's answer, with the inputs that make it so.

Sequential circuits go through bounded model checking (`bmc3`), and then through proofs for all time: registers that are
always equal are merged (`scorr`), and what is left goes to property directed reachability (`pdr`; `dprove` where the
output has become a constant, which `pdr` leaves open); then `pdr` without merging. Combinational ones go through
`iprove` (rewriting, fraiging and SAT). ABC runs as a process of its own, sandboxed, with a wall limit; it exits with 0
whatever happens, so only its status line counts. An answer "yes" is checked by simulating the circuit with the inputs
that ABC gave.

Source: ABC, https://github.com/berkeley-abc/abc; N. Een, A. Mishchenko, R. Brayton, "Efficient implementation of
property directed reachability", FMCAD 2011. Try: see `rtlgen.synth.equivalence`.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from rtlgen.core import process
from rtlgen.core.errors import ToolError
from rtlgen.core.process import Limits
from rtlgen.core.sandbox import Sandbox
from rtlgen.core.tools import find
from rtlgen.synth.aiger import Aig

ABC_LIMITS = Limits(wall_s=30.0, cpu_s=60, memory_mb=4096, file_mb=256, processes=8)
_STATUS = re.compile(r"^Status = *(-?\d+) +Frames = *(-?\d+)", re.MULTILINE)
_FRAME = re.compile(r"CEX: .*\bFrame = *(\d+)")
GRACE_SECONDS = 2.0
"""Wall time beyond ABC's own limits before it is killed (its limits are looked at between steps)."""


@dataclass(frozen=True)
class Decision:
    """answer: ``never`` (proved for all time), ``yes`` (with inputs), ``open``."""

    answer: str
    method: str
    frames: int = 0
    """Cycles in which the output was proved false, when the answer is open."""
    inputs: tuple[dict[str, int], ...] = ()
    """Input bits of each cycle up to the one where the output is true."""
    tools: dict[str, str] = field(default_factory=dict)


def decide(
    aig: Aig, bad: int, *, sequential: bool, seconds: float = 10.0, depth: int = 20, sandboxed: bool = True
) -> Decision:
    """Whether the literal `bad` of `aig` can be true, within `seconds` and, for bounded checking, `depth` cycles."""
    tool = find("yosys-abc")
    used = {"yosys-abc": f"{tool.version_text} {tool.fingerprint}"}
    with tempfile.TemporaryDirectory(prefix="rtlgen-") as folder:
        work = Path(folder)
        (work / "bad.aig").write_bytes(aig.binary(bad))
        if not sequential:
            return replace(
                _asked(tool.path, work, aig, bad, "iprove", seconds, sandboxed), method="iprove", tools=used
            )
        bounded = max(1, int(seconds / 4))
        first = _asked(tool.path, work, aig, bad, f"bmc3 -F {depth} -T {bounded}", bounded, sandboxed)
        if first.answer != "open":  # "never" too: with few registers it goes through all of their states
            return replace(first, method="bmc3", tools=used)
        rest = max(1, int(seconds - bounded))
        merged = _asked(tool.path, work, aig, bad, f"scorr; pdr -T {rest}", rest, sandboxed)
        if merged.answer == "open" and merged.frames == 0:  # pdr gives up where the output became a constant
            merged = _asked(tool.path, work, aig, bad, "scorr; dprove", rest, sandboxed)
        if (
            merged.answer == "never"
        ):  # only this: a counterexample is one of the circuit with registers merged
            return replace(merged, method="scorr", tools=used)
        second = _asked(tool.path, work, aig, bad, f"pdr -T {rest}", rest, sandboxed)
    if second.answer == "open":
        return replace(second, method="bmc3, pdr", frames=max(first.frames, second.frames), tools=used)
    return replace(second, method="pdr", tools=used)


def _asked(
    abc: Path, work: Path, aig: Aig, bad: int, command: str, seconds: float, sandboxed: bool
) -> Decision:
    """One command of ABC on ``bad.aig``. Raises ToolError when its counterexample is none.

    A counterexample of a circuit whose registers were merged (`scorr`) is not looked at: the answer is open.
    """
    witness = work / "witness.txt"
    witness.unlink(missing_ok=True)
    done = process.run(
        [str(abc), "-s", "-c", f"read_aiger bad.aig; {command}; print_status; write_cex -a witness.txt"],
        cwd=work,
        limits=replace(ABC_LIMITS, wall_s=seconds + GRACE_SECONDS),
        sandbox=Sandbox(work, (abc,)) if sandboxed else None,
    )
    status = _STATUS.search(done.stdout)
    if status is None:
        if not (done.timed_out or done.exhausted or done.returncode):
            raise ToolError("ABC did not say its status", where=str(abc), hint="rtlgen doctor")
        return Decision("open", command)
    if status[1] == "1":
        return Decision("never", command)
    if status[1] == "0" and witness.is_file() and not command.startswith("scorr"):
        inputs = _frames(witness.read_text(), aig)
        if not aig.inputs:  # a cycle without inputs is an empty line, or none
            last = _FRAME.search(done.stdout)
            inputs = ({},) * (int(last[1]) + 1 if last else 1)
        if not _true_at_last(aig, bad, inputs):
            raise ToolError("the counterexample of ABC does not hold in simulation", where=str(abc))
        return Decision("yes", command, len(inputs), inputs)
    return Decision("open", command, max(0, int(status[2])))


def _frames(text: str, aig: Aig) -> tuple[dict[str, int], ...]:
    """The input values of a witness: one line a cycle, after the line of the initial state when there are latches."""
    lines = [line for line in text.splitlines() if line and set(line) <= {"0", "1"}]
    rows = lines[1 if aig.latches else 0 :]
    return tuple({name: int(value) for name, value in zip(aig.input_names, row, strict=True)} for row in rows)


def _true_at_last(aig: Aig, bad: int, inputs: tuple[dict[str, int], ...]) -> bool:
    probe = replace(aig, outputs=[*aig.outputs, bad], output_names=[*aig.output_names, "$bad"])
    values = probe.simulate(inputs)
    return bool(values) and values[-1]["$bad"] == 1
