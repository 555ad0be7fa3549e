"""The ranker's arithmetic, its two stages, and files of the older form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rtlgen.core.errors import ToolError
from rtlgen.model.default import DEFAULT_FOLDER
from rtlgen.model.ranker import Ranker, Stage, calibrated


def weights(**more: Any) -> dict[str, Any]:
    """One member whose score is the first feature and whose similarity is the sigmoid of the second."""
    given = {
        "names": np.array(["a", "b"]),
        "mean": np.zeros(2, np.float32),
        "scale": np.ones(2, np.float32),
        "w1": np.array([[[1, 0, -1, 0], [0, 1, 0, -1]]], np.float32),
        "b1": np.zeros((1, 4), np.float32),
        "w2": np.array([[[1, 0], [0, 1], [-1, 0], [0, -1]]], np.float32),
        "b2": np.zeros((1, 2), np.float32),
        "none": np.zeros(1, np.float32),
    }
    return {**given, **more}


ROWS = np.array([[1.0, 0.0], [0.5, 3.0]], np.float32)


def test_probabilities_similarities_and_the_choice_between_them() -> None:
    scores = Stage(weights()).scores(ROWS)
    mass = np.exp([1.0, 0.5, 0.0])
    assert scores.probabilities == pytest.approx(mass[:2] / mass.sum())
    assert scores.similarities == pytest.approx([0.5, 1 / (1 + np.exp(-3))])
    assert scores.utilities.argmax() == 0
    assert Stage(weights(weight=np.array(1.0))).scores(ROWS).utilities.argmax() == 1


def test_no_candidates_no_scores() -> None:
    assert Stage(weights()).scores(np.zeros((0, 2), np.float32)).probabilities.shape == (0,)


def test_temperature_flattens_and_the_bias_of_none_takes_from_all() -> None:
    chances = np.array([0.6, 0.3, 0.1])
    assert calibrated(chances, 1.0, 0.0) == pytest.approx(chances)
    flat = calibrated(chances, 2.0, 0.0)
    assert flat[0] < 0.6 and flat.sum() == pytest.approx(1)
    shy = calibrated(chances, 1.0, 1.0)
    assert shy[2] > 0.1 and shy[0] / shy[1] == pytest.approx(2)


def test_stages_are_chosen_by_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    more = weights(names=np.array(["a", "c"]))
    both = {f"first.{k}": v for k, v in weights().items()} | {f"second.{k}": v for k, v in more.items()}
    np.savez(path, **both)
    ranker = Ranker.load(path)
    rows = np.concatenate([ROWS, -9 * np.ones((2, 1), np.float32)], 1)
    assert ranker.scores(rows, ["a", "b", "c"], model=False).similarities[1] > 0.9
    assert ranker.scores(rows, ["a", "b", "c"]).similarities[1] < 0.1


def test_an_old_file_still_ranks(tmp_path: Path) -> None:
    old = weights()
    del old["b2"]
    old["w2"] = old["w2"][..., 0]
    np.savez(tmp_path / "old.npz", **old)
    ranker = Ranker.load(tmp_path / "old.npz")
    assert ranker.first is None
    scores = ranker.scores(ROWS, ["a", "b"])
    mass = np.exp([1.0, 0.5, 0.0])
    assert scores.probabilities == pytest.approx(mass[:2] / mass.sum())
    assert scores.utilities == pytest.approx(scores.probabilities)


def test_missing_features_and_broken_files_are_one_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"does not compute: b\n  next: rtlgen train ranker"):
        Stage(weights()).columns(["a"])
    (tmp_path / "r.npz").write_bytes(b"no")
    with pytest.raises(ToolError, match=r"r.npz: cannot load the ranker"):
        Ranker.load(tmp_path / "r.npz")
    (tmp_path / "r.npz").write_bytes((DEFAULT_FOLDER / "ranker.npz").read_bytes()[:5000])
    with pytest.raises(ToolError, match=r"r.npz: cannot load the ranker"):
        Ranker.load(tmp_path / "r.npz")
    np.savez(tmp_path / "empty.npz", x=np.zeros(1))
    with pytest.raises(ToolError, match="the ranker file holds no stage"):
        Ranker.load(tmp_path / "empty.npz").scores(ROWS, ["a", "b"])
