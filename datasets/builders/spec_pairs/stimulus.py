"""What a generated design is fed with, and what its oracle answers: one row per step.

Combinational designs of at most 8 input bits see every input once, in an order of their own; wider ones see corner
values and random ones. Clocked designs are reset for two steps, then see runs with differing shares of ones, so that
long and short streaks, holds and resets in the middle all happen; designs with an asynchronous reset also see it
pulsed without a clock edge.

It writes no Verilog (`verify`).
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from rtlgen.datasets.spec_pairs.design import Design, DesignPort

ALL_UP_TO = 8
COMBINATIONAL_STEPS = 64
CLOCKED_STEPS = 160
_RUN = 20


@dataclass(frozen=True)
class Step:
    """Inputs without the clock, and the outputs expected (None: open). `edge`: the clock ticks before the look."""

    inputs: dict[str, int]
    expected: dict[str, int | None]
    edge: bool = True


def steps_of(design: Design, rng: random.Random) -> list[Step]:
    """The rows for one design. What the oracle raises passes through; KeyError for an output left out, ValueError
    for one that does not fit its port."""
    oracle = design.oracle()
    found = []
    for inputs, edge in _inputs(design, rng):
        answer = oracle.step(dict(inputs))
        for port in design.outputs:
            if not 0 <= (answer[port.name] or 0) < 1 << port.width:
                raise ValueError(f"{answer[port.name]} does not fit the {port.width} bits of {port.name}")
        found.append(Step(inputs, {port.name: answer[port.name] for port in design.outputs}, edge))
    return found


def _inputs(design: Design, rng: random.Random) -> list[tuple[dict[str, int], bool]]:
    ports = [port for port in design.inputs if port.name != design.clock]
    if design.clock:
        return _clocked(design, ports, rng)
    bits = sum(port.width for port in ports)
    if bits <= ALL_UP_TO:
        every = list(range(1 << bits))
        rng.shuffle(every)
        rows = [_split(value, ports) for value in every]
        more = [rng.choice(rows) for _ in range(max(0, 24 - len(rows)))]
        return [(row, False) for row in [*rows, *more]]
    return [
        ({port.name: _value(port, rng, 0.5) for port in ports}, False) for _ in range(COMBINATIONAL_STEPS)
    ]


def _split(value: int, ports: list[DesignPort]) -> dict[str, int]:
    row = {}
    for port in reversed(ports):
        row[port.name] = value & ((1 << port.width) - 1)
        value >>= port.width
    return row


def _value(port: DesignPort, rng: random.Random, share: float) -> int:
    """A value of a port: ones with probability `share` for one bit, corners or anything for more."""
    top = (1 << port.width) - 1
    if port.width == 1:
        return int(rng.random() < share)
    roll = rng.random()
    if roll < 0.3:
        return (
            rng.choice([0, top, 1, top >> 1, (top >> 1) + 1, top - 1, 1 << rng.randrange(port.width)]) & top
        )
    if roll < 0.4:
        return min(top, rng.randrange(16))
    return rng.randrange(top + 1)


def _clocked(
    design: Design, ports: list[DesignPort], rng: random.Random
) -> list[tuple[dict[str, int], bool]]:
    active = 0 if design.reset_low else 1
    rows: list[tuple[dict[str, int], bool]] = []
    held: dict[str, int] = {}
    shares: dict[str, float] = {}
    for number in range(CLOCKED_STEPS):
        if number % _RUN == 0:
            shares = {port.name: _share(port, rng) for port in ports}
        for port in ports:
            if port.name not in held or port.width == 1 or rng.random() < 0.7:
                held[port.name] = _value(port, rng, shares[port.name])
        edge = True
        if design.reset:
            asserted = number < 2 or rng.random() < 0.03
            held[design.reset] = active if asserted else 1 - active
            edge = number < 2 or not (design.asynchronous and asserted and rng.random() < 0.5)
        rows.append((dict(held), edge))
    return rows


def _share(port: DesignPort, rng: random.Random) -> float:
    if port.role == "enable":
        return rng.choice([1.0, 0.9, 0.8, 0.5])
    return rng.choice([0.5, 0.5, 0.5, 0.8, 0.2, 0.95, 0.05])
