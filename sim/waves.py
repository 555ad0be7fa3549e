"""The signals around one moment as a small table, for people and for prompts.

A column is a rising edge of a clock (what is sampled there) or a moment at which something changes. Values come from
`sim.vcd_file`, which streams: the file may be big, or cut short because its simulator was killed.

Try: ``python -c "from rtlgen.sim.waves import window; print(window('waves.vcd', ['clk', 'q'], 125_000))"``
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from pathlib import Path

from rtlgen.sim.vcd_file import Signal, Waves, read_vcd

__all__ = ["MAX_COLUMNS", "Signal", "Waves", "read_vcd", "shown", "window"]

MAX_COLUMNS = 16
"""Moments in a table."""


def window(
    path: Path | str,
    signals: Sequence[str],
    around_time: int,
    *,
    cycles: int = 6,
    span: int | None = None,
    clock: str | None = None,
) -> str:
    """A table of `signals` around `around_time` (ticks), a row each: for prompts and terminals.

    With `clock` a column is a rising edge, and shows what is sampled there: the values just before it; `cycles` edges
    before and two after are shown. Without, a column is a moment at which one of the signals changes, at most
    `MAX_COLUMNS` of them within `span` ticks. The column that `around_time` falls into is marked with ``>``. Values are
    hexadecimal (``x``, ``z``: all bits unknown, high impedance; ``X``, ``Z``: some), single bits as they are.

    Raises what `read_vcd` raises.
    """
    names = list(dict.fromkeys(signals))
    every = [*names, clock] if clock else names
    end = None if span is None or clock else around_time + span
    waves = read_vcd(path, every, end=end, until=(clock, around_time, 3) if clock else None)
    if clock:
        times, marked = _edges(waves, clock, around_time, cycles)
        sampled = [max(time - 1, 0) for time in times]
    else:
        times, marked = _moments(waves, names, around_time, span)
        sampled = times
    if not times:
        return "(nothing changes there)"
    heads = [f">{time}" if index == marked else str(time) for index, time in enumerate(times)]
    rows = [[f"time ({waves.timescale or 'ticks'})", *heads]]
    for name in names:
        signal = waves.find(name)
        values = [shown(waves.value_at(name, time), signal) for time in sampled]
        rows.append([_label(signal), *values])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    if clock:
        lines.append(f"(values just before each rising edge of {waves.find(clock).name})")
    return "\n".join(lines)


def shown(value: str, signal: Signal) -> str:
    """A value for people: hexadecimal for more than one bit, with Verilog's x, X, z, Z for unknown digits."""
    if signal.kind in ("real", "string", "realtime") or signal.width <= 1:
        return value
    padded = value.zfill((len(value) + 3) // 4 * 4) if value[0] in "01" else value
    padded = value[0] * (-len(value) % 4) + value if value[0] not in "01" else padded
    return "".join(_digit(padded[index : index + 4]) for index in range(0, len(padded), 4))


def _digit(bits: str) -> str:
    kinds = set(bits)
    if kinds <= {"0", "1"}:
        return f"{int(bits, 2):x}"
    if len(kinds) == 1:
        return bits[0]
    return "X" if "x" in kinds else "Z"


def _label(signal: Signal) -> str:
    return f"{signal.name}[{signal.width}]" if signal.width > 1 and signal.kind != "real" else signal.name


def _edges(waves: Waves, clock: str, around: int, cycles: int) -> tuple[list[int], int]:
    """Rising edges around a time, and which of them is the first at or after it (else the last)."""
    edges = list(waves.rising_edges(clock))
    at = min(bisect.bisect_left(edges, around), max(len(edges) - 1, 0))
    first = max(0, at - max(1, min(cycles, MAX_COLUMNS - 3)))
    return edges[first : at + 3], at - first


def _moments(waves: Waves, names: Sequence[str], around: int, span: int | None) -> tuple[list[int], int]:
    """Times of changes around a time, and which of them is the last at or before it."""
    low = 0 if span is None else max(0, around - span)
    high = None if span is None else around + span
    times = sorted({time for name in names for time, _ in waves.changes(name, low, high)})
    at = max(bisect.bisect_right(times, around) - 1, 0)
    first = max(0, min(at - MAX_COLUMNS // 2, len(times) - MAX_COLUMNS))
    return times[first : first + MAX_COLUMNS], at - first
