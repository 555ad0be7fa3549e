"""Packed ranges of declarations: find them, exchange them, write the line again.

range_of(("reg", "[", "7", ":", "0", "]", "a", ";"))
"""

from __future__ import annotations

from rtlgen.retrieval.propose.position import Position


def declared_range(position: Position, name: str) -> tuple[str, ...] | None:
    """Range tokens of the first declaration of `name` in the unit (empty for one bit), None when there is none."""
    for segment in (position.own, position.continuation.segment):
        for index in segment.where(name):
            line = segment.lines[index]
            if line.kind in ("port", "declaration") and line.key == name:
                return range_tokens(line.tokens)
    return None


def range_tokens(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The tokens of the first range, empty when there is none."""
    span = range_of(tokens)
    return tokens[span[0] : span[1]] if span else ()


def with_range(tokens: list[str], name: str, wanted: tuple[str, ...]) -> list[str]:
    """A declaration of `name` with its packed range replaced by `wanted`."""
    span = range_of(tuple(tokens))
    at = tokens.index(name) if name in tokens else len(tokens)
    if span is not None and span[1] <= at:
        return [*tokens[: span[0]], *wanted, *tokens[span[1] :]]
    return [*tokens[:at], *wanted, *tokens[at:]]


def range_of(tokens: tuple[str, ...]) -> tuple[int, int] | None:
    """``(start, stop)`` of the first bracketed range, None when there is none."""
    if "[" not in tokens or "]" not in tokens:
        return None
    start = tokens.index("[")
    stop = start
    depth = 0
    while stop < len(tokens):
        depth += (tokens[stop] == "[") - (tokens[stop] == "]")
        stop += 1
        if depth == 0:
            break
    return start, stop


def written(base: str, tokens: list[str]) -> str:
    """A declaration from tokens: blanks between words, none inside a range."""
    lead = base[: len(base) - len(base.lstrip())]
    text = ""
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else ""
        inside = text.count("[") > text.count("]")
        glue = not index or inside or token in (";", ",", "]") or before in ("(", "[")
        text += token if glue else " " + token
    return lead + text
