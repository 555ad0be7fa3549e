"""Names for ports and modules: the usual ones mostly, unusual ones sometimes, so that a model must copy them.

The names of the combinational families are in the package above; these are those of clocked circuits.
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.names import made_up

DATA_IN = ("d", "in", "data", "din", "data_in", "d", "in", "a", "x", "i", "D", "value", "w")
DATA_OUT = ("q", "out", "q", "out", "dout", "data_out", "y", "z", "o", "Q", "result")
ENABLE = ("en", "ena", "enable", "ce", "en", "E", "valid", "go", "clk_en")
COUNT = ("q", "count", "cnt", "out", "counter", "Q", "value", "q")
TOPS = (
    "TopModule",
    "TopModule",
    "TopModule",
    "top_module",
    "top_module",
    "top",
    "dut",
    "design_top",
    "main_module",
)


class Names:
    """Names of one module, each given once."""

    def __init__(self, rng: random.Random, *taken: str) -> None:
        self._rng = rng
        self._taken = {name.lower() for name in taken}
        self._wild = rng.random() < 0.12

    def take(self, *pool: str) -> str:
        """A free name of `pool` (seldom an unusual one instead)."""
        wild = self._wild and self._rng.random() < 0.7
        name = made_up(self._rng) if wild else self._rng.choice(pool)
        for _ in range(20):
            if name.lower() not in self._taken:
                break
            name = made_up(self._rng) if wild else self._rng.choice(pool)
        stem, number = name, 2
        while name.lower() in self._taken:
            name, number = f"{stem}{number}", number + 1
        self._taken.add(name.lower())
        return name

    def inner(self, *pool: str) -> str:
        """A free name for something inside the module: the first free one of `pool`."""
        name = next((name for name in pool if name.lower() not in self._taken), "")
        name = name or next(f"{pool[0]}_{i}" for i in range(1, 99) if f"{pool[0]}_{i}" not in self._taken)
        self._taken.add(name.lower())
        return name


def top_name(rng: random.Random, *descriptive: str) -> str:
    """A module name: a neutral one or one of the family's own."""
    roll = rng.random()
    return (
        rng.choice(descriptive)
        if descriptive and roll < 0.4
        else made_up(rng)
        if roll < 0.5
        else rng.choice(TOPS)
    )
