"""What the agent sees of a circuit: the graph of its AIG, and a few numbers about its shape.

The graph is that of ABC-RL and SeeA*: one node for the constant, each input, each AND and each output; an edge from
every node to each of its fan-ins; a node's type (0 constant or output, 1 input, 2 AND) and, for an AND, how many of its
fan-ins are inverted. Only the circuit as it is given is ever turned into a graph, never what a recipe makes of it.

aigverse reads the AIGER. Its networks are never changed here: its copies share their state with the original.

Source: arXiv 2401.12205 and its code. Try: ``rtlgen memory near circuit.aig``
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rtlgen.core.errors import DesignError
from rtlgen.core.scratch import scratch

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONSTANT, INPUT, AND = 0, 1, 2
"""Types of nodes; outputs count as constants, as published."""
SHAPE = (
    "nodes",
    "levels",
    "inputs",
    "outputs",
    "width",
    "inverted",
    "double_inverted",
    "mean_level",
    "single_fanout",
    "heavy_fanout",
    "input_fanout",
)
"""Names of the numbers of `shape_of`."""
SHAPE_MEAN = (7.243, 3.7, 3.944, 3.533, 3.584, 0.784, 0.357, 0.322, 0.819, 0.029, 2.815)
SHAPE_SCALE = (1.414, 1.179, 1.327, 1.136, 1.17, 0.111, 0.128, 0.094, 0.142, 0.02, 1.253)
"""Mean and deviation of these numbers over the 22 training circuits: what a distance is measured in."""


@dataclass(frozen=True)
class Graph:
    """The AIG of a circuit with n nodes and m edges."""

    kinds: NDArray[np.int64]
    """(n,) types of nodes."""
    inverted: NDArray[np.float32]
    """(n,) inverted fan-ins of a node, 0 to 2."""
    edges: NDArray[np.int64]
    """(2, m): a node, and one of its fan-ins."""
    levels: NDArray[np.float32]
    """(n,) level of a node; inputs are at 0."""

    def __len__(self) -> int:
        return len(self.kinds)


def graph_of(aiger: bytes) -> Graph:
    """The graph of a combinational circuit in binary AIGER, as ABC wrote it. DesignError when aigverse cannot read it."""
    from aigverse.io import read_aiger_into_aig

    with scratch() as folder:
        path = folder / "circuit.aig"
        path.write_bytes(aiger)
        try:
            tensors = read_aiger_into_aig(str(path)).to_graph_tensors()
        except (RuntimeError, ValueError) as error:
            raise DesignError(f"aigverse cannot read the circuit: {error}", hint="rtlgen doctor") from error
    nodes = np.asarray(tensors["node_attr"])  # (n, 2): 0 constant, 1 input, 2 AND, 3 output; level
    edges = np.asarray(tensors["edge_index"]).astype(np.int64)  # (2, m): fan-in, node
    kinds = nodes[:, 0].astype(np.int64)
    inverted = np.zeros(len(nodes), np.float32)
    np.add.at(inverted, edges[1], np.asarray(tensors["edge_attr"])[:, 0].astype(np.float32))
    inverted[kinds != AND] = 0
    kinds[kinds > AND] = CONSTANT
    return Graph(kinds, inverted, edges[::-1].copy(), nodes[:, 1].astype(np.float32))


def data_of(graph: Graph) -> Any:
    """The graph as a `torch_geometric.data.Data`: ``x`` (n, 2) with type and inverted fan-ins, ``edge_index`` (2, m)."""
    import torch
    from torch_geometric.data import Data

    x = np.stack([graph.kinds.astype(np.float32), graph.inverted], 1)
    return Data(x=torch.from_numpy(x), edge_index=torch.from_numpy(graph.edges))


def shape_of(graph: Graph) -> NDArray[np.float32]:
    """(len(SHAPE),) numbers about a circuit that need no training: logarithms of sizes, and shares of nodes."""
    ands, inputs = graph.kinds == AND, graph.kinds == INPUT
    outputs = len(graph) - ands.sum() - inputs.sum() - 1
    fanout = np.bincount(graph.edges[1], minlength=len(graph))
    nodes, levels = max(1, int(ands.sum())), float(graph.levels[ands | inputs].max(initial=1))
    return np.array(
        [
            np.log(nodes),
            np.log1p(levels),
            np.log1p(inputs.sum()),
            np.log1p(outputs),
            np.log(nodes / max(1.0, levels)),
            (graph.inverted[ands] > 0).mean() if ands.any() else 0.0,
            (graph.inverted[ands] > 1).mean() if ands.any() else 0.0,
            graph.levels[ands].mean() / max(1.0, levels) if ands.any() else 0.0,
            (fanout[ands] <= 1).mean() if ands.any() else 0.0,
            (fanout[ands] >= 4).mean() if ands.any() else 0.0,
            np.log1p(fanout[inputs].mean()) if inputs.any() else 0.0,
        ],
        np.float32,
    )
