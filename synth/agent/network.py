"""The networks of the agent, for training: a graph of the circuit and the recipe so far to a policy and a value.

    z = round(mean ++ max over nodes of GCN2(relu(GCN1(embedding(type) ++ inverted))), 3)          64
    r = GRU over the embedded actions                                                            128
    h = leaky(W (z ++ r)),  policy = softmax(P2 leaky(P1 h)),  value = tanh(V2 leaky(V1 h))

As published: two graph convolutions of 32, both poolings, the rounding, the sizes of the dense layers and the scale of
0.01 on the last policy layer. Two things differ. The published recipe encoder is a frozen bert-base-cased that reads the
numbers of the actions; a small GRU that learns them takes its place. And in the published code no gradient passes the
rounding, so its graph layers keep their random weights; here it does unless the layers are frozen.

Running a trained agent needs none of this (`rtlgen.synth.agent.inference` computes the same in numpy).

Source: arXiv 2401.12205 and its code; SeeA* (NeurIPS 2024) has the same network with a value head alone.
Try: ``rtlgen train agent --help``
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

ACTIONS = 7
TYPES, TYPE_WIDTH = 3, 3
GRAPH_WIDTH = 32
EMBEDDING = 2 * GRAPH_WIDTH
ACTION_WIDTH, RECIPE_WIDTH = 16, 128
HIDDEN = 256
DECIMALS = 3
START = ACTIONS
"""The symbol that every recipe begins with for the GRU."""


class AgentNetwork(nn.Module):
    """Policy and value of recipes' prefixes on circuits. ``network.embed`` and ``network.judge`` are its two halves."""

    def __init__(self, *, frozen_graph: bool = False, seed: int = 1) -> None:
        """With `frozen_graph` the graph layers keep their first weights, as in the published code."""
        from torch_geometric.nn import GCNConv

        super().__init__()
        torch.manual_seed(seed)
        self.frozen_graph = frozen_graph
        self.types = nn.Embedding(TYPES, TYPE_WIDTH)
        self.conv1 = GCNConv(TYPE_WIDTH + 1, GRAPH_WIDTH)
        self.conv2 = GCNConv(GRAPH_WIDTH, GRAPH_WIDTH)
        self.actions = nn.Embedding(ACTIONS + 1, ACTION_WIDTH)
        self.recipe = nn.GRU(ACTION_WIDTH, RECIPE_WIDTH, batch_first=True)
        self.dense = nn.Linear(EMBEDDING + RECIPE_WIDTH, HIDDEN)
        self.policy1, self.policy2 = nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, ACTIONS)
        self.value1, self.value2 = nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, 1)
        nn.init.xavier_uniform_(self.types.weight)
        for layer in (self.dense, self.policy1, self.value1, self.value2):
            nn.init.kaiming_uniform_(layer.weight)
        nn.init.xavier_uniform_(self.policy2.weight)
        with torch.no_grad():
            self.policy2.weight.mul_(0.01)

    def embed(self, batch: Any) -> torch.Tensor:
        """(g, 64) embeddings of a `torch_geometric` batch of g graphs (see `features.data_of`)."""
        from torch_geometric.nn import global_max_pool, global_mean_pool

        x = torch.cat([self.types(batch.x[:, 0].long()), batch.x[:, 1:]], 1)  # (n, 4)
        h = torch.relu(self.conv1(x, batch.edge_index))
        h = self.conv2(h, batch.edge_index)  # (n, 32)
        pooled = torch.cat([global_mean_pool(h, batch.batch), global_max_pool(h, batch.batch)], 1)
        rounded = torch.round(pooled, decimals=DECIMALS).detach()
        return rounded if self.frozen_graph else pooled + (rounded - pooled).detach()

    def judge(self, embedding: torch.Tensor, steps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (b, t + 1, 7) and values (b, t + 1) of all prefixes of `steps` (b, t; actions 0 to 6), empty first.

        `embedding` is (b, 64): the circuit of each row.
        """
        start = torch.full((len(steps), 1), START, dtype=steps.dtype)
        states, _ = self.recipe(self.actions(torch.cat([start, steps], 1)))  # (b, t + 1, 128)
        wide = embedding[:, None].expand(-1, states.shape[1], -1)
        h = nn.functional.leaky_relu(self.dense(torch.cat([wide, states], 2)))
        logits = self.policy2(nn.functional.leaky_relu(self.policy1(h)))
        value = torch.tanh(self.value2(nn.functional.leaky_relu(self.value1(h))))
        return logits, value[..., 0]
