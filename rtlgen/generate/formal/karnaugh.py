r"""Karnaugh maps drawn with characters.

           ab                     cd \ ab  00  01  11  10        | cd\ab | 00 | 01 | 11 | 10 |
     cd   00  01  11  10          00       0   1   x   0         |-------|----|----|----|----|
     00 | 0 | 1 | x | 0 |         ...                            | 00    | 0  | 1  | x  | 0  |

A line with all codes of one to three bits, in any order, is the head; as many lines follow as the row codes have values.
The names of the columns stand above the codes or behind a slash, those of the rows before them. A map whose names are not
to be found among the ports' bits gives nothing. ``x``, ``d`` and ``-`` are don't-cares.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rtlgen.generate.formal.candidate import Candidate, bits, evidence, inputs, module, outputs
from rtlgen.generate.formal.functions import sum_of_products
from rtlgen.generate.formal.tables import OPEN, words
from rtlgen.generate.specification import Specification

_CODE = re.compile(r"^[01]{1,3}$")
_SLASH = re.compile(r"\s*[\\/]\s*")


@dataclass(frozen=True)
class _Map:
    columns: list[str]
    rows: list[tuple[str, list[str]]]
    left: list[str]
    """Words before the codes in their line."""
    above: list[str]
    last: int


def read(spec: Specification) -> list[Candidate]:
    """A candidate for each map that names all its variables; the design must have one output of one bit."""
    outs = outputs(spec)
    if len(outs) != 1 or (outs[0].width or 1) != 1:
        return []
    lines = spec.text.splitlines()
    found = []
    for at in range(len(lines)):
        drawn = _map(lines, at)
        named = _named(spec, drawn) if drawn else None
        if drawn is None or named is None:
            continue
        names, values = named
        text = f"assign {outs[0].name} = {sum_of_products(names, values)};"
        found.append(Candidate(module(spec, [text]), evidence("the Karnaugh map", at, drawn.last)))
    return found


def _map(lines: Sequence[str], at: int) -> _Map | None:
    """The map whose head is line `at`."""
    head = _cells(lines[at])
    codes = [word for word in head if _CODE.match(word)]
    if len(codes) < 2 or head[len(head) - len(codes) :] != codes:
        return None
    size = len(codes[0])
    if sorted(codes) != [f"{value:0{size}b}" for value in range(1 << size)]:
        return None
    rows: list[tuple[str, list[str]]] = []
    last = at
    for number, line in enumerate(lines[at + 1 :], at + 1):
        cells = _cells(line)
        if not cells and (not rows or line.strip()):
            continue
        cells = _without_names(cells, len(codes))
        if (
            len(cells) != len(codes) + 1
            or not _CODE.match(cells[0])
            or not set(cells[1:]) <= OPEN | {"0", "1"}
        ):
            break
        rows.append((cells[0], cells[1:]))
        last = number
        if len(rows) == 1 << len(rows[0][0]):
            break
    titles = sorted(title for title, _ in rows)
    if not rows or titles != [f"{value:0{len(titles[0])}b}" for value in range(1 << len(titles[0]))]:
        return None
    before = [line for line in lines[max(0, at - 2) : at] if line.strip()]
    above = _cells(before[-1]) if before else []
    return _Map(codes, rows, head[: len(head) - len(codes)], above, last)


def _cells(line: str) -> list[str]:
    """Words of a line; a backslash or slash between names is a word of its own."""
    return words(_SLASH.sub(" / ", line))


def _without_names(cells: list[str], count: int) -> list[str]:
    """A row without a name that stands before its code (the rows' names beside the map)."""
    return cells[1:] if len(cells) == count + 2 and not _CODE.match(cells[0]) else cells


def _named(spec: Specification, drawn: _Map) -> tuple[list[str], dict[int, bool]] | None:
    """The names of rows and columns, and the values by row number over them; None when a name is in doubt."""
    left, above = drawn.left, drawn.above
    if "/" in left:
        cut = left.index("/")
        sides = ("".join(left[:cut]), "".join(left[cut + 1 :]))
    elif "/" in above and not left:
        cut = above.index("/")
        sides = ("".join(above[:cut]), "".join(above[cut + 1 :]))
    elif left and above:
        sides = ("".join(left), "".join(above[-4:] if len(above) <= 4 else []))
    else:
        return None
    names = _sides(sides, drawn, _bit_names(spec)) or _sides(sides, drawn, _bit_names(spec, start=1))
    if names is None:
        return None
    every = {bit.text for port in inputs(spec) for bit in bits(port)}
    if len(set(names)) < len(names) or not set(names) <= every:
        return None
    values = {}
    for title, cells in drawn.rows:
        for column, cell in zip(drawn.columns, cells, strict=True):
            if cell not in OPEN:
                values[int(title + column, 2)] = cell == "1"
    return names, values


def _sides(sides: tuple[str, str], drawn: _Map, known: dict[str, list[str]]) -> list[str] | None:
    """The bits of rows and columns; the sides may stand the other way round when only that fits."""
    high, low = len(drawn.rows[0][0]), len(drawn.columns[0])
    rows, columns = _segments(sides[0], known, high), _segments(sides[1], known, low)
    if rows is None or columns is None:
        rows, columns = _segments(sides[1], known, high), _segments(sides[0], known, low)
        if rows is None or columns is None or high == low:
            return None
    return [*rows, *columns]


def _bit_names(spec: Specification, start: int = 0) -> dict[str, list[str]]:
    """How a map may call one or more input bits -> the bits; with `start` 1 it counts the bits of ``[3:0]`` from 1."""
    known: dict[str, list[str]] = {}
    for port in inputs(spec):
        every = list(bits(port))
        known[port.name] = [bit.text for bit in every]
        for bit in every:
            at = bit.index + start
            forms = (
                (f"{port.name}[{at}]", f"{port.name}{at}", f"{port.name}_{at}")
                if len(every) > 1
                else (bit.text,)
            )
            for text in forms:
                known.setdefault(text, [bit.text])
        for one in every:
            for two in every:
                span = every[every.index(one) : every.index(two) + 1]
                if len(span) > 1:
                    known[f"{port.name}[{one.index + start}:{two.index + start}]"] = [
                        bit.text for bit in span
                    ]
    return known


def _segments(text: str, known: dict[str, list[str]], size: int) -> list[str] | None:
    """`text` as names of exactly `size` bits one after another; None when that is impossible or has two ways."""
    text = re.sub(r"[\s,.{}()]", "", text)
    ways: list[list[str]] = []

    def follow(at: int, names: list[str]) -> None:
        if len(names) > size:
            return
        if at == len(text):
            if len(names) == size:
                ways.append(names)
            return
        for name, named in known.items():
            if text.startswith(name, at):
                follow(at + len(name), [*names, *named])

    follow(0, [])
    different = {tuple(way) for way in ways}
    return list(different.pop()) if len(different) == 1 else None
