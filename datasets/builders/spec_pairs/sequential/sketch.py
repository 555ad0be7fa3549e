"""From the parts that a family draws to a `Design`: ports in order, and an oracle that is a state machine in Python.

It draws no names and writes no Verilog.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rtlgen.datasets.spec_pairs.design import Design, DesignPort, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import Clocking

LEVELS = (
    (("1", "0"),) * 4
    + (("high", "low"),) * 3
    + (("asserted", "not asserted"), ("set", "not set"), ("active", "inactive"))
)
"""Ways of saying that a one-bit signal is 1 and that it is 0."""
State = TypeVar("State")
Outputs = Mapping[str, int | None]


@dataclass(frozen=True)
class Drawn:
    """A family that is a function."""

    name: str
    function: Callable[[random.Random], Design]
    weight: float = 1.0

    def draw(self, rng: random.Random) -> Design:
        """A new design."""
        return self.function(rng)


class Machine(Generic[State]):
    """An oracle with a state. State None means unknown: it stays so until a reset."""

    def __init__(
        self,
        clocking: Clocking,
        outputs: Sequence[str],
        start: State | None,
        cleared: State | None,
        advance: Callable[[State, Values], State],
        show: Callable[[State, Values], Outputs],
    ) -> None:
        self._clocking, self._outputs, self._state, self._cleared = clocking, outputs, start, cleared
        self._advance, self._show = advance, show

    def step(self, inputs: Values) -> dict[str, int | None]:
        """One active clock edge."""
        if self._clocking.resets(inputs):
            self._state = self._cleared
        elif self._state is not None:
            self._state = self._advance(self._state, inputs)
        if self._state is None:
            return dict.fromkeys(self._outputs)
        return dict(self._show(self._state, inputs))


def data(name: str, width: int = 1, role: str = "data") -> DesignPort:
    """An input port."""
    return DesignPort(name, "input", width, role)


def result(name: str, width: int = 1) -> DesignPort:
    """An output port."""
    return DesignPort(name, "output", width)


def indented(body: str) -> str:
    """`body` with two blanks a level instead of the four that families write."""
    return re.sub(r"(?m)^ +", lambda blanks: blanks[0][: len(blanks[0]) // 2], body)


def with_levels(rng: random.Random, text: str, names: Sequence[str]) -> str:
    """`text` with ``is 1`` and ``is 0`` of the one-bit `names` said in one of the usual ways throughout."""
    one, zero = rng.choice(LEVELS)
    if one == "1":
        return text
    for name in names:
        text = re.sub(rf"\b{name} is 1\b(?!')", f"{name} is {one}", text)
        text = re.sub(rf"\b{name} is 0\b(?!')", f"{name} is {zero}", text)
    return text


def clocked(
    rng: random.Random,
    family: str,
    top: str,
    clocking: Clocking,
    ports: Sequence[DesignPort],
    body: str,
    says: Sequence[str],
    advance: Callable[[State, Values], State],
    show: Callable[[State, Values], Outputs],
    cleared: State | None = None,
    start: State | None = None,
) -> Design:
    """The design of a clocked module: `ports` without clock and reset, which come first (seldom: shuffled)."""
    inputs = [*clocking.ports, *(port for port in ports if port.direction == "input")]
    outputs = [port for port in ports if port.direction == "output"]
    if rng.random() < 0.08:
        rng.shuffle(inputs)
    names = [port.name for port in outputs]
    levels = [port.name for port in (*inputs, *outputs) if port.width == 1 and port.name != clocking.reset]
    return Design(
        family=family,
        top=top,
        ports=(*inputs, *outputs),
        body=indented(body),
        says=tuple(with_levels(rng, text, levels) for text in says),
        oracle=lambda: Machine(clocking, names, start, cleared, advance, show),
        clock=clocking.clock,
        negedge=clocking.negedge,
        reset=clocking.reset,
        reset_low=clocking.reset_low,
        asynchronous=clocking.asynchronous,
    )
