"""Conditional compilation around a place: which macros to define, or what to blank, so that the place is compiled.

What it does not do: evaluate conditions; the compiler is asked whether it sees the place (`sim.check`).

Source: the directives of IEEE 1800-2017, section 22.6.
"""

from __future__ import annotations

import re

from rtlgen.sim.static.lexer import in_macro_body

_DIRECTIVE = re.compile(r"^[ \t]*`(ifdef|ifndef|elsif|else|endif)\b[ \t]*(\w*)[^\n]*", re.MULTILINE)


def activating(before: str) -> list[str]:
    """Macros to define so that the branches in which `before` ends are taken; empty when defining cannot do it."""
    stack: list[list[re.Match[str]]] = []
    for match in _directives(before):
        word = match.group(1)
        if word in {"ifdef", "ifndef"}:
            stack.append([match])
        elif stack and word == "endif":
            stack.pop()
        elif stack:
            stack[-1].append(match)
    names = []
    for parts in stack:
        word, name = parts[-1].group(1), parts[-1].group(2)
        if word in {"ifdef", "elsif"} and name:
            names.append(name)
        elif word == "else" and parts[0].group(1) == "ifndef" and len(parts) == 2:
            names.append(parts[0].group(2))
    return names


def activate(text: str, offset: int) -> str:
    """`text` of the same length in which the conditional branches around `offset` are the ones taken.

    The directives of every `` `ifdef`` that encloses `offset` and its other branches become spaces.
    """
    stack: list[list[re.Match[str]]] = []
    blank: list[tuple[int, int]] = []
    for match in _directives(text):
        word = match.group(1)
        if word in {"ifdef", "ifndef"}:
            stack.append([match])
        elif stack:
            stack[-1].append(match)
            if word == "endif":
                blank += _other_branches(stack.pop(), offset)
    while stack:
        blank += _other_branches(stack.pop(), offset, len(text))
    for start, end in blank:
        text = text[:start] + re.sub(r"[^\r\n]", " ", text[start:end]) + text[end:]
    return text


def _directives(text: str) -> list[re.Match[str]]:
    """The conditional directives of `text`, those in macro definitions left out."""
    return [
        m
        for m in _DIRECTIVE.finditer(text)
        if not m.group().rstrip().endswith("\\") and not in_macro_body(text, m.start())
    ]


def _other_branches(parts: list[re.Match[str]], offset: int, end: int | None = None) -> list[tuple[int, int]]:
    """Spans to blank of one conditional (its directives in order), nothing when it does not enclose `offset`."""
    last = parts[-1].end() if end is None else end
    if not parts[0].end() <= offset <= last:
        return []
    spans = []
    for index, part in enumerate(parts):
        spans.append(part.span())
        following = parts[index + 1].start() if index + 1 < len(parts) else last
        if not part.end() <= offset <= following and following > part.end():
            spans.append((part.end(), following))
    return spans


def has_conditionals(text: str) -> bool:
    """True when `text` holds a conditional directive of its own."""
    return _DIRECTIVE.search(text) is not None
