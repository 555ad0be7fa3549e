"""What `rtlgen synth` found, as data: rows of figures, the search, what was proven, and what was written.

Nothing here runs a tool. Fields named `seconds` are the only ones that differ between two runs of the same search.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rtlgen.core.records import RunRecord
from rtlgen.synth.design import ModuleRow
from rtlgen.synth.qor import QoR


@dataclass(frozen=True)
class Row:
    """The figures of one recipe; None when ABC failed at it or took too long."""

    name: str
    recipe: str
    qor: QoR | None
    kind: str
    """``baseline`` (never charged), ``fixed`` (a script that people use, scored by the search), ``recipe`` (the
    user's) or ``search`` (what is handed back)."""


@dataclass(frozen=True)
class Point:
    """One scored recipe of a search. `value` is what was made smaller, `best` the smallest so far."""

    number: int
    recipe: str
    qor: QoR
    value: float
    best: float


@dataclass(frozen=True)
class Search:
    """How it was searched, and every recipe that was scored, in order."""

    strategy: str
    objective: str
    max_delay: float | None
    budget: int
    spent: int
    seed: int
    actions: str
    """``published`` (the seven actions) or ``all``."""
    length: int
    points: tuple[Point, ...]
    front: tuple[int, ...]
    """Numbers of the points that none beats in area and delay, by ascending delay."""
    hypervolume: float
    """See `rtlgen.synth.pareto`."""
    hypervolume_baselines: float
    """The same of the baselines alone."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rejected:
    """A recipe with better figures that is not handed back, and why."""

    recipe: str
    why: str


@dataclass(frozen=True)
class Outcome:
    """What is handed back: a recipe that beat the baselines, was proven and replayed; or why there is none."""

    win: bool
    beaten: str
    """The best baseline: what had to be beaten."""
    reason: str
    """Empty for a win."""
    recipe: str = ""
    proof: str = ""
    """``equal`` | ``different`` | ``unknown``; empty when nothing was handed back."""
    method: str = ""
    detail: str = ""
    """What the proof rests on, when one of its parts could not be decided."""
    replayed: bool = False
    """A fresh process that ran the plain script gave the same figures."""
    seconds: float = 0.0
    """Of proof and replay."""
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True)
class Result:
    """Everything that `rtlgen synth` reports."""

    design: str
    kind: str
    """``verilog`` or ``circuit``."""
    target: str
    inputs: int
    outputs: int
    nodes: int
    levels: int
    registers: int
    register_area: float | None
    modules: tuple[ModuleRow, ...]
    rows: tuple[Row, ...]
    search: Search | None = None
    outcome: Outcome | None = None
    warnings: tuple[str, ...] = ()
    folder: str | None = None
    files: tuple[str, ...] = ()
    """Names in `folder`."""
    interrupted: bool = False
    seconds: float = 0.0
    record: RunRecord | None = field(default=None)

    @property
    def exit_code(self) -> int:
        """0; 1 when better recipes were found and none could be proven and replayed; 130 when it was interrupted."""
        if self.interrupted:
            return 130
        return 1 if self.outcome is not None and not self.outcome.recipe and self.outcome.rejected else 0

    def row(self, name: str) -> Row | None:
        """The row with this name, None when there is none."""
        return next((row for row in self.rows if row.name == name), None)
