"""The records of a comparison of search strategies: one for each circuit, strategy and seed, as a line of JSON.

A strategy is named as the search names it, with ``:wide`` behind it where it might use every allowed command, or
``deepsyn`` for ABC's own engine under a time limit (`rtlgen.evaluate.recipes_deepsyn`). A value is what the search makes
smaller (area times delay unless told otherwise); a reduction is a share of the value of resyn2, 0.1 for 10 % smaller.

Try: ``tail -1 .rtlgen/bench/recipes/recipes.jsonl`` after ``rtlgen bench recipes``
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDE = ":wide"
"""Behind the name of a strategy that may use everything."""


@dataclass(frozen=True)
class SearchRecord:
    """One search, or why there is none (`error`, then the figures mean nothing)."""

    circuit: str
    digest: str
    """Content address of the circuit."""
    nodes: int
    levels: int
    strategy: str
    seed: int
    code: str
    """Fingerprint of the strategy's code (`recipes_code`); empty when there is an error."""
    error: str = ""
    baseline: float = 0.0
    """Value of resyn2."""
    baseline_area: float = 0.0
    baseline_delay: float = 0.0
    best: float = 0.0
    """Value of the best recipe."""
    area: float = 0.0
    delay: float = 0.0
    recipe: str = ""
    reduction: float = 0.0
    """Of the best recipe against resyn2, as a share."""
    spent: int = 0
    """Scored recipes that were charged."""
    outside: int = 0
    """Of these, the recipes that other actions or more steps than the protocol's were used for; 0 for a wide search."""
    curve: tuple[tuple[int, float], ...] = ()
    """(scored recipes, value) whenever the best became better."""
    seconds: float = 0.0
    """Wall time as it was run, with what other searches had computed before."""
    alone: float = 0.0
    """Seconds that it would have taken without them (`recipes_meter`); equal to `seconds` in a cold run."""
    transitions: int = 0
    known_transitions: int = 0
    scores: int = 0
    known_scores: int = 0
    failed: int = 0
    """Commands at which ABC failed or took too long."""

    @property
    def key(self) -> tuple[str, str, int]:
        """What it is a search of: circuit, strategy, seed."""
        return self.circuit, self.strategy, self.seed

    def reduction_at(self, scored: int) -> float | None:
        """The reduction that was reached after `scored` recipes; None before the first."""
        values = [value for number, value in self.curve if number <= scored]
        return None if not values or not self.baseline else (self.baseline - values[-1]) / self.baseline


def from_json(row: Mapping[str, Any]) -> SearchRecord:
    """The record of a line; unknown fields are left out. KeyError or TypeError when it is none."""
    known = {field.name for field in dataclasses.fields(SearchRecord)}
    plain = {name: value for name, value in row.items() if name in known}
    plain["curve"] = tuple((int(number), float(value)) for number, value in plain.get("curve", ()))
    return SearchRecord(**plain)
