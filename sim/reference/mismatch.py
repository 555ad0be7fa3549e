"""The first difference between a design and its reference, as data for a prompt and as text for a terminal.

An x in the reference matches anything, an x in the design only an x, a z only a z (VerilogEval's rule, but for z, which
it lets match nothing). Differences before the first reset do not count.

What it does not do: run anything (`recording`), or read waves (`rtlgen.sim.waves`).

Source: ``tb_match`` of the benches of NVlabs/verilog-eval. Try: ``rtlgen sim DESIGN.v --reference REF.v``
"""

from __future__ import annotations

from dataclasses import dataclass

from rtlgen.sim.reference.stimulus import ROW_NS, Stimulus

HISTORY = 9
"""Rows up to the mismatch that are kept: three cycles of one clock."""
_SHOWN_SIGNALS = 3


@dataclass(frozen=True)
class Signal:
    """An output of one row, as Verilog literals."""

    name: str
    got: str
    expected: str
    wrong: bool


@dataclass(frozen=True)
class Step:
    """One row: what began it, all inputs (name, literal), and all outputs at its end."""

    cycle: int
    time_ns: int
    event: str
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[Signal, ...]


@dataclass(frozen=True)
class Mismatch:
    """The first row that differs: `signals` are its wrong outputs, `history` the rows up to it, itself last."""

    cycle: int
    time_ns: int
    event: str
    signals: tuple[Signal, ...]
    history: tuple[Step, ...]
    clocked: bool = True

    def line(self) -> str:
        """``cycle 12 (359 ns): q is 8'h03, expected 8'h04``."""
        said = [f"{s.name} is {s.got}, expected {s.expected}" for s in self.signals[:_SHOWN_SIGNALS]]
        more = len(self.signals) - len(said)
        said += [f"and {more} more"] if more > 0 else []
        what = "cycle" if self.clocked else "vector"
        return f"{what} {self.cycle} ({self.time_ns} ns): {'; '.join(said)}"

    def table(self) -> str:
        """The rows up to the mismatch as lines: time, event, inputs, outputs (wrong ones with what was expected)."""
        lines = []
        for step in self.history:
            inputs = " ".join(f"{name}={value}" for name, value in step.inputs)
            outputs = " ".join(
                f"{s.name}={s.got}" + (f" (expected {s.expected})" if s.wrong else "") for s in step.outputs
            )
            lines.append(f"{step.time_ns} ns, {step.event}: {inputs} -> {outputs}")
        return "\n".join(lines)


def differs(got: str, expected: str) -> bool:
    """Whether the bits `got` are wrong where `expected` is the reference's."""
    if got == expected:
        return False
    return any(e != "x" and g != e for g, e in zip(got, expected, strict=True))


def wrong_rows(trace: tuple[str, ...], expected: tuple[str, ...], stimulus: Stimulus) -> list[int]:
    """Numbers of the counted rows of `trace` that differ; rows missing at its end are not looked at."""
    start = stimulus.counted_from
    pairs = zip(trace[start:], expected[start:], strict=False)
    return [start + n for n, (got, right) in enumerate(pairs) if differs(got, right)]


def mismatch_at(row: int, trace: tuple[str, ...], expected: tuple[str, ...], stimulus: Stimulus) -> Mismatch:
    """The mismatch in `row`, with the rows before it."""
    steps = tuple(
        _step(number, trace[number], expected[number], stimulus)
        for number in range(max(0, row - HISTORY + 1), row + 1)
    )
    last = steps[-1]
    wrong = tuple(signal for signal in last.outputs if signal.wrong)
    return Mismatch(last.cycle, last.time_ns, last.event, wrong, steps, bool(stimulus.clocks))


def _step(number: int, got: str, expected: str, stimulus: Stimulus) -> Step:
    row = stimulus.rows[number]
    widths = dict(stimulus.columns)
    inputs = tuple(
        (name, literal(f"{value:0{widths[name]}b}")) for name, value in stimulus.inputs(number).items()
    )
    signals = []
    start = 0
    for name, width in stimulus.outputs:
        mine, right = got[start : start + width], expected[start : start + width]
        signals.append(Signal(name, literal(mine), literal(right), differs(mine, right)))
        start += width
    return Step(row.cycle, number * ROW_NS + ROW_NS - 1, row.phase, inputs, tuple(signals))


def literal(bits: str) -> str:
    """Bits ``0 1 x z`` as a Verilog literal: one bit bare, hexadecimal unless a digit is partly unknown."""
    if len(bits) == 1:
        return bits
    padded = bits.zfill((len(bits) + 3) // 4 * 4) if bits[0] in "01" else bits[0] * (-len(bits) % 4) + bits
    digits = []
    for start in range(0, len(padded), 4):
        four = padded[start : start + 4]
        if set(four) <= {"0", "1"}:
            digits.append(f"{int(four, 2):x}")
        elif len(set(four)) == 1:
            digits.append(four[0])
        else:
            return f"{len(bits)}'b{bits}"
    return f"{len(bits)}'h{''.join(digits)}"
