"""Searches that are compared, by real ABC on a small circuit: records, resuming, stale code, errors, what each cost."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.scratch import scratch
from rtlgen.evaluate import recipes_code, recipes_runs
from rtlgen.evaluate.recipes import JOURNAL, Config, Run, circuit_files, compare
from rtlgen.evaluate.recipes_meter import MeteredExplorer
from rtlgen.evaluate.recipes_records import SearchRecord
from rtlgen.evaluate.recipes_runs import Protocol, improvements, is_outside, search, time_given, wanted
from rtlgen.synth.circuit import read_circuit
from rtlgen.synth.library import library
from rtlgen.synth.qor import QoR
from rtlgen.synth.recipe import Recipe, parse
from rtlgen.synth.search.tracker import Scored, Tracker

KNOT = """.model knot
.inputs a b c d e f
.outputs y z
.names a b n1
11 1
.names c d n2
10 1
01 1
.names n1 n2 n3
11 1
.names e f n4
1- 1
-1 1
.names n3 n4 n5
10 1
01 1
.names n2 n4 n6
11 1
.names a n6 n7
01 1
.names n5 n7 y
1- 1
-1 1
.names n3 n7 b n8
110 1
011 1
.names n8 e z
10 1
01 1
.end
"""


@pytest.fixture
def knots(tmp_path: Path) -> Path:
    """A folder with two circuits; the second in the alphabet is the smaller one."""
    folder = tmp_path / "circuits"
    folder.mkdir()
    (folder / "big.blif").write_text(KNOT)
    (folder / "small.blif").write_text(
        ".model s\n.inputs a b c\n.outputs y\n.names a b c y\n110 1\n001 1\n.end\n"
    )
    return folder


def config(circuits: Path, out: Path, *strategies: str, budget: int = 4, seeds: int = 2) -> Config:
    return Config((circuits,), strategies, Protocol(library(lut=4), budget, length=4), seeds, out)


def figures(run: Run) -> list[tuple[object, ...]]:
    """What must be the same however often a run was interrupted."""
    return [(*record.key, record.best, record.recipe, record.spent, record.curve) for record in run.records]


def test_one_record_for_each_circuit_strategy_and_seed(knots: Path, tmp_path: Path) -> None:
    told: list[tuple[SearchRecord, int, int]] = []
    run = compare(
        config(knots, tmp_path / "out", "random", "fixed", "anneal"), lambda *found: told.append(found)
    )
    keys = [record.key for record in run.records]
    once = [
        ("random", 0),
        ("fixed", 0),
        ("anneal", 0),
        ("random", 1),
        ("anneal", 1),
    ]  # fixed has no chance in it
    assert keys == [(circuit, *pair) for circuit in ("small", "big") for pair in once]
    assert [(number, total) for _, number, total in told] == [(number, 10) for number in range(1, 11)]
    for record in run.records:
        assert not record.error and 0 < record.spent <= 4
        assert record.reduction == pytest.approx((record.baseline - record.best) / record.baseline)
        assert record.best == record.area * record.delay == record.curve[-1][1]
        assert record.recipe and record.alone > 0 and (record.outside == 0 or record.strategy == "fixed")
    lines = [json.loads(line) for line in (tmp_path / "out" / JOURNAL).read_text().splitlines()]
    assert len(lines) == 11 and lines[0]["made_from"]["budget"] == 4


def test_the_best_recipe_gives_its_figures_again(knots: Path, tmp_path: Path) -> None:
    run = compare(config(knots, tmp_path / "out", "genetic", seeds=1))
    with scratch() as work:
        circuit = read_circuit(knots / "big.blif", work)
        with MeteredExplorer(circuit, library(lut=4), work) as explorer:
            qor = explorer.evaluate(parse(run.records[-1].recipe))
    assert qor is not None and qor.product == run.records[-1].best


def test_a_run_goes_on_where_it_was_stopped(knots: Path, tmp_path: Path) -> None:
    whole = compare(config(knots, tmp_path / "whole", "random", "mcts"))
    journal = tmp_path / "cut" / JOURNAL
    compare(config(knots, tmp_path / "cut", "random", "mcts"))
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:4]) + lines[4][:30])  # three searches, and one torn
    told: list[str] = []
    again = compare(
        config(knots, tmp_path / "cut", "random", "mcts"), lambda record, *_: told.append(record.strategy)
    )
    assert len(told) == 5 and figures(again) == figures(whole)


def test_kill_minus_nine_loses_one_search_at_most(knots: Path, tmp_path: Path) -> None:
    whole = compare(config(knots, tmp_path / "whole", "random", "anneal", budget=12, seeds=3))
    out = tmp_path / "killed"
    command = [sys.executable, "-m", "rtlgen", "bench", "recipes", "--circuits", str(knots), "--lut", "4"]
    command += ["--length", "4", "--budget", "12", "--seeds", "3", "--strategies", "random,anneal"]
    child = subprocess.Popen(
        [*command, "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONSAFEPATH": "1"},
    )
    assert child.stderr is not None
    for line in child.stderr:
        if line.startswith("[3/12]"):
            break
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()
    kept = len((out / JOURNAL).read_text().splitlines()) - 1
    assert kept >= 3
    told: list[str] = []
    config_again = config(knots, out, "random", "anneal", budget=12, seeds=3)
    again = compare(config_again, lambda record, *_: told.append(record.strategy))
    assert len(told) <= 12 - 3 and figures(again) == figures(whole)


def test_a_strategy_of_other_code_is_run_again(
    knots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare(config(knots, tmp_path / "out", "random", "anneal", seeds=1))
    before = recipes_code.fingerprint_of
    monkeypatch.setattr(
        recipes_runs,
        "fingerprint_of",
        lambda name, **more: "changed" if name == "anneal" else before(name, **more),
    )
    told: list[str] = []
    run = compare(
        config(knots, tmp_path / "out", "random", "anneal", seeds=1),
        lambda record, *_: told.append(record.strategy),
    )
    assert told == ["anneal", "anneal"]
    assert [record.code for record in run.records if record.strategy == "anneal"] == ["changed"] * 2


def test_an_error_is_a_record_and_is_tried_again(
    knots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (knots / "torn.aig").write_bytes(b"aig 3 1 0 1 2\n")
    (knots / "wires.blif").write_text(".model w\n.inputs a\n.outputs y\n.names a y\n1 1\n.end\n")
    real = recipes_runs.strategy

    def broken(tracker: Tracker) -> None:
        tracker.value(["rewrite"])
        raise KeyError("a fault in this strategy")

    monkeypatch.setattr(recipes_runs, "strategy", lambda name: broken if name == "mcts" else real(name))
    run = compare(config(knots, tmp_path / "out", "random", "mcts", seeds=1))
    errors = {record.key: record.error for record in run.records if record.error}
    assert "a fault in this strategy" in errors["big", "mcts", 0] and ("big", "random", 0) not in errors
    assert "ABC cannot read it" in errors["torn", "random", 0]
    assert "no logic" in errors["wires", "mcts", 0]
    monkeypatch.undo()
    told: list[str] = []
    again = compare(
        config(knots, tmp_path / "out", "random", "mcts", seeds=1),
        lambda record, *_: told.append(record.key[0]),
    )
    assert sorted(told) == ["big", "small", "torn", "torn", "wires", "wires"]
    assert {record.circuit for record in again.records if record.error} == {"torn", "wires"}


def test_a_search_is_charged_what_others_had_computed(knots: Path) -> None:
    protocol = Protocol(library(lut=4), 6, length=4)
    with scratch() as work:
        circuit = read_circuit(knots / "big.blif", work)
        with MeteredExplorer(circuit, protocol.target, work) as explorer:
            first = search(explorer, "random", 3, protocol)
            second = search(explorer, "random", 3, protocol)
    assert first.scores > 0 and (second.scores, second.transitions) == (0, 0)
    assert second.seconds < first.seconds and second.alone > 0.5 * first.alone
    assert (first.best, first.curve) == (second.best, second.curve)


def test_a_cold_run_shares_nothing(knots: Path, tmp_path: Path) -> None:
    protocol = Protocol(library(lut=4), 4, length=4, cold=True)
    run = compare(Config((knots / "big.blif",), ("random", "greedy"), protocol, 1, tmp_path / "out"))
    assert all(record.scores > 0 and record.transitions > 0 for record in run.records)
    assert figures(run) == figures(
        compare(config(knots / "big.blif", tmp_path / "warm", "random", "greedy", seeds=1))
    )


def test_wide_searches_are_told_so_and_named_so(
    knots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def spy(tracker: Tracker) -> None:
        seen.append(tracker.wide)
        tracker.value(["dc2"] * 6)

    monkeypatch.setattr(recipes_runs, "strategy", lambda name: spy)
    run = compare(config(knots / "big.blif", tmp_path / "out", "random", "random:wide", seeds=1))
    assert seen == [False, True]
    assert [(record.strategy, record.outside) for record in run.records] == [
        ("random", 1),
        ("random:wide", 0),
    ]


def test_deepsyn_is_given_the_time_of_portfolio(knots: Path, tmp_path: Path) -> None:
    run = compare(config(knots / "big.blif", tmp_path / "out", "deepsyn", "random", seeds=1))
    assert [record.strategy for record in run.records] == ["random", "deepsyn"]
    assert run.records[1].recipe.startswith("&get -n; &deepsyn -T 1; &put")
    alone = compare(config(knots / "big.blif", tmp_path / "alone", "deepsyn", seeds=1))
    assert "no other strategy has told" in alone.records[0].error
    made = {}
    for name, seconds in (("portfolio", 3.0), ("random", 9.0), ("portfolio:wide", 5.0)):
        record = SearchRecord("c", "d", 1, 1, name, 0, "", alone=seconds)
        made[record.key] = record
    assert time_given(made, "c") == ("portfolio:wide", 5.0)
    assert time_given(made, "other") is None


def test_what_is_compared_must_be_something(knots: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no strategy 'anneall'"):
        config(knots, tmp_path, "random", "anneall:wide")
    with pytest.raises(UsageError, match="a budget of no recipes"):
        config(knots, tmp_path, "random", budget=0)
    with pytest.raises(UsageError, match="without a seed"):
        config(knots, tmp_path, "random", seeds=0)
    with pytest.raises(UsageError, match="no strategy is named"):
        config(knots, tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no circuits in this folder"):
        circuit_files([tmp_path / "empty"])
    with pytest.raises(UsageError, match="no such circuit or folder"):
        circuit_files([tmp_path / "none"])
    with pytest.raises(UsageError, match="no circuit is named"):
        circuit_files([])
    (tmp_path / "small.blif").write_text(KNOT)
    with pytest.raises(UsageError, match="two circuits are called small"):
        circuit_files([knots, tmp_path / "small.blif"])
    assert circuit_files([knots, knots / "big.blif"]) == [knots / "big.blif", knots / "small.blif"]


def test_a_journal_of_another_protocol_is_refused(knots: Path, tmp_path: Path) -> None:
    compare(config(knots / "small.blif", tmp_path / "out", "random", seeds=1))
    with pytest.raises(UsageError, match=r"made from something else \(budget: 4 there, 5 now\)"):
        compare(config(knots / "small.blif", tmp_path / "out", "random", budget=5, seeds=1))
    with (tmp_path / "out" / JOURNAL).open("a") as file:
        file.write('{"circuit": "small"}\n')
    with pytest.raises(UsageError, match="no record of a search"):
        compare(config(knots / "small.blif", tmp_path / "out", "random", seeds=1))


def test_another_circuit_of_the_same_name_is_searched_anew(knots: Path, tmp_path: Path) -> None:
    compare(config(knots / "small.blif", tmp_path / "out", "random", seeds=1))
    (knots / "small.blif").write_text(KNOT)
    told: list[int] = []
    compare(
        config(knots / "small.blif", tmp_path / "out", "random", seeds=1), lambda r, *_: told.append(r.nodes)
    )
    assert len(told) == 1 and told[0] > 3


def test_the_order_of_the_searches() -> None:
    assert wanted(("deepsyn", "a", "fixed:wide", "b:wide"), 2) == [
        ("a", 0),
        ("fixed:wide", 0),
        ("b:wide", 0),
        ("a", 1),
        ("b:wide", 1),
        ("deepsyn", 0),
    ]


def test_only_published_actions_and_lengths_are_inside() -> None:
    assert not is_outside(parse("resyn2"), 10)
    assert is_outside(parse("resyn2; balance"), 10) and is_outside(parse("dc2"), 10)
    assert is_outside(parse("resub -K 6"), 10)


def test_a_curve_keeps_improvements_only() -> None:
    qor = QoR(1.0, 1.0, 1, 1, 1)
    scored = [Scored(n, Recipe(()), qor, value, 0.0) for n, value in ((1, 5.0), (2, 6.0), (4, 4.0), (5, 4.0))]
    assert improvements(scored) == ((1, 5.0), (4, 4.0))


def test_code_is_what_runs_not_what_is_said_about_it() -> None:
    tree = recipes_code._tree
    assert tree('"""Doc."""\nx = 1  # why\n') == tree('"""Other."""\n\nx = (1)\n') != tree("x = 2\n")
    assert tree('def f():\n    """Doc."""\n    return 1\n') == tree("def f():\n    return 1\n")
    names = recipes_code.modules_of("mcts")
    assert names == {"rtlgen.synth.search.mcts"}
    assert "rtlgen.synth.search.wide" not in recipes_code.modules_of("portfolio")
    assert "rtlgen.synth.search.wide" in recipes_code.modules_of("portfolio", wide=True)
    assert recipes_code.fingerprint_of("mcts") != recipes_code.fingerprint_of("random")


def test_a_strategy_leans_on_what_it_imports_or_names() -> None:
    source = "from rtlgen.synth.search import strategy\nfrom rtlgen.synth.search.mcts import search\nstrategy('anneal')\n"
    assert set(recipes_code._imported(ast.parse(source))) == {
        "rtlgen.synth.search",
        "rtlgen.synth.search.mcts",
        "rtlgen.synth.search.anneal",
    }
