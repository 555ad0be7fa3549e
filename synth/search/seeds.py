"""What training circuits taught the portfolio: recipes to begin with, and how a value depends on a state's size.

A lesson is a small JSON file among the assets (``rtlgen/assets/recipes``, with a card that says where it comes from). It
is a prior and no requirement: without the file, or under another target, a search begins with neutral exponents and
random recipes. It is learned by `rtlgen.synth.search.fitting`.

Try: ``python -c "from rtlgen.synth.search.seeds import shipped; print(shipped().recipes[0])"``
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.synth.qor import OBJECTIVES
from rtlgen.synth.recipe import parse
from rtlgen.synth.search.surrogate import Prior

FORMAT = 1
NAME = "lesson.json"
NEUTRAL = {"product": Prior(1.0, 0.5), "area": Prior(1.0, 0.0), "delay": Prior(0.0, 1.0)}
"""Exponents of nodes and levels by objective when nothing was learned."""


@dataclass(frozen=True)
class Lesson:
    """Priors by objective, and recipes, the most useful first."""

    priors: Mapping[str, Prior] = field(default_factory=lambda: dict(NEUTRAL))
    recipes: tuple[tuple[str, ...], ...] = ()
    circuits: tuple[str, ...] = ()
    """Names of the circuits that it was learned from."""

    def prior(self, objective: str) -> Prior:
        """The prior of one of `OBJECTIVES`."""
        return self.priors.get(objective) or NEUTRAL[objective]

    def usable(self, actions: Sequence[str], length: int) -> list[tuple[str, ...]]:
        """The recipes that have no other commands than `actions`, cut to `length`, each once."""
        known = set(actions)
        return list(dict.fromkeys(steps[:length] for steps in self.recipes if known.issuperset(steps)))


def shipped() -> Lesson:
    """The lesson among the assets; an empty one when there is none. Raises UsageError for a file that is none."""
    file = resources.files("rtlgen.assets") / "recipes" / NAME
    if not file.is_file():
        return Lesson()
    try:
        return loaded(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        hint = "reinstall rtlgen, or learn it again"
        raise UsageError(f"the lesson of recipe search is damaged: {error}", where=NAME, hint=hint) from None


def loaded(data: Any) -> Lesson:
    """The lesson in parsed JSON. Raises ValueError, KeyError, TypeError or UsageError when it is none."""
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']}, not {FORMAT}")
    priors = {}
    for name, row in data["priors"].items():
        if name not in OBJECTIVES:
            raise ValueError(f"objective '{name}'")
        spread = row["spread"]
        priors[name] = Prior(float(row["nodes"]), float(row["levels"]), (float(spread[0]), float(spread[1])))
    recipes = tuple(parse(text).steps for text in data["recipes"])
    return Lesson(priors, recipes, tuple(str(name) for name in data["circuits"]))


def dumped(lesson: Lesson) -> dict[str, Any]:
    """The lesson as JSON data, the inverse of `loaded`."""
    return {
        "format": FORMAT,
        "priors": {
            name: {"nodes": prior.nodes, "levels": prior.levels, "spread": list(prior.spread)}
            for name, prior in sorted(lesson.priors.items())
        },
        "recipes": ["; ".join(steps) for steps in lesson.recipes],
        "circuits": list(lesson.circuits),
    }
