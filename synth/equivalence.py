"""Do two designs behave alike, for all inputs and all time: proved, refuted with an example, or not known.

`equivalent` flattens both (`netlist`), joins them to one circuit (`miter`, which says exactly what is compared and how
designs power up) and lets ABC decide (`decide`). "equal" is only said after a proof for all time. That no difference
was found in N cycles is "unknown". Yosys's own `equiv_induct` is not used: by its help it proves less than equality.

It does not simulate: races, delays and incomplete sensitivity lists do not exist in it.

Try: ``python -c "from pathlib import Path; from rtlgen.synth.equivalence import *;
print(equivalent([Path('a.v')], [Path('b.v')], 'top'))"``
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rtlgen.core.errors import DesignError, LimitError
from rtlgen.core.process import Limits
from rtlgen.synth.decide import Decision, decide
from rtlgen.synth.miter import Problem, Reset, build
from rtlgen.synth.netlist import Netlist, prepare
from rtlgen.synth.yosys import YOSYS_LIMITS, fingerprint

__all__ = ["Counterexample", "Equivalence", "Reset", "compare", "equivalent"]

MAX_GATES = 400_000
"""Gates of the joined circuit above which nothing is tried."""


@dataclass(frozen=True)
class Counterexample:
    """Inputs under which the designs differ in the last of the cycles; values in binary, ``7:0`` order."""

    inputs: tuple[dict[str, str], ...]
    """One entry a cycle: port to value."""
    outputs: dict[str, tuple[str, str]]
    """The outputs that differ in the last cycle: (of the first design, of the second). An x is shown as 0, so none is
    named where x stands against 0."""

    def __str__(self) -> str:
        differing = ", ".join(f"{name} is {b}, expected {a}" for name, (a, b) in self.outputs.items())
        return f"cycle {len(self.inputs) - 1}: {differing or 'an output is x, expected 0'}"


@dataclass(frozen=True)
class Equivalence:
    """status: ``equal`` (proved for all time), ``different`` (with a counterexample), ``unknown`` (`detail` says why)."""

    status: str
    method: str
    """Engine and model of time, e.g. ``pdr, cycles``; empty when nothing could be tried."""
    detail: str = ""
    counterexample: Counterexample | None = None
    seconds: float = 0.0
    tools: dict[str, str] = field(default_factory=dict)


def equivalent(
    gold: Sequence[Path],
    gate: Sequence[Path],
    top: str,
    *,
    gate_top: str | None = None,
    seconds: float = 10.0,
    depth: int = 20,
    resets: Sequence[Reset] = (),
    limits: Limits = YOSYS_LIMITS,
    sandboxed: bool = True,
) -> Equivalence:
    """Compare module `top` of the files `gold` with that of `gate` (called `gate_top` there, if given).

    `seconds` bound ABC's search, `limits` each run of Yosys; `depth` is the number of cycles checked before a proof
    is tried; `resets` are inputs held active at first. Raises DesignError when a design cannot be read: no such top,
    unresolved module, syntax, different ports. What can be read but not be decided is ``unknown``.
    """
    first = prepare(gold, top, name="gold", limits=limits, sandboxed=sandboxed)
    second = prepare(gate, gate_top or top, name="gate", limits=limits, sandboxed=sandboxed)
    return compare(
        first, second, seconds=seconds, depth=depth, resets=resets, limits=limits, sandboxed=sandboxed
    )


def compare(
    gold: Netlist,
    gate: Netlist,
    *,
    seconds: float = 10.0,
    depth: int = 20,
    resets: Sequence[Reset] = (),
    limits: Limits = YOSYS_LIMITS,
    sandboxed: bool = True,
) -> Equivalence:
    """The same for netlists that are prepared already, with the names ``gold`` and ``gate``."""
    start = time.monotonic()
    try:
        problem = build(gold, gate, resets=resets, limits=limits, sandboxed=sandboxed)
        if len(problem.aig.gates) > MAX_GATES:
            raise LimitError(f"the joined circuit has {len(problem.aig.gates)} gates, more than {MAX_GATES}")
        decision = decide(
            problem.aig,
            problem.bad,
            sequential=problem.sequential,
            seconds=seconds,
            depth=depth,
            sandboxed=sandboxed,
        )
        result = _concluded(problem, decision, resets, sandboxed)
    except LimitError as error:
        result = Equivalence("unknown", "", error.what)
    except DesignError as error:
        if error.what.startswith(("different ports", "the modules", "the reset")):
            raise
        result = Equivalence("unknown", "", f"cannot be compared: {error.what}")
    except ValueError as error:
        result = Equivalence("unknown", "", f"cannot be compared: {error}")
    tools = {"yosys": fingerprint(), **result.tools}
    return replace(result, seconds=time.monotonic() - start, tools=tools)


def _concluded(problem: Problem, decision: Decision, resets: Sequence[Reset], sandboxed: bool) -> Equivalence:
    method = (
        f"{decision.method}, {problem.model}" if problem.sequential else f"{decision.method}, combinational"
    )
    tools = decision.tools
    if decision.answer == "never":
        if problem.sequential and not _assumptions_hold(problem, sandboxed):
            return Equivalence(
                "unknown", method, "the assumptions about power-up and reset exclude every run"
            )
        return Equivalence("equal", method, tools=tools)
    if decision.answer == "open":
        cycles = (
            f"equal for {decision.frames} cycles"
            if decision.frames
            else "not even the first cycle was decided"
        )
        return Equivalence("unknown", method, f"no proof in the time given ({cycles})", tools=tools)
    example = _example(problem, decision)
    if problem.unpaired and not resets:
        names = ", ".join(problem.unpaired[:4])
        return Equivalence(
            "unknown",
            method,
            f"they differ for some power-up values of registers that only the first has ({names}); name a reset",
            example,
            tools=tools,
        )
    return Equivalence("different", method, str(example), example, tools=tools)


def _assumptions_hold(problem: Problem, sandboxed: bool) -> bool:
    """Whether there is a run at all in which the assumptions hold: without one, anything is proved."""
    answer = decide(problem.aig, problem.reached, sequential=True, seconds=4, depth=20, sandboxed=sandboxed)
    return answer.answer == "yes"


def _example(problem: Problem, decision: Decision) -> Counterexample:
    """The counterexample in terms of ports."""
    last = problem.aig.simulate(decision.inputs)[-1]
    gold, gate = (
        _words(
            {name.removeprefix(f"{side}_"): bit for name, bit in last.items() if name.startswith(f"{side}_")}
        )
        for side in ("gold", "gate")
    )
    frames = tuple(
        _words({name.removeprefix("in_"): bit for name, bit in frame.items() if name.startswith("in_")})
        for frame in decision.inputs
    )
    return Counterexample(
        frames, {name: (gold[name], gate[name]) for name in gold if gold[name] != gate[name]}
    )


def _words(bits: dict[str, int]) -> dict[str, str]:
    """``{"a[1]": 1, "a[0]": 0, "b": 1}`` as ``{"a": "10", "b": "1"}``."""
    words: dict[str, dict[int, int]] = {}
    for name, bit in bits.items():
        word, bracket, index = name.partition("[")
        words.setdefault(word, {})[int(index[:-1]) if bracket else 0] = bit
    return {
        word: "".join(str(values[i]) for i in sorted(values, reverse=True)) for word, values in words.items()
    }
