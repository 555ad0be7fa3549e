"""The trained agent: it embeds a circuit, and judges beginnings of recipes on it.

An agent is a folder: ``agent.safetensors`` (the networks; several are averaged) and ``agent.json`` (what it was trained
on, with the embedding of each training circuit). The one in ``rtlgen/assets/agent`` is used unless another is given.

Try: ``rtlgen memory near circuit.aig``
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.synth.agent.features import Graph, graph_of
from rtlgen.synth.agent.inference import Inference
from rtlgen.synth.recipe import PUBLISHED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtlgen.synth.circuit import Circuit

    Array = NDArray[np.float32]

WEIGHTS, CARD = "agent.safetensors", "agent.json"
FORMAT = 1
ACTIONS = {command: number for number, command in enumerate(PUBLISHED)}


class Agent:
    """Networks that are averaged, and the training circuits they know. Figures are the same in every process."""

    def __init__(
        self, members: Sequence[Inference], known: Mapping[str, Array], card: dict[str, Any]
    ) -> None:
        """`known`: name of a training circuit -> its embedding (64,)."""
        self._members = tuple(members)
        self.known = dict(known)
        self.card = card

    def embed(self, circuit: Circuit) -> Array:
        """(64,) embedding of a circuit as it is given, rounded to 3 decimals."""
        return self.embed_graph(graph_of(circuit.aiger))

    def embed_graph(self, graph: Graph) -> Array:
        """(64,) embedding of a graph."""
        return self._members[0].embed(graph)

    def policy(self, embedding: Array, steps: Sequence[str]) -> Array:
        """(7,) probabilities of the next of the published actions, behind the commands `steps`."""
        numbers = numbered(steps)
        return np.asarray(np.mean([m.policy(embedding, numbers) for m in self._members], 0), np.float32)

    def value(self, embedding: Array, steps: Sequence[str]) -> float:
        """What recipes that begin with `steps` promise on the circuit, in -1 to 1: larger is better.

        It compares recipes of one circuit: 0 is a random recipe's standing, not the reward of resyn2.
        """
        numbers = numbered(steps)
        return float(np.mean([m.value(embedding, numbers) for m in self._members]))

    def judged(self, embedding: Array, steps: Sequence[str]) -> tuple[float, Array]:
        """The value of `steps`, and the features (256 for each network), in 0 to 1, that group prefixes."""
        both = [m.judged(embedding, numbered(steps)) for m in self._members]
        return float(np.mean([value for value, _ in both])), np.concatenate(
            [features for _, features in both]
        )

    def judge_all(self, embedding: Array, recipes: NDArray[np.int64]) -> tuple[Array, Array]:
        """Values (n,) of whole recipes (n, t; numbers of actions), and the mean log-probabilities (n,) of them."""
        both = [m.judge_all(embedding, recipes) for m in self._members]
        values = np.mean([value for value, _ in both], 0)
        return np.asarray(values, np.float32), np.asarray(np.mean([c for _, c in both], 0), np.float32)

    def nearest(self, embedding: Array) -> tuple[str, float]:
        """The training circuit nearest to `embedding`, and its cosine distance (0 to 2)."""
        return min(
            ((name, cosine_distance(embedding, other)) for name, other in self.known.items()),
            key=lambda pair: (pair[1], pair[0]),
        )


def cosine_distance(a: Array, b: Array) -> float:
    """1 minus the cosine of the angle between two vectors; 1 when one of them is zero."""
    x, y = a.astype(np.float64), b.astype(np.float64)
    length = float(np.linalg.norm(x) * np.linalg.norm(y))
    return 1.0 if length == 0 else max(0.0, 1.0 - float(x @ y) / length)


def numbered(steps: Sequence[str]) -> tuple[int, ...]:
    """The numbers of commands among the published actions. UsageError for any other command."""
    try:
        return tuple(ACTIONS[step] for step in steps)
    except KeyError as error:
        raise UsageError(
            f"the agent does not know the command {error}",
            hint="it was trained on the published actions: --actions published",
        ) from None


@cache
def shipped() -> Agent | None:
    """The agent that ships with rtlgen; None when there is none in this installation."""
    from rtlgen import assets

    folder = Path(assets.__file__).resolve().parent / "agent"
    return load(folder) if (folder / WEIGHTS).is_file() else None


def needed() -> Agent:
    """The shipped agent. Raises ToolError when it is missing."""
    agent = shipped()
    if agent is None:
        raise ToolError(
            "no trained agent is installed", hint="rtlgen train agent --help, or install rtlgen again"
        )
    return agent


def load(folder: Path) -> Agent:
    """The agent in a folder. Raises ToolError when it is missing, broken or of another version."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        card = json.loads((folder / CARD).read_text("utf-8"))
        tensors = load_file(folder / WEIGHTS)
        if card["format"] != FORMAT:
            raise ValueError(f"format {card['format']}, not {FORMAT}")
        if list(card["actions"]) != list(PUBLISHED):
            raise ValueError("it was trained on other actions")
        graph = {n.removeprefix("graph."): t for n, t in tensors.items() if n.startswith("graph.")}
        members = []
        for number in range(card["members"]):
            own = {n.removeprefix(f"{number}."): t for n, t in tensors.items() if n.startswith(f"{number}.")}
            members.append(Inference({**graph, **own}))
        known = {name: np.asarray(row, np.float32) for name, row in card["embeddings"].items()}
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ToolError(f"cannot load the agent: {error}", where=folder, hint="rtlgen train agent") from error
    return Agent(members, known, card)


def save(folder: Path, members: Sequence[Mapping[str, Array]], card: Mapping[str, Any]) -> None:
    """Write an agent folder: `members` are state dicts of `AgentNetwork`; their graph layers are those of the first.

    Weights are kept as 16-bit floats; `load` gives 32-bit ones.
    """
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for number, member in enumerate(members):
        for name, tensor in member.items():
            graph = name.startswith(("types.", "conv"))
            if graph and number:
                continue
            key = f"graph.{name}" if graph else f"{number}.{name}"
            tensors[key] = np.ascontiguousarray(tensor, np.float32 if graph else np.float16)
    part = folder / f".{WEIGHTS}.part"
    save_file(tensors, part)
    part.replace(folder / WEIGHTS)
    whole = {"format": FORMAT, "actions": list(PUBLISHED), "members": len(members), **card}
    (folder / CARD).write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", "utf-8")
