"""The ranker learns which candidate is right, says when none is, and stores what numpy then computes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.model.ranker import Ranker
from rtlgen.train.ranker import Example, RankerConfig, evaluate, fit, read_examples

NAMES = ["signal", "noise", "constant"]


def examples(count: int, seed: int) -> list[Example]:
    """The right candidate has the largest `signal`; in a third of the records no candidate is right and all are low."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        size = int(rng.integers(2, 9))
        features = np.stack([rng.normal(size=size), rng.normal(size=size), np.ones(size)], 1).astype(
            np.float32
        )
        labels = np.zeros(size, np.float32)
        if number % 3:
            best = int(rng.integers(size))
            features[best, 0] = features[:, 0].max() + 3
            labels[best] = 1
        else:
            features[:, 0] -= 3
        made.append(Example(features, labels, "r"))
    return made


def test_it_learns_and_the_stored_file_ranks_alike(tmp_path: Path) -> None:
    config = replace(RankerConfig(), members=2, epochs=12, hidden=16)
    figures = fit(NAMES, examples(400, 1), config, tmp_path / "ranker.npz")
    fresh = examples(200, 2)
    ranker = Ranker.load(tmp_path / "ranker.npz")
    measured = evaluate(ranker, NAMES, fresh)
    assert measured["recall"] == pytest.approx(66.5, abs=1)
    assert measured["top1"] > 0.9 * measured["recall"]
    assert figures["top1"] > 0.7 * figures["recall"]
    assert "constant" not in ranker.names
    columns = ranker.columns(NAMES)
    sums = [ranker.probabilities(e.features[:, columns]).sum() for e in fresh]
    empty = [s for s, e in zip(sums, fresh, strict=True) if not e.labels.any()]
    full = [s for s, e in zip(sums, fresh, strict=True) if e.labels.any()]
    assert max(sums) <= 1.0
    assert np.mean(empty) < np.mean(full) - 0.1


def test_no_candidates_no_probabilities(tmp_path: Path) -> None:
    fit(NAMES, examples(60, 1), replace(RankerConfig(), members=1, epochs=1), tmp_path / "r.npz")
    assert Ranker.load(tmp_path / "r.npz").probabilities(np.zeros((0, 2), np.float32)).shape == (0,)


def test_missing_features_and_broken_files_are_one_error(tmp_path: Path) -> None:
    fit(NAMES, examples(60, 1), replace(RankerConfig(), members=1, epochs=1), tmp_path / "r.npz")
    with pytest.raises(ToolError, match=r"does not compute: noise\n  next: rtlgen train ranker"):
        Ranker.load(tmp_path / "r.npz").columns(["signal"])
    (tmp_path / "r.npz").write_bytes(b"no")
    with pytest.raises(ToolError, match=r"r.npz: cannot load the ranker"):
        Ranker.load(tmp_path / "r.npz")
    with pytest.raises(UsageError, match="no collected features here"):
        read_examples([tmp_path / "absent"])
