"""Families that move the bits of vectors: slices, concatenation, reversal, extension, replication, permutations."""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.combinational.circuit import (
    Kind,
    combinational,
    driven,
    family,
    given,
    loop,
    ones,
    result,
    signed,
)
from rtlgen.datasets.spec_pairs.design import Design
from rtlgen.datasets.spec_pairs.names import Names, top_name
from rtlgen.datasets.spec_pairs.phrases import counted, listed, wordings


@family(1.0)
def reverse(rng: random.Random) -> Design:
    """The order of bits, bytes or nibbles turned round."""
    names = Names(rng)
    unit = rng.choice([1, 1, 1, 8, 8, 4])
    count = rng.choice([4, 8, 8, 16, 32, 100]) if unit == 1 else rng.choice([2, 4, 4, 8])
    width = unit * count
    x, y = given(names.input(), width), result(names.output(), width)
    what = {1: "bit", 4: "nibble", 8: "byte"}[unit]
    templates = [
        "Reverse the <{what} order|order of the {what}s> of the {w}-bit {x}<.| and drive {y} "
        "with the result.>",
        "{y} is {x} with its {what}s in <the opposite|reverse> order.",
        "$Do $a_circuit that reverses the {what} ordering of a {w}-bit <vector|word>.",
        "Given {w} input bits on {x}, $output them with the {what}s reversed on {y}.",
        "The first {what} of {x} becomes the last {what} of {y}, and so on.",
    ]
    if unit == 8:
        templates += [
            "Convert the {w}-bit {x} between little endian and big endian.",
            "$Do a byte swap: the endianness of the {n} bytes of {x} is changed.",
            "A {w}-bit word holds {n} bytes. $Do $a_circuit that reverses the byte order of the word.",
        ]
    if unit == 1:
        templates += [
            "{y}[0] is {x}[{m}], {y}[1] is {x}[{m1}], and so on to {y}[{m}] = {x}[0].",
            "{y}[i] $should equal {x}[{m} - i] for every i from 0 to {m}.",
            "Mirror the bits of {x}: the most significant bit becomes the least significant one.",
        ]
    says = wordings(rng, templates, what=what, w=width, n=counted(count), x=x, y=y, m=width - 1, m1=width - 2)
    if count <= 8:
        parts = [
            f"{x.name}[{k}]" if unit == 1 else f"{x.name}[{k * unit + unit - 1}:{k * unit}]"
            for k in range(count)
        ]
        body = driven(rng, {y.name: f"{{{', '.join(parts)}}}"})
    else:
        body = loop(rng, names, width, f"{y.name}[@] = {x.name}[{width - 1} - @];")
    top = top_name(
        rng,
        f"{what}_reverse",
        f"reverse{width}",
        "bit_reverse" if unit == 1 else "endian_swap",
        "vector_reverse",
        "flip",
    )

    def function(v: dict[str, int]) -> dict[str, int | None]:
        pieces = [v[x.name] >> k * unit & ones(unit) for k in range(count)]
        return {y.name: sum(piece << (count - 1 - k) * unit for k, piece in enumerate(pieces))}

    return combinational("reverse", top, [x, y], body, says, function)


@family(0.8)
def split(rng: random.Random) -> Design:
    """A vector cut into parts, or its single bits."""
    names = Names(rng)
    unit = rng.choice([1, 1, 4, 8, 8, 16])
    count = rng.choice([2, 3, 4, 5, 8]) if unit == 1 else rng.choice([2, 2, 4])
    x = given(names.input("vec", "in", "x", "data", "word", "a", "d"), unit * count)
    stems = {2: [("hi", "lo"), ("upper", "lower"), ("out_hi", "out_lo"), ("msb_part", "lsb_part")]}.get(
        count, []
    )
    high_first = rng.random() < 0.6
    if stems and rng.random() < 0.6:
        chosen = [names.take(name) for name in rng.choice(stems)]
        outs = [result(name, unit) for name in (chosen if high_first else chosen[::-1])]
        high_first = high_first or False
    else:
        outs = [result(name, unit) for name in names.series(count, "o", "out", "y", "q", "byte", "part")]
        high_first = rng.random() < 0.4
    keep = rng.random() < 0.3
    positions = list(range(count - 1, -1, -1)) if high_first else list(range(count))
    place = dict(zip([p.name for p in outs], positions, strict=True))

    def cut(k: int) -> str:
        return f"{x.name}[{k}]" if unit == 1 else f"{x.name}[{k * unit + unit - 1}:{k * unit}]"

    lines = "\n".join(f"{p.name} = {cut(place[p.name])}" for p in outs)
    said = listed([f"{p.name} is {cut(place[p.name])}" for p in outs])
    what = "bit" if unit == 1 else {4: "nibble", 8: "byte", 16: "half-word"}[unit]
    ends = ("most", "least") if high_first else ("least", "most")
    templates = [
        "Split the {w}-bit {x} into its {n} {what}s: {said}.",
        "$Do $a_circuit that splits {x} into {what}s. {first} is the {a} significant {what}, "
        "{last} the {b} significant one.",
        "$The_circuit takes {x} apart:\n{lines}",
        "The {what}s of {x} go to {names}, {a} significant first.",
        "Separate {x} into {n} outputs:\n{lines}",
    ]
    if count == 2 and unit > 1:
        templates += [
            "$Do $a_circuit that splits an input <word|vector> of {w} bits into its <upper|high> "
            "and <lower|low> half. "
            "{up} gets [{hi}:{half}], {down} gets [{low}:0].",
            "{up} is the upper half of {x}, {down} the lower half.",
        ]
    up, down = (outs[0], outs[1]) if high_first else (outs[1], outs[0])
    ports = [x, *outs]
    values = {p.name: cut(place[p.name]) for p in outs}
    if keep:
        whole = result(names.output("outv", "copy", "out", "all"), x.width)
        ports.append(whole)
        values[whole.name] = x.name
        templates = [text + f" The output {whole.name} is {x.name} itself." for text in templates]
    says = wordings(
        rng,
        templates,
        x=x,
        w=x.width,
        n=counted(count),
        what=what,
        said=said,
        lines=lines,
        a=ends[0],
        b=ends[1],
        first=outs[0],
        last=outs[-1],
        names=listed([p.name for p in outs]),
        up=up,
        down=down,
        hi=x.width - 1,
        half=x.width // 2,
        low=x.width // 2 - 1,
    )
    body = driven(rng, values, assign=0.85)
    top = top_name(
        rng, "split", "vector_split", "splitter", "unpack", "half_word", f"split{count}", "vector0"
    )

    def function(v: dict[str, int]) -> dict[str, int | None]:
        found: dict[str, int | None] = {p.name: v[x.name] >> place[p.name] * unit & ones(unit) for p in outs}
        if keep:
            found[ports[-1].name] = v[x.name]
        return found

    return combinational("split", top, ports, body, says, function)


@family(1.0)
def concatenate(rng: random.Random) -> Design:
    """Several inputs (and constants) joined into one vector, perhaps cut again into others."""
    names = Names(rng)
    width = rng.choice([1, 2, 3, 4, 5, 8, 8])
    ins = [given(name, width) for name in names.series(rng.choice([2, 2, 3, 4, 6]))]
    pad = rng.choice([0, 0, 0, 1, 2]) if width > 1 else 0
    value = ones(pad) if rng.random() < 0.6 else 0
    total = width * len(ins) + pad
    parts = [p.name for p in ins] + ([f"{pad}'b{value:0{pad}b}"] if pad else [])
    pieces = rng.choice([k for k in (1, 1, 2, 4) if total % k == 0 and total // k > 1] or [1])
    unit = total // pieces
    outs = (
        [result(name, unit) for name in names.series(pieces, "w", "out", "y", "z", "o")]
        if pieces > 1
        else [result(names.output(), total)]
    )
    tail = (
        f", followed by {'two' if pad == 2 else 'one'} {'1' if value else '0'} bit{'s' if pad > 1 else ''}"
        if pad
        else ""
    )
    low = " The constant goes to the least significant end." if pad and rng.random() < 0.5 else ""
    if pieces == 1:
        templates = [
            "$Do $a_circuit that concatenates {ins}{tail} into {y}, <with {first} in the most significant "
            "position|{first} first (most significant)>.",
            "{y} is the concatenation {{{parts}}}.",
            "Join {ins}{tail} to <one|a single> {total}-bit vector {y}; {first} <is at the "
            "top|takes the highest bits>.",
            "From the most significant bit down, {y} consists of {ins}{tail}.",
            "Pack {ins}{tail} into the {total}-bit output, {first} being the most significant part.",
        ]
    else:
        templates = [
            "Concatenate {ins}{tail}, {first} first (most significant), and split the {total} "
            "bits into {outs}, each of "
            "{unit} bits, the most significant first.",
            "$The_circuit joins its inputs {ins} in this order{tail}, which gives {total} bits, "
            "and cuts them into the "
            "{n} outputs {outs}.",
            "{{{outs}}} = {{{parts}}}",
            "Given {n_in} {width}-bit inputs {ins}, concatenate them{tail} and split the result "
            "into {outs} of {unit} bits.",
        ]
    says = wordings(
        rng,
        templates,
        ins=listed([p.name for p in ins]),
        tail=tail,
        first=ins[0],
        y=outs[0],
        total=total,
        width=width,
        parts=", ".join(parts),
        outs=", ".join(p.name for p in outs),
        unit=unit,
        n=counted(pieces),
        n_in=counted(len(ins)),
        low=low,
    )
    target = outs[0].name if pieces == 1 else f"{{{', '.join(p.name for p in outs)}}}"
    body = driven(rng, {target: f"{{{', '.join(parts)}}}"}, assign=0.9)
    top = top_name(rng, "concat", "vector_concat", "joiner", "pack", "combine", "vector3", "merge")

    def function(v: dict[str, int]) -> dict[str, int | None]:
        whole = 0
        for p in ins:
            whole = whole << width | v[p.name]
        whole = whole << pad | value
        return {p.name: whole >> (pieces - 1 - k) * unit & ones(unit) for k, p in enumerate(outs)}

    return combinational("concatenate", top, [*ins, *outs], body, says, function)


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

    def function(v: dict[str, int]) -> dict[str, int | None]:
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

    def function(v: dict[str, int]) -> dict[str, int | None]:
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


@family(0.8)
def permutation(rng: random.Random) -> Design:
    """Every output bit is a certain input bit."""
    names = Names(rng)
    width = rng.choice([3, 4, 4, 5, 8])
    x, y = given(names.input(), width), result(names.output(), width)
    order = list(range(width))
    rng.shuffle(order)
    if rng.random() < 0.3:
        turn = rng.randrange(1, width)
        order = [(k + turn) % width for k in range(width)]
    lines = "\n".join(f"{y.name}[{k}] = {x.name}[{source}]" for k, source in enumerate(order))
    down = "\n".join(f"{y.name}[{k}] <- {x.name}[{order[k]}]" for k in range(width - 1, -1, -1))
    templates = [
        "The bits of {x} are rearranged on {y}:\n{lines}",
        "$Do a fixed permutation of bits.\n{lines}",
        "Wire the bits of {x} to {y} like this:\n{down}",
        "From bit {m} down to bit 0, {y} is made of the bits {list} of {x}.",
        "{y} = {{{cat}}}",
        "$The_circuit only reorders bits:\n{lines}",
    ]
    backwards = [order[k] for k in range(width - 1, -1, -1)]
    cat = ", ".join(f"{x.name}[{k}]" for k in backwards)
    says = wordings(
        rng,
        templates,
        x=x,
        y=y,
        lines=lines,
        down=down,
        m=width - 1,
        list=listed([str(k) for k in backwards]),
        cat=cat,
    )
    if rng.random() < 0.6:
        body = f"  assign {y.name} = {{{cat}}};\n"
    else:
        body = "".join(f"  assign {y.name}[{k}] = {x.name}[{source}];\n" for k, source in enumerate(order))
    top = top_name(rng, "permute", "bit_shuffle", "scramble", "permutation", "swizzle", "rewire")
    return combinational(
        "permutation",
        top,
        [x, y],
        body,
        says,
        lambda v: {y.name: sum((v[x.name] >> source & 1) << k for k, source in enumerate(order))},
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

    def function(v: dict[str, int]) -> dict[str, int | None]:
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


FAMILIES: tuple[Kind, ...] = (reverse, split, concatenate, extend, reduction, replicate, permutation, bitwise)
