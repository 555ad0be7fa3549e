"""A session from the design to a verified recipe: the same again, after kill -9 too, and nothing without proof."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rtlgen.core.errors import LimitError, UsageError
from rtlgen.core.scratch import scratch
from rtlgen.synth.circuit import Circuit
from rtlgen.synth.design import Design, Source
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.findings import Result
from rtlgen.synth.library import Library, library
from rtlgen.synth.proof import Proof
from rtlgen.synth.qor import QoR
from rtlgen.synth.recipe import parse
from rtlgen.synth.request import Config
from rtlgen.synth.session import run
from rtlgen.synth.verified import Candidate, settle

pytestmark = pytest.mark.needs_sandbox


def fixtures() -> ModuleType:
    """conftest.py beside this file, as a module: its circuits."""
    spec = importlib.util.spec_from_file_location("knots", Path(__file__).with_name("conftest.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rtlgen.toml").write_text("")
    (tmp_path / "knot.blif").write_text(fixtures().blif())
    return tmp_path


def config(
    *, search: bool = True, recipe: str | None = None, out: str | None = "out", **settings: Any
) -> Config:
    asked = {"strategy": "anneal", "actions": "published", "budget": 12, "jobs": 1, "length": 6}
    asked |= {"memory": False} | settings
    overrides = tuple((f"synth.{name}", value) for name, value in asked.items())
    return Config(("knot.blif",), overrides=overrides, recipe=recipe, search=search, out=out)


def told(folder: Path) -> str:
    """The record without times."""
    return re.sub(r'"(\w*seconds)": [\d.e-]+', r'"\1": 0', (folder / "result.json").read_text())


def test_without_a_search_the_baselines_and_the_recipe(place: Path, knot: Circuit, generic: Library) -> None:
    result = run(config(search=False, recipe="dc2; dch", out=None))
    assert [row.name for row in result.rows] == ["start", "resyn2", "yosys", "recipe"]
    assert result.folder is None and result.outcome is None and result.exit_code == 0
    with scratch() as work, Explorer(knot, generic, work) as explorer:
        for row in result.rows:
            assert row.qor == explorer.evaluate(parse(row.recipe))
    assert result.record is not None and set(result.record.tools) == {"yosys-abc"}
    assert str(place / "knot.blif") in result.record.inputs


def test_a_search_hands_back_what_was_proven_and_replayed(place: Path) -> None:
    result = run(config())
    assert result.search is not None and result.outcome is not None and result.folder == str(place / "out")
    assert result.search.spent == len(result.search.points) == 12
    outcome, found = result.outcome, result.row("found")
    assert outcome.win and outcome.proof == "equal" and outcome.replayed and found is not None
    best = min(result.search.points, key=lambda point: point.value)
    assert (outcome.recipe, found.qor) == (best.recipe, best.qor) and best.best == best.value
    bars = [row.qor.product for row in result.rows if row.kind == "baseline" and row.qor is not None]
    assert best.value < min(bars)
    assert {"best.abc", "start.aig", "knot.v", "convergence.csv", "pareto.csv", "result.json"} <= set(
        result.files
    )
    assert sorted(path.name for path in (place / "out").iterdir()) == list(result.files)
    head = (place / "out" / "best.abc").read_text()
    assert f"# found by {result.search.strategy} with seed {result.search.seed} and a budget of 12," in head
    record = json.loads((place / "out" / "result.json").read_text())
    assert record["kind"] == "synth" and record["data"]["outcome"]["recipe"] == outcome.recipe
    lines = (place / "out" / "convergence.csv").read_text().splitlines()
    assert len(lines) == 13 and lines[0].startswith("number,value,best,area,delay")
    assert 0 < result.search.hypervolume_baselines < result.search.hypervolume
    front = {point.number: point.qor for point in result.search.points if point.number in result.search.front}
    for point in result.search.points:
        assert not any(point.qor.dominates(qor) for qor in front.values())


def test_the_same_search_is_the_same_with_two_processes_and_from_the_store(place: Path) -> None:
    run(config())
    first = told(place / "out")
    run(config(jobs=2))
    assert told(place / "out") == first
    shutil.rmtree(place / ".rtlgen")
    run(config(jobs=2))
    assert told(place / "out") == first
    run(config(seed=1))
    assert told(place / "out") != first


def test_every_scored_recipe_is_answered_from_the_store(place: Path) -> None:
    def scores() -> dict[Path, int]:
        kept = (place / ".rtlgen/v1/objects").rglob("*.json")
        return {path: path.stat().st_mtime_ns for path in kept if "|score|" in path.read_text()}

    run(config(out=None))
    before = scores()
    again = run(config(out=None))
    assert scores() == before and len(before) > 12
    assert again.folder is not None and Path(again.folder).parent == place / ".rtlgen/v1/runs"


def test_a_search_learns_from_the_one_before_it(place: Path) -> None:
    first = run(config(budget=30, memory=True))
    best = min(point.value for point in first.search.points) if first.search else 0.0
    second = run(config(budget=30, memory=True, seed=9, strategy="random"))
    assert second.search is not None
    assert second.search.points[0].value == best
    assert second.search.notes[0].startswith("memory: a recipe of knot (local, distance 0) gives -")
    assert second.search.spent == 30 and "memory: a recipe of knot" not in "".join(
        first.search.notes if first.search else ()
    )
    forgetful = run(config(budget=30, memory=False, seed=9, strategy="random"))
    assert forgetful.search is not None and not forgetful.search.notes


def test_a_circuit_that_cannot_be_better(place: Path) -> None:
    (place / "knot.blif").write_text(".model and\n.inputs a b\n.outputs y\n.names a b y\n11 1\n.end\n")
    result = run(config(strategy="random", length=2))
    assert result.outcome is not None and not result.outcome.win and result.exit_code == 0
    assert result.outcome.reason == "no recipe that was scored beats start"
    assert result.outcome.proof == "equal" and (place / "out" / "best.abc").is_file()


def test_a_bound_on_the_delay(place: Path) -> None:
    free = run(config(objective="area", budget=25))
    assert free.search is not None and free.outcome is not None
    slow = min(free.search.points, key=lambda point: point.qor.area).qor
    bound = slow.delay * 0.99
    held = run(config(objective="area", budget=25, max_delay=bound))
    found = held.row("found")
    assert found is not None and found.qor is not None and found.qor.delay <= bound


def design_of(knot: Circuit, place: Path) -> Design:
    source = Source(circuit=place / "knot.blif")
    return Design(knot.name, knot, 0, None, (), source, "circuit")


def scored(knot: Circuit, target: Library, text: str) -> QoR:
    with scratch() as work, Explorer(knot, target, work) as explorer:
        qor = explorer.evaluate(parse(text))
    assert qor is not None
    return qor


def test_figures_that_do_not_come_again_are_no_win(place: Path, knot: Circuit, generic: Library) -> None:
    true, said = scored(knot, generic, "resyn2"), list[str]()
    false = replace(scored(knot, generic, "dc2"), area=1.0)
    candidates = [Candidate(parse("dc2"), false, 1.0), Candidate(parse("resyn2"), true, true.product)]
    design = design_of(knot, place)
    outcome = settle(design, generic, candidates, place / "out", said.append, beaten="start")
    assert outcome.win and outcome.recipe == parse("resyn2").script
    assert [rejected.recipe for rejected in outcome.rejected] == ["dc2"]
    assert outcome.rejected[0].why.startswith("its plain script gives other figures: area ")
    assert said == [f"not handed back: dc2: {outcome.rejected[0].why}"]
    nothing = settle(design, generic, candidates[:1], place / "none", said.append, beaten="start")
    assert not nothing.win and not nothing.recipe and not list((place / "none").iterdir())
    assert nothing.reason == "of 1 recipes that beat start, the best 1 could not be verified"


@pytest.mark.parametrize("status", ["different", "unknown"])
def test_what_is_not_proven_is_no_win(
    place: Path, knot: Circuit, generic: Library, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    qor = scored(knot, generic, "resyn2")
    monkeypatch.setattr("rtlgen.synth.verified.prove", lambda *_, **__: Proof(status, "cec", 0.1, "in o3"))
    candidate, said = Candidate(parse("resyn2"), qor, qor.product), list[str]()
    outcome = settle(design_of(knot, place), generic, [candidate], place / "out", said.append, beaten="start")
    assert not outcome.win and outcome.rejected[0].why == f"not proven equal: {status} in o3"
    assert not list((place / "out").iterdir())


def start(place: Path, store: str, **settings: Any) -> subprocess.Popen[str]:
    """The same search as `config`, as a process of its own."""
    asked = {"strategy": "genetic", "actions": "published", "budget": 40, "jobs": 1, "length": 8} | settings
    flags = [word for name, value in asked.items() for word in (f"--{name}", str(value))]
    command = [
        sys.executable,
        "-m",
        "rtlgen",
        "synth",
        "knot.blif",
        "--recipe-search",
        "--out",
        "out",
        *flags,
    ]
    environment = os.environ | {"RTLGEN_STORE_DIR": str(place / store), "PYTHONSAFEPATH": "1"}
    return subprocess.Popen(
        command, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def scores_kept(place: Path, store: str) -> int:
    return sum(1 for _ in (place / store).glob("v1/objects/*/*.json"))


def until(place: Path, store: str, count: int, process: subprocess.Popen[str]) -> None:
    """Wait until so many results are kept; the search must still be running then."""
    deadline = time.monotonic() + 100
    while scores_kept(place, store) < count and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


def test_killed_in_the_middle_and_run_again_it_ends_the_same(place: Path) -> None:
    whole = start(place, "first")
    whole.communicate(timeout=110)
    assert whole.returncode == 0
    expected, kept = told(place / "out"), scores_kept(place, "first")
    shutil.rmtree(place / "out")
    for share in (0.3, 0.6):
        killed = start(place, "second")
        until(place, "second", int(share * kept), killed)
        killed.send_signal(signal.SIGKILL)
        killed.communicate(timeout=60)
        assert killed.returncode == -signal.SIGKILL
        assert (place / "out" / "result.json").read_text() == "{}\n"
    again = start(place, "second")
    again.communicate(timeout=110)
    assert again.returncode == 0
    assert told(place / "out") == expected


def test_ctrl_c_hands_back_the_best_so_far(place: Path) -> None:
    process = start(place, "store", budget=5000, strategy="random")
    until(place, "store", 200, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 130, err
    assert "stopping: the best so far is proven and written; Ctrl-C again stops at once" in err
    record = json.loads((place / "out" / "result.json").read_text())["data"]
    assert record["interrupted"] and 0 < record["search"]["spent"] < 5000
    assert record["outcome"]["proof"] == "equal" and (place / "out" / "best.abc").is_file()
    assert "replay" in out


def test_two_at_once_do_not_mix(place: Path) -> None:
    first = start(place, "store", budget=3000, strategy="random")
    until(place, "store", 50, first)
    second = start(place, "store", budget=3000, strategy="random")
    _, err = second.communicate(timeout=60)
    first.kill()
    first.communicate(timeout=60)
    assert second.returncode == 4 and "another rtlgen process has held this lock" in err


def test_what_cannot_be_meant_is_refused_before_the_design_is_read(place: Path) -> None:
    (place / "knot.blif").write_text("no circuit\n")
    (place / "theirs").mkdir()
    (place / "theirs" / "notes.txt").write_text("mine\n")
    for wrong, text in (
        (config(budget=0), "a budget of 0 scored recipes finds nothing"),
        (config(strategy="aneal"), "no strategy 'aneal'"),
        (config(objective="power"), "no objective 'power'"),
        (config(out="theirs"), "is not empty and holds no results of rtlgen synth"),
        (config(out="knot.blif"), "it is a file"),
        (config(search=False), "--out: there is nothing to write"),
        (config(recipe="resyn2"), "--recipe and --recipe-search at once"),
        (config(search=False, recipe="!ls"), "!ls"),
        (config(actions="some"), "synth.actions must be one of published, all"),
        (config(max_delay=-3.0), "max_delay must be at least"),
        (config(lut=9), "synth.lut must be from 2 to 8"),
    ):
        with pytest.raises(UsageError, match=re.escape(text)):
            run(wrong)
    assert (place / "theirs" / "notes.txt").read_text() == "mine\n"


def test_an_engine_that_is_too_slow_for_the_start_is_a_limit(place: Path) -> None:
    with pytest.raises(LimitError, match="ABC could not map the circuit as it is"):
        (place / "knot.blif").write_text(many(400))
        run(config(timeout_s=0.1, search=False, out=None))


def many(copies: int) -> str:
    """Many knots side by side, with inputs of their own."""
    made = fixtures()
    rows: list[str] = []
    names: list[str] = []
    outs: list[str] = []
    for copy in range(copies):
        body = made.blif(seed=copy).splitlines()[3:-1]
        rows += [re.sub(r"\b([ino]\d+)\b", rf"c{copy}\1", row) for row in body]
        names += [f"c{copy}i{n}" for n in range(made.INPUTS)]
        outs += [f"c{copy}o{n}" for n in range(made.OUTPUTS)]
    return "\n".join(
        [".model many", f".inputs {' '.join(names)}", f".outputs {' '.join(outs)}", *rows, ".end", ""]
    )


def test_a_target_is_one_thing(place: Path, generic: Library) -> None:
    both = config(lut=4, liberty=[str(generic.files[0])])
    with pytest.raises(UsageError, match="--lut and --liberty at once"):
        run(both)
    luts = run(config(search=False, out=None, lut=4))
    assert luts.target == "lut4" == library(lut=4).name
    named = run(config(search=False, out=None, liberty=[str(generic.files[0])]))
    default = run(config(search=False, out=None))
    assert named.rows == default.rows
    assert isinstance(named, Result)
