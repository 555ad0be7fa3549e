"""Combinational parts of state machines: next state and output of a one-hot or binary encoded graph.

One-hot equations are the sums over the incoming arrows, defined for every vector. It holds no clocked design.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential import graph_words
from rtlgen.datasets.spec_pairs.sequential.grammar import joined, spin
from rtlgen.datasets.spec_pairs.sequential.machines import conventions, ternary
from rtlgen.datasets.spec_pairs.sequential.names import DATA_OUT, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import bits_for
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, data, indented, result
from rtlgen.datasets.spec_pairs.sequential.state_graphs import Graph, draw_graph


@dataclass(frozen=True)
class Function:
    """An oracle without state."""

    function: Callable[[Values], dict[str, int | None]]

    def step(self, inputs: Values) -> dict[str, int | None]:
        """The outputs for `inputs`."""
        return self.function(inputs)


def incoming(graph: Graph, target: int, state: str) -> str:
    """The sum of the arrows into a state, as an expression."""
    terms = []
    for k, (low, high) in enumerate(graph.nexts):
        x = graph.looks[k]
        if low == target == high:
            terms.append(f"{state}[{k}]")
        elif target in (low, high):
            terms.append(f"({state}[{k}] & {'' if high == target else '~'}{x})")
    return (terms[0].strip("()") if len(terms) == 1 else " | ".join(terms)) if terms else "0"


def one_hot(rng: random.Random) -> Design:
    """All next-state bits, or two or three of them, and the output."""
    names = Names(rng)
    x, out = names.take("in", "x", "w", "a", "d"), names.take("out", "z", "y", "q")
    state, following = (
        names.take("state", "y", "s", "current", "cs"),
        names.take("next_state", "Y", "next", "ns"),
    )
    graph = draw_graph(rng, (x,), low=3)
    while {name.lower() for name in graph.names} & {name.lower() for name in (x, out, state, following)}:
        graph = draw_graph(rng, (x,), low=3)
    size, whole = graph.size, rng.random() < 0.6
    ones = [k for k in range(size) if graph.outs[k][0]]
    asked = list(range(size)) if whole else sorted(rng.sample(range(size), min(size, rng.choice((1, 2)))))
    bits = {
        k: f"{following}[{k}]" if whole else names.take(f"{following}{k}", f"next_{graph.names[k]}")
        for k in asked
    }
    body = "".join(f"    assign {bits[k]} = {incoming(graph, k, state)};\n" for k in asked)
    body += f"    assign {out} = {' | '.join(f'{state}[{k}]' for k in ones)};\n"
    codes = ", ".join(f"{name} = {size}'b{1 << k:0{size}b}" for k, name in enumerate(graph.names))
    places = ", ".join(f"{state}[{k}] is {name}" for k, name in enumerate(graph.names))
    coding = rng.choice(
        (
            f"One-hot encoding: {codes}.",
            f"The states are one-hot encoded: {places}.",
            f"One flip-flop per state: {codes}.",
        )
    )
    wanted = (
        "«all next-state bits|the next-state vector» " + following
        if whole
        else "the next-state signals " + ", ".join(f"{bits[k]} (state {graph.names[k]})" for k in asked)
    )
    aims = (
        f"«Implement|Write» only the combinational part of a Moore machine: {wanted} and the output {out}, "
        f"from {state} and {x}.",
        f"Read {wanted} and {out} off the transitions, one term for each arrow. There is no state register in "
        "this module.",
        f"«Give|Implement» the combinational logic «only|without the flip-flops»: {wanted}, and {out}.",
        f"The module computes {wanted} and the Moore output {out} of this machine; {state} is the present "
        "state.",
    )
    says = []
    for layout in rng.sample([graph_words.table, graph_words.arrows, graph_words.rows, graph_words.prose], 3):
        said = joined(spin(rng, rng.choice(aims)), coding, spin(rng, conventions(layout, out, False)))
        says.append(said + "\n\n" + layout(rng, graph, out, False).strip(chr(10)) + "\n")

    def function(inputs: Values) -> dict[str, int | None]:
        present = [k for k in range(size) if inputs[state] >> k & 1]
        targets = {graph.nexts[k][inputs[x]] for k in present}
        found: dict[str, int | None] = {out: int(any(graph.outs[k][0] for k in present))}
        if whole:
            found[following] = sum(1 << k for k in targets)
        else:
            found |= {bits[k]: int(k in targets) for k in asked}
        return found

    outs = [result(following, size)] if whole else [result(bits[k]) for k in asked]
    return Design(
        family="fsm_one_hot_logic", top=top_name(rng, "fsm_logic", "next_state_logic", "onehot"),
        ports=(data(x), data(state, size), *outs, result(out)), body=indented(body), says=tuple(says),
        oracle=lambda: Function(function),
    )  # fmt: skip


def binary(rng: random.Random) -> Design:
    """Next state and output of a binary-encoded machine by a case statement, or one bit of the next state."""
    names = Names(rng)
    x, out = names.take("in", "x", "w", "a"), names.take(*DATA_OUT)
    state, following = (
        names.take("state", "y", "present", "s"),
        names.take("next_state", "Y", "next", "following"),
    )
    graph = draw_graph(rng, (x,), low=3)
    while {name.lower() for name in graph.names} & {name.lower() for name in (x, out, state, following)}:
        graph = draw_graph(rng, (x,), low=3)
    width = bits_for(graph.size)
    codes = list(range(1 << width))
    if rng.random() < 0.3:
        rng.shuffle(codes)
    codes = codes[: graph.size]

    def code(k: int) -> str:
        return f"{width}'b{codes[k]:0{width}b}"

    encoding = ", ".join(f"{name} = {code(k)}" for k, name in enumerate(graph.names))
    lines = [f"    always @(*)\n        case ({state})\n"]
    for k in range(graph.size):
        low, high = graph.nexts[k]
        lines.append(f"            {code(k)}: {following} = {ternary(x, code(high), code(low))};\n")
    if graph.size < 1 << width:
        lines.append(f"            default: {following} = {code(0)};\n")
    lines.append("        endcase\n")
    ones = [k for k in range(graph.size) if graph.outs[k][0]]
    tests = [f"({state} == {code(k)})" if len(ones) > 1 else f"{state} == {code(k)}" for k in ones]
    lines.append(f"    assign {out} = {' || '.join(tests)};\n")
    aims = (
        "«Implement|Write» «only |»the next-state logic and the output logic of this Moore machine: "
        f"{following} from {state} and {x}, {out} from {state}. Encoding: {encoding}.",
        f"The states are encoded as {encoding}. {state} is the present state; compute {following} and the "
        f"output {out} (combinational).",
        f"Given the present state {state} and the input {x}, «give|produce» the next state {following} and "
        f"the output {out} ({encoding}).",
    )
    open_code = f" Other codes of {state} do not occur." if graph.size < 1 << width else ""
    says = []
    for layout in rng.sample([graph_words.table, graph_words.arrows, graph_words.rows], 3):
        said = joined(spin(rng, rng.choice(aims)), spin(rng, conventions(layout, out, False))) + open_code
        says.append(said + "\n\n" + layout(rng, graph, out, False).strip(chr(10)) + "\n")

    def function(inputs: Values) -> dict[str, int | None]:
        if inputs[state] not in codes:
            return {following: None, out: None}
        k = codes.index(inputs[state])
        return {following: codes[graph.nexts[k][inputs[x]]], out: graph.outs[k][0]}

    return Design(
        family="fsm_binary_logic", top=top_name(rng, "fsm_logic", "next_state_logic", "transition_logic"),
        ports=(data(x), data(state, width), result(following, width), result(out)), body=indented("".join(lines)),
        says=tuple(says), oracle=lambda: Function(function),
    )  # fmt: skip


FAMILIES = (Drawn("fsm_one_hot_logic", one_hot, 1.2), Drawn("fsm_binary_logic", binary, 1.0))
