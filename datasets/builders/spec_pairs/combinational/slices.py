"""Families that cut, join and reorder vectors: reversal, splitting, concatenation, permutations."""

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
)
from rtlgen.datasets.spec_pairs.design import Design, DesignPort, Values
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

    def function(v: Values) -> dict[str, int | None]:
        pieces = [v[x.name] >> k * unit & ones(unit) for k in range(count)]
        return {y.name: sum(piece << (count - 1 - k) * unit for k, piece in enumerate(pieces))}

    return combinational("reverse", top, [x, y], body, says, function)


_HALVES = (("hi", "lo"), ("upper", "lower"), ("out_hi", "out_lo"), ("msb_part", "lsb_part"))


def _pieces(rng: random.Random, names: Names, count: int, unit: int) -> tuple[list[DesignPort], bool]:
    """Outputs for the pieces of a vector, and whether the first is the most significant one."""
    if count == 2 and rng.random() < 0.6:
        high_first = rng.random() < 0.6
        chosen = [names.take(name) for name in rng.choice(_HALVES)]
        return [result(name, unit) for name in (chosen if high_first else chosen[::-1])], high_first
    outs = [result(name, unit) for name in names.series(count, "o", "out", "y", "q", "byte", "part")]
    return outs, rng.random() < 0.4


@family(0.8)
def split(rng: random.Random) -> Design:
    """A vector cut into parts, or its single bits."""
    names = Names(rng)
    unit = rng.choice([1, 1, 4, 8, 8, 16])
    count = rng.choice([2, 3, 4, 5, 8]) if unit == 1 else rng.choice([2, 2, 4])
    x = given(names.input("vec", "in", "x", "data", "word", "a", "d"), unit * count)
    outs, high_first = _pieces(rng, names, count, unit)
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

    def function(v: Values) -> dict[str, int | None]:
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

    def function(v: Values) -> dict[str, int | None]:
        whole = 0
        for p in ins:
            whole = whole << width | v[p.name]
        whole = whole << pad | value
        return {p.name: whole >> (pieces - 1 - k) * unit & ones(unit) for k, p in enumerate(outs)}

    return combinational("concatenate", top, [*ins, *outs], body, says, function)


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


FAMILIES: tuple[Kind, ...] = (
    reverse,
    split,
    concatenate,
    permutation,
)
