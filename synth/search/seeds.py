"""What training circuits taught: good first recipes, and how the value depends on a state's size."""

from __future__ import annotations

from dataclasses import dataclass

from rtlgen.synth.search.surrogate import Prior


@dataclass(frozen=True)
class Lesson:
    prior: Prior
    recipes: tuple[tuple[str, ...], ...]


def load() -> Lesson:
    return Lesson(Prior(1.26, 0.29), ())
