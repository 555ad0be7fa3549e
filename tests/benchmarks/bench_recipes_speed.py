"""Recipe evaluations per second: one `yosys-abc` process per recipe, as in the published environment, against ours.

The peer reads the circuit and the library, runs the recipe, maps and times, in a process of its own for each recipe: one
at a time, and as many at a time as we have processes. Ours asks an `Explorer` with as many processes. Both do the same
recipes, in turns of a few, so that whatever else the machine does falls on both; figures are compared recipe by recipe.
Two kinds of recipes: `random` ones of the seven published actions, and those of a `tree` search, which begin as an
earlier one began. The last columns are processor seconds: what is left of the gain on a machine that does other things.

Usage: ``python tests/benchmarks/bench_recipes_speed.py --data FOLDER [--circuits c432 i10 ...] [--recipes N] [--jobs J]``
where FOLDER has ``circuits/*/NAME.aig`` and ``liberty/asap7*_RVT*.lib.gz``.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from rtlgen.core.scratch import scratch
from rtlgen.core.tools import find
from rtlgen.synth.circuit import read_circuit
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.library import Library, library
from rtlgen.synth.qor import parse_timed
from rtlgen.synth.recipe import PUBLISHED, Recipe

SHORT = ("c432", "apex7", "c3540")
"""Circuits of the short form."""
LENGTH = 10
TURN = 2
"""Recipes that the peer does before it is our turn again."""
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Clock:
    """Recipes that were done, in how many wall and processor seconds."""

    done: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    figures: dict[Recipe, tuple[int, float, float] | None] = field(default_factory=dict)

    def ratio(self, other: Clock, *, cpu: bool = False) -> float:
        """How many times as many recipes a second as `other`."""
        mine, theirs = (self.cpu, other.cpu) if cpu else (self.wall, other.wall)
        return (theirs / other.done) / (mine / self.done)


def recipes_of(kind: str, count: int, seed: int) -> list[Recipe]:
    """`count` recipes: random ones, or each with the beginning of an earlier one."""
    chance = random.Random(f"{kind} {seed}")
    made: list[Recipe] = []
    while len(made) < count:
        steps = [chance.choice(PUBLISHED) for _ in range(LENGTH)]
        if kind == "tree" and made:
            shared = chance.randrange(LENGTH)
            steps[:shared] = chance.choice(made).steps[:shared]
        if Recipe(tuple(steps)) not in made:
            made.append(Recipe(tuple(steps)))
    return made


def peer(path: Path, target: Library, recipe: Recipe) -> tuple[int, float, float]:
    """(gates, area, delay) by one process that reads everything."""
    script = "; ".join([f"read {path}", *target.setup, target.script_of(recipe)])
    done = subprocess.run(
        [str(find("yosys-abc").path), "-s", "-c", script], capture_output=True, text=True, check=True
    )
    return parse_timed(re.sub(r"\x1b\[[0-9;]*m", "", done.stdout))


def do_peer(clock: Clock, path: Path, target: Library, recipes: Sequence[Recipe], jobs: int) -> None:
    """One turn of the peer, `jobs` processes at a time."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        found = list(pool.map(lambda recipe: peer(path, target, recipe), recipes))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    clock.wall += time.monotonic() - began
    clock.cpu += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    clock.done += len(recipes)
    clock.figures.update(zip(recipes, found, strict=True))


def do_ours(clock: Clock, explorer: Explorer, recipes: Sequence[Recipe]) -> None:
    """One turn of ours."""
    before, began = _cpu(explorer), time.monotonic()
    for recipe, qor in zip(recipes, explorer.evaluate_all(recipes), strict=True):
        clock.figures[recipe] = None if qor is None else (qor.gates, qor.area, qor.delay)
    clock.wall += time.monotonic() - began
    clock.cpu += _cpu(explorer) - before
    clock.done += len(recipes)


def _cpu(explorer: Explorer) -> float:
    """Processor seconds of this process and of the explorer's."""
    total = time.process_time()
    for pid in explorer.pids:
        words = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
        total += (int(words[11]) + int(words[12])) / TICK
    return total


def bench(
    path: Path, target: Library, kind: str, args: argparse.Namespace
) -> tuple[Clock, Clock, Clock, int]:
    """(ours, peer one at a time, peer `jobs` at a time, AND nodes) of one circuit."""
    ours, single, several = Clock(), Clock(), Clock()
    recipes = recipes_of(kind, args.recipes, args.seed)
    with scratch() as work:
        circuit = read_circuit(path, work)
        start = work / "peer.aig"
        start.write_bytes(circuit.aiger)
        with Explorer(circuit, target, work, jobs=args.jobs, seconds=600) as explorer:
            explorer.score_all(
                [(explorer.root, ()), (explorer.root, ("strash",))]
            )  # the processes have begun
            for at in range(0, len(recipes), 2 * TURN):
                turn = recipes[at : at + 2 * TURN]
                do_ours(ours, explorer, turn)
                if at < args.peer:
                    do_peer(single, start, target, turn[:TURN], 1)
                    do_peer(several, start, target, turn[TURN:] or turn[:TURN], args.jobs)
    for clock in (single, several):
        wrong = [recipe for recipe, figures in clock.figures.items() if ours.figures[recipe] != figures]
        if wrong:
            sys.exit(f"{path.name}: other figures than a plain process for: {wrong[0].script}")
    return ours, single, several, circuit.nodes


def main() -> None:
    """Print a line for each circuit and kind of recipes, and the means."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--circuits", nargs="+", default=SHORT)
    parser.add_argument("--recipes", type=int, default=24, help="per circuit and kind")
    parser.add_argument("--peer", type=int, default=8, help="how many of them the peer does too")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--kinds", nargs="+", default=("random", "tree"))
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.data is None:
        print("recipes: no --data with circuits/ and liberty/ (set RTLGEN_DATA for make bench)")
        return
    cells = [
        next((args.data / "liberty").glob(f"asap7*_{part}_RVT*")) for part in ("SIMPLE", "INVBUF", "AO", "OA")
    ]
    target = library(cells)
    print(
        f"recipes a second: {args.jobs} processes that stay, against one process per recipe (figures compared)"
    )
    print(
        "circuit       nodes  kind    ours/s  peer/s  ratio  ratio to several peers at a time  in processor time"
    )
    ratios: dict[str, list[float]] = {}
    for name in args.circuits:
        path = next((args.data / "circuits").glob(f"*/{name}.aig"))
        for kind in args.kinds:
            ours, single, several, nodes = bench(path, target, kind, args)
            ratio = ours.ratio(single)
            rates = f"{ours.done / ours.wall:7.2f} {single.done / single.wall:7.2f} {ratio:6.1f}"
            others = f"{ours.ratio(several):31.1f}  {ours.ratio(single, cpu=True):17.1f}"
            print(f"{name:12} {nodes:6}  {kind:6} {rates}  {others}", flush=True)
            if nodes < 5000:
                ratios.setdefault(kind, []).append(ratio)
    for kind, found in ratios.items():
        print(
            f"under 5,000 nodes, {kind}: mean {statistics.mean(found):.1f}, smallest {min(found):.1f} (budget 10)"
        )


if __name__ == "__main__":
    main()
