"""Families on whole vectors: extension, reductions, replication, bitwise and logical operators."""

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
def extend(rng: random.Random) -> Design:
    """Sign or zero extension, truncation."""
    names = Names(rng)
    narrow = rng.choice([2, 3, 4, 5, 8, 8, 12, 16])
    wide = rng.choice([w for w in (4, 8, 12, 16, 32, 64) if w > narrow])
    kind = rng.choice(["sign", "sign", "sign", "zero", "zero", "cut"])
    x = given(names.input(), wide if kind == "cut" else narrow)
    y = result(names.output(), narrow if kind == "cut" else wide)
    more = wide - narrow
    templates = {
        "sign": [
            "Sign-extend the {narrow}-bit {x} to {wide} bits.",
            "$Do a sign extender from {narrow} to {wide} bits.",
            "{y} is {x} extended to {wide} bits, with {more} copies of the sign bit in front.",
            "{x} is a signed {narrow}-bit number; {y} is the same number in {wide} bits.",
            "Replicate bit {top} of {x} to fill the upper bits of the {wide}-bit output.",
            "The two's complement value {x} $should be widened to {wide} bits without changing it.",
        ],
        "zero": [
            "Zero-extend {x} <from {narrow} bits |>to {wide} bits.",
            "{y} is {x} with {more} zero bits in front.",
            "The unsigned {narrow}-bit number {x} is widened to {wide} bits.",
            "The lower {narrow} bits of {y} are {x}, the others are 0.",
        ],
        "cut": [
            "{y} is the lower {narrow} bits of {x}.",
            "Truncate {x} to {narrow} bits.",
            "Keep only the {narrow} least significant bits of {x}.",
            "$Do $a_circuit that drops the upper {more} bits of {x}.",
        ],
    }[kind]
    says = wordings(
        rng,
        templates,
        x=x,
        y=y,
        narrow=narrow,
        wide=wide,
        more=more,
        top=narrow - 1,
        an="an" if narrow == 8 else "a",
    )
    value = {
        "sign": f"{{{{{more}{{{x.name}[{narrow - 1}]}}}}, {x.name}}}",
        "zero": f"{{{more}'b0, {x.name}}}",
        "cut": f"{x.name}[{narrow - 1}:0]",
    }[kind]
    hints = {
        "sign": ("sign_extend", "sext", "sign_ext"),
        "zero": ("zero_extend", "zext"),
        "cut": ("truncate", "low_bits"),
    }
    top = top_name(rng, *hints[kind], "extender", "widen")

    def function(v: Values) -> dict[str, int | None]:
        found = signed(v[x.name], narrow) if kind == "sign" else v[x.name]
        return {y.name: found & ones(y.width)}

    return combinational("extend", top, [x, y], driven(rng, {y.name: value}, assign=0.85), says, function)


@family(0.9)
def reduction(rng: random.Random) -> Design:
    """AND, OR, XOR and their inverses over all bits of a vector."""
    names = Names(rng)
    width = rng.choice([3, 4, 4, 5, 8, 8, 16, 32, 64, 100])
    x = given(names.input(), width)
    said = {
        "&": ["AND", "1 $exactly_if all bits of {x} are 1", "tells whether every bit of {x} is 1"],
        "|": ["OR", "1 $exactly_if at least one bit of {x} is 1", "tells whether any bit of {x} is 1"],
        "^": ["XOR", "1 $exactly_if the number of ones in {x} is odd", "is the parity of {x}"],
        "~&": ["NAND", "0 $exactly_if all bits of {x} are 1", "is 1 when any bit of {x} is 0"],
        "~|": ["NOR", "1 $exactly_if {x} is zero", "tells whether all bits of {x} are 0"],
        "~^": ["XNOR", "1 $exactly_if the number of ones in {x} is even", "is 1 for an even number of ones"],
    }
    count = rng.choice([1, 1, 1, 2, 3, 3])
    kinds = rng.sample(["&", "|", "^", "&", "|", "^", "~&", "~|", "~^"], 9)
    kinds = list(dict.fromkeys(kinds))[:count]
    fixed = {
        "&": "out_and",
        "|": "out_or",
        "^": "out_xor",
        "~&": "out_nand",
        "~|": "out_nor",
        "~^": "out_xnor",
    }
    named = rng.random() < 0.5 and count > 1
    outs = [result(names.take(fixed[k])) if named else result(names.output()) for k in kinds]
    pairs = list(zip(outs, kinds, strict=True))
    if count == 1:
        up, long, other = said[kinds[0]]
        templates = [
            f"{{y}} is the {up} of all bits of {{x}}.",
            f"{{y}} is {long}.",
            f"$Do a {{w}}-input {up} gate<| over the vector {{x}}>.",
            f"Reduce {{x}} to one bit by {up}.",
            f"$The_circuit $outputs the {up} of the {{w}} bits of {{x}}.",
            f"{{y}} {other}.",
        ]
    else:
        rows = "\n".join(f"{o.name}: {said[k][0]} of all bits of {x.name}" for o, k in pairs)
        told = listed([f"{o.name} is the {said[k][0]}" for o, k in pairs])
        gates = "\n".join(f"- {o.name}: {said[k][0]} gate with {width} inputs" for o, k in pairs)
        templates = [
            f"$Do $a_circuit with these reductions of the {{w}} bits of {{x}}:\n{rows}",
            f"Over all bits of {{x}}, {told}.",
            f"The outputs are computed from all {{w}} bits of {{x}}:\n{gates}",
            f"$Do $a_circuit with {counted(count)} outputs.\n{gates}",
        ]
    says = wordings(rng, templates, x=x, y=outs[0], w=width)
    body = driven(rng, {o.name: f"{k}{x.name}" for o, k in pairs}, assign=0.85)
    top = top_name(
        rng, "reduction", "reduce", f"gates{width}", "and_all", "parity", "any_bit", "vector_gates"
    )

    def function(v: Values) -> dict[str, int | None]:
        value = v[x.name]
        base = {"&": value == ones(width), "|": value != 0, "^": value.bit_count() % 2 == 1}
        return {o.name: int(base[k[-1]] != (len(k) > 1)) for o, k in pairs}

    return combinational("reduction", top, [x, *outs], body, says, function)


@family(0.8)
def replicate(rng: random.Random) -> Design:
    """A bit or a word repeated."""
    names = Names(rng)
    width = rng.choice([1, 1, 1, 2, 4, 8])
    count = rng.choice([2, 3, 4, 8]) if width > 1 else rng.choice([4, 8, 16, 32])
    x, y = given(names.input(), width), result(names.output(), width * count)
    templates = [
        "{y} consists of {n} copies of {x}.",
        "Repeat {x} {n} times to form the {w}-bit {y}.",
        "Replicate {x} {n} times.",
        "$Do $a_circuit that fills {y} with {n} copies of its input {x}.",
        "Every {unit} of {y} equals {x}.",
    ]
    says = wordings(
        rng, templates, n=count, x=x, y=y, w=y.width, unit="bit" if width == 1 else f"group of {width} bits"
    )
    body = driven(rng, {y.name: f"{{{count}{{{x.name}}}}}"}, assign=0.9)
    top = top_name(rng, "replicate", "repeat_bits", "broadcast", "fanout", "copy_bits")
    return combinational(
        "replicate",
        top,
        [x, y],
        body,
        says,
        lambda v: {y.name: sum(v[x.name] << k * width for k in range(count))},
    )


@family(0.9)
def bitwise(rng: random.Random) -> Design:
    """Bitwise and logical operators on vectors."""
    names = Names(rng)
    width = rng.choice([2, 3, 3, 4, 8, 8, 16, 32])
    a, b = (given(name, width) for name in names.series(2))
    table = {
        "bitwise AND": ("&", width),
        "bitwise OR": ("|", width),
        "bitwise XOR": ("^", width),
        "bitwise XNOR": ("~^", width),
        "logical OR": ("||", 1),
        "logical AND": ("&&", 1),
    }
    kinds = rng.sample(list(table), rng.choice([1, 1, 2, 2, 3]))
    outs = [
        result(
            names.take(rng.choice([kind.lower().replace(" ", "_"), "out_" + kind.lower().replace(" ", "_")]))
            if len(kinds) > 1
            else names.output(),
            table[kind][1],
        )
        for kind in kinds
    ]
    inverted = result(names.take("out_not"), 2 * width) if rng.random() < 0.25 else None
    values = {o.name: f"{a.name} {table[k][0]} {b.name}" for o, k in zip(outs, kinds, strict=True)}
    rows = [f"{o.name} is the {k} of {a.name} and {b.name}" for o, k in zip(outs, kinds, strict=True)]
    if inverted:
        values[inverted.name] = f"{{~{b.name}, ~{a.name}}}"
        rows.append(f"{inverted.name} is the inverse of {b.name} followed by the inverse of {a.name}")
    templates = [
        "{said}.",
        "$Do $a_circuit with two {w}-bit inputs that computes <the following|these> operations:\n{rows}",
        "Operators on the {w}-bit vectors {a} and {b}:\n{rows}",
        "$The_circuit applies operators to {a} and {b}: {said}.",
    ]
    says = wordings(
        rng, templates, a=a, b=b, w=width, said=listed(rows), rows="\n".join(f"- {row}" for row in rows)
    )
    ports = [a, b, *outs, *([inverted] if inverted else [])]
    top = top_name(rng, "bitwise", "vector_gates", "vector_ops", "bit_ops", "logic_vec")

    def function(v: Values) -> dict[str, int | None]:
        p, q = v[a.name], v[b.name]
        found = {
            "&": p & q,
            "|": p | q,
            "^": p ^ q,
            "~^": ~(p ^ q) & ones(width),
            "||": int(p > 0 or q > 0),
            "&&": int(p > 0 < q),
        }
        answer: dict[str, int | None] = {o.name: found[table[k][0]] for o, k in zip(outs, kinds, strict=True)}
        if inverted:
            answer[inverted.name] = (~q & ones(width)) << width | ~p & ones(width)
        return answer

    return combinational("bitwise", top, ports, driven(rng, values, assign=0.85), says, function)


FAMILIES: tuple[Kind, ...] = (
    extend,
    reduction,
    replicate,
    bitwise,
)
