"""Frequent lines: what often follows a line of this kind, begin and end, in the file and in the unit.

propose(Position.at("a.v", prefix, Continuation(files)))
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rtlgen.retrieval.lines import Line, indent_of
from rtlgen.retrieval.propose.position import Position, Proposal
from rtlgen.retrieval.segments import Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TOP = 10


def propose(position: Position) -> list[Proposal]:
    """Most frequent followers of lines like the last one: by its kind and ends, then by its kind alone."""
    counts: Counter[str] = Counter()
    texts: dict[str, str] = {}
    last, gap = position.last, min(position.gap, 2)
    for segment, weight in ((position.own, 2.0), (position.continuation.segment, 1.0)):
        for at, count, fine in _followers(position, segment, last, gap):
            key = " ".join(segment.lines[at].tokens)
            counts[key] += weight * count * (3.0 if fine else 1.0)  # type: ignore[assignment]
            texts.setdefault(key, segment.texts[at])
    result = []
    for rank, (key, count) in enumerate(counts.most_common(2 * _TOP)):
        indent = position.indent if last.tokens else indent_of(texts[key])
        evidence = {"vocabulary_rank": rank + 1.0, "vocabulary_count": float(count)}
        result.append(Proposal(indent + texts[key].strip(), "vocabulary", evidence))
    return result


def _followers(position: Position, segment: Segment, last: Line, gap: int) -> list[tuple[int, int, bool]]:
    """``(index of a follower, how often, same ends)`` of the most frequent followers in one segment."""
    import numpy as np

    columns = segment.arrays
    ends = position.continuation.ends_id(last)
    fine = columns.ends[:-1] == ends
    loose = columns.kind[:-1] == position.own.arrays.kind[-1]
    result: list[tuple[int, int, bool]] = []
    for mask, is_fine in ((fine, True), (loose, False)):
        at = np.nonzero(mask)[0] + 1
        at = at[(columns.exact[at] > 0) & (np.minimum(columns.gap[at], 2) == gap)]
        result.extend((index, count, is_fine) for index, count in _most(columns.exact, at))
    return result


def _most(exact: NDArray[np.int32], at: NDArray[np.intp]) -> list[tuple[int, int]]:
    """``(index of one occurrence, count)`` of the most frequent lines among the indices `at`."""
    import numpy as np

    if not len(at):
        return []
    _, first, counts = np.unique(exact[at], return_index=True, return_counts=True)
    best = np.argsort(-counts, kind="stable")[:_TOP]
    return [(int(at[first[row]]), int(counts[row])) for row in best]
