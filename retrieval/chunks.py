"""Cuts a file into chunks: windows of lines, blocks between empty lines, and the items of its design units.

`chunk_windows` covers every line, `chunk_blocks` every line that is not empty. `chunk_items` follows the grammar: a
header, then instances, processes and functions each by itself, runs of short declarations together, each with the comment
above it; what is longer than the limit is cut. Item chunks leave out what lies outside of design units and whatever slang
cannot read.

    python -c "from rtlgen.retrieval.chunks import chunk_windows; print(chunk_windows('a.v', 'a\\nb\\n', 1,
    0))"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rtlgen.core.records import Chunk
from rtlgen.retrieval.declarations import parse
from rtlgen.retrieval.masking import Lines, plain

RUN_LINES = 24
"""Short items in a row share a chunk up to this many lines."""

_UNITS = frozenset(("ModuleDeclaration", "InterfaceDeclaration", "PackageDeclaration", "ProgramDeclaration"))
_NESTING = frozenset(("GenerateRegion", "LoopGenerate", "IfGenerate", "CaseGenerate", "GenerateBlock"))
_ALONE = frozenset(
    [
        "HierarchyInstantiation",
        "AlwaysBlock",
        "AlwaysCombBlock",
        "AlwaysFFBlock",
        "AlwaysLatchBlock",
        "InitialBlock",
        "FunctionDeclaration",
        "TaskDeclaration",
        "ClassDeclaration",
        "PropertyDeclaration",
        "SequenceDeclaration",
    ]
)


def chunk_windows(path: str, text: str, lines: int, overlap: int) -> list[Chunk]:
    """Windows of `lines` lines, each sharing `overlap` lines with the next; blank windows are left out.

    Raises ValueError unless ``0 <= overlap < lines``.
    """
    if not 0 <= overlap < lines:
        raise ValueError(f"overlap {overlap} must be at least 0 and less than lines {lines}")
    rows = text.split("\n")
    if rows and not rows[-1]:
        rows.pop()
    chunks = []
    step = lines - overlap
    for start in range(0, len(rows), step):
        piece = "\n".join(rows[start : start + lines])
        if piece.strip():
            chunks.append(Chunk(path, start + 1, min(start + lines, len(rows)), piece))
        if start + lines >= len(rows):
            break
    return chunks


def chunk_blocks(path: str, text: str, lines: int) -> list[Chunk]:
    """Runs of lines without an empty one between them, short runs together up to `lines` lines, longer ones cut."""
    rows = text.split("\n")
    chunks: list[Chunk] = []
    start = end = 0  # the open chunk holds the 0-based lines start .. end - 1
    for first, behind in _paragraphs(rows):
        if end > start and behind - start > lines:
            chunks.append(Chunk(path, start + 1, end, "\n".join(rows[start:end])))
            start = end = first
        if end == start:
            start = first
        while behind - start > lines:
            chunks.append(Chunk(path, start + 1, start + lines, "\n".join(rows[start : start + lines])))
            start += lines
        end = behind
    if end > start:
        chunks.append(Chunk(path, start + 1, end, "\n".join(rows[start:end])))
    return chunks


def _paragraphs(rows: list[str]) -> Iterator[tuple[int, int]]:
    """First line and the line behind the last of every run of lines that are not empty, from 0."""
    start = -1
    for number, row in enumerate([*rows, ""]):
        if row.strip():
            start = number if start < 0 else start
        elif start >= 0:
            yield start, number
            start = -1


def chunk_items(path: str, text: str, max_lines: int) -> list[Chunk]:
    """Headers (kind ``header``) and items (kind ``item``) of the design units, in order, none over
    `max_lines` lines."""
    if "module" not in text and "package" not in text and "interface" not in text and "program" not in text:
        return []
    lines = Lines(text)
    try:
        spans = list(_spans(plain(text, ()).text, lines, max_lines))
    except Exception:  # a parser's bug must not stop the index
        return []
    rows = text.split("\n")
    chunks = []
    for start, end, kind, module in spans:
        for first in range(start, end + 1, max_lines):
            last = min(first + max_lines - 1, end)
            piece = "\n".join(rows[first - 1 : last])
            if piece.strip():
                chunks.append(Chunk(path, first, last, piece, kind, module))
    return chunks


def _spans(source: str, lines: Lines, max_lines: int) -> Iterator[tuple[int, int, str, str]]:
    """First line, last line, kind and unit of every chunk."""
    tree = parse(source)
    queue = [node for node in tree[1:] if node.kind.name in _UNITS]
    while queue:
        unit = queue.pop(0)
        name = unit.header.name.valueText
        extent = unit.header.sourceRange
        header_end = lines.at(max(extent.start.offset, extent.end.offset - 1))
        yield lines.at(extent.start.offset), header_end, "header", name
        items = []
        for member, start, end in _items(unit.members, lines, max_lines):
            if member.kind.name in _UNITS:
                queue.append(member)
            else:
                items.append((start, end, member.kind.name in _ALONE))
        for start, end in _runs(items, header_end, max_lines):
            yield start, end, "item", name


def _items(members: Any, lines: Lines, max_lines: int) -> Iterator[tuple[Any, int, int]]:
    """Members with their first and last line; a generate construct over the limit gives its own members
    instead."""
    for member in members:
        extent = member.sourceRange
        start = lines.at(extent.start.offset)
        end = lines.at(max(extent.start.offset, extent.end.offset - 1))
        if end - start >= max_lines and member.kind.name in _NESTING:
            yield from _items(_inner(member), lines, max_lines)
        else:
            yield member, start, end


def _inner(node: Any) -> list[Any]:
    """Members inside a generate construct."""
    if hasattr(node, "members"):
        return list(node.members)
    if node.kind.name == "CaseGenerate":
        return [item.clause for item in node.items if getattr(item, "clause", None) is not None]
    clause = getattr(node, "elseClause", None)
    return [node.block] + ([clause.clause] if clause is not None else [])


def _runs(items: list[tuple[int, int, bool]], header_end: int, max_lines: int) -> Iterator[tuple[int, int]]:
    """Line spans of items: each starts after the one before it (taking the comments above), short ones
    joined."""
    limit = min(RUN_LINES, max_lines)
    start = last = 0
    floor = header_end
    for first, end, alone in items:
        if end <= last:
            continue
        if start and (alone or end - start >= limit or first - last > 6):
            yield start, last
            floor, start = last, 0
        if not start:
            start = max(floor + 1, first - 6) if first - floor <= 7 else first
        last = end
        if alone:
            yield start, last
            floor, start = last, 0
    if start:
        yield start, last
