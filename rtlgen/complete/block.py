"""Blocks and modules: chains of lines until the structure that was open at the cursor is closed.

A chain takes the best ranked line, appends it, and asks again; the alternatives of a request differ in their first
line. A chain ends when a line repeats itself without end, when the block or module is closed, or at a limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rtlgen.complete.line import RankedLine

Next = Callable[[str], RankedLine | None]
"""The best next line after a prefix, or None."""

_OPEN = re.compile(
    r"\b(begin|case[xz]?|module|interface|package|program|class|function|task|generate|fork|covergroup)\b|[(\[{]"
)
_CLOSE = re.compile(
    r"\b(end|endcase|endmodule|endinterface|endpackage|endprogram|endclass|endfunction|endtask|endgenerate|endgroup|join(?:_any|_none)?)\b|[)\]}]"
)
_NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"', re.DOTALL)
_MODULE_END = re.compile(r"\bend(module|interface|package|program)\b")
MAX_LINES = {"block": 24, "module": 160}
"""Most lines of a chain."""


@dataclass(frozen=True)
class Chain:
    """The lines of a completed block, the product of their probabilities per line, and why it ended."""

    lines: tuple[str, ...]
    probability: float
    finish: str
    sources: tuple[str, ...]


def depth(text: str) -> int:
    """Open blocks and brackets in `text`, comments and strings aside (negative when it closes more than it opens)."""
    code = _NOISE.sub(" ", text)
    return len(_OPEN.findall(code)) - len(_CLOSE.findall(code))


def chain(first: RankedLine, prefix: str, mode: str, follow: Next) -> Chain:
    """Complete from the line `first` on, after `prefix`, in mode ``block`` or ``module``."""
    lines = [first.text]
    probability = max(first.probability, 1e-6)
    sources = list(first.sources[:1])
    level = depth(first.text)
    opened = level > 0
    finish = "limit"
    while len(lines) < MAX_LINES[mode]:
        ended = _ended(lines[-1], level, opened, mode)
        if ended:
            finish = ended
            break
        line = follow(prefix + "\n".join(lines) + "\n")
        if line is None:
            finish = "no candidate"
            break
        if len(lines) > 3 and lines[-1].split() == line.text.split() == lines[-2].split():
            finish = "repetition"
            break
        lines.append(line.text)
        level += depth(line.text)
        opened = opened or level > 0
        probability *= max(line.probability, 1e-6)
        sources.extend(s for s in line.sources[:1] if s not in sources)
    return Chain(tuple(lines), probability ** (1 / len(lines)), finish, tuple(sources))


def _ended(line: str, level: int, opened: bool, mode: str) -> str:
    if mode == "module":
        return "module closed" if _MODULE_END.search(_NOISE.sub(" ", line)) else ""
    if level < 0:
        return "enclosing block closed"
    if opened and level == 0:
        return "block closed"
    return "statement" if not opened and level == 0 and line.rstrip().endswith(";") else ""
