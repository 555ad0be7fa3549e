"""The interface of a top with resolved widths: what a bench drives and compares.

Directions, widths in bits, signs, packed and unpacked dimensions and parameters come from elaboration, so ports whose
types are structs, enums or typedefs of packages, or whose widths are computed from parameters, are plain numbers here.

What it does not do: describe ports that are interfaces (refused), or say which of them is a clock (`roles`).

Source: slang 12 through pyslang. Try: ``python -c "from rtlgen.sim.reference.ports import interface;
from pathlib import Path; print(interface([Path('examples/soc/rtl/adder.sv')], None).ports)"``
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rtlgen.core.errors import DesignError
from rtlgen.core.records import Module, Port
from rtlgen.sim.reference.design import Elaborated, Sources, elaborate

MAX_WIDTH = 1 << 16
"""The widest port (bits) that a bench drives."""

_DIRECTIONS = {"In": "input", "Out": "output", "InOut": "inout", "Ref": "ref"}


def interface(
    files: Sequence[Path],
    top: str | None,
    *,
    include_dirs: Sequence[Path] = (),
    defines: Sequence[tuple[str, str | None]] = (),
    parameters: Sequence[tuple[str, str]] = (),
) -> Module:
    """The ports and parameters of `top`, in the order of their declaration.

    `Port.width` counts bits (None: the type could not be resolved), `Port.type` is slang's canonical text of the type
    (``logic signed[7:0]``; an unpacked dimension follows a ``$``). Raises UsageError and DesignError as
    `design.elaborate` does, and DesignError for ports that are interfaces.
    """
    sources = Sources(tuple(files), tuple(include_dirs), tuple(defines), tuple(parameters))
    return module_of(elaborate(sources, top))


def module_of(design: Elaborated) -> Module:
    """The record of an elaborated top; DesignError for a port that is an interface."""
    from pyslang import ast

    ports = []
    for symbol in design.body.portList:
        if isinstance(symbol, ast.InterfacePortSymbol):
            path, line = design.location(symbol)
            raise DesignError(
                f"port '{symbol.name}' of '{design.name}' is an interface: only plain ports can be driven and compared",
                where=f"{path}:{line}",
                hint=f"compare a wrapper of '{design.name}' whose ports are plain",
            )
        if symbol.name:
            ports.append(_port(symbol))
    path, line = design.location(design.body)
    parameters = tuple(
        (str(p.name), str(p.value))
        for p in design.body.parameters
        if not p.isLocalParam and hasattr(p, "value")
    )
    return Module(design.name, "module", path, line, line, tuple(ports), parameters)


def unpacked(port: Port) -> bool:
    """Whether `port` is an array of unpacked elements, which Verilog's benches cannot connect portably."""
    return "$[" in port.type


def signed(port: Port) -> bool:
    """Whether the values of `port` are signed."""
    return " signed" in port.type or port.type in ("byte", "shortint", "int", "integer", "longint")


def _port(symbol: Any) -> Port:
    type_ = symbol.type
    width: int | None = None
    text = ""
    if not type_.isError:
        text = str(type_.canonicalType)
        if type_.isUnpackedArray and "$[" not in text:
            text += "$[]"
        inner = type_
        while inner.isUnpackedArray:
            inner = inner.arrayElementType
        bits = int(inner.bitWidth)
        width = bits if inner.isIntegral and 0 < bits <= MAX_WIDTH else None
    return Port(str(symbol.name), _DIRECTIONS.get(symbol.direction.name, "inout"), width, text)


def differences(design: Module, reference: Module) -> tuple[str, ...]:
    """What `design` would need to be put in the place of `reference`, one line a port; empty when it fits.

    Order, signs, and the types behind equal widths do not count: a bench connects by name. Ports of unknown width
    differ from nothing.
    """
    have = {port.name: port for port in design.ports}
    want = {port.name: port for port in reference.ports}
    found = []
    for name, port in want.items():
        mine = have.get(name)
        if mine is None:
            found.append(f"{port.direction} '{name}' ({_bits(port)}) is missing")
        elif mine.direction != port.direction:
            found.append(f"'{name}' is {_article(mine.direction)}, expected {_article(port.direction)}")
        elif mine.width is not None and port.width is not None and mine.width != port.width:
            found.append(f"{port.direction} '{name}' has {_bits(mine)}, expected {_bits(port)}")
        elif unpacked(mine) != unpacked(port):
            kind = "an unpacked array" if unpacked(mine) else "no unpacked array"
            found.append(f"{port.direction} '{name}' is {kind}, unlike the reference's")
    found += [
        f"{p.direction} '{p.name}' is not in the reference" for p in have.values() if p.name not in want
    ]
    return tuple(found)


def _bits(port: Port) -> str:
    if port.width is None:
        return "unknown width"
    return "1 bit" if port.width == 1 else f"{port.width} bits"


def _article(direction: str) -> str:
    return f"an {direction}" if direction[0] in "aeiou" else f"a {direction}"
