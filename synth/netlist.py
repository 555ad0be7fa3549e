"""One design as a flat netlist of cells and registers: what an equivalence check builds on.

`prepare` reads Verilog with Yosys (processes to registers, hierarchy flattened, memories as registers) and says which
ports, clocks and registers there are, and which registers have no initial value. Nothing is optimised that could make
use of an x. It compares nothing: see `rtlgen.synth.miter`.

Try: ``python -c "from pathlib import Path; from rtlgen.synth.netlist import prepare
print(prepare([Path('alu.v')], 'alu').registers)"``
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rtlgen.core.errors import DesignError, UsageError
from rtlgen.core.process import Limits
from rtlgen.synth.yosys import YOSYS_LIMITS, quoted, run

_REGISTER = re.compile(
    r"^\$(_?)(s?dff|adff|aldff|dlatch|adlatch|ff|sr)[a-z]*\1$|^\$_(DFF|SDFF|ALDFF|DLATCH|FF|SR)"
)
_PLAIN_NAME = re.compile(r"^[A-Za-z_][\w$]*$")

Bit = tuple[str, int]
"""A bit of a named wire."""


@dataclass(frozen=True)
class Netlist:
    """A flattened design. `text` is Yosys's own format (RTLIL) with one module, `name`."""

    name: str
    text: str
    inputs: dict[str, int]
    """Port name to width."""
    outputs: dict[str, int]
    registers: int
    """Bits of flip-flops and latches."""
    clocks: frozenset[tuple[str, bool]] = frozenset()
    """(wire, rising edge) of the flip-flops; a clock that is also read as data appears as ``""``."""
    asynchronous: frozenset[tuple[str, str]] = frozenset()
    """(input, registers) of asynchronous sets, resets and loads; the input is ``""`` where it is no plain input."""
    latches: bool = False
    uninitialised: tuple[frozenset[Bit], ...] = ()
    """The names of each register bit without an initial value; names of ports only where there are no others."""
    warnings: tuple[str, ...] = field(default=())


def prepare(
    files: Sequence[Path],
    top: str,
    *,
    name: str = "design",
    limits: Limits = YOSYS_LIMITS,
    sandboxed: bool = True,
) -> Netlist:
    """Read `files` and flatten `top` to the module `name`.

    Raises DesignError (no such top, unresolved module, syntax, or a construct that cannot be synthesised), LimitError.
    """
    if not files:
        raise DesignError("no files to read", where=top, hint="give the files of the design")
    for path in files:
        if not path.is_file():
            raise UsageError("there is no such file", where=path, hint="give the files of the design")
    if not _PLAIN_NAME.match(top):
        raise DesignError(f"{top!r} is not the name of a module", hint="give the name of the top module")
    reading = [f"read_verilog -sv -noblackbox {quoted(path.resolve())}" for path in files]
    return prepare_read(
        [*reading, f"hierarchy -check -top {top}"],
        [path.resolve() for path in files],
        top,
        name=name,
        limits=limits,
        sandboxed=sandboxed,
    )


def prepare_read(
    reading: Sequence[str],
    inputs: Sequence[Path],
    top: str,
    *,
    name: str = "design",
    limits: Limits = YOSYS_LIMITS,
    sandboxed: bool = True,
    by_ports: bool = False,
) -> Netlist:
    """The same for a design that the commands `reading` read, hierarchy included, from the files `inputs`.

    `by_ports`: a register is also known by an output that it drives, for two netlists with the same registers.
    """
    script = [*reading, "proc", "flatten", "memory_collect", "memory_map"]
    script += ["delete t:$print t:$check t:$assert t:$assume t:$cover", "opt_clean", f"rename -top {name}"]
    script += ["write_json flat.json", "write_rtlil flat.il"]
    with tempfile.TemporaryDirectory(prefix="rtlgen-") as folder:
        work = Path(folder)
        done = run(script, work=work, read_only=inputs, limits=limits, sandboxed=sandboxed)
        module = json.loads((work / "flat.json").read_text())["modules"].get(name)
        text = (work / "flat.il").read_text()
    if module is None:  # pragma: no cover - `hierarchy -check` stops before
        raise DesignError(f"no module {top}", hint="give the name of the top module")
    return _described(name, text, module, done.warnings, by_ports)


def _described(
    name: str, text: str, module: dict[str, Any], warnings: tuple[str, ...], by_ports: bool
) -> Netlist:
    ports = module["ports"]
    other = [port for port, value in ports.items() if value["direction"] not in ("input", "output")]
    if other:
        raise DesignError(f"inout ports cannot be compared: {', '.join(sorted(other))}", where=name)
    cells = [cell for cell in module["cells"].values() if _REGISTER.match(cell["type"])]
    others = [cell for cell in module["cells"].values() if not _REGISTER.match(cell["type"])]
    places, initial = _wires(module["netnames"])
    bits = [bit for cell in cells for bit in cell["connections"]["Q"]]
    driven = set() if by_ports else {n for n, port in ports.items() if port["direction"] == "output"}
    return Netlist(
        name=name,
        text=text,
        inputs={n: len(p["bits"]) for n, p in ports.items() if p["direction"] == "input"},
        outputs={n: len(p["bits"]) for n, p in ports.items() if p["direction"] == "output"},
        registers=len(bits),
        clocks=_clocks(cells, others, ports, places),
        asynchronous=_asynchronous(cells, ports, places),
        latches=any("CLK" not in cell["connections"] for cell in cells),
        uninitialised=tuple(_inner(places.get(bit, []), driven) for bit in bits if bit not in initial),
        warnings=warnings,
    )


def _wires(netnames: dict[str, Any]) -> tuple[dict[Any, list[Bit]], dict[Any, str]]:
    """Bit number -> its names, and -> its initial value."""
    places: dict[Any, list[Bit]] = {}
    initial: dict[Any, str] = {}
    for wire, value in netnames.items():
        start = value.get("attributes", {}).get("init", "")
        for index, bit in enumerate(value["bits"]):
            if not value.get("hide_name"):
                places.setdefault(bit, []).append((wire, index))
            if index < len(start) and start[-1 - index] in "01":
                initial[bit] = start[-1 - index]
    return places, initial


def _inner(names: list[Bit], outputs: set[str]) -> frozenset[Bit]:
    """The names that tell which register it is: a port may be connected to another register in another design."""
    return frozenset(name for name in names if name[0] not in outputs) or frozenset(names)


def _clocks(
    cells: list[dict[str, Any]],
    others: list[dict[str, Any]],
    ports: dict[str, Any],
    places: dict[Any, list[Bit]],
) -> frozenset[tuple[str, bool]]:
    """The clocks of the registers; ``("", True)`` stands for one that is no plain input or is read as data too."""
    found = set()
    data = {bit for cell in others for bits in cell["connections"].values() for bit in bits}
    data |= {
        bit
        for cell in cells
        for pin, bits in cell["connections"].items()
        if pin not in ("CLK", "C")
        for bit in bits
    }
    data |= {bit for port in ports.values() if port["direction"] == "output" for bit in port["bits"]}
    inputs = {bit for port in ports.values() if port["direction"] == "input" for bit in port["bits"]}
    for cell in cells:
        for bit in cell["connections"].get("CLK", []):
            rising = int(cell.get("parameters", {}).get("CLK_POLARITY", "1"), 2) == 1
            plain = bit in inputs and bit not in data
            name = next((f"{wire}[{index}]" for wire, index in places.get(bit, []) if wire in ports), "")
            found.add((name if plain else "", rising))
    return frozenset(found)


def _asynchronous(
    cells: list[dict[str, Any]], ports: dict[str, Any], places: dict[Any, list[Bit]]
) -> frozenset[tuple[str, str]]:
    """Which inputs act on which registers without a clock, and how."""
    found = set()
    inputs = {bit for port in ports.values() if port["direction"] == "input" for bit in port["bits"]}
    for cell in cells:
        for pin in ("ARST", "ALOAD", "SET", "CLR"):
            for bit in cell["connections"].get(pin, []):
                name = next((f"{wire}[{index}]" for wire, index in places.get(bit, []) if wire in ports), "")
                polarity = cell.get("parameters", {}).get(f"{pin}_POLARITY", "1")
                registers = sorted(min(places.get(one, [("", 0)])) for one in cell["connections"]["Q"])
                found.add((name if bit in inputs else "", f"{pin} {polarity[-1]} {registers}"))
    return frozenset(found)
