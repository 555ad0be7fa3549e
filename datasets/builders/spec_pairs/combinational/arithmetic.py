"""Families of arithmetic beyond sums: products, quotients, averages, small ALUs."""

from __future__ import annotations

import random
from collections.abc import Callable

from rtlgen.datasets.spec_pairs.combinational.circuit import (
    Kind,
    cases,
    combinational,
    driven,
    family,
    given,
    ones,
    result,
    signed,
)
from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.names import SELECTS, Names, top_name
from rtlgen.datasets.spec_pairs.phrases import counted, wordings

_PRODUCTS = {
    "mul": [
        "{y} is the product of the unsigned {w}-bit numbers {a} and {b}.",
        "$Do a {w}x{w} <bit |>multiplier<| with a {g}-bit product>.",
        "Multiply {a} by {b}; the result {y} has {g} bits.",
        "{y} = {a} * {b}",
    ],
    "signed": [
        "{y} is the signed product of the two's complement numbers {a} and {b}.",
        "$Do a signed multiplier for {w}-bit numbers with a {g}-bit result.",
        "Multiply {a} and {b} as two's complement numbers.",
    ],
    "square": [
        "{y} is the square of {a}.",
        "Multiply {a} with itself.",
        "$Do $a_circuit that squares the unsigned {w}-bit number {a}.",
    ],
    "times": [
        "Multiply {a} by the constant {f}.",
        "{y} is {f} times {a}.",
        "$Do $a_circuit that $outputs {f} * {a} with {g} bits.",
    ],
    "half": [
        "{y} is {a} divided by {pow}, rounded down.",
        "Divide the unsigned number {a} by {pow}.",
        "{y} is the integer quotient of {a} and {pow}.",
    ],
    "rest": [
        "{y} is the remainder of {a} divided by {pow}.",
        "{y} = {a} modulo {pow}.",
        "Compute {a} mod {pow}.",
    ],
    "mac": [
        "{y} is {a} times {b} plus {c}.",
        "Multiply {a} by {b} and add {c}; the result has {g} bits.",
        "{y} = {a} * {b} + {c}",
    ],
    "average": [
        "{y} is the average of {a} and {b}, rounded down.",
        "$Do $a_circuit that computes the mean of two unsigned {w}-bit numbers (rounded down, no overflow).",
        "{y} = ({a} + {b}) / 2, computed without losing the carry.",
    ],
}
"""What is said of each kind."""


@family(0.9)
def product(rng: random.Random) -> Design:
    """Multiplication, squares, multiplication by constants, division and remainders by powers of two."""
    names = Names(rng)
    width = rng.choice([2, 3, 4, 4, 8, 8, 16])
    kind = rng.choice(["mul", "mul", "mul", "signed", "square", "times", "half", "rest", "mac", "average"])
    a, b, c = (given(name, width) for name in names.series(3))
    factor = rng.choice([2, 3, 4, 5, 6, 8, 10])
    shift = rng.randrange(1, width)
    grown = {
        "mul": 2 * width,
        "signed": 2 * width,
        "square": 2 * width,
        "times": width + factor.bit_length(),
        "half": width,
        "rest": shift,
        "mac": 2 * width + 1,
        "average": width,
    }[kind]
    y = result(names.output("p", "product", "out", "y", "result", "prod"), grown)
    templates = _PRODUCTS[kind]
    says = wordings(rng, templates, a=a, b=b, c=c, y=y, w=width, g=grown, f=factor, pow=1 << shift)
    p, q, r = a.name, b.name, c.name
    if kind == "average":
        total = names.take("total")
        body = f"  wire [{width}:0] {total} = {p} + {q};\n  assign {y.name} = {total}[{width}:1];\n"
    else:
        code = {
            "mul": f"{p} * {q}",
            "signed": f"$signed({p}) * $signed({q})",
            "square": f"{p} * {p}",
            "times": f"{p} * {factor.bit_length()}'d{factor}",
            "half": f"{p} >> {shift}",
            "rest": f"{p}[{shift - 1}:0]" if shift > 1 else f"{p}[0]",
            "mac": f"{p} * {q} + {r}",
        }[kind]
        body = driven(rng, {y.name: code}, assign=0.85)
    ins = {"mul": [a, b], "signed": [a, b], "mac": [a, b, c], "average": [a, b]}.get(kind, [a])
    hints = {
        "square": ("square",),
        "times": (f"times{factor}", "scale"),
        "half": ("divide", "quotient"),
        "rest": ("modulo", "remainder"),
        "mac": ("mac", "mul_add"),
        "average": ("average", "mean"),
    }
    top = top_name(rng, *hints.get(kind, ("multiplier", "mult", f"mul{width}", "product")))

    def function(v: Values) -> dict[str, int | None]:
        one, two, three = v[p], v.get(q, 0), v.get(r, 0)
        found = {
            "mul": one * two,
            "signed": signed(one, width) * signed(two, width),
            "square": one * one,
            "times": one * factor,
            "half": one >> shift,
            "rest": one & ones(shift),
            "mac": one * two + three,
            "average": (one + two) // 2,
        }[kind]
        return {y.name: found & ones(grown)}

    return combinational("product", top, [*ins, y], body, says, function)


_OPERATIONS: dict[str, tuple[str, str, Callable[[int, int], int]]] = {
    "add": ("{a} + {b}", "addition", lambda p, q: p + q),
    "sub": ("{a} - {b}", "subtraction", lambda p, q: p - q),
    "and": ("{a} & {b}", "bitwise AND", lambda p, q: p & q),
    "or": ("{a} | {b}", "bitwise OR", lambda p, q: p | q),
    "xor": ("{a} ^ {b}", "bitwise XOR", lambda p, q: p ^ q),
    "nor": ("~({a} | {b})", "bitwise NOR", lambda p, q: ~(p | q)),
    "not": ("~{a}", "inversion of {a}", lambda p, _: ~p),
    "pass": ("{b}", "{b} unchanged", lambda _, q: q),
    "left": ("{a} << 1", "{a} shifted left by one", lambda p, _: p << 1),
    "right": ("{a} >> 1", "{a} shifted right by one", lambda p, _: p >> 1),
    "less": ("{a} < {b}", "1 if {a} < {b}, else 0", lambda p, q: int(p < q)),
    "inc": ("{a} + 1", "{a} plus one", lambda p, _: p + 1),
    "dec": ("{a} - 1", "{a} minus one", lambda p, _: p - 1),
}


@family(1.2)
def alu(rng: random.Random) -> Design:
    """Operations chosen by a code from a table, with an optional zero flag."""
    names = Names(rng)
    width = rng.choice([4, 8, 8, 16, 32])
    a, b = (given(name, width) for name in names.series(2, "a", "x", "in", "op", "src"))
    size = rng.choice([1, 2, 2, 3, 3])
    count = rng.choice([1 << size, 1 << size, max(2, (1 << size) - rng.randrange(1, 4))])
    s = given(
        names.one(("op", "opcode", "alu_op", "ctrl", "aluctl", "func"), SELECTS), size, note="operation"
    )
    y = result(names.output("result", "out", "y", "alu_out", "r", "q"), width)
    zero = result(names.one(("zero", "z", "zero_flag", "is_zero")), note="1 when the result is 0")
    flagged = rng.random() < 0.3
    kinds = (
        ["add", "sub", *rng.sample([k for k in _OPERATIONS if k not in ("add", "sub")], 8)][:count]
        if rng.random() < 0.6
        else rng.sample(list(_OPERATIONS), count)
    )
    codes = [_OPERATIONS[k][0].format(a=a.name, b=b.name) for k in kinds]
    style = rng.choice(["{b}: {t}", "{k}: {t}", "- {s} = {k}: {t}", "{s}={b} -> {t}", "| {b} | {t} |"])
    text = rng.random() < 0.6
    words = [_OPERATIONS[k][1].format(a=a.name, b=b.name) for k in kinds]
    rows = "\n".join(
        style.format(b=f"{k:0{size}b}", k=k, s=s.name, t=words[k] if text else f"{y.name} = {codes[k]}")
        for k in range(count)
    )
    if style.startswith("|"):
        rows = f"| {s.name} | operation |\n|---|---|\n{rows}"
    spare = count < 1 << size
    tail = (" Other codes give 0." if spare else "") + (
        f" {zero.name} is 1 when {y.name} is 0." if flagged else ""
    )
    templates = [
        "$Do an ALU. {s} selects the operation:\n\n{rows}\n\n{tail}",
        "$Do a {w}-bit arithmetic logic unit with the operations below.{tail}\n{rows}",
        "The result {y} depends on the code {s}:\n{rows}\n{tail}",
        "{s} chooses what is done with {a} and {b}.\n\n{rows}\n\n{tail}",
        "$Do a simple ALU with {n} operations on {a} and {b}.{tail}\n\n{rows}",
        "Depending on {s}, $the_circuit computes:\n{rows}\n{tail}",
    ]
    says = tuple(
        said.replace("\n ", "\n").strip()
        for said in wordings(
            rng, templates, s=s, a=a, b=b, y=y, w=width, rows=rows, tail=tail, n=counted(count)
        )
    )
    label = rng.choice([f"{size}'b{{0:0{size}b}}", f"{size}'d{{0}}"])
    default = f"{y.name} = {width}'d0;" if spare else rng.choice([None, f"{y.name} = {width}'d0;"])
    body = cases(
        rng, s.name, [(label.format(k), f"{y.name} = {code};") for k, code in enumerate(codes)], default
    )
    if flagged:
        body += f"  assign {zero.name} = ({y.name} == 0);\n"
    top = top_name(rng, "alu", f"alu{width}", "simple_alu", "arith_unit", "alu_core", "calc")

    def function(v: Values) -> dict[str, int | None]:
        code = v[s.name]
        value = _OPERATIONS[kinds[code]][2](v[a.name], v[b.name]) & ones(width) if code < count else 0
        return {y.name: value, zero.name: int(value == 0)}

    return combinational("alu", top, [a, b, s, y, *([zero] if flagged else [])], body, says, function)


FAMILIES: tuple[Kind, ...] = (
    product,
    alu,
)
