"""The surrogate's guesses: the prior before a score, the score at what was scored, neighbours like their neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from rtlgen.synth.search.structure import Structure
from rtlgen.synth.search.surrogate import Prior, Surrogate

ROOT = Structure(100, 10, np.arange(100, dtype=np.int32))


def moved(by: int, nodes: int = 100, levels: int = 10) -> Structure:
    return Structure(nodes, levels, np.arange(by, by + nodes, dtype=np.int32))


def test_before_a_score_the_prior_speaks() -> None:
    surrogate = Surrogate(Prior(1.0, 0.5), ROOT)
    surrogate.add([ROOT, moved(0, nodes=50), moved(0, levels=5)])
    mean, spread = surrogate.guess()
    assert mean.tolist() == pytest.approx([0.0, np.log(0.5), 0.5 * np.log(0.5)])
    assert spread[0] < spread[1]
    assert surrogate.nearest().tolist() == [1.0, 1.0, 1.0]


def test_a_score_moves_what_shares_gates_with_it_most() -> None:
    surrogate = Surrogate(Prior(), ROOT)
    surrogate.add([moved(0), moved(5), moved(60)])
    surrogate.add([moved(1000)])
    surrogate.score(0, -0.5)
    mean, spread = surrogate.guess()
    assert mean[0] < mean[1] < mean[2] < mean[3] < 0
    assert spread[0] < spread[1] < spread[2] < spread[3]
    assert surrogate.nearest().tolist() == pytest.approx([0, 1 - 95 / 105, 1 - 40 / 160, 1])


def test_distances_are_the_same_however_candidates_came() -> None:
    """Added before or behind the score that they are compared with."""
    every = [moved(by) for by in (0, 3, 9, 27, 81)]
    early, late = Surrogate(Prior(), ROOT), Surrogate(Prior(), ROOT)
    early.add(every)
    late.add(every[:2])
    for surrogate in (early, late):
        surrogate.score(0, -0.1)
        surrogate.score(1, -0.3)
    late.add(every[2:])
    for first, second in zip(early.guess(), late.guess(), strict=True):
        assert first.tolist() == pytest.approx(second.tolist())


def test_it_learns_how_much_structure_says() -> None:
    """Values that gates explain are guessed well behind `fit`, where values without any order keep a wide spread."""
    chance = np.random.default_rng(1)
    places = chance.permutation(120)
    smooth, rough = Surrogate(Prior(), ROOT), Surrogate(Prior(), ROOT)
    for surrogate in (smooth, rough):
        surrogate.add([moved(int(place)) for place in places])
    for number in range(60):
        smooth.score(number, 0.3 * float(np.sin(places[number] / 20)))
        rough.score(number, 0.3 * float(chance.standard_normal()))
        smooth.fit()
    rough.fit()
    mean, spread = smooth.guess()
    truth = 0.3 * np.sin(places / 20)
    assert np.corrcoef(mean[60:], truth[60:])[0, 1] > 0.95
    assert spread[60:].mean() < rough.guess()[1][60:].mean() / 2


def test_nothing_added_is_nothing_guessed() -> None:
    surrogate = Surrogate(Prior(), ROOT)
    surrogate.add([])
    assert len(surrogate) == 0
    assert surrogate.guess()[0].tolist() == []


def test_alike_candidates_do_not_break_the_algebra() -> None:
    surrogate = Surrogate(Prior(), ROOT)
    surrogate.add([moved(0)] * 12)
    for number in range(10):
        surrogate.score(number, -0.2)
        surrogate.fit()
    assert surrogate.guess()[0].tolist() == pytest.approx([-0.2] * 12, abs=0.02)
