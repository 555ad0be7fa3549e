"""The last line with one part of its names exchanged: ``elements_tx`` to ``elements_rx``.

Which part follows which is counted over the unit: wherever two neighbouring lines of one kind are about names that
differ in one part, the pair (old part, new part) counts. All names of the last line that hold the part change with it,
each in its own case. A table of common opposites fills in for what a small unit does not show.

    propose(Position.at("a.v", prefix, Continuation(files)))
"""

from __future__ import annotations

import re
from collections import Counter

from rtlgen.retrieval.lines import classes
from rtlgen.retrieval.propose.position import Position, Proposal
from rtlgen.retrieval.segments import Segment

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LIMIT = 10
_OPPOSITES = """
    tx:rx rd:wr read:write in:out i:o src:dst slv:mst s:m a:b b:c c:d hsync:vsync hs:vs h:v x:y y:z
    min:max low:high lo:hi left:right l:r r:g g:b req:ack req:rsp req:resp req:gnt valid:ready vld:rdy
    clk:rst clk:reset addr:data addr:wdata wdata:rdata push:pop full:empty set:clr set:clear start:stop
    start:done rs1:rs2 ra:rb sda:scl mosi:miso d:q re:we aw:w w:b b:ar ar:r hi:lo up:down first:last
    enq:deq head:tail row:col master:slave raddr:rdata waddr:wdata rptr:wptr width:height hblank:vblank
    sck:mosi
"""
OPPOSITES: dict[str, list[str]] = {}
"""Part -> parts that often follow it."""
for _pair in _OPPOSITES.split():
    _old, _new = _pair.split(":")
    OPPOSITES.setdefault(_old, []).append(_new)
    OPPOSITES.setdefault(_new, [])


def parts_of(name: str) -> list[str]:
    """Parts of a name in its writing: ``AxiAddrWidth`` gives Axi, Addr, Width; ``rd_ptr0`` gives rd, ptr, 0."""
    return _PART.findall(name)


def changed_part(old: str, new: str) -> tuple[str, str] | None:
    """``(old part, new part)``, lower case, when the names differ in exactly one part, else None."""
    left, right = parts_of(old), parts_of(new)
    if len(left) != len(right) or not left:
        return None
    found = None
    for a, b in zip(left, right, strict=True):
        if a != b:
            if found is not None:
                return None
            found = (a.lower(), b.lower())
    return found


def part_successors(segment: Segment) -> dict[str, Counter[str]]:
    """For every part, which part took its place in the next line, with counts."""
    table: dict[str, Counter[str]] = {}
    before = None
    for line in segment.lines:
        if (
            before is not None
            and before.kind == line.kind
            and before.key
            and line.key
            and before.key != line.key
        ):
            pair = changed_part(before.key, line.key)
            if pair is not None:
                table.setdefault(pair[0], Counter())[pair[1]] += 1
        before = line
    return table


def exchange(word: str, old: str, new: str) -> str:
    """`word` with every part equal to `old` (any case) replaced by `new` in that part's case."""

    def image(match: re.Match[str]) -> str:
        part = match.group()
        if part.lower() != old:
            return part
        if part.isupper() and (len(part) > 1 or word.isupper()):
            return new.upper()
        return new.capitalize() if part[0].isupper() else new

    return _PART.sub(image, word)


def propose(position: Position) -> list[Proposal]:
    """The last line with one part exchanged, likeliest exchange first."""
    last = position.last
    if not last.key:
        return []
    if last.kind not in (
        "declaration",
        "port",
        "portmap",
        "parameter",
        "assign",
        "nonblocking",
        "blocking",
        "case_item",
        "other",
        "call",
    ):
        return []
    ranked = _exchanges(position, parts_of(last.key))
    result: list[Proposal] = []
    for old, new, count in ranked[:_LIMIT]:
        images = [exchange(token, old, new) if classes[token] == "I" else token for token in last.tokens]
        if tuple(images) == last.tokens:
            continue
        evidence = {"part_rank": len(result) + 1.0, "part_count": count}
        result.append(Proposal(position.laid_out(images), "part", evidence))
    return result


def _exchanges(position: Position, parts: list[str]) -> list[tuple[str, str, float]]:
    """``(old, new, weight)`` for the parts of the last line's key, heaviest first."""
    derived = position.continuation.derived
    if "parts" not in derived:
        derived["parts"] = part_successors(position.continuation.segment)
    own = part_successors(position.own)
    found: dict[tuple[str, str], float] = {}
    for part in dict.fromkeys(part.lower() for part in parts):
        for table, weight in ((own, 2.0), (derived["parts"], 1.0)):
            for new, count in table.get(part, Counter()).most_common(8):
                found[part, new] = found.get((part, new), 0.0) + weight * count
        for new in OPPOSITES.get(part, ()):
            found[part, new] = found.get((part, new), 0.0) + 0.5
        if part.isdigit():
            step = str(int(part) + 1)
            found[part, step] = found.get((part, step), 0.0) + 2.0
    return sorted(((old, new, count) for (old, new), count in found.items()), key=lambda item: -item[2])
