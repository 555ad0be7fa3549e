"""The card of a trained recipe agent, written from what its run recorded.

Try: ``rtlgen train agent --help``
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rtlgen.synth.agent.split import EVALUATION, PUBLISHED_TEST, TRAINING

_LICENCES = """\
The circuits of the published split are the EPFL combinational benchmarks (lsils/benchmarks, MIT) and MCNC circuits,
public benchmarks that carry no licence of their own and are redistributed by convention. None of them is part of
rtlgen: only weights, embeddings (64 numbers a circuit), recipes and their figures are."""


def card_text(card: Mapping[str, Any], figures: Mapping[str, float], rounds: int) -> str:
    """The card as Markdown. `figures` are those of `figures_of` on the circuits that were left out (if any)."""
    circuits = list(card["circuits"])
    fit = card["fit"]
    rows = {
        "networks": f"{card['members']}, averaged: graph network 2 x 32 with mean and max pooling (not trained), GRU of "
        "128 over the actions, dense 256, policy and value",
        "trained on": f"{card['recipes']:,} scored recipes of {len(circuits)} circuits and of "
        f"{card['networks_of'] - len(circuits)} cones of them, mapped to {card['target']}",
        "fit": f"{fit['steps']} steps of {fit['batch']} recipes, AdamW at {fit['rate']:g}, with {fit['fresh']:,} recipes "
        "that the pooled model judged",
        "self-play": f"{rounds} rounds were played; this is the agent of '{card['stage']}'",
        "seed": str(card["seed"]),
    }
    table = "\n".join(f"| {name} | {text} |" for name, text in rows.items())
    own = set(circuits) <= set(TRAINING)
    return f"""# Card of the recipe agent

It says which of seven ABC commands may come next in a recipe, and what the beginning of a recipe promises. It sees the
circuit as it is given and the commands so far, no result. Written by `rtlgen train agent`.

| | |
|---|---|
{table}

## Circuits

{" ".join(circuits)}

{_LICENCES if own else "They are no part of rtlgen: only what was learned from them is."}

Never learned from, and refused by name and by logic: the published test circuits ({" ".join(PUBLISHED_TEST)})
and the circuits of our comparison ({" ".join(EVALUATION)}).

## Figures

{_figures(card, figures)}

## Limits

Recipes' standings carry over between circuits only a little: the mean correlation between two training circuits is
below 0.1. The agent was trained for the product of area and delay on one library; for other objectives, libraries and
LUTs it is a guess. It knows only the seven published commands and recipes of ten.
"""


def _figures(card: Mapping[str, Any], figures: Mapping[str, float]) -> str:
    if not card["validation"]:
        return (
            "None of the training circuits was left out of this one. What the same training is worth on circuits that "
            "were left out is\nin docs/algorithms/abcrl.md and docs/algorithms/seea.md."
        )
    return (
        f"On the circuits that were left out ({' '.join(card['validation'])}), in the mean: correlation of the value\n"
        f"with the reward {figures['value']:.3f}; standing of the tenth valued most {figures['top']:+.3f} deviations;\n"
        f"standing of a recorded recipe drawn by the policy {figures['policy']:+.3f}."
    )
