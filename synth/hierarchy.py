"""The modules of a design by themselves: size, area and delay of each, and how often it is in the whole.

The design is synthesised once more without flattening; every module's logic is scored by the same recipe and the same
library as the whole. Its instances are not in its figures, so the rows do not add up to the whole: flattening optimises
across modules. Instances of one module with the same logic are one row.

Rows are a report and nothing else depends on them: where they cannot be made there are none, and a remark.

Try: ``rtlgen synth examples/soc --top soc``
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import RtlgenError
from rtlgen.core.process import Limits
from rtlgen.synth import passes
from rtlgen.synth.abc import AbcError, AbcProcess, AbcTimeout
from rtlgen.synth.circuit import digest_of
from rtlgen.synth.design import Build, ModuleRow
from rtlgen.synth.library import Library
from rtlgen.synth.qor import QoR, parse_aig
from rtlgen.synth.recipe import Recipe, parse
from rtlgen.synth.registers import FLIP_FLOP, LATCH, count, statistics
from rtlgen.synth.sources import shown
from rtlgen.synth.yosys import HANDOVER, handed_over, run

MOST = 200
"""Modules above which no rows are made."""
SECONDS = 60.0
"""Wall limit of one module's recipe."""
_PARAMETERS = re.compile(r"\\(\w+)=(?:s?\d+'([01]+)|([^\\]*))")


@dataclass(frozen=True)
class _Scored:
    name: str
    detail: str
    digest: str
    instances: int
    registers: int
    qor: QoR | None
    size: tuple[int, int]


def module_rows(
    build: Build, target: Library, work: Path, recipe: Recipe | None, limits: Limits, sandboxed: bool
) -> tuple[tuple[ModuleRow, ...], tuple[str, ...]]:
    """Rows of the modules, top first, each after the one that has it; and a remark where there are none."""
    folder = work / "modules"
    folder.mkdir(exist_ok=True)
    try:
        done = run(
            _script(build, target),
            work=folder,
            read_only=shown(build, target),
            limits=limits,
            sandboxed=sandboxed,
            as_file=True,
        )
        entries = statistics(folder / "cells.json")
        if len(entries) > MOST:
            return (), (f"no figures by module: {len(entries)} modules are more than {MOST}",)
        networks = {module: folder / place / "input.blif" for module, place in handed_over(done.log)}
        scored = _all_scored(build, target, folder, entries, networks, recipe or parse("resyn2"))
    except (RtlgenError, OSError, ValueError) as error:
        what = error.what if isinstance(error, RtlgenError) else str(error)
        return (), (f"no figures by module: {what}",)
    return _merged(scored), ()


def _script(build: Build, target: Library) -> list[str]:
    commands = [
        *passes.reading(build, hierarchical=True),
        *passes.word_level(build, target, flat=False),
        *passes.bounded_memories(),
        *passes.gate_level(build, flat=False),
        "tee -q -o cells.json stat -json",
    ]
    if build.maps_registers:
        commands += passes.registers(target)
    return [*commands, passes.logic_selection(), HANDOVER]


def _all_scored(
    build: Build,
    target: Library,
    folder: Path,
    entries: dict[str, Any],
    networks: dict[str, Path],
    recipe: Recipe,
) -> list[_Scored]:
    instances, order = _instances(build.top, entries)
    found = []
    with AbcProcess(folder, setup=target.setup) as process:
        for module in order:
            path = networks.get(module)
            qor, digest, size = None, "", (0, 0)
            if path is not None and path.is_file():
                qor, digest, size = _score(process, target, folder, path, recipe)
            entry = entries[module]
            name, detail = _plain(module)
            bits = count(entry, FLIP_FLOP) + count(entry, LATCH)
            found.append(_Scored(name, detail, digest, instances[module], bits, qor, size))
    return found


def _score(
    process: AbcProcess, target: Library, folder: Path, path: Path, recipe: Recipe
) -> tuple[QoR | None, str, tuple[int, int]]:
    """Figures, digest and (nodes, levels) of one network; no figures for constants and wires."""
    place = path.relative_to(folder)
    try:
        said = process.run(f"read_blif {place}; strash; write_aiger module.aig; print_stats", seconds=SECONDS)
        digest = digest_of((folder / "module.aig").read_bytes())
        nodes, levels = parse_aig(said)
        if nodes == 0:
            return None, digest, (0, 0)
        transitions, tail = recipe.split()
        stats = process.run("; ".join([*transitions, "print_stats"]), seconds=SECONDS)
        mapped = process.run(target.measured(tail), seconds=SECONDS)
        return target.parse(stats, mapped), digest, (nodes, levels)
    except (AbcError, AbcTimeout):
        return None, "", (0, 0)


def _instances(top: str, entries: dict[str, Any]) -> tuple[Counter[str], list[str]]:
    """How often each module is in the design, and the modules from the top down."""
    times: Counter[str] = Counter()
    order: dict[str, None] = {}

    def enter(module: str, number: int) -> None:
        times[module] += number
        order.setdefault(module)
        for kind, inside in entries[module].get("num_cells_by_type", {}).items():
            child = kind.removeprefix("\\")
            if child in entries:
                enter(child, number * int(inside))

    enter(top, 1)
    return times, list(order)


def _plain(module: str) -> tuple[str, str]:
    """Name and what tells it from others of the name: parameters, or where slang met it."""
    if module.startswith("$paramod"):
        rest = module.removeprefix("$paramod")
        name = rest.split("\\")[1] if "\\" in rest else rest
        values = []
        for key, bits, text in _PARAMETERS.findall(rest.partition(name)[2]):
            values.append(f"{key}={int(bits, 2) if bits else text}")
        return name, " ".join(values)
    name, _, place = module.partition("$")
    return (name, place.rpartition(".")[2]) if name else (module, "")


def _merged(scored: list[_Scored]) -> tuple[ModuleRow, ...]:
    """One row for all modules of one name with the same logic and registers."""
    groups: dict[tuple[str, str, int], list[_Scored]] = {}
    for entry in scored:
        groups.setdefault((entry.name, entry.digest, entry.registers), []).append(entry)
    several = Counter(name for name, _, _ in groups)
    rows = []
    for (name, _, bits), same in groups.items():
        first = same[0]
        shown = f"{name} ({first.detail})" if several[name] > 1 and first.detail else name
        nodes, levels = first.size
        qor = first.qor
        rows.append(
            ModuleRow(
                name=shown,
                instances=sum(entry.instances for entry in same),
                registers=bits,
                nodes=qor.nodes if qor else nodes,
                levels=qor.levels if qor else levels,
                area=qor.area if qor else None,
                delay=qor.delay if qor else None,
                cells=qor.gates if qor else 0,
            )
        )
    return tuple(rows)
