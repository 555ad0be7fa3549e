"""Whole designs: Yosys's default script, the best fixed recipe and the portfolio search, for several targets, all proven.

For each design and target the network that Yosys hands to ABC is mapped by what Yosys runs on it by default, by every
fixed recipe (the best one counts), and searched by `portfolio` with everything allowed. Each of the three is exported,
its plain script is run again by fresh processes, and its netlist is proven: a row says whether the figures were the same
and what was proven. One JSON line a row is kept in --records; what is there is not done again.

Usage: ``python tests/benchmarks/bench_synth_designs.py --records FILE --design soc=examples/soc
--design NAME=PATH[:TOP] --target lut6 --target sky130=FILE --target asap7=FILE,FILE,FILE,FILE [--budget 100]``;
PATH is a folder or a Verilog file. With --table only the table of what is there is printed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import RtlgenError
from rtlgen.core.scratch import remove, scratch
from rtlgen.core.store import Store
from rtlgen.synth import scripts
from rtlgen.synth.design import Design, Source
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.export import LIMITS, export, run_abc
from rtlgen.synth.frontend import load
from rtlgen.synth.library import Library, library
from rtlgen.synth.proof import prove
from rtlgen.synth.qor import Objective, QoR
from rtlgen.synth.recipe import Recipe, parse
from rtlgen.synth.replay import replayed
from rtlgen.synth.search import strategy
from rtlgen.synth.search.fixed import named
from rtlgen.synth.search.tracker import BudgetSpent, Tracker
from rtlgen.synth.sources import shown
from rtlgen.synth.yosys import run_file

METHODS = ("default", "fixed", "portfolio")
_COMMON = "strash; &get -n; &fraig -x; &put; scorr; dc2; dretime; strash"
DEFAULTS = {
    "cells": f"{_COMMON}; &get -n; &dch -f; &nf; &put; topo; stime",
    "luts": f"{_COMMON}; dch -f; if -K {{lut}}; mfs2; lutpack -S 1; print_stats",
}
"""What `abc -liberty` and `abc -lut` of Yosys 0.70 run (its ``help abc``), and the measuring. No recipe: `&nf` takes the
delays of whatever was mapped before, so it is run here in a process of its own, as in Yosys."""
SECONDS = 120.0
"""Wall limit of one command of ABC."""


@dataclass(frozen=True)
class Row:
    """One method on one design and target."""

    design: str
    target: str
    method: str
    nodes: int
    registers: int
    area: float
    delay: float
    recipe: str
    replayed: bool
    proof: str
    proven: str
    seconds: float


def rows(
    name: str,
    source: Source,
    target_name: str,
    target: Library,
    given: argparse.Namespace,
    missing: set[str],
) -> Iterator[Row]:
    """The rows of `missing` methods. What was computed is kept beside the records until they are all there."""
    states = given.records.parent / f"{given.records.stem}-states" / f"{name}-{target_name}"
    states.mkdir(parents=True, exist_ok=True)
    with scratch() as work:
        (work / "load").mkdir()
        design = load(source, target, work / "load", rows=False)
        with Explorer(
            design.circuit, target, states, seconds=SECONDS, store=Store(states / "store")
        ) as explorer:
            for method in METHODS:
                if method not in missing:
                    continue
                begun = time.monotonic()
                if method == "default":
                    yield default(name, target_name, design, target, work / method)
                    continue
                recipe, qor = best_of(method, explorer, target, given.budget, given.seed)
                seconds = time.monotonic() - begun
                again, proof, proven = verified(design, recipe, target, qor, work / method)
                yield Row(
                    name,
                    target_name,
                    method,
                    design.circuit.nodes,
                    design.registers,
                    qor.area,
                    qor.delay,
                    recipe.script,
                    again,
                    proof,
                    proven,
                    seconds,
                )
    if missing >= set(METHODS) - {"default"}:
        remove(states)


def best_of(method: str, explorer: Explorer, target: Library, budget: int, seed: int) -> tuple[Recipe, QoR]:
    """The recipe that a strategy finds with everything allowed, and its figures."""
    allowed = len(named(target, wide=True)) if method == "fixed" else budget
    tracker = Tracker(explorer, Objective(), allowed, seed, wide=True)
    with contextlib.suppress(BudgetSpent):
        strategy(method)(tracker)
    assert tracker.best is not None
    return tracker.best.recipe, tracker.best.qor


def default(name: str, target_name: str, design: Design, target: Library, folder: Path) -> Row:
    """The row of what Yosys runs by itself, from an exported folder in which that stands in the place of the recipe."""
    begun = time.monotonic()
    exported = export(design, parse("dch"), target, folder)
    text = DEFAULTS["luts" if target.lut else "cells"].format(lut=target.lut)
    lines = "\n".join(["print_stats", *text.split("; ")])
    for file, first, last in (
        (scripts.ABC, f"read_aiger {scripts.START}\n", f"\nwrite_blif {exported.stem}.blif"),
        (scripts.YOSYS_ABC, "strash\n", ""),
    ):
        script = (folder / file).read_text()
        head, _, rest = script.partition(first)
        tail = last + rest.partition(last)[2] if last else "\n"
        (folder / file).write_text(head + first + lines + tail)
    said = run_abc(folder, target)
    assert design.build is not None
    run_file(scripts.YOSYS, folder, read_only=shown(design.build, target), limits=LIMITS)
    qor = target.parse(said, said)
    again = replayed(exported)
    proof = prove(design, exported)
    return Row(
        name,
        target_name,
        "default",
        design.circuit.nodes,
        design.registers,
        qor.area,
        qor.delay,
        text,
        again.qor == qor and again.same_netlist,
        proof.status,
        proof.method or proof.detail,
        time.monotonic() - begun,
    )


def verified(
    design: Design, recipe: Recipe, target: Library, qor: QoR, folder: Path
) -> tuple[bool, str, str]:
    """Whether the plain scripts gave the same figures, the status of the proof, and what was proven."""
    try:
        exported = export(design, recipe, target, folder)
        again = replayed(exported)
        proof = prove(design, exported)
    except RtlgenError as error:
        return False, "unknown", error.what
    return again.qor == qor and again.same_netlist, proof.status, proof.method or proof.detail


def table(found: list[dict[str, Any]]) -> str:
    """Markdown: one line for each design and target."""
    lines = [
        "| design | target | area, delay: Yosys default | best fixed | portfolio "
        "| product against Yosys: fixed | portfolio | proven; replayed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    cells = {(row["design"], row["target"], row["method"]): row for row in found}
    for design, target in dict.fromkeys((row["design"], row["target"]) for row in found):
        group = [cells.get((design, target, method)) for method in METHODS]
        base = group[0]
        shown = [f"{_number(row['area'])}, {_number(row['delay'])}" if row else "" for row in group]
        change = [_change(base, row) for row in group[1:]]
        rows = [row for row in group if row]
        good = [sum(row["proof"] == "equal" for row in rows), sum(row["replayed"] for row in rows)]
        lines.append(
            f"| {design} | {target} | {' | '.join(shown)} | {' | '.join(change)} | {good[0]}; {good[1]} of {len(rows)} |"
        )
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _change(base: dict[str, Any] | None, row: dict[str, Any] | None) -> str:
    if not base or not row:
        return ""
    return f"{100 * (row['area'] * row['delay'] / (base['area'] * base['delay']) - 1):+.1f} %"


def source_of(text: str) -> tuple[str, Source]:
    """``NAME=PATH[:TOP]``."""
    name, _, rest = text.partition("=")
    place, _, top = rest.partition(":")
    path = Path(place)
    if path.is_dir():
        return name, Source(root=path, top=top or None)
    return name, Source(files=(path,), top=top or None)


def target_of(text: str) -> tuple[str, Library]:
    """``lutK``, or ``NAME=FILE,FILE``."""
    name, _, files = text.partition("=")
    if not files:
        return name, library(lut=int(name.removeprefix("lut")))
    return name, library([Path(file) for file in files.split(",")])


def main() -> None:
    """Do what is missing, then print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--design", action="append", default=[])
    parser.add_argument("--target", action="append", default=[])
    parser.add_argument("--records", type=Path, required=True)
    parser.add_argument("--budget", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--method", action="append", choices=METHODS)
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    for design in [] if given.table else given.design:
        for target in given.target:
            name, source = source_of(design)
            target_name, cells = target_of(target)
            done = {
                row["method"]
                for row in kept(given.records)
                if (row["design"], row["target"]) == (name, target_name)
            }
            missing = set(given.method or METHODS) - done
            if not missing:
                continue
            for row in rows(name, source, target_name, cells, given, missing):
                with given.records.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(row)) + "\n")
                print(row, flush=True)
    print(table(kept(given.records)))


def kept(path: Path) -> list[dict[str, Any]]:
    """The rows of the file; a line that was cut off is left out."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found


if __name__ == "__main__":
    main()
