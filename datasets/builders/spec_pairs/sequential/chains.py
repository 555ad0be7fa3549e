"""Registers in a row: delays by n cycles, several taps, pipelines with an operation in between.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from itertools import pairwise

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import DATA_IN, DATA_OUT, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import mask, vector
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

WORDS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}


def delay(rng: random.Random) -> Design:
    """The input n cycles later."""
    clocking = draw_clocking(rng, "none sync sync async")
    names = Names(rng, *clocking.names)
    d, q = names.take(*DATA_IN), names.take(*DATA_OUT)
    width, depth = rng.choice((1, 1, 1, 4, 8, 8, 16)), rng.choice((2, 2, 3, 3, 4, 5, 6, 8))
    if width == 1 and depth > 2 and rng.random() < 0.7:
        chain = names.inner("r", "chain", "sr", "taps")
        body = f"    logic [{depth - 1}:0] {chain};\n" + clocking.block(
            [f"{chain} <= 0;"], [f"{chain} <= {{{chain}[{depth - 2}:0], {d}}};"]
        )
        body += f"    assign {q} = {chain}[{depth - 1}];\n"
    else:
        inner = [names.inner(f"{d}{k}" if len(d) < 3 else f"r{k}", f"stage{k}") for k in range(1, depth)]
        row = [d, *inner, q]
        body = f"    logic {vector(width)}{', '.join(inner)};\n"
        body += clocking.block([f"{x} <= 0;" for x in row[1:]], [f"{x} <= {y};" for y, x in pairwise(row)])
    edge, count = clocking.edge(rng), rng.choice((str(depth), WORDS[depth]))
    texts = (
        f"Delay {d} by {count} clock cycles; the delayed «signal|value» is {q}.",
        f"«Implement|Build» a chain of {count} {'flip-flops' if width == 1 else f'{width}-bit registers'} "
        f"from {d} to {q}.",
        f"{q} is the value that {d} had {count} «clock edges|clock cycles|cycles» ago: it passes through "
        f"{count} registers in a row.",
        f"{d} goes through {count} flip-flop stages «, the last of which drives|; the last one is» {q}.".replace(
            "stages «,", "stages«,"
        ),
        f"A {count}-stage pipeline without logic: input {d}, output {q}. Every stage is clocked «on|at» the "
        f"{edge}.",
        f"{count.capitalize()} registers are connected in series. {d} feeds the first one and {q} is the last "
        "one's output.",
        f"A delay line of length {depth}: a value sampled from {d} «appears|shows up» on {q} after passing "
        f"{count} registers.",
    )
    says = several(
        rng, texts, clocking.notes(rng, rng.choice(("every stage", "every register", "the whole chain")), "0")
    )

    def advance(state: tuple[int | None, ...], inputs: Values) -> tuple[int | None, ...]:
        return (inputs[d], *state[:-1])

    unknown: tuple[int | None, ...] = (None,) * depth
    return clocked(
        rng, "delay_chain", top_name(rng, "delay", f"delay{depth}", "pipe", "shift_chain", "delay_line"), clocking,
        [data(d, width), result(q, width)], body, says, advance, lambda s, _: {q: s[-1]},
        cleared=(0,) * depth, start=None if clocking.reset else unknown,
    )  # fmt: skip


def tapped(rng: random.Random) -> Design:
    """Every stage of a short chain is an output; q1 <= d, q2 <= q1 and so on."""
    clocking = draw_clocking(rng, "none sync async")
    names = Names(rng, *clocking.names)
    d = names.take(*DATA_IN)
    width, depth = rng.choice((1, 1, 4, 8)), rng.choice((2, 3, 3, 4))
    stem = names.take("q", "out", "s", "stage", "y", "p", "tap")
    taps = [names.take(f"{stem}{k}") for k in range(1, depth + 1)]
    row = [d, *taps]
    body = clocking.block([f"{x} <= 0;" for x in taps], [f"{x} <= {y};" for y, x in pairwise(row)])
    chain = " -> ".join(row)
    texts = (
        f"{WORDS[depth].capitalize()} registers in series: {chain}. Every arrow is one flip-flop stage.",
        f"«Implement|Build» a chain of registers, {chain}, in which all stages are outputs.",
        f"{taps[0]} is {d} delayed by one clock cycle; each of {', '.join(taps[1:])} is the one before it "
        "delayed by one more cycle.",
        "; ".join(f"{x} <= {y}" for y, x in pairwise(row))
        + f" «on|at» each {clocking.edge(rng)} (all at the same time).",
        f"{d} is shifted through {', '.join(taps)}, in this order, one stage per clock.",
        "Outputs: "
        + ", ".join(f"{tap} ({d} of {k} cycle{'s' if k > 1 else ''} ago)" for k, tap in enumerate(taps, 1))
        + ".",
    )
    says = several(rng, texts, clocking.notes(rng, rng.choice(("every stage", "every output")), "0"))
    unknown: tuple[int | None, ...] = (None,) * depth
    return clocked(
        rng, "delay_taps", top_name(rng, "tapped_delay", "pipeline", "history", "stages"), clocking,
        [data(d, width), *(result(tap, width) for tap in taps)], body, says,
        lambda s, i: (i[d], *s[:-1]), lambda s, _: dict(zip(taps, s, strict=True)),
        cleared=(0,) * depth, start=None if clocking.reset else unknown,
    )  # fmt: skip


def pipelined(rng: random.Random) -> Design:
    """Inputs are registered, combined, and the result is registered again: two cycles of latency (or one)."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    a, b = names.take("a", "x", "in_a", "op1"), names.take("b", "y", "in_b", "op2")
    q = names.take("sum", "out", "q", "result", "res")
    width = rng.choice((4, 8, 8, 16))
    name, operator, wide = rng.choice(
        (("sum", "+", width + 1), ("sum", "+", width), ("difference", "-", width), ("product", "*", 2 * width),
         ("bitwise AND", "&", width), ("bitwise XOR", "^", width))
    )  # fmt: skip
    first = rng.random() < 0.6
    ra, rb = (names.inner(f"{a}_r", f"{a}_q"), names.inner(f"{b}_r", f"{b}_q")) if first else (a, b)
    load = [f"{ra} <= {a};", f"{rb} <= {b};"] if first else []
    body = f"    logic [{width - 1}:0] {ra}, {rb};\n" if first else ""
    body += clocking.block(
        [*([f"{ra} <= 0;", f"{rb} <= 0;"] if first else []), f"{q} <= 0;"],
        [*load, f"{q} <= {ra} {operator} {rb};"],
    )
    bits = f"{wide}-bit {name}" + (
        " (modulo 2**" + str(wide) + ")" if wide == width and operator in "+-" else ""
    )
    if first:
        texts: tuple[str, ...] = (
            f"A two-stage pipeline. Stage 1 registers {a} and {b}; stage 2 registers their {bits}, {q} = {a} "
            f"{operator} {b}.",
            f"{q} is the {bits} of {a} and {b} with a latency of two clock cycles: inputs are registered, "
            "then the result.",
            f"«On|At» each {clocking.edge(rng)} {a} and {b} are stored in input registers, and the {bits} of "
            f"the two input registers is stored in {q}.",
            f"Registered inputs and a registered output: {q} <= stored {a} {operator} stored {b}.",
        )
    else:
        texts = (
            f"{q} is the registered {bits} of {a} and {b}.",
            f"«On|At» each {clocking.edge(rng)}, {q} becomes {a} {operator} {b} ({wide} bits).",
            f"Compute the {bits} {a} {operator} {b} and store it in {q}; the latency is one clock cycle.",
            f"An arithmetic unit with one output register: {q} <= {a} {operator} {b}.",
        )
    says = several(rng, texts, clocking.notes(rng, "every register" if first else q, "0"))

    def combined(x: int, y: int) -> int:
        value = {"+": x + y, "-": x - y, "*": x * y, "&": x & y, "^": x ^ y}[operator]
        return value & mask(wide)

    def advance(state: tuple[int, int, int], inputs: Values) -> tuple[int, int, int]:
        pair = (inputs[a], inputs[b])
        return (*pair, combined(*(state[:2] if first else pair)))

    return clocked(
        rng, "pipeline", top_name(rng, "pipe_add", "pipelined_op", "reg_alu", "two_stage"), clocking,
        [data(a, width), data(b, width), result(q, wide)], body, says, advance, lambda s, _: {q: s[2]}, cleared=(0, 0, 0),
    )  # fmt: skip


FAMILIES = (Drawn("delay_chain", delay), Drawn("delay_taps", tapped, 0.7), Drawn("pipeline", pipelined, 0.7))
