"""A mapped netlist against the gates it was made from, cut at the registers: the same next states and outputs.

Both are flattened with the cells' functions as Yosys reads them from the liberty files, registers are brought to the same
kinds, and each becomes one combinational network: inputs are the ports and what the registers hold, outputs the ports and
what the registers are given (data, clock, resets). Registers are known again by name. ABC then compares the two networks.
That needs no assumption about power-up and proves more than equal behaviour; it does not look behind the gates: what
Yosys made of the sources before is the business of `rtlgen.synth.equivalence`.

Try: see `rtlgen.synth.proof`
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_REGISTER = re.compile(r"^\$_(?:S?DFFE?|ALDFFE?|DFFSRE?|FF|SR|DLATCH|DLATCHSR)_")
FINE = (
    "flatten",
    "proc",
    "opt_clean",
    "dffunmap",
    "techmap",
    "simplemap",
    "dffunmap",
    "setundef -undriven -zero",
    "aigmap",
    "opt_clean",
    "write_json cut.json",
)
"""Yosys commands from a design that was read to ``cut.json``: inverters, AND gates and registers."""


@dataclass(frozen=True)
class Register:
    """One bit. `pins` are those it is given, in the order of their names."""

    kind: str
    names: frozenset[str]
    output: int
    pins: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Network:
    """A flat design of inverters, AND gates and registers. Bits are numbers of Yosys, or ``0`` and ``1`` as text."""

    inputs: dict[str, Any]
    outputs: dict[str, Any]
    gates: tuple[tuple[Any, Any, Any], ...]
    """(output, input, input); the second input of an inverter is None."""
    registers: tuple[Register, ...]
    others: tuple[str, ...]
    """Types of cells that are none of these."""


def network(path: Path, top: str) -> Network:
    """The network in a JSON file that `FINE` wrote."""
    module = json.loads(path.read_text(encoding="utf-8"))["modules"][top]
    names: dict[Any, set[str]] = {}
    for wire, value in module["netnames"].items():
        if not value.get("hide_name"):
            for index, bit in enumerate(value["bits"]):
                names.setdefault(bit, set()).add(f"{wire}[{index}]")
    gates, registers, others = [], [], set()
    for cell in module["cells"].values():
        pins = {pin: bits[0] for pin, bits in cell["connections"].items() if bits}
        if cell["type"] == "$_AND_":
            gates.append((pins["Y"], pins["A"], pins["B"]))
        elif cell["type"] == "$_NOT_":
            gates.append((pins["Y"], pins["A"], None))
        elif _REGISTER.match(cell["type"]):
            output = pins.pop("Q")
            own = frozenset(names.get(output, ()))
            registers.append(Register(cell["type"], own, output, tuple(sorted(pins.items()))))
        elif cell["type"] != "$scopeinfo":
            others.add(cell["type"])
    ports = module["ports"]
    return Network(
        dict(_bits(ports, ("input", "inout"))),
        dict(_bits(ports, ("output", "inout"))),
        tuple(gates),
        tuple(registers),
        tuple(sorted(others)),
    )


def _bits(ports: dict[str, Any], directions: tuple[str, ...]) -> Iterable[tuple[str, Any]]:
    for name in sorted(ports):
        if ports[name]["direction"] in directions:
            for index, bit in enumerate(ports[name]["bits"]):
                yield f"{name}[{index}]", bit


def paired(gold: Network, gate: Network) -> tuple[list[tuple[Register, Register]], str]:
    """The registers of `gate` with those of `gold` of the same name; and why not all have one (else empty)."""
    for side in (gold, gate):
        if side.others:
            return [], f"cells that have no function: {', '.join(side.others[:4])}"
    if gold.inputs.keys() != gate.inputs.keys() or gold.outputs.keys() != gate.outputs.keys():
        return [], "the ports are not the same"
    home = {name: register for register in gold.registers for name in register.names}
    pairs, used = [], set()
    for register in gate.registers:
        found = {home[name].output: home[name] for name in sorted(register.names) if name in home}
        partner = next((other for other in found.values() if other.output not in used), None)
        if partner is None or partner.kind != register.kind:
            shown = min(register.names, default="without a name")
            return [], f"no register of the gates is the netlist's {shown}"
        used.add(partner.output)
        pairs.append((partner, register))
    return pairs, ""


def blif(side: Network, registers: Iterable[Register], alone: int) -> str:
    """The combinational network of one side, as BLIF; `registers` in the order of their pairs. `alone` are the registers
    of the gates without a partner: they are free inputs, so that a netlist that should depend on one differs."""
    registers = list(registers)
    sources = {bit: f"i{number}" for number, bit in enumerate(side.inputs.values())}
    sources |= {register.output: f"q{number}" for number, register in enumerate(registers)}
    rest = [register.output for register in side.registers if register.output not in sources]
    sources |= {output: f"f{number}" for number, output in enumerate(rest)}
    inputs = [f"i{number}" for number in range(len(side.inputs))]
    inputs += [f"q{number}" for number in range(len(registers))]
    inputs += [f"f{number}" for number in range(alone)]

    def name(bit: Any) -> str:
        return sources.get(bit, f"n{bit}")

    rows = [".names n0", ".names n1", "1", ".names nx", ".names nz"]
    for output, first, second in side.gates:
        if second is None:
            rows += [f".names {name(first)} n{output}", "0 1"]
        else:
            rows += [f".names {name(first)} {name(second)} n{output}", "11 1"]
    ends = [(f"o{number}", bit) for number, bit in enumerate(side.outputs.values())]
    for number, register in enumerate(registers):
        ends += [(f"d{number}_{pin}", bit) for pin, bit in register.pins]
    for end, bit in ends:
        rows += [f".names {name(bit)} {end}", "1 1"]
    head = [
        ".model cut",
        ".inputs " + " ".join(inputs),
        ".outputs " + " ".join(end for end, _ in ends),
    ]
    return "\n".join([*head, *rows, ".end", ""])
