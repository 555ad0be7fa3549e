"""Strategies that look for a recipe, one file each, under one budget: see `rtlgen.synth.search.tracker`."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable

from rtlgen.core.errors import UsageError
from rtlgen.synth.search.tracker import Tracker

STRATEGIES = ("fixed", "random", "greedy", "anneal", "genetic", "mcts", "abcrl", "seea", "portfolio")
"""Names of the strategies; each is a module here with a function ``run(tracker)``."""
VARIANTS = ("abcrl-fixed", "abcrl-policy", "seea-uniform", "seea-uct", "seea-rollout")
"""Ablations: the part behind the hyphen is in the table ``VARIANTS`` of the module before it."""


def strategy(name: str) -> Callable[[Tracker], None]:
    """The strategy `name`: it asks the tracker until its budget is spent. UsageError for an unknown name."""
    if name in VARIANTS:
        module, _, kind = name.partition("-")
        variant: Callable[[Tracker], None] = importlib.import_module(
            f"rtlgen.synth.search.{module}"
        ).VARIANTS[kind]
        return variant
    if name not in STRATEGIES:
        near = difflib.get_close_matches(name, STRATEGIES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(STRATEGIES)}"
        raise UsageError(f"no strategy '{name}'", hint=hint)
    run: Callable[[Tracker], None] = importlib.import_module(f"rtlgen.synth.search.{name}").run
    return run
