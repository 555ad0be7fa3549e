"""A stage learns which candidate is right and how similar the others are, says when none is, and is calibrated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rtlgen.core.errors import UsageError
from rtlgen.model.ranker import Stage
from rtlgen.train.listwise import Example, Guess, StageConfig, fit_calibration, fit_stage, folds_of

NAMES = ["signal", "noise", "constant"]
SMALL = StageConfig(hidden=16, folds=2, epochs=12)


def examples(count: int, seed: int) -> list[Example]:
    """The right candidate has the largest `signal`, which is also its similarity; in a third none is right, all low."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        size = int(rng.integers(2, 9))
        features = np.stack([rng.normal(size=size), rng.normal(size=size), np.ones(size)], 1)
        labels = np.zeros(size, np.float32)
        if number % 3:
            best = int(rng.integers(size))
            features[best, 0] = features[:, 0].max() + 3
            labels[best] = 1
        else:
            features[:, 0] -= 3
        similar = np.where(labels > 0, 1, 1 / (1 + np.exp(-features[:, 0]))).astype(np.float32)
        made.append(Example(features.astype(np.float32), labels, similar, f"r{number % 5}"))
    return made


def test_it_learns_both_heads_and_knows_when_none_is_right() -> None:
    fitted = fit_stage(NAMES, examples(600, 1), SMALL)
    stage = Stage(fitted.weights)
    assert stage.names == ("signal", "noise")
    fresh = examples(200, 2)
    scores = [stage.scores(e.features[:, :2]) for e in fresh]
    right = [
        bool(e.labels[s.probabilities.argmax()]) for e, s in zip(fresh, scores, strict=True) if e.labels.any()
    ]
    assert np.mean(right) > 0.9
    sums = np.array([s.probabilities.sum() for s in scores])
    none = np.array([not e.labels.any() for e in fresh])
    assert sums.max() <= 1
    assert sums[none].mean() < sums[~none].mean() - 0.3
    told = np.concatenate([s.similarities for s in scores])
    true = np.concatenate([e.similarities for e in fresh])
    assert np.corrcoef(told, true)[0, 1] > 0.8
    assert fitted.figures["records"] == 600
    assert fitted.figures["recall"] == pytest.approx(66.7, abs=0.1)
    assert fitted.figures["top1"] > 0.85 * fitted.figures["recall"]


def test_a_repository_is_never_cut_between_folds() -> None:
    names = ["a"] * 7 + ["b"] * 3 + ["c"] * 2 + ["d"] * 2
    folds = folds_of(names, 2)
    assert {name: {f for n, f in zip(names, folds, strict=True) if n == name} for name in "abcd"} == {
        "a": {0},
        "b": {1},
        "c": {1},
        "d": {1},
    }
    assert sorted(set(folds_of(["a", "a", "a", "a"], 4))) == [0, 1, 2, 3]


def test_calibration_cools_what_was_too_sure_and_leaves_what_was_right() -> None:
    sure = Guess(np.array([0.9, 0.05, 0.05]), np.zeros(2))
    features, similar = np.zeros((2, 1), np.float32), np.zeros(2, np.float32)
    right = Example(features, np.array([1, 0], np.float32), similar, "r")
    wrong = Example(features, np.array([0, 1], np.float32), similar, "r")
    temperature, _ = fit_calibration([right] * 6 + [wrong] * 4, [sure] * 10)
    assert temperature > 1.5
    temperature, _ = fit_calibration([right] * 95 + [wrong] * 5, [sure] * 100)
    assert 0.7 < temperature < 1.4


def test_too_few_records_are_an_error() -> None:
    with pytest.raises(UsageError, match=r"3 records with candidates are too few") as raised:
        fit_stage(NAMES, examples(3, 1), replace(SMALL, folds=4))
    assert "rtlgen eval rtl-repo build" in str(raised.value)
