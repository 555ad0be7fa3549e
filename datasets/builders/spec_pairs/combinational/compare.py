"""Families that compare numbers: comparators, minimum and maximum, sorting."""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.combinational.circuit import (
    Kind,
    always,
    combinational,
    driven,
    family,
    given,
    result,
    signed,
)
from rtlgen.datasets.spec_pairs.design import Design, Values
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


_RELATION_SETS = [
    text.split()
    for text in ("==", "==", "<", ">", "!=", "<=", ">=", "> == <", "== > <", "< == >", "== <", "== !=")
]


def _holds(sign: str, p: int, q: int) -> int:
    return int({"==": p == q, "!=": p != q, "<": p < q, ">": p > q, "<=": p <= q, ">=": p >= q}[sign])


@family(1.3)
def comparator(rng: random.Random) -> Design:
    """One or several relations of two numbers, unsigned or signed."""
    names = Names(rng)
    width = rng.choice([1, 2, 2, 3, 4, 4, 8, 8, 16, 32])
    a, b = (given(name, width) for name in names.series(2))
    is_signed = width > 1 and rng.random() < 0.25
    signs = rng.choice(_RELATION_SETS)
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

    def function(v: Values) -> dict[str, int | None]:
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

    def function(v: Values) -> dict[str, int | None]:
        values = [(signed(v[t], width) if is_signed else v[t], v[t]) for t in terms]
        return {y.name: (min(values) if least else max(values))[1]}

    return combinational("extremum", top, [*ins, y], body, says, function)


@family(0.6)
def sort(rng: random.Random) -> Design:
    """Two or three numbers in order."""
    names = Names(rng)
    width = rng.choice([1, 2, 4, 8])
    count = rng.choice([2, 2, 3])
    ins = [given(name, width) for name in names.series(count)]
    pools: dict[int, list[tuple[str, ...]]] = {
        2: [("min", "max"), ("lo", "hi"), ("small", "large")],
        3: [("min", "mid", "max"), ("lo", "mid", "hi"), ("y0", "y1", "y2")],
    }
    outs = [result(names.take(name), width) for name in rng.choice(pools[count])]
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

    def function(v: Values) -> dict[str, int | None]:
        values = sorted(v[port.name] for port in ins)
        return dict(zip([port.name for port in outs], values, strict=True))

    return combinational("sort", top, [*ins, *outs], body, says, function)


FAMILIES: tuple[Kind, ...] = (
    comparator,
    extremum,
    sort,
)
