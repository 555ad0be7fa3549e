"""Places in source text that nobody would want to hear recited: long literals, high-entropy strings, people.

It finds what looks like a key, a digest, a password, a token, an e-mail address or a name in a comment, by form alone: a
polynomial is a long literal too, and a name that stands in no known phrase is missed. It judges nothing and asks no
model (`rtlgen.train.audit`).

Try: ``rtlgen train audit``
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

KINDS = ("number", "string", "e-mail", "name")
LEAST_DIGITS = 16
"""Hexadecimal digits of a literal that is looked at (64 bits)."""
LEAST_ENTROPY = 3.2
"""Bits a character (of the text's own distribution) from which a string looks drawn."""

_HEX = re.compile(r"(?:'[sS]?[hH]\s*|\b0[xX])([0-9a-fA-F_]{16,})|\b([0-9a-fA-F]{24,})\b")
_STRING = re.compile(r'"((?:[^"\\\n]|\\.){16,})"|\b([A-Za-z0-9+/_-]{28,}={0,2})(?![A-Za-z0-9+/_-])')
_MAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
_NAME = re.compile(
    r"(?:\bauthors?\b|\bwritten by\b|\bcopyright\b[^\n]{0,30}?\d{4}|\bmaintainer\b|\bcontact\b|\bengineer\b)"
    r"[:\s,-]*((?:[A-Z][\w'.-]+[ \t]+){1,3}[A-Z][\w'.-]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Literal:
    """A span of a text (offsets of characters) and what it looks like, one of `KINDS`."""

    kind: str
    start: int
    end: int


def literals(text: str) -> list[Literal]:
    """What in `text` looks like a secret or a person, by position; of overlapping ones the first kind."""
    taken: list[Literal] = []
    for literal in sorted(_found(text), key=lambda item: KINDS.index(item.kind)):
        if all(literal.end <= other.start or literal.start >= other.end for other in taken):
            taken.append(literal)
    return sorted(taken, key=lambda item: item.start)


def _found(text: str) -> Iterator[Literal]:
    for match in _HEX.finditer(text):
        group = 1 if match[1] is not None else 2
        digits = match[group].replace("_", "")
        if len(digits) >= LEAST_DIGITS and len(set(digits.lower())) >= 6:
            yield Literal("number", match.start(group), match.end(group))
    for match in _STRING.finditer(text):
        group = 1 if match[1] is not None else 2
        if looks_drawn(match[group]):
            yield Literal("string", match.start(group), match.end(group))
    for match in _MAIL.finditer(text):
        yield Literal("e-mail", match.start(), match.end())
    for match in _NAME.finditer(text):
        if match[1].split()[0].lower() not in ("the", "by", "all", "in", "of"):
            yield Literal("name", match.start(1), match.end(1))


def looks_drawn(text: str) -> bool:
    """Has `text` no blanks, letters and digits mixed, and many different characters, as keys and tokens have?"""
    if (
        re.search(r"\s|%|/.*/.*/|\.s?vh?$", text)
        or not re.search(r"\d", text)
        or not re.search(r"[A-Za-z]", text)
    ):
        return False
    if len(re.findall(r"(?<=[a-z])[A-Z0-9]|(?<=\d)[A-Za-z]", text)) < len(text) // 6:
        return False
    return entropy(text) >= LEAST_ENTROPY


def entropy(text: str) -> float:
    """Bits a character of the distribution of characters in `text`; 0 for an empty text."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values()) if text else 0.0
