"""Numbers written in a source: values that inputs should take, since a design compares them with something.

No random vector of 16 bits meets ``case (scancode) 16'he06b`` in a thousand tries. All literals of the files are taken,
wherever they stand; unknown digits (x, z, ?) count as 0.

What it does not do: evaluate expressions and parameters, or say which input a number belongs to.

Try: ``python -c "from rtlgen.sim.reference.constants import constants_in; print(constants_in([\\"16'he06b\\"]))"``
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST = 64
"""Numbers that are kept, the first ones of the text."""
LEAST = 8
"""Smaller ones are met by chance."""

_NO_CODE = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL)
_LITERAL = re.compile(
    r"(?<![\w$.])(?:\d[\d_]*)?\s*'[sS]?([bBoOdDhH])\s*([0-9a-fA-FxXzZ?_]+)|(?<![\w$.'])(\d[\d_]*)(?![\w'.])"
)
_BASES = {"b": 2, "o": 8, "d": 10, "h": 16}
_DIGITS = 256
"""Digits of a literal that is read; longer ones are no values of ports."""


def constants_in(texts: Iterable[str]) -> tuple[int, ...]:
    """The numbers of at least `LEAST` in `texts`, each once, in order, at most `MOST`."""
    found: dict[int, None] = {}
    for text in texts:
        for match in _LITERAL.finditer(_NO_CODE.sub(" ", text)):
            digits = re.sub(r"[xXzZ?]", "0", (match[2] or match[3]).replace("_", ""))
            if not digits or len(digits) > _DIGITS:
                continue
            try:
                value = int(digits, _BASES[match[1].lower()] if match[1] else 10)
            except ValueError:  # 8'b12
                continue
            if value >= LEAST:
                found.setdefault(value)
            if len(found) == MOST:
                return tuple(found)
    return tuple(found)
