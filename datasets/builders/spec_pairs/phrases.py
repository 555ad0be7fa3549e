"""Sentences with choices in them: a small grammar that turns one template into many wordings.

``<a|b|c>`` is one of its alternatives (they may be empty and may nest), ``$word`` is a choice of the lexicon below, and
``{field}`` is filled in last, so that what is filled in is never taken for grammar. A field may be a port: it shows as
its name, sometimes in quotes.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rtlgen.datasets.spec_pairs.design import DesignPort

LEXICON = {
    "Do": "<Implement|Build|Create|Design|Write|Make|Describe|Develop>",
    "do": "<implement|build|create|design|write|make>",
    "a_circuit": "a <circuit|module|combinational circuit|block|combinational block|logic circuit|unit>",
    "a_Circuit": "A <circuit|module|combinational circuit|block|design>",
    "The_circuit": "<The circuit|The module|This module|This circuit|The block|The design>",
    "the_circuit": "<the circuit|the module|the block>",
    "should": "<should|must|shall|has to|is to|needs to>",
    "that": "<that|which>",
    "outputs": "<outputs|produces|returns|gives|computes>",
    "output": "<output|produce|return|give|compute>",
    "is_high": "<is 1|is high|is set|is one|is asserted|equals 1|is true|is logic 1>",
    "is_low": "<is 0|is low|is cleared|is zero|is deasserted|equals 0|is false|is logic 0>",
    "be_high": "<be 1|be high|be set|be one|be asserted|be true>",
    "when": "<when|whenever|if|while>",
    "otherwise": "<otherwise|in all other cases|else|in every other case>",
    "Otherwise": "<Otherwise|In all other cases|Else|In every other case>",
    "to": "<to|on|at>",
    "exactly_if": "<if and only if|exactly when|precisely when|only when|if>",
    "input": "<input|input signal|input port>",
    "vector": "<vector|bus|word|input vector>",
    "bit": "bit",
}
"""Words that many families share; ``$Word`` in a template."""

_FRAMES = ("{}",) * 8 + ("`{}`", "'{}'")
_WORD = re.compile(r"\$([A-Za-z_]+)")
_CHOICE = re.compile(r"<([^<>|]*(?:\|[^<>|]*)+)>")
_GAPS = re.compile(r"(?<=\S) {2,}(?=\S)")


def expand(rng: random.Random, template: str, /, **fields: object) -> str:
    """`template` with every choice drawn and every field filled in. Raises KeyError for a missing field."""
    text = template
    while match := _WORD.search(text):
        text = text[: match.start()] + LEXICON[match[1]] + text[match.end() :]
    while match := _CHOICE.search(text):
        text = text[: match.start()] + rng.choice(match[1].split("|")) + text[match.end() :]
    text = _GAPS.sub(" ", text).replace(" .", ".").replace(" ,", ",")
    if not fields:
        return text
    frame = rng.choice(_FRAMES)
    return text.format(**{key: _shown(value, frame) for key, value in fields.items()})


def _shown(value: object, frame: str) -> object:
    """A port as its name in the quotes of this text, with ``.width`` and ``.top``, its highest index."""
    if not isinstance(value, DesignPort):
        return value
    return Shown(frame.format(value.name), value.name, value.width)


@dataclass(frozen=True)
class Shown:
    """A port in a template: ``{a}`` is its name as shown, ``{a.name}`` the bare one."""

    text: str
    name: str
    width: int

    @property
    def top(self) -> int:
        """Index of the most significant bit."""
        return self.width - 1

    def __format__(self, spec: str) -> str:
        return self.text


def wordings(
    rng: random.Random, templates: Sequence[str], /, keep: int = 3, **fields: object
) -> tuple[str, ...]:
    """`keep` different templates (all of them if they are fewer), expanded."""
    chosen = rng.sample(list(templates), min(keep, len(templates)))
    return tuple(expand(rng, template, **fields) for template in chosen)


def listed(words: Sequence[str], last: str = "and") -> str:
    """``a``, ``a and b`` or ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def counted(number: int) -> str:
    """The number in words up to ten, in digits above."""
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[number] if number < len(words) else str(number)


def capital(text: str) -> str:
    """`text` with its first letter in upper case."""
    return text[:1].upper() + text[1:]
