"""Training the recipe agent: refuses what is held out, resumes with the same bytes, and what it makes can be loaded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.store import write_atomic
from rtlgen.synth.agent.shipped import load
from rtlgen.synth.generic import liberty
from rtlgen.synth.library import Library, library
from rtlgen.synth.memory import FILE
from rtlgen.train.agent import AgentConfig, train
from rtlgen.train.agent_fit import FitConfig, standing
from rtlgen.train.agent_pooled import Pooled, pool
from rtlgen.train.agent_records import cones_of, drawn, read_circuits, read_rewards

TINY = FitConfig(steps=3, batch=8, fresh=40)


def blif(name: str, inputs: int, rows: int, step: int) -> str:
    """A network of two-input gates; another for other numbers."""
    covers = ("11 1", "10 1\n01 1", "00 1", "1- 1\n-1 1")
    names = [f"i{n}" for n in range(inputs)]
    text = [f".model {name}", f".inputs {' '.join(names)}", ".outputs o0 o1 o2"]
    for row in range(rows):
        left, right = names[(row * step) % len(names)], names[-1 - row % 7]
        if left == right:
            left = names[0]
        text += [f".names {left} {right} n{row}", covers[(row * 7 + step) % 4]]
        names.append(f"n{row}")
    for number in range(3):
        text += [f".names n{rows - 1 - number * 11} o{number}", "1 1"]
    return "\n".join([*text, ".end", ""])


@pytest.fixture(scope="module")
def circuits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("circuits")
    for number, name in enumerate(("one", "two", "three")):
        (folder / f"{name}.blif").write_text(blif(name, 10, 120 + 10 * number, 3 + 2 * number))
    return folder


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Library:
    path = tmp_path_factory.mktemp("cells") / "generic.lib"
    path.write_text(liberty())
    return library([path])


def config(circuits: Path, out: Path) -> AgentConfig:
    return AgentConfig(
        circuits,
        out,
        validation=("three",),
        records=12,
        cones=1,
        cone_records=9,
        members=1,
        rounds=1,
        fit=TINY,
    )


@pytest.fixture(scope="module")
def trained(circuits: Path, target: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run")
    figures = train(config(circuits, out), target)
    assert set(figures) >= {"value", "top", "policy"}
    return out


def test_the_agent_can_be_loaded_and_knows_what_it_learned(trained: Path) -> None:
    agent = load(trained / "agent")
    assert set(agent.known) == {"one", "two"} and agent.card["validation"] == ["three"]
    assert agent.policy(agent.known["one"], ("balance",)).sum() == pytest.approx(1, abs=1e-5)
    entries = json.loads((trained / "agent" / FILE).read_text("utf-8"))
    assert {entry["name"] for entry in entries} == {"one", "two", "three"}
    assert "one" in (trained / "agent" / "CARD.md").read_text("utf-8")


def test_records_hold_resyn2_and_the_recipes_that_were_drawn(trained: Path) -> None:
    rewards = read_rewards(trained / "records.jsonl")
    recipes, reward = rewards["one"]
    assert [list(row) for row in recipes] == list(drawn("one", 1, 12)) and len(reward) == 12
    assert reward.max() <= 1 and reward.min() >= -1


def test_self_play_recorded_its_visits(trained: Path) -> None:
    rows = [json.loads(line) for line in (trained / "play.jsonl").read_text("utf-8").splitlines()]
    assert {row["circuit"] for row in rows} == {"one", "two"}  # never the one that is left out
    for row in rows:
        assert len(row["recipe"]) == 10 and all(sum(shares) == pytest.approx(1) for shares in row["visits"])
        assert len(row["scored"]) > 20


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(
    trained: Path, circuits: Path, target: Library, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    out.mkdir()
    whole = (trained / "records.jsonl").read_text("utf-8").splitlines(keepends=True)
    (out / "records.jsonl").write_text("".join(whole[:20]) + whole[20][:15])  # killed within a line
    write_atomic(out / "config.json", (trained / "config.json").read_bytes())
    play = (trained / "play.jsonl").read_text("utf-8").splitlines(keepends=True)
    (out / "play.jsonl").write_text(play[0])
    train(config(circuits, out), target)
    for name in ("agent.safetensors", "agent.json", FILE):
        assert (out / "agent" / name).read_bytes() == (trained / "agent" / name).read_bytes(), name


def test_another_configuration_is_refused(trained: Path, circuits: Path, target: Library) -> None:
    with pytest.raises(UsageError, match="this run was begun with another seed"):
        train(replace(config(circuits, trained), seed=7), target)


def test_held_out_circuits_are_refused(circuits: Path, target: Library, tmp_path: Path) -> None:
    folder = tmp_path / "circuits"
    folder.mkdir()
    (folder / "one.blif").write_text((circuits / "one.blif").read_text())
    (folder / "i10.blif").write_text((circuits / "two.blif").read_text())
    with pytest.raises(UsageError, match="'i10' is a circuit of our comparison"):
        train(AgentConfig(folder, tmp_path / "run"), target)
    assert not (tmp_path / "run").exists()
    assert [circuit.name for circuit in read_circuits(folder, ["one"])] == ["one"]


def test_mistakes_are_told(circuits: Path, target: Library, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no circuit file of 'four'"):
        read_circuits(circuits, ["four"])
    with pytest.raises(UsageError, match="no circuit files"):
        read_circuits(tmp_path)
    with pytest.raises(UsageError, match="'four' is not among the circuits"):
        train(AgentConfig(circuits, tmp_path / "run", validation=("four",)), target)


def test_cones_are_smaller_circuits_of_neighbouring_outputs(circuits: Path) -> None:
    (circuit,) = read_circuits(circuits, ["three"])
    cones = cones_of(circuit, 3, 1)
    assert all(80 <= cone.nodes < circuit.nodes and cone.outputs < circuit.outputs for cone in cones)
    assert [cone.digest for cone in cones] == [cone.digest for cone in cones_of(circuit, 3, 1)]


def test_the_pooled_model_finds_what_made_the_standings() -> None:
    rng = np.random.default_rng(0)
    true = Pooled(rng.normal(size=(10, 7)), rng.normal(size=(7, 7)))
    data = {}
    for name in ("a", "b", "c"):
        recipes = rng.integers(0, 7, (900, 10))
        data[name] = (recipes, standing(true.scores(recipes) + rng.normal(size=900)))
    model = pool(data)
    fresh = rng.integers(0, 7, (500, 10))
    assert np.corrcoef(model.scores(fresh), true.scores(fresh))[0, 1] > 0.95


def test_its_policy_and_its_means_are_exact() -> None:
    rng = np.random.default_rng(1)
    model = Pooled(rng.normal(size=(3, 7)), rng.normal(size=(7, 7)))
    every = np.array([[a, b, c] for a in range(7) for b in range(7) for c in range(7)])
    score = model.scores(every)
    chance = np.exp(score / 0.5) / np.exp(score / 0.5).sum()
    policy = model.policy(0.5)
    product = (
        policy[0, 7, every[:, 0]] * policy[1, every[:, 0], every[:, 1]] * policy[2, every[:, 1], every[:, 2]]
    )
    assert np.allclose(product, chance)
    values = model.values(every)
    assert np.allclose(values[:, 0], score.mean()) and np.allclose(values[:, 3], score)
    assert np.allclose(values[0, 1], score[every[:, 0] == 0].mean())
    sample = model.drawn(4000, 0.5, rng)
    assert model.scores(sample).mean() == pytest.approx((chance * score).sum(), abs=0.1)
