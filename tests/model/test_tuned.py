"""A correction keeps probabilities probabilities, changes nothing when it is zero, and refuses what it does not know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rtlgen.core.errors import ToolError
from rtlgen.model.ranker import Ranker, Scores
from rtlgen.model.tuned import Correction
from rtlgen.train.adapt_choice import Case, tune

NAMES = ("a", "b", "c")


def correction(linear: tuple[float, ...] = (0.0, 0.0, 0.0), none: float = 0.0) -> Correction:
    return Correction(NAMES, np.zeros(3), np.ones(3), np.array(linear), none)


def test_zero_changes_nothing_and_weights_move_the_mass() -> None:
    chances = np.array([0.5, 0.2])
    features = np.array([[0, 0, 0], [1, 0, 0]], dtype=np.float32)
    assert correction().applied(chances, features, NAMES) == pytest.approx(chances)
    moved = correction((2.0, 0, 0)).applied(chances, features, NAMES)
    assert moved[1] > moved[0]
    assert moved.sum() < 1
    assert correction(none=3.0).applied(chances, features, NAMES).sum() < 0.3


def test_it_comes_back_from_its_file_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "choice.npz"
    correction((1.0, 2.0, 3.0), 0.5).save(path)
    back = Correction.load(path)
    assert back.names == NAMES
    assert back.linear.tolist() == [1.0, 2.0, 3.0]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ToolError, match=r"choice of lines is damaged(.|\n)*next: rtlgen train"):
        Correction.load(path)
    with pytest.raises(ToolError, match="features that this version does not compute: c"):
        back.standardised(np.zeros((1, 2), np.float32), ("a", "b"))


class Even(Ranker):
    """Thinks every candidate as likely as any other."""

    def __init__(self) -> None:
        super().__init__({})

    def scores(self, features, names, *, model=True):  # type: ignore[no-untyped-def]
        each = np.full(len(features), 0.9 / max(1, len(features)))
        return Scores(each, each, each)


def cases(informative: bool) -> list[Case]:
    rng = np.random.default_rng(1)
    made = []
    for number in range(160):
        features = rng.normal(size=(6, 3)).astype(np.float32)
        best = int(features[:, 1].argmax()) if informative else int(rng.integers(6))
        made.append(Case(features, np.arange(6) == best, f"f{number % 8}.v"))
    return made


def test_tuning_finds_what_tells_right_lines_and_nothing_where_nothing_does() -> None:
    found = tune(cases(True), NAMES, Even())
    assert found.correction is not None
    assert found.with_it > found.without
    assert found.top_with > found.top_without + 20
    assert abs(found.correction.linear[1]) > 3 * abs(found.correction.linear[0])
    assert tune(cases(False), NAMES, Even()).correction is None


def test_too_few_lines_are_not_tuned_on() -> None:
    assert tune(cases(True)[:20], NAMES, Even()).correction is None
