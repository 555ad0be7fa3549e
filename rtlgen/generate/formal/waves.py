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
    _Reading(edge, before, after)
    for before, after in ((-1, 0), (0, 1), (0, 0), (-1, 1))
    for edge in ("posedge", "negedge")
)


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
    """Bodies that reproduce the rows, the shortest first, each text once."""
    bodies = [body for reading in _READINGS if (body := _registers(spec, rows, clock, reading))]
    bodies += [body for level in (1, 0) if (body := _latches(spec, rows, clock, level))]
    combined = _combined(spec, rows, clock)
    if combined:
        bodies.append(combined)
    unique = {"\n".join(body): body for body in sorted(bodies, key=lambda body: sum(map(len, body)))}
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


def _registers(spec: Specification, rows: Sequence[Row], clock: str, reading: _Reading) -> list[str]:
    """Registers for all outputs, or nothing; outputs that follow the inputs between edges are wires."""
    edges = list(_edges(rows, clock, reading))
    if len(edges) < MIN_EDGES:
        return []
    outs = outputs(spec)
    wide = {name: width for name, width in widths(spec).items() if name != clock}
    sources = {port.name for port in inputs(spec)}
    before = [{name: (row[name] if name in sources else old[name]) for name in wide} for row, old, _ in edges]
    registers, wires = [], []
    for port in outs:
        still = _still(rows, clock, port.name, reading)
        known = Known(wide, before, port.name)
        found = (
            expression(known, [after[port.name] for _, _, after in edges], port.width or 1) if still else ""
        )
        if found:
            registers.append(f"{port.name} <= {found};")
            continue
        others = {name: width for name, width in wide.items() if name != port.name}
        level = [{name: row[name] for name in others} for row in rows]
        found = expression(Known(others, level), [row[port.name] for row in rows], port.width or 1, depth=1)
        if not found:
            return []
        wires.append(f"assign {port.name} = {found};")
    if not registers:
        return []
    block = [f"always @({reading.edge} {clock}) begin", *(f"  {line}" for line in registers), "end"]
    return [*wires, *block]


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
    ins = {port.name: port.width or 1 for port in inputs(spec) if port.name != clock}
    lines = []
    for port in outputs(spec):
        open_ = [row for row in rows if row[clock] == level]
        held = [
            (old, new)
            for old, new in itertools.pairwise(rows)
            if new[clock] != level and old[port.name] is not None
        ]
        if len(open_) < MIN_EDGES or any(old[port.name] != new[port.name] for old, new in held):
            return []
        found = expression(Known(ins, open_), [row[port.name] for row in open_], port.width or 1, depth=1)
        if not found:
            return []
        lines.append(f"{port.name} = {found};")
    condition = clock if level else f"!{clock}"
    return [
        "always @(*) begin",
        f"  if ({condition}) begin",
        *(f"    {line}" for line in lines),
        "  end",
        "end",
    ]


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
