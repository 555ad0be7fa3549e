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


def karnaugh(rng: random.Random, names: Sequence[str], value: Value) -> tuple[str, list[str]]:
    """The map, and the names in the order in which it reads them (columns or rows first)."""
    count = len(names)
    split = {2: 1, 3: rng.choice([1, 2]), 4: 2}[count]
    top, side = list(range(split)), list(range(split, count))
    if rng.random() < 0.5:
        top, side = side, top
    mark = rng.choice(["x", "x", "d", "-", "X"])
    columns, lines = _gray(len(top)), _gray(len(side))
    label = rng.choice(["", ",", ""])
    head = (
        label.join(names[k] for k in top)
        if label or all(len(n) == 1 for n in names)
        else " ".join(names[k] for k in top)
    )
    left = (
        label.join(names[k] for k in side)
        if label or all(len(n) == 1 for n in names)
        else " ".join(names[k] for k in side)
    )

    def cell(column: int, line: int) -> str:
        bits = {k: column >> (len(top) - 1 - at) & 1 for at, k in enumerate(top)}
        bits |= {k: line >> (len(side) - 1 - at) & 1 for at, k in enumerate(side)}
        found = value(int("".join(str(bits[k]) for k in range(count)), 2))
        return mark if found is None else str(found)

    rows = [[f"{line:0{len(side)}b}", *(cell(column, line) for column in columns)] for line in lines]
    titles = [f"{column:0{len(top)}b}" for column in columns]
    order = [names[k] for k in [*top, *side]]
    style = rng.choice(["bars", "bars", "plain", "markdown"])
    if style == "markdown":
        text = [f"| {left} \\ {head} | {' | '.join(titles)} |", "|" + "---|" * (len(titles) + 1)]
        return "\n".join([*text, *(f"| {' | '.join(row)} |" for row in rows)]), order
    wide = max(len(left), 2)
    if style == "plain":
        text = [f"{left} \\ {head}".ljust(wide) + "  " + "  ".join(titles)]
        wide = len(f"{left} \\ {head}")
        return "\n".join(
            [
                *text,
                *(
                    "  ".join([row[0].ljust(wide), *(c.ljust(len(top)) for c in row[1:])]).rstrip()
                    for row in rows
                ),
            ]
        ), order
    text = [" " * (wide + 4) + head, f" {left.ljust(wide)}  {'  '.join(titles)}"]
    text += [f" {row[0].ljust(wide)} | {' | '.join(row[1:])} |" for row in rows]
    return "\n".join(text), order


def _gray(count: int) -> list[int]:
    return [k ^ k >> 1 for k in range(1 << count)]


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
