"""Wordings with alternatives: ``«The module|This block» counts « up|» to 9.`` becomes one of its sentences.

Alternatives stand between guillemets, parted by bars, and may nest; an empty alternative leaves the part out. The marks
do not occur in Verilog, so code and tables may stand in a wording as they are. It knows nothing of designs.

Try: ``python -c 'import random; from rtlgen.datasets.spec_pairs.sequential.grammar import spin;
print(spin(random.Random(1), "«Count|Step» « up|down»."))'``
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

IMPERATIVES = ("Build", "Implement", "Implement", "Create", "Design", "Write", "Make", "Describe")
TIMES = ("On", "At", "On", "At", "With")
_ARTICLE = re.compile(r"\b([Aa]) (?=(?:8|11|18|8\d)-)")
_INNERMOST = re.compile("«([^«»]*)»")


def spin(rng: random.Random, text: str) -> str:
    """`text` with one alternative of every «a|b» drawn, innermost first."""
    text = text.replace("«Build|Implement»", rng.choice(IMPERATIVES)).replace("«On|At»", rng.choice(TIMES))
    found = _INNERMOST.search(text)
    while found is not None:
        text = text[: found.start()] + rng.choice(found.group(1).split("|")) + text[found.end() :]
        found = _INNERMOST.search(text)
    return _ARTICLE.sub(r"\1n ", text)


def several(
    rng: random.Random, templates: Sequence[str], tails: Sequence[str], count: int = 4
) -> tuple[str, ...]:
    """`count` different templates spun, each followed by one of `tails` (drawn texts; may be empty)."""
    chosen = rng.sample(list(templates), min(count, len(templates)))
    return tuple(
        _placed(rng, spin(rng, template).strip(" "), rng.choice(tails) if tails else "")
        for template in chosen
    )


def _placed(rng: random.Random, text: str, tail: str) -> str:
    """`tail` behind `text`, or seldom before it where it can stand there."""
    dependent = "\n" in text or tail.startswith(("It ", "With ", "When ", "While "))
    return joined(tail, text) if tail and not dependent and rng.random() < 0.12 else joined(text, tail)


def joined(*parts: str) -> str:
    """The non-empty parts with a blank between them, or a line end after a part that ends in one."""
    text = ""
    for part in parts:
        if part:
            text += part if not text or text.endswith("\n") else " " + part
    return text
