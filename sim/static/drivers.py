"""Nets that a candidate drives although something else does, and inputs that it drives from inside.

slang says this of variables; of nets it does not, because Verilog resolves several drivers. In a net of kind `wire` of a
module without high-impedance values it is a mistake.

What it does not do: look at variables, at `inout`, `tri`, `wand` and the like, or outside the candidate's module.
"""

from __future__ import annotations

import re
from typing import Any

TWO_DRIVERS = "MultipleDrivers"
"""The code of these findings; all others are slang's."""

_HIGH_IMPEDANCE = re.compile(
    r"'s?[bhoBHO]?[0-9a-fA-F_]*[zZ?]|\b(?:pullup|pulldown|bufif[01]|notif[01]|tran)\b"
)


def may_resolve(text: str) -> bool:
    """True when `text` works with high impedance, so that several drivers may be meant."""
    return _HIGH_IMPEDANCE.search(text) is not None


def driven_twice(
    compilation: Any, manager: Any, buffer: Any, span: tuple[int, int], names: set[str]
) -> list[tuple[str, str, int]]:
    """(name, what else drives it, offset in `buffer`) of the nets in `names` that the text in `span` drives too."""
    from pyslang import ast

    out = []
    for body in _bodies_at(compilation, buffer, span[0]):
        for name in sorted(names):
            symbol = body.find(name)
            if symbol is None or symbol.kind != ast.SymbolKind.Net or symbol.netType.name != "wire":
                continue
            drivers = manager.getDrivers(symbol)
            if any(_both_ways(d) for d in drivers):
                continue
            mine = [d for d in drivers if span[0] <= _at(d, buffer) < span[1]]
            other = next((o for d in mine for o in drivers if o not in mine and _overlap(d, o)), None)
            if mine and other is not None:
                what = "an input port" if other.isInputPort else "another driver"
                out.append((name, what, _at(mine[0], buffer)))
    return out


def _bodies_at(compilation: Any, buffer: Any, offset: int) -> list[Any]:
    """Bodies of the elaborated instances of the module that `offset` lies in, at the top or just below."""
    from pyslang import ast

    found = []
    for top in compilation.getRoot().topInstances:
        for instance in (top, *(m for m in top.body if m.kind == ast.SymbolKind.Instance)):
            place = instance.definition.syntax.sourceRange
            if place.start.buffer == buffer and place.start.offset <= offset <= place.end.offset:
                found.append(instance.body)
                break
    return found[:1]


def _both_ways(driver: Any) -> bool:
    """True for what an `inout` port drives, the module's own or that of an instance: it may be meant."""
    from pyslang import ast

    at_port = driver.containingSymbol.kind in {ast.SymbolKind.Instance, ast.SymbolKind.InstanceBody}
    return at_port and not driver.isUnidirectionalPort


def _at(driver: Any, buffer: Any) -> int:
    """Offset of a driver in `buffer`, -1 when it is elsewhere."""
    start = driver.sourceRange.start
    return int(start.offset) if start.buffer == buffer else -1


def _overlap(one: Any, two: Any) -> bool:
    return bool(one.bounds[0] <= two.bounds[1] and two.bounds[0] <= one.bounds[1])
