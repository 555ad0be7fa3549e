"""Counters that step through other codes: ring, Johnson, Gray, a list of values, several bits at once.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import joined, several, spin
from rtlgen.datasets.spec_pairs.sequential.names import COUNT, ENABLE, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import mask
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result


def enabled_note(rng: random.Random, enable: str, q: str) -> str:
    """A sentence about a count enable."""
    if not enable:
        return ""
    return spin(rng, rng.choice((
        f"It «advances|moves|steps» only «when|while|if» {enable} is «high|1».",
        f"With {enable} low, {q} «holds|keeps» its value.",
        f"{enable} is the enable: 0 «freezes|stops» {q}.",
    )))  # fmt: skip


def ring(rng: random.Random) -> Design:
    """Ring and Johnson counters, to the left or right."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    width, johnson, left = rng.choice((3, 4, 4, 5, 6, 8, 8)), rng.random() < 0.5, rng.random() < 0.6
    q, enable = names.take(*COUNT, "ring"), names.take(*ENABLE) if rng.random() < 0.25 else ""
    top = width - 1
    inverted = "~" if johnson else ""
    move = (
        f"{q} <= {{{q}[{top - 1}:0], {inverted}{q}[{top}]}};"
        if left
        else f"{q} <= {{{inverted}{q}[0], {q}[{top}:1]}};"
    )
    value = 0 if johnson else 1 if left else 1 << top
    code = "0" if johnson else f"{width}'b{value:0{width}b}"
    body = clocking.block([f"{q} <= {code};"], [f"if ({enable})", f"    {move}"] if enable else [move])
    side = "left" if left else "right"
    enters = "bit 0" if left else f"bit {top}"
    leaves = f"bit {top}" if left else "bit 0"

    def step(state: int) -> int:
        if left:
            return (state << 1 | (state >> top ^ johnson)) & mask(width)
        return state >> 1 | ((state & 1) ^ johnson) << top

    row, state = [], value
    for _ in range(5):
        row.append(f"{state:0{width}b}")
        state = step(state)
    shown = ", ".join(row)
    period = 2 * width if johnson else width
    if johnson:
        texts: tuple[str, ...] = (
            f"«Build|Implement» a {width}-bit Johnson counter (twisted ring) that shifts {side}: {shown}, "
            "...",
            f"A Johnson counter: {q} is shifted {side} every clock and the inverted {leaves} enters at "
            f"{enters}.",
            f"{width}-bit twisted-ring counter on {q} with period {period}; the complement of {leaves} is "
            f"shifted in at {enters}.",
            f"The sequence of {q} is {shown} and so on ({period} states): shift {side}, with "
            f"~{q}[{top if left else 0}] coming in.",
        )
    else:
        texts = (
            f"«Build|Implement» a {width}-bit ring counter: a single 1 circulates to the {side} ({shown}, "
            "...).",
            f"{q} is one-hot. «In|With» every clock its 1 moves one place to the {side}, from {leaves} back "
            f"to {enters}.",
            f"A ring counter of {width} bits, rotating {side}; it starts with {code}.",
            f"One-hot sequencer with {width} phases: {q} goes through {shown}, ... and repeats.",
        )
    tails = [
        joined(enabled_note(rng, enable, q), note)
        for note in clocking.notes(rng, q, "0" if johnson else code)
    ]
    return clocked(
        rng, "counter_ring", top_name(rng, "ring_counter", "johnson", "johnson_counter", "sequencer"), clocking,
        [*([data(enable, role="enable")] if enable else []), result(q, width)], body, several(rng, texts, tails),
        lambda s, i: s if enable and not i[enable] else step(s), lambda s, _: {q: s}, cleared=value,
    )  # fmt: skip


def gray(rng: random.Random) -> Design:
    """A binary counter whose Gray code is the output."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((2, 3, 3, 4, 4, 5, 8))
    q, enable = (
        names.take("gray", "q", "out", "count", "g"),
        names.take(*ENABLE, "inc") if rng.random() < 0.4 else "",
    )
    store = names.inner("bin", "binary")
    store = names.inner("cnt", "binary") if store == "bin" else store
    move = f"{store} <= {store} + 1;"
    body = f"    logic [{width - 1}:0] {store};\n"
    body += clocking.block([f"{store} <= 0;"], [f"if ({enable})", f"    {move}"] if enable else [move])
    body += f"    assign {q} = {store} ^ ({store} >> 1);\n"
    row = ", ".join(f"{k ^ k >> 1:0{width}b}" for k in range(min(5, 1 << width)))
    texts = (
        f"A {width}-bit Gray code counter: {q} goes through {row}, ...",
        f"«Build|Implement» a counter whose output {q} is in Gray code ({width} bits): only one bit changes "
        "from one value to the next.",
        f"{q} is the reflected Gray code of a {width}-bit binary count. The sequence begins {row}.",
        f"Count in binary and output the Gray code of the count, count ^ (count >> 1), on {q} ({width} "
        "bits).",
    )
    tails = [
        joined(enabled_note(rng, enable, q), note)
        for note in clocking.notes(rng, rng.choice((q, "the count")), "0")
    ]
    return clocked(
        rng, "counter_gray", top_name(rng, "gray_counter", "gray_cnt", "graycode"), clocking,
        [*([data(enable, role="enable")] if enable else []), result(q, width)], body, several(rng, texts, tails),
        lambda s, i: s if enable and not i[enable] else s + 1 & mask(width), lambda s, _: {q: s ^ s >> 1}, cleared=0,
    )  # fmt: skip


def cycle(rng: random.Random) -> Design:
    """A list of values in a loop."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((2, 3, 3, 3, 4))
    length = rng.randrange(3, min(1 << width, 7) + 1)
    values = rng.sample(range(1 << width), length)
    q, enable = names.take(*COUNT, "seq"), names.take(*ENABLE) if rng.random() < 0.25 else ""

    def code(value: int) -> str:
        return f"{width}'d{value}"

    pairs = list(zip(values, values[1:] + values[:1], strict=True))
    lines = [
        f"case ({q})",
        *(f"    {code(a)}: {q} <= {code(b)};" for a, b in pairs),
        f"    default: {q} <= {code(values[0])};",
        "endcase",
    ]
    if enable:
        lines = [f"if ({enable})", *(f"    {line}" for line in lines)]
    body = clocking.block([f"{q} <= {code(values[0])};"], lines)
    row, arrows = ", ".join(map(str, values)), " -> ".join(map(str, [*values, values[0]]))
    table = f"{q} | next\n" + "".join(f"{a} | {b}\n" for a, b in pairs)
    texts = (
        f"A counter with the sequence {row}, which repeats.",
        f"{q} ({width} bits) steps through {arrows}«, one step per clock|».",
        f"«Build|Implement» a {width}-bit counter with an irregular order: {arrows}. Values outside the "
        f"sequence lead to {values[0]}.",
        f"The next value of {q} depends on its present value (values that are not listed go to "
        f"{values[0]}):\n\n{table}",
        f"Sequence generator: {q} is {row}, then again from the beginning.",
    )
    tails = [joined(enabled_note(rng, enable, q), note) for note in clocking.notes(rng, q, str(values[0]))]

    def advance(state: int, inputs: Values) -> int:
        return state if enable and not inputs[enable] else (state + 1) % length

    return clocked(
        rng, "counter_sequence", top_name(rng, "seq_counter", "sequence_gen", "odd_counter"), clocking,
        [*([data(enable, role="enable")] if enable else []), result(q, width)], body, several(rng, texts, tails),
        advance, lambda s, _: {q: values[s]}, cleared=0,
    )  # fmt: skip


FAMILIES = (
    Drawn("counter_ring", ring),
    Drawn("counter_gray", gray, 0.7),
    Drawn("counter_sequence", cycle, 0.8),
)
