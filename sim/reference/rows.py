"""The rows of a stimulus in the making: resets, stretches of habits, and clocks that never meet.

The state of all inputs is kept; every change of it becomes a row. It knows names, widths and roles, and no design.

Try: ``python -c "from rtlgen.sim.reference.rows import *; from rtlgen.sim.reference.roles import *;
m = RowMaker([('clk', 1), ('d', 4)], Roles((Clock('clk'),)), 0); m.run_clocked(3); print(*m.rows, sep='\\n')"``
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from rtlgen.sim.reference.habits import Habit, Values, habit_for
from rtlgen.sim.reference.roles import Clock, Reset, Roles

RESET_CYCLES = 3
"""Cycles of the reset at the start."""
_FIRST_CYCLES = 8
"""Cycles after the first reset that no second one cuts short."""
_LENGTHS, _LONG, _SHORT = (8, 16, 24, 40), (40, 64, 120), (2, 3, 5, 8, 13)
"""Cycles of a stretch: at first, without resets, with many."""
_REPEATED = 512
"""Rows up to which all combinations of inputs are driven again in another order: what a latch keeps depends on it."""
_SLOWNESS = ((2, 2), (2, 3), (3, 2), (5, 2), (2, 5))
"""Half periods of the first two clocks in successive stretches, when there are several clocks."""


@dataclass(frozen=True)
class Row:
    """The state of all inputs for a moment: `value` as one number, the columns in order, the first one highest."""

    value: int
    cycle: int
    """Rises of the first clock so far; the row's own number without clocks."""
    phase: str
    """What began the row: ``inputs changed`` or ``clk rose``, ``clk fell``."""


class RowMaker:
    """Rows in the making; `state` is the value of every column now."""

    def __init__(
        self, columns: Sequence[tuple[str, int]], roles: Roles, seed: int, constants: Sequence[int] = ()
    ) -> None:
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
        self._written = {
            width: tuple(value for value in constants if value.bit_length() <= width) for _, width in columns
        }
        self._cycle = self._turn = 0
        self._slowness = [2 + n for n in range(len(clocks))]
        self._due = [(2 + n, n) for n in range(len(clocks))]

    def run_unclocked(self, count: int, exhaustive_bits: int) -> None:
        """Vectors of a design without clocks; every one is a cycle of its own."""
        names = self._data + [(name, 1) for name in self._resets]
        bits = sum(width for _, width in names)
        if bits <= exhaustive_bits:
            for _ in range(max(1, min(8, _REPEATED >> bits))):
                numbers = list(range(1 << bits))
                self._random.shuffle(numbers)
                for number in numbers:
                    self._spread(names, number)
                    self._emit("inputs changed")
            return
        for corner in [*_corners(names), *self._meant(names)]:
            self._state.update(corner)
            self._emit("inputs changed")
        while len(self.rows) < max(count, 2 * bits):
            self._new_habits(names)
            for _ in range(self._random.choice(_LENGTHS)):
                self._step(names)
                self._emit("inputs changed")

    def _meant(self, names: Sequence[tuple[str, int]]) -> list[dict[str, int]]:
        """Every number of the source on every input that is wide enough to be meant; enables 1, the others random."""
        enables = set(self._roles.enables)
        meant = [(n, v) for n, w in names for v in self._written[w] if v.bit_length() * 2 >= w]
        return [
            {n: 1 if n in enables else self._random.getrandbits(w) for n, w in names} | {name: value}
            for name, value in meant
        ]

    def _spread(self, names: Sequence[tuple[str, int]], number: int) -> None:
        for name, width in names:
            self._state[name] = number & ((1 << width) - 1)
            number >>= width

    def run_clocked(self, cycles: int) -> None:
        """A reset, then three thirds: stretches with resets between, long stretches without, short ones with many."""
        self._activate(tuple(self._resets.values()))
        several = len(self._roles.clocks) > 1
        for number in range((3 * RESET_CYCLES if several else RESET_CYCLES) if self._resets else 0):
            if number:
                self._randomise()
            self._cycles(1, moves=False)
            if several or not self.after_reset:
                self.after_reset = len(self.rows)
        self._release()
        for values in self._meant(self._data)[: cycles // 6]:
            self._state.update(values)
            self._cycles(1, moves=False)
        calm, busy = cycles // 3, 2 * cycles // 3
        while self._cycle < cycles:
            resets = self._cycle > _FIRST_CYCLES and not calm <= self._cycle < busy
            if resets and self._resets and (self._cycle >= busy or self._random.random() < 0.6):
                self._reset_now()
            self._new_habits(self._data, calm=calm <= self._cycle < busy)
            lengths = _SHORT if self._cycle >= busy else _LONG if self._cycle >= calm else _LENGTHS
            self._cycles(max(1, min(self._random.choice(lengths), cycles - self._cycle)), moves=True)

    def _randomise(self) -> None:
        for name, width in self._data:
            self._state[name] = self._random.getrandbits(width)

    def _release(self) -> None:
        for reset in self._resets.values():
            self._state[reset.name] = 1 if reset.active_low else 0

    def _reset_now(self) -> None:
        """One reset after the other (sometimes all at once), for a cycle or two, or between two edges only.

        The last kind tells asynchronous resets from synchronous ones.
        """
        resets = tuple(self._resets.values())
        chosen = resets
        if len(resets) > 1 and self._random.random() < 0.75:
            chosen = (resets[self._turn % len(resets)],)
            self._turn += 1
        self._activate(chosen)
        if self._random.random() < 0.4:
            self._emit("inputs changed")
        else:
            self._cycles(self._random.choice((1, 1, 2)), moves=True)
        self._release()

    def _activate(self, resets: Sequence[Reset]) -> None:
        for reset in resets:
            self._state[reset.name] = 0 if reset.active_low else 1

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
        self._emit("inputs changed")
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

    def _new_habits(self, names: Sequence[tuple[str, int]], *, calm: bool = False) -> None:
        enables = set(self._roles.enables)
        for name, width in names:
            self._habits[name] = habit_for(
                self._random, width, enable=width == 1 and name in enables, calm=calm
            )

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
