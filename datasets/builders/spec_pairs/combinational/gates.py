"""Families of single gates and the like: constants, wires, inverters, gates of several inputs, several gates at once."""

from __future__ import annotations

import random
from typing import Any

from rtlgen.datasets.spec_pairs.combinational.boolean import GATES, gate, gate_text
from rtlgen.datasets.spec_pairs.combinational.circuit import (
    Kind,
    binary,
    combinational,
    driven,
    family,
    given,
    ones,
    result,
)
from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.names import Names, top_name
from rtlgen.datasets.spec_pairs.phrases import counted, listed, wordings


@family(0.7)
def constant(rng: random.Random) -> Design:
    """An output that never changes."""
    names = Names(rng)
    width = rng.choice([1, 1, 1, 1, 2, 4, 8, 16, 32])
    y = result(
        names.output("zero", "one", "low", "high", "out", "y", "z", "q", "f", "const_out", "value", "tie"),
        width,
    )
    ports = [given(name) for name in names.series(rng.randrange(1, 3))] if rng.random() < 0.12 else []
    value = rng.choice([0, 0, ones(width), ones(width), rng.randrange(1 << width)])
    if width == 1:
        level = "high" if value else "low"
        templates = [
            f"$The_circuit $should always $output a <logic |>{level}.",
            f"$The_circuit $should always drive <{value}|a constant {value}|logic {value}|a logic "
            f"{level}> on {{y}}.",
            f"The output {{y}} is <always|constantly|permanently> {value}.",
            f"$Do $a_circuit whose output {{y}} is <stuck at|tied to|fixed to|always> {value}.",
            f"Tie {{y}} to logic {value}.",
            f"{{y}} is <a constant {value}|tied {level}|held {level}|constantly {value}>.",
            f"$Do a <block|circuit|module> <with no inputs |>that $outputs a constant {value}.",
            f"Drive {{y}} <permanently |>with {'VDD (logic 1)' if value else 'ground (logic 0)'}.",
            f"Connect {{y}} to {'power (logic 1)' if value else 'ground (logic 0)'}.",
            f"The output {{y}} never changes: it stays {value}.",
        ]
        if ports:
            templates = [
                f"The output {{y}} is <always|constantly> {value}<, whatever the inputs are|>.",
                f"Regardless of its inputs, $the_circuit outputs {value} on {{y}}.",
                f"The inputs are not used; drive {{y}} {level}.",
            ]
    else:
        shown = {ones(width): "all ones", 0: "all zeros"}.get(value, f"{value}")
        digits = (width + 3) // 4
        templates = [
            f"The output {{y}} is always {shown}.",
            f"Drive the {width}-bit output {{y}} with the constant 0x{value:0{digits}x}.",
            f"{{y}} holds the constant {value} (decimal).",
            f"$Do $a_circuit that always $outputs the {width}-bit value "
            f"{width}'h{value:0{digits}x} on {{y}}.",
            f"{{y}} is constantly equal to {value} (0x{value:X}).",
            f"Every bit pattern on {{y}} is the same at all times: {value:0{width}b} in binary.",
        ]
    text = binary(value, width) if width <= 8 else f"{width}'h{value:0{(width + 3) // 4}x}"
    if width == 1 and rng.random() < 0.1:
        text = str(value)
    body = f"  assign {y.name} = {text};\n"
    top = top_name(
        rng, "constant", "tie_off", "zero", "one", "gnd", "vcc", "const_gen", "logic_level", "step_one"
    )
    return combinational(
        "constant", top, [*ports, y], body, wordings(rng, templates, y=y, keep=2), lambda _: {y.name: value}
    )


@family(0.9)
def wire(rng: random.Random) -> Design:
    """Outputs that are copies of inputs: one wire, several, or permuted connections."""
    names = Names(rng)
    top = top_name(
        rng, "wire", "passthrough", "connect", "simple_wire", "wire4", "buffer", "route", "feedthrough"
    )
    if rng.random() < 0.45:
        width = rng.choice([1, 1, 1, 4, 8, 16, 32])
        a, y = given(names.input(), width), result(names.output(), width)
        templates = [
            "$Do $a_circuit that behaves like a wire.",
            "$Do $a_circuit with one input and one output that <behaves|acts> like a <wire|piece of wire>.",
            "The output {y} $should <follow|equal|be the same as|always equal> the input {a}.",
            "Connect {a} <directly |>to {y}.",
            "{y} is <a copy of|the same as|identical to> {a}.",
            "$The_circuit passes {a} through to {y} <unchanged|without any change|unmodified>.",
            "Assign the input {a} to the output {y}.",
            "Drive {y} with the value of {a}.",
            "$Do a buffer: whatever arrives on {a} appears on {y}.",
            "$The_circuit $should $output its input <without modification|unchanged>.",
        ]
        body = driven(rng, {y.name: a.name}, assign=0.85)
        says = wordings(rng, templates, a=a, y=y)
        return combinational("wire", top, [a, y], body, says, lambda v: {y.name: v[a.name]})
    count = rng.choice([2, 3, 3, 4])
    ins = [given(name) for name in names.series(count)]
    outs = [result(name) for name in names.series(rng.choice([2, 3, 4, 5]), "out", "y", "o", "q", "w", "z")]
    source = {port.name: rng.choice(ins).name for port in outs}
    arrows = rng.choice(
        ["{0} -> {1}", "{1} = {0}", "{1} <= {0}", "{0} drives {1}", "{1} is connected to {0}"]
    )
    lines = "\n".join(f"{rng.choice(['  '])}{arrows.format(source[p.name], p.name)}" for p in outs)
    said = listed([f"{p.name} is {source[p.name]}" for p in outs])
    linked = listed([f"{source[p.name]} to {p.name}" for p in outs])
    templates = [
        "$Do $a_circuit that behaves like wires making these connections:\n{lines}",
        "Make the following connections:\n{lines}",
        "$The_circuit only connects its inputs to its outputs:\n{lines}",
        "There is no logic, only wires: {said}.",
        "Connect {linked}.",
        "The outputs are copies of the inputs: {said}.",
        "Wire up the <ports|signals> <like this|as follows>:\n{lines}",
    ]
    body = driven(rng, {p.name: source[p.name] for p in outs}, assign=0.9)
    says = wordings(rng, templates, lines=lines, said=said, linked=linked)
    return combinational(
        "wire", top, [*ins, *outs], body, says, lambda v: {p.name: v[source[p.name]] for p in outs}
    )


@family(0.7)
def inverter(rng: random.Random) -> Design:
    """A NOT gate, one or several bits wide."""
    names = Names(rng)
    width = rng.choice([1, 1, 1, 1, 4, 8, 16, 32, 100])
    a, y = (
        given(names.input(), width),
        result(names.output("out", "y", "q", "z", "f", "out_n", "inv", "nout", "not_out"), width),
    )
    templates = [
        "$Do <a NOT gate|an inverter>.",
        "$The_circuit $should implement <a NOT gate|an inverter>.",
        "{y} is the <inverse|complement|negation|logical inverse|opposite> of {a}.",
        "The output {y} is the <inverted|complemented|negated> input {a}.",
        "Invert {a} and <drive the result on|send it to|put the result on> {y}.",
        "$Do $a_circuit that <inverts|complements> its input.",
        "Connect {a} to {y} through <a NOT gate|an inverter>.",
        "$The_circuit $outputs NOT {a}.",
        "{y} = NOT {a}",
    ]
    if width == 1:
        templates += [
            "The output {y} $should be 1 when {a} is 0, and 0 when {a} is 1.",
            "{y} $is_high $exactly_if {a} $is_low.",
        ]
    else:
        templates = [
            "<Invert|Complement> <every|each> bit of the {a.width}-bit input {a} <and put the "
            "result on|to get> {y}.",
            "{y} is the bitwise <NOT|complement|inverse> of {a}.",
            "{y} is the ones' complement of {a}.",
            "Each bit of {y} is the opposite of the <same|corresponding> bit of {a}.",
            "$Do <a|an array of> {a.width} inverters: {y} is {a} with all bits flipped.",
            "Flip all {a.width} bits of {a}.",
        ]
    top = top_name(rng, "not_gate", "inverter", "inv", "notgate", "negate", "complement")
    body = driven(rng, {y.name: f"{'!' if width == 1 and rng.random() < 0.1 else '~'}{a.name}"}, assign=0.85)
    return combinational(
        "inverter",
        top,
        [a, y],
        body,
        wordings(rng, templates, a=a, y=y),
        lambda v: {y.name: ~v[a.name] & ones(width)},
    )


_GATE_SAID = {
    "and": "{y} $is_high $exactly_if <all|every one> of {ins} <are|is> 1.",
    "or": "{y} $is_high $exactly_if at least one of {ins} is 1.",
    "xor": "{y} $is_high $exactly_if an odd number of {ins} are 1.",
    "nand": "{y} $is_low $exactly_if all of {ins} are 1.",
    "nor": "{y} $is_high $exactly_if none of {ins} is 1.",
    "xnor": "{y} $is_high $exactly_if an even number of {ins} are 1.",
}


@family(1.4)
def logic_gate(rng: random.Random) -> Design:
    """One gate of two to nine one-bit inputs, perhaps with some inputs inverted."""
    names = Names(rng)
    kind = rng.choice(GATES)
    count = rng.choice([2, 2, 2, 2, 2, 3, 3, 4, 4, 5, 6, 8])
    ins = [given(name) for name in names.series(count)]
    y = result(names.output())
    inverted = {p.name for p in ins if rng.random() < 0.5} if rng.random() < 0.15 else set()
    shown = [f"NOT {p.name}" if p.name in inverted else p.name for p in ins]
    article = "an" if (kind[0] in "aeiox" and kind not in ("xnor",)) or kind == "xnor" else "a"
    up = kind.upper()
    fields: dict[str, Any] = {
        "y": y,
        "ins": listed(shown),
        "up": up,
        "n": counted(count),
        "article": article,
        "joined": f" {up} ".join(shown),
    }
    templates = [
        "{y} is the <logical |>{up} of {ins}.",
        "$The_circuit $should $output the {up} of {ins}<| on {y}>.",
        "$Do $a_circuit that computes {up} over the inputs {ins} and drives {y} with the result.",
        "Feed {ins} into {article} {up} gate whose output is {y}.",
        "Connect {ins} to the inputs of {article} {up} gate and its output to {y}.",
        _GATE_SAID[kind],
    ]
    if kind in ("and", "or", "nand", "nor") or count == 2:
        templates.append("{y} = {joined}" if kind in ("and", "or", "xor") else "{y} = NOT ({inner})")
        fields["inner"] = f" {kind[1:].upper() if kind != 'xnor' else 'XOR'} ".join(shown)
    if not inverted:
        templates += [
            "$Do {article} <{up}|{n}-input {up}> gate.",
            "$The_circuit $should implement {article} <{n}-input |>{up} gate.",
            "$Do {article} {up} gate with inputs {ins} and output {y}.",
            "$The_circuit has {n} inputs and one output, the {up} of all inputs.",
        ]
        if kind == "nor":
            templates.append("$Do a NOR gate. A NOR gate is an OR gate with its output inverted.")
        if kind == "xor" and count == 2:
            templates.append("{y} is 1 when {ins} differ<, else 0|>.")
        if kind == "xnor" and count == 2:
            templates.append("{y} is 1 when {ins} are equal<, else 0|>.")
    terms = [f"~{p.name}" if p.name in inverted else p.name for p in ins]
    body = driven(rng, {y.name: gate_text(kind, terms)}, assign=0.8)
    if not inverted and rng.random() < 0.07:
        body = f"  {kind} g1({y.name}, {', '.join(terms)});\n"
    top = top_name(
        rng, f"{kind}_gate", f"{kind}gate", f"{kind}{count}", f"my_{kind}", f"{kind}_{count}_input", "gate"
    )

    def function(v: Values) -> dict[str, int | None]:
        return {y.name: gate(kind, [v[p.name] ^ (p.name in inverted) for p in ins])}

    return combinational("logic_gate", top, [*ins, y], body, wordings(rng, templates, **fields), function)


@family(0.9)
def several_gates(rng: random.Random) -> Design:
    """Several outputs, each one gate of the same inputs."""
    names = Names(rng)
    ins = [given(name) for name in names.series(rng.choice([2, 2, 2, 3, 4]))]
    kinds = list(GATES)
    rng.shuffle(kinds)
    kinds = kinds[: rng.randrange(2, 7)]
    if rng.random() < 0.5:
        kinds.sort(key=GATES.index)
    style = rng.choice(["out_{}", "{}_out", "y_{}", "out_{}", "#"])
    plain = names.series(len(kinds), "out", "y", "o", "z")
    outs = [
        result(plain[k] if style == "#" else names.take(style.format(kind))) for k, kind in enumerate(kinds)
    ]
    terms = [p.name for p in ins]
    inverse = rng.random() < 0.3 and len(ins) == 2
    rows = [(o.name, f"the {k.upper()} of {listed(terms)}") for o, k in zip(outs, kinds, strict=True)]
    values = {o.name: gate_text(k, terms) for o, k in zip(outs, kinds, strict=True)}
    if inverse:
        extra = result(names.take("out_anotb"))
        outs.append(extra)
        values[extra.name] = f"{terms[0]} & ~{terms[1]}"
        rows.append((extra.name, f"{terms[0]} AND NOT {terms[1]}"))
    joint = rng.choice(["{0}: {1}", "{0} = {1}", "- {0} is {1}", "{0} is {1}", "({2}) {0}: {1}"])
    lines = "\n".join(joint.format(name, said, k + 1) for k, (name, said) in enumerate(rows))
    templates = [
        "$Do $a_circuit with {n} outputs, each of which is a <different |>logic function of {ins}:\n{lines}",
        "The outputs are\n{lines}",
        "$The_circuit computes several logic functions of {ins} at once.\n{lines}",
        "Drive every output with one gate:\n{lines}",
        "Each output is the result of a gate <whose inputs are|that is fed by> {ins}.\n\n{lines}",
        "{said}.",
        "There are {n} outputs: {said}.",
    ]
    says = wordings(
        rng,
        templates,
        n=counted(len(outs)),
        ins=listed(terms),
        lines=lines,
        said=listed([f"{name} is {text}" for name, text in rows]),
    )
    top = top_name(rng, "gates", "logic_gates", "gates4", "all_gates", "more_gates", "basic_gates")

    def function(v: Values) -> dict[str, int | None]:
        bits = [v[name] for name in terms]
        found: dict[str, int | None] = {o.name: gate(k, bits) for o, k in zip(outs, kinds, strict=False)}
        if inverse:
            found[outs[-1].name] = bits[0] & (1 - bits[1])
        return found

    return combinational("several_gates", top, [*ins, *outs], driven(rng, values, assign=0.9), says, function)


FAMILIES: tuple[Kind, ...] = (constant, wire, inverter, logic_gate, several_gates)
