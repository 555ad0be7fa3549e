"""What a mutant is, which kinds there are, how literals change, and how a few are drawn out of many.

It knows no grammar: `rewriting` (Pyverilog's tree) and `edits` (pyslang's) find the places.

Source of the operators: R. A. DeMillo, R. J. Lipton, F. G. Sayward, "Hints on test data selection", Computer 1978, in the
form that hardware needs (edges, resets, blocking and nonblocking assignments, part selects).
Try: ``rtlgen bench check verilog-eval --data DIR --problems '*counter*'``
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

KINDS = {
    "arithmetic": "another arithmetic operator",
    "relation": "another comparison",
    "logic": "&& and || exchanged",
    "bitwise": "another bitwise operator",
    "shift": "the other direction of a shift",
    "unary": "a unary operator removed, added or exchanged",
    "constant": "a constant one more, one less, 0, all ones, or with one bit flipped",
    "select": "a bit or part select moved by one",
    "ternary": "the branches of a ?: swapped",
    "condition": "a condition negated, always true or always false",
    "branch": "a branch of an if dropped",
    "case item": "an item or the default of a case dropped",
    "missing assignment": "one assignment deleted",
    "assignment": "blocking and nonblocking exchanged",
    "edge": "posedge and negedge exchanged",
    "reset edge": "an asynchronous reset made synchronous, or the other way round",
    "reset value": "another value at reset",
    "stuck output": "an output that is always 0 or always 1",
    "instance": "two inputs of an instance swapped",
}
"""Kind of a mutation and what it does."""

OPERATORS: dict[str, tuple[str, tuple[str, ...]]] = {
    "+": ("arithmetic", ("-",)),
    "-": ("arithmetic", ("+",)),
    "*": ("arithmetic", ("+",)),
    "/": ("arithmetic", ("*",)),
    "%": ("arithmetic", ("/",)),
    "**": ("arithmetic", ("*",)),
    "<": ("relation", ("<=", ">=", ">")),
    "<=": ("relation", ("<", ">", "==")),
    ">": ("relation", (">=", "<=", "<")),
    ">=": ("relation", (">", "<", "==")),
    "==": ("relation", ("!=", ">=")),
    "!=": ("relation", ("==", ">")),
    "===": ("relation", ("!==",)),
    "!==": ("relation", ("===",)),
    "&&": ("logic", ("||",)),
    "||": ("logic", ("&&",)),
    "&": ("bitwise", ("|", "^")),
    "|": ("bitwise", ("&", "^")),
    "^": ("bitwise", ("|", "&", "~^")),
    "~^": ("bitwise", ("^",)),
    "^~": ("bitwise", ("^",)),
    "<<": ("shift", (">>",)),
    ">>": ("shift", ("<<",)),
    "<<<": ("shift", (">>>",)),
    ">>>": ("shift", ("<<<", ">>")),
}
"""Binary operator -> its kind and what it becomes."""

REDUCTIONS = {"&": "|", "|": "&", "^": "|", "~&": "~|", "~|": "~&", "~^": "^"}
"""Reduction operator -> what it becomes."""

_BASED = re.compile(r"^(\d*)\s*'([sS]?)([bBoOdDhH])\s*([0-9a-fA-F_]+)$")
_RADIX = {"b": 2, "o": 8, "d": 10, "h": 16}
_DIGITS = {"b": "b", "o": "o", "d": "d", "h": "x"}


@dataclass(frozen=True)
class Mutant:
    """One changed design. `line` is 1-based in the original text, 0 when unknown."""

    kind: str
    line: int
    description: str
    """What became what: ``a + b -> a - b``."""
    text: str


@dataclass(frozen=True)
class Candidate:
    """A mutant that has not been written yet."""

    kind: str
    line: int
    description: str
    write: Callable[[], str]


def literals(text: str) -> tuple[str, ...]:
    """What an integer literal can become, in its own base and size; nothing for one with x, z or ?."""
    text = text.strip()
    if text.isdigit():
        value = int(text)
        return _others(text, [str(value + 1), *([str(value - 1), "0"] if value else [])])
    found = _BASED.match(text)
    if found is None:
        return ()
    size, sign, base = found[1], found[2], found[3].lower()
    try:
        value = int(found[4].replace("_", ""), _RADIX[base])
    except ValueError:
        return ()

    def written(number: int) -> str:
        return f"{size}'{sign}{base}{number:{_DIGITS[base]}}"

    if not size:
        return _others(
            written(value), [written(value + 1), *([written(value - 1), written(0)] if value else [])]
        )
    full = (1 << min(int(size), 4096)) - 1
    values = [(value + 1) & full, (value - 1) & full, 0, full]
    values += [value ^ (1 << bit) for bit in (0, int(size) - 1) if bit < 4096]
    return _others(written(value), [written(number) for number in values])


def _others(own: str, texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text != own))


def draw(candidates: Sequence[Candidate], original: str, count: int, seed: int) -> tuple[Mutant, ...]:
    """Write up to `count` of the candidates: every kind in turn, within a kind at random; no text twice."""
    shuffled = random.Random(seed)
    kinds: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        kinds.setdefault(candidate.kind, []).append(candidate)
    order = sorted(kinds)
    shuffled.shuffle(order)
    for kind in order:
        shuffled.shuffle(kinds[kind])
    chosen: list[Mutant] = []
    seen = {_squeezed(original)}
    while order and len(chosen) < count:
        for kind in list(order):
            if not kinds[kind]:
                order.remove(kind)
                continue
            candidate = kinds[kind].pop()
            text = candidate.write()
            if _squeezed(text) not in seen and len(chosen) < count:
                seen.add(_squeezed(text))
                chosen.append(Mutant(candidate.kind, candidate.line, candidate.description, text))
    return tuple(chosen)


def shortened(text: str, length: int = 60) -> str:
    """`text` on one line, cut in the middle when it is long."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length // 2 - 2]} ... {line[-(length // 2 - 3) :]}"


def _squeezed(text: str) -> str:
    return " ".join(text.split())
