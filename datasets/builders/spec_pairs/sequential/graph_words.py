"""A state graph in words: state transition table, list of arrows, rows by state, or prose.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from collections.abc import Callable

from rtlgen.datasets.spec_pairs.sequential.grammar import spin
from rtlgen.datasets.spec_pairs.sequential.state_graphs import Graph

Layout = Callable[[random.Random, Graph, str, bool], str]


def told(graph: Graph, value: int) -> str:
    """An output value: a bit, or binary digits."""
    return f"{value:0{graph.width}b}"


def table(rng: random.Random, graph: Graph, out: str, mealy: bool) -> str:
    """One row a state; only for machines with one input."""
    x = graph.looks[0]
    style = rng.random()
    names = graph.names
    rows: list[tuple[str, ...]] = []
    for k, name in enumerate(names):
        low, high = graph.nexts[k]
        if mealy:
            rows.append(
                (
                    name,
                    f"{names[low]}/{told(graph, graph.outs[k][0])}",
                    f"{names[high]}/{told(graph, graph.outs[k][1])}",
                )
            )
        else:
            rows.append((name, names[low], names[high], told(graph, graph.outs[k][0])))
    head: tuple[str, ...] = (
        ("State", f"Next state {x}=0", f"Next state {x}=1", "Output")
        if style < 0.5
        else ("state", f"{x}=0", f"{x}=1", out)
    )
    if mealy:
        head = ("State", f"{x}=0 (next/{out})", f"{x}=1 (next/{out})")
    if style < 0.5 and not mealy:
        lines = [f"{head[0]} | {head[1]}, {head[2]} | {head[3]}"]
        lines += [f"{row[0]} | {row[1]}, {row[2]} | {row[3]}" for row in rows]
    elif style < 0.7:
        lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        lines += ["| " + " | ".join(row) + " |" for row in rows]
    else:
        wide = [max(len(row[c]) for row in (head, *rows)) for c in range(len(head))]
        lines = [
            " | ".join(cell.ljust(size) for cell, size in zip(row, wide, strict=True)).rstrip()
            for row in (head, *rows)
        ]
    return "\n".join(lines) + "\n"


def arrows(rng: random.Random, graph: Graph, out: str, mealy: bool) -> str:
    """``A (0) --1--> B``, one line an arrow."""
    del out
    single, style = len(graph.inputs) == 1, rng.random()
    lines = []
    for k, name in enumerate(graph.names):
        for value in (0, 1):
            label = str(value) if single and style < 0.7 else f"{graph.looks[k]}={value}"
            target = graph.names[graph.nexts[k][value]]
            if mealy:
                lines.append(f"{name} --{label}/{told(graph, graph.outs[k][value])}--> {target}")
            else:
                lines.append(f"{name} ({told(graph, graph.outs[k][value])}) --{label}--> {target}")
    return "\n".join(lines) + "\n"


def rows(rng: random.Random, graph: Graph, out: str, mealy: bool) -> str:
    """``A (out=0): in=0 -> A, in=1 -> B``, one line a state."""
    mark = rng.choice(("", "- ", "* ", "  "))
    lines = []
    for k, name in enumerate(graph.names):
        x, (low, high) = graph.looks[k], graph.nexts[k]
        zero, one = graph.names[low], graph.names[high]
        if mealy:
            first, second = told(graph, graph.outs[k][0]), told(graph, graph.outs[k][1])
            lines.append(f"{mark}{name}: {x}=0 -> {zero} ({out}={first}), {x}=1 -> {one} ({out}={second})")
        else:
            lines.append(
                f"{mark}{name} ({out}={told(graph, graph.outs[k][0])}): {x}=0 -> {zero}, {x}=1 -> {one}"
            )
    return "\n".join(lines) + "\n"


def prose(rng: random.Random, graph: Graph, out: str, mealy: bool) -> str:
    """A sentence or two for each state."""
    parts = []
    for k, name in enumerate(graph.names):
        x, (low, high) = graph.looks[k], graph.nexts[k]
        zero = "stays there" if low == k else f"goes to {graph.names[low]}"
        one = "stays there" if high == k else f"goes to {graph.names[high]}"
        if low == high:
            moves = f"it always {zero.replace('there', 'in ' + name)}"
        elif rng.random() < 0.5:
            moves = f"it {one} «if|when» {x} is 1 and {zero} «if|when» {x} is 0"
        else:
            moves = f"with {x}=0 it {zero}, with {x}=1 it {one}"
        first, second = (told(graph, value) for value in graph.outs[k])
        if not mealy or first == second:
            says = f"{out} is {first}"
        else:
            says = f"{out} is {first} while {x} is 0 and {second} while it is 1"
        parts.append(spin(rng, f"In state {name}, {says}; {moves}."))
    return " ".join(parts) + " "


def layouts(graph: Graph) -> tuple[Layout, ...]:
    """The layouts that can say `graph`."""
    return (table, table, arrows, rows, prose) if len(graph.inputs) == 1 else (arrows, rows, prose)
