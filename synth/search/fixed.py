"""The recipes that users have: ABC's scripts, choices before mapping, and what synthesis flows ship.

Run in an order of what helped most circuits, so that a small budget sees the strongest first. `&deepsyn` is limited by
its steps without improvement (-J), not by time: with a time limit its result depends on the machine.

Sources: abc.rc (berkeley-abc/abc); `passes/techmap/abc.cc` of Yosys (its default scripts); the nine strategies of
LibreLane (scripts/pyosys), rewritten as recipes without their mapping commands.
"""

from __future__ import annotations

from rtlgen.synth.explorer import TERMINAL
from rtlgen.synth.recipe import parse
from rtlgen.synth.search.tracker import Tracker

RECIPES: dict[str, str] = {
    "resyn2": "resyn2",
    "resyn2 dch": "resyn2; dch",
    "dch": "dch",
    "dc2 x3 dch": "dc2; dc2; dc2; dch",
    "compress2rs": "compress2rs",
    "compress2rs dch": "compress2rs; dch",
    "resyn2rs": "resyn2rs",
    "deepsyn": "&get -n; &deepsyn -I 1 -J 12; &put",
    "deepsyn dch": "&get -n; &deepsyn -I 1 -J 12; &put; dch",
    "resyn2 x3": "resyn2; resyn2; resyn2",
    "compress2rs x2 dch": "compress2rs; compress2rs; dch",
    "resyn3": "resyn3",
    "resyn": "resyn",
    "compress2": "compress2",
    "yosys": "ifraig; scorr; dc2; dch",
    "yosys fast": "dch",
}
"""Name -> recipe."""


def run(tracker: Tracker) -> None:
    """Score every fixed recipe once."""
    for text in RECIPES.values():
        if usable(text):
            tracker.value(parse(text).steps)


def usable(text: str) -> bool:
    """Whether the recipe is one (its commands are allowed, choices only at its end)."""
    from rtlgen.core.errors import UsageError

    try:
        steps = parse(text).steps
    except UsageError:
        return False
    return not any(step.split()[0] in TERMINAL for step in steps[:-1])
