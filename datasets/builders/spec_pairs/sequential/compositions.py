"""Modules of two to four small independent or chained parts, each said by a sentence of its own.

Parts are registered gates, counters, toggles, flags, parities, delays and edge detectors on common inputs; later parts
may use the outputs of earlier ones. What the single families teach is put together here.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rtlgen.datasets.spec_pairs.design import Design, DesignPort, Values
from rtlgen.datasets.spec_pairs.phrases import listed
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.gates import GATES
from rtlgen.datasets.spec_pairs.sequential.grammar import spin
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import mask
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

Registers = dict[str, int]


@dataclass(frozen=True)
class Part:
    """One output: its statements under the clock, its sentences, and its next value from old values and inputs.

    `after` computes it when it is combinational (`assign`); then `statements` is empty.
    """

    output: DesignPort
    cleared: int
    statements: tuple[str, ...]
    assign: str
    sentences: tuple[str, ...]
    next: Callable[[Registers, Values], int]


def gate_part(rng: random.Random, q: str, bits: Sequence[str]) -> Part:
    """A registered or combinational gate of two signals."""
    a, b = rng.sample(list(bits), 2)
    name, shape, function = rng.choice(GATES)
    code = shape.format(a=a, b=b)
    if rng.random() < 0.7:
        clocked_texts = (
            f"{q} is the registered {name} of {a} and {b}.",
            f"{q} <= {code} «on|at» each clock edge.",
            f"{q} «takes|stores» {a} {name} {b} «on|at» every clock edge.",
            f"{q} is a flip-flop whose input is {a} {name} {b}.",
        )
        return Part(
            result(q),
            0,
            (f"{q} <= {code};",),
            "",
            clocked_texts,
            lambda r, i: function(value(r, i, a), value(r, i, b)) & 1,
        )
    texts = (
        f"{q} is {a} {name} {b}, without a register.",
        f"{q} = {code} (combinational).",
        f"{q} is the combinational {name} of {a} and {b}.",
    )
    return Part(result(q), 0, (), code, texts, lambda r, i: function(value(r, i, a), value(r, i, b)) & 1)


def value(registers: Registers, inputs: Values, name: str) -> int:
    """A register or an input."""
    return registers[name] if name in registers else inputs[name]


def count_part(rng: random.Random, q: str, bits: Sequence[str]) -> Part:
    """A counter, with an enable mostly."""
    width, a = rng.choice((2, 3, 4, 8)), rng.choice(list(bits))
    down, free = rng.random() < 0.25, rng.random() < 0.25
    sign, word = ("-", "down") if down else ("+", "up")
    move = f"{q} <= {q} {sign} 1;"
    if free:
        texts: tuple[str, ...] = (
            f"{q} is a free-running {width}-bit {word} counter.",
            f"{q} ({width} bits) counts {word} by one in every cycle.",
        )
        lines: tuple[str, ...] = (move,)
    else:
        texts = (
            f"{q} is a {width}-bit counter that counts {word} «when|while|if» {a} is «1|high».",
            f"{q} ({width} bits) is {'decremented' if down else 'incremented'} at each clock edge with {a} "
            "high.",
            f"{a} enables the {width}-bit {word} counter {q}.",
        )
        lines = (f"if ({a})", f"    {move}")

    def following(r: Registers, i: Values) -> int:
        return (r[q] + (-1 if down else 1) * (1 if free else value(r, i, a))) & mask(width)

    return Part(result(q, width), 0, lines, "", texts, following)


def flag_part(rng: random.Random, q: str, bits: Sequence[str]) -> Part:
    """Set by one signal, cleared by another, or toggled, or a parity, or a plain delay."""
    kind = rng.choice(("flag", "toggle", "parity", "delay", "hold"))
    a, b = rng.sample(list(bits), 2)
    if kind == "flag":
        texts: tuple[str, ...] = (
            f"{q} is set by {a} and cleared by {b}; {a} has priority.",
            f"{a} sets the flag {q}, {b} clears it (setting goes first).",
            f"{q} becomes 1 when {a} is high, otherwise 0 when {b} is high, otherwise it holds.",
        )
        lines: tuple[str, ...] = (f"if ({a})", f"    {q} <= 1;", f"else if ({b})", f"    {q} <= 0;")
    elif kind == "toggle":
        texts = (
            f"{q} toggles «when|while|whenever» {a} is «1|high».",
            f"{q} is inverted at every clock edge with {a} = 1.",
            f"{q} is a T flip-flop with input {a}.",
        )
        lines = (f"if ({a})", f"    {q} <= ~{q};")
    elif kind == "parity":
        texts = (
            f"{q} is XORed with {a} in every cycle.",
            f"{q} is the parity of all values of {a} since the reset.",
        )
        lines = (f"{q} <= {q} ^ {a};",)
    elif kind == "delay":
        texts = (
            f"{q} is {a} delayed by one clock cycle.",
            f"{q} is a D flip-flop with input {a}.",
            f"{q} stores {a}.",
            f"{q} takes the value of {a} at each clock edge.",
        )
        lines = (f"{q} <= {a};",)
    else:
        texts = (
            f"{q} is loaded with {a} «when|if» {b} is «1|high», otherwise it holds.",
            f"{q} is a flip-flop with data input {a} and enable {b}.",
        )
        lines = (f"if ({b})", f"    {q} <= {a};")

    def following(r: Registers, i: Values) -> int:
        x, y, old = value(r, i, a), value(r, i, b), r[q]
        flag = 1 if x else 0 if y else old
        return {"flag": flag, "toggle": old ^ x, "parity": old ^ x, "delay": x, "hold": x if y else old}[kind]

    return Part(result(q), 0, lines, "", texts, following)


def composed(rng: random.Random) -> Design:
    """Two to four parts over two to four inputs."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    pool = rng.choice(
        (
            ("a", "b", "c", "d"),
            ("x", "y", "z", "w"),
            ("in0", "in1", "in2", "in3"),
            ("go", "stop", "sel", "mode"),
            ("p", "q", "r", "s"),
        )
    )
    inputs = [names.take(name) for name in pool[: rng.choice((2, 3, 3, 4))]]
    outs = [
        names.take(name)
        for name in rng.choice(
            (
                ("y", "z", "u", "v"),
                ("out0", "out1", "out2", "out3"),
                ("f", "g", "h", "k"),
                ("q0", "q1", "q2", "q3"),
            )
        )[: rng.choice((2, 2, 3, 4))]
    ]
    bits, parts = list(inputs), []
    for q in outs:
        part = rng.choice((gate_part, count_part, flag_part, flag_part))(rng, q, bits)
        parts.append(part)
        if part.output.width == 1 and part.statements and rng.random() < 0.6:
            bits.append(q)
    body = (
        clocking.block(
            [f"{p.output.name} <= 0;" for p in parts if p.statements],
            [line for p in parts for line in p.statements],
        )
        if any(p.statements for p in parts)
        else ""
    )
    if not body:
        return composed(rng)
    body += "".join(f"    assign {p.output.name} = {p.assign};\n" for p in parts if p.assign)
    registers = [p.output.name for p in parts if p.statements]
    says = tuple(
        wording(rng, parts, clocking.notes(rng, listed(registers), "0"), listed(registers)) for _ in range(4)
    )

    def advance(state: tuple[int, ...], i: Values) -> tuple[int, ...]:
        held = dict(zip(registers, state, strict=True))
        return tuple(p.next(held, i) for p in parts if p.statements)

    def show(state: tuple[int, ...], i: Values) -> dict[str, int | None]:
        held = dict(zip(registers, state, strict=True))
        return {p.output.name: held[p.output.name] if p.statements else p.next(held, i) for p in parts}

    return clocked(
        rng, "composition", top_name(rng, "block", "mixed_logic", "circuit", "control"), clocking,
        [*(data(name) for name in inputs), *(p.output for p in parts)], body, says,
        advance, show, cleared=(0,) * len(registers),
    )  # fmt: skip


def wording(rng: random.Random, parts: Sequence[Part], notes: Sequence[str], subject: str) -> str:
    """The parts as bullets, numbers or one paragraph, with the note on clock and reset before or behind."""
    sentences = [spin(rng, rng.choice(part.sentences)) for part in parts]
    note = rng.choice(notes)
    for one, more in (("is", "are"), ("becomes", "become"), ("goes", "go")):
        note = note.replace(f"{subject} {one} ", f"{subject} {more} ") if " and " in subject else note
    style = rng.random()
    if style < 0.4:
        text = " ".join(sentences)
        return f"{note} {text}" if note and rng.random() < 0.3 else f"{text} {note}"
    mark = rng.choice(("- ", "* ", ""))
    rows = "\n".join(f"{mark or f'{k}. '}{sentence}" for k, sentence in enumerate(sentences, 1))
    intro = spin(rng, rng.choice((
        "«Implement|Build» a circuit with these outputs:",
        "«The outputs are:|Outputs:»",
        "The module «has the following parts|consists of»:",
        f"«Implement|Write» a module with {len(parts)} «parts|functions|outputs»:",
    )))  # fmt: skip
    return f"{intro}\n\n{rows}\n\n{note}" if rng.random() < 0.7 else f"{intro} {note}\n\n{rows}\n"


FAMILIES = (Drawn("composition", composed, 2.5),)
