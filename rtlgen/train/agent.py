"""Train the recipe agent: records of random recipes on training circuits, a fit, then tree search against itself.

    1. records     random recipes on each circuit and on cones of it             `agent_records`
    2. fit         policy and value from the records, several networks           `agent_fit`
    3. self-play   tree search with the policy; visit counts and returns         `agent_play`

Everything is in the run folder: ``records.jsonl``, ``stage1`` (an agent), ``play.jsonl``, ``round-N`` (agents) and
``log.jsonl``. A killed run goes on where it was, with the same result on one thread. Circuits named by `validation` are
left out of the fits with their cones and only judged; the better of the two stages on them is what ``agent`` becomes.

It refuses circuits that comparisons are made on. Departures from the published training are told in
docs/algorithms/abcrl.md.

Try: ``rtlgen train agent --circuits circuits --liberty cells.lib --out run --records 100``
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rtlgen.core.errors import UsageError
from rtlgen.core.store import write_atomic
from rtlgen.synth import memory
from rtlgen.synth.agent.features import graph_of
from rtlgen.synth.agent.inference import Inference
from rtlgen.synth.agent.shipped import Agent, load, save
from rtlgen.train.agent_card import card_text
from rtlgen.train.agent_fit import FitConfig, Rows, episode_rows, fit, joined, pooled_rows, rows_of
from rtlgen.train.agent_lessons import figures_of, lessons
from rtlgen.train.agent_play import play
from rtlgen.train.agent_records import (
    collect,
    cones_of,
    lines_of,
    mend,
    products_of_resyn2,
    read_circuits,
    read_rewards,
    split_name,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtlgen.synth.circuit import Circuit
    from rtlgen.synth.library import Library
    from rtlgen.train.agent_records import Judged

    Array = NDArray[np.float32]

Talk = Callable[[str], None]


@dataclass(frozen=True)
class AgentConfig:
    """What is trained on what. Counts are of recipes, circuits, networks or rounds."""

    circuits: Path
    out: Path
    only: tuple[str, ...] = ()
    """Names of the circuits to take from the folder; all when empty."""
    published: bool = False
    """Take those of the published training split alone."""
    validation: tuple[str, ...] = ()
    records: int = 100
    """Random recipes of each circuit."""
    cones: int = 14
    """Cones of each circuit."""
    cone_records: int = 25
    members: int = 2
    """Networks that are averaged."""
    rounds: int = 0
    """Rounds of self-play."""
    seed: int = 1
    fit: FitConfig = field(default_factory=FitConfig)


def train(config: AgentConfig, target: Library, talk: Talk = lambda _: None) -> dict[str, Any]:
    """Run the stages that are not done yet; returns the figures of the agent in ``out/agent``.

    Raises UsageError for circuits that are missing or held out, or a run folder of another configuration.
    """
    whole = read_circuits(config.circuits, config.only, published=config.published)
    unknown = sorted(set(config.validation) - {circuit.name for circuit in whole})
    if unknown:
        raise UsageError(f"'{unknown[0]}' is not among the circuits", hint="check --validation")
    config.out.mkdir(parents=True, exist_ok=True)
    _claim(config, target)
    cones = [cone for circuit in whole for cone in cones_of(circuit, config.cones, config.seed)]
    path = config.out / "records.jsonl"
    talk(f"{len(whole)} circuits, {len(cones)} cones")
    collect(whole, target, path, config.records, config.seed, talk)
    collect(cones, target, path, config.cone_records, config.seed, talk)
    run = _Run(config, target, whole, cones, read_rewards(path), talk)
    best, agent = run.stage1(), run.stage1()
    for number in range(1, config.rounds + 1):
        agent = run.round(number, agent)
        best = agent if run.better(agent, best) else best
    return run.finish(best)


class _Run:
    """The stages after the records."""

    def __init__(
        self,
        config: AgentConfig,
        target: Library,
        whole: Sequence[Circuit],
        cones: Sequence[Circuit],
        rewards: Judged,
        talk: Talk,
    ) -> None:
        self.config, self.target, self.whole, self.rewards, self.talk = config, target, whole, rewards, talk
        graph = first_graph(config.seed)
        self.embeddings = {circuit.name: graph.embed(graph_of(circuit.aiger)) for circuit in (*whole, *cones)}
        names = [name for name in rewards if name in self.embeddings]
        self.learned = [name for name in names if split_name(name) not in config.validation]
        self.judged = [name for name in config.validation if name in rewards]

    def stage1(self) -> Agent:
        """The agent fitted to the records alone, from the run folder when it is there."""
        folder = self.config.out / "stage1"
        if not (folder / "agent.json").is_file():
            rows = self._rows({name: self.rewards[name] for name in self.learned})
            self.talk(f"fitting {self.config.members} networks to {len(rows)} recipes")
            self._save("stage1", self._fitted(rows))
        return load(folder)

    def round(self, number: int, agent: Agent) -> Agent:
        """The agent after round `number`: it plays an episode on every learned circuit, and learns from all so far."""
        folder = self.config.out / f"round-{number}"
        path = self.config.out / "play.jsonl"
        mend(path)
        done = {(row["round"], row["circuit"]) for row in lines_of(path)}
        with path.open("a", buffering=1) as file:
            for circuit in self.whole:
                if circuit.name in self.learned and (number, circuit.name) not in done:
                    episode = play(circuit, self.target, agent, self.config.seed + number)
                    file.write(json.dumps({"round": number, **asdict(episode)}) + "\n")
                    self.talk(f"round {number}: {circuit.name}, {len(episode.scored)} recipes scored")
        if not (folder / "agent.json").is_file():
            self._save(folder.name, self._fitted(self._with_play(path, number)))
        return load(folder)

    def _with_play(self, path: Path, number: int) -> Rows:
        """The records, what self-play up to round `number` scored, and its episodes, which weigh as much as a record."""
        rewards = {name: self.rewards[name] for name in self.learned}
        episodes = [row for row in lines_of(path) if row["round"] <= number]
        base = products_of_resyn2(self.config.out / "records.jsonl")
        for row in episodes:
            name = row["circuit"]
            recipes = np.array([item[0] for item in row["scored"]], np.int64)
            gains = [1 - item[1] * item[2] / base[name] for item in row["scored"]]
            old = rewards[name]
            rewards[name] = (
                np.concatenate([old[0], recipes]),
                np.concatenate([old[1], np.maximum(-1, np.array(gains, np.float32))]),
            )
        parts = [self._rows(rewards)]
        for row in episodes:
            reward = self.rewards[row["circuit"]][1]
            z = (row["returns"][-1] - float(reward.mean())) / (float(reward.std()) or 1.0)
            parts.append(episode_rows(row, self.embeddings[row["circuit"]], math.tanh(z / 2)))
        return joined(parts)

    def _rows(self, rewards: Judged) -> Rows:
        """What the records teach, and what they have in common."""
        fit = self.config.fit
        return joined([rows_of(rewards, self.embeddings, fit), pooled_rows(rewards, self.embeddings, fit)])

    def better(self, agent: Agent, other: Agent) -> bool:
        """Whether `agent` judges the circuits that were left out better than `other`; no, when none were."""
        mine, its = (figures_of(one, self.rewards, self.embeddings, self.judged) for one in (agent, other))
        self.talk(f"left out: {json.dumps(mine)} against {json.dumps(its)}")
        return bool(self.judged) and mine["top"] + mine["policy"] > its["top"] + its["policy"]

    def _fitted(self, rows: Rows) -> list[dict[str, Array]]:
        members = []
        for number in range(self.config.members):
            seed = self.config.seed + number
            members.append(fit(rows, replace(self.config.fit, seed=seed), graph_seed=self.config.seed))
            self.talk(f"network {number + 1} of {self.config.members}")
        return members

    def _save(self, stage: str, members: Sequence[Mapping[str, Array]]) -> None:
        card = {
            "stage": stage,
            "embeddings": {
                circuit.name: [round(float(x), 3) for x in self.embeddings[circuit.name]]
                for circuit in self.whole
                if circuit.name in self.learned
            },
            "validation": list(self.config.validation),
            "circuits": sorted({split_name(name) for name in self.learned}),
            "networks_of": len(self.learned),
            "recipes": sum(len(self.rewards[name][1]) for name in self.learned),
            "target": self.target.name,
            "target_fingerprint": self.target.fingerprint,
            "fit": asdict(self.config.fit),
            "seed": self.config.seed,
        }
        save(self.config.out / stage, members, card)

    def finish(self, agent: Agent) -> dict[str, Any]:
        """Judge the agent on the circuits left out and put it into ``out/agent``."""
        figures = figures_of(agent, self.rewards, self.embeddings, self.judged)
        for name in ("agent.safetensors", "agent.json"):
            content = (self.config.out / str(agent.card["stage"]) / name).read_bytes()
            write_atomic(self.config.out / "agent" / name, content)
        text = card_text(agent.card, figures, self.config.rounds)
        write_atomic(self.config.out / "agent" / "CARD.md", text)
        known = lessons(self.config.out / "records.jsonl", self.whole, self.target)
        write_atomic(self.config.out / "agent" / memory.FILE, memory.dumped(known))
        return figures


def first_graph(seed: int) -> Inference:
    """The untrained graph layers that every network of a run shares."""
    from rtlgen.synth.agent.network import AgentNetwork

    network = AgentNetwork(frozen_graph=True, seed=seed)
    return Inference({name: tensor.numpy() for name, tensor in network.state_dict().items()})


def _claim(config: AgentConfig, target: Library) -> None:
    """Write the configuration of a new run, or refuse to go on with another one."""
    path = config.out / "config.json"
    keys = ("only", "published", "validation", "members", "seed", "fit")
    mine = {key: value for key, value in asdict(config).items() if key in keys}
    mine = json.loads(json.dumps({**mine, "target": target.fingerprint}))
    if path.is_file():
        stored = json.loads(path.read_text("utf-8"))
        other = [key for key in mine if stored.get(key) != mine[key]]
        if other:
            raise UsageError(
                f"this run was begun with another {', '.join(other)}",
                where=config.out,
                hint="use the same options, or another --out",
            )
        return
    write_atomic(path, json.dumps(mine, indent=1))
