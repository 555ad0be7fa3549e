"""Fitting the recipe agent's networks to judged recipes.

What carries over between circuits is the standing of a recipe among the recipes of its circuit, not its reward: on some
circuits every recipe is worse than resyn2, on others every one is better. So the value learns ``tanh(z / 2)``, z the
reward less the circuit's mean over its deviation, at every prefix of a recipe, and the policy the next action of each
prefix, recipes weighted by ``exp(z / tau)``. From tree search it learns visit counts instead.

    L = sum_t [ w CE(policy_t, action_t) + (value_t - target)^2 ]        over the prefixes t of a recipe

Published: Adam at 0.01 with a plateau schedule over batches of 320. Here AdamW with one cycle, since there is one pass
over fixed records before any tree search.

Source: arXiv 2401.12205 and SeeA* (NeurIPS 2024), with these departures. Try: ``rtlgen train agent --help``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rtlgen.train.agent_pooled import pool

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from rtlgen.synth.agent.network import AgentNetwork
    from rtlgen.train.agent_records import Judged

    Array = NDArray[np.float32]


@dataclass(frozen=True)
class FitConfig:
    """Constants of a fit."""

    steps: int = 400
    batch: int = 256
    """Recipes a step."""
    rate: float = 1e-3
    weight_decay: float = 1e-2
    tau: float = 1.0
    """Temperature of the weights of recipes for the policy."""
    own: float = 0.25
    """Weight of a circuit's own recipes in the policy's loss."""
    fresh: int = 20_000
    """Recipes that the pooled model judges, beside the records."""
    pooled_tau: float = 0.06
    """Temperature of the pooled model's policy."""
    hide: float = 0.3
    """Share of recipes whose circuit is hidden behind the mean embedding."""
    seed: int = 1


@dataclass(frozen=True)
class Rows:
    """Judged recipes of several circuits: n recipes of length t."""

    embeddings: Array
    """(n, 64) of each recipe's circuit."""
    recipes: NDArray[np.int64]
    """(n, t) actions."""
    targets: Array
    """(n, t, 7) distributions over the next action that the policy learns."""
    weights: Array
    """(n, t) of the policy's loss."""
    values: Array
    """(n, t + 1) targets of the value at each prefix, in -1 to 1."""

    def __len__(self) -> int:
        return len(self.recipes)


def standing(rewards: Array) -> Array:
    """Rewards of one circuit's recipes in deviations from their mean; 0 when they are all alike."""
    spread = float(rewards.std())
    return (
        np.zeros_like(rewards)
        if spread < 1e-6
        else np.asarray((rewards - rewards.mean()) / spread, np.float32)
    )


def rows_of(
    records: Mapping[str, tuple[NDArray[np.int64], Array]], embeddings: Mapping[str, Array], config: FitConfig
) -> Rows:
    """The rows of `records`: circuit -> recipes (n, t) and their rewards (n,). Every circuit weighs the same.

    Circuits on which every recipe has the same reward teach nothing and are left out.
    """
    parts = []
    for name in sorted(records):
        recipes, rewards = records[name]
        z = standing(rewards)
        if len(z) < 8 or not z.any():
            continue
        weight = np.exp(np.clip(z, -4, 4) / config.tau)
        weight = (weight / weight.mean()).astype(np.float32)
        length = recipes.shape[1]
        parts.append(
            Rows(
                np.repeat(embeddings[name][None], len(z), 0),
                recipes,
                np.eye(7, dtype=np.float32)[recipes],
                np.repeat(np.float32(config.own) * weight[:, None], length, 1),
                np.repeat(np.tanh(z / 2)[:, None], length + 1, 1).astype(np.float32),
            )
        )
    return joined(parts)


def pooled_rows(records: Judged, embeddings: Mapping[str, Array], config: FitConfig) -> Rows:
    """Fresh recipes, half of them uniform, half drawn by the pooled model, as that model judges them.

    They stand for no circuit, so their embedding is one of the circuits at random.
    """
    model = pool({name: (recipes, standing(rewards)) for name, (recipes, rewards) in records.items()})
    chance = np.random.default_rng(config.seed)
    length = len(model.single)
    half = config.fresh // 2
    recipes = np.concatenate(
        [chance.integers(0, 7, (half, length)), model.drawn(config.fresh - half, config.pooled_tau, chance)]
    )
    policy = model.policy(config.pooled_tau)
    before = np.concatenate([np.full((len(recipes), 1), 7), recipes[:, :-1]], 1)
    targets = policy[np.arange(length), before].astype(np.float32)
    names = sorted(records)
    places = np.array([embeddings[name] for name in names], np.float32)[
        chance.integers(0, len(names), len(recipes))
    ]
    values = np.tanh(model.values(recipes) / 2).astype(np.float32)
    return Rows(places, recipes, targets, np.ones(recipes.shape, np.float32), values)


def episode_rows(row: Mapping[str, Any], embedding: Array, value: float) -> Rows:
    """An episode as something to learn: the visits at each depth, and one value."""
    visits = np.array([row["visits"]], np.float32)  # (1, t, 7)
    recipe = np.array([row["recipe"]], np.int64)
    values = np.full((1, recipe.shape[1] + 1), value, np.float32)
    return Rows(embedding[None], recipe, visits, np.ones(recipe.shape, np.float32), values)


def joined(parts: Sequence[Rows]) -> Rows:
    """All rows of several sets."""
    names = ("embeddings", "recipes", "targets", "weights", "values")
    return Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def fit(
    rows: Rows, config: FitConfig, start: Mapping[str, Array] | None = None, *, graph_seed: int = 1
) -> dict[str, Array]:
    """Weights of a network (by name) fitted to `rows`, from random ones or from `start`. One thread: always the same.

    The graph layers keep the weights that `graph_seed` gave them: see `rtlgen.synth.agent.network`.
    """
    import torch

    from rtlgen.synth.agent.network import AgentNetwork

    torch.set_num_threads(1)
    graph = AgentNetwork(frozen_graph=True, seed=graph_seed).state_dict()
    network = AgentNetwork(frozen_graph=True, seed=config.seed)
    kept = {name: tensor for name, tensor in graph.items() if name.startswith(("types.", "conv"))}
    network.load_state_dict({**network.state_dict(), **kept})
    if start is not None:
        network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in start.items()})
    learned = [p for name, p in network.named_parameters() if not name.startswith(("types.", "conv"))]
    optimiser = torch.optim.AdamW(learned, config.rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.rate, total_steps=config.steps + 1)
    chance = np.random.default_rng(config.seed)
    mean = torch.from_numpy(rows.embeddings.mean(0, keepdims=True))
    for _ in range(config.steps):
        chosen = chance.integers(0, len(rows), config.batch)
        hidden = torch.from_numpy(chance.random((config.batch, 1)) < config.hide)
        embedding = torch.where(hidden, mean, torch.from_numpy(rows.embeddings[chosen]))
        loss = _loss(network, rows, chosen, embedding)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimiser.step()
        schedule.step()
    return {name: np.array(tensor.numpy()) for name, tensor in network.state_dict().items()}


def _loss(
    network: AgentNetwork, rows: Rows, chosen: NDArray[np.int64], embedding: torch.Tensor
) -> torch.Tensor:
    import torch

    logits, values = network.judge(embedding, torch.from_numpy(rows.recipes[chosen]))
    targets = torch.from_numpy(rows.targets[chosen])  # (b, t, 7)
    entropy = -(targets * torch.log_softmax(logits[:, :-1], -1)).sum(-1)  # (b, t)
    policy = (torch.from_numpy(rows.weights[chosen]) * entropy).mean()
    wanted = torch.from_numpy(rows.values[chosen])
    return policy + (values - wanted).square().mean()
