"""How tables of logic functions are drawn: truth tables, Karnaugh maps and time tables as text."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

OPEN_SAID = (
    "x means don't care.",
    "Don't-cares may be 0 or 1.",
    "Entries that are neither 0 nor 1 are don't-cares.",
    "For a don't-care any value is fine.",
)
"""What is said of rows without a value."""
Value = Callable[[int], int | None]


def truth_table(rng: random.Random, names: Sequence[str], out: str, value: Value) -> str:
    """All rows in counting order; the first name is the most significant bit."""
    count, mark = len(names), rng.choice(["x", "x", "X", "-", "d"])
    rows = []
    for row in range(1 << count):
        found = value(row)
        rows.append(
            ([str(row >> (count - 1 - k) & 1) for k in range(count)], mark if found is None else str(found))
        )
    style = rng.choice(["bar", "plain", "markdown", "arrow", "csv", "ruled"])
    if style == "csv":
        return "\n".join([",".join([*names, out]), *(",".join([*bits, end]) for bits, end in rows)])
    if style == "arrow":
        return "\n".join(
            f"{''.join(bits)} -> {end}" for bits, end in [(list(" ".join([*names])), out), *rows]
        )
    if style == "markdown":
        lines = [f"| {' | '.join([*names, out])} |", "|" + "---|" * (count + 1)]
        return "\n".join([*lines, *(f"| {' | '.join([*bits, end])} |" for bits, end in rows)])
    wide = [len(name) for name in names]
    joint = "  " if style == "plain" else " | "
    lines = [" ".join(names) + joint + out]
    if style == "ruled":
        lines.append("-" * len(lines[0]))
    for bits, end in rows:
        lines.append(" ".join(b.ljust(w) for b, w in zip(bits, wide, strict=True)) + joint + end)
    return "\n".join(lines)


Cells = list[tuple[str, int | None]]


def karnaugh(rng: random.Random, names: Sequence[str], value: Value) -> tuple[str, list[str], Cells]:
    """The map; the names as its titles read, rows before columns; and its cells line by line under those names."""
    count = len(names)
    split = {2: 1, 3: rng.choice([1, 2]), 4: 2}[count]
    top, side = list(range(split)), list(range(split, count))
    if rng.random() < 0.5:
        top, side = side, top
    mark = rng.choice(["x", "x", "d", "-", "X"])
    joint = rng.choice(["", "", ","]) if all(len(name) == 1 for name in names) else rng.choice([",", " "])
    head, left = (joint.join(names[k] for k in part) for part in (top, side))
    columns, lines = ([f"{k ^ k >> 1:0{len(part)}b}" for k in range(1 << len(part))] for part in (top, side))
    cells: Cells = []
    rows: list[list[str]] = []
    for line in lines:
        found = []
        for column in columns:
            bits = dict(zip([*side, *top], line + column, strict=True))
            found.append((line + column, value(int("".join(bits[k] for k in range(count)), 2))))
        cells += found
        rows.append([line, *(mark if cell is None else str(cell) for _, cell in found)])
    order = [names[k] for k in [*side, *top]]
    return _map_text(rng, head, left, columns, rows), order, cells


def _map_text(
    rng: random.Random, head: str, left: str, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> str:
    """The lines of a map: `rows` begin with their title."""
    style = rng.choice(["bars", "bars", "plain", "markdown"])
    if style == "markdown":
        text = [f"| {left} \\ {head} | {' | '.join(columns)} |", "|" + "---|" * (len(columns) + 1)]
        return "\n".join([*text, *(f"| {' | '.join(row)} |" for row in rows)])
    if style == "plain":
        wide, cell = len(left) + 3 + len(head), len(columns[0])
        text = [f"{left} \\ {head}  {'  '.join(columns)}"]
        text += [
            "  ".join([row[0].ljust(wide), *(part.ljust(cell) for part in row[1:])]).rstrip() for row in rows
        ]
        return "\n".join(text)
    wide = max(len(left), 2)
    text = [" " * (wide + 4) + head, f" {left.ljust(wide)}  {'  '.join(columns)}"]
    text += [f" {row[0].ljust(wide)} | {' | '.join(row[1:])} |" for row in rows]
    return "\n".join(text)


def time_table(rng: random.Random, names: Sequence[str], out: str, rows: Sequence[int], value: Value) -> str:
    """Samples at growing times: one line per time."""
    count, step = len(names), rng.choice([5, 5, 10, 10, 20, 1])
    unit = rng.choice(["ns", "ns", "ns", "", "ps"])
    heads = ["time", *names, out]
    lines = [
        [f"{at * step}{unit}", *(str(row >> (count - 1 - k) & 1) for k in range(count)), str(value(row))]
        for at, row in enumerate(rows)
    ]
    style = rng.choice(["aligned", "aligned", "markdown", "csv", "equal"])
    if style == "markdown":
        return "\n".join(f"| {' | '.join(row)} |" for row in [heads, ["---"] * len(heads), *lines])
    if style == "csv":
        return "\n".join(",".join(row) for row in [heads, *lines])
    if style == "equal":
        return "\n".join(
            f"{row[0]}: " + " ".join(f"{name}={cell}" for name, cell in zip(heads[1:], row[1:], strict=True))
            for row in lines
        )
    wide = [max(len(row[k]) for row in [heads, *lines]) for k in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(size) for cell, size in zip(row, wide, strict=True)).rstrip()
        for row in [heads, *lines]
    )
