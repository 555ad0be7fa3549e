"""Check values of streams: serial CRC registers, checksums of bytes, counters of a pattern.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import mask
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

POLYNOMIALS = {
    3: (0x3,),
    4: (0x3, 0x9),
    5: (0x5, 0x15),
    6: (0x3,),
    7: (0x09,),
    8: (0x07, 0x31, 0x1D, 0x9B),
    12: (0x80F,),
    16: (0x1021, 0x8005),
}


def terms(polynomial: int, width: int) -> str:
    """``x^8 + x^2 + x + 1``."""
    words = [f"x^{width}"]
    words += [{0: "1", 1: "x"}.get(k, f"x^{k}") for k in reversed(range(width)) if polynomial >> k & 1]
    return " + ".join(words)


def crc(rng: random.Random) -> Design:
    """One bit per clock, most significant first."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice(tuple(POLYNOMIALS))
    polynomial, start = rng.choice(POLYNOMIALS[width]), rng.choice((0, mask(width)))
    x, q = names.take("d", "bit_in", "in", "data", "din"), names.take("crc", "q", "rem", "check")
    enable = names.take("en", "valid", "enable") if rng.random() < 0.5 else ""
    code, begin = f"{width}'h{polynomial:x}", f"{width}'h{start:x}" if start else "0"
    move = f"{q} <= {q}[{width - 1}] ^ {x} ? ({q} << 1) ^ {code} : {q} << 1;"
    body = clocking.block([f"{q} <= {begin};"], [f"if ({enable})", f"    {move}"] if enable else [move])
    when = f" Bits count only when {enable} is 1." if enable else ""
    poly = rng.choice(
        (
            f"the polynomial {terms(polynomial, width)}",
            f"the polynomial {code} ({terms(polynomial, width)})",
            f"the generator polynomial {terms(polynomial, width)} ({code} without its highest term)",
        )
    )
    texts = (
        f"A serial CRC-{width} register with {poly}, one bit of {x} per clock, most significant bit first. "
        f"{q} is the register.{when}",
        f"{width}-bit cyclic redundancy check over the bit stream {x}, {poly}: «on|at» each "
        f"{clocking.edge(rng)} {q} is shifted left by one, and XORed with {code} if its old top bit differs "
        f"from {x}.{when}",
        f"Compute a CRC with {poly}, bit by bit: if {q}[{width - 1}] XOR {x} is 1, the next value is ({q} << "
        f"1) XOR {code}, otherwise {q} << 1.{when}",
    )
    says = several(rng, texts, clocking.notes(rng, q, begin), 3)

    def advance(state: int, inputs: Values) -> int:
        if enable and not inputs[enable]:
            return state
        remainder = state << 1 ^ inputs[x] << width
        return (remainder ^ (polynomial | 1 << width) if remainder >> width & 1 else remainder) & mask(width)

    return clocked(
        rng, "crc", top_name(rng, f"crc{width}", "crc", "crc_serial"), clocking, [*([data(enable,
        role="enable")] if enable else []), data(x), result(q, width)],
        body, says, advance, lambda s, _: {q: s}, cleared=start,
    )  # fmt: skip


def checksum(rng: random.Random) -> Design:
    """Sum or XOR of words; the sum's complement sometimes; a start input begins a new one with the present word."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width, kind = rng.choice((4, 8, 8, 16)), rng.choice(("xor", "sum", "negated", "complement"))
    x, q = names.take("data", "d", "byte_in", "in"), names.take("checksum", "check", "q", "lrc")
    valid, first = (
        names.take("valid", "en", "strobe"),
        names.take("first", "start", "sop") if rng.random() < 0.4 else "",
    )
    store = q if kind in ("xor", "sum") else names.inner("sum", "total")
    body = "" if store == q else f"    logic [{width - 1}:0] {store};\n"
    plus = "^" if kind == "xor" else "+"
    step = f"{store} <= {first} ? {x} : {store} {plus} {x};" if first else f"{store} <= {store} {plus} {x};"
    body += clocking.block([f"{store} <= 0;"], [f"if ({valid})", f"    {step}"])
    body += {"negated": f"    assign {q} = -{store};\n", "complement": f"    assign {q} = ~{store};\n"}.get(
        kind, ""
    )
    what = {
        "xor": f"XOR of all words {x}",
        "sum": f"sum of all words {x}, modulo 2**{width}",
        "negated": f"two's complement (negative) of the sum of all words {x}, modulo 2**{width}",
        "complement": f"bitwise complement of the sum of all words {x}, modulo 2**{width}",
    }[kind]
    anew = f" A word with {first} = 1 begins a new sum (it is the only word in it)." if first else ""
    texts = (
        f"A checksum unit: {q} is the {what} that came with {valid} = 1 at a clock edge.{anew}",
        f"{q} is the {what}. Words are taken when {valid} is high.{anew}",
        f"Running {width}-bit check value over a stream of words, {valid} marks the words to include. {q} = "
        f"{what}.{anew}",
    )
    says = several(
        rng, texts, clocking.notes(rng, "the stored sum" if kind != "xor" else "the stored value", "0"), 3
    )

    def advance(state: int, inputs: Values) -> int:
        if not inputs[valid]:
            return state
        if first and inputs[first]:
            return inputs[x]
        return state ^ inputs[x] if kind == "xor" else (state + inputs[x]) & mask(width)

    def show(state: int, _: Values) -> dict[str, int | None]:
        return {q: {"negated": -state, "complement": ~state}.get(kind, state) & mask(width)}

    return clocked(
        rng, "checksum", top_name(rng, "checksum", "lrc", "xor_check"), clocking,
        [data(valid, role="enable"), *([data(first)] if first else []), data(x, width), result(q, width)], body,
        says, advance, show, cleared=0,
    )  # fmt: skip


def pattern_counter(rng: random.Random) -> Design:
    """How often a value came, or how often a bit pattern ended, as a saturating or wrapping count."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width, bits = rng.choice((2, 3, 4, 8)), rng.choice((4, 4, 8))
    x, count = names.take("data", "d", "in", "symbol"), names.take("count", "hits", "n", "found")
    value = rng.getrandbits(width)
    relation, word = rng.choice(
        (
            ("==", "equal to"),
            ("==", "equal to"),
            (">", "greater than"),
            ("<", "less than"),
            ("!=", "different from"),
        )
    )
    if relation in "<>" and value in (0, mask(width)):
        value = mask(width) // 2
    saturating = rng.random() < 0.4
    test = f"{x} {relation} {width}'d{value}"
    if saturating:
        test += f" && {count} != {bits}'d{mask(bits)}"
    body = clocking.block([f"{count} <= 0;"], [f"if ({test})", f"    {count} <= {count} + 1;"])
    end = f"It stays at {mask(bits)} when that is reached." if saturating else "It wraps around."
    texts = (
        f"{count} is the number of clock edges at which {x} was {word} {value}. {end}",
        f"Count how often {x} is {word} {value} ({bits}-bit count {count}, one sample per clock). {end}",
        f"«On|At» each {clocking.edge(rng)}: if {x} is {word} {value}, {count} goes up by one. {end}",
        f"A {bits}-bit counter {count} that is incremented in every cycle in which {x} {relation} {value}. "
        f"{end}",
    )
    says = several(rng, texts, clocking.notes(rng, count, "0"))
    hits = {"==": value.__eq__, "!=": value.__ne__, ">": value.__lt__, "<": value.__gt__}[relation]

    def advance(state: int, inputs: Values) -> int:
        total = state + bool(hits(inputs[x]))
        return min(total, mask(bits)) if saturating else total & mask(bits)

    return clocked(
        rng, "pattern_counter", top_name(rng, "match_counter", "pattern_counter", "histogram"), clocking,
        [data(x, width), result(count, bits)], body, says,
        advance, lambda s, _: {count: s}, cleared=0,
    )  # fmt: skip


FAMILIES = (
    Drawn("crc", crc, 0.7),
    Drawn("checksum", checksum, 0.6),
    Drawn("pattern_counter", pattern_counter, 0.6),
)
