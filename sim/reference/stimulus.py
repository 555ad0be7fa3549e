"""What a bench drives into a design, decided before anything runs: one row of input values after the other.

A row holds the value of every input, clocks included; the outputs are sampled at the end of every row. Clock edges and
changes of the other inputs never share a row, so no design races against the bench. A cycle of one clock is: inputs
change, the clock rises (inputs change again when the design looks at both edges or levels), the clock falls.

It starts with all resets active, then runs through stretches in each of which every input has a habit of its own
(random, rarely or mostly one, held, corner values, numbers of the source, walking ones, counting, equal to another
input), so that counters and state machines advance; resets return between stretches. A design without clocks gets
every combination of its inputs when they are few. Same seed, same ports, same rows, on every machine.

What it does not do: know protocols, give x or z to inputs, or aim at branches of the source.

Source: the random bench of CodeV-R1 (IPRC-DIP/CodeV-R1, verl/utils/reward_score/codev.py), with habits instead of
independent bits. Try: ``python -c "from rtlgen.sim.reference.stimulus import *; print(make.__doc__)"``
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rtlgen.core.errors import DesignError
from rtlgen.core.records import Module, Port
from rtlgen.sim.reference.ports import unpacked
from rtlgen.sim.reference.roles import Reset, Roles
from rtlgen.sim.reference.rows import Row, RowMaker

DEFAULT_CYCLES = 1000
"""Cycles of the first clock (vectors without a clock) unless the caller says otherwise; measured in docs/reference.md."""
EXHAUSTIVE_BITS = 12
"""Input bits of a design without clocks up to which every combination is driven."""
ROW_NS = 10
"""Nanoseconds of simulated time a row lasts."""


@dataclass(frozen=True)
class Stimulus:
    """Rows for the inputs `columns` (name, width in bits); clocks first."""

    columns: tuple[tuple[str, int], ...]
    rows: tuple[Row, ...]
    counted_from: int
    """Rows before this one are not compared: the design has not been reset yet."""
    outputs: tuple[tuple[str, int], ...]
    """What is sampled: name and width in bits."""
    seed: int
    clocks: tuple[str, ...] = ()
    resets: tuple[Reset, ...] = field(default=())

    @property
    def width(self) -> int:
        """Bits of a row."""
        return sum(width for _, width in self.columns)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of columns, rows and outputs: traces can be compared when it is the same."""
        text = repr((self.columns, self.outputs, self.counted_from, [row.value for row in self.rows]))
        return hashlib.sha256(text.encode()).hexdigest()

    def inputs(self, number: int) -> dict[str, int]:
        """The value of every input in row `number`, by name."""
        rest = self.rows[number].value
        found = {}
        for name, width in reversed(self.columns):
            found[name] = rest & ((1 << width) - 1)
            rest >>= width
        return dict(reversed(found.items()))


def make(
    module: Module,
    roles: Roles,
    *,
    seed: int = 0,
    cycles: int = DEFAULT_CYCLES,
    exhaustive_bits: int = EXHAUSTIVE_BITS,
    constants: Sequence[int] = (),
) -> Stimulus:
    """The stimulus for `module`, whose inputs have `roles`; `constants` are numbers that its source compares with.

    Raises DesignError for a module without outputs, and for ports that no bench can connect: unpacked arrays, types
    without a width in bits.
    """
    ports = {port.name: port for port in module.ports if port.direction in ("input", "output")}
    _check(module, ports)
    outputs = tuple((name, _bits(ports[name])) for name in roles.outputs)
    clocks = tuple(clock.name for clock in roles.clocks)
    others = [p.name for p in module.ports if p.direction == "input" and p.name not in clocks]
    columns = tuple((name, _bits(ports[name])) for name in (*clocks, *others))
    maker = RowMaker(columns, roles, seed, constants)
    if clocks:
        maker.run_clocked(cycles)
        counted_from = maker.after_reset
    else:
        maker.run_unclocked(cycles, exhaustive_bits)
        counted_from = 0
    return Stimulus(columns, tuple(maker.rows), counted_from, outputs, seed, clocks, roles.resets)


def _check(module: Module, ports: dict[str, Port]) -> None:
    where = f"{module.path}:{module.line}"
    for port in ports.values():
        if unpacked(port):
            raise DesignError(
                f"port '{port.name}' of '{module.name}' is an unpacked array ({port.type}): no bench drives one",
                where=where,
                hint=f"compare a wrapper of '{module.name}' with packed ports",
            )
        if port.width is None:
            raise DesignError(
                f"port '{port.name}' of '{module.name}' has no width in bits ({port.type or 'unresolved type'})",
                where=where,
                hint="give the files and macros its type needs",
            )
    if not any(port.direction == "output" for port in ports.values()):
        raise DesignError(f"'{module.name}' has no outputs: there is nothing to compare", where=where)


def _bits(port: Port) -> int:
    assert port.width is not None
    return port.width
