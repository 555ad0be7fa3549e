"""Copies of lines that followed an equal or equally shaped context, as they were and renamed by analogy.

propose(Position.at("a.v", prefix, Continuation(files)))
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from rtlgen.retrieval.continuation import Place
from rtlgen.retrieval.lines import read_line, shape_of
from rtlgen.retrieval.propose.layout import comment_of
from rtlgen.retrieval.propose.position import Position, Proposal
from rtlgen.retrieval.propose.rename import learn, map_images, rewrite, slot_images

PLACES = 72
"""Places looked at, best matches first."""

SKIPPED = 12
"""Places looked at with the last line skipped."""

CONTEXT = 6
"""Context lines aligned to learn a renaming."""


def propose(position: Position) -> list[Proposal]:
    """Verbatim and renamed followers of the best matching places, best first."""
    places = position.continuation.lines_after(position.lines, position.path, PLACES)
    result: list[Proposal] = []
    for rank, place in enumerate(places):
        evidence = _evidence(position, place, rank)
        result.extend(
            _written(position, place, read_line(place.follower.strip()).tokens, "copy", evidence, rank)
        )
        result.extend(_renamed(position, place, evidence, rank))
    result.extend(_skipping(position))
    return result


def _skipping(position: Position) -> list[Proposal]:
    """Verbatim followers of what stands above the last line, which is taken as inserted here."""
    places = position.continuation.lines_after(position.lines, position.path, SKIPPED, skip=1)
    return [
        Proposal(
            position.indent + place.follower.strip(),
            "skip",
            {"skip_rank": rank + 1.0, "match_skipped": float(place.exact)},
        )
        for rank, place in enumerate(place for place in places if place.exact)
    ]


def _written(
    position: Position,
    place: Place,
    tokens: Sequence[str],
    source: str,
    evidence: dict[str, float],
    rank: int,
) -> list[Proposal]:
    """One line in its possible spellings: with the blanks and comment of its origin, bare, and laid out as above."""
    raw = rewrite(place.follower, tokens)
    spellings = [position.fitted(raw, place.above)]
    comment = comment_of(raw)
    if comment:
        spellings.append(position.fitted(raw[: len(raw) - len(comment)], place.above))
    if shape_of(tokens).rstrip(" ,;") == position.last.shape.rstrip(" ,;"):
        spellings.append(position.laid_out(tokens))
    result = []
    for number, text in enumerate(spellings):
        note = {f"{source}_rank": rank + 1.0, "spelling": float(number)}
        result.append(Proposal(text, source, evidence | note))
    return result


def _evidence(position: Position, place: Place, rank: int) -> dict[str, float]:
    """What a place says about a line, by feature name."""
    return {
        "match_exact_lines": float(place.exact),
        "match_shape_lines": float(place.shape),
        "match_coarse_lines": float(place.coarse),
        "match_key_lines": float(place.key),
        "match_tail_lines": float(place.tail),
        "match_count": float(place.count),
        "match_same_gap": float(place.same_gap),
        "match_same_comment": float(place.same_comment),
        "match_own_file": float(place.own),
        "match_distance": float(place.distance) if place.own else 0.0,
        "match_likeness": place.likeness,
        "match_same_dir": float(PurePosixPath(place.path).parent == PurePosixPath(position.path).parent),
        "match_first_rank": float(rank + 1),
    }


def _renamed(position: Position, place: Place, evidence: dict[str, float], rank: int) -> list[Proposal]:
    """The follower renamed by the map of the aligned contexts, and slot by slot when it continues its context."""
    count = min(CONTEXT, max(place.shape, place.coarse))
    old = position.continuation.context(place, position.lines, count)
    new = position.code[-count:]
    if not old or len(old) != len(new):
        return []
    renaming = learn(old, new)
    if renaming.trivial:
        return []
    follower = read_line(place.follower.strip())
    result = []
    images, renamed, left = map_images(follower, renaming)
    shared = {
        "rename_changed": float(renaming.changed),
        "rename_conflicts": float(renaming.conflicts),
        "rename_names_left": float(left),
    }
    if renamed:
        result.extend(_written(position, place, images, "rename", evidence | shared, rank))
    slots = slot_images(old[-1], follower, new[-1], renaming)
    if slots is not None and slots != images:
        result.extend(_written(position, place, slots, "analogy", evidence | shared, rank))
    return result
