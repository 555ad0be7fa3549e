"""The agent that ships: it loads without torch, is small, knows its training circuits, and answers sensibly."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rtlgen import assets
from rtlgen.core.errors import ToolError, UsageError
from rtlgen.synth.agent.shipped import Agent, cosine_distance, load, needed, numbered, shipped
from rtlgen.synth.agent.split import EVALUATION, PUBLISHED_TEST, TRAINING
from rtlgen.synth.circuit import Circuit
from rtlgen.synth.recipe import PUBLISHED

FOLDER = Path(assets.__file__).resolve().parent / "agent"


@pytest.fixture(scope="module")
def agent() -> Agent:
    return needed()


def test_it_is_small_and_tells_where_it_comes_from(agent: Agent) -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3 << 20
    assert set(agent.known) <= set(TRAINING) and len(agent.known) >= 19
    assert not set(agent.card["circuits"]) & {*PUBLISHED_TEST, *EVALUATION}
    card = (FOLDER / "CARD.md").read_text("utf-8")
    assert "MIT" in card and all(name in card for name in agent.known)


def test_policy_and_value(agent: Agent, knot: Circuit) -> None:
    embedding = agent.embed(knot)
    assert embedding.shape == (64,) and embedding.dtype == np.float32
    first, later = agent.policy(embedding, ()), agent.policy(embedding, ("balance", "balance"))
    for shares in (first, later):
        assert shares.shape == (7,) and shares.sum() == pytest.approx(1, abs=1e-5) and shares.min() > 0
    assert not np.allclose(first, later)
    values = [agent.value(embedding, (command,)) for command in PUBLISHED]
    assert all(-1 < value < 1 for value in values) and max(values) > min(values)


def test_it_has_learned_that_a_command_twice_in_a_row_is_wasted(agent: Agent, knot: Circuit) -> None:
    embedding = agent.embed(knot)
    number = PUBLISHED.index("balance")
    behind, apart = (agent.policy(embedding, ("rewrite", last))[number] for last in ("balance", "refactor"))
    assert behind < apart


def test_a_training_circuit_is_its_own_neighbour(agent: Agent) -> None:
    name, known = next(iter(agent.known.items()))
    assert agent.nearest(known) == (name, pytest.approx(0, abs=1e-9))
    assert cosine_distance(known, np.zeros(64, np.float32)) == 1.0
    assert cosine_distance(known, -known) == pytest.approx(2)


def test_an_unknown_command_is_told(agent: Agent) -> None:
    assert numbered(PUBLISHED) == tuple(range(7))
    with pytest.raises(UsageError, match="the agent does not know the command 'dc2'"):
        agent.policy(np.zeros(64, np.float32), ("dc2",))


def test_another_process_answers_the_same_and_opens_no_torch(agent: Agent) -> None:
    code = (
        "import sys, json, numpy as np\n"
        "from rtlgen.synth.agent.shipped import shipped\n"
        "a = shipped(); e = np.linspace(0, 1, 64, dtype=np.float32)\n"
        "heavy = [m for m in ('torch', 'torch_geometric', 'aigverse') if m in sys.modules]\n"
        "print(json.dumps([heavy, [float(x) for x in a.policy(e, ('balance', 'rewrite'))]]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy, shares = json.loads(done.stdout)
    assert heavy == []
    e = np.linspace(0, 1, 64, dtype=np.float32)
    assert shares == [float(x) for x in agent.policy(e, ("balance", "rewrite"))]
    assert shipped() is agent


@pytest.mark.parametrize("harm", ["weights", "card", "format", "missing"])
def test_a_broken_agent_is_one_clear_error(tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "agent"
    shutil.copytree(FOLDER, folder)
    if harm == "weights":
        (folder / "agent.safetensors").write_bytes((folder / "agent.safetensors").read_bytes()[:5000])
    elif harm == "card":
        (folder / "agent.json").write_text("{")
    elif harm == "format":
        card = json.loads((folder / "agent.json").read_text("utf-8"))
        (folder / "agent.json").write_text(json.dumps({**card, "format": 99}))
    else:
        (folder / "agent.json").unlink()
    with pytest.raises(ToolError, match="cannot load the agent"):
        load(folder)
