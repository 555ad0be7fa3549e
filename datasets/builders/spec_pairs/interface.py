"""The interface of a module as specifications write it: bullets, sections, tables, prose or a header in code.

Every layout returns text for the ports alone; what surrounds it is `wording`. `header` writes the declaration that a
completion continues, in the form that `rtlgen generate` gives it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from rtlgen.datasets.spec_pairs.design import Design, DesignPort
from rtlgen.datasets.spec_pairs.phrases import listed

Layout = Callable[[Design, random.Random], str]


def header(top: str, ports: Sequence[DesignPort], *, storage: str = "logic") -> str:
    """``module top (`` ... ``);`` with one port a line; outputs are ``output logic``."""
    rows = []
    for port in ports:
        kind = f"output {storage}".strip() if port.direction == "output" else "input"
        rows.append("  " + " ".join(word for word in (kind, span(port), port.name) if word))
    return f"module {top} (\n" + ",\n".join(rows) + "\n);"


def span(port: DesignPort) -> str:
    """``[7:0]``, empty for one bit."""
    return f"[{port.width - 1}:0]" if port.width > 1 else ""


def bullets(design: Design, rng: random.Random) -> str:
    """``- input  d (8 bits)``."""
    mark = rng.choice(["-", "-", "-", "-", "*", "+"])
    indent = rng.choice([" ", " ", "", "  "])
    wide = rng.choice(["output", "", ""])
    one = rng.random() < 0.1
    form = rng.choice(["bits", "bits", "bits", "bits", "behind", "before", "code", "strong"])
    noted = rng.random() < 0.25
    rows = []
    for port in design.ports:
        kind = port.direction.ljust(len(wide))
        bits = f" ({port.width} bits)" if port.width > 1 else " (1 bit)" if one else ""
        row = {
            "bits": f"{kind} {port.name}{bits}",
            "behind": f"{kind} {port.name}{span(port)}",
            "before": f"{kind} {span(port)} {port.name}".replace("  ", " "),
            "code": f"`{port.direction} {span(port)} {port.name}`".replace("  ", " "),
            "strong": f"**{port.direction} {port.name}**{bits}",
        }[form]
        note = (rng.choice([": ", ", ", " - "]) + port.note) if noted and port.note else ""
        rows.append(f"{indent}{mark} {row}{note}")
    return "\n".join(rows)


def sections(design: Design, rng: random.Random) -> str:
    """``Input ports:`` and ``Output ports:`` with a description each."""
    word = rng.choice([" ports", " ports", " ports", "s", " signals"])
    frame = rng.choice(["{}:", "{}:", "## {}", "**{}:**"])
    mark = rng.choice(["", "", "", "- "])
    indent = rng.choice(["    ", "", "  "])
    ranged = rng.random() < 0.6
    parts = []
    for direction, ports in (("Input", design.inputs), ("Output", design.outputs)):
        rows = [frame.format(direction + word)]
        for port in ports:
            name = port.name + (span(port) if ranged else "")
            rows.append(f"{indent}{mark}{name}: {_described(port, rng, ranged=ranged)}")
        if ports:
            parts.append("\n".join(rows))
    return rng.choice(["\n", "\n\n"]).join(parts)


def table(design: Design, rng: random.Random) -> str:
    """A Markdown or plain table of name, direction, width and description."""
    order = rng.choice([(0, 1, 2, 3), (0, 1, 2), (1, 0, 2), (0, 2, 1)])
    heads = ("Port", "Direction", "Width", "Description")
    rows = [[heads[k] for k in order]]
    for port in design.ports:
        cells = (port.name, port.direction, str(port.width), port.note or _role(port, rng))
        rows.append([cells[k] for k in order])
    if rng.random() < 0.7:
        rule = "|" + "|".join("---" for _ in order) + "|"
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        return "\n".join([lines[0], rule, *lines[1:]])
    wide = [max(len(row[k]) for row in rows) for k in range(len(order))]
    return "\n".join(
        "  ".join(cell.ljust(size) for cell, size in zip(row, wide, strict=True)).rstrip() for row in rows
    )


def prose(design: Design, rng: random.Random) -> str:
    """Sentences: ``It has the inputs a and b (8 bits) and one output y.``"""
    ins = [_in_prose(port) for port in design.inputs]
    outs = [_in_prose(port) for port in design.outputs]
    many = "s" if len(ins) > 1 else ""
    more = "s" if len(outs) > 1 else ""
    if not ins:
        return rng.choice(
            [f"It has no inputs and the output{more} {listed(outs)}.", f"Output{more}: {listed(outs)}."]
        )
    return rng.choice(
        [
            f"It has the input{many} {listed(ins)} and the output{more} {listed(outs)}.",
            f"The input{many} {'are' if many else 'is'} {listed(ins)}; "
            f"the output{more} {'are' if more else 'is'} {listed(outs)}.",
            f"The module takes {listed(ins)} and drives {listed(outs)}.",
            f"Ports: input{many} {', '.join(ins)}; output{more} {', '.join(outs)}.",
            f"Input{many}: {', '.join(ins)}. Output{more}: {', '.join(outs)}.",
        ]
    )


def code(design: Design, rng: random.Random) -> str:
    """The module header in a code block or bare; storage is written where the body needs it."""
    text = header(design.top, design.ports, storage=storage_of(design, rng))
    form = rng.random()
    if form < 0.55:
        return f"```{rng.choice(['verilog', 'verilog', 'systemverilog', ''])}\n{text}\n```"
    return text


def storage_of(design: Design, rng: random.Random) -> str:
    """How outputs may be declared so that the body compiles: ``reg`` for always blocks, nothing for assigns."""
    assigned = any(word in design.body for word in ("assign", ".")) or not design.body.strip()
    always = "always" in design.body or "initial" in design.body
    if always and not assigned:
        return rng.choice(["reg", "reg", "logic"])
    if always:
        return "logic"
    return rng.choice(["", "", "logic", "wire"])


def _described(port: DesignPort, rng: random.Random, *, ranged: bool) -> str:
    """Never empty; says the width where nothing else does."""
    note = port.note or _role(port, rng)
    if port.width == 1:
        return rng.choice([note, note, f"1-bit {note}", f"{note} (1 bit)"])
    if ranged and rng.random() < 0.4:
        return note
    return rng.choice(
        [f"{port.width}-bit {note}", f"{note} ({port.width} bits)", f"{note}, {port.width} bits wide"]
    )


def _role(port: DesignPort, rng: random.Random) -> str:
    if port.role == "clock":
        return rng.choice(["clock", "clock input", "clock signal"])
    if port.role == "reset":
        return rng.choice(["reset", "reset input", "reset signal"])
    if port.role == "enable":
        return rng.choice(["enable", "enable input"])
    if port.direction == "input":
        return rng.choice(["input", "data input", "input value", "input signal"])
    return rng.choice(["output", "result", "output value", "output signal"])


def _in_prose(port: DesignPort) -> str:
    return f"{port.name} ({port.width} bits)" if port.width > 1 else port.name


LAYOUTS: tuple[tuple[Layout, float], ...] = (
    (bullets, 0.52),
    (sections, 0.2),
    (code, 0.16),
    (prose, 0.08),
    (table, 0.04),
)
"""Layouts with the share each gets; `rtlgen generate` reads the ports of the first three."""
