"""Families between numbers and single lines: decoders, encoders, priority encoders."""

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
    ones,
    result,
)
from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.names import Names, top_name
from rtlgen.datasets.spec_pairs.phrases import wordings


@family(1.3)
def decoder(rng: random.Random) -> Design:
    """A number to one-hot, perhaps with an enable, active high or low."""
    names = Names(rng)
    size = rng.choice([1, 2, 2, 2, 3, 3, 4, 5])
    count = 1 << size
    x = given(names.input("in", "a", "x", "sel", "code", "addr", "binary", "d", "bin", "index"), size)
    y = result(names.output("out", "y", "onehot", "d", "q", "dec", "decoded", "lines"), count)
    enabled = rng.random() < 0.35
    e = given(names.one(("en", "enable", "e", "ena", "g", "valid")), note="enable")
    low = rng.random() < 0.15
    active, idle = ("0", "1") if low else ("1", "0")
    when = f" When {e.name} is 0, all outputs are {idle}." if enabled else ""
    templates = [
        "$Do a {n}-to-{m} <|binary >decoder. The bit of {y} whose index is {x} is {active}, "
        "all others are {idle}.{when}",
        "$Do a decoder <with|of> a {n}-bit input and {m} output bits: {y}[{x}] is {active}<, "
        "all|and all> other bits are "
        "{idle}.{when}",
        "Exactly one bit of {y} is {active}: the one <numbered|with the number> {x}.{when}",
        "{y}[i] is {active} $exactly_if {x} equals i.{when}",
        "$The_circuit converts the binary number {x} into a one-{hot} code on {y}.{when}",
        "One-{hot} decoding of {x}: 0 activates {y}[0], 1 activates {y}[1], and so on.{when}",
    ]
    says = wordings(
        rng,
        templates,
        n=size,
        m=count,
        x=x,
        y=y,
        active=active,
        idle=idle,
        when=when,
        hot="cold" if low else "hot",
    )
    shifted = f"{count}'{'b1' if count <= 8 else 'd1'} << {x.name}"
    if size > 3 or rng.random() < 0.4:
        value = f"~({shifted})" if low else shifted
        none = f"{{{count}{{1'b1}}}}" if low else f"{count}'b0"
        if enabled:
            value = f"{e.name} ? {'' if low else '('}{value}{'' if low else ')'} : {none}"
        body = driven(rng, {y.name: value})
    else:
        rows = [
            (binary(k, size), f"{y.name} = {binary((1 << k) ^ (ones(count) if low else 0), count)};")
            for k in range(count)
        ]
        none = binary(ones(count) if low else 0, count)
        body = _enabled_case(rng, x.name, rows, y.name, none, e.name if enabled else "")
    ports = [x, *([e] if enabled else []), y]
    top = top_name(
        rng,
        f"decoder{size}to{count}",
        f"dec{size}_{count}",
        "decoder",
        "onehot_decoder",
        f"decoder_{size}_{count}",
    )

    def function(v: Values) -> dict[str, int | None]:
        hot = 1 << v[x.name] if not enabled or v[e.name] else 0
        return {y.name: hot ^ (ones(count) if low else 0)}

    return combinational("decoder", top, ports, body, says, function)


def _enabled_case(
    rng: random.Random, selector: str, rows: list[tuple[str, str]], out: str, none: str, enable: str
) -> str:
    """A case over all rows, inside ``if (enable)`` with `none` before it where there is one."""
    if not enable:
        return cases(rng, selector, rows, f"{out} = {none};" if rng.random() < 0.6 else None)
    lines = [f"{out} = {none};", f"if ({enable})", f"  case ({selector})"]
    lines += [f"    {label}: {statement}" for label, statement in rows]
    return always(rng, [*lines, f"    default: {out} = {none};", "  endcase"])


@family(1.4)
def priority_encoder(rng: random.Random) -> Design:
    """The number of the first or last bit that is 1, with or without a valid output."""
    names = Names(rng)
    size = rng.choice([1, 2, 2, 2, 3, 3, 4])
    count = 1 << size
    x = given(names.input("in", "req", "x", "d", "r", "data", "requests", "a"), count)
    y = result(names.output("pos", "out", "y", "index", "code", "q", "grant_id"), size)
    valid = result(names.one(("valid", "v", "any", "found", "z")), note="1 when any input bit is 1")
    with_valid = rng.random() < 0.45
    lowest = rng.random() < 0.55
    which, end = ("least", "lowest") if lowest else ("most", "highest")
    when = f" {valid.name} is 1 when any bit of {x.name} is 1." if with_valid else ""
    templates = [
        "$Do a {n}-bit priority encoder. {y} is the place of the {which} significant 1 in "
        "{x}. <Without|If there is not> any 1 {y} is 0.{when}",
        "$Do a priority encoder <for|with> {n} inputs: $output the index of the {which} "
        "significant bit of {x} that is 1, "
        "and zero if there is none.{when}",
        "{y} is the index of the {end} bit of {x} that is set<, 0|; it is 0> when {x} is 0.{when}",
        "Among the requests {x} the one with the {end} index wins; {y} is its number (0 when "
        "there is no request).{when}",
        "Find the {end}-numbered 1 in {x}. Its bit number goes to {y}; for {x} = 0 $output 0.{when}",
        "$The_circuit returns the number of the {which} significant set bit of the {n}-bit "
        "{x}. No set bit gives 0.{when}",
    ]
    says = wordings(rng, templates, n=count, x=x, y=y, which=which, end=end, when=when)
    order = range(count) if lowest else range(count - 1, -1, -1)
    if rng.random() < 0.5:
        lines = []
        for at, k in enumerate(order):
            lines.append(f"{'if' if at == 0 else 'else if'} ({x.name}[{k}]) {y.name} = {size}'d{k};")
        lines.append(f"else {y.name} = {size}'d0;")
    else:
        mark = "?" if rng.random() < 0.5 else "z"
        lines = ["casez (" + x.name + ")"]
        for k in order:
            free = (
                mark * (count - 1 - k) + "1" + "0" * k if lowest else "0" * (count - 1 - k) + "1" + mark * k
            )
            lines.append(f"  {count}'b{free}: {y.name} = {size}'d{k};")
        lines += [f"  default: {y.name} = {size}'d0;", "endcase"]
    body = always(rng, lines)
    ports = [x, y]
    if with_valid:
        ports.append(valid)
        body = f"  assign {valid.name} = |{x.name};\n" + body
    top = top_name(
        rng, "priority_encoder", "prio_enc", f"priority_encoder{count}", "penc", "first_one", "find_first"
    )

    def function(v: Values) -> dict[str, int | None]:
        found = [k for k in order if v[x.name] >> k & 1]
        return {y.name: found[0] if found else 0, valid.name: int(bool(found))}

    return combinational("priority_encoder", top, ports, body, says, function)


@family(0.9)
def encoder(rng: random.Random) -> Design:
    """One-hot to binary; what is not one-hot is open or gives 0."""
    names = Names(rng)
    size = rng.choice([1, 2, 2, 3, 3, 4])
    count = 1 << size
    x = given(names.input("in", "onehot", "x", "d", "a", "lines"), count)
    y = result(names.output("out", "y", "code", "bin", "index", "q"), size)
    zero = rng.random() < 0.6
    rest = rng.choice(
        [" If {x} is not one-hot, {y} is 0.", " For every other value of {x} the output is 0."]
        if zero
        else [
            " {x} is always one-hot.",
            " Exactly one bit of {x} is 1 at any time.",
            " The output for other inputs does not matter.",
        ]
    )
    templates = [
        "$Do a {count}-to-{size} <|binary >encoder: {y} is the index of the bit of {x} that is 1.",
        "$The_circuit converts the one-hot {x} to the binary number {y}.",
        "{y} is the number of the single bit of {x} that is set.",
        "Encode the one-hot vector {x} as binary on {y}.",
        "$Do a one-hot to binary converter <from {x} to {y}|with {count} inputs>.",
    ]
    says = wordings(rng, [text + rest for text in templates], count=count, size=size, x=x, y=y)
    rows = [(binary(1 << k, count), f"{y.name} = {size}'d{k};") for k in range(count)]
    body = cases(rng, x.name, rows, f"{y.name} = {size}'d0;")
    top = top_name(
        rng, f"encoder{count}to{size}", "encoder", "onehot_to_bin", "enc", f"encoder_{count}_{size}"
    )

    def function(v: Values) -> dict[str, int | None]:
        value = v[x.name]
        if value and value & value - 1 == 0:
            return {y.name: value.bit_length() - 1}
        return {y.name: 0 if zero else None}

    return combinational("encoder", top, [x, y], body, says, function)


FAMILIES: tuple[Kind, ...] = (
    decoder,
    priority_encoder,
    encoder,
)
