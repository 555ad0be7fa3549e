"""Edge detection: rising, falling or both, per bit; sticky capture registers; flip-flops for both clock edges.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from dataclasses import replace

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import DATA_IN, DATA_OUT, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import mask, vector
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

KINDS = {
    "rise": ("rising edge", "a change from 0 to 1", "0 in one cycle and 1 in the next", "{x} & ~{p}"),
    "fall": ("falling edge", "a change from 1 to 0", "1 in one cycle and 0 in the next", "~{x} & {p}"),
    "any": ("edge", "a change in either direction", "different in two successive cycles", "{x} ^ {p}"),
}


def found(kind: str, now: int, before: int, width: int) -> int:
    """Bits of `now` that show the kind of change against `before`."""
    return {"rise": now & ~before, "fall": ~now & before, "any": now ^ before}[kind] & mask(width)


def detector(rng: random.Random) -> Design:
    """One cycle of 1 after an edge, registered or straight from the comparison with the last sample."""
    kind = rng.choice(("rise", "rise", "fall", "any"))
    registered = rng.random() < 0.6
    clocking = draw_clocking(rng, "none none sync async" if registered else "sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((1, 1, 4, 8, 8, 16))
    x = names.take(*DATA_IN, "sig", "button", "level")
    q = names.take("rise", "out", "pulse", "q", "edge_out", "edge_seen", "detect", "tick")
    last = names.inner(f"{x}_last", "prev", f"{x}_d")
    label, change, words, shape = KINDS[kind]
    seen = shape.format(x=x, p=last)
    body = f"    logic {vector(width)}{last};\n"
    if registered:
        body += clocking.block([f"{last} <= 0;", f"{q} <= 0;"], [f"{last} <= {x};", f"{q} <= {seen};"])
    else:
        body += clocking.block([f"{last} <= 0;"], [f"{last} <= {x};"]) + f"    assign {q} = {seen};\n"
    per = "" if width == 1 else f"For each bit of the {width}-bit {x}: "
    the, its = (x, q) if width == 1 else ("the input bit", f"the same bit of {q}")
    if registered:
        texts: tuple[str, ...] = (
            f"«Detect|Find» {label}s of {x}{'' if width == 1 else ', bit by bit'}: {its} is 1 in the cycle "
            f"after {change}« (one cycle per edge)|, for one cycle».",
            f"{per}{its} «is set|goes high» for one clock cycle after {the} was {words}; otherwise it is 0. "
            "The output is registered.",
            f"A registered {label} detector: {x} is compared with its value one cycle «before|earlier», and "
            f"the result is stored in {q}.",
            f"{q} «signals|pulses on» {change} of {x if width == 1 else f'any bit of {x}, in the same bit'}, "
            "from one clock cycle to the next; it is set the cycle after the change.",
            f"Two registers: one holds the previous {x}, the other ({q}) gets "
            f"{shape.format(x=x, p='previous')} «on|at» each {clocking.edge(rng)}.",
        )  # fmt: skip
    else:
        texts = (
            f"{label.capitalize()} detector without output register: {q} = {shape.format(x=x, p='p')}, where "
            f"p is {x} sampled at the last clock edge.",
            f"{per}{its} is 1 while {the} differs from its last sampled value by {change}. {q} is "
            "combinational."
            if kind != "any"
            else f"{per}{its} is 1 while {the} differs from its last sampled value. {q} is combinational.",
            f"Store {x} in a flip-flop each clock. {q} is combinational: {shape.format(x=x, p='stored')}.",
            f"{q} «indicates|flags» {change} of {x} immediately: present {x} against the value at the "
            f"previous {clocking.edge(rng)}.",
        )
    says = several(
        rng, texts, clocking.notes(rng, "every register" if registered else f"the stored {x}", "0")
    )

    def advance(state: tuple[int | None, int | None], inputs: Values) -> tuple[int | None, int | None]:
        before = state[0]
        return inputs[x], None if before is None else found(kind, inputs[x], before, width)

    def show(state: tuple[int | None, int | None], inputs: Values) -> dict[str, int | None]:
        if registered:
            return {q: state[1]}
        return {q: None if state[0] is None else found(kind, inputs[x], state[0], width)}

    return clocked(
        rng, "edge_detect", top_name(rng, "edge_detect", "pos_edge", "edge_det", "edgedetect", "pulse_gen"), clocking,
        [data(x, width), result(q, width)], body, says, advance, show, cleared=(0, 0),
        start=None if clocking.reset else (None, None),
    )  # fmt: skip


def capture(rng: random.Random) -> Design:
    """Each bit is set by an edge and stays set until the reset."""
    clocking = draw_clocking(rng, "sync")
    names = Names(rng, *clocking.names)
    kind = rng.choice(("fall", "fall", "rise", "any", "high"))
    width = rng.choice((1, 4, 8, 16, 32, 32))
    x, q = names.take(*DATA_IN, "irq", "event_in"), names.take(*DATA_OUT, "status", "sticky", "pending")
    edge = clocking.edge(rng)
    if kind == "high":
        body = clocking.block([f"{q} <= 0;"], [f"{q} <= {q} | {x};"])
        what, how = "a 1", "was 1 at a clock edge"
    else:
        last = names.inner(f"{x}_last", "prev", f"{x}_d")
        body = f"    logic {vector(width)}{last};\n"
        seen = KINDS[kind][3].format(x=x, p=last)
        seen = f"({seen})"
        rest = replace(clocking, reset="")
        body += rest.block([], [f"{last} <= {x};"])
        body += clocking.block([f"{q} <= 0;"], [f"{q} <= {q} | {seen};"])
        what, how = KINDS[kind][1], f"made {KINDS[kind][1]} between two clock edges"
    bits = "" if width == 1 else f" For each of the {width} bits separately."
    texts = (
        f"«Remember|Note» {what} of {x}: {q} «becomes|is set to» 1 and «stays|remains» 1 until «the register "
        f"is reset|{clocking.reset} is active».{bits}",
        f"A sticky register. {q if width == 1 else 'A bit of ' + q} is set once {x} {how}, and only "
        f"{clocking.reset} clears it.{bits}",
        f"{q} accumulates the events of {x} (an event is {what}): set by an event, cleared by the reset "
        f"only.{bits}",
        f"«On|At» each {edge} the output bit is set if {x} {how}; it is never cleared except by "
        f"{clocking.reset}.{bits}",
    )
    always = "" if kind == "high" else f" The previous {x} is stored also during reset."
    says = several(rng, texts, [note + always for note in clocking.notes(rng, q, "0")])

    class Sticky:
        """The oracle: the last sample is kept through a reset."""

        def __init__(self) -> None:
            self.last: int | None = None
            self.caught: int | None = None

        def step(self, inputs: Values) -> dict[str, int | None]:
            """One clock edge."""
            now, before = inputs[x], self.last
            self.last = now
            if clocking.resets(inputs):
                self.caught = 0
            elif self.caught is not None:
                seen = now if kind == "high" else None if before is None else found(kind, now, before, width)
                self.caught = None if seen is None else self.caught | seen
            return {q: self.caught}

    design = clocked(
        rng, "edge_capture", top_name(rng, "edge_capture", "sticky", "capture", "irq_capture"), clocking,
        [data(x, width), result(q, width)], body, says, lambda s, _: s, lambda *_: {q: None}, cleared=0,
    )  # fmt: skip
    return replace(design, oracle=Sticky)


def dual_edge(rng: random.Random) -> Design:
    """A flip-flop for both clock edges out of two ordinary ones."""
    clocking = replace(draw_clocking(rng, "none"), negedge=False)
    names = Names(rng, *clocking.names)
    d, q = names.take(*DATA_IN), names.take(*DATA_OUT)
    p, n, clk = names.inner("p", "q_pos", "rise_q"), names.inner("n", "q_neg", "fall_q"), clocking.clock
    if rng.random() < 0.5:
        body = f"    logic {p}, {n};\n" + clocking.block([], [f"{p} <= {d};"])
        body += (
            replace(clocking, negedge=True).block([], [f"{n} <= {d};"])
            + f"    assign {q} = {clk} ? {p} : {n};\n"
        )
    else:
        body = f"    logic {p}, {n};\n" + clocking.block([], [f"{p} <= {d};"])
        body += (
            replace(clocking, negedge=True).block([], [f"{n} <= {d};"])
            + f"    assign {q} = {clk} == 1 ? {p} : {n};\n"
        )
    texts = (
        f"A «dual-edge|double-edge» triggered flip-flop: {q} takes {d} on the rising and on the falling edge "
        f"of {clk}. Use one flip-flop for each edge and a multiplexer.",
        f"{d} is sampled at both edges of {clk}; {q} is always the latest sample.",
        f"Build a flip-flop that is triggered on both edges of {clk}, with input {d} and output {q}. (An "
        "always block cannot wait for both edges: use two flip-flops and select by the clock.)",
        f"On every change of {clk}, {q} becomes {d}.",
    )
    unknown: tuple[int | None] = (None,)
    return clocked(
        rng, "flip_flop_dual_edge", top_name(rng, "dualedge", "dual_edge_ff", "ddr_ff"), clocking, [data(d), result(q)],
        body, several(rng, texts, ()), lambda _, i: (i[d],), lambda s, _: {q: s[0]}, start=unknown, cleared=unknown,
    )  # fmt: skip


FAMILIES = (
    Drawn("edge_detect", detector, 1.5),
    Drawn("edge_capture", capture, 0.8),
    Drawn("flip_flop_dual_edge", dual_edge, 0.3),
)
