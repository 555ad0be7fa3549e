"""What a trained agent is worth, and what its records teach the memory.

Try: ``rtlgen train agent --help``
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rtlgen.synth import memory
from rtlgen.synth.agent.features import graph_of, shape_of
from rtlgen.synth.recipe import PUBLISHED, parse
from rtlgen.train.agent_fit import standing
from rtlgen.train.agent_records import rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtlgen.synth.agent.shipped import Agent
    from rtlgen.synth.circuit import Circuit
    from rtlgen.synth.library import Library
    from rtlgen.train.agent_records import Judged

    Array = NDArray[np.float32]


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


def lessons(path: Path, circuits: Sequence[Circuit], target: Library) -> list[memory.Entry]:
    """What the records at `path` say of `circuits`, as entries of the memory that ships."""
    found: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for row in rows_of(path):
        recipe = row["recipe"]
        steps = recipe if isinstance(recipe, str) else "; ".join(PUBLISHED[a] for a in recipe)
        found[row["circuit"]][steps] = (row["area"], row["delay"])
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
