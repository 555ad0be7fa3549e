"""Families with several outputs of one kind: packages of gates, ripple carries, decoded flags, one function twice."""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.combinational.boolean import gate, gate_text
from rtlgen.datasets.spec_pairs.combinational.circuit import (
    Kind,
    always,
    combinational,
    driven,
    family,
    given,
    ones,
    result,
)
from rtlgen.datasets.spec_pairs.combinational.sums import cover, product
from rtlgen.datasets.spec_pairs.combinational.tables import function as drawn_function
from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.names import Names, top_name
from rtlgen.datasets.spec_pairs.phrases import counted, listed, wordings


@family(0.7)
def package(rng: random.Random) -> Design:
    """A package of equal or unequal gates with pins named by gate and place."""
    names = Names(rng)
    count = rng.choice([2, 2, 2, 3, 4])
    same = rng.random() < 0.6
    kinds = [rng.choice(["nand", "nor", "and", "or", "xor"])] * count if same else rng.choices(
        ["nand", "nor", "and", "or", "xor"], k=count
    )  # fmt: skip
    style = rng.choice(["p{0}{1}", "g{0}{1}", "{1}{0}", "u{0}_{1}"])
    sizes = [rng.choice([2, 3, 4])] * count if same else rng.choices([2, 3, 4], k=count)
    pins, outs = [], []
    for k, size in enumerate(sizes, 1):
        pins.append([given(names.take(style.format(k, letter))) for letter in "abcd"[:size]])
        outs.append(result(names.take(style.format(k, rng.choice(["y", "y", "z"])))))
    told = [
        f"{out.name} is the {kind.upper()} of {listed([p.name for p in ins])}"
        for out, kind, ins in zip(outs, kinds, pins, strict=True)
    ]
    rows = [
        f"{', '.join(p.name for p in ins)} -> {kind.upper()} -> {out.name}"
        for out, kind, ins in zip(outs, kinds, pins, strict=True)
    ]
    templates = [
        "A chip holds {n} gates. {said}.",
        "$Do a package of {n} independent gates:\n{rows}",
        "$The_circuit has {n} separate gates: {said}.",
        "The gates of this chip do not share pins.\n{bullets}",
        "{said}.",
    ]
    if same:
        shape = f"{counted(sizes[0])}-input {kinds[0].upper()}"
        first, last = style.format(1, "a"), f"{style.format(1, 'abcd'[sizes[0] - 1])}"
        templates += [
            f"$Do a chip with {{n}} {shape} gates. The inputs of the first are {first} to {last}, "
            f"its output is {outs[0].name}, "
            "and so on for the others.",
            f"A logic chip holds {{n}} {shape} gates with the outputs "
            f"{listed([p.name for p in outs])}; the digit of a pin's "
            "name is the number of its gate.",
        ]
    says = wordings(
        rng, templates, n=counted(count), said="; ".join(told), rows="\n".join(rows),
        bullets="\n".join(f"- {text}." for text in told),
    )  # fmt: skip
    values = {
        out.name: gate_text(kind, [p.name for p in ins])
        for out, kind, ins in zip(outs, kinds, pins, strict=True)
    }
    top = top_name(rng, "chip", "gate_package", "quad_gate", "dual_gate", "logic_chip", "hex_gates")

    def function(v: Values) -> dict[str, int | None]:
        found = zip(outs, kinds, pins, strict=True)
        return {out.name: gate(kind, [v[p.name] for p in ins]) for out, kind, ins in found}

    ports = [port for out, ins in zip(outs, pins, strict=True) for port in (*ins, out)]
    if rng.random() < 0.3:
        ports.sort(key=lambda port: port.direction == "output")
    return combinational("package", top, ports, driven(rng, values, assign=0.9), says, function)


@family(0.7)
def ripple(rng: random.Random) -> Design:
    """A ripple adder that shows the carry of every stage."""
    names = Names(rng)
    width = rng.choice([2, 3, 4, 4, 8])
    a, b = (given(name, width) for name in names.series(2))
    c = given(names.take(rng.choice(["cin", "c_in", "ci"])))
    s = result(names.take(rng.choice(["sum", "s", "total"])), width)
    o = result(names.take(rng.choice(["cout", "carry", "c_out"])), width)
    templates = [
        "$Do a {w}-bit ripple-carry adder out of full adders. {o}[i] is the carry out of "
        "stage i; {s} is the sum of {a}, {b} "
        "and {c}.",
        "Chain {w} full adders. Stage i adds {a}[i], {b}[i] and the carry of the stage "
        "before ({c} for stage 0), and gives "
        "{s}[i] and {o}[i].",
        "Add {a}, {b} and {c}. Besides the sum {s} show the carry of every bit on {o}.",
        "{s} is {a} + {b} + {c}; {o} holds the carries out of all stages, {o}[{m}] being the last.",
    ]
    says = wordings(rng, templates, a=a, b=b, c=c, s=s, o=o, w=width, m=width - 1)
    p, q = a.name, b.name
    rows = []
    for k in range(width):
        before = c.name if k == 0 else f"{o.name}[{k - 1}]"
        rows.append(f"  assign {{{o.name}[{k}], {s.name}[{k}]}} = {p}[{k}] + {q}[{k}] + {before};\n")
    body = "".join(rows)
    if width == 8 or rng.random() < 0.2:
        chain = f"{{{o.name}[{width - 2}:0], {c.name}}}"
        body = (
            f"  assign {s.name} = {p} ^ {q} ^ {chain};\n"
            f"  assign {o.name} = ({p} & {q}) | ({p} & {chain}) | ({q} & {chain});\n"
        )
    top = top_name(rng, "ripple_adder", "adder_carries", "rca", "full_adders", f"add{width}_stages")

    def function(v: Values) -> dict[str, int | None]:
        carries, carry = 0, v[c.name]
        for k in range(width):
            carry = (v[p] >> k & 1) + (v[q] >> k & 1) + carry >> 1
            carries |= carry << k
        return {s.name: v[p] + v[q] + v[c.name] & ones(width), o.name: carries}

    return combinational("ripple", top, [a, b, c, s, o], body, says, function)


@family(0.8)
def flags(rng: random.Random) -> Design:
    """Codes that raise one of several named outputs; no code, no flag."""
    names = Names(rng)
    size = rng.choice([2, 3, 4, 8, 8, 16])
    pool = rng.choice(
        [("left", "right", "up", "down"), ("load", "store", "branch", "halt"), ("start", "stop", "pause", "reset_cmd"),
         ("red", "green", "blue", "white"), ("add", "sub", "shift", "nop_op"), ("read", "write", "erase", "ident")]
    )  # fmt: skip
    chosen = rng.sample(pool, rng.choice([2, 3, 4]))
    outs = [result(names.take(name)) for name in chosen]
    x = given(names.input("code", "scancode", "op", "cmd", "key", "opcode", "in"), size)
    codes = rng.sample(range(1 << size), len(outs))
    digits = (size + 3) // 4
    base = "h" if size > 4 else rng.choice("bd")

    def number(value: int) -> str:
        return {
            "h": f"{size}'h{value:0{digits}x}",
            "b": f"{size}'b{value:0{size}b}",
            "d": f"{size}'d{value}",
        }[base]

    rows = "\n".join(
        f"{rng.choice(['', '- '])}{number(k)}: {p.name}" for k, p in zip(codes, outs, strict=True)
    )
    said = ", ".join(f"{p.name} for {number(k)}" for k, p in zip(codes, outs, strict=True))
    templates = [
        "Each of these values of {x} raises one output, and all other outputs are 0. Other "
        "values raise none.\n{rows}",
        "$Do a decoder of commands on {x}: {said}. Exactly the matching output is 1; unknown "
        "codes give all zeros.",
        "The outputs tell which code is on {x} ({said}). They are 0 otherwise.",
        "{x} carries a code:\n{rows}\nSet the output that belongs to it and clear the others.",
    ]
    says = wordings(rng, templates, x=x, rows=rows, said=said)
    if rng.random() < 0.5:
        body = driven(
            rng, {p.name: f"({x.name} == {number(k)})" for k, p in zip(codes, outs, strict=True)}, assign=0.9
        )
    else:
        lines = [f"{p.name} = 1'b0;" for p in outs]
        lines += [f"case ({x.name})"]
        lines += [f"  {number(k)}: {p.name} = 1'b1;" for k, p in zip(codes, outs, strict=True)]
        body = always(rng, [*lines, "  default: ;", "endcase"])
    top = top_name(
        rng, "command_decoder", "key_decoder", "flags", "scancode_decode", "opcode_flags", "arrows"
    )
    return combinational(
        "flags", top, [x, *outs], body, says,
        lambda v: {p.name: int(v[x.name] == k) for k, p in zip(codes, outs, strict=True)},
    )  # fmt: skip


@family(0.6)
def two_forms(rng: random.Random) -> Design:
    """One function as a sum of products and as a product of sums, on two outputs."""
    f = drawn_function(rng, [2, 3, 3, 4])
    names = Names(rng, *f.names)
    first = result(names.take(rng.choice(["out_sop", "sop", "f_sop"])))
    second = result(names.take(rng.choice(["out_pos", "pos", "f_pos"])))
    count = len(f.ins)
    numbers = ", ".join(str(k) for k in sorted(f.ones))
    others = ", ".join(str(k) for k in range(1 << count) if k not in f.ones)
    templates = [
        "A function of {ins} ({lead} is the most significant bit) is 1 for the inputs "
        "{numbers} and 0 for {others}. Give it in "
        "minimal sum-of-products form on {first} and in minimal product-of-sums form on {second}.",
        "{first} and {second} are the same function, 1 for the minterms {numbers} of "
        "({order}); write the first as a sum of "
        "products, the second as a product of sums.",
        "Minimise the function with the minterms {numbers} over ({order}) twice: {first} "
        "from the ones (sum of products), "
        "{second} from the zeros (product of sums).",
    ]
    says = wordings(
        rng, templates, ins=listed(f.names), lead=f.names[0], numbers=numbers, others=others, first=first, second=second,
        order=", ".join(f.names),
    )  # fmt: skip
    terms = [product(f.names, value, mask) for value, mask in cover(count, f.ones)]
    zeros = [k for k in range(1 << count) if k not in f.ones]
    factors = []
    for value, mask in cover(count, zeros):
        literals = product(f.names, value ^ mask, mask).replace(" & ", " | ")
        factors.append(f"({literals})" if "|" in literals else literals)
    left = " | ".join(f"({term})" if "&" in term and len(terms) > 1 else term for term in terms)
    right = " & ".join(factors)
    body = f"  assign {first.name} = {left};\n  assign {second.name} = {right};\n"
    top = top_name(rng, "sop_pos", "two_forms", "minimal", "logic_forms")

    def answer(v: Values) -> dict[str, int | None]:
        value = f.value(f.row(dict(v)))
        return {first.name: value, second.name: value}

    return combinational("two_forms", top, [*f.ins, first, second], body, says, answer)


FAMILIES: tuple[Kind, ...] = (package, ripple, flags, two_forms)
