"""The screen: candidates without a score, each AIG once, the most promising chosen; and recipes near others."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from rtlgen.synth.explorer import Explorer
from rtlgen.synth.qor import Objective
from rtlgen.synth.recipe import PUBLISHED
from rtlgen.synth.search.screen import WORST, Screen, expected_improvement, ratio, varied
from rtlgen.synth.search.surrogate import Prior
from rtlgen.synth.search.tracker import Tracker


@pytest.fixture
def tracker(explorer: Explorer) -> Tracker:
    return Tracker(explorer, Objective(), budget=10)


def test_walking_is_free_and_every_prefix_is_a_candidate_once(tracker: Tracker) -> None:
    screen = Screen(tracker, Prior())
    steps = ("rewrite", "balance", "refactor", "balance")
    added = screen.grow([steps, ("rewrite", "balance"), steps])
    assert 2 <= added <= 5
    assert added == len(screen.candidates) == len(screen.surrogate)
    assert screen.grow([steps]) == 0
    assert tracker.spent == 0
    assert screen.candidates[0].steps == ()
    assert all(each.steps == steps[: len(each.steps)] for each in screen.candidates)
    stats = [tracker.stats(each.steps) for each in screen.candidates]
    assert stats == [(each.structure.nodes, each.structure.levels) for each in screen.candidates]
    assert screen.find(("rewrite",)) is not None
    assert screen.find(("resub",)) is None


def test_the_choice_is_new_until_nothing_is_left(tracker: Tracker) -> None:
    screen = Screen(tracker, Prior())
    assert screen.choose() is None
    screen.grow([("rewrite", "balance"), ("refactor -z", "resub")])
    chosen = []
    for _ in screen.candidates:
        number = screen.choose()
        assert number is not None
        chosen.append(number)
        screen.scored(number, tracker.baseline)
    assert sorted(chosen) == list(range(len(screen.candidates)))
    assert screen.choose() is None


def test_smaller_is_chosen_before_anything_is_known(tracker: Tracker) -> None:
    screen = Screen(tracker, Prior(nodes=1.0, levels=0.0))
    screen.grow([("rewrite", "refactor", "resub", "balance", "rewrite -z", "rewrite")])
    number = screen.choose()
    assert number is not None
    assert screen.candidates[number].structure.nodes == min(
        each.structure.nodes for each in screen.candidates
    )
    assert screen.parents()[0] == number


def test_expected_improvement_grows_with_promise_and_with_doubt() -> None:
    gain = expected_improvement(np.array([0.0, -0.1, 0.0, 5.0]), np.array([0.1, 0.1, 0.2, 0.1]), best=0.0)
    assert gain[0] == pytest.approx(0.1 / np.sqrt(2 * np.pi))
    assert gain[1] > gain[0] and gain[2] > gain[0]
    assert gain[3] == pytest.approx(0.0, abs=1e-12)


def test_variations_stay_within_the_actions_and_the_length() -> None:
    chance = random.Random(3)
    steps: tuple[str, ...] = ()
    seen = set()
    for _ in range(500):
        other = tuple(chance.choice(PUBLISHED) for _ in range(chance.randrange(7)))
        steps = varied(steps, other, PUBLISHED, 6, chance)
        assert 1 <= len(steps) <= 6
        assert set(steps) <= set(PUBLISHED)
        seen.add(steps)
    assert len(seen) > 300


def test_values_against_the_baseline(tracker: Tracker) -> None:
    base = tracker.baseline
    half = replace(base, area=base.area / 2)
    assert ratio(Objective(), base, base) == 0.0
    assert ratio(Objective(), half, base) == pytest.approx(-math.log(2))
    assert ratio(Objective("delay"), half, base) == 0.0
    assert ratio(Objective(), None, base) == WORST
    assert ratio(Objective(), replace(base, area=0.0), base) < 0
    assert ratio(Objective(), base, replace(base, area=0.0)) == 0.0
