"""Tables of a clocked simulation: hypotheses about registers and latches, kept only if they reproduce every row.

For every output an expression of the inputs and of the values before the clock's edge is searched (`search`), under each
way in which a table may show an edge: inputs from the row before it or from its own, the result in its own row or in the
next, rising or falling. A level-sensitive latch is tried as well. A reading is taken when it explains all outputs, with
the first edges possibly unknown; the simplest ones are offered.

A waveform is a partial specification: what it does not show is a guess. Nothing is offered from fewer than four edges.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rtlgen.core.records import Port
from rtlgen.generate.formal.candidate import Candidate, clocking, evidence, inputs, module, outputs, widths
from rtlgen.generate.formal.search import Known, expression
from rtlgen.generate.formal.tables import Table, tables
from rtlgen.generate.formal.truth import Row, bases, rows_of
from rtlgen.generate.specification import Specification

MIN_EDGES = 4
MOST = 3
"""Candidates of one table."""


@dataclass(frozen=True)
class _Reading:
    """Where an edge's values stand, relative to the row in which the clock has its new level."""

    edge: str
    before: int
    after: int


_READINGS = tuple(
    tuple(_Reading(edge, before, after) for before in order for edge in ("posedge", "negedge"))
    for order, after in (((-1, 0), 0), ((0, -1), 1))
)
"""Those that show a result in the row of its edge, then those that show it one row later."""


def read(spec: Specification) -> list[Candidate]:
    """Candidates for each table of values over time that shows the clock and every output."""
    clocks = clocking(spec)
    if clocks is None:
        return []
    found: list[Candidate] = []
    for table in tables(spec):
        names = set(table.columns)
        if clocks.clock not in names or not all(port.name in names for port in spec.ports):
            continue
        for base in bases(spec, table):
            rows = rows_of(spec, table, base)
            made = _bodies(spec, rows, clocks.clock) if rows else []
            found += [_candidate(spec, table, body) for body in made]
            if made:
                break
    return found


def _candidate(spec: Specification, table: Table, body: list[str]) -> Candidate:
    return Candidate(module(spec, body), evidence("the values over time", table.first, table.last))


def _bodies(spec: Specification, rows: Sequence[Row], clock: str) -> list[list[str]]:
    """Bodies that reproduce the rows, the likelier reading first, each text once."""
    bodies: list[list[str]] = []
    for readings in _READINGS:
        bodies = bodies or [body for reading in readings if (body := _clocked(spec, rows, clock, reading))]
    bodies = bodies or [body for level in (1, 0) if (body := _latches(spec, rows, clock, level))]
    combined = _combined(spec, rows, clock)
    if combined:
        bodies.append(combined)
    unique = {"\n".join(body): body for body in bodies}
    return list(unique.values())[:MOST]


def _edges(rows: Sequence[Row], clock: str, reading: _Reading) -> Iterator[tuple[Row, Row, Row]]:
    """(values before the edge, outputs before it, values after it) at each edge that the rows show whole."""
    new = 1 if reading.edge == "posedge" else 0
    for at in range(1, len(rows)):
        if rows[at][clock] == new and rows[at - 1][clock] == 1 - new and at + reading.after < len(rows):
            yield (
                rows[at + reading.before],
                rows[at - 1 if reading.after == 0 else at],
                rows[at + reading.after],
            )


def _clocked(spec: Specification, rows: Sequence[Row], clock: str, reading: _Reading) -> list[str]:
    """A register for at least one output; the others may be latches or functions of the values at hand. Or nothing."""
    edges = list(_edges(rows, clock, reading))
    if len(edges) < MIN_EDGES:
        return []
    registers, others = [], []
    for port in outputs(spec):
        still = _still(rows, clock, port.name, reading)
        found = _register(spec, edges, clock, port) if still else ""
        if found:
            registers.append(f"{port.name} <= {found};")
            continue
        lines = (
            _latch(spec, rows, clock, port, 1)
            or _latch(spec, rows, clock, port, 0)
            or _wire(spec, rows, port)
        )
        if not lines:
            return []
        others += lines
    if not registers:
        return []
    block = [f"always @({reading.edge} {clock}) begin", *(f"  {line}" for line in registers), "end"]
    return [*others, *block]


def _register(spec: Specification, edges: Sequence[tuple[Row, Row, Row]], clock: str, port: Port) -> str:
    """What the register takes over at each edge, from the inputs and all outputs before it."""
    wide = {name: width for name, width in widths(spec).items() if name != clock}
    sources = {port.name for port in inputs(spec)}
    before = [{name: (row[name] if name in sources else old[name]) for name in wide} for row, old, _ in edges]
    known = Known(wide, before, port.name)
    return expression(known, [after[port.name] for _, _, after in edges], port.width or 1)


def _wire(spec: Specification, rows: Sequence[Row], port: Port) -> list[str]:
    others = {name: width for name, width in widths(spec).items() if name != port.name}
    level = [{name: row[name] for name in others} for row in rows]
    found = expression(Known(others, level), [row[port.name] for row in rows], port.width or 1, depth=1)
    return [f"assign {port.name} = {found};"] if found else []


def _still(rows: Sequence[Row], clock: str, name: str, reading: _Reading) -> bool:
    """Whether the output changes only where the edges of this reading show their result."""
    new = 1 if reading.edge == "posedge" else 0
    for at in range(1, len(rows)):
        if rows[at][name] in (None, rows[at - 1][name]) or rows[at - 1][name] is None:
            continue
        edge = at - reading.after
        if edge < 1 or rows[edge][clock] != new or rows[edge - 1][clock] != 1 - new:
            return False
    return True


def _latches(spec: Specification, rows: Sequence[Row], clock: str, level: int) -> list[str]:
    """Latches that are open at `level` of the clock for all outputs, or nothing."""
    parts = [_latch(spec, rows, clock, port, level) for port in outputs(spec)]
    return [line for part in parts for line in part] if all(parts) else []


def _latch(spec: Specification, rows: Sequence[Row], clock: str, port: Port, level: int) -> list[str]:
    ins = {port.name: port.width or 1 for port in inputs(spec) if port.name != clock}
    open_ = [row for row in rows if row[clock] == level]
    held = [
        (old, new)
        for old, new in itertools.pairwise(rows)
        if new[clock] != level and old[port.name] is not None
    ]
    if len(open_) < MIN_EDGES or any(old[port.name] != new[port.name] for old, new in held):
        return []
    found = expression(Known(ins, open_), [row[port.name] for row in open_], port.width or 1, depth=1)
    condition = clock if level else f"!{clock}"
    return [f"always @(*) if ({condition}) {port.name} = {found};"] if found else []


def _combined(spec: Specification, rows: Sequence[Row], clock: str) -> list[str]:
    """A function of the inputs, the clock among them: what looks like a clock may be none."""
    ins: Mapping[str, int] = {port.name: port.width or 1 for port in inputs(spec)}
    lines = []
    for port in outputs(spec):
        found = expression(Known(ins, rows), [row[port.name] for row in rows], port.width or 1, depth=1)
        if not found or (clock not in found and len(ins) > 1):
            return []
        lines.append(f"assign {port.name} = {found};")
    return lines
