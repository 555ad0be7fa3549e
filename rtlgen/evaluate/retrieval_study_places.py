"""Places of the retrieval study: what is hidden there, and which of its names the prompt must bring.

A place is a record of RTL-Repo. Its hidden line is the record's; the lines after it are taken from another record of the
same unit that shows the file as context, so no repository is opened. The needed names are the identifiers of what is
hidden that do not stand in the end of the prefix, the part that every prompt keeps.

    rtlgen eval retrieval --data dev.jsonl --limit 50
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rtlgen.evaluate.rtl_repo_records import Data, Record
from rtlgen.retrieval.verilog import identifiers

NEXT_LINES = 8
"""Lines from the hidden one on whose names count as those of the next lines."""
WINDOW_TOKENS = 320
"""Tokens of the prefix's end that every prompt shows: what a prompt of 768 keeps beside 448 of context."""


@dataclass(frozen=True)
class StudyPlace:
    """A record with the lines from the hidden one on (`hidden`), and the names needed of the first, and of all."""

    record: Record
    hidden: tuple[str, ...]
    line_names: frozenset[str]
    next_names: frozenset[str]


def places_of(data: Data, limit: int | None, count: Callable[[str], int]) -> list[StudyPlace]:
    """The first `limit` records in the protocol's order that need a name; `count` gives tokens of a line."""
    texts = {(record.unit, path): text for record in data.records for path, text in record.context}
    order = data.records
    if limit is not None:
        first = data.limited(len(data.records) - 1)
        drawn = {record.id for record in first}
        order = (*first, *(record for record in data.records if record.id not in drawn))
    found: list[StudyPlace] = []
    for record in order:
        if limit is not None and len(found) >= limit:
            break
        place = _place(record, texts, count)
        if place.next_names:
            found.append(place)
    return found


def _place(record: Record, texts: Mapping[tuple[str, str], str], count: Callable[[str], int]) -> StudyPlace:
    hidden = hidden_lines(record, texts.get((record.unit, record.file_path)))
    shown = set(identifiers(shown_end(record.prefix, count)))
    names = [name for name in identifiers("\n".join(hidden)) if name not in shown]
    first = set(identifiers(record.next_line))
    return StudyPlace(record, hidden, frozenset(n for n in names if n in first), frozenset(names))


def hidden_lines(record: Record, text: str | None) -> tuple[str, ...]:
    """The hidden line and the lines after it, `NEXT_LINES` at most; the hidden one alone when the file is not known."""
    if text is not None and text.startswith(record.prefix):
        rows = text[len(record.prefix) :].split("\n")
        if rows[0].rstrip("\r") == record.next_line.rstrip("\r"):
            return tuple(rows[:NEXT_LINES])
    return (record.next_line,)


def shown_end(prefix: str, count: Callable[[str], int]) -> str:
    """The last whole lines of `prefix` within `WINDOW_TOKENS`."""
    rows: Sequence[str] = prefix.splitlines(keepends=True)
    room, first = WINDOW_TOKENS, len(rows)
    while first > 0 and (room := room - count(rows[first - 1])) >= 0:
        first -= 1
    return "".join(rows[first:])
