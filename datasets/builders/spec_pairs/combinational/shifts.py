"""Families that shift: by constants, by a variable amount, logical, arithmetic, rotating; power-of-two arithmetic."""

from __future__ import annotations

import random
from dataclasses import dataclass

from rtlgen.datasets.spec_pairs.combinational.circuit import (
    Kind,
    always,
    combinational,
    driven,
    family,
    given,
    ones,
    result,
    signed,
)
from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.names import Names, top_name
from rtlgen.datasets.spec_pairs.phrases import counted, wordings

_SAID = {
    "left": "shifted left logically",
    "right": "shifted right logically",
    "arithmetic": "shifted right arithmetically",
    "rotate left": "rotated left",
    "rotate right": "rotated right",
}
_FILL = {
    "left": "zeros enter at the right",
    "right": "zeros enter at the left",
    "arithmetic": "the sign bit is repeated at the left",
    "rotate left": "the bits that leave at the left enter at the right",
    "rotate right": "the bits that leave at the right enter at the left",
}
_DOES = {
    "left": "shifts {x} left",
    "right": "shifts {x} right",
    "arithmetic": "shifts {x} right arithmetically",
    "rotate left": "rotates {x} left",
    "rotate right": "rotates {x} right",
}


@dataclass(frozen=True)
class Move:
    """One kind of shift of `width` bits."""

    kind: str
    width: int

    def value(self, value: int, amount: int) -> int:
        """The result for an amount of at most `width`."""
        w = self.width
        if self.kind == "left":
            return value << amount & ones(w)
        if self.kind == "right":
            return value >> amount
        if self.kind == "arithmetic":
            return signed(value, w) >> amount & ones(w)
        turn = amount % w if self.kind == "rotate left" else -amount % w
        return (value << turn | value >> w - turn) & ones(w)

    def by_constant(self, x: str, amount: int) -> str:
        """A concatenation for a constant amount below the width."""
        w = self.width

        def cut(high: int, low: int) -> str:
            return f"{x}[{high}]" if high == low else f"{x}[{high}:{low}]"

        kept, top = cut(w - amount - 1, 0), cut(w - 1, amount)
        return {
            "left": f"{{{kept}, {amount}'b0}}",
            "right": f"{{{amount}'b0, {top}}}",
            "arithmetic": f"{{{{{amount}{{{x}[{w - 1}]}}}}, {top}}}",
            "rotate left": f"{{{kept}, {cut(w - 1, w - amount)}}}",
            "rotate right": f"{{{cut(amount - 1, 0)}, {top}}}",
        }[self.kind]

    def by_variable(self, x: str, amount: str) -> str:
        """An expression for a variable amount."""
        w = self.width
        return {
            "left": f"{x} << {amount}",
            "right": f"{x} >> {amount}",
            "arithmetic": f"$signed({x}) >>> {amount}",
            "rotate left": f"({x} << {amount}) | ({x} >> ({w} - {amount}))",
            "rotate right": f"({x} >> {amount}) | ({x} << ({w} - {amount}))",
        }[self.kind]


@family(1.0)
def constant_shift(rng: random.Random) -> Design:
    """A shift or rotation by a fixed number of places."""
    names = Names(rng)
    width = rng.choice([4, 5, 8, 8, 16, 32])
    move = Move(rng.choice(list(_SAID)), width)
    amount = rng.choice([1, 1, 2, 3, 4]) % width or 1
    x, y = given(names.input(), width), result(names.output(), width)
    places = f"{counted(amount)} {'bit' if amount == 1 else 'bits'}"
    templates = [
        "{y} is {x} {said} by {places}.",
        "{y} is {x} {said} by {places}; {fill}.",
        "$Do $a_circuit that {does} by {places}.",
        "$The_circuit {does} by {amount} <place|position>{s}. {Fill}.",
        "The {w}-bit {x} is {said} by {places} to give {y}.",
    ]
    if move.kind in ("left", "right") and rng.random() < 0.5:
        verb = "Multiply" if move.kind == "left" else "Divide"
        templates += [
            f"{verb} the unsigned {{x}} by {1 << amount} with wires only<| (the result has {width} bits)>.",
            f"{{y}} is {{x}} {'times' if move.kind == 'left' else 'divided by'} {1 << amount}, in "
            f"{width} bits.",
        ]
    fill = _FILL[move.kind]
    says = wordings(
        rng, templates, x=x, y=y, said=_SAID[move.kind], places=places, fill=fill, amount=amount, w=width,
        does=_DOES[move.kind].format(x=x.name), Fill=fill.capitalize(), s="" if amount == 1 else "s",
    )  # fmt: skip
    if move.kind in ("left", "right") and rng.random() < 0.6:
        value = f"{x.name} {'<<' if move.kind == 'left' else '>>'} {amount}"
    else:
        value = move.by_constant(x.name, amount)
    top = top_name(rng, "shift", move.kind.replace(" ", "_"), f"shift_{amount}", "shifter", "move_bits")
    return combinational(
        "constant_shift", top, [x, y], driven(rng, {y.name: value}, assign=0.85), says,
        lambda v: {y.name: move.value(v[x.name], amount)},
    )  # fmt: skip


@family(1.1)
def barrel_shift(rng: random.Random) -> Design:
    """A shift by a variable amount; perhaps an input chooses the direction."""
    names = Names(rng)
    size = rng.choice([2, 3, 3, 4, 5])
    width = 1 << size
    kinds = rng.choice([[k] for k in _SAID] + [["left", "right"], ["rotate left", "rotate right"]] * 2)
    moves = [Move(kind, width) for kind in kinds]
    x, y = given(names.input(), width), result(names.output(), width)
    n = given(names.one(("shamt", "amount", "n", "shift", "s", "amt", "ctrl", "sh", "count")), size)
    d = given(
        names.one(("dir", "right", "direction", "lr", "mode", "left_n")),
        note=f"0: {kinds[0]}, 1: {kinds[-1]}",
    )
    first = moves[0].kind
    if len(kinds) == 1:
        templates = [
            "$Do a <barrel shifter|variable shifter>: {y} is {x} {said} by {n} <places|bits|positions>.",
            "{y} is {x} {said} by {n} places; {fill}.",
            "$Do $a_circuit that {does} by the amount on {n}.",
            "The number {n} says by how many <places|bits> {x} is {said}. {Fill}.",
            "$The_circuit {does} by 0 to {m} places, as {n} says.",
        ]
        value = moves[0].by_variable(x.name, n.name)
    else:
        turn = "rotate" in first
        what = "rotated" if turn else "shifted logically"
        templates = [
            "$Do a <barrel shifter|{noun}> with direction: when {d} is 0, {x} is {what} left by "
            "{n}, when {d} is 1, right.",
            "{x} is {what} by {n} places, to the left for {d}=0 and to the right for {d}=1.",
            "{d} chooses the direction (0 left, 1 right) and {n} the distance by which {x} is {what}.",
            "If {d} is set, {y} is {x} {what} right by {n} bits, otherwise left by {n} bits.",
        ]
        templates = [
            text.replace("{what}", what).replace("{noun}", "rotator" if turn else "shifter")
            for text in templates
        ]
        left, right = (move.by_variable(x.name, n.name) for move in moves)
        if turn:
            left, right = f"({left})", f"({right})"
        value = f"{d.name} ? {right} : {left}"
    says = wordings(
        rng, templates, x=x, y=y, n=n, d=d, said=_SAID[first], fill=_FILL[first], m=width - 1,
        does=_DOES[first].format(x=x.name), Fill=_FILL[first].capitalize(),
    )  # fmt: skip
    ports = [x, n, *([d] if len(kinds) > 1 else []), y]
    if kinds == ["left"] and rng.random() < 0.25:
        body = _stages(names, x.name, n.name, y.name, size)
    else:
        body = driven(rng, {y.name: value}, assign=0.8)
    top = top_name(
        rng, "barrel_shifter", "rotator" if "rotate" in first else "shifter", f"shift{width}", "barrel"
    )

    def function(v: Values) -> dict[str, int | None]:
        chosen = moves[v[d.name] if len(moves) > 1 else 0]
        return {y.name: chosen.value(v[x.name], v[n.name])}

    return combinational("barrel_shift", top, ports, body, says, function)


def _stages(names: Names, x: str, n: str, y: str, size: int) -> str:
    """A left shifter as a row of multiplexers, one per bit of the amount."""
    width = 1 << size
    wires = [names.take(f"s{k}") for k in range(size - 1)]
    text = f"  wire [{width - 1}:0] {', '.join(wires)};\n"
    before = x
    for k, target in enumerate([*wires, y]):
        shifted = f"{{{before}[{width - (1 << k) - 1}:0], {1 << k}'b0}}"
        text += f"  assign {target} = {n}[{k}] ? {shifted} : {before};\n"
        before = target
    return text


@family(0.8)
def leading(rng: random.Random) -> Design:
    """Counts of leading or trailing zeros, and isolation of one bit."""
    names = Names(rng)
    width = rng.choice([4, 8, 8, 16, 32])
    kind = rng.choice(["leading", "trailing", "lowest", "highest", "clear"])
    counts = kind in ("leading", "trailing")
    x = given(names.input(), width)
    y = result(names.output("count", "n", "out", "y", "zeros", "q"), width.bit_length() if counts else width)
    templates = {
        "leading": [
            "{y} is the number of leading zeros of {x} ({w} when {x} is 0).",
            "Count the zeros before the most significant 1 of {x}; for {x} = 0 the count is {w}.",
            "$Do a leading-zero counter for {w} bits. An input of zero gives {w}.",
        ],
        "trailing": [
            "{y} is the number of trailing zeros of {x} ({w} when {x} is 0).",
            "Count the zeros behind the least significant 1 of {x}; for {x} = 0 the count is {w}.",
            "$Do a trailing-zero counter for {w} bits. An input of zero gives {w}.",
        ],
        "lowest": [
            "{y} keeps only the least significant 1 of {x}; all other bits are 0.",
            "Isolate the lowest set bit of {x}.",
            "$Do a fixed-priority arbiter: of all requests in {x}, only the lowest-numbered one "
            "is granted on {y}.",
        ],
        "highest": [
            "{y} keeps only the most significant 1 of {x}; all other bits are 0.",
            "Isolate the highest set bit of {x}.",
            "Of all bits set in {x} only the one with the highest index is set in {y}.",
        ],
        "clear": [
            "{y} is {x} with its least significant 1 cleared.",
            "Clear the lowest set bit of {x}; zero stays zero.",
            "Remove the lowest-numbered 1 from {x}.",
        ],
    }[kind]
    says = wordings(rng, templates, x=x, y=y, w=width)
    p, q = x.name, y.name
    if kind in ("lowest", "clear"):
        body = driven(rng, {q: f"{p} & -{p}" if kind == "lowest" else f"{p} & ({p} - 1'b1)"}, assign=0.8)
    else:
        i = names.take("i")
        value = {"leading": f"{width - 1} - {i}", "trailing": i, "highest": f"{width}'d1 << {i}"}[kind]
        span = (
            f"{i} = {width - 1}; {i} >= 0; {i} = {i} - 1"
            if kind == "trailing"
            else f"{i} = 0; {i} < {width}; {i} = {i} + 1"
        )
        start = f"{q} = {width};" if counts else f"{q} = {width}'d0;"
        lines = [start, f"for ({span})", f"  if ({p}[{i}]) {q} = {value};"]
        body = f"  integer {i};\n" + always(rng, lines)
    top = top_name(
        rng,
        *{"leading": ("lzc", "clz"), "trailing": ("ctz", "tzc")}.get(
            kind, ("isolate", "arbiter", "pick_bit")
        ),
    )

    def function(v: Values) -> dict[str, int | None]:
        value = v[p]
        low = value & -value
        high = 1 << value.bit_length() - 1 if value else 0
        found = {
            "leading": width - value.bit_length(),
            "trailing": low.bit_length() - 1 if value else width,
            "lowest": low,
            "highest": high,
            "clear": value ^ low,
        }
        return {q: found[kind]}

    return combinational("leading", top, [x, y], body, says, function)


FAMILIES: tuple[Kind, ...] = (constant_shift, barrel_shift, leading)
