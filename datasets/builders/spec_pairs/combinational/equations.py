"""Families of Boolean equations and of circuits described gate by gate."""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.combinational.boolean import GATES, Expression, drawn, gate, gate_text
from rtlgen.datasets.spec_pairs.combinational.circuit import (
    Kind,
    combinational,
    driven,
    family,
    given,
    result,
)
from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.names import Names, top_name
from rtlgen.datasets.spec_pairs.phrases import counted, listed, wordings


def _drawn(rng: random.Random, names: list[str], depth: int) -> Expression:
    kinds = rng.choice([("and", "or"), ("and", "or"), ("and", "or", "xor"), GATES])
    for _ in range(20):
        found = drawn(rng, names, depth, kinds)
        if found.operator not in ("var", "not"):
            return found
    return Expression("and", tuple(Expression("var", name=name) for name in names[:2]))


@family(1.6)
def equation(rng: random.Random) -> Design:
    """One or two outputs given as formulas in one of several notations."""
    names = Names(rng)
    ins = [given(name) for name in names.series(rng.choice([2, 3, 3, 4, 4, 5]))]
    outs = [result(names.output()) for _ in range(rng.choice([1, 1, 1, 2]))]
    found = [_drawn(rng, [p.name for p in ins], rng.choice([1, 2, 2])) for _ in outs]
    style = rng.choice(["word", "prime", "sign", "word", "sign"])
    if any(len(p.name) > 1 for p in ins) and style == "prime":
        style = "word"
    lines = "\n".join(
        f"{rng.choice(['', '', '  '])}{o.name} = {e.formula(style)}" for o, e in zip(outs, found, strict=True)
    )
    said = listed([f"{o.name} is {e.words()}" for o, e in zip(outs, found, strict=True)])
    templates = [
        "$Do $a_circuit that implements the <following |>Boolean <equation|function|expression>{s}:\n{lines}",
        "$The_circuit $should compute\n{lines}",
        "$Do $a_circuit that implements:\n\n{lines}",
        "Implement {lines}" if len(outs) == 1 else "Implement these equations:\n{lines}",
        "The output{s} <obey|follow>{third} the equation{s}\n\n{lines}",
        "{lines}",
        "Boolean logic:\n{lines}",
        "Realise the logic function{s} below with gates.\n{lines}",
    ]
    if all(len(e.words()) < 70 for e in found):
        templates += ["The output {said}." if len(outs) == 1 else "{said}.", "$Do $a_circuit where {said}."]
    many = len(outs) > 1
    says = wordings(rng, templates, lines=lines, said=said, s="s" if many else "", third="" if many else "s")
    body = driven(rng, {o.name: e.verilog() for o, e in zip(outs, found, strict=True)}, assign=0.85)
    top = top_name(
        rng, "boolean", "equation", "logic_expr", "bool_func", "circuit_f", "comb_logic", "simple_circuit"
    )
    return combinational(
        "equation",
        top,
        [*ins, *outs],
        body,
        says,
        lambda v: {o.name: e.value(v) for o, e in zip(outs, found, strict=True)},
    )


@family(1.6)
def gate_by_gate(rng: random.Random) -> Design:
    """A netlist told gate by gate, the inner signals named or not."""
    names = Names(rng)
    ins = [given(name) for name in names.series(rng.choice([2, 3, 4, 4, 5, 6, 7, 8]))]
    y = result(names.output())
    signals = [p.name for p in ins]
    count = rng.choice([2, 2, 3, 3, 4])
    wires = names.series(count - 1, "w", "n", "t", "and", "p", "s", "net")
    steps: list[tuple[str, str, list[str]]] = []
    unused = list(signals)
    for k in range(count):
        kind = rng.choice(GATES)
        target = y.name if k == count - 1 else wires[k]
        size = rng.choice([2, 2, 2, 3])
        if k == count - 1:
            chosen = (list(dict.fromkeys([*unused, *rng.sample(signals, 2)])))[: max(2, min(4, len(unused)))]
        else:
            chosen = list(dict.fromkeys([*unused[:1], *rng.sample(signals, min(size, len(signals)))]))[:size]
        chosen.sort(key=lambda _: rng.random())
        unused = [name for name in unused if name not in chosen] + ([target] if k < count - 1 else [])
        signals.append(target)
        steps.append((target, kind, chosen))
    used = {name for _, _, chosen in steps for name in chosen}
    ins = [p for p in ins if p.name in used]
    inner = [target for target, _, _ in steps[:-1]]

    def function(v: Values) -> dict[str, int | None]:
        found = dict(v)
        for target, kind, chosen in steps:
            found[target] = gate(kind, [found[name] for name in chosen])
        return {y.name: found[y.name]}

    says = _told(rng, steps, y.name, inner)
    declared = f"  wire {', '.join(inner)};\n" if rng.random() < 0.6 else ""
    if declared:
        body = declared + "".join(f"  assign {t} = {gate_text(k, c)};\n" for t, k, c in steps)
    else:
        body = "".join(
            f"  {'wire' if t in inner else 'assign'} {t} = {gate_text(k, c)};\n" for t, k, c in steps
        )
    top = top_name(
        rng, "gate_network", "netlist", "circuit_a", "gates_mix", "wire_decl", "chip7458", "schematic"
    )
    return combinational("gate_by_gate", top, [*ins, y], body, says, function)


def _told(
    rng: random.Random, steps: list[tuple[str, str, list[str]]], y: str, inner: list[str]
) -> tuple[str, ...]:
    """The netlist in sentences, in a list, and without the inner names where the order allows."""

    def article(kind: str) -> str:
        return "a" if kind in ("nand", "nor") else "an"

    rows = [f"{t} = {k.upper()}({', '.join(c)})" for t, k, c in steps]
    sentences = [
        rng.choice(
            [
                f"{article(k).capitalize()} {k.upper()} gate combines {listed(c)} into {t}",
                f"{t} is the {k.upper()} of {listed(c)}",
                f"{listed(c)} go into {article(k)} {k.upper()} gate that drives {t}",
                f"{t} is driven by {article(k)} {k.upper()} gate whose inputs are {listed(c)}",
            ]
        )
        for t, k, c in steps
    ]
    templates = [
        "$Do the <circuit|netlist> below with the <intermediate|internal> <wire|signal>{s} {wires}:\n{rows}",
        "{sentences}.",
        "The circuit has {n} gates. {sentences}.",
        "$Do $a_circuit made of {n} gates:\n{bullets}",
        "Declare the internal <wire|signal>{s} {wires}. {sentences}.",
        "Connect the gates <like this|as follows>:\n{rows}",
        "$The_circuit is described gate by gate.\n{bullets}",
    ]
    return wordings(
        rng,
        templates,
        rows="\n".join(rows),
        sentences=". ".join(sentences),
        n=counted(len(steps)),
        bullets="\n".join(f"{k}. {row}" for k, row in enumerate(sentences, 1)),
        wires=listed(inner),
        s="s" if len(inner) > 1 else "",
        y=y,
    )


FAMILIES: tuple[Kind, ...] = (equation, gate_by_gate)
