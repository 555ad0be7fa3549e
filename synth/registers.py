"""What stands around the logic: registers, latches, tri-states and memories, as Yosys counted them.

Read from ``stat -json`` and from a dump of the memories, both taken in the middle of a script. It counts; it decides
nothing but that a memory is too big to become registers.

Try: see `rtlgen.synth.frontend`
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import DesignError
from rtlgen.synth.passes import MEMORY_BITS
from rtlgen.synth.yosys import YosysRun

FLIP_FLOP = re.compile(r"^\$_(?:S?DFF|ALDFF|DFFSR|FF|SR)[A-Z]*_")
LATCH = re.compile(r"^\$_DLATCH")
_CELL = re.compile(r"^\s*cell \$mem_v2 (\S+)$(.*?)^\s*end$", re.MULTILINE | re.DOTALL)
_PARAMETER = re.compile(r"^\s*parameter (?:signed )?\\(MEMID|SIZE|WIDTH) (.*)$", re.MULTILINE)
_INFERRED = re.compile(r"Latch inferred for signal `([^']+)'")
_SERIOUS = re.compile(r"no driver|conflicting drivers|logic loop")
_SHOWN = 4
_WARNINGS = 8


@dataclass(frozen=True)
class Memory:
    """One memory of the design."""

    name: str
    words: int
    width: int

    @property
    def bits(self) -> int:
        """Words times width."""
        return self.words * self.width


def statistics(path: Path) -> dict[str, Any]:
    """Module name -> entry of a file of ``stat -json``; log lines before the JSON are passed over."""
    text = path.read_text(encoding="utf-8", errors="replace")
    loaded = json.loads(text[text.index("{") :])
    modules: dict[str, Any] = loaded["modules"]
    return {name.removeprefix("\\"): entry for name, entry in modules.items()}


def count(entry: dict[str, Any], pattern: re.Pattern[str]) -> int:
    """Cells of one module whose type `pattern` matches."""
    return sum(number for kind, number in _types(entry).items() if pattern.match(kind))


def _types(entry: dict[str, Any]) -> dict[str, int]:
    return {kind: int(number) for kind, number in entry.get("num_cells_by_type", {}).items()}


def memories(path: Path) -> tuple[Memory, ...]:
    """The memories in a dump of ``$mem_v2`` cells."""
    if not path.is_file():
        return ()
    found = []
    for cell, body in _CELL.findall(path.read_text(encoding="utf-8", errors="replace")):
        values = dict(_PARAMETER.findall(body))
        name = values.get("MEMID", f'"{cell}"').strip('"').replace("\\\\", "").lstrip("\\")
        found.append(Memory(name, _number(values.get("SIZE", "0")), _number(values.get("WIDTH", "0"))))
    return tuple(found)


def _number(text: str) -> int:
    """A constant of RTLIL: ``12`` or ``32'0001``."""
    return int(text.partition("'")[2], 2) if "'" in text else int(text)


def too_big(found: tuple[Memory, ...], top: str) -> DesignError | None:
    """The error for the biggest memory when it is above the bound."""
    biggest = max(found, key=lambda memory: memory.bits, default=None)
    if biggest is None or biggest.bits <= MEMORY_BITS:
        return None
    return DesignError(
        f"the memory {biggest.name} has {biggest.words:,} words of {biggest.width} bits ({biggest.bits:,} bits); "
        f"up to {MEMORY_BITS:,} bits become registers",
        where=top,
        hint="a smaller size by a parameter, or leave the memory out as a module of its own (a black box)",
    )


def initial_values(path: Path) -> list[str]:
    """The remark about registers with an initial value, from a list of their wires, when there are any."""
    lines = path.read_text(encoding="utf-8", errors="replace").split() if path.is_file() else []
    names = [line.partition("/")[2] for line in lines if "/" in line]
    if not names:
        return []
    return [
        f"initial values of registers ({_some(names)}) are not in the netlist: cells power up with any value"
    ]


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


def remarks(entry: dict[str, Any], found: tuple[Memory, ...], run: YosysRun) -> tuple[str, ...]:
    """What is worth saying about latches, tri-states, memories, drivers and loops of one flat module."""
    said = []
    latches = count(entry, LATCH)
    if latches:
        names = list(
            dict.fromkeys(name.rpartition(".")[2].lstrip("\\") for name in _INFERRED.findall(run.log))
        )
        where = f" ({_some(names)})" if names else ""
        said.append(f"{latches} latch bits{where}: they stay as they are, the logic around them is optimised")
    tristates = _types(entry).get("$_TBUF_", 0)
    if tristates:
        said.append(f"{tristates} tri-state drivers stay as they are: no library cell is chosen for them")
    if found:
        bits = sum(memory.bits for memory in found)
        names = [memory.name for memory in found]
        said.append(f"memories as registers: {bits:,} bits ({_some(names)})")
    told = [line.partition("Warning: ")[2] for line in run.warnings if _SERIOUS.search(line)]
    return (*said, *dict.fromkeys(told[:_WARNINGS]))
