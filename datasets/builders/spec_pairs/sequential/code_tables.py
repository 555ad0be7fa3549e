"""State machines given by a table of state codes: the clocked machine, or single bits of the next state.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.machines import ternary
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.next_state_logic import Function
from rtlgen.datasets.spec_pairs.sequential.numerals import bits_for
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, indented, result
from rtlgen.datasets.spec_pairs.sequential.state_graphs import Graph, draw_graph


def code_table(rng: random.Random, graph: Graph, present: str, following: str, out: str) -> str:
    """Rows of present state, next states and output, as binary digits."""
    x, width = graph.looks[0], bits_for(graph.size)
    rows = []
    for k in range(graph.size):
        low, high = (f"{target:0{width}b}" for target in graph.nexts[k])
        rows.append((f"{k:0{width}b}", low, high, str(graph.outs[k][0])))
    if rng.random() < 0.5:
        lines = [f"Present state {present} | Next state {following} {x}=0, {x}=1 | Output {out}"]
        return "\n".join(lines + [f"{a} | {b}, {c} | {d}" for a, b, c, d in rows]) + "\n"
    lines = [f"{present} | {following} ({x}=0) | {following} ({x}=1) | {out}"]
    return "\n".join(lines + [" | ".join(row) for row in rows]) + "\n"


def case_lines(graph: Graph, state: str, assign: str, width: int) -> list[str]:
    """A case statement of the transitions; `assign` is ``state <=`` or ``next =``."""
    lines = [f"case ({state})"]
    for k in range(graph.size):
        low, high = (f"{width}'b{target:0{width}b}" for target in graph.nexts[k])
        lines.append(f"    {width}'b{k:0{width}b}: {assign} {ternary(graph.looks[k], high, low)};")
    if graph.size < 1 << width:
        lines.append(f"    default: {assign} {width}'b{'0' * width};")
    return [*lines, "endcase"]


def output_of(graph: Graph, state: str, out: str, width: int) -> str:
    """The assignment of the Moore output."""
    ones = [f"{state} == {width}'b{k:0{width}b}" for k in range(graph.size) if graph.outs[k][0]]
    return f"    assign {out} = {ones[0] if len(ones) == 1 else ' || '.join(f'({one})' for one in ones)};\n"


def machine(rng: random.Random) -> Design:
    """The clocked machine, with its state as an output sometimes."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    x, z = names.take("x", "in", "w", "a"), names.take("z", "out", "y")
    shown = rng.random() < 0.25
    state = names.take("state", "q", "y_state") if shown else names.inner("state", "present")
    graph = draw_graph(rng, (x,), low=3)
    width = bits_for(graph.size)
    body = "" if shown else f"    logic [{width - 1}:0] {state};\n"
    body += clocking.block(
        [f"{state} <= {width}'b{'0' * width};"], case_lines(graph, state, f"{state} <=", width)
    ) + output_of(graph, state, z, width)
    table = code_table(rng, graph, "y" if not shown else state, "Y" if not shown else f"next {state}", z)
    also = f" The state is the output {state}." if shown else ""
    texts = (
        "This table with binary state codes describes a state machine. «Implement|Write» "
        f"it.{also}\n\n{table}",
        f"A Moore machine with input {x} and output {z}, by its state table in binary "
        f"codes.{also}\n\n{table}",
        f"«Implement|Build» the FSM with this table (state codes of {width} bits).{also}\n\n{table}",
        f"The state register has {width} bits. Next state and output are:{also}\n\n{table}",
    )
    says = several(rng, texts, clocking.notes(rng, "the state", "0" * width))
    outs = [*([result(state, width)] if shown else []), result(z)]

    def show(k: int, _: Values) -> dict[str, int | None]:
        return {z: graph.outs[k][0], state: k} if shown else {z: graph.outs[k][0]}

    return clocked(
        rng, "fsm_code_table", top_name(rng, "fsm", "state_table", "machine"), clocking, [data(x), *outs], body, says,
        lambda k, i: graph.nexts[k][i[x]], show, cleared=0,
    )  # fmt: skip


def single_bit(rng: random.Random) -> Design:
    """One bit of the next state and the output, from the present state and the input."""
    names = Names(rng)
    x, z = names.take("x", "w", "in"), names.take("z", "out", "f")
    state = names.take("y", "state", "s")
    graph = draw_graph(rng, (x,), low=4)
    width = bits_for(graph.size)
    bit = rng.randrange(width)
    wanted = names.take(f"Y{bit}", f"next{bit}", f"n{bit}")
    low = [k for k in range(graph.size) if graph.nexts[k][0] >> bit & 1]
    high = [k for k in range(graph.size) if graph.nexts[k][1] >> bit & 1]
    lines = [f"    always @(*)\n        case ({state})\n"]
    for k in range(graph.size):
        value = ternary(x, f"1'b{int(k in high)}", f"1'b{int(k in low)}")
        value = {f"{x} ? 1'b1 : 1'b0": x, f"{x} ? 1'b0 : 1'b1": f"~{x}"}.get(value, value)
        lines.append(f"            {width}'b{k:0{width}b}: {wanted} = {value};\n")
    if graph.size < 1 << width:
        lines.append(f"            default: {wanted} = 1'b0;\n")
    body = "".join(lines) + "        endcase\n" + output_of(graph, state, z, width)
    table = code_table(rng, graph, state, "Y", z)
    unused = " Other codes do not occur." if graph.size < 1 << width else ""
    texts = (
        f"Only two signals of this state table are wanted: next-state bit Y[{bit}] as {wanted}, and the "
        f"output {z}.{unused}\n\n{table}",
        f"{wanted} is bit {bit} of the next state, {z} the output, for the present state {state} and the "
        f"input {x}; no flip-flops.{unused}\n\n{table}",
        f"«Implement|Write» the combinational functions {wanted} = Y[{bit}] and {z} of this state "
        f"table.{unused}\n\n{table}",
    )

    def function(inputs: Values) -> dict[str, int | None]:
        k = inputs[state]
        if k >= graph.size:
            return {wanted: None, z: None}
        return {wanted: graph.nexts[k][inputs[x]] >> bit & 1, z: graph.outs[k][0]}

    return Design(
        family="fsm_next_bit", top=top_name(rng, "next_bit", "fsm_logic"), ports=(data(state, width), data(x),
        result(wanted), result(z)),
        body=indented(body), says=several(rng, texts, (), 3), oracle=lambda: Function(function),
    )  # fmt: skip


FAMILIES = (Drawn("fsm_code_table", machine, 1.2), Drawn("fsm_next_bit", single_bit, 0.6))
