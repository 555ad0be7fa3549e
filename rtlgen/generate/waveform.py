"""The waveform around a first mismatch as text: the wrong output and the signals it depends on, inside the design.

The design's scope in the wave file is the one that has the most of the wanted signals: a test bench may have a reference
with the same ports beside it, which lacks the design's own signals. When nothing says which output was wrong, all outputs
are shown; when nothing says when, the first moments are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.errors import RtlgenError
from rtlgen.core.records import Verdict
from rtlgen.generate.diagnose import first_mismatch
from rtlgen.generate.specification import Specification

if TYPE_CHECKING:
    from rtlgen.sim.waves import Waves

MAX_SIGNALS = 14
MAX_CHANGES = 400_000
_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "ps": 1e-12, "fs": 1e-15}
_TIMESCALE = re.compile(r"(\d+)\s*(s|ms|us|ns|ps|fs)\b")
_DIRECTIVE = re.compile(r"^\s*`timescale\s+(\d+\s*(?:s|ms|us|ns|ps|fs))\s*/", re.MULTILINE)


def around_first_mismatch(
    waves: Path, verdict: Verdict, design: Sequence[Path], spec: Specification, *, unit: float = 0.0
) -> str:
    """A table of signals around the first mismatch that `verdict` tells; empty when the waves show nothing of it.

    `design` are the files below `spec.top`; `unit` is that of the times that the test prints (seconds, 0: ticks).
    """
    from rtlgen.sim.reference.roles import looks_like_clock
    from rtlgen.sim.waves import read_vcd, window

    output, time = first_mismatch(verdict)
    try:
        names = _names(design, spec, output)
        every = read_vcd(waves, (), max_changes=0)
        scope = _scope(every, names)
        if scope is None:
            return ""
        shown = [f"{scope}{name}" for name in names if f"{scope}{name}" in every.signals][:MAX_SIGNALS]
        at = _ticks(time or 0, unit, every.timescale)
        clock = next((name for name in shown if looks_like_clock(name.rsplit(".", 1)[-1])), None)
        return window(waves, shown, at, cycles=6, clock=clock)
    except RtlgenError:
        return ""  # no picture is no reason to lose the verdict


def _names(design: Sequence[Path], spec: Specification, output: str | None) -> list[str]:
    """The inputs, the wrong output (else all outputs) and what it depends on, as paths below the top."""
    from rtlgen.sim.reference.fanin import fan_in
    from rtlgen.sim.reference.ports import interface

    ports = interface(design, spec.top).ports
    outputs = [port.name for port in ports if port.direction == "output"]
    wrong = [output] if output in outputs else outputs
    cone = [
        name for signal in wrong[:3] for name in fan_in(design, spec.top, signal, depth=3, limit=MAX_SIGNALS)
    ]
    inputs = [port.name for port in ports if port.direction == "input"]
    ordered = [*(name for name in inputs if name in cone), *wrong, *cone, *inputs]
    return list(dict.fromkeys(ordered))


def _scope(waves: Waves, names: Sequence[str]) -> str | None:
    """The prefix (with its dot) under which most of `names` are; the deepest of equals, None when none has two."""
    counts: dict[str, int] = {}
    for full in waves.signals:
        for name in names:
            if full.endswith(f".{name}"):
                prefix = full[: -len(name)]
                counts[prefix] = counts.get(prefix, 0) + 1
    best = max(counts, key=lambda prefix: (counts[prefix], prefix.count("."), prefix), default=None)
    return best if best is not None and counts[best] >= min(2, len(names)) else None


def printed_unit(test: Sequence[Path]) -> float:
    """Seconds of one unit of ``$time`` in the files of a test; 0 without a ``timescale``: ticks are printed."""
    for path in test:
        match = _DIRECTIVE.search(path.read_text("utf-8", "replace"))
        if match is not None:
            return _seconds(match[1])
    return 0.0


def _ticks(time: int, unit: float, timescale: str) -> int:
    tick = _seconds(timescale)
    return round(time * unit / tick) if unit and tick else time


def _seconds(text: str) -> float:
    match = _TIMESCALE.search(text)
    return int(match[1]) * _UNITS[match[2]] if match else 0.0
