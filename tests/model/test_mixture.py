"""The weight of copying: both kinds of file, a proper distribution, and errors for what is broken."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from rtlgen.core.errors import ToolError
from rtlgen.model.decode import _mixed
from rtlgen.model.mixture import (
    GATE_FEATURES,
    Gate,
    Mixture,
    MixtureWeights,
    gate_features,
    gate_json,
    read_weights,
)
from rtlgen.retrieval.ngrams import NOTHING, TokenIndex


def some_gate(seed: int = 0) -> Gate:
    draw = np.random.default_rng(seed)
    return Gate(draw.normal(size=(5, len(GATE_FEATURES) + 1)), draw.normal(size=6))


def test_a_mixture_sums_to_one_and_one_place_agrees_with_many() -> None:
    index = TokenIndex([[1, 2, 3, 4], [9, 2, 3, 5], [2, 3, 4]])
    row = torch.randn(12, generator=torch.Generator().manual_seed(0)).log_softmax(-1)
    for weights in (MixtureWeights((0.0, 0.3, 0.6)), MixtureWeights((0.0,), some_gate())):
        for history in ([1, 2, 3], [7, 3], [11]):
            mixed = _mixed(row, history, Mixture(index, weights)).exp()
            assert float(mixed.sum()) == pytest.approx(1.0, abs=1e-5)
            found = index.look(history)
            best, top = float(row.exp().max()), found.top
            of_top = float(row[top[0]].exp()) if found.length else 0.0
            features = gate_features(
                [found.length], [found.total], [found.distinct], [top[1]], [best], [of_top]
            )
            [weight] = weights.of(features, np.array([found.length]))
            assert Mixture(index, weights).weight(found, best, of_top) == pytest.approx(weight)
            expected = (1 - weight) * row.exp().double().numpy()
            for token, share in found.weights.items():
                expected[token] += weight * share
            assert mixed.tolist() == pytest.approx(expected.tolist(), abs=1e-6)


def test_nothing_found_is_nothing_copied() -> None:
    assert Mixture(TokenIndex([]), MixtureWeights((0.9,), some_gate())).weight(NOTHING, 0.5, 0.0) == 0.0


def test_files_of_both_versions_are_read(tmp_path: Path) -> None:
    assert not read_weights(tmp_path).any
    path = tmp_path / "mixture.json"
    path.write_text(json.dumps({"weights": [0.0, 0.1, 0.5]}))
    old = read_weights(tmp_path)
    assert old.gate is None
    assert old.of(np.zeros((3, len(GATE_FEATURES))), np.array([0, 1, 9])).tolist() == [0.0, 0.1, 0.5]
    path.write_text(json.dumps({"weights": [0.0, 0.1], **gate_json(some_gate())}))
    new = read_weights(tmp_path)
    assert new.gate is not None
    assert new.gate.hidden == pytest.approx(some_gate().hidden, abs=1e-5)


@pytest.mark.parametrize("damage", ["no json", "other features", "shape", "no weights"])
def test_a_broken_file_is_one_error(tmp_path: Path, damage: str) -> None:
    content = {"weights": [0.0, 0.1], **gate_json(some_gate())}
    if damage == "other features":
        content["features"] = ["length"]
    elif damage == "shape":
        content["out"] = [0.0]
    elif damage == "no weights":
        del content["weights"]
    (tmp_path / "mixture.json").write_text("{" if damage == "no json" else json.dumps(content))
    with pytest.raises(ToolError, match=r"cannot read the mixture weights: .*(\n.*)*next: rtlgen doctor"):
        read_weights(tmp_path)
