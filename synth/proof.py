"""Whether the mapped netlist is the design: proved, refuted, or not known.

Three questions. The logic: ABC compares the network that the recipe began with and the one that it ended with (``cec``,
after the fast ``&cec``). For Verilog, the netlist that Yosys wrote, with the cells' functions as Yosys (not ABC) reads
them from the liberty files: against the gates it was made from, cut at the registers (`rtlgen.synth.cut`), and against
the sources, registers and power-up included (`rtlgen.synth.equivalence`), which is tried for small designs only.

The first must be proved. What of the rest cannot be decided is said in `detail`, and `method` names only what was proved;
a difference in any is ``different``. "unknown" is never called equal.

Try: ``rtlgen synth examples/soc --recipe 'resyn2; dch' --out out``
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core import process
from rtlgen.core.errors import DesignError, LimitError, ToolError
from rtlgen.core.process import Limits
from rtlgen.core.sandbox import Sandbox
from rtlgen.core.scratch import scratch
from rtlgen.core.tools import find
from rtlgen.synth import cut, passes
from rtlgen.synth.abc import first_error
from rtlgen.synth.design import Build, Design
from rtlgen.synth.equivalence import Equivalence, compare
from rtlgen.synth.export import Exported
from rtlgen.synth.library import Library
from rtlgen.synth.netlist import prepare_read
from rtlgen.synth.sources import shown
from rtlgen.synth.yosys import run

SECONDS = 60.0
"""Wall limit of ABC for the logic, and again for the cut netlist."""
SOURCE_SECONDS = 4.0
"""Time of ABC for the netlist against the sources; it takes up to four times that."""
SOURCE_GATES = 600
"""Nodes of the logic above which the netlist is not compared with the sources."""
_LIMITS = Limits(wall_s=300.0, cpu_s=600, memory_mb=8192, file_mb=1024, processes=16, output_kb=4096)
_FLAT = "setattr -mod -unset keep_hierarchy"
_POWER_UP = ("proc", "flatten", "memory_collect", "memory_map", "setattr -unset init w:*")
"""Library cells have no initial value: where registers are mapped to them, those of the sources do not count."""
_EQUAL = re.compile(r"^Networks are equivalent", re.MULTILINE)
_DIFFERENT = re.compile(r"Networks are NOT EQUIVALENT")


@dataclass(frozen=True)
class Proof:
    """status: ``equal``, ``different`` or ``unknown``."""

    status: str
    method: str
    """What was proved and how: ``cec of the logic; netlist against source: scorr, cycles``."""
    seconds: float
    detail: str = ""
    """Where and how they differ, or why it is not known."""


def prove(
    design: Design,
    exported: Exported,
    *,
    seconds: float = SECONDS,
    source_seconds: float = SOURCE_SECONDS,
    sandboxed: bool = True,
) -> Proof:
    """Compare the netlists in the exported folder with `design`; with 0 `source_seconds` not with the sources."""
    begun = time.monotonic()
    status, detail = _logic(design, exported, seconds, sandboxed)
    proved, open_ends = ["cec of the logic"], [detail] if detail else []
    if status == "equal" and design.build is not None:
        status, detail = _netlist(design.build, exported, seconds, sandboxed)
        if status == "equal":
            proved.append("cec of the netlist cut at its registers")
        elif detail:
            open_ends.append(f"netlist against gates: {detail}")
        if design.circuit.nodes > SOURCE_GATES:
            open_ends.append(f"netlist against source: not tried above {SOURCE_GATES} nodes")
        elif status != "different" and source_seconds > 0:
            found = _source(design.build, exported, source_seconds, sandboxed)
            if found.status == "equal":
                proved.append(f"netlist against source: {found.method}")
            else:
                open_ends.append(f"netlist against source: {found.detail}")
            status = "different" if found.status == "different" else status
        status = "equal" if status == "unknown" else status  # the logic is proved
    seconds = time.monotonic() - begun
    return Proof(status, "; ".join(proved) if status == "equal" else "", seconds, "; ".join(open_ends))


def _logic(design: Design, exported: Exported, seconds: float, sandboxed: bool) -> tuple[str, str]:
    """The answer for the logic, and why it is not equal."""
    target = exported.target
    with scratch() as work:
        (work / "gold.aig").write_bytes(design.circuit.aiger)
        shutil.copyfile(exported.folder / f"{exported.stem}.blif", work / "gate.blif")
        reads = "; ".join([*target.setup, "read_blif gate.blif", "strash", "write_aiger -s gate.aig"])
        said = _abc(reads, work, target.files, seconds, sandboxed)
        if not (work / "gate.aig").is_file():
            return "unknown", f"ABC cannot read the netlist: {first_error(said)}"
        return _compared(work, seconds, sandboxed)


def _compared(work: Path, seconds: float, sandboxed: bool) -> tuple[str, str]:
    """Whether ``gold.aig`` and ``gate.aig`` are equal. A difference counts only when inputs are matched by name."""
    half = max(1, int(seconds / 2))
    said = _abc(f"&read gate.aig; &cec -T {half} gold.aig", work, (), half + 5, sandboxed)
    if _EQUAL.search(said):
        return "equal", ""
    said = _abc(f"cec -T {half} -C 1000000 gold.aig gate.aig", work, (), half + 5, sandboxed)
    if _EQUAL.search(said):
        return "equal", ""
    if _DIFFERENT.search(said):
        return "different", "the mapped logic computes something else"
    return "unknown", f"not decided in {seconds:g} s"


def _abc(commands: str, work: Path, files: Sequence[Path], seconds: float, sandboxed: bool) -> str:
    tool = find("yosys-abc")
    done = process.run(
        [str(tool.path), "-s", "-c", commands],
        cwd=work,
        limits=Limits(wall_s=seconds, memory_mb=8192, file_mb=512, processes=8, output_kb=2048),
        sandbox=Sandbox(work, (tool.path.parent, *files)) if sandboxed else None,
    )
    return done.stdout + done.stderr


def _netlist(build: Build, exported: Exported, seconds: float, sandboxed: bool) -> tuple[str, str]:
    """The netlist of Yosys against the gates it was made from, cut at the registers."""
    target = exported.target
    maps = passes.registers(target) if build.maps_registers else []
    gates = [
        *passes.reading(build),
        *passes.word_level(build, target),
        *passes.gate_level(build),
        *passes.named_registers(),
        *maps,
    ]
    try:
        gold = _cut(build, target, [*gates, *_cells(target)], exported, sandboxed)
        gate = _cut(build, target, _netlist_reading(build, exported), exported, sandboxed)
        pairs, why = cut.paired(gold, gate)
        if why:
            return "unknown", why
        alone = len(gold.registers) - len(pairs)
        with scratch() as work:
            (work / "gold.blif").write_text(cut.blif(gold, [a for a, _ in pairs], alone))
            (work / "gate.blif").write_text(cut.blif(gate, [b for _, b in pairs], alone))
            for side in ("gold", "gate"):
                reads = f"read_blif {side}.blif; strash; write_aiger -s {side}.aig"
                said = _abc(reads, work, (), seconds, sandboxed)
                if not (work / f"{side}.aig").is_file():
                    return "unknown", f"ABC cannot read it: {first_error(said)}"
            return _compared(work, seconds, sandboxed)
    except (DesignError, LimitError, ToolError) as error:
        return "unknown", error.what


def _cut(
    build: Build, target: Library, reading: Sequence[str], exported: Exported, sandboxed: bool
) -> cut.Network:
    with scratch() as work:
        run(
            [*reading, *cut.FINE],
            work=work,
            read_only=(*shown(build, target), exported.folder),
            limits=_LIMITS,
            sandboxed=sandboxed,
            as_file=True,
        )
        return cut.network(work / "cut.json", build.top)


def _cells(target: Library) -> list[str]:
    """Commands that read the cells as modules with their functions."""
    options = "-nooverwrite -ignore_miss_func -ignore_miss_dir -ignore_miss_data_latch"
    return [f"read_liberty {options} {path}" for path in target.files]


def _netlist_reading(build: Build, exported: Exported) -> list[str]:
    netlist = exported.folder / f"{build.top}.v"
    return [f"read_verilog {netlist}", *_cells(exported.target), f"hierarchy -check -top {build.top}"]


def _source(build: Build, exported: Exported, seconds: float, sandboxed: bool) -> Equivalence:
    """The netlist of Yosys against the sources."""
    files = shown(build, exported.target)
    try:
        gold = prepare_read(
            [*passes.reading(build), _FLAT, *(_POWER_UP if build.maps_registers else ())],
            files,
            build.top,
            name="gold",
            limits=_LIMITS,
            sandboxed=sandboxed,
            by_ports=True,
        )
        gate = prepare_read(
            _netlist_reading(build, exported),
            (*files, exported.folder),
            build.top,
            name="gate",
            limits=_LIMITS,
            sandboxed=sandboxed,
            by_ports=True,
        )
        return compare(gold, gate, seconds=seconds, limits=_LIMITS, sandboxed=sandboxed)
    except (DesignError, LimitError, ToolError) as error:
        return Equivalence("unknown", "", error.what)
