"""Flip-flops behind a little logic: a multiplexer, a gate, feedback; T, JK and SR flip-flops.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from collections.abc import Callable

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import DATA_OUT, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import mask
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

Gate = tuple[str, str, Callable[[int, int], int]]
GATES: tuple[Gate, ...] = (
    ("AND", "{a} & {b}", lambda a, b: a & b),
    ("OR", "{a} | {b}", lambda a, b: a | b),
    ("XOR", "{a} ^ {b}", lambda a, b: a ^ b),
    ("NAND", "~({a} & {b})", lambda a, b: ~(a & b)),
    ("NOR", "~({a} | {b})", lambda a, b: ~(a | b)),
    ("XNOR", "~({a} ^ {b})", lambda a, b: ~(a ^ b)),
)


def gated(rng: random.Random) -> Design:
    """A gate in front of a flip-flop; its second input is another port or the flip-flop's own output."""
    clocking = (
        draw_clocking(rng, "none sync async sync") if rng.random() < 0.5 else draw_clocking(rng, "sync async")
    )
    feedback = bool(clocking.reset) and rng.random() < 0.55
    names = Names(rng, *clocking.names)
    width = rng.choice((1, 1, 1, 4, 8))
    a, q = names.take("in", "d", "x", "a", "in1"), names.take(*DATA_OUT)
    b = q if feedback else names.take("b", "y", "in2", "c", "e")
    name, shape, function = rng.choice(GATES)
    code = shape.format(a=a, b=b)
    body = clocking.block([f"{q} <= 0;"], [f"{q} <= {code};"])
    edge = clocking.edge(rng)
    wide = "" if width == 1 else " bitwise"
    texts = (
        feedback_texts(a, q, name, code, wide, edge)
        if feedback
        else gate_texts(a, b, q, name, code, wide, edge)
    )
    says = several(rng, texts, clocking.notes(rng, q, "0"))
    ports = [data(a, width)] + ([] if feedback else [data(b, width)])

    def advance(state: int, inputs: Values) -> int:
        return function(inputs[a], state if feedback else inputs[b]) & mask(width)

    return clocked(
        rng, "flip_flop_gate", top_name(rng, "gate_ff", "dff_gate", "feedback_reg", "xor_ff"), clocking,
        [*ports, result(q, width)], body, says, advance, lambda s, _: {q: s}, cleared=0,
        start=None if clocking.reset else 0,
    )  # fmt: skip


def feedback_texts(a: str, q: str, name: str, code: str, wide: str, edge: str) -> tuple[str, ...]:
    """Wordings of a flip-flop whose output is an input of its gate."""
    an = "an" if name[0] in "AOX" else "a"
    return (
        f"A D flip-flop whose D input is the{wide} {name} of {a} and its own output {q}.",
        f"«Implement|Build» this circuit: {an} {name} gate with the inputs {a} and {q} drives the D input of "
        f"a flip-flop, whose output is {q}.",
        f"«On|At» each {edge} {q} becomes {q} {name} {a}« (the old {q})|».",
        f"The next value of {q} is {code}.",
        f"{q} is combined with {a} by{wide} {name} in every clock cycle, and the result is stored back in "
        f"{q}.",
        f"The output of a D flip-flop is fed back: d = {name}({a}, {q}), {q} = output of the flip-flop.",
        f"Feedback register: {an}{wide} {name} gate takes {a} and the registered output {q}; its result is "
        f"the new {q}.",
    )


def gate_texts(a: str, b: str, q: str, name: str, code: str, wide: str, edge: str) -> tuple[str, ...]:
    """Wordings of a gate before a flip-flop."""
    an = "an" if name[0] in "AOX" else "a"
    return (
        f"«Implement|Build» a flip-flop with a gate «in front|before its input»: the{wide} {name} of {a} and "
        f"{b} is stored in {q} «on|at» the {edge}.",
        f"{q} is the registered{wide} {name} of {a} and {b}.",
        f"«On|At» each {edge}, {q} «takes|gets|becomes» {a} {name} {b}.",
        f"{an.capitalize()} {name} gate (inputs {a}, {b}) drives the D input of a flip-flop with output {q}.",
        f"Compute {code} and register it; the registered result is {q}.",
        f"{q} shows {a} {name} {b} one clock «cycle|» later.".replace(
            "cycle|» later", "cycle later|» later"
        ).replace("«cycle later|» later", "cycle later"),
        f"D flip-flop, D = {a} {name.lower()} {b}, Q = {q}.",
    )


def muxed(rng: random.Random) -> Design:
    """Two-way multiplexer and flip-flop; with a second select also hold, as in a shift register's stage."""
    clocking = draw_clocking(rng, "none none sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((1, 1, 1, 4, 8, 16))
    a, b = rng.choice((("a", "b"), ("d0", "d1"), ("in0", "in1"), ("x", "y"), ("old", "fresh")))
    a, b = names.take(a), names.take(b)
    select, q = names.take("sel", "pick", "s", "load", "select", "mode"), names.take(*DATA_OUT)
    hold = rng.random() < 0.4
    enable = names.take("en", "ce", "ena", "enable") if hold else ""
    line = rng.choice((f"{q} <= {select} ? {b} : {a};", ""))
    choose = [line] if line else [f"if ({select})", f"    {q} <= {b};", "else", f"    {q} <= {a};"]
    if hold and line:
        choose = [f"if ({enable})", f"    {line}"]
    elif hold:
        choose = [f"if ({enable}) begin", *(f"    {each}" for each in choose), "end"]
    body = clocking.block([f"{q} <= 0;"], choose)
    edge = clocking.edge(rng)
    kept = (
        f" «When {enable} is 0 {q} is kept.|{q} changes only if {enable} is high.|{enable} low holds {q}.»"
        if hold
        else ""
    )
    texts = (
        f"A multiplexer selects {b} «if|when» {select} is 1 and {a} «if|when» it is 0; its output is "
        f"registered in {q}.{kept}",
        f"«Implement|Build» a D flip-flop with a 2-to-1 multiplexer before it ({select}=0: {a}, {select}=1: "
        f"{b}). The output is {q}.{kept}",
        f"«On|At» each {edge}: {q} takes {b} when {select} is high, else {a}.{kept}",
        f"{q} is loaded with one of two inputs: {a} ({select} low) or {b} ({select} high), «on|at» the "
        f"{edge}.{kept}",
        f"Register the selected input: {select} chooses between {a} (0) and {b} (1).{kept} The register's "
        f"output is {q}.",
        f"{q} <= {select} ? {b} : {a} «on|at» every {edge}.{kept}",
    )
    says = several(rng, texts, clocking.notes(rng, q, "0"))

    def advance(state: tuple[int | None], inputs: Values) -> tuple[int | None]:
        return state if hold and not inputs[enable] else (inputs[b if inputs[select] else a],)

    ports = [data(a, width), data(b, width), data(select)] + ([data(enable, role="enable")] if hold else [])
    return clocked(
        rng, "flip_flop_mux", top_name(rng, "mux_dff", "mux_reg", "muxdff", "select_reg"), clocking,
        [*ports, result(q, width)], body, says, advance, lambda s, _: {q: s[0]}, cleared=(0,),
        start=None if clocking.reset else (None,),
    )  # fmt: skip


def toggling(rng: random.Random) -> Design:
    """T flip-flop, with or without an input t."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    q = names.take("q", "out", "Q", "y", "tick")
    driven = rng.random() < 0.75
    t = names.take("t", "T", "toggle", "en", "flip") if driven else ""
    styles = (
        [[f"if ({t})", f"    {q} <= ~{q};"], [f"{q} <= {q} ^ {t};"], [f"{q} <= {t} ? ~{q} : {q};"]]
        if driven
        else [[f"{q} <= ~{q};"]]
    )
    body = clocking.block([f"{q} <= 0;"], rng.choice(styles))
    edge = clocking.edge(rng)
    if driven:
        texts: tuple[str, ...] = (
            f"«Implement|Build» a T flip-flop with «toggle input|input» {t} and output {q}.",
            f"{q} «toggles|is inverted|flips» «on|at» each {edge} «if|when|while» {t} is «1|high», otherwise "
            "it «holds|keeps its value».",
            f"«If|When» {t} is 1 at the {edge}, {q} changes to its complement«; if {t} is 0 it does not "
            "change|».",
            f"Toggle flip-flop: next {q} = {q} XOR {t}.",
            f"A flip-flop that «toggles|changes state» for every cycle in which {t} is high. Output: {q}.",
            f"{q} is the parity of the number of cycles with {t} high since the reset.",
        )
    else:
        texts = (
            f"{q} «toggles|is inverted|flips» «on|at» every {edge}.",
            f"Divide the clock by two: {q} changes its value «on|at» each {edge}.",
            f"A flip-flop whose D input is its own inverted output {q}.",
            f"{q} alternates between 0 and 1, one clock cycle each.",
            f"«Implement|Build» a divide-by-two flip-flop with output {q}.",
        )
    says = several(rng, texts, clocking.notes(rng, q, "0"))
    return clocked(
        rng, "flip_flop_toggle", top_name(rng, "tff", "t_ff", "toggle", "div2"), clocking,
        [*([data(t)] if driven else []), result(q)], body, says,
        lambda s, i: s ^ (i[t] if driven else 1), lambda s, _: {q: s}, cleared=0,
    )  # fmt: skip


def jk_or_sr(rng: random.Random) -> Design:
    """JK flip-flop by its table, or a clocked SR flip-flop with one input dominating."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    jk = rng.random() < 0.6
    j, k = (
        (names.take("j", "J", "a"), names.take("k", "K", "b"))
        if jk
        else (names.take("s", "set", "S"), names.take("r", "clr", "R"))
    )
    q = names.take("q", "Q", "out", "y")
    edge = clocking.edge(rng)
    wins = jk or rng.random() < 0.5
    if jk:
        bodies = (
            [f"case ({{{j}, {k}}})", f"    2'b00: {q} <= {q};", f"    2'b01: {q} <= 0;", f"    2'b10: {q} <= 1;",
             f"    2'b11: {q} <= ~{q};", "endcase"],
            [f"{q} <= ({j} & ~{q}) | (~{k} & {q});"],
        )  # fmt: skip
        texts: tuple[str, ...] = (
            f"«Implement|Build» a JK flip-flop with output {q}, which the {edge} changes like this:\n\n{j} "
            f"{k} | next {q}\n0 0 | unchanged\n0 1 | 0\n1 0 | 1\n1 1 | inverted\n",
            f"A JK flip-flop: {j}=1 {k}=0 sets {q}, {j}=0 {k}=1 clears it, both 1 toggle it, both 0 hold it.",
            f"«On|At» each {edge}: {j} alone sets {q}, {k} alone resets it, {j} and {k} together invert it; "
            "otherwise nothing changes.",
            f"«Implement|Build» a JK-type flip-flop ({j} sets, {k} resets, both toggle) with the output {q}.",
            f"The next {q} is ({j} AND NOT {q}) OR (NOT {k} AND {q}).",
        )
    else:
        order = [(j, 1), (k, 0)] if wins else [(k, 0), (j, 1)]
        lines = [
            f"if ({order[0][0]})",
            f"    {q} <= {order[0][1]};",
            f"else if ({order[1][0]})",
            f"    {q} <= {order[1][1]};",
        ]
        bodies = (lines, lines)
        first = j if wins else k
        texts = (
            f"A clocked SR flip-flop. {j} sets {q}, {k} clears it; if both are 1, {first} «wins|dominates».",
            f"«On|At» each {edge} {q} is set if {j} is high and cleared if {k} is high. {first} has priority. "
            f"With both low {q} holds.",
            f"{'Set' if wins else 'Reset'}-dominant SR flip-flop with the inputs {j} (set) and {k} (clear), "
            f"output {q}.",
            f"{q} is a flag: {j} raises it, {k} lowers it ({first} goes first), and it is remembered "
            "otherwise.",
        )
    body = clocking.block([f"{q} <= 0;"], rng.choice(bodies))
    says = several(rng, texts, clocking.notes(rng, q, "0"))

    def advance(state: int, inputs: Values) -> int:
        pair = (inputs[j], inputs[k])
        if pair == (1, 1):
            return 1 - state if jk else int(wins)
        return state if pair == (0, 0) else pair[0]

    return clocked(
        rng, "flip_flop_jk", top_name(rng, "jkff", "jk_ff", "sr_ff", "flag_reg"), clocking,
        [data(j), data(k), result(q)], body, says, advance, lambda s, _: {q: s}, cleared=0,
    )  # fmt: skip


FAMILIES = (
    Drawn("flip_flop_gate", gated),
    Drawn("flip_flop_mux", muxed),
    Drawn("flip_flop_toggle", toggling, 0.7),
    Drawn("flip_flop_jk", jk_or_sr, 0.7),
)
