"""Which name the next line is about, whatever the line looks like.

Evidence: what followed the last line's name wherever two lines of one kind stand together; what followed names with
the same last part, under their prefix (``s_axi_awprot`` is followed by ``s_axi_awvalid``, so ``m_axi_awprot`` by
``m_axi_awvalid``); declared names after it; outputs and registers that nothing drives yet.

    expected_names(position)
"""

from __future__ import annotations

from rtlgen.retrieval.lines import declared_in, tail_of
from rtlgen.retrieval.propose.order import key_successors
from rtlgen.retrieval.propose.position import Position
from rtlgen.retrieval.segments import LIST_KINDS


def expected_names(position: Position) -> list[tuple[str, float]]:
    """``(name, weight)`` of the names the next line may be about, heaviest first, at most 12."""
    last = position.last
    found: dict[str, float] = {}

    def add(name: str, weight: float) -> None:
        if name and name != last.key:
            found[name] = max(found.get(name, 0.0), weight)

    if last.key and last.kind in LIST_KINDS:
        for name, weight in key_successors(position, last.key, kind=last.kind)[:6]:
            add(name, 3.0 + weight)
        for name, weight in _by_tail(position, last.key):
            add(name, 1.0 + weight)
        for rank, name in enumerate(_by_stem(position, last.key)):
            add(name, 3.5 - rank)
        for rank, name in enumerate(_same_line(position, last.key)):
            add(name, 3.2 - rank)
    for rank, name in enumerate(_used_below(position)[:4]):
        add(name, 4.0 - 0.3 * rank)
    for rank, name in enumerate(undriven(position)[:4]):
        add(name, 1.0 - 0.1 * rank)
    done = _recent_keys(position)
    ranked = [(name, weight) for name, weight in found.items() if name not in done]
    return sorted(ranked, key=lambda item: -item[1])[:12]


def _recent_keys(position: Position) -> set[str]:
    """Names the lines of the run above are about; the next line is hardly about one of them again."""
    kind = position.last.kind
    keys = set()
    for line in reversed(position.code[-40:]):
        if line.kind != kind:
            break
        keys.add(line.key)
    return keys


def _by_tail(position: Position, name: str) -> list[tuple[str, float]]:
    """Successors of names with the last part of `name`, carried over to its prefix."""
    tail = tail_of(name)
    counts: dict[str, float] = {}
    for segment, weight in ((position.own, 1.0), (position.continuation.segment, 0.5)):
        for other, index in segment.with_tail(tail)[:60]:
            if other == name or index + 1 >= len(segment.lines):
                continue
            line, after = segment.lines[index], segment.lines[index + 1]
            if after.kind != line.kind or not after.key:
                continue
            image = _carried(other, after.key, name)
            if image:
                counts[image] = counts.get(image, 0.0) + weight
    return sorted(counts.items(), key=lambda item: -item[1])[:5]


def _by_stem(position: Position, name: str) -> list[str]:
    """Known names with the ending of `name` and the stem of what follows its stem in a list of the prefix.

    After ``a_next`` the list ``a_reg``, ``b_reg`` suggests ``b_next``.
    """
    stem, mark, ending = name.rpartition("_")
    if not mark or not stem:
        return []
    segment = position.own
    found: dict[str, None] = {}
    for other, index in segment.with_stem(stem)[-12:]:
        if other == name or index + 1 >= len(segment.lines):
            continue
        line, after = segment.lines[index], segment.lines[index + 1]
        if line.kind != after.kind or "_" not in after.key:
            continue
        image = after.key.rpartition("_")[0] + "_" + ending
        if image in position.names and image != name:
            found[image] = None
    return list(found)[:3]


def _same_line(position: Position, name: str) -> list[str]:
    """Names declared after `name` in one line of the prefix (``reg a, b, c;``), at most 2."""
    if position.last.kind in ("declaration", "port", "parameter"):
        return []
    for index in position.own.where(name):
        names = declared_in(position.code[index])
        if name in names:
            at = names.index(name) + 1
            return names[at : at + 2]
    return []


def _used_below(position: Position) -> list[str]:
    """Names that the text below the cursor uses and the text above does not know, in order."""
    if not position.suffix or position.last.kind not in (
        "declaration",
        "port",
        "parameter",
        "header",
        "closer",
    ):
        return []
    names = dict.fromkeys(name for line in position.below[:400] for name in line.names)
    declared = {
        line.key for line in position.below[:400] if line.kind in ("declaration", "port", "parameter")
    }
    return [name for name in names if name not in position.names and name not in declared]


def _carried(old: str, successor: str, new: str) -> str | None:
    """`successor` with the parts it shares with `old` at its front replaced by those of `new`."""
    left, right, image = old.split("_"), successor.split("_"), new.split("_")
    shared = 0
    while shared < min(len(left), len(right)) and left[shared] == right[shared]:
        shared += 1
    back = len(left) - shared
    if not shared or back <= 0 or len(image) < back:
        return None
    return "_".join(image[: len(image) - back] + right[shared:])


def undriven(position: Position) -> list[str]:
    """Outputs and registers of the module that no line assigns yet, in declaration order."""
    if position.last.kind in ("port", "portmap", "parameter"):
        return []
    driven: set[str] = set()
    declared: list[str] = []
    for line in position.code[position.module_start :]:
        if line.kind in ("assign", "nonblocking", "blocking"):
            driven.add(line.key)
        elif line.kind == "portmap":
            driven.update(line.names)
        elif (line.kind == "port" and "output" in line.tokens[:2]) or (
            line.kind == "declaration" and "=" not in line.tokens
        ):
            declared.extend(declared_in(line))
    return [name for name in dict.fromkeys(declared) if name not in driven]
