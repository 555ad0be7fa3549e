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
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rtlgen.core.errors import UsageError
from rtlgen.core.store import write_atomic
from rtlgen.synth import memory
from rtlgen.synth.agent.features import graph_of, shape_of
from rtlgen.synth.agent.inference import Inference
from rtlgen.synth.agent.shipped import Agent, load, save
from rtlgen.synth.recipe import PUBLISHED, parse
from rtlgen.train.agent_fit import FitConfig, Rows, fit, rows_of, standing
from rtlgen.train.agent_records import collect, cones_of, read_circuits
from rtlgen.train.agent_records import rows_of as records_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtlgen.synth.circuit import Circuit
    from rtlgen.synth.library import Library

    Array = NDArray[np.float32]
    Judged = dict[str, tuple[NDArray[np.int64], Array]]

Talk = Callable[[str], None]


@dataclass(frozen=True)
class AgentConfig:
    """What is trained on what. Counts are of recipes, circuits, networks or rounds."""

    circuits: Path
    out: Path
    only: tuple[str, ...] = ()
    """Names of the circuits to take from the folder; all when empty."""
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
    whole = read_circuits(config.circuits, config.only)
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
    return run.finish(run.stage1())


def read_rewards(path: Path) -> Judged:
    """Circuit -> recipes of full length (n, t) and their rewards (n,), from a file of records.

    The reward is ``max(-1, (b - p) / b)``, p the product of area and delay and b that of resyn2. Circuits without a
    record of resyn2 are left out.
    """
    found: dict[str, dict[tuple[int, ...], float]] = defaultdict(dict)
    base: dict[str, float] = {}
    for row in records_in(path):
        name, product = str(row["circuit"]), float(row["area"]) * float(row["delay"])  # type: ignore[arg-type]
        if row["recipe"] == "resyn2":
            base[name] = product
        elif isinstance(row["recipe"], list) and row["recipe"]:
            found[name][tuple(row["recipe"])] = product
    rewards = {}
    for name, products in found.items():
        if name in base:
            recipes = np.array(list(products), np.int64)
            shares = 1 - np.array(list(products.values()), np.float32) / base[name]
            rewards[name] = (recipes, np.maximum(-1, shares).astype(np.float32))
    return rewards


def split_name(name: str) -> str:
    """The circuit that a cone belongs to; a circuit's own name."""
    return name.partition(".")[0]


def figures_of(
    agent: Agent, rewards: Judged, embeddings: Mapping[str, Array], names: Sequence[str]
) -> dict[str, float]:
    """How well an agent judges the recorded recipes of circuits, in the mean over the circuits.

    ``value``: correlation of its value with the reward; ``top``: mean standing (deviations) of the tenth it values most;
    ``policy``: mean standing of a recipe drawn by its policy out of the recorded ones.
    """
    rows = []
    for name in names:
        recipes, reward = rewards[name]
        z = standing(reward)
        if not z.any():
            continue
        values, chances = agent.judge_all(embeddings[name], recipes)
        best = np.argsort(-values)[: max(1, len(z) // 10)]
        weight = np.exp(chances - chances.max())
        rows.append((np.corrcoef(values, z)[0, 1], z[best].mean(), float((weight * z).sum() / weight.sum())))
    mean = np.mean(rows, 0) if rows else np.zeros(3)
    return dict(zip(("value", "top", "policy"), (round(float(x), 4) for x in mean), strict=True))


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
            rows = rows_of(
                {name: self.rewards[name] for name in self.learned}, self.embeddings, self.config.fit
            )
            self.talk(f"fitting {self.config.members} networks to {len(rows)} recipes")
            self._save("stage1", self._fitted(rows))
        return load(folder)

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
        known = lessons(self.config.out / "records.jsonl", self.whole, self.target)
        write_atomic(self.config.out / "agent" / memory.FILE, memory.dumped(known))
        return figures


def lessons(path: Path, circuits: Sequence[Circuit], target: Library) -> list[memory.Entry]:
    """What the records at `path` say of `circuits`, as entries of the memory that ships."""
    found: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for row in records_in(path):
        recipe = row["recipe"]
        steps = recipe if isinstance(recipe, str) else "; ".join(PUBLISHED[a] for a in recipe)  # type: ignore[attr-defined]
        found[str(row["circuit"])][steps] = (float(row["area"]), float(row["delay"]))  # type: ignore[arg-type]
    entries = []
    for circuit in circuits:
        base = found[circuit.name].get("resyn2")
        if base is None:
            continue
        known = [
            memory.Known(parse(steps).script, area, delay, round(1 - area * delay / (base[0] * base[1]), 6))
            for steps, (area, delay) in found[circuit.name].items()
            if steps
        ]
        shape = tuple(round(float(x), 5) for x in shape_of(graph_of(circuit.aiger)))
        fields = (circuit.name, circuit.digest, target.name, target.fingerprint, "product")
        entries.append(
            memory.Entry(*fields, circuit.nodes, circuit.levels, shape, memory.best_of(known), "shipped")
        )
    return entries


def first_graph(seed: int) -> Inference:
    """The untrained graph layers that every network of a run shares."""
    from rtlgen.synth.agent.network import AgentNetwork

    network = AgentNetwork(frozen_graph=True, seed=seed)
    return Inference({name: tensor.numpy() for name, tensor in network.state_dict().items()})


def _claim(config: AgentConfig, target: Library) -> None:
    """Write the configuration of a new run, or refuse to go on with another one."""
    path = config.out / "config.json"
    keys = ("only", "validation", "members", "seed", "fit")
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
