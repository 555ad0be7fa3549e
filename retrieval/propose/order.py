"""The order of names: which name follows which where lines of one kind stand together.

A line is about one name, its key: what it declares, assigns or connects (`rtlgen.retrieval.lines`). Lists of ports,
declarations, resets and next states often keep one order.

    key_successors(position, "awvalid")
"""

from __future__ import annotations

from rtlgen.retrieval.propose.position import Position
from rtlgen.retrieval.segments import Segment

_OWN_WEIGHT = 2.0
_SAME_KIND = 1.0
_OTHER_KIND = 0.6


def key_successors(
    position: Position, name: str, kinds: tuple[str, ...] | None = None, kind: str = ""
) -> list[tuple[str, float]]:
    """``(next key, weight)``, heaviest first: keys of lines directly after a line about `name`.

    Both lines must be of one kind; `kinds` restricts it; lines of `kind` weigh more. The own prefix counts double.
    """
    counts: dict[str, float] = {}
    for segment, weight in ((position.own, _OWN_WEIGHT), (position.continuation.segment, 1.0)):
        _count(segment, name, weight, kinds, kind, counts)
    return sorted(counts.items(), key=lambda item: -item[1])[:8]


def _count(
    segment: Segment,
    name: str,
    weight: float,
    kinds: tuple[str, ...] | None,
    kind: str,
    counts: dict[str, float],
) -> None:
    """Adds one segment's successors of `name`."""
    for index in segment.where(name):
        if index + 1 >= len(segment.lines):
            continue
        line, after = segment.lines[index], segment.lines[index + 1]
        if line.key != name or after.kind != line.kind or not after.key or after.key == name:
            continue
        if kinds is not None and line.kind not in kinds:
            continue
        share = _SAME_KIND if not kind or line.kind == kind else _OTHER_KIND
        counts[after.key] = counts.get(after.key, 0.0) + weight * share
