"""Families that compare and count: comparators, minimum and maximum, one-hot checks, population counts, sorting."""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.combinational.circuit import (
    Kind,
    always,
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
from rtlgen.datasets.spec_pairs.names import FLAGS, Names, top_name
from rtlgen.datasets.spec_pairs.phrases import counted, listed, wordings

_RELATIONS = {
    "==": ("equal", "{a} equals {b}", "eq"),
    "!=": ("different", "{a} differs from {b}", "ne"),
    "<": ("less", "{a} is less than {b}", "lt"),
    ">": ("greater", "{a} is greater than {b}", "gt"),
    "<=": ("less or equal", "{a} is less than or equal to {b}", "le"),
    ">=": ("greater or equal", "{a} is greater than or equal to {b}", "ge"),
}


def _holds(sign: str, p: int, q: int) -> int:
    return int({"==": p == q, "!=": p != q, "<": p < q, ">": p > q, "<=": p <= q, ">=": p >= q}[sign])


@family(1.3)
def comparator(rng: random.Random) -> Design:
    """One or several relations of two numbers, unsigned or signed."""
    names = Names(rng)
    width = rng.choice([1, 2, 2, 3, 4, 4, 8, 8, 16, 32])
    a, b = (given(name, width) for name in names.series(2))
    is_signed = width > 1 and rng.random() < 0.25
    signs = rng.choice(
        [
            ["=="],
            ["=="],
            ["<"],
            [">"],
            ["!="],
            ["<="],
            [">="],
            [">", "==", "<"],
            ["==", ">", "<"],
            ["<", "==", ">"],
            ["==", "<"],
            ["==", "!="],
        ]
    )
    if len(signs) == 1:
        outs = [result(names.one(FLAGS, (_RELATIONS[signs[0]][2],)))]
    else:
        style = rng.choice(["{0}", "{1}", "a_{1}_b", "is_{1}", "out_{1}"])
        outs = [
            result(names.take(style.format(_RELATIONS[k][0].split()[0], _RELATIONS[k][2]))) for k in signs
        ]
    kind = (
        " as signed (two's complement) numbers" if is_signed else rng.choice(["", "", " as unsigned numbers"])
    )
    said = [
        f"{o.name} is 1 when {_RELATIONS[k][1].format(a=a.name, b=b.name)}"
        for o, k in zip(outs, signs, strict=True)
    ]
    if len(signs) == 1:
        rel = _RELATIONS[signs[0]][1]
        templates = [
            "{y} $should be 1 when " + rel + ", otherwise 0.{kind}",
            "$Do $a_circuit that compares the {w}-bit {a} and {b}: {y} $is_high $exactly_if "
            + rel
            + ".{kind}",
            "$The_circuit tells whether " + rel + ".{kind}",
            "{y} = ({a} {sign} {b}){kind2}",
            "Output 1 if " + rel + " and 0 if not.{kind}",
            "$Do a comparator; {y} is asserted when " + rel + ".{kind}",
        ]
        if signs[0] == "==":
            templates.append("$Do $a_circuit that outputs 1 if {a} = {b} and 0 otherwise.{kind}")
    else:
        templates = [
            "$Do a {w}-bit comparator. {said}.{kind}",
            "Compare {a} with {b}{kind2}: {said}.",
            "$The_circuit compares the numbers {a} and {b}.{kind}\n{rows}",
            "$Do a magnitude comparator with {n} outputs:\n{rows}\n{kind}",
        ]
    sentence = f" The {'inputs' if rng.random() < 0.5 else 'operands'} are compared{kind}." if kind else ""
    says = wordings(
        rng,
        templates,
        a=a,
        b=b,
        y=outs[0],
        w=width,
        sign=signs[0],
        kind=sentence,
        kind2=kind,
        said=", ".join(said),
        n=counted(len(outs)),
        rows="\n".join(f"- {row}" for row in said),
    )
    left, right = (f"$signed({a.name})", f"$signed({b.name})") if is_signed else (a.name, b.name)
    values = {o.name: f"{left} {k} {right}" for o, k in zip(outs, signs, strict=True)}
    if len(signs) == 1 and rng.random() < 0.5:
        values = {name: f"({text})" for name, text in values.items()}
    top = top_name(
        rng, "comparator", f"comparator{width}bit", "compare", "equality", "mag_comp", "cmp", "is_equal"
    )

    def function(v: dict[str, int]) -> dict[str, int | None]:
        p, q = v[a.name], v[b.name]
        if is_signed:
            p, q = signed(p, width), signed(q, width)
        return {o.name: _holds(k, p, q) for o, k in zip(outs, signs, strict=True)}

    return combinational("comparator", top, [a, b, *outs], driven(rng, values, assign=0.85), says, function)


@family(1.0)
def extremum(rng: random.Random) -> Design:
    """The least or greatest of two to four numbers."""
    names = Names(rng)
    width = rng.choice([2, 4, 4, 8, 8, 16])
    ins = [given(name, width) for name in names.series(rng.choice([2, 2, 3, 4, 4]))]
    least = rng.random() < 0.55
    is_signed = rng.random() < 0.15
    y = result(names.output("min" if least else "max", "out", "y", "result", "q"), width)
    word, other, sign = ("minimum", "smallest", "<") if least else ("maximum", "largest", ">")
    kind = " (signed)" if is_signed else rng.choice(["", "", " unsigned"])
    templates = [
        "{y} is the {word} of {ins}{kind2}.",
        "$Do $a_circuit that finds the {word} of {n} {width}-bit numbers{kind2}.",
        "Given the numbers {ins}{kind2}, $output the {other} one on {y}.",
        "$The_circuit passes the {other} of its {n} inputs to {y}{kind2}.",
        "$Do a {word} selector for {n} {width}-bit values{kind2}.",
        "Compare {ins}{kind2} and $output the {other}.",
    ]
    kind2 = {" (signed)": ", all signed two's complement numbers", " unsigned": ", unsigned"}.get(kind, "")
    says = wordings(
        rng,
        templates,
        y=y,
        ins=listed([p.name for p in ins]),
        word=word,
        other=other,
        n=counted(len(ins)),
        width=width,
        kind2=kind2,
    )

    def less(p: str, q: str) -> str:
        return f"$signed({p}) {sign} $signed({q})" if is_signed else f"{p} {sign} {q}"

    terms = [p.name for p in ins]
    if len(terms) == 2:
        body = driven(rng, {y.name: f"({less(*terms)}) ? {terms[0]} : {terms[1]}"})
    elif rng.random() < 0.5:
        steps = [f"{y.name} = {terms[0]};", *(f"if ({less(t, y.name)}) {y.name} = {t};" for t in terms[1:])]
        body = always(rng, steps)
    else:
        inner = names.series(len(terms) - 2, "m", "t", "min_" if least else "max_", "w")
        body = f"  wire [{width - 1}:0] {', '.join(inner)};\n"
        before = terms[0]
        for target, term in zip([*inner, y.name], terms[1:], strict=True):
            body += f"  assign {target} = ({less(before, term)}) ? {before} : {term};\n"
            before = target
    top = top_name(
        rng, f"{word[:3]}{len(ins)}", word, f"find_{word[:3]}", f"{word[:3]}_value", f"{word}_of_{len(ins)}"
    )

    def function(v: dict[str, int]) -> dict[str, int | None]:
        values = [(signed(v[t], width) if is_signed else v[t], v[t]) for t in terms]
        return {y.name: (min(values) if least else max(values))[1]}

    return combinational("extremum", top, [*ins, y], body, says, function)


@family(1.2)
def population(rng: random.Random) -> Design:
    """The number of ones (or zeros) of a vector or of single inputs."""
    names = Names(rng)
    width = rng.choice([2, 3, 3, 4, 5, 7, 8, 8, 16, 32, 100, 255])
    separate = width <= 4 and rng.random() < 0.3
    ins = [given(name) for name in names.series(width)] if separate else [given(names.input(), width)]
    size = width.bit_length()
    y = result(names.output("count", "out", "cnt", "ones", "y", "total", "popcount", "num"), size)
    zeros = rng.random() < 0.15
    what, source = ("0" if zeros else "1"), listed([p.name for p in ins])
    templates = [
        "$Do a <bit counter|popcount unit|one-bits adder> that tells the number of {what}s in {source}.",
        "{y} is the number of <bits of {source} that are {what}|{what}s in {source}>.",
        "Count the <{what}s|{what} bits|bits equal to {what}> <in|of> {source}.",
        "$The_circuit $outputs how many of the {w} <input |>bits are {what}.",
        "Add up the <bits|{what} bits> of {source}: {y} is how many are {what}.",
        "How many bits of {source} are {what}? Output the number on {y}.",
    ]
    if not zeros:
        templates += ["{y} is the Hamming weight of {source}.", "$Do a {w}-bit population counter."]
    says = wordings(rng, templates, what=what, source=source, y=y, w=width)
    mark = "!" if zeros else ""
    bits = (
        [f"{mark}{p.name}" for p in ins] if separate else [f"{mark}{ins[0].name}[{k}]" for k in range(width)]
    )
    if width <= 5 and rng.random() < 0.7:
        body = driven(rng, {y.name: " + ".join(bits)}) if size > 1 else f"  assign {y.name} = {bits[0]};\n"
    elif separate:
        body = f"  assign {y.name} = {' + '.join(bits)};\n"
    elif zeros or rng.random() < 0.85:
        body = loop(rng, names, width, f"{y.name} = {y.name} + {mark}{ins[0].name}[@];", [f"{y.name} = 0;"])
    else:
        body = f"  assign {y.name} = $countones({ins[0].name});\n"
    top = top_name(
        rng, "popcount", f"popcount{width}", "count_ones", "ones_counter", "bit_count", "population_count"
    )

    def function(v: dict[str, int]) -> dict[str, int | None]:
        total = sum(v[p.name].bit_count() for p in ins)
        return {y.name: width - total if zeros else total}

    return combinational("population", top, [*ins, y], body, says, function)


@family(0.9)
def number_of_ones(rng: random.Random) -> Design:
    """A condition on the number of ones: one-hot, majority, at least, exactly, parity."""
    names = Names(rng)
    width = rng.choice([3, 3, 4, 4, 5, 8])
    separate = width <= 5 and rng.random() < 0.4
    ins = [given(name) for name in names.series(width)] if separate else [given(names.input(), width)]
    y = result(names.one(FLAGS))
    source = listed([p.name for p in ins])
    need = rng.randrange(1, width)
    kind = rng.choice(["onehot", "majority", "least", "exactly", "zero", "all", "most"])
    if kind == "majority" and width % 2 == 0:
        kind = "least"
    said = {
        "onehot": [
            "{y} is 1 when exactly one <bit|one> of {source} is 1.",
            "Check whether {source} <is|are> one-hot.",
            "{y} tells whether <exactly one|one and only one> of the {w} bits of {source} is set.",
        ],
        "majority": [
            "{y} is the majority of {source}.",
            "$Do a majority <gate|voter> for {w} inputs.",
            "{y} is 1 when more than half of the {w} bits <of {source} |>are 1.",
            "{y} takes the value that most of {source} have.",
        ],
        "least": [
            "{y} is 1 when at least {need} <bits|ones|bits set> <are in|occur in> {source}.",
            "{y} $is_high if {need} or more of the {w} bits of {source} are 1.",
        ],
        "exactly": [
            "{y} is 1 when exactly {need} of the {w} bits of {source} are 1.",
            "Output 1 if the number of ones in {source} is {need}, else 0.",
        ],
        "zero": [
            "{y} is 1 when {source} <is|are all> zero.",
            "Detect that no bit of {source} is set.",
            "{y} is a zero flag for {source}.",
        ],
        "all": ["{y} is 1 when every bit of {source} is 1.", "Detect that all {w} bits of {source} are set."],
        "most": [
            "{y} is 1 when at most {need} bits of {source} are 1.",
            "{y} $is_high unless more than {need} of the {w} bits of {source} are set.",
        ],
    }[kind]
    says = wordings(rng, said, y=y, source=source, w=width, need=counted(need))
    bound = {
        "onehot": (1, 1),
        "majority": (width // 2 + 1, width),
        "least": (need, width),
        "exactly": (need, need),
        "zero": (0, 0),
        "all": (width, width),
        "most": (0, need),
    }[kind]
    terms = [p.name for p in ins] if separate else [f"{ins[0].name}[{k}]" for k in range(width)]
    total = " + ".join(terms)
    vector = f"{{{', '.join(terms)}}}" if separate else ins[0].name
    test = {
        "onehot": f"({total}) == 1",
        "exactly": f"({total}) == {need}",
        "zero": f"{vector} == {width}'b0",
        "all": f"&{vector}",
        "most": f"({total}) <= {need}",
    }.get(kind, f"({total}) >= {bound[0]}")
    if kind == "majority" and width == 3:
        a, b, c = terms
        test = f"({a} & {b}) | ({a} & {c}) | ({b} & {c})"
    top = top_name(
        rng,
        {"onehot": "is_onehot", "majority": "majority", "zero": "is_zero", "all": "all_ones"}.get(
            kind, "at_least"
        ),
        "bit_check",
        "vote",
        "count_check",
    )

    def function(v: dict[str, int]) -> dict[str, int | None]:
        return {y.name: int(bound[0] <= sum(v[p.name].bit_count() for p in ins) <= bound[1])}

    sized = f"  wire [{width.bit_length() - 1}:0] total;\n  assign total = {total};\n"
    if "(" + total + ")" in test:
        name = names.take("total")
        body = sized.replace("total", name, 2) if name != "total" else sized
        body += f"  assign {y.name} = {test.replace('(' + total + ')', name)};\n"
    else:
        body = driven(rng, {y.name: test}, assign=0.9)
    return combinational("number_of_ones", top, [*ins, y], body, says, function)


@family(0.6)
def sort(rng: random.Random) -> Design:
    """Two or three numbers in order."""
    names = Names(rng)
    width = rng.choice([1, 2, 4, 8])
    count = rng.choice([2, 2, 3])
    ins = [given(name, width) for name in names.series(count)]
    pool = {
        2: [("min", "max"), ("lo", "hi"), ("small", "large")],
        3: [("min", "mid", "max"), ("lo", "mid", "hi"), ("y0", "y1", "y2")],
    }[count]
    outs = [result(names.take(name), width) for name in rng.choice(pool)]
    templates = [
        "Sort the {n} unsigned numbers {ins}: {outs} are the values in <rising|ascending> order.",
        "$Do $a_circuit that sorts {n} {width}-bit numbers; {first} is the smallest and {last} the largest.",
        "{outs} are {ins} in <increasing|ascending> order.",
        "Order the inputs {ins} by size<, smallest first|>: {first} gets the smallest value, "
        "{last} the largest.",
    ]
    says = wordings(
        rng,
        templates,
        n=counted(count),
        ins=listed([p.name for p in ins]),
        outs=listed([p.name for p in outs]),
        width=width,
        first=outs[0],
        last=outs[-1],
    )
    a, b, *rest = [p.name for p in ins]
    lo, *mid, hi = [p.name for p in outs]
    if count == 2:
        body = driven(rng, {lo: f"({a} < {b}) ? {a} : {b}", hi: f"({a} < {b}) ? {b} : {a}"})
    else:
        c, m = rest[0], mid[0]
        p, q = names.take("s"), names.take("t")
        body = (
            f"  wire [{width - 1}:0] {p}, {q};\n  assign {p} = ({a} < {b}) ? {a} : {b};\n  assign "
            f"{q} = ({a} < {b}) ? {b} : {a};\n"
            f"  assign {lo} = ({c} < {p}) ? {c} : {p};\n  assign {hi} = ({c} > {q}) ? {c} : {q};\n"
            f"  assign {m} = ({c} < {p}) ? {p} : ({c} > {q}) ? {q} : {c};\n"
        )
    top = top_name(rng, f"sort{count}", "sorter", "order", "compare_swap", "rank")

    def function(v: dict[str, int]) -> dict[str, int | None]:
        values = sorted(v[port.name] for port in ins)
        return dict(zip([port.name for port in outs], values, strict=True))

    return combinational("sort", top, [*ins, *outs], body, says, function)


@family(0.7)
def in_range(rng: random.Random) -> Design:
    """A number against constants: inside a range, above a threshold, equal, divisible."""
    names = Names(rng)
    width = rng.choice([3, 4, 4, 6, 8, 8])
    x, y = (
        given(names.input("x", "num", "value", "in", "temp", "level", "a", "n"), width),
        result(names.one(FLAGS)),
    )
    low = rng.randrange(1, ones(width) - 1)
    high = rng.randrange(low + 1, ones(width) + 1)
    power = rng.choice([2, 4])
    kind = rng.choice(["inside", "outside", "above", "below", "equal", "even", "multiple", "either"])
    n = x.name
    said, test, check = {
        "inside": (
            [
                "{y} is 1 when {x} is between {low} and {high} (inclusive).",
                "{y} tells whether {low} <= {x} <= {high}.",
                "Detect values of {x} from {low} to {high}.",
            ],
            f"({n} >= {low}) && ({n} <= {high})",
            lambda k: low <= k <= high,
        ),
        "outside": (
            [
                "{y} is 1 when {x} is below {low} or above {high}.",
                "{y} $is_high if {x} lies outside the range {low} to {high}.",
            ],
            f"({n} < {low}) || ({n} > {high})",
            lambda k: k < low or k > high,
        ),
        "above": (
            [
                "{y} is 1 when {x} is greater than {low}.",
                "{y} $is_high if {x} exceeds {low}.",
                "Compare {x} with the constant {low}; {y} tells whether {x} is above it.",
            ],
            f"{n} > {low}",
            lambda k: k > low,
        ),
        "below": (
            ["{y} is 1 when {x} is less than {high}.", "{y} $is_high while {x} is smaller than {high}."],
            f"{n} < {high}",
            lambda k: k < high,
        ),
        "equal": (
            [
                "{y} is 1 when {x} equals {low}.",
                "Detect the value {low} on {x}.",
                "{y} $is_high $exactly_if {x} is {low}.",
            ],
            f"{n} == {width}'d{low}",
            lambda k: k == low,
        ),
        "even": (
            ["{y} is 1 when {x} is even.", "Detect even numbers on {x}."],
            f"~{n}[0]",
            lambda k: k % 2 == 0,
        ),
        "multiple": (
            [
                f"{{y}} is 1 when {{x}} is a multiple of {power}.",
                f"Detect whether {{x}} is divisible by {power}.",
            ],
            f"{n}[{power // 2 - 1}:0] == 0" if power > 2 else f"~{n}[0]",
            lambda k: k % power == 0,
        ),
        "either": (
            [
                "{y} is 1 when {x} is {low} or {high}.",
                "{y} $is_high for the two values {low} and {high} of {x} only.",
            ],
            f"({n} == {low}) || ({n} == {high})",
            lambda k: k in (low, high),
        ),
    }[kind]
    templates = [*said, "$Do $a_circuit with a {w}-bit input. " + said[0], said[-1] + " Otherwise {y} is 0."]
    says = wordings(rng, templates, x=x, y=y, low=low, high=high, w=width)
    top = top_name(rng, "in_range", "range_check", "threshold", "detect_value", "window", "number_check")
    return combinational(
        "in_range",
        top,
        [x, y],
        driven(rng, {y.name: test}, assign=0.85),
        says,
        lambda v: {y.name: int(check(v[n]))},
    )


FAMILIES: tuple[Kind, ...] = (comparator, extremum, population, number_of_ones, sort, in_range)
