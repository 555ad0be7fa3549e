"""Where a text is opened for fill-in-the-middle: holes of the sizes that people leave while they write Verilog.

A hole is the rest of a line, an expression, some whole lines, the content of a block, a list of ports or connections, the
body of a module, or any span (Bavarian et al., arXiv 2207.14255, draw spans only). The kinds are found by brackets and
keywords on text with its comments blanked, so a text that is cut anywhere is no error; a kind that a text does not have
gives way to another one.

It cuts no tokens and knows no model.

Try: ``python -c "from rtlgen.train.holes import holes; print(holes('assign y = a & b;\\nassign z = (a | b);\\n'))"``
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

from rtlgen.retrieval.masking import masked

Span = tuple[int, int]
"""First and one past the last character."""

SHARES: Mapping[str, float] = {
    "rest": 0.30,
    "lines": 0.22,
    "expression": 0.14,
    "block": 0.12,
    "list": 0.10,
    "module": 0.05,
    "span": 0.07,
}
"""How often each kind of hole is wanted."""
MOST_LINES = 8
"""Of a hole of whole lines."""
MOST_SHARE = 0.7
"""A hole takes at most this share of the text."""

_WORDS = re.compile(
    r"\b(?:begin|case[xz]?|function|task|generate|end|endcase|endfunction|endtask|endgenerate)\b|[()]"
)
_OPENS = re.compile(r"begin|case[xz]?|function|task|generate|\(")
_ASSIGNED = re.compile(r"(?<![<>=!])(?:<=|=)(?!=)\s*([^;\n]{3,200});")
_ASKED = re.compile(r"\b(?:if|case[xz]?|while)\s*\(([^\n]{2,160})\)\s*(?:begin|$)", re.MULTILINE)
_HEAD_END = re.compile(r"\)\s*;")
_MODULE = re.compile(r"\bmodule\b")
_END = re.compile(r"\bendmodule\b")


def holes(text: str) -> dict[str, list[Span]]:
    """Kind -> spans that may be opened in `text`: expressions, blocks, lists and modules."""
    code = masked(text)
    found: dict[str, list[Span]] = {"expression": [], "block": [], "list": [], "module": []}
    for pattern in (_ASSIGNED, _ASKED):
        found["expression"] += [match.span(1) for match in pattern.finditer(code)]
    stack: list[tuple[str, int]] = []
    for match in _WORDS.finditer(code):
        word = match.group()
        if _OPENS.fullmatch(word):
            stack.append((word, match.end()))
        elif stack and (stack[-1][0] == "(") == (word == ")"):
            opened, start = stack.pop()
            inner = text[start : match.start()]
            if "\n" in inner and inner.strip():
                found["list" if opened == "(" else "block"].append((start, match.start()))
    found["module"] = _bodies(code)
    return found


def _bodies(code: str) -> list[Span]:
    """Bodies of whole modules: behind the header's ``);`` up to ``endmodule``."""
    found = []
    for begin in _MODULE.finditer(code):
        head = _HEAD_END.search(code, begin.end())
        end = _END.search(code, head.end()) if head else None
        if head and end and not _MODULE.search(code, head.end(), end.start()):
            found.append((head.end(), end.start()))
    return found


def cut(text: str, rng: random.Random) -> tuple[str, str, str]:
    """Prefix, middle and suffix of `text` (three lines at least), whose join is `text`; the kind of hole is drawn."""
    known = holes(text)
    kinds = list(SHARES)
    wanted = rng.choices(kinds, [SHARES[kind] for kind in kinds])[0]
    left, right = _drawn(wanted, known, text, rng)
    return text[:left], text[left:right], text[right:]


def _drawn(kind: str, known: Mapping[str, list[Span]], text: str, rng: random.Random) -> Span:
    """A hole of `kind`, or the rest of a line when there is none that leaves enough of the text."""
    fitting = [span for span in known.get(kind, ()) if 0 < span[1] - span[0] <= MOST_SHARE * len(text)]
    if fitting:
        return rng.choice(fitting)
    if kind == "span":
        left = rng.randrange(0, max(1, len(text) - 2))
        return left, min(len(text), left + rng.randrange(1, 240))
    lines = text.splitlines(keepends=True)
    first = rng.randrange(1, len(lines) - 1)
    before = sum(len(line) for line in lines[:first])
    if kind == "lines":
        count = rng.randrange(1, max(2, min(MOST_LINES, len(lines) - first)))
        return before, before + sum(len(line) for line in lines[first : first + count])
    line = lines[first].rstrip("\n")
    return before + rng.randrange(0, max(1, len(line))), before + len(line)
