"""The runner computes what the network computes: in pieces, side by side, in several rows."""

from __future__ import annotations

import pytest
import torch

from rtlgen.model.network import Cache, Network, NetworkConfig
from rtlgen.model.runner import FEW, Runner

SIZES = NetworkConfig(
    vocab_size=61,
    hidden_size=32,
    intermediate_size=96,
    num_hidden_layers=3,
    num_attention_heads=2,
    max_position_embeddings=256,
)


@pytest.fixture(scope="module")
def network() -> Network:
    made = Network(SIZES)
    made.initialise(3)
    for parameter in made.parameters():
        if parameter.dim() == 2:
            torch.nn.init.normal_(parameter, std=0.25)
    return made.requires_grad_(False)


def tokens(count: int, rows: int = 1) -> torch.Tensor:
    return torch.randint(0, 61, (rows, count), generator=torch.Generator().manual_seed(count))


@pytest.mark.parametrize("pieces", [[150], [7, 1, 142], [60, FEW, 66], [100, FEW + 1, 1, 24]])
def test_in_pieces(network: Network, pieces: list[int]) -> None:
    runner, ids = Runner(network), tokens(150, rows=2)
    cache = Cache(SIZES, 2, 200)
    with torch.inference_mode():
        found = torch.cat([runner.hidden(part, cache) for part in ids.split(pieces, dim=1)], dim=1)
        torch.testing.assert_close(found, network.hidden(ids), atol=2e-4, rtol=1e-3)
        torch.testing.assert_close(runner.logits(found), network.logits(found))


@pytest.mark.parametrize("lengths", [[3, 4], [20, 30, 1]])
def test_continuations_side_by_side(network: Network, lengths: list[int]) -> None:
    runner, prompt = Runner(network), tokens(40)
    cache = Cache(SIZES, 1, 200)
    rows = [tokens(count) for count in lengths]
    total = sum(lengths)
    mask = torch.zeros(total, total, dtype=torch.bool)
    start = 0
    for count in lengths:
        mask[start : start + count, start : start + count] = torch.ones(count, count).tril() > 0
        start += count
    positions = 40 + torch.cat([torch.arange(count) for count in lengths])
    with torch.inference_mode():
        runner.hidden(prompt, cache)
        found = runner.hidden(torch.cat(rows, dim=1), cache, positions, mask)
        expected = [network.hidden(torch.cat([prompt, row], dim=1))[:, 40:] for row in rows]
    torch.testing.assert_close(found, torch.cat(expected, dim=1), atol=2e-4, rtol=1e-3)
