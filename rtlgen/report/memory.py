"""What the memory of recipe searches holds, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rtlgen.synth.memory import Entry, Known
    from rtlgen.synth.nearby import Answer

_SHOWN = 3
"""Recipes of a neighbour that are shown."""


def entries(found: Sequence[Entry]) -> str:
    """One line an entry, with its best recipe."""
    if not found:
        return "nothing is known yet: rtlgen synth ... --recipe-search adds what it finds"
    width = max(len(entry.name) for entry in found)
    rows = []
    for entry in found:
        best = _recipe(entry.recipes[0]) if entry.recipes else "no recipe"
        rows.append(
            f"{entry.name:{width}}  {entry.nodes:7,} nodes  {entry.objective:8}{entry.target[:24]:24}  "
            f"{entry.origin:8}{best}"
        )
    return "\n".join(rows)


def neighbours(answer: Answer) -> str:
    """The design, and each neighbour with its distance and its best recipes."""
    head = f"{answer.name} on {answer.target}: {answer.nodes:,} AND nodes, {answer.levels} levels"
    if not answer.neighbours:
        return f"{head}\n\nnothing is known yet"
    blocks = [head]
    for near in answer.neighbours:
        marks = [near.origin]
        if near.same_circuit:
            marks.append("this very circuit")
        if not near.same_target:
            marks.append(f"searched for another target: {near.target}")
        title = f"{near.name}  distance {near.distance:.4f}  ({', '.join(marks)})"
        blocks.append("\n".join([title, *(f"  {_recipe(known)}" for known in near.recipes[:_SHOWN])]))
    return "\n\n".join(blocks)


def _recipe(known: Known) -> str:
    return f"{100 * known.gain:+6.1f} %  {known.recipe}"
