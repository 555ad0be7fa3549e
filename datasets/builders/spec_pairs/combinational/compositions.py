"""Families of modules made of described parts, of broken modules to mend, of neighbouring bits and of wide samples."""

from __future__ import annotations

import random
from collections.abc import Callable

from rtlgen.datasets.spec_pairs.combinational.boolean import GATES, gate, gate_text
from rtlgen.datasets.spec_pairs.combinational.circuit import (
    Kind,
    cases,
    combinational,
    driven,
    family,
    given,
    loop,
    ones,
    result,
)
from rtlgen.datasets.spec_pairs.combinational.stories import expression
from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.names import Names, top_name
from rtlgen.datasets.spec_pairs.phrases import counted, listed, wordings


@family(1.0)
def parts(rng: random.Random) -> Design:
    """Two kinds of two-input blocks, used several times, joined by gates."""
    names = Names(rng)
    x, y = (given(name) for name in names.series(2, "x", "a", "in"))
    z = result(names.output())
    blocks = {"A": expression(rng, [x.name, y.name]), "B": expression(rng, [x.name, y.name])}
    joints = [rng.choice(["and", "or", "xor", "nand", "nor", "xnor"]) for _ in range(3)]
    wires = names.series(4, "w", "z", "t", "n")
    told = "\n".join(
        f"Module {key} computes z = {e.formula(rng.choice(['sign', 'word']))}." for key, e in blocks.items()
    )
    one, two, three = (kind.upper() for kind in joints)
    templates = [
        "{told}\nThe top level has two copies of A and two of B, all with the inputs {x} and "
        "{y}. The outputs of the first A "
        "and the first B go into a two-input {one} gate, those of the second A and the "
        "second B into a two-input {two} gate. "
        "The outputs of these gates go into a two-input {three} gate, which drives {z}.",
        "{told}\n\nConnect two A and two B (all fed by {x} and {y}) like this: g1 = {one} of "
        "A1 and B1, g2 = {two} of A2 and "
        "B2, and {z} = {three} of g1 and g2.",
        "$Do $a_circuit of blocks.\n{told}\n{z} is ((A {one} B) {three} (A {two} B)) with "
        "all blocks connected to {x} and {y}.",
    ]
    says = wordings(rng, templates, told=told, x=x, y=y, z=z, one=one, two=two, three=three)
    g1, g2 = gate_text(joints[0], wires[:2]), gate_text(joints[1], wires[:2])
    body = (
        f"  wire {wires[0]}, {wires[1]}, {wires[2]}, {wires[3]};\n"
        f"  assign {wires[0]} = {blocks['A'].verilog()};\n  assign {wires[1]} = {blocks['B'].verilog()};\n"
        f"  assign {wires[2]} = {g1};\n  assign {wires[3]} = {g2};\n"
        f"  assign {z.name} = {gate_text(joints[2], wires[2:])};\n"
    )
    top = top_name(rng, "blocks", "composed", "hierarchy", "mt2015_q4", "two_blocks", "ab_logic")

    def function(v: Values) -> dict[str, int | None]:
        a, b = blocks["A"].value(v), blocks["B"].value(v)
        return {z.name: gate(joints[2], [gate(joints[0], [a, b]), gate(joints[1], [a, b])])}

    return combinational("parts", top, [x, y, z], body, says, function)


@family(0.9)
def neighbours(rng: random.Random) -> Design:
    """Each bit of a vector related to its neighbour, with or without the ends joined."""
    names = Names(rng)
    width = rng.choice([4, 4, 5, 8, 16, 100])
    x = given(names.input(), width)
    kinds = rng.sample(["both", "any", "different", "same"], rng.choice([1, 2, 3]))
    stem = {"both": "out_both", "any": "out_any", "different": "out_different", "same": "out_same"}
    plain = rng.random() < 0.4
    outs, rows, values = [], [], {}
    for kind in kinds:
        ring = rng.random() < 0.5
        left = rng.random() < 0.7
        port = result(names.output() if plain else names.take(stem[kind]), width if ring else width - 1)
        sign = {"both": "&", "any": "|", "different": "^", "same": "~^"}[kind]
        side = "left" if left else "right"
        first, second = (f"{x.name}[i]", f"the bit to its {side}") if ring else _beside(x.name, left)
        row = {
            "both": f"{port.name}[i] is {first} AND {second}",
            "any": f"{port.name}[i] is {first} OR {second}",
            "different": f"{port.name}[i] tells that {first} and {second} differ",
            "same": f"{port.name}[i] tells that {first} and {second} agree",
        }[kind]
        if ring:
            end = f"{x.name}[0]" if left else f"{x.name}[{width - 1}]"
            here = f"{x.name}[{width - 1}]" if left else f"{x.name}[0]"
            row += f"; the ends are joined: beside {here} comes {end}"
            low, high = (
                f"{x.name}[0], {x.name}[{width - 1}:1]",
                f"{x.name}[{width - 2}:0], {x.name}[{width - 1}]",
            )
            values[port.name] = f"{x.name} {sign} {{{low if left else high}}}"
        else:
            row += f", for i from 0 to {width - 2}"
            values[port.name] = f"{x.name}[{width - 2}:0] {sign} {x.name}[{width - 1}:1]"
        outs.append((port, kind, ring, left))
        rows.append(row)
    templates = [
        "Every bit of the {w}-bit {x} is related to the one beside it. {said}.",
        "The bits of {x} are compared with their neighbours:\n{rows}",
        "Compare every bit of {x} with the one beside it; left of bit i stands bit i+1.\n{rows}",
        "{said}.",
    ]
    says = wordings(
        rng, templates, x=x, w=width, said=". ".join(rows), rows="\n".join(f"- {row}." for row in rows)
    )
    top = top_name(rng, "neighbours", "gatesv", "adjacent", "bit_relations", "edges_in_vector")

    def function(v: Values) -> dict[str, int | None]:
        found: dict[str, int | None] = {}
        for port, kind, ring, left in outs:
            value = v[x.name]
            turned = value >> 1 | (value & 1) << (width - 1)
            if ring and not left:
                turned = (value << 1 | value >> (width - 1)) & ones(width)
            table = {
                "both": value & turned,
                "any": value | turned,
                "different": value ^ turned,
                "same": ~(value ^ turned),
            }
            found[port.name] = table[kind] & ones(port.width)
        return found

    return combinational(
        "neighbours", top, [x, *(port for port, *_ in outs)], driven(rng, values, assign=0.85), says, function
    )


def _beside(name: str, left: bool) -> tuple[str, str]:
    """A bit and the one on its side, the lower index being i."""
    return (f"{name}[i]", f"{name}[i+1]") if left else (f"{name}[i+1]", f"{name}[i]")


@family(0.6)
def pairwise(rng: random.Random) -> Design:
    """Every input compared with every other, as one vector."""
    names = Names(rng)
    count = rng.choice([2, 3, 3, 4, 5])
    ins = [given(name) for name in names.series(count)]
    y = result(names.output(), count * count)
    same = rng.random() < 0.7
    word, sign = ("equal", "~") if same else ("different", "")
    first = [p.name for p in ins]
    top_row = f"{'~' if same else ''}{first[0]} ^ {first[0]}"
    templates = [
        "Given {n} one-bit signals ({ins}), compute all {m} pairwise comparisons. The output "
        "is 1 where the two bits are {word}. "
        "{y}[{last}] compares {a} with {a}, {y}[{last1}] compares {a} with {b}, and so on; "
        "{y}[0] compares {z} with {z}.",
        "{y} compares every one of {ins} with every one, {a} first: bit {last} is 1 when {a} "
        "and {a} are {word}, bit {last1} when "
        "{a} and {b} are {word}, down to bit 0 for {z} and {z}.",
        "$Do the {m} comparisons of {ins} among each other (1 means {word}), starting at the "
        "top bit with {a} against {a}, then "
        "{a} against {b}.",
    ]
    says = wordings(
        rng, templates, n=counted(count), m=count * count, ins=listed(first), word=word, y=y, last=count * count - 1,
        last1=count * count - 2, a=ins[0], b=ins[1], z=ins[-1], row=top_row,
    )  # fmt: skip
    spread = "{" + ", ".join(f"{{{count}{{{name}}}}}" for name in first) + "}"
    repeated = f"{{{count}{{{', '.join(first)}}}}}"
    body = driven(rng, {y.name: f"{sign}{spread} ^ {repeated}"}, assign=0.9)
    top = top_name(rng, "pairwise", "compare_all", "vector5", "cross_compare", "matrix")

    def function(v: Values) -> dict[str, int | None]:
        value = 0
        for p in first:
            for q in first:
                value = value << 1 | int((v[p] == v[q]) == same)
        return {y.name: value}

    return combinational("pairwise", top, [*ins, y], body, says, function)


_BROKEN_HEADS = (
    "<Find|Identify> the <bug|mistake|error> and fix this module:",
    "The following code <is wrong|has a bug|does not work>. $Do a correct version.",
    "Fix the code below.",
    "This module <contains a mistake|is broken>; write it correctly:",
)


@family(1.0)
def repair(rng: random.Random) -> Design:
    """A broken module in the text: wrong width, operator or order; the right one is wanted."""
    names = Names(rng)
    width = rng.choice([1, 4, 8, 8, 16])
    a, b = (given(name, width) for name in names.series(2))
    s, y = given(names.one(("sel", "s", "mode", "sub", "en"))), result(names.output(), width)
    p, q, t, o = a.name, b.name, s.name, y.name
    mask = ones(width)
    kinds: list[tuple[str, str, str, Callable[[Values], int]]] = [
        ("a 2-to-1 multiplexer: {y} is {a} when {s} is 1 and {b} when it is 0", f"({t} & {p}) | (~{t} & {q})" if width > 1
         else f"({t} & {q}) | (~{t} & {p})", f"{t} ? {p} : {q}", lambda v: v[p] if v[t] else v[q]),
        ("{y} is {b} when {s} is 1, else {a}", f"{t} ? {p} : {q}", f"{t} ? {q} : {p}", lambda v: v[q] if v[t] else v[p]),
        ("the bitwise NAND of {a} and {b} while {s} is 1, else all zeros", f"{t} ? {p} & {q} : {width}'d0",
         f"{t} ? ~({p} & {q}) : {width}'d0", lambda v: ~(v[p] & v[q]) & mask if v[t] else 0),
        ("{a} - {b} when {s} is 1 and {a} + {b} when it is 0",
         f"{t} ? {p} + {q} : {p} - {q}", f"{t} ? {p} - {q} : {p} + {q}",
         lambda v: (v[p] - v[q] if v[t] else v[p] + v[q]) & mask),
        ("the bitwise XOR of {a} and {b}, inverted when {s} is 1", f"{t} ^ {p} | {q}", f"{t} ? ~({p} ^ {q}) : {p} ^ {q}",
         lambda v: (v[p] ^ v[q] ^ (mask if v[t] else 0))),
    ]  # fmt: skip
    what, wrong, right, function = rng.choice(kinds)
    span = f"[{width - 1}:0] " if width > 1 else ""
    missing = width > 1 and rng.random() < 0.5
    bad_span = "" if missing else span
    old = f"    input {span}{p},\n    input {span}{q},\n    input {t},\n    output {bad_span}{o}"
    code = (
        f"module old_{rng.choice(['mux', 'unit', 'block', 'top'])} (\n{old}\n);\n    assign "
        f"{o} = {right if missing else wrong};\nendmodule"
    )
    fence = rng.random() < 0.4
    code = f"```\n{code}\n```" if fence else code
    head = rng.choice(_BROKEN_HEADS)
    templates = [
        head + "\n\n{code}\n\nIt <should be|is meant to be|must be> " + what + ".",
        "{y} $should be <|>" + what.replace("{y} is ", "") + ".\n" + head + "\n{code}",
    ]
    templates = [text.replace("<|>", "") for text in templates]
    says = wordings(rng, templates, a=a, b=b, s=s, y=y, code=code)
    top = top_name(rng, "fixed", "bugs_mux2", "repaired", "corrected", "bugfix")
    body = driven(rng, {o: right}, assign=0.85)
    return combinational("repair", top, [a, b, s, y], body, says, lambda v: {o: function(v)})


@family(1.0)
def wide_samples(rng: random.Random) -> Design:
    """Samples of a simulation with vectors: a selection among inputs, or a table of values."""
    names = Names(rng)
    if rng.random() < 0.5:
        return _table_samples(rng, names)
    width = 4
    size = rng.choice([2, 3, 4])
    ins = [given(name, width) for name in names.series(4, "d", "in", "x")]
    c, q = given(names.one(("c", "s", "sel", "code")), size), result(names.output("q", "out", "y"), width)
    count = rng.choice([3, 4]) if size > 2 else 4
    chosen = rng.sample(range(4), count)
    rest = rng.choice([0, 15]) if count < 1 << size else 0
    shown = rng.sample(range(16), 4)
    rows = []
    for k in range(min(1 << size, 10)):
        value = shown[chosen[k]] if k < count else rest
        rows.append([f"{k * 5}ns", f"{k:x}", *(f"{v:x}" for v in shown), f"{value:x}"])
    heads = ["time", c.name, *(p.name for p in ins), q.name]
    wide = [max(len(row[k]) for row in [heads, *rows]) for k in range(len(heads))]
    table = "\n".join(
        "  ".join(cell.ljust(n) for cell, n in zip(row, wide, strict=True)).rstrip() for row in [heads, *rows]
    )
    templates = [
        "Work out from this trace (values in hexadecimal) which combinational function it is, "
        "and write it.\n\n{table}",
        "{c} selects among {ins}. The samples (hexadecimal) show how:\n\n{table}\n\nLarger "
        "values of {c} behave like the last one.",
        "$Do the combinational circuit that gives these samples, in hexadecimal, where {c} "
        "chooses an input:\n\n{table}",
    ]
    says = wordings(rng, templates, table=table, c=c, ins=listed([p.name for p in ins]))
    labelled = [(f"{size}'d{k}", f"{q.name} = {ins[source].name};") for k, source in enumerate(chosen)]
    default = f"{q.name} = 4'h{rest:x};" if count < 1 << size else None
    body = cases(rng, c.name, labelled, default)
    top = top_name(rng, "circuit5", "from_waves", "sampled_mux", "observed")

    def function(v: Values) -> dict[str, int | None]:
        return {q.name: v[ins[chosen[v[c.name]]].name] if v[c.name] < count else rest}

    return combinational("wide_samples", top, [c, *ins, q], body, says, function)


def _table_samples(rng: random.Random, names: Names) -> Design:
    """A small number gives a constant each; every number occurs in the samples."""
    size, width = rng.choice([2, 3, 3]), rng.choice([4, 8, 16])
    x, y = given(names.input(), size), result(names.output("q", "out", "y"), width)
    values = [rng.randrange(1 << width) for _ in range(1 << size)]
    digits = (width + 3) // 4
    rows = "\n".join(f"{k * 5}ns  {k}  {value:0{digits}x}" for k, value in enumerate(values))
    table = f"time  {x.name}  {y.name}\n{rows}"
    templates = [
        "Work out from these samples ({y} in hexadecimal) which combinational function it is, "
        "and write it.\n\n{table}",
        "{y} (hexadecimal) depends on {x} alone:\n\n{table}",
        "$Do the combinational circuit behind these samples; {y} is shown in hexadecimal.\n{table}",
    ]
    says = wordings(rng, templates, table=table, x=x, y=y)
    labelled = [
        (f"{size}'d{k}", f"{y.name} = {width}'h{value:0{digits}x};") for k, value in enumerate(values)
    ]
    body = cases(rng, x.name, labelled, rng.choice([None, f"{y.name} = {width}'h0;"]))
    top = top_name(rng, "circuit6", "from_waves", "sampled_table", "observed")
    return combinational("wide_samples", top, [x, y], body, says, lambda v: {y.name: values[v[x.name]]})


@family(0.7)
def vector_of_gates(rng: random.Random) -> Design:
    """One gate per bit, or one control bit for all bits of a vector."""
    names = Names(rng)
    width = rng.choice([4, 8, 8, 16, 32])
    kind = rng.choice(GATES)
    masked = rng.random() < 0.5
    a = given(names.input(), width)
    b = given(
        names.one(("en", "enable", "mask", "ctrl", "gate")) if masked else names.input(),
        1 if masked else width,
    )
    y = result(names.output(), width)
    up = kind.upper()
    if masked:
        templates = [
            "Every bit of {a} is combined with the single bit {b} by {up} to give {y}.",
            "{y}[i] is {a}[i] {up} {b}, for every i.",
            "$Do a row of {w} {up} gates that all share the input {b}; the other input of gate i is {a}[i].",
        ]
        other = f"{{{width}{{{b.name}}}}}"
    else:
        templates = [
            "{y} is the bitwise {up} of {a} and {b}.",
            "$Do {w} {up} gates, one for each bit of {a} and {b}.",
            "{y}[i] = {a}[i] {up} {b}[i] for i from 0 to {m}.",
            "Combine the vectors {a} and {b} bit by bit with {up}.",
        ]
        other = b.name
    says = wordings(rng, templates, a=a, b=b, y=y, w=width, m=width - 1, up=up)
    if not masked and rng.random() < 0.2:
        body = loop(rng, names, width, f"{y.name}[@] = {gate_text(kind, [f'{a.name}[@]', f'{b.name}[@]'])};")
    else:
        body = driven(rng, {y.name: gate_text(kind, [a.name, other])}, assign=0.9)
    top = top_name(rng, "vector_gate", f"{kind}_vector", "gate_array", "mask", "bitwise_gate")

    def function(v: Values) -> dict[str, int | None]:
        second = ones(width) * v[b.name] if masked else v[b.name]
        return {y.name: sum(gate(kind, [v[a.name] >> k & 1, second >> k & 1]) << k for k in range(width))}

    return combinational("vector_of_gates", top, [a, b, y], body, says, function)


FAMILIES: tuple[Kind, ...] = (parts, neighbours, pairwise, repair, wide_samples, vector_of_gates)
