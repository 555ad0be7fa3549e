"""The fixed recipes: every one runs on every target that it is for, keeps the circuit, and is what its source says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from rtlgen.core.scratch import scratch
from rtlgen.core.tools import find
from rtlgen.synth.circuit import Circuit
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.library import Library, library
from rtlgen.synth.qor import Objective
from rtlgen.synth.recipe import PUBLISHED, Recipe, parse
from rtlgen.synth.search import fixed
from rtlgen.synth.search.tracker import Tracker

LIBRELANE = {f"librelane {kind}" for kind in ("area 0", "area 1", "area 2", "area 3")} | {
    f"librelane delay {number}" for number in range(5)
}


def test_every_recipe_scores_on_its_targets(knot: Circuit, generic: Library) -> None:
    for target in (generic, library(lut=5)):
        with scratch() as work, Explorer(knot, target, work) as explorer:
            tracker = Tracker(explorer, Objective(), budget=100, wide=True)
            fixed.run(tracker)
            listed = fixed.named(target, wide=True)
            assert tracker.best is not None and explorer.counts.failed == 0
            assert tracker.best.value <= tracker.objective.value(tracker.baseline)
            assert {entry.recipe for entry in tracker.scored} <= {recipe for _, recipe in listed}
    names = [entry.name for entry, _ in fixed.named(generic, wide=True)]
    assert len(names) == len(set(names)) and set(names) >= LIBRELANE | {"yosys", "yosys constr", "training"}
    assert not LIBRELANE & {entry.name for entry, _ in fixed.named(library(lut=5), wide=True)}


@pytest.mark.slow
def test_the_circuit_stays_what_it_is(knot: Circuit, generic: Library, tmp_path: Path) -> None:
    """`cec` of the mapped network against the start, for each recipe in one plain script."""
    (tmp_path / "start.aig").write_bytes(knot.aiger)
    lines = [f"read_lib -w {generic.files[0]}"]
    recipes = fixed.named(generic, wide=True)
    for _, recipe in recipes:
        lines += ["read_aiger start.aig", generic.script_of(recipe).replace("; ", "\n"), "cec -n start.aig"]
    (tmp_path / "all.abc").write_text("\n".join([*lines, ""]))
    done = subprocess.run(
        [str(find("yosys-abc").path), "-f", "all.abc"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count("Networks are equivalent") == len(recipes), done.stdout[-800:]


def test_published_mode_has_no_mapping(generic: Library) -> None:
    for entry, recipe in fixed.named(generic, wide=False):
        _, tail = recipe.split()
        assert not entry.mapped and all(step.split()[0] in ("dch", "&dch") for step in tail), entry.name
    training = next(recipe for entry, recipe in fixed.named(generic, wide=False) if entry.name == "training")
    assert len(training) == 10 and set(training.steps) <= set(PUBLISHED)


def yosys_help() -> str:
    """What the Yosys of this environment says of its ``abc`` pass."""
    import sys

    program = "from pyosys import libyosys as y; y.run_pass('help abc', y.Design())"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("lut", "head"), [(None, "for -liberty/-genlib without -constr"), (4, "for -lut/-luts")]
)
def test_yosys_is_what_yosys_says(generic: Library, lut: int | None, head: str) -> None:
    """Its own help, without what works on registers, and with the size of the LUT where a LUT library told it."""
    text = yosys_help()
    script = re.search(rf"{re.escape(head)}.*?:\s*\n((?:\s+.*;?\n)+?)\s*\n", text)
    assert script is not None, text[:3000]
    said = [step.strip() for step in re.split(r"[;\n]", script[1]) if step.strip()]
    left_out = {"dretime", "strash"} | ({"lutpack -S 1"} if lut else set())
    kept = [re.sub(r"\s*\{D\}", "", step) for step in said if step not in left_out]
    kept = [f"if -K {lut}" if step == "if" else step for step in kept]
    mine = [
        step
        for step in parse(fixed.yosys_script(library(lut=lut) if lut else generic)).steps
        if step != "strash"
    ]
    assert mine == kept


def test_the_first_few_are_strong(knot: Circuit, generic: Library) -> None:
    with scratch() as work, Explorer(knot, generic, work) as explorer:
        values = {}
        for entry, recipe in fixed.named(generic, wide=True):
            qor = explorer.evaluate(Recipe(recipe.steps))
            assert qor is not None
            values[entry.name] = qor.product
    assert min(list(values.values())[:5]) == min(values.values())
