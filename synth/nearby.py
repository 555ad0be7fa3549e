"""Which known circuits a design is like: one question to the memory, as the command line asks it.

Try: ``rtlgen memory near examples/soc --top soc``
"""

from __future__ import annotations

from dataclasses import dataclass

from rtlgen.core.scratch import scratch
from rtlgen.synth.frontend import load
from rtlgen.synth.library import check
from rtlgen.synth.memory import Memory, Neighbour
from rtlgen.synth.request import Config, resolve, target_of


@dataclass(frozen=True)
class Question:
    """A design as `rtlgen synth` takes it, its target, and how many neighbours are wanted."""

    design: tuple[str, ...]
    top: str | None = None
    liberty: tuple[str, ...] = ()
    lut: int | None = None
    count: int = 5


@dataclass(frozen=True)
class Answer:
    """The design as a circuit, and its neighbours, nearest first."""

    name: str
    target: str
    nodes: int
    levels: int
    neighbours: tuple[Neighbour, ...]


def nearby(question: Question) -> Answer:
    """Read the design and ask the memory of its project.

    Raises UsageError, DesignError, ToolError and LimitError as `rtlgen synth` does.
    """
    overrides = (("synth.liberty", list(question.liberty) or None), ("synth.lut", question.lut))
    request = resolve(Config(design=question.design, top=question.top, overrides=overrides))
    target = target_of(request)
    with scratch() as work:
        check(target, work)
        circuit = load(request.source, target, work).circuit
    memory = Memory(request.store)
    found = memory.nearest(circuit, target, question.count, objective=request.objective.name)
    return Answer(circuit.name, target.name, circuit.nodes, circuit.levels, found)
