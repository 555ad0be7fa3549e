"""Families about one number or the ones in a vector: population counts, one-hot checks, majorities, ranges."""

from __future__ import annotations

import random
from collections.abc import Callable

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
from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.names import FLAGS, Names, top_name
from rtlgen.datasets.spec_pairs.phrases import counted, listed, wordings


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

    def function(v: Values) -> dict[str, int | None]:
        total = sum(v[p.name].bit_count() for p in ins)
        return {y.name: width - total if zeros else total}

    return combinational("population", top, [*ins, y], body, says, function)


_ONES_SAID = {
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
}
"""What is said of each condition."""


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
    said = _ONES_SAID[kind]
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

    def function(v: Values) -> dict[str, int | None]:
        return {y.name: int(bound[0] <= sum(v[p.name].bit_count() for p in ins) <= bound[1])}

    sized = f"  wire [{width.bit_length() - 1}:0] total;\n  assign total = {total};\n"
    if "(" + total + ")" in test:
        name = names.take("total")
        body = sized.replace("total", name, 2) if name != "total" else sized
        body += f"  assign {y.name} = {test.replace('(' + total + ')', name)};\n"
    else:
        body = driven(rng, {y.name: test}, assign=0.9)
    return combinational("number_of_ones", top, [*ins, y], body, says, function)


def _tests(
    n: str, width: int, low: int, high: int, power: int
) -> dict[str, tuple[list[str], str, Callable[[int], bool]]]:
    """Of each kind: what is said, the test of the signal `n` in Verilog, and in Python."""
    return {
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
    }


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
    said, test, check = _tests(x.name, width, low, high, power)[kind]
    templates = [*said, "$Do $a_circuit with a {w}-bit input. " + said[0], said[-1] + " Otherwise {y} is 0."]
    says = wordings(rng, templates, x=x, y=y, low=low, high=high, w=width)
    top = top_name(rng, "in_range", "range_check", "threshold", "detect_value", "window", "number_check")
    return combinational(
        "in_range",
        top,
        [x, y],
        driven(rng, {y.name: test}, assign=0.85),
        says,
        lambda v: {y.name: int(check(v[x.name]))},
    )


FAMILIES: tuple[Kind, ...] = (
    population,
    number_of_ones,
    in_range,
)
