"""The front and the covered area against what counting every point of a grid gives."""

from __future__ import annotations

import random

import pytest

from rtlgen.synth.pareto import REACH, front, hypervolume
from rtlgen.synth.qor import QoR


def made(area: float, delay: float) -> QoR:
    return QoR(area=area, delay=delay, gates=1, nodes=1, levels=1)


def test_the_front_is_what_nothing_dominates() -> None:
    chance = random.Random(5)
    for _ in range(50):
        figures = [
            made(chance.randrange(1, 12), chance.randrange(1, 12)) for _ in range(chance.randrange(1, 25))
        ]
        kept = front(figures)
        best = {(f.area, f.delay) for f in figures if not any(other.dominates(f) for other in figures)}
        assert {(figures[place].area, figures[place].delay) for place in kept} == best
        assert len(kept) == len(best) and [figures[p].delay for p in kept] == sorted(
            figures[p].delay for p in kept
        )
        assert all(figures.index(figures[place]) == place for place in kept)  # the first of equals


def test_the_covered_area_is_that_of_a_count() -> None:
    chance = random.Random(6)
    size = 20
    reference = made(size, size)
    for _ in range(30):
        figures = [
            made(chance.randrange(1, 25), chance.randrange(1, 25)) for _ in range(chance.randrange(1, 12))
        ]
        corner = round(REACH * size)
        inside = sum(
            any(f.area <= x and f.delay <= y for f in figures) for x in range(corner) for y in range(corner)
        )
        assert hypervolume(figures, reference) == pytest.approx(inside / size**2)


def test_nothing_covers_nothing() -> None:
    assert front([]) == [] and hypervolume([], made(1, 1)) == 0.0
    assert hypervolume([made(1, 1)], made(0, 1)) == 0.0
    assert hypervolume([made(30, 1)], made(20, 20)) == 0.0
