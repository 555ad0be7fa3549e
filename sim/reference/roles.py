"""Which inputs of a top are clocks, resets and enables, and which carry data.

Evidence of the source comes first (`uses`: edges, reset idioms), names decide what the source leaves open: a clock
without source, the polarity of a reset that nothing tests, synchronous resets among all the conditions.

What it does not do: find the frequency of a clock, the order of several resets, or a protocol on the data inputs.

Try: ``python -c "from rtlgen.sim.reference.roles import roles_in; from pathlib import Path;
print(roles_in([Path('examples/soc/rtl/timer.sv')], None))"``
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.records import Module, Port
from rtlgen.sim.reference.design import Sources, elaborate
from rtlgen.sim.reference.ports import module_of
from rtlgen.sim.reference.uses import Use, uses


@dataclass(frozen=True)
class Clock:
    """An input whose edges the design waits for. `edges`: ``rising``, ``falling`` or ``both`` (levels count as both)."""

    name: str
    edges: str = "rising"


@dataclass(frozen=True)
class Reset:
    """An input that puts the design into its first state."""

    name: str
    active_low: bool = False
    asynchronous: bool = False


@dataclass(frozen=True)
class Roles:
    """Every port of a module once, in the order of its declaration within each field."""

    clocks: tuple[Clock, ...] = ()
    resets: tuple[Reset, ...] = ()
    enables: tuple[str, ...] = ()
    """One-bit inputs that by their name let something happen; a stimulus keeps them active for longer."""
    data_inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    inouts: tuple[str, ...] = ()
    """Not driven and not compared."""


_SPLIT = re.compile(r"_+|(?<=[a-z0-9])(?=[A-Z])")
_CLOCK = re.compile(
    r"(?!.*clk(?:en|e|g)\d*$)[a-z0-9]{0,8}?(?:clk|clock)(?:in|[a-z])?\d*[a-z]?|[smtpq]?ck\d?|cp"
)
_NO_CLOCK = re.compile(
    "en|ena|enable|ce|div|sel|gate|valid|vld|cnt|count|mode|rdy|ready|lock|locked|off|stop|req|ack"
)
"""Words that make a name with ``clk`` in it something else than a clock: ``clk_en``."""
_RESET = re.compile(
    r"(?!burst|first|worst)n?[a-z]{0,5}?(?:power_?on)?(?:rst|reset)(?:n|b|p|l|i|ni|x|q|\d+)?|por(?:n|b)?|(?:[as]?clr|clear)n?"
)
_WEAK_RESET = re.compile(r"(?:[as]?clr|clear)n?|res|restart|flush")
"""Words that mean a reset only when the design tests them."""
_HEAD_ONLY = ("res", "restart", "flush")
"""Of these, words that a design must test first of all."""
_NO_RESET = re.compile(
    "en|ena|enable|done|req|ack|flag|cause|vec|vector|addr|pending|seen|count|cnt|sel|valid|vld|mode|val|value|busy"
)
"""Words that make a name with ``reset`` in it something else, unless the design tests it first of all."""
_LOW_WORD = re.compile(r"n(?:rst|reset|clr|clear)|.*(?:rst|reset|clr|clear|por)(?:n|b|ni|l|q)")
_LOW_TAIL = re.compile("n|ni|b|bi|l|bar|low|neg|nin")
_ENABLE = re.compile(
    r"(?:[rwoc]|clk|clock|shift|count)?(?:en|ena|enable)\d*|ce|oe|we|re|wr|rd|valid|vld|push|pop|req|start|load|ld|go|run"
    r"|write|read|[a-z]{0,2}valid|[a-z]*ready|tick|strobe|stb|cyc"
)
_SIDE = ("i", "o", "in")


def looks_like_clock(name: str) -> bool:
    """Whether a designer who names an input so means a clock."""
    words = _words(name)
    return any(_CLOCK.fullmatch(word) for word in words) and not any(
        _NO_CLOCK.fullmatch(word) for word in words
    )


def looks_like_reset(name: str, use: Use | None = None) -> bool:
    """Whether a designer who names an input so means a reset; `use` settles names that may mean something else."""
    words = _words(name)
    weak = any(_WEAK_RESET.fullmatch(word) for word in words)
    strong = any(_RESET.fullmatch(word) for word in words) and not weak
    if use is not None and (use.head_high or use.head_low):
        return strong or weak
    if any(_NO_RESET.fullmatch(word) for word in words):
        return False
    cleared = weak and not any(word in _HEAD_ONLY for word in words)
    return strong or (cleared and use is not None and bool(use.tested_high or use.tested_low))


def looks_active_low(name: str) -> bool:
    """Whether the name of a reset says that 0 resets."""
    words = [word for word in _words(name) if word not in _SIDE]
    return bool(words) and (
        _LOW_TAIL.fullmatch(words[-1]) is not None
        or words[0] == "n"
        or any(_LOW_WORD.fullmatch(word) for word in words)
    )


def looks_like_enable(name: str) -> bool:
    """Whether a designer who names an input so means that something happens while it is active."""
    return any(_ENABLE.fullmatch(word) for word in _words(name))


def roles_in(
    files: Sequence[Path],
    top: str | None,
    *,
    include_dirs: Sequence[Path] = (),
    defines: Sequence[tuple[str, str | None]] = (),
    parameters: Sequence[tuple[str, str]] = (),
) -> Roles:
    """The roles of the ports of `top` by its source; errors as `ports.interface` has them."""
    design = elaborate(Sources(tuple(files), tuple(include_dirs), tuple(defines), tuple(parameters)), top)
    return roles(module_of(design), uses(design))


def roles(module: Module, evidence: Mapping[str, Use] | None = None) -> Roles:
    """The roles of the ports of `module`; without `evidence` (`uses.uses`) by their names alone."""
    inputs = [port for port in module.ports if port.direction == "input"]
    single = [port for port in inputs if port.width == 1]
    seen = {port.name: (evidence or {}).get(port.name, Use()) for port in single}
    clocks = _clocks(single, seen)
    named = {clock.name for clock in clocks}
    others = [port for port in single if port.name not in named]
    resets = _resets(others, seen, evidence=evidence is not None) if clocks or evidence is None else ()
    named |= {reset.name for reset in resets}
    enables = (
        tuple(p.name for p in single if p.name not in named and looks_like_enable(p.name)) if clocks else ()
    )
    return Roles(
        clocks=clocks,
        resets=resets,
        enables=enables,
        data_inputs=tuple(p.name for p in inputs if p.name not in named and p.name not in enables),
        outputs=tuple(p.name for p in module.ports if p.direction == "output"),
        inouts=tuple(p.name for p in module.ports if p.direction in ("inout", "ref")),
    )


def _clocks(inputs: Sequence[Port], seen: Mapping[str, Use]) -> tuple[Clock, ...]:
    """Inputs with edges, those that merely gate a clock apart; inputs that are named so."""
    edged = {p.name for p in inputs if seen[p.name].rising + seen[p.name].falling > _as_reset(seen[p.name])}
    sure = {name for name in edged if looks_like_clock(name)}
    out = []
    for port in inputs:
        use = seen[port.name]
        by_edge = port.name in edged and (port.name in sure or not _only_gates(port.name, sure))
        if by_edge or looks_like_clock(port.name):
            both = bool(use.rising and use.falling) or use.level + use.tested_high + use.tested_low > 0
            edges = "both" if both else "falling" if use.falling else "rising"
            out.append(Clock(port.name, edges))
    return tuple(out)


def _only_gates(name: str, sure: set[str]) -> bool:
    """Whether an input with edges is taken for the enable or reset of a gated clock: another one is named a clock."""
    return bool(sure) and (looks_like_enable(name) or looks_like_reset(name))


def _as_reset(use: Use) -> int:
    return use.async_high + use.async_low


def _resets(inputs: Sequence[Port], seen: Mapping[str, Use], *, evidence: bool) -> tuple[Reset, ...]:
    """Asynchronous resets by the source, synchronous ones by their name, or by their use when nothing is named so."""
    out = []
    for port in inputs:
        use = seen[port.name]
        if _as_reset(use):
            out.append(Reset(port.name, use.async_low > use.async_high, True))
        elif looks_like_reset(port.name, use if evidence else None):
            out.append(Reset(port.name, _low(port.name, use), False))
    if out:
        return tuple(out)
    for port in inputs:
        use = seen[port.name]
        clears = use.clears_high + use.clears_low
        if clears and clears == use.head_high + use.head_low and not looks_like_enable(port.name):
            out.append(Reset(port.name, use.clears_low > use.clears_high, False))
    return tuple(out[:1])


def _low(name: str, use: Use) -> bool:
    """Polarity of a synchronous reset: by first conditions, by any condition, by the name."""
    for high, low in ((use.head_high, use.head_low), (use.tested_high, use.tested_low)):
        if high != low:
            return low > high
    return looks_active_low(name)


def _words(name: str) -> list[str]:
    return [word.lower() for word in _SPLIT.split(name.strip("\\ ")) if word]
