"""Random state graphs: states, the input that each of them looks at, next states and outputs (Moore or Mealy).

Every state is reached from the first one, and no two states can be told to be the same at once by their rows.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from dataclasses import dataclass

STATE_NAMES = (
    ("A", "B", "C", "D", "E", "F"), ("A", "B", "C", "D", "E", "F"), ("S0", "S1", "S2", "S3", "S4", "S5"),
    ("IDLE", "LOAD", "RUN", "WAIT", "DONE", "FAIL"), ("INIT", "READ", "WORK", "SEND", "STOP", "ERR"),
    ("ST0", "ST1", "ST2", "ST3", "ST4", "ST5"), ("P", "Q0", "Q1", "R0", "R1", "T0"),
    ("OFF", "ON", "HOLD", "BLINK", "DIM", "TEST"), ("RED", "GREEN", "BLUE", "WHITE", "BLACK", "GREY"),
)  # fmt: skip


@dataclass(frozen=True)
class Graph:
    """A machine: state k looks at `looks[k]` and goes to `nexts[k][value of that input]`."""

    names: tuple[str, ...]
    looks: tuple[str, ...]
    """Name of the input that decides, by state."""
    nexts: tuple[tuple[int, int], ...]
    outs: tuple[tuple[int, int], ...]
    """Output by state and input; both are equal in a Moore machine."""
    width: int
    """Bits of the output."""

    @property
    def size(self) -> int:
        """How many states."""
        return len(self.names)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The different inputs, in order of first use."""
        return tuple(dict.fromkeys(self.looks))


def draw_graph(
    rng: random.Random,
    inputs: tuple[str, ...],
    low: int = 2,
    high: int = 6,
    mealy: bool = False,
    width: int = 1,
) -> Graph:
    """A graph with `low` to `high` states over `inputs`; the states' names avoid those of the inputs."""
    while True:
        size = rng.choice([n for n in (2, 3, 3, 4, 4, 4, 5, 6) if low <= n <= high])
        if rng.random() < 0.25:
            picked = list(rng.choice(STATE_NAMES[3:]))
            names = tuple(picked[:size])
        else:
            names = rng.choice(STATE_NAMES[:3])[:size]
        looks = tuple(rng.choice(inputs) for _ in range(size))
        nexts = tuple((rng.randrange(size), rng.randrange(size)) for _ in range(size))
        top = 1 << width
        if mealy:
            outs = tuple((rng.randrange(top), rng.randrange(top)) for _ in range(size))
        else:
            outs = tuple(
                (value, value) for value in (rng.choice((0, rng.randrange(top))) for _ in range(size))
            )
        graph = Graph(names, looks, nexts, outs, width)
        taken = {name.lower() for name in inputs}
        if _good(graph, inputs) and not taken & {name.lower() for name in names}:
            return graph


def _good(graph: Graph, inputs: tuple[str, ...]) -> bool:
    """Reached from the first state, all inputs used, output not constant, rows different."""
    reached, pending = {0}, [0]
    while pending:
        for target in graph.nexts[pending.pop()]:
            if target not in reached:
                reached.add(target)
                pending.append(target)
    rows = {(graph.looks[k], graph.nexts[k], graph.outs[k]) for k in range(graph.size)}
    moving = sum(a != b for a, b in graph.nexts) * 2 >= graph.size
    constant = len({value for pair in graph.outs for value in pair}) == 1
    return (
        len(reached) == graph.size == len(rows)
        and set(graph.looks) == set(inputs)
        and moving
        and not constant
    )
