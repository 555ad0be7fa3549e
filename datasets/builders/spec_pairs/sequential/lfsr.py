"""Linear feedback shift registers (Fibonacci and Galois) and one-dimensional cellular automata by rule number.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.phrases import listed
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import mask
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

TAPS = {
    3: (3, 2),
    4: (4, 3),
    5: (5, 4, 3, 2),
    6: (6, 5),
    7: (7, 6),
    8: (8, 6, 5, 4),
    9: (9, 5),
    10: (10, 7),
    16: (16, 15, 13, 4),
}
"""Positions (1 is bit 0) of maximal-length feedback."""


def fibonacci(rng: random.Random) -> Design:
    """The XOR (or XNOR) of some bits enters at one end."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice(tuple(TAPS))
    places = (
        TAPS[width] if rng.random() < 0.6 else (width, *rng.sample(range(1, width), rng.choice((1, 1, 2))))
    )
    left = rng.random() < 0.7
    bits = sorted({p - 1 for p in places}, reverse=True)
    if not left:
        bits = sorted(width - 1 - b for b in bits)
    inverted = rng.random() < 0.2
    value = 0 if inverted else rng.choice((1, 1, mask(width), rng.randrange(1, 1 << width)))
    q = names.take("q", "out", "lfsr", "r", "state", "data")
    feed = " ^ ".join(f"{q}[{b}]" for b in bits)
    feed = f"~({feed})" if inverted else feed
    told, code = (
        (str(value), f"{width}'d{value}") if value < 10 else (f"{width}'h{value:x}", f"{width}'h{value:x}")
    )
    move = f"{{{q}[{width - 2}:0], {feed}}}" if left else f"{{{feed}, {q}[{width - 1}:1]}}"
    body = clocking.block([f"{q} <= {code};"], [f"{q} <= {move};"])
    gate = "XNOR" if inverted else "XOR"
    taps, side, into = (
        listed([f"{q}[{b}]" for b in bits]),
        "left" if left else "right",
        0 if left else width - 1,
    )
    numbers = listed([str(b) for b in bits])
    texts = (
        f"«Implement|Build» a {width}-bit LFSR (Fibonacci form) that shifts {side}; the new bit {into} is the "
        f"{gate} of {taps}.",
        f"«On|At» each {clocking.edge(rng)}, {q} moves one place to the {side}, and bit {into} becomes the "
        f"{gate} of bits {numbers}.",
        f"A pseudo-random generator: a {width}-bit register {q} is shifted {side} every clock with the {gate} "
        f"of {taps} as its input.",
        f"Linear feedback shift register, {width} bits, taps {', '.join(str(b) for b in bits)} (bit numbers "
        f"of {q}), {gate} feedback into bit {into}, shifting {side}.",
        f"The next {q} is {move}.",
        f"Shift {q} {side} by one; feedback = {feed}, entering at bit {into}.",
    )
    says = several(rng, texts, clocking.notes(rng, q, told))

    def advance(state: int, _: Values) -> int:
        new = sum(state >> b & 1 for b in bits) + inverted & 1
        return (state << 1 | new) & mask(width) if left else state >> 1 | new << width - 1

    return clocked(
        rng, "lfsr_fibonacci", top_name(rng, "lfsr", f"lfsr{width}", "prng", "random_gen"), clocking,
        [result(q, width)], body, says, advance, lambda s, _: {q: s}, cleared=value,
    )  # fmt: skip


def galois(rng: random.Random) -> Design:
    """The bit that leaves at the bottom is XORed into the taps."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice(tuple(TAPS))
    places = sorted(
        TAPS[width] if rng.random() < 0.6 else {width, *rng.sample(range(1, width), rng.choice((1, 2)))},
        reverse=True,
    )
    value = rng.choice((1, 1, 1, mask(width)))
    q = names.take("q", "out", "lfsr", "r", "state")
    inner = [p for p in places if p != width]
    code = f"{width}'h{value:x}" if value > 1 else f"{width}'d1"
    if width <= 8 or rng.random() < 0.3:
        parts = [f"{q}[0]"] + [
            f"{q}[{b + 1}]" + (f" ^ {q}[0]" if b + 1 in inner else "") for b in range(width - 2, -1, -1)
        ]
        step = [f"{q} <= {{{', '.join(parts)}}};"]
    else:
        step = [f"{q} <= {{{q}[0], {q}[{width - 1}:1]}};"]
        step += [f"{q}[{p - 1}] <= {q}[{p}] ^ {q}[0];" for p in inner]
    body = clocking.block([f"{q} <= {code};"], step)
    positions = listed([str(p) for p in places])
    xored = listed([f"bit {p - 1}" for p in inner])
    texts = (
        f"«Build|Implement» a {width}-bit LFSR of the Galois kind, shifting right, with the taps {positions} "
        f"(tap k is behind bit k-1). The bit {q}[0] that falls out is XORed into the taps.",
        f"Galois linear feedback shift register of {width} bits, shifting right. {q}[0] goes to "
        f"{q}[{width - 1}], and what is shifted into {xored} is XORed with {q}[0].",
        f"«On|At» each {clocking.edge(rng)} {q} is rotated right by one bit, except that {xored} "
        f"{'gets' if len(inner) == 1 else 'get'} the bit above XOR {q}[0].",
        f"{width}-bit right-shifting Galois LFSR on {q}; taps (numbered from 1): "
        f"{', '.join(map(str, places))}.",
    )
    says = several(rng, texts, clocking.notes(rng, q, f"{width}'h{value:x}" if value > 1 else "1"))

    def advance(state: int, _: Values) -> int:
        moved = state >> 1
        if state & 1:
            for place in places:
                moved ^= 1 << place - 1
        return moved

    return clocked(
        rng, "lfsr_galois", top_name(rng, "galois_lfsr", "lfsr", "prng"), clocking,
        [result(q, width)], body, says, advance, lambda s, _: {q: s}, cleared=value,
    )  # fmt: skip


def automaton(rng: random.Random) -> Design:
    """Every cell's next value is a function of its left neighbour, itself and its right neighbour."""
    clocking = draw_clocking(rng, "none none sync")
    names = Names(rng, *clocking.names)
    width, rule = (
        rng.choice((8, 16, 32, 64, 100, 128)),
        rng.choice((30, 54, 60, 102, 126, 150, 184, 22)),
    )
    load, d, q = (
        names.take("load", "ld", "init"),
        names.take("start", "d", "in"),
        names.take("q", "out", "cells"),
    )
    left, right = f"{{1'b0, {q}[{width - 1}:1]}}", f"{{{q}[{width - 2}:0], 1'b0}}"
    forms = {
        30: f"{left} ^ ({q} | {right})", 60: f"{left} ^ {q}", 102: f"{q} ^ {right}",
        126: f"({left} ^ {q}) | ({q} ^ {right})",
        150: f"{left} ^ {q} ^ {right}", 54: f"({left} | {right}) ^ {q}", 184: f"({left} & ~{q}) | ({q} & {right})",
        22: f"({left} & ~{q} & ~{right}) | (~{left} & ({q} ^ {right}))",
    }  # fmt: skip
    body = clocking.block(
        [f"{q} <= 0;"], [f"if ({load})", f"    {q} <= {d};", "else", f"    {q} <= {forms[rule]};"]
    )
    table = "Left | Center | Right | next\n" + "".join(
        f"{k >> 2} | {k >> 1 & 1} | {k & 1} | {rule >> k & 1}\n" for k in range(7, -1, -1)
    )
    edges = (
        f"«Cells beyond both ends are|The neighbours outside the vector ({q}[-1] and {q}[{width}]) are» 0."
    )
    texts = (
        f"A one-dimensional cellular automaton (Rule {rule}) with {width} cells. «In each clock cycle|Every "
        "cycle» each cell is replaced by a function of its left neighbour (the next higher bit), itself and "
        f"its right neighbour:\n\n{table}\n{edges} {load} loads {d} into {q}.",
        f"{q} is a row of {width} cells. {load}=1 loads it with {d}; otherwise it advances by one step of "
        f"this table (Left is the bit with the higher number):\n\n{table}\n{edges}",
        f"«Implement|Build» Rule {rule} on {width} bits: «on|at» each {clocking.edge(rng)} a cell's next "
        f"value is «given by|read from» the table. {edges} {load} (synchronous, first) sets {q} to "
        f"{d}.\n\n{table}",
    )
    says = several(rng, texts, clocking.notes(rng, q, "0"))

    def advance(state: tuple[int | None], inputs: Values) -> tuple[int | None]:
        if inputs[load]:
            return (inputs[d],)
        cells = state[0]
        if cells is None:
            return state
        return (sum((rule >> ((cells << 1) >> k & 7) & 1) << k for k in range(width)),)

    return clocked(
        rng, "cellular_automaton", top_name(rng, f"rule{rule}", "automaton", "cells"), clocking,
        [data(load), data(d, width), result(q, width)], body, says, advance, lambda s, _: {q: s[0]},
        cleared=(0,), start=None if clocking.reset else (None,),
    )  # fmt: skip


FAMILIES = (
    Drawn("lfsr_fibonacci", fibonacci),
    Drawn("lfsr_galois", galois, 0.8),
    Drawn("cellular_automaton", automaton, 0.6),
)
