"""What a family of designs draws: a module, what is to be said about it, and an independent oracle of its behaviour.

A `Family` is a generator of `Design`s of one kind (counters, encoders, ...). It draws parameters, names and a coding
style from the random generator that it gets, and nothing else: the same seed gives the same design. The oracle is
written apart from the Verilog, in Python, so that simulating the one against the other is a proof worth having.

It renders no specification text (`wording`) and runs no simulator (`verify`).

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

Values = Mapping[str, int]
"""Port name -> unsigned value (bit pattern) of a port."""


@dataclass(frozen=True)
class DesignPort:
    """A port: `role` is ``data``, ``clock``, ``reset`` or ``enable``; `note` is what a specification may say of it."""

    name: str
    direction: str
    """``input`` or ``output``."""
    width: int = 1
    role: str = "data"
    note: str = ""


class Oracle(Protocol):
    """The behaviour of a design, computed without Verilog."""

    def step(self, inputs: Values) -> dict[str, int | None]:
        """Outputs by name; None where the specification leaves a value open (before a reset, don't-care).

        Combinational designs: the outputs for `inputs`. Clocked designs: `inputs` (the clock is not among them) are
        stable before the active edge, and the outputs are those shortly *after* that edge with the inputs unchanged.
        """
        ...


@dataclass(frozen=True)
class Design:
    """One module with everything needed to describe and to verify it."""

    family: str
    top: str
    ports: tuple[DesignPort, ...]
    body: str
    """The module's text between the header's ``);`` and ``endmodule``, with line ends; it may declare outputs' storage
    only if the header leaves them ``output logic`` (it always does)."""
    says: tuple[str, ...]
    """Wordings of the behaviour (each complete by itself, several sentences, tables or lists), drawn in this order."""
    oracle: Callable[[], Oracle]
    """A fresh oracle in the state after power-up."""
    clock: str = ""
    """Name of the clock port; empty for combinational designs."""
    negedge: bool = False
    """The active edge of the clock is the falling one."""
    reset: str = ""
    """Name of the reset port; the stimulus begins by asserting it for two cycles."""
    reset_low: bool = False
    asynchronous: bool = False
    """The reset acts without a clock edge: the verification also pulses it between edges."""

    @property
    def inputs(self) -> tuple[DesignPort, ...]:
        """Input ports in order."""
        return tuple(port for port in self.ports if port.direction == "input")

    @property
    def outputs(self) -> tuple[DesignPort, ...]:
        """Output ports in order."""
        return tuple(port for port in self.ports if port.direction == "output")


class Family(Protocol):
    """A parametrised kind of design."""

    @property
    def name(self) -> str:
        """Short name in records, such as ``counter``."""
        ...

    @property
    def weight(self) -> float:
        """Relative share of this family in a set of pairs; 1 is usual."""
        ...

    def draw(self, rng: random.Random) -> Design:
        """A new design."""
        ...
