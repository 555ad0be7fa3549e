"""The memory: what searches add is found again, nearest first; foreign files are data."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.store import Store
from rtlgen.synth.circuit import Circuit, read_circuit
from rtlgen.synth.library import Library, library
from rtlgen.synth.memory import KEPT, Memory, shipped_entries
from rtlgen.synth.qor import Objective, QoR
from rtlgen.synth.recipe import Recipe, parse

BASE = QoR(100.0, 10.0, 50, 80, 9)
LUT = library(lut=6)


def qor(area: float) -> QoR:
    return replace(BASE, area=area)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(Store(tmp_path), with_shipped=False)


@pytest.fixture
def chain(tmp_path: Path) -> Circuit:
    """A circuit of quite another shape than `knot`: long and thin."""
    rows = [f".names n{i} i{i + 1} n{i + 1}\n11 1" for i in range(60)]
    inputs = " ".join(f"i{i}" for i in range(1, 61))
    text = f".model chain\n.inputs n0 {inputs}\n.outputs n60\n" + "\n".join(rows) + "\n.end\n"
    (tmp_path / "chain.blif").write_text(text)
    return read_circuit(tmp_path / "chain.blif", tmp_path)


def add(memory: Memory, circuit: Circuit, target: Library, found: dict[str, float]) -> None:
    memory.add(circuit, target, Objective(), BASE, [(parse(text), qor(area)) for text, area in found.items()])


def test_what_was_added_is_found_with_its_best_recipes_first(memory: Memory, knot: Circuit) -> None:
    add(memory, knot, LUT, {"balance; rewrite": 90.0, "rewrite": 80.0, "dc2; balance": 85.0})
    (near,) = memory.nearest(knot, LUT)
    assert (near.name, near.distance, near.same_circuit, near.same_target) == ("knot", 0.0, True, True)
    assert [known.recipe for known in near.recipes] == ["rewrite", "dc2; balance", "balance; rewrite"]
    assert near.recipes[0].gain == pytest.approx(0.2) and near.recipes[0].steps == ("rewrite",)
    assert [known.published for known in near.recipes] == [True, False, True]


def test_a_second_search_adds_to_the_first_and_only_the_best_stay(memory: Memory, knot: Circuit) -> None:
    add(memory, knot, LUT, {"balance; " * n + "rewrite": 90.0 - n for n in range(7)})
    add(memory, knot, LUT, {"refactor": 50.0, "dc2": 60.0})
    (entry,) = memory.entries()
    assert entry.recipes[0].recipe == "refactor"
    inside = [known for known in entry.recipes if known.published]
    assert len(inside) == KEPT and len(entry.recipes) == KEPT + 1


def test_the_nearest_comes_first_and_other_targets_behind_it(
    memory: Memory, knot: Circuit, chain: Circuit, generic: Library
) -> None:
    add(memory, knot, LUT, {"rewrite": 90.0})
    add(memory, chain, LUT, {"balance": 90.0})
    assert [near.name for near in memory.nearest(knot, LUT)] == ["knot", "chain"]
    assert [near.name for near in memory.nearest(chain, LUT)] == ["chain", "knot"]
    assert memory.nearest(knot, LUT)[1].distance > 0.1
    assert [near.name for near in memory.nearest(knot, LUT, 1)] == ["knot"]
    add(memory, chain, generic, {"resub": 90.0})
    first, second = memory.nearest(knot, generic)
    assert (first.name, first.same_target, first.recipes[0].recipe) == ("chain", True, "resub")
    assert (second.name, second.same_target) == ("knot", False)


def test_entries_of_another_objective_come_behind(memory: Memory, knot: Circuit, chain: Circuit) -> None:
    memory.add(chain, LUT, Objective("delay"), BASE, [(Recipe(("balance",)), qor(90.0))])
    add(memory, knot, LUT, {"rewrite": 90.0})
    assert [near.name for near in memory.nearest(chain, LUT)] == ["knot", "chain"]
    assert memory.nearest(chain, LUT, objective="delay")[0].name == "chain"


def test_prune(memory: Memory, knot: Circuit, chain: Circuit) -> None:
    add(memory, knot, LUT, {"rewrite": 90.0})
    add(memory, chain, LUT, {"balance": 90.0})
    assert memory.prune(["nobody"]) == 0
    assert memory.prune(keep=1) == 1
    assert [entry.name for entry in memory.entries()] == ["chain"]
    assert memory.prune(["chain"]) == 1 and memory.entries() == () and memory.nearest(knot, LUT) == ()
    with pytest.raises(UsageError, match="no search of 'chain' is remembered here"):
        memory.forget(["chain"], None)
    with pytest.raises(UsageError, match="nothing to forget was named"):
        memory.forget([], None)


def test_files_of_others_are_data(memory: Memory, knot: Circuit, tmp_path: Path) -> None:
    add(memory, knot, LUT, {"rewrite": 90.0})
    (path,) = (tmp_path / "v1" / "memory").glob("*.json")
    row = json.loads(path.read_text())
    evil = {
        **row,
        "name": "evil",
        "recipes": [{**row["recipes"][0], "recipe": "!touch owned"}, *row["recipes"]],
    }
    path.with_name("evil.json").write_text(json.dumps(evil))
    path.with_name("torn.json").write_text(path.read_text()[:99])
    path.with_name("list.json").write_text("[1, 2]")
    path.with_name("old.json").write_text(json.dumps({**row, "format": 0}))
    path.with_name("short.json").write_text(json.dumps({**row, "shape": [1.0]}))
    assert {entry.name: [k.recipe for k in entry.recipes] for entry in memory.entries()} == {
        "knot": ["rewrite"],
        "evil": ["rewrite"],
    }


def test_two_processes_add_at_once_and_nothing_is_lost(tmp_path: Path, knot: Circuit) -> None:
    (tmp_path / "knot.aig").write_bytes(knot.aiger)
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from rtlgen.core.store import Store\nfrom rtlgen.synth.circuit import Circuit\n"
        "from rtlgen.synth.library import library\nfrom rtlgen.synth.memory import Memory\n"
        "from rtlgen.synth.qor import Objective, QoR\nfrom rtlgen.synth.recipe import Recipe\n"
        "folder, mine = Path(sys.argv[1]), sys.argv[2]\n"
        "c = Circuit('knot', (folder / 'knot.aig').read_bytes(), 12, 8, 0, 192, 27)\n"
        "for n in range(2):\n"
        "    recipe = Recipe((mine,) * (n + 1))\n"
        "    found = [(recipe, QoR(8, 9, 9, 9, 9))]\n"
        "    Memory(Store(folder)).add(c, library(lut=6), Objective(), QoR(9, 9, 9, 9, 9), found)\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in ("balance", "rewrite")
    ]
    assert [process.wait() for process in running] == [0, 0]
    (entry,) = Memory(Store(tmp_path), with_shipped=False).entries()
    assert {known.recipe for known in entry.recipes} == {
        "balance", "balance; balance", "rewrite", "rewrite; rewrite",
    }  # fmt: skip


def test_without_a_store_nothing_is_kept(knot: Circuit) -> None:
    memory = Memory(with_shipped=False)
    add(memory, knot, LUT, {"rewrite": 90.0})
    assert memory.entries() == () and memory.prune(["knot"]) == 0


def test_what_ships_are_the_training_circuits(knot: Circuit) -> None:
    from rtlgen.synth.agent.split import TRAINING

    entries = shipped_entries()
    assert {entry.name for entry in entries} <= set(TRAINING) and len(entries) >= 19
    assert all(entry.recipes and entry.recipes[0].published for entry in entries)
    near = Memory().nearest(knot, LUT, 2)
    assert len(near) == 2 and near[0].origin == "shipped" and not near[0].same_target
