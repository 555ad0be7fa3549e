"""From a Verilog project or a circuit file to the one network whose recipe is searched.

Verilog goes through Yosys: hierarchy and parameters, processes, one flat module, memories as registers, gates
(`rtlgen.synth.passes`). Registers stay where they are, mapped to the library's flip-flops where it has some; the logic
between them is the `Circuit`, taken from what Yosys's own ``abc`` pass hands to ABC, so that the plain script of
`rtlgen.synth.export` works on the very same network. Sources that Yosys's reader cannot read are read by its
SystemVerilog reader (slang). Circuit files are read by ABC (`rtlgen.synth.circuit`).

It does not optimise anything between registers, does not retime, and knows no constraints.

Try: ``rtlgen synth examples/soc --top soc``
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rtlgen.core.errors import DesignError, LimitError, RtlgenError
from rtlgen.core.process import Limits
from rtlgen.synth import passes
from rtlgen.synth.circuit import Circuit, read_circuit
from rtlgen.synth.design import Build, Design, Source
from rtlgen.synth.hierarchy import module_rows
from rtlgen.synth.library import Library
from rtlgen.synth.recipe import Recipe
from rtlgen.synth.registers import (
    FLIP_FLOP,
    LATCH,
    count,
    initial_values,
    memories,
    remarks,
    statistics,
    too_big,
)
from rtlgen.synth.sources import build_of, shown
from rtlgen.synth.yosys import HANDOVER, YosysRun, handed_over, run

LIMITS = Limits(wall_s=300.0, cpu_s=600, memory_mb=8192, file_mb=1024, processes=16, output_kb=4096)
"""Limits of one run of Yosys."""
_TWICE = "name the files that belong to this top: -f LIST, or the files themselves"
_NO_REGISTER = re.compile(
    r"dfflegalize|dfflibmap|unmapped .* cell|[Ff][Ff]s? .*not supported|FF .* cannot be"
)


def load(
    source: Source,
    target: Library,
    work: Path,
    *,
    recipe: Recipe | None = None,
    rows: bool = True,
    limits: Limits = LIMITS,
    sandboxed: bool = True,
) -> Design:
    """The design that `source` names, for `target`. `work` is a scratch folder.

    `recipe` is what the rows of the modules are scored with (default: resyn2); without `rows` there are none. Raises
    UsageError for a missing file or an unsuitable name, DesignError (with file and line where Yosys tells) for what
    cannot be read, has no logic or too big a memory, LimitError at a limit.
    """
    if source.circuit is not None:
        circuit = read_circuit(source.circuit, work)
        return Design(circuit.name, circuit, circuit.latches, None, (), source, "circuit")
    build, notes = build_of(source)
    build, done, folder = _read(build, target, work, limits, sandboxed)
    entry = statistics(folder / "cells.json").get(build.top, {})
    found = memories(folder / "memories.il")
    warnings = [*notes, *remarks(entry, found, done)]
    if build.maps_registers:
        warnings += initial_values(folder / "initial.txt")
    if target.files and not build.maps_registers and count(entry, FLIP_FLOP):
        lacking = "flip-flops" if not passes.has_registers(target) else "cells for some of these registers"
        warnings.append(f"the library has no {lacking}: registers stay generic, without area")
    circuit = _handed(build, done.log, folder)
    modules, more = module_rows(build, target, work, recipe, limits, sandboxed) if rows else ((), ())
    return Design(
        name=build.top,
        circuit=circuit,
        registers=count(entry, FLIP_FLOP) + count(entry, LATCH),
        register_area=_area(build, folder),
        modules=modules,
        source=source,
        kind="verilog",
        build=build,
        warnings=(*warnings, *more),
    )


def _read(
    build: Build, target: Library, work: Path, limits: Limits, sandboxed: bool
) -> tuple[Build, YosysRun, Path]:
    """The build with the reader and the treatment of registers that work, the run of Yosys, and the folder it used."""
    mapped = bool(target.files) and passes.has_registers(target)
    errors: list[DesignError] = []
    for reader in ("verilog", "slang"):
        for maps in (True, False) if mapped else (False,):
            trial = replace(build, reader=reader, maps_registers=maps)
            folder = work / f"{reader}{maps:d}"
            folder.mkdir(exist_ok=True)
            try:
                done = run(
                    script(trial, target),
                    work=folder,
                    read_only=shown(trial, target),
                    limits=limits,
                    sandboxed=sandboxed,
                    as_file=True,
                )
                return trial, done, folder
            except DesignError as error:
                big = too_big(memories(folder / "memories.il"), build.top)
                if big is not None:
                    raise big from None
                errors.append(_placed(error, folder))
                if not _NO_REGISTER.search(error.what):
                    break
    raise _clearest(errors, build)


def script(build: Build, target: Library) -> list[str]:
    """The commands that leave in the work folder what ABC is handed, and the counts of cells before it."""
    commands = [
        *passes.reading(build),
        *passes.word_level(build, target),
        "tee -q -o memories.il dump t:$mem_v2",
        *passes.bounded_memories(),
        *passes.gate_level(build),
        "tee -q -o cells.json stat -json",
        "tee -q -o initial.txt select -list a:init",
        *passes.named_registers(),
    ]
    if build.maps_registers:
        commands += [
            *passes.registers(target),
            f"tee -q -o registers.json stat -json {passes.liberties(target)}",
        ]
    return [*commands, passes.logic_selection(), HANDOVER]


def _placed(error: DesignError, folder: Path) -> DesignError:
    """The error with a file that was named relative to the folder of the run by its own path."""
    file, _, line = (error.where or "").rpartition(":")
    if not line.isdigit() or Path(file).is_absolute():
        return error
    return DesignError(error.what, where=f"{os.path.normpath(folder / file)}:{line}", hint=error.hint)


def _clearest(errors: Sequence[DesignError], build: Build) -> RtlgenError:
    """Of what the two readers say, the one that names a line, slang's first: it reads the whole language."""
    for error in reversed(errors):
        if "duplicate definition" in error.what or "Re-definition of module" in error.what:
            return DesignError(error.what, where=error.where or build.top, hint=_TWICE)
    for error in reversed(errors):
        if error.where and re.search(r":\d+$", error.where):
            return error
    last = errors[-1]
    if last.where == "yosys":
        return DesignError(last.what, where=build.top, hint=last.hint)
    return last


def _handed(build: Build, log: str, folder: Path) -> Circuit:
    """The network that was handed over, read like any other circuit."""
    names = [place for module, place in handed_over(log) if module == build.top]
    files = [folder / place / "input.blif" for place in names]
    files = [path for path in files if path.is_file() and ".names" in path.read_text()]
    if not files:
        raise DesignError(
            "there is no logic between the registers: nothing but wires, constants and flip-flops",
            where=build.top,
            hint="nothing to search; check that the right top was taken",
        )
    if len(files) > 1:
        raise LimitError("Yosys handed over more than one network", where=build.top, hint="rtlgen doctor")
    try:
        return read_circuit(files[0], folder, name=build.top)
    except DesignError as error:
        raise DesignError(error.what, where=build.top, hint=error.hint) from None


def _area(build: Build, folder: Path) -> float | None:
    """Area of the mapped registers, in units of the library."""
    if not build.maps_registers:
        return None
    return float(statistics(folder / "registers.json").get(build.top, {}).get("area", 0.0))
