"""An expression that explains values: the cheapest of a small grammar that is right on every row.

    leaf:  constant, port, ~port, port + 1, port - 1, a & b, a | b, a ^ b, a + b, a - b, &a, |a, ^a, a == b, a < b, shifts
    tree:  leaf, or condition ? tree : tree, or a case over a small port, with a leaf or a choice of two for each value

Each leaf is a set of the rows that it is right on (bits of an integer), so that trees are found by set operations. It is
search by examples, as in Gulwani (POPL 2011) and the condition learning of EUSolver (TACAS 2017), much reduced. A tree
that is right on all rows is not thereby what was meant: callers ask for many rows, and offer the result as a candidate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_PAIRED = ("&", "|", "^", "+", "-")
MAX_SELECTOR = 4
"""Bits of a port that a case may select by."""

SAME = 3
"""Codes of a selector with the same value, from which on it is taken for a constant."""
CERTAIN = 3
"""Bits that the known values must have beyond the cost of what explains them."""


@dataclass(frozen=True)
class Known:
    """Ports (with widths) that an expression may use, and their values row by row; None is unknown."""

    widths: Mapping[str, int]
    rows: Sequence[Mapping[str, int | None]]
    state: str = ""
    """The port whose own value before the edge may be used as a counter is."""
    conditions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Leaf:
    text: str
    right: int
    """Bit i: right on row i."""
    cost: int


@dataclass(frozen=True)
class _Tree:
    text: str
    cost: int


def expression(known: Known, wanted: Sequence[int | None], width: int, *, depth: int = 2) -> str:
    """The cheapest expression that gives `wanted` on all rows where it is known; empty when none is found."""
    rows = 0
    for index, value in enumerate(wanted):
        rows |= (value is not None) << index
    if not rows:
        return ""
    solver = _Solver(known, wanted, width)
    tree = solver.tree(rows, depth)
    return tree.text if tree and rows.bit_count() * width >= tree.cost + CERTAIN else ""


class _Solver:
    def __init__(self, known: Known, wanted: Sequence[int | None], width: int) -> None:
        self.known, self.wanted, self.width = known, wanted, width
        self.mask = (1 << width) - 1
        self.leaves = sorted(self._leaves(), key=lambda leaf: leaf.cost)
        self.conditions = list(self._conditions())
        self._memo: dict[tuple[int, int], _Tree | None] = {}

    def tree(self, rows: int, depth: int) -> _Tree | None:
        """The cheapest tree of at most `depth` choices that is right on `rows` (a set)."""
        key = (rows, depth)
        if key not in self._memo:
            self._memo[key] = self._found(rows, depth)
        return self._memo[key]

    def _found(self, rows: int, depth: int) -> _Tree | None:
        leaf = next((leaf for leaf in self.leaves if not rows & ~leaf.right), None)
        if leaf is not None:
            return _Tree(leaf.text, leaf.cost)
        if depth == 0:
            return None
        best: _Tree | None = None
        for text, where in self.conditions:
            yes, no = rows & where, rows & ~where
            if not yes or not no:
                continue
            first = self.tree(yes, 0) or (self.tree(yes, depth - 1) if depth > 1 else None)
            second = self.tree(no, depth - 1) if first else None
            if first and second:
                cost = first.cost + second.cost + 2
                if best is None or cost < best.cost:
                    best = _Tree(f"{text} ? {_inner(first.text)} : {_inner(second.text)}", cost)
        chosen = self._case(rows, depth)
        return min((tree for tree in (best, chosen) if tree), key=lambda tree: tree.cost, default=None)

    def _case(self, rows: int, depth: int) -> _Tree | None:
        """A choice by the value of one small port."""
        best: _Tree | None = None
        for name, width in self.known.widths.items():
            if not 1 < width <= MAX_SELECTOR or depth < 2:
                continue
            groups: dict[int, int] = {}
            for index, row in enumerate(self.known.rows):
                value = row[name]
                if rows >> index & 1 and value is not None:
                    groups[value] = groups.get(value, 0) | 1 << index
            if len(groups) < 3 or sum(groups.values()) != rows:
                continue
            common = self._common(groups)
            parts = {value: common.get(value) or self.tree(group, 0) for value, group in groups.items()}
            if all(parts.values()):
                best = self._chain(name, width, {v: tree for v, tree in parts.items() if tree}, best)
        return best

    def _common(self, groups: Mapping[int, int]) -> dict[int, _Tree]:
        """A constant for groups that all have it when there are `SAME` of them: a port is selected by one code."""
        values: dict[int, list[int]] = {}
        for value, rows in groups.items():
            wanted = {self.wanted[at] for at in range(len(self.wanted)) if rows >> at & 1}
            if len(wanted) == 1 and (found := wanted.pop()) is not None:
                values.setdefault(found, []).append(value)
        return {
            value: _Tree(f"{self.width}'d{found}", 1)
            for found, same in values.items()
            if len(same) >= SAME
            for value in same
        }

    def _chain(self, name: str, width: int, parts: Mapping[int, _Tree], best: _Tree | None) -> _Tree | None:
        """Nested choices; the text that most values have stands last, for all others."""
        texts = [tree.text for tree in parts.values()]
        last = max(texts, key=texts.count)
        cost = 2 + sum(tree.cost for tree in parts.values())
        if best is not None and best.cost <= cost:
            return best
        chain = _inner(last)
        for value, tree in reversed([(v, t) for v, t in sorted(parts.items()) if t.text != last]):
            chain = f"{name} == {width}'d{value} ? {_inner(tree.text)} : {chain}"
        return _Tree(chain, cost)

    def _leaves(self) -> Iterator[_Leaf]:
        for value in dict.fromkeys(v for v in (0, self.mask, *self.wanted) if v is not None):
            yield self._leaf(f"{self.width}'d{value}", [value] * len(self.wanted), 3 if value else 2)
        columns = self._columns()
        same = [(name, values) for name, values in columns.items() if self.known.widths[name] == self.width]
        for name, values in same:
            yield self._leaf(name, values, 1)
            yield self._leaf(f"~{name}", [_map(v, lambda x: ~x & self.mask) for v in values], 2)
            if self.width > 1:
                yield self._leaf(f"{name} + 1'b1", [_map(v, lambda x: x + 1 & self.mask) for v in values], 2)
                yield self._leaf(f"{name} - 1'b1", [_map(v, lambda x: x - 1 & self.mask) for v in values], 3)
        for at, (a, left) in enumerate(same):
            for b, right in same[at + 1 :]:
                yield from self._of_two(a, left, b, right)
        if self.width == 1:
            yield from self._reduced(columns)
        yield from self._shifted(columns)

    def _of_two(
        self, a: str, left: Sequence[int | None], b: str, right: Sequence[int | None]
    ) -> Iterator[_Leaf]:
        pairs = list(zip(left, right, strict=True))
        for sign in _PAIRED if self.width > 1 else _PAIRED[:3]:
            values = [None if x is None or y is None else _applied(sign, x, y) & self.mask for x, y in pairs]
            yield self._leaf(f"{a} {sign} {b}", values, 3)
            if sign in "&|^":
                yield self._leaf(f"~({a} {sign} {b})", [_map(v, lambda x: ~x & self.mask) for v in values], 4)
        swapped = [None if x is None or y is None else y - x & self.mask for x, y in pairs]
        if self.width > 1:
            yield self._leaf(f"{b} - {a}", swapped, 3)
        for one, other, text in ((0, 1, f"{a} & ~{b}"), (1, 0, f"~{a} & {b}")):
            values = [
                None if x is None or y is None else (x ^ -one) & (y ^ -other) & self.mask for x, y in pairs
            ]
            yield self._leaf(text, values, 4)

    def _reduced(self, columns: Mapping[str, Sequence[int | None]]) -> Iterator[_Leaf]:
        for name, values in columns.items():
            full = (1 << self.known.widths[name]) - 1
            if full == 1:
                continue
            yield self._leaf(f"&{name}", [_map(v, lambda x, full=full: x == full) for v in values], 2)
            yield self._leaf(f"|{name}", [_map(v, lambda x: x != 0) for v in values], 2)
            yield self._leaf(f"^{name}", [_map(v, lambda x: x.bit_count() & 1) for v in values], 2)
            for bit in range(full.bit_length()):
                yield self._leaf(
                    f"{name}[{bit}]", [_map(v, lambda x, bit=bit: x >> bit & 1) for v in values], 3
                )
        wide = [name for name in columns if self.known.widths[name] > 1]
        for a in wide:
            for b in wide:
                if a != b and self.known.widths[a] == self.known.widths[b]:
                    pairs = list(zip(columns[a], columns[b], strict=True))
                    less = [None if x is None or y is None else int(x < y) for x, y in pairs]
                    equal = [None if x is None or y is None else int(x == y) for x, y in pairs]
                    yield self._leaf(f"{a} < {b}", less, 3)
                    yield self._leaf(f"{a} == {b}", equal, 3)

    def _shifted(self, columns: Mapping[str, Sequence[int | None]]) -> Iterator[_Leaf]:
        """The state moved by one place, with a bit that comes in."""
        name = self.known.state
        if not name or self.width < 2 or self.known.widths.get(name) != self.width:
            return
        top = self.width - 1
        for other, values in columns.items():
            if self.known.widths[other] != 1 or other == name:
                continue
            pairs = list(zip(columns[name], values, strict=True))
            left = [None if q is None or d is None else (q << 1 | d) & self.mask for q, d in pairs]
            right = [None if q is None or d is None else q >> 1 | d << top for q, d in pairs]
            yield self._leaf(f"{{{name}[{top - 1}:0], {other}}}", left, 3)
            yield self._leaf(f"{{{other}, {name}[{top}:1]}}", right, 3)

    def _conditions(self) -> Iterator[tuple[str, int]]:
        """Texts and the rows where they hold: single bits, and the state at a value that it has had."""
        for name, values in self._columns().items():
            if self.known.widths[name] == 1:
                yield name, _where(values, 1)
            elif name == self.known.state:
                width = self.known.widths[name]
                for value in dict.fromkeys(v for v in values if v is not None):
                    yield f"{name} == {width}'d{value}", _where(values, value)

    def _columns(self) -> dict[str, list[int | None]]:
        return {name: [row[name] for row in self.known.rows] for name in self.known.widths}

    def _leaf(self, text: str, values: Sequence[int | None], cost: int) -> _Leaf:
        right = 0
        for index, (value, wanted) in enumerate(zip(values, self.wanted, strict=True)):
            right |= (wanted is not None and value is not None and int(value) == wanted) << index
        return _Leaf(text, right, cost)


def _map(value: int | None, change: object) -> int | None:
    return None if value is None else int(change(value))  # type: ignore[operator]


def _applied(sign: str, x: int, y: int) -> int:
    return {"&": x & y, "|": x | y, "^": x ^ y, "+": x + y, "-": x - y}[sign]


def _where(values: Sequence[int | None], wanted: int) -> int:
    rows = 0
    for index, value in enumerate(values):
        rows |= (value == wanted) << index
    return rows


def _inner(text: str) -> str:
    return f"({text})" if " " in text else text
