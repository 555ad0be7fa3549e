"""Records that the recipe agent learns from: random recipes on training circuits and on cones of them, scored by ABC.

A cone is the logic behind a few neighbouring outputs of a circuit. Twenty-two circuits are too few to learn what of a
recipe carries over to a circuit never seen; their cones are circuits of the same split, some hundreds of them. Recipes
are drawn for each circuit by its name, so that a collection can go on where it was killed.

One line a recipe in ``records.jsonl``: circuit, the recipe (numbers of the published actions, or ``resyn2``), area and
delay as ABC prints them. Circuits held out for comparisons are refused (`rtlgen.synth.agent.split`).

Try: ``rtlgen train agent --circuits circuits --liberty cells.lib --out run --records 100``
"""

from __future__ import annotations

import contextlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rtlgen.core.errors import DesignError, UsageError
from rtlgen.core.scratch import scratch
from rtlgen.core.store import write_atomic
from rtlgen.synth.abc import AbcError, AbcProcess, AbcTimeout
from rtlgen.synth.agent.split import TRAINING, refuse
from rtlgen.synth.circuit import ENDINGS, Circuit, read_circuit
from rtlgen.synth.library import Library
from rtlgen.synth.qor import parse_aig
from rtlgen.synth.recipe import PUBLISHED, parse
from rtlgen.synth.search.tracker import LENGTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Judged = dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]]

Talk = Callable[[str], None]
PASS = 25
"""Recipes of a circuit before the next circuit has its turn."""
CONE_NODES = (80, 1500)
"""Fewest and most AND nodes of a cone."""
SECONDS = 120.0
"""Wall limit of one recipe."""


def read_circuits(folder: Path, only: Sequence[str] = (), *, published: bool = False) -> list[Circuit]:
    """The circuits in the files under `folder` (those named in `only`), small ones first; with `published` those of the
    published training split alone.

    Raises UsageError when there are none, when one of `only` is missing, or when one of them is held out.
    """
    paths = {path.stem: path for path in sorted(folder.rglob("*")) if path.suffix.lower() in ENDINGS}
    missing = sorted(set(only) - set(paths))
    if missing:
        raise UsageError(f"no circuit file of '{missing[0]}'", where=folder, hint="check --only")
    chosen = [
        path
        for name, path in paths.items()
        if (not only or name in only) and (not published or name in TRAINING)
    ]
    if not chosen:
        raise UsageError("no circuit files", where=folder, hint=f"files ending in {' '.join(ENDINGS)}")
    refuse([path.stem for path in chosen], where=folder)
    circuits = []
    for path in chosen:
        with scratch() as work:
            circuits.append(read_circuit(path, work))
    refuse([circuit.name for circuit in circuits], [circuit.digest for circuit in circuits], where=folder)
    return sorted(circuits, key=lambda circuit: (circuit.nodes, circuit.name))


def cones_of(circuit: Circuit, count: int, seed: int) -> list[Circuit]:
    """Up to `count` different cones of neighbouring outputs, within `CONE_NODES`; their names tell the outputs."""
    chance = random.Random(f"{seed} {circuit.name}")
    found: dict[str, Circuit] = {}
    if circuit.outputs < 2:
        return []
    with scratch() as work, AbcProcess(work) as process:
        (work / "whole.aig").write_bytes(circuit.aiger)
        for _ in range(6 * count):
            if len(found) >= count:
                break
            first = chance.randrange(circuit.outputs)
            size = min(chance.choice((1, 1, 2, 3, 5, 8, 13, 21)), circuit.outputs - first)
            cone = _cone(process, work, circuit, first, size)
            if cone is not None and cone.nodes < circuit.nodes:
                found.setdefault(cone.digest, cone)
    return list(found.values())


def _cone(process: AbcProcess, work: Path, circuit: Circuit, first: int, size: int) -> Circuit | None:
    command = f"read_aiger whole.aig; cone -O {first} -R {size}; strash; write_aiger cone.aig; print_stats"
    try:
        nodes, levels = parse_aig(process.run(command, seconds=SECONDS))
    except (AbcError, AbcTimeout):
        return None
    if not CONE_NODES[0] <= nodes <= CONE_NODES[1]:
        return None
    name = f"{circuit.name}.{first}-{first + size - 1}"
    return replace(
        circuit,
        name=name,
        aiger=(work / "cone.aig").read_bytes(),
        outputs=size,
        nodes=nodes,
        levels=levels,
        latches=0,
    )


def collect(
    circuits: Sequence[Circuit],
    target: Library,
    out: Path,
    count: int,
    seed: int,
    talk: Talk = lambda _: None,
) -> int:
    """Append the records of `count` recipes for each circuit to the file `out`; those it has are not made again.

    Returns how many records the file holds. A recipe at which ABC fails is left out.
    """
    mend(out)
    done = {(row["circuit"], _key(row["recipe"])) for row in rows_of(out)}
    with (
        scratch() as work,
        AbcProcess(work, setup=target.setup) as process,
        out.open("a", buffering=1) as file,
    ):
        for circuit in circuits:
            (work / f"{circuit.digest}.aig").write_bytes(circuit.aiger)
        for begin in range(0, count, PASS):
            for circuit in circuits:
                wanted = list(drawn(circuit.name, seed, min(begin + PASS, count)))[begin:]
                whole: list[list[int] | str] = [*(["resyn2"] if begin == 0 else []), *wanted]
                for recipe in whole:
                    if (circuit.name, _key(recipe)) in done:
                        continue
                    row = _scored(process, circuit, target, recipe)
                    done.add((circuit.name, _key(recipe)))
                    if row is not None:
                        file.write(json.dumps(row) + "\n")
            talk(f"{len(done)} records")
    return len(done)


def drawn(name: str, seed: int, count: int) -> Iterator[list[int]]:
    """The first `count` random recipes of the circuit called `name`, as numbers of actions."""
    chance = random.Random(f"{seed} {name}")
    for _ in range(count):
        yield [chance.randrange(len(PUBLISHED)) for _ in range(LENGTH)]


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file; a line that was cut off by a kill is passed over. Nothing when there is no file."""
    for row in lines_of(path):
        if {"circuit", "recipe", "area", "delay"} <= set(row):
            yield row


def mend(path: Path) -> None:
    """Cut the last line off a JSON-lines file when a kill left it without its end; nothing without a file."""
    if path.is_file():
        data = path.read_bytes()
        if not data.endswith(b"\n"):
            write_atomic(path, data[: data.rfind(b"\n") + 1])


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file; a line that was cut off by a kill is passed over. Nothing without a file."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            with contextlib.suppress(ValueError):
                row = json.loads(line)
                if isinstance(row, dict):
                    yield row


def read_rewards(path: Path) -> Judged:
    """Circuit -> recipes of full length (n, t) and their rewards (n,), from a file of records.

    The reward is ``max(-1, (b - p) / b)``, p the product of area and delay and b that of resyn2. Circuits without a
    record of resyn2 are left out.
    """
    base = products_of_resyn2(path)
    found: dict[str, dict[tuple[int, ...], float]] = defaultdict(dict)
    for row in rows_of(path):
        if isinstance(row["recipe"], list) and row["recipe"] and row["circuit"] in base:
            share = 1 - row["area"] * row["delay"] / base[row["circuit"]]
            found[row["circuit"]][tuple(row["recipe"])] = max(-1.0, share)
    return {
        name: (np.array(list(shares), np.int64), np.array(list(shares.values()), np.float32))
        for name, shares in found.items()
    }


def products_of_resyn2(path: Path) -> dict[str, float]:
    """Circuit -> area times delay after resyn2, from a file of records."""
    rows = (row for row in rows_of(path) if row["recipe"] == "resyn2")
    return {row["circuit"]: row["area"] * row["delay"] for row in rows}


def split_name(name: str) -> str:
    """The circuit that a cone belongs to; a circuit's own name."""
    return name.partition(".")[0]


def _key(recipe: object) -> str:
    return re.sub(r"[^0-9a-z]", "", str(recipe))


def _scored(
    process: AbcProcess, circuit: Circuit, target: Library, recipe: list[int] | str
) -> dict[str, Any] | None:
    steps = parse(recipe).steps if isinstance(recipe, str) else [PUBLISHED[action] for action in recipe]
    try:
        stats = process.run(
            f"read_aiger {circuit.digest}.aig; {'; '.join(steps)}; print_stats", seconds=SECONDS
        )
        qor = target.parse(stats, process.run(target.script, seconds=SECONDS))
    except (AbcError, AbcTimeout, DesignError):
        return None
    return {"circuit": circuit.name, "recipe": recipe, "area": qor.area, "delay": qor.delay}
