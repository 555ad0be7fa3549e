"""Truth tables, complete or partial, and tables of a simulation without a clock, as modules.

Every output must have a column and every input too. Rows may have don't-cares on both sides; what no row decides is open.
Rows that contradict each other are no function, and give nothing. A table wider than `functions.MAX_BITS` input bits is
searched for an expression (`search`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rtlgen.core.records import Port
from rtlgen.generate.formal.candidate import (
    Candidate,
    bits,
    clocking,
    evidence,
    inputs,
    module,
    outputs,
    widths,
)
from rtlgen.generate.formal.functions import MAX_BITS, sum_of_products
from rtlgen.generate.formal.search import Known, expression
from rtlgen.generate.formal.tables import Table, number, tables
from rtlgen.generate.specification import Specification

_OTHERS = re.compile(
    r"\b(?:all |any |every )?(?:others?|other (?:codes?|inputs?|values?|addresses|combinations?|rows?)|otherwise|"
    r"remaining \w+|default|not listed)\b[^.;\n]{0,40}?\b(?:gives?|is|are|be|to|output|outputs|yields?)\s+(?:all )?"
    r"(?P<value>\d+'[bdh][0-9a-fA-F_]+|0x[0-9a-fA-F]+|[0-9]+|zeros?)\b",
    re.IGNORECASE,
)
Row = Mapping[str, int | None]


def read(spec: Specification) -> list[Candidate]:
    """A candidate for each table that is a combinational function of all inputs."""
    if clocking(spec) is not None:
        return []
    found = []
    for table in tables(spec):
        names = set(table.columns)
        if not all(port.name in names for port in spec.ports):
            continue
        lines = _lines(spec, table)
        if lines:
            what = "the values over time" if table.timed else "the truth table"
            found.append(Candidate(module(spec, lines), evidence(what, table.first, table.last)))
    return found


def rows_of(spec: Specification, table: Table, base: int = 16) -> list[Row] | None:
    """Port -> value of every row; None when a cell does not fit its port."""
    wide = widths(spec)
    try:
        return [
            {
                name: number(cell, wide.get(name, 1), base)
                for name, cell in zip(table.columns, row, strict=True)
            }
            for row in table.cells
        ]
    except ValueError:
        return None


def bases(spec: Specification, table: Table) -> Iterator[int]:
    """The bases in which the table's wide cells can be read, the likelier first."""
    wide = widths(spec)
    cells = [
        cell
        for row in table.cells
        for name, cell in zip(table.columns, row, strict=True)
        if wide.get(name, 1) > 1 and "'" not in cell
    ]
    if not cells or any(set(cell.lower()) & set("abcef") for cell in cells):
        yield 16
        return
    yield 16
    if any(not set(cell) <= {"0", "1"} for cell in cells):
        yield 10


def _lines(spec: Specification, table: Table) -> list[str]:
    for base in bases(spec, table):
        rows = rows_of(spec, table, base)
        if rows is None:
            continue
        lines = [_assignment(spec, port, rows) for port in outputs(spec)]
        if all(lines):
            return [line for parts in lines for line in parts]
    return []


def _assignment(spec: Specification, port: Port, rows: Sequence[Row]) -> list[str]:
    """The lines that drive `port`; none when the rows are no function of the inputs."""
    ins = [bit for source in inputs(spec) for bit in bits(source)]
    others = _OTHERS.search(spec.text)
    if others is not None:
        return _listed(inputs(spec), port, rows, others["value"])
    if len(ins) <= MAX_BITS:
        lines = []
        for place, bit in enumerate(bits(port)):
            values = decided(inputs(spec), rows, port, place)
            if values is None:
                return []
            lines.append(f"assign {bit.text} = {sum_of_products([b.text for b in ins], values)};")
        return lines
    known = Known({p.name: p.width or 1 for p in inputs(spec)}, rows)
    found = expression(known, [row[port.name] for row in rows], port.width or 1)
    return [f"assign {port.name} = {found};"] if found else []


def _listed(sources: Sequence[Port], port: Port, rows: Sequence[Row], others: str) -> list[str]:
    """A choice among the listed values, with the value that the text gives for all others."""
    width, text = port.width or 1, ""
    try:
        default = 0 if others.lower().startswith("zero") else number(others, width, 10)
    except ValueError:
        return []
    for row in reversed(rows):
        terms = [f"{p.name} == {p.width or 1}'d{row[p.name]}" for p in sources if row[p.name] is not None]
        if row[port.name] is not None and terms:
            text = f"({' && '.join(terms)}) ? {width}'d{row[port.name]} : {text or f'{width}' + chr(39) + f'd{default}'}"
    return [f"assign {port.name} = {text};"] if text and default is not None else []


def decided(sources: Sequence[Port], rows: Sequence[Row], port: Port, place: int) -> dict[int, bool] | None:
    """Row number over the bits of `sources` -> bit `place` (0: leftmost) of `port`; None for a contradiction."""
    shift = (port.width or 1) - 1 - place
    values: dict[int, bool] = {}
    for row in rows:
        out = row[port.name]
        if out is None:
            continue
        for index in _numbers(sources, row):
            if values.setdefault(index, bool(out >> shift & 1)) != bool(out >> shift & 1):
                return None
    return values


def _numbers(sources: Sequence[Port], row: Row) -> list[int]:
    """The row numbers that a row stands for: don't-care inputs stand for all their values."""
    found = [0]
    for port in sources:
        width, value = port.width or 1, row[port.name]
        choices = range(1 << width) if value is None else (value,)
        found = [index << width | choice for index in found for choice in choices]
    return found
