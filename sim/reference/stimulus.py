"""What a bench drives into a design, decided before anything runs: one row of input values after the other.

A row holds the value of every input, clocks included; the outputs are sampled at the end of every row. Clock edges and
changes of the other inputs never share a row, so no design races against the bench. A cycle of one clock is: inputs
change, the clock rises (inputs change again when the design looks at both edges or levels), the clock falls.

It starts with all resets active, then runs through stretches in each of which every input has a habit of its own
(random, rarely or mostly one, held, corner values, walking ones, counting, equal to another input), so that counters
and state machines advance; resets return between and within stretches. A design without clocks gets every combination
of its inputs when they are few. Same seed, same ports, same rows, on every machine.

What it does not do: know protocols, give x or z to inputs, or aim at branches of the source.

Source: the random bench of CodeV-R1 (IPRC-DIP/CodeV-R1, verl/utils/reward_score/codev.py), with habits instead of
independent bits. Try: ``python -c "from rtlgen.sim.reference.stimulus import *; print(make.__doc__)"``
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rtlgen.core.errors import DesignError
from rtlgen.core.records import Module, Port
from rtlgen.sim.reference.habits import Habit, Values, habit_for
from rtlgen.sim.reference.ports import unpacked
from rtlgen.sim.reference.roles import Clock, Reset, Roles

DEFAULT_CYCLES = 500
"""Cycles of the first clock (vectors without a clock) unless the caller says otherwise; measured in docs/reference.md."""
EXHAUSTIVE_BITS = 12
"""Input bits of a design without clocks up to which every combination is driven."""
ROW_NS = 10
"""Nanoseconds of simulated time a row lasts."""
RESET_CYCLES = 3
"""Cycles of the reset at the start."""
_LENGTHS = (8, 16, 24, 40, 64)
_SLOWNESS = ((2, 2), (2, 3), (3, 2), (5, 2), (2, 5))
"""Half periods of the first two clocks in successive stretches, when there are several clocks."""


@dataclass(frozen=True)
class Row:
    """The state of all inputs for `ROW_NS`: `value` as one number, columns of `Stimulus.columns`, first one highest."""

    value: int
    cycle: int
    """Rises of the first clock so far; the row's own number without clocks."""
    phase: str
    """What began the row: ``inputs changed`` or ``clk rose``, ``clk fell``."""


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
) -> Stimulus:
    """The stimulus for `module`, whose inputs have `roles`.

    Raises DesignError for a module without outputs, and for ports that no bench can connect: unpacked arrays, types
    without a width in bits.
    """
    ports = {port.name: port for port in module.ports if port.direction in ("input", "output")}
    _check(module, ports)
    outputs = tuple((name, _bits(ports[name])) for name in roles.outputs)
    clocks = tuple(clock.name for clock in roles.clocks)
    others = [p.name for p in module.ports if p.direction == "input" and p.name not in clocks]
    columns = tuple((name, _bits(ports[name])) for name in (*clocks, *others))
    maker = _Maker(columns, roles, seed)
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


class _Maker:
    """Rows in the making; `state` is the value of every column now."""

    def __init__(self, columns: Sequence[tuple[str, int]], roles: Roles, seed: int) -> None:
        self.rows: list[Row] = []
        self.after_reset = 0
        self._random = random.Random(f"rtlgen stimulus 1 {seed}")
        self._columns = columns
        self._roles = roles
        self._state = dict.fromkeys((name for name, _ in columns), 0)
        self._resets = {reset.name: reset for reset in roles.resets}
        clocks = {clock.name for clock in roles.clocks}
        self._data = [(n, w) for n, w in columns if n not in clocks and n not in self._resets]
        self._habits: dict[str, Habit] = {}
        self._cycle = 0
        self._slowness = [2 + n for n in range(len(clocks))]
        self._due = [(2 + n, n) for n in range(len(clocks))]

    def run_unclocked(self, count: int, exhaustive_bits: int) -> None:
        """Vectors of a design without clocks; every one is a cycle of its own."""
        names = self._data + [(name, 1) for name in self._resets]
        bits = sum(width for _, width in names)
        if bits <= exhaustive_bits:
            for _ in range(2 if bits <= 8 else 1):
                numbers = list(range(1 << bits))
                self._random.shuffle(numbers)
                for number in numbers:
                    self._spread(names, number)
                    self._emit("inputs changed")
            return
        for corner in _corners(names):
            self._state.update(corner)
            self._emit("inputs changed")
        while len(self.rows) < max(count, 2 * bits):
            self._new_habits(names)
            for _ in range(self._random.choice(_LENGTHS)):
                self._step(names)
                self._emit("inputs changed")

    def _spread(self, names: Sequence[tuple[str, int]], number: int) -> None:
        for name, width in names:
            self._state[name] = number & ((1 << width) - 1)
            number >>= width

    def run_clocked(self, cycles: int) -> None:
        """A reset, corner values, then stretches; the middle third runs without resets."""
        for reset in self._resets.values():
            self._state[reset.name] = 0 if reset.active_low else 1
        several = len(self._roles.clocks) > 1
        for number in range((3 * RESET_CYCLES if several else RESET_CYCLES) if self._resets else 0):
            if number:
                self._randomise()
            self._cycles(1, moves=False)
            if several or not self.after_reset:
                self.after_reset = len(self.rows)
        self._release()
        quiet = range(cycles // 3, 2 * cycles // 3)
        while self._cycle < cycles:
            self._new_habits(self._data)
            calm = self._cycle in quiet
            if not calm and self._random.random() < 0.4:
                self._reset_now()
            length = min(self._random.choice(_LENGTHS) * (3 if calm else 1), cycles - self._cycle)
            self._cycles(length, moves=True)

    def _randomise(self) -> None:
        for name, width in self._data:
            self._state[name] = self._random.getrandbits(width)

    def _release(self) -> None:
        for reset in self._resets.values():
            self._state[reset.name] = 1 if reset.active_low else 0

    def _reset_now(self) -> None:
        """One reset (sometimes all) active for one or two cycles, the data moving on."""
        chosen = list(self._resets.values())
        if len(chosen) > 1 and self._random.random() < 0.6:
            chosen = [self._random.choice(chosen)]
        for reset in chosen:
            self._state[reset.name] = 0 if reset.active_low else 1
        if chosen:
            self._cycles(self._random.choice((1, 1, 2)), moves=True)
        self._release()

    def _cycles(self, count: int, *, moves: bool) -> None:
        clocks = self._roles.clocks
        if len(clocks) == 1:
            for _ in range(count):
                self._one_cycle(clocks[0], moves)
        else:
            self._interleaved(clocks, count, moves)

    def _one_cycle(self, clock: Clock, moves: bool) -> None:
        if moves:
            self._step(self._data)
        self._emit("inputs changed")
        self._toggle(clock.name)
        if clock.edges == "both":
            if moves:
                self._step(self._data)
            self._emit("inputs changed")
        self._toggle(clock.name)

    def _interleaved(self, clocks: Sequence[Clock], count: int, moves: bool) -> None:
        """Several clocks of different speeds, never two edges at once; inputs change before every rising edge."""
        if count > 4:
            self._slowness = [*self._random.choice(_SLOWNESS), *(3 + n for n in range(len(clocks)))]
        end = self._cycle + count
        while self._cycle < end or self._state[clocks[0].name]:
            time, n = min(self._due)
            name = clocks[n].name
            if not self._state[name] or clocks[n].edges == "both":
                if moves:
                    self._step(self._data)
                self._emit("inputs changed")
            self._toggle(name)
            self._due[n] = (time + self._slowness[n], n)

    def _toggle(self, name: str) -> None:
        self._state[name] ^= 1
        if self._state[name] and name == self._roles.clocks[0].name:
            self._cycle += 1
        self._emit(f"{name} {'rose' if self._state[name] else 'fell'}")

    def _emit(self, phase: str) -> None:
        value = 0
        for name, width in self._columns:
            value = value << width | self._state[name]
        cycle = self._cycle if self._roles.clocks else len(self.rows)
        self.rows.append(Row(value, cycle, phase))

    def _new_habits(self, names: Sequence[tuple[str, int]]) -> None:
        enables = set(self._roles.enables)
        for name, width in names:
            self._habits[name] = habit_for(self._random, width, enable=name in enables)

    def _step(self, names: Sequence[tuple[str, int]]) -> None:
        """The next value of every input by its habit; inputs without one yet are random."""
        values: Values = self._state
        for name, width in names:
            habit = self._habits.get(name)
            if habit is None:
                self._state[name] = self._random.getrandbits(width)
            else:
                same = [n for n, w in names if w == width and n != name] if habit.kind == "equal" else []
                self._state[name] = habit.next(self._random, values[name], [values[n] for n in same])


def _corners(names: Sequence[tuple[str, int]]) -> list[dict[str, int]]:
    """All zero, all one, alternating, each input alone at its extremes, and one bit at a time across all inputs."""
    full = {name: (1 << width) - 1 for name, width in names}
    zero = dict.fromkeys(full, 0)
    odd = {name: full[name] // 3 for name in full}
    found = [zero, full, odd, {name: full[name] ^ odd[name] for name in full}]
    for name, width in names[:64]:
        sign = 1 << (width - 1)
        found += [zero | {name: full[name]}, full | {name: 0}, zero | {name: sign}, full | {name: sign - 1}]
        found += [zero | {name: 1 << bit} for bit in range(min(width, 64))]
    return found
