"""The groups of features: ranks, gaps, likeness, what the token index says; a group that is not filled stays 0."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rtlgen.complete.copied import copied_shares
from rtlgen.complete.evidence import (
    COLUMN,
    POOL_FEATURES,
    SECOND_FEATURES,
    fill_copied,
    fill_first,
    fill_model,
    likeness,
    matrix_of,
)
from rtlgen.model.default import DefaultModel, ScoredLine
from rtlgen.model.ranker import Scores
from rtlgen.retrieval.ngrams import TokenIndex
from rtlgen.retrieval.propose.features import FEATURES

TEXTS = ["  a <= b;", "  a <= c;", "end"]
FLAGS: dict[str, dict[int, int]] = {"model_greedy": {}, "model_mixed": {1: 1}, "model_sampled": {}}


def matrix() -> np.ndarray:  # type: ignore[type-arg]
    return matrix_of([[0.0] * len(FEATURES) for _ in TEXTS])


def test_every_feature_has_one_name() -> None:
    assert len(set(POOL_FEATURES)) == len(POOL_FEATURES)
    assert set(SECOND_FEATURES) < set(POOL_FEATURES)


def test_the_model_s_scores_as_sums_means_ranks_and_gaps() -> None:
    rows = matrix()
    scored = [ScoredLine(TEXTS[0], (-1.0, -1.0)), ScoredLine(TEXTS[1], (-0.5, -0.1)), None]
    fill_model(rows, TEXTS, scored, FLAGS)
    assert rows[:, COLUMN["model_sum"]] == pytest.approx([-2.0, -0.6, -20.0])
    assert rows[:, COLUMN["model_mean_rank"]] == pytest.approx([1 / 2, 1, 1 / 3])
    assert rows[:, COLUMN["model_sum_gap"]] == pytest.approx([-1.4, 0, -19.4])
    assert rows[:, COLUMN["model_mixed"]].tolist() == [0, 1, 0]
    assert rows[1, COLUMN["like_model"]] == 1
    assert rows[0, COLUMN["like_model"]] == pytest.approx(8 / 9)


def test_the_first_stage_as_features() -> None:
    rows = matrix()
    first = Scores(np.array([0.5, 0.25, 0.0]), np.array([0.9, 0.8, 0.1]), np.array([0.7, 0.6, 0.1]))
    fill_first(rows, TEXTS, first)
    assert rows[:, COLUMN["first_none"]] == pytest.approx([0.25] * 3)
    assert rows[:, COLUMN["first_rank"]] == pytest.approx([1, 1 / 2, 1 / 3])
    believed = likeness(TEXTS, TEXTS) @ first.probabilities
    assert rows[:, COLUMN["like_believed"]] == pytest.approx(believed)
    assert rows[0, COLUMN["like_believed"]] == pytest.approx(0.5 + 0.25 * 8 / 9)


def test_the_index_alone_and_in_halves_with_the_model() -> None:
    rows = matrix()
    scored = [ScoredLine(TEXTS[0], (0.0, 0.0)), ScoredLine(TEXTS[1], (0.0, 0.0)), None]
    fill_copied(rows, [[1.0, 1.0], [0.0, 0.0], []], scored)
    assert rows[0, COLUMN["mixed_sum"]] == pytest.approx(0, abs=1e-6)
    assert rows[1, COLUMN["mixed_mean"]] == pytest.approx(np.log(0.5), abs=1e-6)
    assert rows[1, COLUMN["copied_min"]] == pytest.approx(np.log(1e-4))
    assert rows[:, COLUMN["mixed_rank"]] == pytest.approx([1, 1 / 2, 1 / 3])


def test_shares_of_the_token_index_fit_the_model_s_log_probabilities() -> None:
    model = DefaultModel()
    text = "module a;\n  assign x = y;\n  assign z = y;\nendmodule\n"
    index = TokenIndex([model.tokenizer.encode(text)])
    lines = ["  assign z = y;", "  wire [7:0] nothing_like_it;", ""]
    prompt = "module b;\n  assign x = y;\n"
    shares = copied_shares(model, index, prompt, lines)
    scored = model.score_lines(prompt, lines)
    assert [len(s) for s in shares] == [len(s.logprobs) for s in scored]
    assert all(0 <= share <= 1 for row in shares for share in row)
    assert np.mean(shares[0]) > 2 * np.mean(shares[1])


def test_long_lines_are_looked_up_in_part() -> None:
    model = DefaultModel()
    line = "  assign x = {" + ", ".join(f"signal_{i}" for i in range(40)) + "};"
    index = TokenIndex([model.tokenizer.encode(line + "\n")])
    (shares,) = copied_shares(model, index, "module a;\n", [line])
    assert len(shares) == len(model.score_lines("module a;\n", [line])[0].logprobs)


def test_a_ranker_of_two_stages_cuts_the_pool(tmp_path: Path) -> None:
    from rtlgen.complete.pool import SCORED
    from rtlgen.complete.unit import unit_completer
    from rtlgen.core.settings import load_settings
    from rtlgen.model.ranker import Ranker, Stage

    names = np.array(["seen_own", "tokens"])
    stage = Stage(
        {
            "names": names,
            "mean": np.zeros(2, np.float32),
            "scale": np.ones(2, np.float32),
            "w1": np.ones((1, 2, 1), np.float32),
            "b1": np.zeros((1, 1), np.float32),
            "w2": np.ones((1, 1, 2), np.float32),
            "b2": np.zeros((1, 2), np.float32),
            "none": np.zeros(1, np.float32),
        }
    )
    text = "".join(
        f"module m{i}(input a{i}, output b{i});\n  assign b{i} = a{i};\nendmodule\n" for i in range(30)
    )
    settings = load_settings(tmp_path)
    completer = unit_completer({"other.v": text}, settings, ranked=False)
    completer.ranker = Ranker({"first": stage})
    ranking = completer.rank("top.v", "module top(input a, output b);\n")
    assert ranking.pool is not None and ranking.pool.features is not None
    assert 0 < len(ranking.pool.texts) <= SCORED + 1
    assert (ranking.pool.features[:, COLUMN["first_chance"]] > 0).all()
    assert (ranking.pool.features[:, COLUMN["copied_mean"]] < 0).all()
    utilities = [line.utility for line in ranking.lines]
    assert utilities == sorted(utilities, reverse=True)
