"""Fitting the mixture: weights and gate find what made the data, and a file of records becomes ``mixture.json``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.settings import load_settings
from rtlgen.model.mixture import gate_features, read_weights
from rtlgen.train.mixture import fit_gate, fit_mixture, fit_weights


def test_a_weight_by_length_is_the_share_of_copied_tokens() -> None:
    draw = np.random.default_rng(0)
    copied = draw.random(4000) < 0.7  # the copy source is right in seven of ten, the model in the others
    length = np.where(np.arange(4000) % 2, 3, 0).astype(np.int32)
    weights = fit_weights(length, np.where(copied, 0.0, 1.0), np.where(copied, 1.0, 0.0))
    assert weights[0] == weights[1] == weights[2] == 0.0
    assert weights[3] == pytest.approx(0.7, abs=0.03)
    assert weights[4] == weights[-1] == weights[3]


def test_a_gate_tells_places_apart() -> None:
    draw = np.random.default_rng(1)
    sure = (
        draw.random(3000) < 0.5
    )  # where one follower is known the copy source is right, elsewhere the model
    features = gate_features(
        np.full(3000, 5), np.full(3000, 4), np.where(sure, 1, 4), np.where(sure, 1.0, 0.3), 0.5, 0.1
    )
    gate = fit_gate(features, np.where(sure, 0.01, 0.6), np.where(sure, 0.9, 0.01))
    found = gate.weights(features)
    assert found[sure].min() > 0.8
    assert found[~sure].max() < 0.2


def test_records_become_a_file_that_the_model_reads(tmp_path: Path) -> None:
    other = "\n".join(f"  assign y{i} = a{i} & b{i};" for i in range(20))
    rows = [
        {
            "context": [{"path": "other.v", "snippet": f"module other;\n{other}\nendmodule\n"}],
            "file_path": "top.v",
            "cropped_code": "module top;\n" + "\n".join(other.split("\n")[:k]),
            "next_line": other.split("\n")[k],
        }
        for k in (3, 7, 11)
    ]
    data = tmp_path / "lines.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = load_settings(tmp_path)
    figures = fit_mixture(data, settings, tmp_path / "mixture.json")
    assert figures["bits_mixture"] < figures["bits_model"]
    assert read_weights(tmp_path).gate is not None
    data.write_text("")
    with pytest.raises(UsageError, match="there is no record"):
        fit_mixture(data, settings, tmp_path / "mixture.json")
