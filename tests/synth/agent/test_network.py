"""The network is the published one but for the recipe encoder, and numpy computes the same as torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch_geometric.data import Batch

from rtlgen.synth.agent import inference, network
from rtlgen.synth.agent.features import data_of, graph_of
from rtlgen.synth.agent.inference import Inference
from rtlgen.synth.agent.network import AgentNetwork
from rtlgen.synth.circuit import Circuit


@pytest.fixture(scope="module")
def net() -> AgentNetwork:
    return AgentNetwork(seed=3).eval()


def weights(net: AgentNetwork) -> dict[str, np.ndarray]:
    return {name: tensor.detach().numpy() for name, tensor in net.state_dict().items()}


def test_published_sizes(net: AgentNetwork) -> None:
    shapes = {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
    assert shapes["types.weight"] == (3, 3)
    assert shapes["conv1.lin.weight"] == (32, 4) and shapes["conv2.lin.weight"] == (32, 32)
    assert shapes["dense.weight"] == (256, 64 + network.RECIPE_WIDTH)
    assert shapes["policy2.weight"] == (7, 256) and shapes["value2.weight"] == (1, 256)
    assert float(net.policy2.weight.detach().abs().max()) < 0.01  # the last policy layer is scaled by 0.01
    assert (inference.START, inference.DECIMALS) == (network.START, network.DECIMALS)


def test_numpy_embeds_as_torch_does(net: AgentNetwork, knot: Circuit) -> None:
    graph = graph_of(knot.aiger)
    with torch.no_grad():
        expected = net.embed(Batch.from_data_list([data_of(graph), data_of(graph)])).numpy()
    mine = Inference(weights(net)).embed(graph)
    assert mine.shape == (64,) and np.allclose(expected, mine, atol=1.1e-3)
    assert np.allclose(mine, np.round(mine, 3), atol=1e-6)
    assert mine.std() > 0.01


def test_numpy_judges_as_torch_does(net: AgentNetwork) -> None:
    embedding = np.linspace(-1, 1, 64, dtype=np.float32)
    recipes = np.array([[3, 1, 6, 6, 0], [2, 2, 5, 4, 1]])
    with torch.no_grad():
        logits, values = net.judge(torch.from_numpy(np.stack([embedding] * 2)), torch.from_numpy(recipes))
    mine = Inference(weights(net))
    for row, recipe in enumerate(recipes):
        for length in range(len(recipe) + 1):
            prefix = [int(action) for action in recipe[:length]]
            expected = torch.softmax(logits[row, length], 0).numpy()
            assert np.allclose(mine.policy(embedding, prefix), expected, atol=1e-5)
            assert mine.value(embedding, prefix) == pytest.approx(float(values[row, length]), abs=1e-5)
    whole, chances = mine.judge_all(embedding, recipes)
    assert np.allclose(whole, values[:, -1].numpy(), atol=1e-5)
    taken = torch.log_softmax(logits[:, :-1], -1).gather(2, torch.from_numpy(recipes)[..., None]).sum((1, 2))
    assert np.allclose(chances, taken.numpy(), atol=1e-4)


def test_features_that_group_prefixes_lie_between_0_and_1(net: AgentNetwork) -> None:
    value, features = Inference(weights(net)).judged(np.ones(64, np.float32), (1, 2))
    assert features.shape == (256,) and 0 <= features.min() < features.max() <= 1 and -1 <= value <= 1


def test_the_rounding_lets_gradients_pass_unless_the_graph_is_frozen(knot: Circuit) -> None:
    batch = Batch.from_data_list([data_of(graph_of(knot.aiger))])
    for frozen in (False, True):
        net = AgentNetwork(frozen_graph=frozen)
        logits, values = net.judge(net.embed(batch), torch.tensor([[1, 2, 3]]))
        (logits.sum() + values.sum()).backward()
        gradient = net.conv1.lin.weight.grad
        assert (gradient is None or not gradient.abs().sum()) if frozen else gradient.abs().sum() > 0
