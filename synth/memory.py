"""What earlier searches found: circuits with their best recipes, and which of them a new circuit is like.

Entries are JSON files, one for each circuit, target and objective: those that ship with rtlgen (the agent's training
circuits) and those of this project's store, to which every search adds. Files of others are data: a recipe is taken only
if `rtlgen.synth.recipe` allows it, a damaged file is passed over, and the FAISS index is built anew from the entries.

A circuit is compared by eleven numbers about its shape (`rtlgen.synth.agent.features.SHAPE`), standardised over the
training circuits: of what was measured, that carried most over from one training circuit to another, more than the
agent's embedding did, and both little (docs/memory.md). Distance is 1 minus the cosine: 0 alike, 2 opposite.

Try: ``rtlgen memory list``
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import RtlgenError, UsageError
from rtlgen.core.store import Store, write_atomic
from rtlgen.synth.qor import Objective, QoR
from rtlgen.synth.recipe import PUBLISHED, Recipe, parse
from rtlgen.synth.search.tracker import LENGTH

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.synth.circuit import Circuit
    from rtlgen.synth.library import Library

FORMAT = 1
KEPT = 5
"""Best recipes of an entry that are kept of each kind: within the published space, and outside it."""
FILE = "memory.json"
"""Entries that ship, in the folder of the agent."""


@dataclass(frozen=True)
class Known:
    """A recipe and what it gave. `gain` is the reduction of the objective against resyn2, as a share."""

    recipe: str
    area: float
    delay: float
    gain: float

    @property
    def steps(self) -> tuple[str, ...]:
        """The commands, as `recipe.parse` takes them."""
        return parse(self.recipe).steps

    @property
    def published(self) -> bool:
        """Whether it lies within the published space: seven actions, at most ten commands."""
        steps = self.steps
        return len(steps) <= LENGTH and set(steps) <= set(PUBLISHED)


@dataclass(frozen=True)
class Entry:
    """A circuit that was searched. `shape` are the numbers named `SHAPE`; `digest` addresses its logic."""

    name: str
    digest: str
    target: str
    target_fingerprint: str
    objective: str
    nodes: int
    levels: int
    shape: tuple[float, ...]
    recipes: tuple[Known, ...]
    """The best first."""
    origin: str = "local"
    """``shipped`` or ``local``."""
    updated: float = 0.0
    """Seconds since the epoch of the last search; 0 for shipped ones."""

    @property
    def key(self) -> str:
        """Names the entry's file."""
        return f"{self.digest[:20]}-{self.target_fingerprint[:12]}-{self.objective}"


@dataclass(frozen=True)
class Neighbour:
    """A known circuit near the one that was asked for."""

    name: str
    distance: float
    """0 for the same shape, at most 2."""
    recipes: tuple[Known, ...]
    target: str
    same_target: bool
    same_circuit: bool
    origin: str


class Memory:
    """The entries of a store (None: only those that ship). Safe under several processes."""

    def __init__(self, store: Store | None = None, *, with_shipped: bool = True) -> None:
        self._store = store
        self._folder = None if store is None else store.folder / "memory"
        self._with_shipped = with_shipped

    def entries(self) -> tuple[Entry, ...]:
        """All entries: shipped ones, then local ones, by name."""
        shipped = shipped_entries() if self._with_shipped else ()
        return (*shipped, *sorted(self._local().values(), key=lambda entry: (entry.name, entry.key)))

    def nearest(
        self, circuit: Circuit, target: Library, k: int = 3, *, objective: str = "product"
    ) -> tuple[Neighbour, ...]:
        """The `k` known circuits most alike, nearest first; those searched for the same target and objective come before
        all others, whose recipes say less. Of one circuit and target the entry with the best recipe counts."""
        found = self.entries()
        if not found or k < 1:
            return ()
        shape = _shape(circuit)
        ranked = []
        for number, distance in _distances(shape, [entry.shape for entry in found]):
            entry = found[number]
            same = entry.target_fingerprint == target.fingerprint and entry.objective == objective
            best = -entry.recipes[0].gain if entry.recipes else 0.0
            ranked.append((not same, distance, best, entry.name, number))
        seen: set[str] = set()
        chosen: list[Neighbour] = []
        for other, distance, _, _, number in sorted(ranked):
            entry = found[number]
            if entry.digest in seen or len(chosen) == k:
                continue
            seen.add(entry.digest)
            same_circuit = entry.digest == circuit.digest
            chosen.append(
                Neighbour(
                    entry.name, distance, entry.recipes, entry.target, not other, same_circuit, entry.origin
                )
            )
        return tuple(chosen)

    def add(
        self,
        circuit: Circuit,
        target: Library,
        objective: Objective,
        baseline: QoR,
        scored: Iterable[tuple[Recipe, QoR]],
    ) -> Entry | None:
        """Keep the best of what a search scored, beside what is known of the circuit; None without a store or recipes.

        A bound on the delay is not kept: recipes too slow for it count by the objective alone.
        """
        plain = Objective(objective.name)
        new = [
            Known(recipe.script, qor.area, qor.delay, round(plain.reduction(qor, baseline), 6))
            for recipe, qor in scored
        ]
        if self._store is None or self._folder is None or not new:
            return None
        entry = Entry(
            circuit.name,
            circuit.digest,
            target.name,
            target.fingerprint,
            plain.name,
            circuit.nodes,
            circuit.levels,
            tuple(round(float(x), 5) for x in _shape(circuit)),
            (),
            updated=round(time.time(), 3),
        )
        with self._store.lock("memory"):
            path = self._folder / f"{entry.key}.json"
            before = _read(path)
            merged = _best([*(before.recipes if before else ()), *new])
            entry = Entry(**{**_fields(entry), "recipes": merged})
            write_atomic(path, json.dumps(_plain(entry), indent=1), durable=False)
        return entry

    def prune(self, names: Sequence[str] = (), *, keep: int | None = None) -> int:
        """Forget local entries: those called one of `names`, or all but the `keep` newest. Returns how many."""
        if self._store is None:
            return 0
        with self._store.lock("memory"):
            local = self._local()
            gone = [path for path, entry in local.items() if entry.name in names]
            if keep is not None:
                newest = sorted(local, key=lambda path: (-local[path].updated, path.name))
                gone += [path for path in newest[keep:] if path not in gone]
            for path in gone:
                with contextlib.suppress(OSError):
                    path.unlink()
        return len(gone)

    def forget(self, names: Sequence[str], keep: int | None) -> int:
        """`prune` as a user asks for it. UsageError when nothing was named, or a name is not known here."""
        if not names and keep is None:
            raise UsageError("nothing to forget was named", hint="rtlgen memory prune NAME..., or --keep N")
        known = {entry.name for entry in self._local().values()}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise UsageError(
                f"no search of '{unknown[0]}' is remembered here",
                hint="rtlgen memory list --local shows them",
            )
        return self.prune(names, keep=keep)

    def _local(self) -> dict[Path, Entry]:
        if self._folder is None or not self._folder.is_dir():
            return {}
        read = {path: _read(path) for path in sorted(self._folder.glob("*.json"))}
        return {path: entry for path, entry in read.items() if entry is not None}


def of_project(root: Path) -> Memory:
    """The memory in the store of the project at `root`."""
    from rtlgen.core.project import find_root
    from rtlgen.core.settings import load_settings
    from rtlgen.core.store import store_dir

    found = find_root(root)
    return Memory(Store(store_dir(found, load_settings(found))))


@cache
def shipped_entries() -> tuple[Entry, ...]:
    """The entries that ship with rtlgen; none when the file is missing or broken."""
    from rtlgen import assets

    path = Path(assets.__file__).resolve().parent / "agent" / FILE
    try:
        rows = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return ()
    entries = (_loaded(row, "shipped") for row in rows)
    return tuple(entry for entry in entries if entry is not None)


def dumped(entries: Sequence[Entry]) -> str:
    """Entries as the text of the file that ships."""
    return json.dumps([_plain(entry) for entry in entries], indent=1) + "\n"


def best_of(recipes: Sequence[Known]) -> tuple[Known, ...]:
    """What an entry keeps of `recipes`."""
    return _best(recipes)


def _best(recipes: Sequence[Known]) -> tuple[Known, ...]:
    unique: dict[str, Known] = {}
    for known in sorted(recipes, key=lambda r: (-r.gain, len(r.recipe), r.recipe)):
        unique.setdefault(known.recipe, known)
    inside = [known for known in unique.values() if known.published][:KEPT]
    outside = [known for known in unique.values() if not known.published][:KEPT]
    return tuple(sorted((*inside, *outside), key=lambda r: (-r.gain, len(r.recipe), r.recipe)))


def _fields(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


def _plain(entry: Entry) -> dict[str, Any]:
    row = asdict(entry)
    del row["origin"]
    return {"format": FORMAT, **row}


def _read(path: Path) -> Entry | None:
    try:
        return _loaded(json.loads(path.read_text("utf-8")), "local")
    except (OSError, ValueError):
        return None


def _loaded(row: Any, origin: str) -> Entry | None:
    """The entry in parsed JSON; None when it is none. Recipes that are not allowed are left out."""
    from rtlgen.synth.agent.features import SHAPE

    try:
        if row["format"] != FORMAT:
            return None
        shape = tuple(float(x) for x in row["shape"])
        if len(shape) != len(SHAPE):
            return None
        recipes = []
        for item in row["recipes"]:
            figures = (float(item["area"]), float(item["delay"]), float(item["gain"]))
            with contextlib.suppress(RtlgenError):
                recipes.append(Known(parse(str(item["recipe"])).script, *figures))
        return Entry(
            name=str(row["name"]),
            digest=str(row["digest"]),
            target=str(row["target"]),
            target_fingerprint=str(row["target_fingerprint"]),
            objective=str(row["objective"]),
            nodes=int(row["nodes"]),
            levels=int(row["levels"]),
            shape=shape,
            recipes=tuple(recipes),
            origin=origin,
            updated=float(row["updated"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _shape(circuit: Circuit) -> NDArray[np.float32]:
    from rtlgen.synth.agent.features import graph_of, shape_of

    return shape_of(graph_of(circuit.aiger))


def _distances(shape: NDArray[np.float32], known: Sequence[Sequence[float]]) -> list[tuple[int, float]]:
    """(number, distance) of all `known` shapes, by an inner-product index over unit vectors."""
    import faiss
    import numpy as np

    from rtlgen.synth.agent.features import SHAPE_MEAN, SHAPE_SCALE

    mean, scale = np.array(SHAPE_MEAN, np.float32), np.array(SHAPE_SCALE, np.float32)
    rows = (np.array([shape, *known], np.float32) - mean) / scale
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows[1:])
    cosines, numbers = index.search(rows[:1], len(known))
    return [
        (int(number), round(max(0.0, 1.0 - float(cosine)), 5))
        for number, cosine in zip(numbers[0], cosines[0], strict=True)
    ]
