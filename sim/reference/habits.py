"""How one input of a stimulus behaves for a stretch of time.

A habit turns the present value of an input into the next one. Independent random bits almost never hold an enable for
ten cycles, keep two operands equal, or send six ones in a row; habits do, and a new one is drawn for every stretch.

What it does not do: look at outputs, or at other inputs than those of the same width.

Try: ``python -c "import random; from rtlgen.sim.reference.habits import habit_for;
print(habit_for(random.Random(3), 8))"``
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

Values = dict[str, int]

_BIT_KINDS = (("random", 6), ("rare", 4), ("mostly", 4), ("hold", 4), ("one", 1), ("zero", 1), ("toggle", 1))
_CALM_KINDS = (("one", 6), ("mostly", 5), ("random", 1))
_ENABLE_KINDS = (("mostly", 5), ("one", 4), ("random", 3), ("rare", 2), ("hold", 2), ("zero", 1))
_WORD_KINDS = (
    ("random", 6),
    ("corner", 3),
    ("small", 3),
    ("walk", 2),
    ("count", 2),
    ("hold", 3),
    ("equal", 2),
    ("near", 1),
    ("dense", 1),
)
_WRITTEN_KINDS = (*_WORD_KINDS, ("written", 5))
_HOLDS = (2, 3, 5, 8, 16)


@dataclass(frozen=True)
class Habit:
    """`kind` says what happens; `rate` is the chance of it, `hold` for how many steps a value stays on average."""

    kind: str
    width: int
    rate: float = 0.5
    hold: int = 1
    written: tuple[int, ...] = ()
    """Numbers of the source that fit."""

    def next(self, random: Random, value: int, others: Sequence[int]) -> int:
        """The value after `value`; `others` are the values of inputs of the same width."""
        if self.hold > 1 and random.random() >= 1 / self.hold:
            return value
        full = (1 << self.width) - 1
        kind = self.kind
        if self.width == 1 and kind not in ("toggle", "equal"):
            return int(random.random() < self.rate)
        if kind == "toggle":
            return value ^ 1
        if kind == "written":
            return random.choice(self.written) + random.choice((0, 0, 0, 0, 1, -1)) & full
        if kind == "corner":
            top = 1 << (self.width - 1)
            return random.choice((0, full, top, top - 1, 1, full - 1, full // 3, full ^ full // 3))
        if kind == "small":
            return random.randrange(min(8, full + 1))
        if kind == "walk":
            return value << 1 & full or 1
        if kind == "count":
            return (value + 1) & full
        if kind == "equal" and others:
            return random.choice(others)
        if kind == "near":
            return value ^ 1 << random.randrange(self.width)
        if kind == "dense":
            return random.getrandbits(self.width) | random.getrandbits(self.width)
        return random.getrandbits(self.width)


def habit_for(
    random: Random, width: int, *, enable: bool = False, calm: bool = False, written: tuple[int, ...] = ()
) -> Habit:
    """A habit drawn for an input of `width` bits; one that enables something is mostly one, still more when `calm`.

    `written` are numbers of the source (`constants.constants_in`) that fit into it.
    """
    kinds: tuple[tuple[str, int], ...] = _BIT_KINDS
    if width > 1:
        kinds = _WRITTEN_KINDS if written else _WORD_KINDS
    if enable:
        kinds = _CALM_KINDS if calm else _ENABLE_KINDS
    kind = random.choices([name for name, _ in kinds], [weight for _, weight in kinds])[0]
    rate = {"rare": 0.1, "mostly": 0.9, "one": 1.0, "zero": 0.0}.get(kind, 0.5)
    hold = random.choice(_HOLDS) if kind == "hold" else 1
    return Habit(kind, width, rate, hold, written)
