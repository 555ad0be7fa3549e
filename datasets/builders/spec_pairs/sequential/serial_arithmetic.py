"""Arithmetic on bit streams: negation, addition, parity, comparison, remainders, one bit per clock.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

Bits = tuple[int, int]
"""What is kept for the next bit, and the last result bit."""


def with_carry(rng: random.Random) -> Design:
    """Two's complement of a stream or the sum of two, least significant bit first; registered or combinational."""
    clocking = draw_clocking(rng, "sync async async")
    names = Names(rng, *clocking.names)
    adding, direct = rng.random() < 0.5, rng.random() < 0.5
    x, y = names.take("x", "in", "a", "d"), names.take("y", "b", "in2") if adding else ""
    z, store = names.take("z", "out", "q", "s"), names.inner("carry" if adding else "seen", "st")
    step = f"{store} <= ({x} & {y}) | ({store} & ({x} ^ {y}));" if adding else f"{store} <= {store} | {x};"
    value = f"{x} ^ {y} ^ {store}" if adding else f"{x} ^ {store}"
    body = f"    logic {store};\n"
    if direct:
        body += clocking.block([f"{store} <= 0;"], [step]) + f"    assign {z} = {value};\n"
    else:
        body += clocking.block([f"{store} <= 0;", f"{z} <= 0;"], [step, f"{z} <= {value};"])
    when = (
        f"{z} is combinational (the result bit of the present input bit)."
        if direct
        else f"{z} is registered: one cycle after the input bit."
    )
    if adding:
        texts: tuple[str, ...] = (
            f"A serial adder: {x} and {y} are numbers, least significant bit first, and {z} is their sum. One "
            f"carry flip-flop. {when}",
            f"Add two bit streams {x} and {y} (LSB first); the carry is kept between the clock cycles. {z} is "
            f"the sum bit. {when}",
            f"Full adder with a carry register: in each cycle {z} is the sum of {x}, {y} and the stored "
            f"carry, and the carry out is stored. {when}",
        )
    else:
        texts = (
            f"A serial two's complementer. {x} is a number, least significant bit first, one bit per clock; "
            f"{z} is its negative. {when}",
            f"Negate a serial number (LSB first on {x}): bits up to and including the first 1 are copied to "
            f"{z}, the following ones are inverted. {when}",
            f"{z} is the two's complement of the stream {x}, which begins with its lowest bit after the "
            f"reset. {when}",
        )
    says = several(rng, texts, clocking.notes(rng, "the machine", "its beginning (0)"), 3)

    def advance(state: Bits, inputs: Values) -> Bits:
        a = inputs[x]
        if adding:
            total = state[0] + a + inputs[y]
            return total >> 1, total & 1
        return state[0] | a, a ^ state[0]

    def show(state: Bits, inputs: Values) -> dict[str, int | None]:
        return {z: advance(state, inputs)[1] if direct else state[1]}

    return clocked(
        rng, "serial_arithmetic", top_name(rng, "serial_unit", "serial_add" if adding else "negate", "stream"), clocking,
        [data(x), *([data(y)] if y else []), result(z)], body, says, advance, show, cleared=(0, 0),
    )  # fmt: skip


def judged(rng: random.Random) -> Design:
    """Parity, comparison of two streams, remainder modulo 3 or 5 of a growing number."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    kind = rng.choice(("parity", "compare", "remainder"))
    x, y = names.take("x", "in", "a", "d"), names.take("y", "b", "in2") if kind == "compare" else ""
    z, n = names.take("z", "out", "q", "s"), rng.choice((3, 3, 5))
    if kind == "parity":
        body = clocking.block([f"{z} <= 0;"], [f"{z} <= {z} ^ {x};"])
        texts: tuple[str, ...] = (
            f"{z} is 1 if the number of ones received on {x} since the reset is odd.",
            f"Running parity: «on|at» each clock edge {z} is XORed with {x}.",
            f"Keep the odd parity of a serial stream: every 1 on {x} inverts {z}.",
        )
    elif kind == "compare":
        body = clocking.block([f"{z} <= 0;"], [f"if ({x} != {y})", f"    {z} <= {x};"])
        texts = (
            f"Compare two serial numbers, least significant bit first, on {x} and {y}. {z} is 1 if what has "
            f"come so far on {x} is greater than on {y}.",
            f"Serial comparator (LSB first). «On|At» each clock edge, if {x} and {y} differ, {z} becomes {x}; "
            "otherwise it keeps its value.",
            f"{z} tells whether {x} > {y} for numbers that arrive bit by bit, lowest bit first: the last "
            "difference decides.",
        )
    else:
        store, width = names.inner("rem", "state"), (n - 1).bit_length()
        lines = [
            f"    {width}'d{k}: {store} <= {x} ? {width}'d{(2 * k + 1) % n} : {width}'d{2 * k % n};"
            for k in range(n)
        ]
        lines[-1] = lines[-1].replace(f"{width}'d{n - 1}:", "default:", 1)
        body = f"    logic [{width - 1}:0] {store};\n"
        body += clocking.block([f"{store} <= 0;"], [f"case ({store})", *lines, "endcase"])
        body += f"    assign {z} = {store} == 0;\n"
        texts = (
            f"A number arrives on {x}, most significant bit first. {z} is 1 while what has arrived is "
            f"divisible by {n} (0 at the beginning).",
            f"Keep the remainder modulo {n} of a binary number shifted in on {x} (MSB first); {z} indicates "
            "remainder 0.",
            f"Each clock appends the bit {x} to a number (n becomes 2n + {x}). {z} = 1 when n mod {n} = 0.",
        )
    says = several(rng, texts, clocking.notes(rng, "the number" if kind == "remainder" else z, "0"), 3)

    def advance(state: Bits, inputs: Values) -> Bits:
        a = inputs[x]
        if kind == "remainder":
            rest = (2 * state[0] + a) % n
            return rest, int(rest == 0)
        return 0, state[1] ^ a if kind == "parity" else a if a != inputs[y] else state[1]

    return clocked(
        rng, "serial_judgement", top_name(rng, "serial_check", "stream", kind), clocking,
        [data(x), *([data(y)] if y else []), result(z)], body, says, advance, lambda s, _: {z: s[1]},
        cleared=(0, int(kind == "remainder")),
    )  # fmt: skip


FAMILIES = (Drawn("serial_arithmetic", with_carry, 0.7), Drawn("serial_judgement", judged, 0.7))
