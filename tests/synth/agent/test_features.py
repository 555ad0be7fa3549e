"""The graph of a circuit is what ABC says of it, node by node, and the shape is made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rtlgen.core.errors import DesignError
from rtlgen.synth.agent.features import AND, CONSTANT, INPUT, SHAPE, SHAPE_MEAN, data_of, graph_of, shape_of
from rtlgen.synth.circuit import Circuit, read_circuit

BLIF = """.model tiny
.inputs a b c
.outputs y z
.names a b n
01 1
.names n c y
00 1
.names a z
0 1
.end
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Circuit:
    (tmp_path / "tiny.blif").write_text(BLIF)
    return read_circuit(tmp_path / "tiny.blif", tmp_path)


def test_nodes_types_and_inverted_fan_ins(tiny: Circuit) -> None:
    graph = graph_of(tiny.aiger)
    assert [int(kind) for kind in graph.kinds] == [CONSTANT, *[INPUT] * 3, AND, AND, CONSTANT, CONSTANT]
    # n = !a b has one inverted fan-in, y = !n !c two; outputs count none, though z is inverted
    assert sorted(graph.inverted[graph.kinds == AND]) == [1, 2]
    assert not graph.inverted[graph.kinds != AND].any()


def test_edges_go_from_a_node_to_its_fan_ins(tiny: Circuit) -> None:
    graph = graph_of(tiny.aiger)
    for node in range(len(graph)):
        fan_ins = graph.edges[1][graph.edges[0] == node]
        expected = {AND: 2, INPUT: 0}.get(int(graph.kinds[node]), 0 if node == 0 else 1)
        assert len(fan_ins) == expected
        assert all(graph.levels[f] < graph.levels[node] for f in fan_ins if graph.kinds[node] == AND)


def test_sizes_are_those_of_abc(knot: Circuit) -> None:
    graph = graph_of(knot.aiger)
    assert (graph.kinds == AND).sum() == knot.nodes
    assert (graph.kinds == INPUT).sum() == knot.inputs
    assert graph.levels[graph.kinds == AND].max() == knot.levels
    assert len(graph) == 1 + knot.inputs + knot.nodes + knot.outputs


def test_the_same_bytes_give_the_same_graph_and_nothing_is_changed(knot: Circuit) -> None:
    before = bytes(knot.aiger)
    first, second = graph_of(knot.aiger), graph_of(knot.aiger)
    assert np.array_equal(first.edges, second.edges) and np.array_equal(first.inverted, second.inverted)
    assert knot.aiger == before


def test_as_torch_geometric_data(tiny: Circuit) -> None:
    graph = graph_of(tiny.aiger)
    data = data_of(graph)
    assert data.num_nodes == len(graph) and data.num_edges == graph.edges.shape[1]
    assert data.x.shape == (len(graph), 2) and data.x[:, 0].tolist() == graph.kinds.tolist()


def test_shape(knot: Circuit) -> None:
    shape = dict(zip(SHAPE, shape_of(graph_of(knot.aiger)), strict=True))
    assert len(shape) == len(SHAPE) == len(SHAPE_MEAN)
    assert shape["nodes"] == pytest.approx(np.log(knot.nodes))
    assert shape["levels"] == pytest.approx(np.log1p(knot.levels))
    assert shape["outputs"] == pytest.approx(np.log1p(knot.outputs))
    assert 0 < shape["double_inverted"] <= shape["inverted"] <= 1


def test_what_is_no_circuit_is_an_error() -> None:
    with pytest.raises(DesignError, match="aigverse cannot read the circuit"):
        graph_of(b"no circuit")
