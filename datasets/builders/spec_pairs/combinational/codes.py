"""Families of codes: Gray, BCD, seven segments, parity, CRC steps, lookup tables given as lists."""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.combinational.circuit import (
    Kind,
    always,
    binary,
    cases,
    combinational,
    driven,
    family,
    given,
    loop,
    ones,
    result,
)
from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.names import Names, top_name
from rtlgen.datasets.spec_pairs.phrases import wordings

_SEGMENTS = (0x3F, 0x06, 0x5B, 0x4F, 0x66, 0x6D, 0x7D, 0x07, 0x7F, 0x6F, 0x77, 0x7C, 0x39, 0x5E, 0x79, 0x71)
"""Segments a (bit 0) to g (bit 6) of the hexadecimal digits."""


@family(0.9)
def gray(rng: random.Random) -> Design:
    """Binary to Gray and back."""
    names = Names(rng)
    width = rng.choice([2, 3, 4, 4, 5, 8])
    back = rng.random() < 0.45
    x = given(names.input(*(("gray", "g", "in", "gray_in") if back else ("bin", "b", "in", "binary"))), width)
    y = result(
        names.output(*(("bin", "b", "out", "binary") if back else ("gray", "g", "out", "gray_out"))), width
    )
    source, target = ("Gray code", "binary") if back else ("binary", "Gray code")
    templates = [
        "Convert the {w}-bit {source} {x} to {target} on {y}.",
        "$Do a {source} to {target} converter.",
        "{y} is the {target} of the {w}-bit {source} number {x}.",
        "$The_circuit translates {x}, which is in {source}, to {target}.",
    ]
    if back:
        templates += ["Each bit {y}[i] is the XOR of the bits {x}[{m}] down to {x}[i]."]
    else:
        templates += [
            "{y} is {x} XORed with {x} shifted right by one.",
            "{y}[i] = {x}[i+1] ^ {x}[i]; the top bit is copied.",
        ]
    says = wordings(rng, templates, x=x, y=y, w=width, source=source, target=target, m=width - 1)
    p, q = x.name, y.name
    if not back:
        body = driven(rng, {q: f"{p} ^ ({p} >> 1)"})
    elif rng.random() < 0.5:
        body = "".join(f"  assign {q}[{k}] = ^{p}[{width - 1}:{k}];\n" for k in range(width - 2, -1, -1))
        body = f"  assign {q}[{width - 1}] = {p}[{width - 1}];\n" + body
    else:
        body = loop(rng, names, width, f"{q}[@] = ^({p} >> @);")
    top = top_name(
        rng, *(("gray2bin", "gray_to_binary") if back else ("bin2gray", "binary_to_gray", "gray_encoder"))
    )

    def function(v: Values) -> dict[str, int | None]:
        value = v[p]
        if not back:
            return {q: value ^ value >> 1}
        return {q: sum(((value >> k).bit_count() & 1) << k for k in range(width))}

    return combinational("gray", top, [x, y], body, says, function)


@family(0.9)
def parity(rng: random.Random) -> Design:
    """Parity bits: made, checked, or put in front of the data."""
    names = Names(rng)
    width = rng.choice([3, 4, 7, 8, 8, 8, 16, 32])
    odd = rng.random() < 0.35
    kind = rng.choice(["make", "make", "make", "check", "attach"])
    x = given(names.input(), width)
    p = given(names.take(rng.choice(["parity", "p", "par", "parity_in"])), note="parity bit received")
    grown = width + 1 if kind == "attach" else 1
    y = result(
        names.output("parity", "error", "out", "y", "p", "err") if kind != "attach" else names.output(), grown
    )
    word = "odd" if odd else "even"
    templates = {
        "make": [
            "{y} is the {word} parity bit of {x}.",
            "$Do a parity generator: {y} makes the number of ones in {x} and {y} together {word}.",
            "Compute a parity bit for a {w}-bit word (<|use >{word} parity). {hint}",
            "$Do $a_circuit that computes {word} parity over the {w} bits of {x}.",
        ],
        "check": [
            "{y} is 1 when {x} together with the parity bit {p} does not have {word} parity.",
            "Check {word} parity: {y} is 1 if the number of ones in {x} and {p} is not {word}.",
            "$Do a parity checker for {word} parity. {y} signals an error in {x} or {p}.",
        ],
        "attach": [
            "{y} is {x} with an {word} parity bit <in front|as the most significant bit>.",
            "Append an {word} parity bit to {x}, as the most significant bit of {y}.",
        ],
    }[kind]
    hint = f"That is the {'inverted ' if odd else ''}XOR of all bits."
    says = wordings(rng, templates, x=x, y=y, p=p, word=word, w=width, hint=hint)
    mark = "~^" if odd else "^"
    value = {
        "make": f"{mark}{x.name}",
        "check": f"{mark}{{{x.name}, {p.name}}}",
        "attach": f"{{{mark}{x.name}, {x.name}}}",
    }[kind]
    top = top_name(rng, "parity", "parity_gen", "parity_check" if kind == "check" else "even_parity", "par8")

    def function(v: Values) -> dict[str, int | None]:
        bits = v[x.name].bit_count() + (v[p.name] if kind == "check" else 0)
        flag = bits + odd & 1
        return {y.name: flag << width | v[x.name] if kind == "attach" else flag}

    ports = [x, p, y] if kind == "check" else [x, y]
    return combinational("parity", top, ports, driven(rng, {y.name: value}, assign=0.85), says, function)


@family(0.7)
def seven_segment(rng: random.Random) -> Design:
    """Digits on seven segments, high or low active, decimal or hexadecimal."""
    names = Names(rng)
    hexadecimal, low = rng.random() < 0.5, rng.random() < 0.4
    backwards = rng.random() < 0.3
    x = given(names.input("digit", "bcd", "in", "num", "d", "hex", "value"), 4)
    y = result(names.output("seg", "segments", "out", "hex", "display", "leds", "y"), 7)
    count = 16 if hexadecimal else 10

    def shown(digit: int) -> int:
        value = _SEGMENTS[digit] if digit < count else 0
        if backwards:
            value = sum((value >> k & 1) << (6 - k) for k in range(7))
        return value ^ (0x7F if low else 0)

    order = (
        "{y}[6] is segment a and {y}[0] segment g"
        if backwards
        else "{y}[0] is segment a and {y}[6] segment g"
    )
    active = "0 lights a segment" if low else "1 lights a segment"
    rest = "" if hexadecimal else " For inputs above 9 all segments are off."
    what = "hexadecimal digit" if hexadecimal else "decimal digit"
    templates = [
        f"$Do a seven-segment decoder for a {what}; {order}, and a {active}.{rest}",
        f"Show the {what} {{x}} on a seven-segment display. {order.capitalize()}; a {active}.{rest}",
        f"$Do $a_circuit that decodes {{x}} for a seven-segment display "
        f"({'active low' if low else 'active high'}, {order}).{rest}",
        f"{{y}} drives the segments a to g for the {what} on {{x}}: {order}. A {active}.{rest}",
    ]
    if not backwards and rng.random() < 0.5:
        table = "\n".join(f"{k:X}: {shown(k):07b}" for k in range(count))
        templates = [f"$Do a seven-segment decoder with these patterns ({order}):\n{table}\n{rest}".strip()]
    says = wordings(rng, [text.replace("{y}[6] is seg", "{y}[6] is seg") for text in templates], x=x, y=y)
    label = rng.choice(["4'd{0}", "4'h{0:X}", "4'b{0:04b}"])
    rows = [(label.format(k), f"{y.name} = 7'b{shown(k):07b};") for k in range(count)]
    body = cases(rng, x.name, rows, f"{y.name} = 7'b{shown(count) if not hexadecimal else shown(0) * 0:07b};")
    top = top_name(rng, "seven_seg", "seg7", "bcd_to_7seg", "hex_display", "sevenseg_decoder")
    return combinational("seven_segment", top, [x, y], body, says, lambda v: {y.name: shown(v[x.name])})


@family(0.8)
def bcd(rng: random.Random) -> Design:
    """Decimal digits: addition, correction, conversion of small numbers, nine's complement, validity."""
    names = Names(rng)
    kind = rng.choice(["add", "convert", "valid", "nines", "digits"])
    a = given(names.input("a", "x", "bcd", "in", "d"), {"convert": 7, "digits": 8}.get(kind, 4))
    b, c = given(names.input("b", "y", "bcd2", "e"), 4), given(names.take(rng.choice(["cin", "c_in"])))
    s = result(
        names.output("sum", "s", "out", "result", "q"), {"valid": 1, "digits": 7, "convert": 8}.get(kind, 4)
    )
    o = result(names.take(rng.choice(["cout", "c_out", "carry"])))
    templates = {
        "add": [
            "$Do a one-digit BCD adder: it adds the decimal digits {a}, {b} and the carry {c}, "
            "giving the digit {s} and the "
            "carry {o}. The inputs are always valid digits.",
            "Add two BCD digits {a} and {b} and {c}. {s} is the decimal digit of the sum, {o} "
            "the decimal carry (inputs above "
            "9 do not occur).",
        ],
        "convert": [
            "{s} holds the two decimal digits (BCD, tens in the upper four bits) of the number "
            "{a}, which is at most 99.",
            "Convert the binary number {a} (0 to 99) to two BCD digits on {s}.",
        ],
        "valid": [
            "{s} is 1 when {a} is a valid BCD digit (0 to 9).",
            "Check that {a} is a decimal digit, that is below 10.",
        ],
        "nines": [
            "{s} is the nine's complement 9 - {a} of the decimal digit {a} (0 to 9).",
            "Subtract the digit {a} from 9.",
        ],
        "digits": [
            "{a} holds two BCD digits (tens in the upper half); {s} is their value in binary. "
            "Only valid digits occur.",
            "Convert the two-digit BCD number {a} to the binary number {s} (inputs are valid digits).",
        ],
    }[kind]
    says = wordings(rng, templates, a=a, b=b, c=c, s=s, o=o)
    p, q, t = a.name, s.name, names.take("t")
    body = {
        "add": f"  wire [4:0] {t} = {p} + {b.name} + {c.name};\n  assign {o.name} = ({t} > 9);\n"
        f"  assign {q} = {o.name} ? {t} - 5'd10 : {t};\n",
        "convert": f"  assign {q}[7:4] = {p} / 10;\n  assign {q}[3:0] = {p} % 10;\n",
        "valid": f"  assign {q} = ({p} < 4'd10);\n",
        "nines": f"  assign {q} = 4'd9 - {p};\n",
        "digits": f"  assign {q} = {p}[7:4] * 10 + {p}[3:0];\n",
    }[kind]
    ports = [a, b, c, s, o] if kind == "add" else [a, s]
    top = top_name(
        rng, *(("bcd_adder", "bcd_fadd") if kind == "add" else ("bcd_convert", "bin2bcd", "bcd_unit"))
    )

    def function(v: Values) -> dict[str, int | None]:
        value = v[p]
        if kind == "add":
            total = value + v[b.name] + v[c.name]
            usable = value < 10 and v[b.name] < 10
            return {q: total % 10, o.name: total // 10} if usable else {q: None, o.name: None}
        tens, units = value >> 4, value & 15
        usable = {"convert": value < 100, "nines": value < 10, "digits": tens < 10 and units < 10}.get(
            kind, True
        )
        found = {
            "convert": value // 10 << 4 | value % 10,
            "valid": int(value < 10),
            "nines": 9 - value,
            "digits": tens * 10 + units,
        }[kind]
        return {q: found if usable else None}

    return combinational("bcd", top, ports, body, says, function)


@family(1.3)
def lookup(rng: random.Random) -> Design:
    """A list of codes and what they give, everything else a default."""
    names = Names(rng)
    size = rng.choice([2, 3, 3, 4, 8, 8, 16])
    width = rng.choice([1, 2, 4, 4, 8, 16])
    count = min(rng.choice([3, 4, 5, 6, 8]), (1 << size) - 1)
    codes = rng.sample(range(1 << size), count) if size > 3 or rng.random() < 0.4 else list(range(count))
    if rng.random() < 0.4:
        codes.sort()
    values = [rng.randrange(1 << width) for _ in codes]
    rest = rng.choice([0, 0, 0, ones(width)])
    x = given(names.input("code", "addr", "in", "scancode", "key", "x", "sel", "index"), size)
    y = result(names.output("out", "value", "data", "y", "q", "dout"), width)
    base = "x" if size > 4 else rng.choice("bd")
    other = rng.choice("bdx") if width > 1 else "b"

    def number(value: int, bits: int, kind: str) -> str:
        return {
            "b": f"{bits}'b{value:0{bits}b}",
            "d": f"{bits}'d{value}",
            "x": f"{bits}'h{value:0{(bits + 3) // 4}x}",
        }[kind]

    def plain(value: int, bits: int, kind: str) -> str:
        return {"b": f"{value:0{bits}b}", "d": str(value), "x": f"0x{value:0{(bits + 3) // 4}x}"}[kind]

    style = rng.choice(["{0} -> {1}", "{0}: {1}", "| {0} | {1} |", "- {0} gives {1}", "{0} => {1}"])
    lines = "\n".join(
        style.format(plain(c, size, base), plain(v, width, other)) for c, v in zip(codes, values, strict=True)
    )
    if style.startswith("|"):
        lines = f"| {x.name} | {y.name} |\n|---|---|\n{lines}"
    tail = rng.choice(
        [
            f"For any other {x.name}, {y.name} is {plain(rest, width, other)}.",
            f"All other codes give {plain(rest, width, other)}.",
            f"The default is {plain(rest, width, other)}.",
        ]
    )
    templates = [
        "$Do a lookup table from {x} to {y}:\n\n{lines}\n\n{tail}",
        "$The_circuit translates {x} according to this table.\n{lines}\n{tail}",
        "{y} depends on {x} as listed.\n\n{lines}\n\n{tail}",
        "$Do a <small |>ROM with the contents below. {tail}\n\n{lines}",
        "A case statement over {x} gives {y}:\n{lines}\n{tail}",
    ]
    says = wordings(rng, templates, x=x, y=y, lines=lines, tail=tail)
    rows = [
        (number(c, size, base), f"{y.name} = {number(v, width, other)};")
        for c, v in zip(codes, values, strict=True)
    ]
    body = cases(rng, x.name, rows, f"{y.name} = {number(rest, width, other)};")
    top = top_name(rng, "lookup", "rom", "code_table", "translate", "lut", "decode_codes", "mapper")
    table = dict(zip(codes, values, strict=True))
    return combinational("lookup", top, [x, y], body, says, lambda v: {y.name: table.get(v[x.name], rest)})


@family(0.6)
def crc_step(rng: random.Random) -> Design:
    """One step of a CRC register without the register, and Hamming distances."""
    names = Names(rng)
    width = rng.choice([4, 5, 8, 8, 16])
    if rng.random() < 0.4:
        a, b = (given(name, width) for name in names.series(2))
        y = result(names.output("dist", "distance", "out", "y", "count"), width.bit_length())
        templates = [
            "{y} is the Hamming distance of {a} and {b}.",
            "Count the <bit |>positions in which {a} and {b} differ.",
            "$Do $a_circuit that $outputs in how many bits the {w}-bit words {a} and {b} differ.",
        ]
        says = wordings(rng, templates, a=a, b=b, y=y, w=width)
        i, d = names.take("i"), names.take("diff")
        lines = [
            f"{y.name} = 0;",
            f"for ({i} = 0; {i} < {width}; {i} = {i} + 1)",
            f"  {y.name} = {y.name} + {d}[{i}];",
        ]
        body = f"  wire [{width - 1}:0] {d} = {a.name} ^ {b.name};\n  integer {i};\n" + always(rng, lines)
        top = top_name(rng, "hamming_distance", "hamming", "bit_diff", "distance")
        return combinational(
            "crc_step", top, [a, b, y], body, says, lambda v: {y.name: (v[a.name] ^ v[b.name]).bit_count()}
        )
    c, d1 = (
        given(names.take(rng.choice(["crc", "crc_in", "state", "c"])), width),
        given(names.input("bit", "d", "din", "data")),
    )
    y = result(names.take(rng.choice(["crc_next", "crc_out", "next_crc", "out"])), width)
    poly = rng.randrange(1, 1 << width) | 1
    templates = [
        "$Do one step of a CRC: the feedback is the top bit of {c} XOR {d}; {y} is {c} "
        "shifted left by one, XORed with {poly} "
        "if the feedback is 1.",
        "{y} is the next value of a {w}-bit CRC register {c} after the bit {d} (polynomial "
        "{poly}, most significant bit first).",
        "Combinational CRC update: shift {c} left by one (a 0 enters) and, if {c}[{m}] "
        "differs from {d}, XOR the result with "
        "{poly}.",
    ]
    says = wordings(rng, templates, c=c, d=d1, y=y, w=width, m=width - 1, poly=f"{width}'b{poly:0{width}b}")
    shifted = f"{{{c.name}[{width - 2}:0], 1'b0}}"
    test = f"{c.name}[{width - 1}] ^ {d1.name}"
    body = driven(rng, {y.name: f"({test}) ? {shifted} ^ {binary(poly, width)} : {shifted}"})
    top = top_name(rng, "crc_step", "crc_next", "crc_update", "crc_logic")

    def function(v: Values) -> dict[str, int | None]:
        moved = v[c.name] << 1 & ones(width)
        return {y.name: moved ^ poly if v[c.name] >> width - 1 ^ v[d1.name] else moved}

    return combinational("crc_step", top, [c, d1, y], body, says, function)


FAMILIES: tuple[Kind, ...] = (gray, parity, seven_segment, bcd, lookup, crc_step)
