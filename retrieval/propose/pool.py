"""All sources together: proposals merged by text, with features, best first.

The order is that of a fixed linear score (`prior.WEIGHTS`), good enough to cut the pool to `limit`; choosing the line
to show is the work of a ranker, which reads `Proposal.features`.

    propose_all(Position.at("a.v", prefix, Continuation(files)))
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from rtlgen.retrieval.propose import (
    closers,
    continuations,
    headers,
    ports,
    runs,
    signals,
    subwords,
    vocabulary,
)
from rtlgen.retrieval.propose.edits import edits
from rtlgen.retrieval.propose.features import FEATURES, Place, row_of
from rtlgen.retrieval.propose.position import Position, Proposal
from rtlgen.retrieval.propose.prior import WEIGHTS

SOURCES: tuple[Callable[[Position], list[Proposal]], ...] = (
    continuations.propose,
    runs.propose,
    ports.propose,
    headers.propose,
    signals.propose,
    subwords.propose,
    vocabulary.propose,
    closers.propose,
)
"""The sources, strongest first."""

TEMPLATES = 16
"""Best proposals that are edited."""

_WEIGHTS = [WEIGHTS.get(name, 0.0) for name in FEATURES]
_SMALLEST = frozenset(name for name in FEATURES if name.endswith("_rank")) | {
    "match_distance",
    "rename_conflicts",
    "rename_names_left",
    "run_distance",
    "closer_depth",
    "spelling",
    "port_rest",
}


@dataclass
class _Entry:
    """What the sources say about one text so far."""

    text: str
    evidence: dict[str, float] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    votes: float = 0.0


def propose_all(position: Position, limit: int = 40) -> list[Proposal]:
    """At most `limit` distinct whole lines for the cursor's line, best first, each with its `features`."""
    entries = _merged(position)
    place = Place(position)
    scored = _scored(place, entries.values())
    templates = [entry.text for _, entry, _ in scored if "closer" not in entry.sources][:TEMPLATES]
    _add(entries, edits(position, templates))
    scored = _scored(place, entries.values())
    return [
        Proposal(entry.text, entry.sources[0], entry.evidence, tuple(row), tuple(entry.sources))
        for _, entry, row in scored[:limit]
    ]


def _scored(place: Place, entries: Collection[_Entry]) -> list[tuple[float, _Entry, list[float]]]:
    """``(prior score, entry, features)``, best first."""
    total = sum(entry.votes for entry in entries)
    scored = []
    for entry in entries:
        row = row_of(place, entry.text, entry.evidence, len(entry.sources), entry.votes, total)
        score = sum(weight * value for weight, value in zip(_WEIGHTS, row, strict=True) if value)
        scored.append((score, entry, row))
    scored.sort(key=lambda item: -item[0])
    return scored


def _merged(position: Position) -> dict[str, _Entry]:
    """Proposals of all sources, one entry a text; the best value of every evidence feature is kept."""
    entries: dict[str, _Entry] = {}
    for source in SOURCES:
        _add(entries, source(position))
    return entries


def _add(entries: dict[str, _Entry], proposals: list[Proposal]) -> None:
    """Adds proposals to the entries; texts are equal when their words are."""
    for proposal in proposals:
        key = " ".join(proposal.text.split())
        if not key:
            continue
        entry = entries.get(key)
        if entry is None:
            entry = entries[key] = _Entry(proposal.text)
        _join(entry, proposal)


def _join(entry: _Entry, proposal: Proposal) -> None:
    """Adds one source's evidence to an entry."""
    if proposal.source not in entry.sources:
        entry.sources.append(proposal.source)
    evidence = entry.evidence
    for name, value in proposal.evidence.items():
        known = evidence.get(name)
        if known is None or (value < known if name in _SMALLEST else value > known):
            evidence[name] = value
    exact, shape = proposal.evidence.get("match_exact_lines"), proposal.evidence.get("match_shape_lines", 0.0)
    if exact is not None:
        entry.votes += 2.0 ** min(exact + 0.4 * shape, 10.0)
