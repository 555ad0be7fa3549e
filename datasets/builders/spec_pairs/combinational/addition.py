"""Families of sums and differences: adders, subtractors, overflow, saturation."""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.combinational.circuit import (
    Kind,
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
from rtlgen.datasets.spec_pairs.phrases import counted, listed, wordings


@family(0.9)
def bit_adder(rng: random.Random) -> Design:
    """Half and full adders and subtractors of single bits."""
    names = Names(rng)
    full, minus = rng.random() < 0.55, rng.random() < 0.2
    a, b = (given(name) for name in names.series(2, "a", "x", "in"))
    c = given(
        names.take(
            rng.choice(["bin", "b_in", "borrow_in"] if minus else ["cin", "c_in", "carry_in", "ci", "c"])
        )
    )
    s = result(
        names.take(rng.choice(["diff", "d", "difference"] if minus else ["sum", "s", "sum_out", "total"]))
    )
    o = result(
        names.take(rng.choice(["bout", "borrow", "b_out"] if minus else ["cout", "carry", "c_out", "co"]))
    )
    kind = ("full" if full else "half") + (" subtractor" if minus else " adder")
    verb = "subtracts {b} from {a}" if minus else "adds {a} and {b}"
    verb += f" and {'the borrow' if minus else 'the carry'} {c.name}" if full else ""
    out = "difference {s} and the borrow {o}" if minus else "sum {s} and the carry{dash} {o}"
    templates = [
        "$Do a {kind}.",
        f"$Do a {{kind}}. It {verb} and gives the {out}.",
        f"$The_circuit is a one-bit {{kind}}: it {verb}, with the {out} as results.",
        f"A {{kind}} {verb}<, producing|and produces> the {out}.",
    ]
    if full and not minus:
        templates += [
            "Add three bits {a}, {b} and {c}; {s} is the low bit of the result and {o} the high bit."
        ]
    if not full and not minus:
        templates += ["Add two bits (no carry in). {s} is the sum, {o} the carry."]
    says = wordings(rng, templates, a=a, b=b, c=c, s=s, o=o, kind=kind, dash=rng.choice(["", "-out", " out"]))
    x, y, z = a.name, b.name, c.name
    if not minus and rng.random() < 0.5:
        body = f"  assign {{{o.name}, {s.name}}} = {x} + {y}{f' + {z}' if full else ''};\n"
    else:
        first = f"{x} ^ {y}" + (f" ^ {z}" if full else "")
        if minus:
            second = f"(~{x} & {y}) | (~({x} ^ {y}) & {z})" if full else f"~{x} & {y}"
        else:
            second = f"({x} & {y}) | ({x} & {z}) | ({y} & {z})" if full else f"{x} & {y}"
        body = driven(rng, {s.name: first, o.name: second}, assign=0.9)
    ports = [a, b, *([c] if full else []), *([s, o] if rng.random() < 0.6 else [o, s])]
    short = {"half adder": ("half_adder", "hadd", "ha"), "full adder": ("full_adder", "fadd", "fa")}.get(
        kind, (kind.replace(" ", "_"),)
    )
    top = top_name(rng, *short, "add1")

    def function(v: Values) -> dict[str, int | None]:
        third = v[z] if full else 0
        total = v[x] - v[y] - third if minus else v[x] + v[y] + third
        return {s.name: total & 1, o.name: int(total < 0) if minus else total >> 1}

    return combinational("bit_adder", top, ports, body, says, function)


@family(1.3)
def adder(rng: random.Random) -> Design:
    """Vector addition with or without carries, to the same width or one more; sums of several numbers."""
    names = Names(rng)
    width = rng.choice([2, 3, 4, 4, 8, 8, 16, 16, 32, 64, 100])
    count = rng.choice([2, 2, 2, 2, 3, 4])
    ins = [given(name, width) for name in names.series(count)]
    kind = (
        rng.choice(["plain", "carry", "both", "wide", "wide"])
        if count == 2
        else rng.choice(["plain", "wide"])
    )
    cin = given(names.take(rng.choice(["cin", "c_in", "carry_in", "ci"])), note="carry in")
    cout = result(names.take(rng.choice(["cout", "c_out", "carry_out", "co", "carry"])), note="carry out")
    grown = width + (count - 1).bit_length() if kind == "wide" else width
    s = result(names.output("sum", "s", "y", "out", "result", "total", "q"), grown, note="sum")
    said = listed([p.name for p in ins])
    templates = {
        "plain": [
            "$Do $a_circuit that adds <the {w}-bit numbers |>{ins}<, dropping the carry|; the "
            "carry out is ignored|modulo 2^{w}>.",
            "{s} is the {w}-bit sum of {ins}, without carry.",
            "{s} = {plus} (lower {w} bits).",
            "Add {ins}. The result {s} has {w} bits, overflow is ignored.",
        ],
        "carry": [
            "$Do a {w}-bit adder with a carry out: {s} is the sum of {ins}, {cout} the carry.",
            "Add {ins}; the lower {w} bits go to {s} and the carry out to {cout}.",
            "$Do an adder for two {w}-bit numbers with the outputs {s} (sum) and {cout} (carry out).",
        ],
        "both": [
            "$Do a {w}-bit <|binary |ripple-carry >adder with carry-in {cin} and carry-out "
            "{cout}: it adds {ins} and {cin} and produces the sum {s}.",
            "Add {ins} and the carry {cin}. {s} is the sum, {cout} the carry out.",
            "$Do a {w}-bit full adder: {ins} plus {cin} give {s} and {cout}.",
        ],
        "wide": [
            "$Do $a_circuit that adds {ins} without losing the carry: {s} has {g} bits.",
            "{s} is the sum of {ins}; its {g} bits hold every possible result.",
            "Add the {n} unsigned {w}-bit numbers {ins} to <a|one> {g}-bit sum.",
            "$Do an adder with {n} inputs of {w} bits. The sum {s} includes the overflow bit<s|>.",
        ],
    }[kind]
    if count == 2 and kind == "wide":
        templates += [
            "Add two {w}-bit numbers. The {g}-bit output {s} is the sum with the carry as its "
            "most significant bit."
        ]
    plus = " + ".join(p.name for p in ins)
    says = wordings(
        rng, templates, ins=said, w=width, s=s, cin=cin, cout=cout, plus=plus, g=grown, n=counted(count)
    )
    target = f"{{{cout.name}, {s.name}}}" if kind in ("carry", "both") else s.name
    body = driven(rng, {target: plus + (f" + {cin.name}" if kind == "both" else "")}, assign=0.9)
    ports = [*ins, *([cin] if kind == "both" else []), s, *([cout] if kind in ("carry", "both") else [])]
    if kind == "both" and rng.random() < 0.3:
        ports = [*ins, cin, cout, s]
    top = top_name(
        rng,
        "adder",
        f"adder{width}",
        f"adder_{width}bit",
        "add",
        "sum",
        "ripple_adder",
        "vector_add",
        f"add{width}",
    )

    def function(v: Values) -> dict[str, int | None]:
        total = sum(v[p.name] for p in ins) + (v[cin.name] if kind == "both" else 0)
        return {s.name: total & ones(grown), cout.name: total >> width}

    return combinational("adder", top, ports, body, says, function)


@family(1.0)
def subtractor(rng: random.Random) -> Design:
    """Differences, add-subtract units, negation, absolute values and distances."""
    names = Names(rng)
    width = rng.choice([3, 4, 4, 8, 8, 16, 32])
    a, b = (given(name, width) for name in names.series(2))
    m = given(names.one(("sub", "mode", "op", "do_sub", "addsub", "m", "sel")), note="0: add, 1: subtract")
    y = result(names.output("diff", "out", "y", "result", "d", "q"), width)
    borrow = result(
        names.take(rng.choice(["borrow", "bout", "negative", "neg"])),
        note="1 when the difference is negative",
    )
    kind = rng.choice(["sub", "sub", "borrow", "addsub", "addsub", "neg", "abs", "distance"])
    p, q, out = a.name, b.name, y.name
    templates = {
        "sub": [
            "$Do $a_circuit that subtracts {b} from {a}.",
            "{y} is {a} minus {b}<, modulo 2^{w}|>.",
            "{y} = {a} - {b}",
            "$Do a {w}-bit subtractor: {y} is the difference {a} - {b}.",
        ],
        "borrow": [
            "$Do a subtractor: {y} = {a} - {b}, and {borrow} is 1 when {b} is greater than {a}.",
            "Subtract {b} from {a}. {borrow} tells that the result is negative (unsigned {a} < {b}).",
            "{y} is the lower {w} bits of {a} - {b}; {borrow} is 1 if {a} is less than {b}.",
        ],
        "addsub": [
            "When {m} is 0, {y} is {a} + {b}; when {m} is 1, it is {a} - {b}.",
            "$Do an adder-subtractor: {m} selects subtraction ({a} - {b}), otherwise the numbers are added.",
            "$Do a {w}-bit add/sub unit. {m}=1 subtracts {b} from {a}, {m}=0 adds them.",
            "{y} = {m} ? {a} - {b} : {a} + {b}",
        ],
        "neg": [
            "{y} is the two's complement of {a}.",
            "Negate {a}: {y} = -{a}.",
            "$Do $a_circuit that <negates|changes the sign of> the {w}-bit two's complement number {a}.",
        ],
        "abs": [
            "{y} is the absolute value of the signed (two's complement) number {a}.",
            "$Do $a_circuit that gives the magnitude of the {w}-bit two's complement number {a}.",
            "If {a} is negative, {y} = -{a}, otherwise {y} = {a}. {a} is in two's complement.",
        ],
        "distance": [
            "{y} is the absolute difference of the unsigned numbers {a} and {b}.",
            "$Do $a_circuit that computes |{a} - {b}| for unsigned inputs.",
            "{y} is {a} - {b} if {a} is the larger one, else {b} - {a}.",
        ],
    }[kind]
    says = wordings(rng, templates, a=a, b=b, y=y, m=m, borrow=borrow, w=width)
    extra = [borrow] if kind == "borrow" else []
    ports = {
        "addsub": [a, b, m, y] if rng.random() < 0.7 else [m, a, b, y],
        "neg": [a, y],
        "abs": [a, y],
    }.get(kind, [a, b, y, *extra])
    code = {
        "sub": f"{p} - {q}",
        "borrow": f"{p} - {q}",
        "addsub": f"{m.name} ? {p} - {q} : {p} + {q}",
        "neg": rng.choice([f"-{p}", f"~{p} + 1'b1"]),
        "abs": f"{p}[{width - 1}] ? -{p} : {p}",
        "distance": f"({p} > {q}) ? {p} - {q} : {q} - {p}",
    }[kind]
    values = {out: code} | ({borrow.name: f"{p} < {q}"} if kind == "borrow" else {})
    hints = {
        "neg": ("negate", "twos_complement"),
        "abs": ("abs_value", "magnitude"),
        "addsub": ("add_sub", "addsub", "adder_subtractor"),
        "distance": ("abs_diff", "distance"),
    }
    top = top_name(rng, *hints.get(kind, ("subtractor", "sub", "difference", f"sub{width}")))

    def function(v: Values) -> dict[str, int | None]:
        one, two = v[p], v.get(q, 0)
        total = {"neg": -one, "abs": abs(signed(one, width)), "distance": abs(one - two)}.get(kind, one - two)
        if kind == "addsub" and not v[m.name]:
            total = one + two
        return {out: total & ones(width), borrow.name: int(one < two)}

    return combinational("subtractor", top, ports, driven(rng, values, assign=0.8), says, function)


@family(0.8)
def overflow(rng: random.Random) -> Design:
    """Sum or difference of signed numbers with a flag for signed overflow, or saturating instead."""
    names = Names(rng)
    width = rng.choice([4, 8, 8, 16, 32])
    a, b = (given(name, width) for name in names.series(2))
    s = result(names.output("s", "sum", "out", "y", "result"), width)
    o = result(names.one(("overflow", "ovf", "v", "of", "err")), note="signed overflow")
    kind = rng.choice(["flag", "flag", "minus", "unsigned_sat", "unsigned_sat", "floor"])
    templates = {
        "flag": [
            "Add the two {w}-bit two's complement numbers {a} and {b} to {s}. {o} is 1 when a "
            "signed overflow occurs.",
            "{s} = {a} + {b} in two's complement, and {o} tells that the sum does not fit <{w} bits|>.",
            "$Do a signed {w}-bit adder with overflow detection: sum {s}, overflow flag {o}.",
        ],
        "minus": [
            "{s} = {a} - {b} in two's complement; {o} is 1 on signed overflow.",
            "Subtract the signed number {b} from {a}. {o} says that the difference does not fit {w} bits.",
        ],
        "unsigned_sat": [
            "{s} is the sum of the unsigned numbers {a} and {b}, saturated at {max}.",
            "$Do a saturating adder for unsigned {w}-bit numbers: a sum above {max} gives {max}.",
            "Add {a} and {b}. If the result does not fit {w} bits, {s} is all ones.",
        ],
        "floor": [
            "{s} is {a} - {b}, but 0 when {b} is greater than {a} (unsigned).",
            "$Do a saturating subtractor: negative differences become 0.",
            "Subtract {b} from {a}, unsigned, and clamp the result at zero.",
        ],
    }[kind]
    says = wordings(rng, templates, a=a, b=b, s=s, o=o, w=width, max=ones(width))
    p, q, t = a.name, b.name, width - 1
    if kind == "unsigned_sat":
        total = names.take("total")
        body = (
            f"  wire [{width}:0] {total} = {p} + {q};\n  assign {s.name} = {total}[{width}] ? "
            f"{{{width}{{1'b1}}}} : {total}[{t}:0];\n"
        )
    elif kind == "floor":
        body = driven(rng, {s.name: f"({q} > {p}) ? {width}'d0 : {p} - {q}"})
    else:
        sign = "+" if kind == "flag" else "-"
        same = "==" if kind == "flag" else "!="
        body = (
            f"  assign {s.name} = {p} {sign} {q};\n  assign {o.name} = ({p}[{t}] {same} {q}[{t}]) "
            f"&& ({s.name}[{t}] != {p}[{t}]);\n"
        )
    flagged = kind in ("flag", "minus")
    top = top_name(
        rng, *(("add_overflow", "signed_add", "ovf_adder") if flagged else ("sat_add", "saturate", "clamp"))
    )

    def function(v: Values) -> dict[str, int | None]:
        one, two = v[p], v[q]
        if kind == "unsigned_sat":
            return {s.name: min(one + two, ones(width))}
        if kind == "floor":
            return {s.name: max(one - two, 0)}
        exact = signed(one, width) + (signed(two, width) if kind == "flag" else -signed(two, width))
        return {s.name: exact & ones(width), o.name: int(not -(1 << t) <= exact < 1 << t)}

    return combinational("overflow", top, [a, b, s, *([o] if flagged else [])], body, says, function)


FAMILIES: tuple[Kind, ...] = (
    bit_adder,
    adder,
    subtractor,
    overflow,
)
