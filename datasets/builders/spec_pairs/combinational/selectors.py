"""Families that choose: multiplexers of separate inputs and of packed vectors, demultiplexers."""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.combinational.circuit import (
    Kind,
    always,
    cases,
    combinational,
    driven,
    family,
    given,
    ones,
    result,
)
from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.names import SELECTS, Names, top_name
from rtlgen.datasets.spec_pairs.phrases import listed, wordings


def bits_said(width: int) -> str:
    """``8-bit ``, nothing for one bit."""
    return f"{width}-bit " if width > 1 else ""


@family(1.6)
def mux2(rng: random.Random) -> Design:
    """Two to one, either input for 0."""
    names = Names(rng)
    width = rng.choice([1, 1, 1, 2, 4, 8, 8, 16, 32, 100])
    a, b = (given(name, width) for name in names.series(2))
    s = given(names.one(SELECTS), note="selects the output")
    y = result(names.output(), width)
    low, high = (a, b) if rng.random() < 0.75 else (b, a)
    templates = [
        "$Do a <|{w}>2-to-1 multiplexer. When {s} is 0, choose {low}. When {s} is 1, choose {high}.",
        "$Do a <one of two selector|two-input multiplexer|2:1 mux> {w2}. {y} is {low} if "
        "{s}=0, and {high} if {s}=1.",
        "If {s} $is_high, {y} $should be {high}; $otherwise it $should be {low}.",
        "{y} = {s} ? {high} : {low}",
        "$The_circuit passes {low} to {y} when {s} is 0 and {high} when {s} is 1.",
        "The <select|control> input {s} chooses between {low} (0) and {high} (1)<. The choice goes to {y}|>.",
        "{s} <selects|decides> which input <reaches|appears on> {y}: 0 for {low}, 1 for {high}.",
        "Multiplexer {w2}: {y} follows {high} while {s} $is_high, and {low} while it $is_low.",
        "{y} takes the value of {high} when {s} is <set|1|high>, that of {low} when it is <clear|0|low>.",
        "Select {low} or {high}, depending on {s} (0: {low}, 1: {high}).",
    ]
    says = wordings(
        rng,
        templates,
        s=s,
        y=y,
        low=low,
        high=high,
        w=bits_said(width),
        w2=f"of {width}-bit words" if width > 1 else "for single bits",
    )
    if width == 1 and rng.random() < 0.2:
        body = f"  assign {y.name} = ({s.name} & {high.name}) | (~{s.name} & {low.name});\n"
    elif rng.random() < 0.75:
        body = driven(rng, {y.name: f"{s.name} ? {high.name} : {low.name}"}, assign=0.85)
    else:
        lines = [f"if ({s.name})", f"  {y.name} = {high.name};", "else", f"  {y.name} = {low.name};"]
        body = always(rng, lines)
    ports = [a, b, s, y] if rng.random() < 0.8 else [s, a, b, y]
    top = top_name(rng, "mux2to1", "mux2", "mux_2_1", "mux", "selector", "multiplexer", "mux21")
    return combinational(
        "mux2", top, ports, body, says, lambda v: {y.name: v[high.name] if v[s.name] else v[low.name]}
    )


@family(1.6)
def mux(rng: random.Random) -> Design:
    """Several separate inputs and a select word, with a default for the rest."""
    names = Names(rng)
    count = rng.choice([3, 4, 4, 4, 5, 6, 8, 9])
    width = rng.choice([1, 1, 2, 4, 4, 8, 16, 32])
    ins = [given(name, width) for name in names.series(count)]
    size = max(1, (count - 1).bit_length()) + rng.choice([0, 0, 0, 1])
    s = given(names.one(SELECTS), size, note=f"selects one of {count} inputs")
    y = result(names.output(), width)
    spare = count < 1 << size
    rest = rng.choice([0, 0, ones(width)]) if spare else 0
    rest_said = {0: "0", ones(width): "all ones" if width > 1 else "1"}[rest]
    rows = [f"{k}: {p.name}" for k, p in enumerate(ins)]
    style = rng.choice(["{s}={k}: {p}", "{s} = {k}: {y} = {p}", "- {k} selects {p}", "{b} -> {p}"])
    lines = "\n".join(
        style.format(s=s.name, k=k, p=p.name, y=y.name, b=f"{k:0{size}b}") for k, p in enumerate(ins)
    )
    tail = (
        rng.choice(
            [
                f" For other values of {s.name}, the output is {rest_said}.",
                f" In the other cases {y.name} is {rest_said}.",
                f" For all unused values of {s.name} output {rest_said}.",
            ]
        )
        if spare
        else ""
    )
    templates = [
        "$Do a {w}{n}-to-1 multiplexer. {s}=0 chooses {first}, {s}=1 chooses {second}, and so on.{tail}",
        "$Do a {n}:1 <mux|multiplexer> <with {w}inputs|for {w}words>:\n{lines}\n{tail}",
        "The input {s} selects which of {ins} is <driven|passed> to {y}, {first} for 0 up to "
        "{last} for {m}.{tail}",
        "$The_circuit $outputs one of its {n} data inputs on {y}, chosen by {s}.\n{lines}\n{tail}",
        "A case selects the output by {s}:\n{lines}\n{tail}",
        "{y} is <the input|that input> whose number is on {s} ({first} is number 0, {last} "
        "number {m}).{tail}",
        "{s} <chooses|picks> among the {w}inputs {ins} in this order, starting with 0.{tail}",
    ]
    says = wordings(
        rng,
        templates,
        s=s,
        y=y,
        n=count,
        w=bits_said(width),
        first=ins[0],
        second=ins[1],
        last=ins[-1],
        m=count - 1,
        ins=listed([p.name for p in ins]),
        lines=lines,
        rows=", ".join(rows),
        tail=tail,
    )
    says = tuple(text.replace("\n ", "\n").strip() for text in says)
    label = rng.choice(["{0}'d{1}", "{0}'b{2}", "{1}"])
    labelled = [(label.format(size, k, f"{k:0{size}b}"), f"{y.name} = {p.name};") for k, p in enumerate(ins)]
    default = None
    if spare or rng.random() < 0.5:
        default = f"{y.name} = {rest_text(rng, rest, width)};"
    body = cases(rng, s.name, labelled, default)
    top = top_name(
        rng, f"mux{count}to1", f"mux{count}", f"mux_{count}_1", "mux", "selector", "case_mux", "wide_mux"
    )

    def function(v: Values) -> dict[str, int | None]:
        return {y.name: v[ins[v[s.name]].name] if v[s.name] < count else rest}

    ports = [*ins, s, y] if rng.random() < 0.6 else [s, *ins, y]
    return combinational("mux", top, ports, body, says, function)


def rest_text(rng: random.Random, value: int, width: int) -> str:
    """A constant of `width` bits as people write defaults."""
    if value == 0:
        return rng.choice([f"{width}'b0", f"{width}'d0", "'0" if width > 1 else "1'b0"])
    if value == ones(width):
        return f"{{{width}{{1'b1}}}}" if width > 1 else "1'b1"
    return f"{width}'d{value}"


@family(1.0)
def vector_mux(rng: random.Random) -> Design:
    """One wide vector, a select word picks a bit or a group of bits."""
    names = Names(rng)
    group = rng.choice([1, 1, 2, 4, 4, 8])
    size = rng.choice([2, 3, 4, 5, 6, 8])
    while group << size > 1024:
        size -= 1
    x = given(names.input(), group << size)
    s = given(names.one(SELECTS), size)
    y = result(names.output(), group)
    count = 1 << size
    what = "bit" if group == 1 else f"group of {group} bits"
    pick = (
        f"{y.name} = {x.name}[{s.name}]"
        if group == 1
        else f"{y.name} = {x.name}[{s.name}*{group} +: {group}]"
    )
    templates = [
        "$Do a {g}{n}-to-1 multiplexer. Its inputs stand side by side in the "
        "{total}-bit {x}: {s}=0 gives {x0}, {s}=1 {x1}, {s}=2 {x2} <and so on|etc>.",
        "{s} <is the index of|selects> the {what} of {x} that is <driven on|sent to> {y}. "
        "Index 0 is the least "
        "significant one.",
        "The {total}-bit {x} holds {n} {values}; {y} is the one with the number {s}, counted "
        "from the least significant "
        "end.",
        "$The_circuit picks {x0} when {s} is 0, {x1} when {s} is 1, and so on up to {s} = {m}.",
        "Output on {y} the {what} of the vector {x} <with|that has> the index {s}.",
        "A {n}:1 multiplexer over a packed vector: {y} is {what} number {s} of {x}.",
    ]
    says = wordings(
        rng,
        templates,
        g=bits_said(group),
        n=count,
        total=group << size,
        x=x,
        s=s,
        y=y,
        what=what,
        m=count - 1,
        x0=part(x.name, 0, group),
        x1=part(x.name, 1, group),
        x2=part(x.name, 2, group),
        values="bits" if group == 1 else f"values of {group} bits",
    )
    body = f"  assign {pick};\n"
    if group > 1 and rng.random() < 0.2:
        body = f"  assign {y.name} = {x.name} >> ({s.name} * {group});\n"
    top = top_name(
        rng,
        f"mux{count}to1",
        f"mux{count}",
        "vector_mux",
        "bit_select",
        "pick",
        "wide_select",
        f"mux{count}v",
    )
    return combinational(
        "vector_mux",
        top,
        [x, s, y],
        body,
        says,
        lambda v: {y.name: v[x.name] >> v[s.name] * group & ones(group)},
    )


def part(name: str, index: int, group: int) -> str:
    """``x[7:4]``, ``x[1]``."""
    return f"{name}[{index}]" if group == 1 else f"{name}[{index * group + group - 1}:{index * group}]"


@family(0.8)
def demux(rng: random.Random) -> Design:
    """One input to one of several outputs, separate ones or the bits of a vector."""
    names = Names(rng)
    size = rng.choice([1, 2, 2, 3])
    count = 1 << size
    x = given(names.input())
    s = given(names.one(SELECTS), size)
    packed = rng.random() < 0.5
    outs = (
        [result(names.output(), count)]
        if packed
        else [result(name) for name in names.series(count, "out", "y", "o", "q")]
    )
    where = f"bit {s.name} of {outs[0].name}" if packed else f"the output numbered {s.name}"
    all_said = f"the bits of {outs[0].name}" if packed else listed([p.name for p in outs])
    templates = [
        "$Do a 1-to-{n} demultiplexer. {x} is <routed|sent|connected> to {where}; all other outputs are 0.",
        "{x} <appears on|goes to> {where}<, the others stay 0|, every other output is 0>.",
        "$Do a demux with one data input {x} and the select input {s}: {where} equals {x}, the rest is 0.",
        "{s} <selects|chooses> which of {all} <receives|gets> {x}, in this order from 0 up. "
        "The outputs that are not "
        "selected are 0.",
        "Route {x} to one of {n} outputs. The select {s} gives the number of the output; "
        "those not selected are low.",
    ]
    says = wordings(rng, templates, n=count, x=x, s=s, where=where, all=all_said)
    if packed:
        y = outs[0].name
        body = (
            driven(rng, {y: f"{{{count - 1}'b0, {x.name}}} << {s.name}"})
            if rng.random() < 0.5
            else always(rng, [f"{y} = {count}'b0;", f"{y}[{s.name}] = {x.name};"])
        )
    else:
        body = driven(
            rng, {p.name: f"({s.name} == {size}'d{k}) & {x.name}" for k, p in enumerate(outs)}, assign=0.9
        )
    top = top_name(rng, f"demux1to{count}", "demux", f"demux{count}", "demultiplexer", "router")

    def function(v: Values) -> dict[str, int | None]:
        value = v[x.name] << v[s.name]
        return {outs[0].name: value} if packed else {p.name: value >> k & 1 for k, p in enumerate(outs)}

    return combinational("demux", top, [x, s, *outs], body, says, function)


FAMILIES: tuple[Kind, ...] = (
    mux2,
    mux,
    vector_mux,
    demux,
)
