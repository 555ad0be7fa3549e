"""Quality of result: what ABC says of a mapped circuit, and the number that a search makes smaller.

``stime`` gives area (library units) and delay (ps, as ABC prints it), ``print_stats`` of the AIG nodes and levels, and
of a LUT network its LUTs and levels, which stand in for area and delay. Parsed from text: ABC prints no JSON.

The published measure is the product of area and delay, as a reduction against resyn2 (ABC-RL, arXiv 2401.12205, 4.1).

Try: ``rtlgen synth examples/soc --top soc``
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rtlgen.core.errors import ToolError, UsageError

_TIMED = re.compile(
    r"Gates\s*=\s*(?P<gates>\d+).*?Area\s*=\s*(?P<area>[\d.]+).*?Delay\s*=\s*(?P<delay>[\d.]+)\s*ps"
)
_AIG = re.compile(r"\band\s*=\s*(?P<nodes>\d+).*?\blev\s*=\s*(?P<levels>\d+)")
_LUTS = re.compile(r"\bnd\s*=\s*(?P<nodes>\d+).*?\blev\s*=\s*(?P<levels>\d+)")
OBJECTIVES = ("product", "area", "delay")
"""What a search can make smaller; ``area`` may come with a bound on the delay."""


@dataclass(frozen=True)
class QoR:
    """One scored circuit. area in units of the library (LUTs for a LUT target), delay in ps (levels for LUTs)."""

    area: float
    delay: float
    gates: int
    """Cells or LUTs."""
    nodes: int
    """AND nodes before mapping."""
    levels: int
    """AND levels before mapping."""

    @property
    def product(self) -> float:
        """Area times delay."""
        return self.area * self.delay

    def dominates(self, other: QoR) -> bool:
        """Whether this is no worse in area and delay, and better in one of them."""
        no_worse = self.area <= other.area and self.delay <= other.delay
        return no_worse and (self.area < other.area or self.delay < other.delay)


@dataclass(frozen=True)
class Objective:
    """What is made smaller. With `max_delay` (ps) a circuit that is too slow is worse than any that is not."""

    name: str = "product"
    max_delay: float | None = None

    def __post_init__(self) -> None:
        if self.name not in OBJECTIVES:
            raise UsageError(f"no objective '{self.name}'", hint=f"one of {', '.join(OBJECTIVES)}")
        if self.max_delay is not None and not self.max_delay > 0:
            raise UsageError(
                f"a delay of {self.max_delay:g} ps cannot be met", hint="--max-delay PS, above 0"
            )

    def value(self, qor: QoR) -> float:
        """The number to make smaller; too slow circuits are ordered by how late they are, behind all others."""
        if self.max_delay is not None and qor.delay > self.max_delay:
            return 1e30 * (qor.delay / self.max_delay)
        return {"product": qor.product, "area": qor.area, "delay": qor.delay}[self.name]

    def reduction(self, qor: QoR, baseline: QoR) -> float:
        """By how much `qor` is better than `baseline`, as a share (0.1: 10 % smaller; negative: worse)."""
        base = self.value(baseline)
        return (base - self.value(qor)) / base if base else 0.0


def parse_timed(text: str) -> tuple[int, float, float]:
    """(gates, area, delay in ps) of the last ``stime`` line. Raises ToolError when there is none."""
    found = list(_TIMED.finditer(text))
    if not found:
        raise ToolError(f"ABC printed no timing: {text.strip()[-160:]!r}", hint="rtlgen doctor")
    last = found[-1]
    return int(last["gates"]), float(last["area"]), float(last["delay"])


def parse_aig(text: str) -> tuple[int, int]:
    """(nodes, levels) of the last ``print_stats`` line of an AIG. Raises ToolError when there is none."""
    return _counts(_AIG, text, "an AIG")


def parse_luts(text: str) -> tuple[int, int]:
    """(LUTs, levels) of the last ``print_stats`` line of a LUT network. Raises ToolError when there is none."""
    return _counts(_LUTS, text, "a LUT network")


def _counts(pattern: re.Pattern[str], text: str, what: str) -> tuple[int, int]:
    found = list(pattern.finditer(text))
    if not found:
        raise ToolError(f"ABC printed no figures of {what}: {text.strip()[-160:]!r}", hint="rtlgen doctor")
    return int(found[-1]["nodes"]), int(found[-1]["levels"])
