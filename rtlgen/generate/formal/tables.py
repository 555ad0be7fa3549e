"""Tables in a text: rows of cells under a line that names ports, however they are ruled.

    a b | y        | a | b | y |        a,b,y        a b -> y        time a b y        10ns: a=0 b=1 y=1
    0 0 | 1        |---|---|---|        0,0,1        00 -> 1         0ns  0 0 1

A column is a port, or the time. A cell is a number, or None for a don't-care. Where the base of a wide value is not to be
seen, it is hexadecimal when any of its column has a letter, else left to the caller (`Table.cells` are texts).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rtlgen.generate.formal.candidate import inputs, outputs
from rtlgen.generate.specification import Specification

_SPLIT = re.compile(r"\s*(?:\||->|=>|,|;|\s)\s*")
_RULE = re.compile(r"^[\s|+:=\-_]*$")
_CELL = re.compile(r"^(?:\d+'[bdhBDH][0-9a-fA-FxXzZ_?]+|0x[0-9a-fA-F]+|[0-9a-fA-F]+|[xXdD?*-]|[01xXzZ]+)$")
_TIME = re.compile(r"^#?(\d+(?:\.\d+)?)(?:fs|ps|ns|us|ms|s)?:?$")
_TIMES = {"time", "t", "time(ns)", "time[ns]", "ns", "cycle"}
_COUNTS = {"row", "num", "no", "no.", "#", "index", "nr", "dec", "decimal", "minterm", "line", "number"}
_RANGE = re.compile(r"\[\s*\d+\s*:\s*\d+\s*\]$")
_PAIRS = re.compile(r"([A-Za-z_]\w*)\s*=\s*([0-9a-fA-FxX']+)")
OPEN = frozenset({"x", "X", "-", "d", "D", "?", "*", "z", "Z"})


@dataclass(frozen=True)
class Table:
    """Columns are ports, `time` first when `timed`; `first` and `last` are 0-based lines of the text."""

    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    first: int
    last: int
    timed: bool = False


def words(line: str) -> list[str]:
    """The cells of a line; outer bars and rules give none."""
    if _RULE.match(line):
        return []
    return [word for word in _SPLIT.split(line.strip().strip("|").strip()) if word]


def tables(spec: Specification) -> list[Table]:
    """Tables whose columns are ports of both directions, or are timed."""
    lines = spec.text.splitlines()
    names = {port.name for port in spec.ports}
    found = []
    at = 0
    while at < len(lines):
        table = _assignments(lines, at, names) or _below(lines, at, names)
        if table is not None and _useful(table, spec):
            found.append(table)
            at = table.last
        at += 1
    return found


def number(cell: str, width: int, base: int = 16) -> int | None:
    """The value of a cell; None for a don't-care or unknown. Raises ValueError for a value that does not fit."""
    if (cell in OPEN and (width == 1 or cell not in "dD")) or set(cell) <= {"x", "X", "z", "Z"}:
        return None
    match = re.match(r"\d*'([bdhBDH])(.*)", cell)
    if match:
        base, cell = {"b": 2, "d": 10, "h": 16}[match[1].lower()], match[2]
    elif cell.lower().startswith("0x"):
        base, cell = 16, cell[2:]
    elif width > 1 and len(cell) == width and set(cell) <= {"0", "1"}:
        base = 2
    value = int(cell.replace("_", ""), base)
    if value >> width:
        raise ValueError(f"{cell} does not fit in {width} bits")
    return value


def _useful(table: Table, spec: Specification) -> bool:
    ins = {port.name for port in inputs(spec)}
    outs = {port.name for port in outputs(spec)}
    columns = set(table.columns)
    return len(table.cells) > 1 and bool(columns & outs) and (bool(columns & ins) or table.timed)


def _below(lines: Sequence[str], at: int, names: set[str]) -> Table | None:
    """The table whose head is line `at`: every cell names a port (each once), the first may be the time."""
    head = [_RANGE.sub("", word.strip("`*")) for word in words(lines[at])]
    counted = bool(head) and head[0].lower() in _COUNTS and head[0] not in names
    timed = bool(head) and head[0].lower() in _TIMES and head[0] not in names
    columns = head[1:] if timed or counted else head
    if timed and columns and columns[0] in ("(ns)", "(ps)", "[ns]"):
        columns = columns[1:]
    if len(columns) < (1 if timed else 2) or len(set(columns)) < len(columns) or not set(columns) <= names:
        return None
    rows: list[tuple[str, ...]] = []
    last = at
    for number_, line in enumerate(lines[at + 1 :], at + 1):
        cells = [word.strip("`*") for word in words(line)]
        if not cells and (line.strip() or not rows):
            continue  # a rule, or a blank line before the first row
        row = _row(cells[1:] if counted and cells[0].isdigit() else cells, len(columns), timed=timed)
        if row is None:
            break
        rows.append(row)
        last = number_
    return Table(tuple(columns), tuple(rows), at, last, timed) if rows else None


def _row(cells: list[str], count: int, *, timed: bool) -> tuple[str, ...] | None:
    """The cells of one row without its time, or None when the line is no row; ``00 -> 1`` counts as three cells."""
    if timed:
        if not cells or not _TIME.match(cells[0]):
            return None
        cells = cells[1:]
        if cells and cells[0] in ("ns", "ps", "us"):
            cells = cells[1:]
    if len(cells) != count:
        cells = list("".join(cells)) if set("".join(cells)) <= set("01xX-d") else []
    return tuple(cells) if len(cells) == count and all(_CELL.match(cell) for cell in cells) else None


def _assignments(lines: Sequence[str], at: int, names: set[str]) -> Table | None:
    """Rows such as ``10ns: a=0 b=1 y=1``, all with the same ports, from line `at`."""
    rows: list[tuple[str, ...]] = []
    columns: tuple[str, ...] = ()
    for line in lines[at:]:
        pairs = _PAIRS.findall(line)
        here = tuple(name for name, _ in pairs)
        if len(pairs) < 2 or not set(here) <= names or (columns and here != columns):
            break
        columns = here
        rows.append(tuple(cell for _, cell in pairs))
    return Table(columns, tuple(rows), at, at + len(rows) - 1, timed=True) if len(rows) > 1 else None
