"""Area against delay: which circuits no other one beats in both, and how much of the plane they cover.

The hypervolume is taken in shares of a reference circuit (resyn2) up to `REACH` times its area and delay: 0 when nothing
is better than that, and growing with every circuit that beats the others somewhere. It compares searches over one
circuit and target, nothing else.

Source: Zitzler and Thiele, "Multiobjective Evolutionary Algorithms" (IEEE TEC 1999), for the hypervolume.
Try: ``rtlgen synth circuit.aig --lut 6 --recipe-search`` writes pareto.csv
"""

from __future__ import annotations

from collections.abc import Sequence

from rtlgen.synth.qor import QoR

REACH = 1.1
"""The corner that the covered area is measured to, in areas and delays of the reference."""


def front(figures: Sequence[QoR]) -> list[int]:
    """The places in `figures` that are dominated by none, by ascending delay; the first of equals stands for them."""
    kept: list[int] = []
    smallest = float("inf")
    for place in sorted(range(len(figures)), key=lambda n: (figures[n].delay, figures[n].area, n)):
        if figures[place].area < smallest:
            smallest = figures[place].area
            kept.append(place)
    return kept


def hypervolume(figures: Sequence[QoR], reference: QoR) -> float:
    """The covered share of the rectangle area x delay of `reference`; 0 when `reference` has neither area nor delay."""
    if reference.area <= 0 or reference.delay <= 0:
        return 0.0
    covered, right = 0.0, REACH
    for place in reversed(front(figures)):
        delay = figures[place].delay / reference.delay
        height = REACH - figures[place].area / reference.area
        if delay < right and height > 0:
            covered += (right - delay) * height
            right = delay
    return covered
