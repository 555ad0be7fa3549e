"""Finite state machines from a table, a list of arrows or prose: Moore and Mealy, with a clock and a reset.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential import graph_words
from rtlgen.datasets.spec_pairs.sequential.clocking import Clocking, draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import joined, spin
from rtlgen.datasets.spec_pairs.sequential.names import DATA_OUT, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import bits_for, vector
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result
from rtlgen.datasets.spec_pairs.sequential.state_graphs import Graph, draw_graph

INPUTS = ("in", "x", "w", "in", "a", "s", "din", "go", "bump", "key")
PAIRS = (
    ("j", "k"),
    ("a", "b"),
    ("start", "stop"),
    ("x", "y"),
    ("up", "down"),
    ("req", "ack"),
    ("p", "q"),
    ("in0", "in1"),
)


def ternary(test: str, one: str, zero: str) -> str:
    """``test ? one : zero``, or the value when both are the same."""
    return one if one == zero else f"{test} ? {one} : {zero}"


def any_of(tests: Sequence[str]) -> str:
    """Tests joined by or."""
    return (
        tests[0] if len(tests) == 1 else " || ".join(f"({test})" if " " in test else test for test in tests)
    )


def next_state_case(graph: Graph, state: str, following: str) -> str:
    """The combinational block of next states."""
    lines = [f"    always @(*)\n        case ({state})\n"]
    for k, name in enumerate(graph.names):
        low, high = (graph.names[target] for target in graph.nexts[k])
        lines.append(f"            {name}: {following} = {ternary(graph.looks[k], high, low)};\n")
    if graph.size & (graph.size - 1):
        lines.append(f"            default: {following} = {graph.names[0]};\n")
    return "".join(lines) + "        endcase\n"


def outputs(graph: Graph, state: str, out: str) -> str:
    """Assignments of the output, one a bit when it is wider."""
    text = ""
    for bit in range(graph.width):
        tests = []
        for k, name in enumerate(graph.names):
            zero, one = (value >> bit & 1 for value in graph.outs[k])
            if zero and one:
                tests.append(f"{state} == {name}")
            elif one:
                tests.append(f"{state} == {name} && {graph.looks[k]}")
            elif zero:
                tests.append(f"{state} == {name} && !{graph.looks[k]}")
        target = f"{out}[{bit}]" if graph.width > 1 else out
        text += f"    assign {target} = {any_of(tests) if tests else chr(48)};\n"
    return text


def machine_body(graph: Graph, clocking: Clocking, names: Names, out: str) -> str:
    """The module in the usual form: encoding, next-state block, state register, output assignment."""
    width = bits_for(graph.size)
    state, following = names.inner("state", "st"), names.inner("next", "next_state")
    encoding = ", ".join(f"{name} = {f'{width}' + chr(39) + f'd{k}'}" for k, name in enumerate(graph.names))
    text = f"    localparam {encoding};\n    logic {vector(width)}{state}, {following};\n"
    text += next_state_case(graph, state, following)
    text += clocking.block([f"{state} <= {graph.names[0]};"], [f"{state} <= {following};"])
    return text + outputs(graph, state, out)


def introductions(graph: Graph, out: str, mealy: bool) -> list[str]:
    """Sentences before the graph."""
    kind, n = ("Mealy" if mealy else "Moore"), graph.size
    what = f"input{'s' if len(graph.inputs) > 1 else ''} {' and '.join(graph.inputs)}"
    return [
        f"«Implement|Build|Write» «the following|this» {kind} «state machine|machine|FSM» with {what} and "
        f"output {out}.",
        f"«The module is|This is» a {kind} «finite state machine|state machine» with {n} states.",
        f"A «finite state|state» machine with {n} states has the {what} and the output {out}.",
        f"«Implement|Design|Create» a {n}-state {kind} FSM, given «below|by its transitions|as follows».",
        f"«Below|The following» «is the behaviour|are the transitions» of a {kind} machine ({what}, output "
        f"{out}).",
        "Consider «the state machine described here|this state machine»; «implement it|write it in Verilog».",
    ]


def conventions(layout: graph_words.Layout, out: str, mealy: bool) -> str:
    """What the marks mean, where it is not plain."""
    if layout is graph_words.arrows:
        if mealy:
            return f"An arrow is labelled with the input and, after the slash, the output {out} during it."
        number = f"The number in parentheses is the output {out} in that state"
        return f"{number}; the label of an arrow is the «value of the |»input."
    if mealy:
        return f"The output {out} depends on the state and on the present input."
    return f"The output {out} depends on the state only." if layout is graph_words.prose else ""


def machine(rng: random.Random, mealy: bool, family: str) -> Design:
    """A machine with one input, sometimes two (each state looks at one of them)."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    two = rng.random() < 0.25
    inputs = tuple(names.take(name) for name in rng.choice(PAIRS)) if two else (names.take(*INPUTS),)
    out = names.take(*DATA_OUT, "z", "y", "busy", "lamp")
    graph = draw_graph(rng, inputs, mealy=mealy, width=rng.choice((1, 1, 1, 1, 2)) if not mealy else 1)
    while {name.lower() for name in graph.names} & {name.lower() for name in (*clocking.names, out)}:
        graph = draw_graph(rng, inputs, mealy=mealy)
    body = machine_body(graph, clocking, names, out)
    first = graph.names[0]
    notes = clocking.notes(
        rng, rng.choice(("the state", "the machine")), rng.choice((first, f"state {first}"))
    )
    says = []
    for layout in rng.sample(list(dict.fromkeys(graph_words.layouts(graph))), 3):
        intro = spin(rng, rng.choice(introductions(graph, out, mealy)))
        said = joined(intro, spin(rng, conventions(layout, out, mealy)))
        text = layout(rng, graph, out, mealy)
        gap = " " if layout is graph_words.prose else "\n\n"
        if rng.random() < 0.3:
            says.append(joined(said, rng.choice(notes)) + gap + text.strip(" " if gap == " " else chr(10)))
        else:
            says.append(
                said
                + gap
                + text.strip(" " if gap == " " else chr(10))
                + (" " if gap == " " else "\n\n")
                + rng.choice(notes)
            )

    def advance(state: int, i: Values) -> int:
        return graph.nexts[state][i[graph.looks[state]]]

    return clocked(
        rng, family, top_name(rng, "fsm", "state_machine", "machine", "controller"), clocking,
        [*(data(name) for name in inputs), result(out, graph.width)], body, says,
        advance, lambda s, i: {out: graph.outs[s][i[graph.looks[s]]]}, cleared=0,
    )  # fmt: skip


def moore(rng: random.Random) -> Design:
    """The output follows the state."""
    return machine(rng, False, "fsm_moore")


def mealy(rng: random.Random) -> Design:
    """The output follows the state and the input."""
    return machine(rng, True, "fsm_mealy")


FAMILIES = (Drawn("fsm_moore", moore, 3.0), Drawn("fsm_mealy", mealy, 1.5))
