"""Valid/ready handshakes: a register slice, a skid-free stage, width converters both ways.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import bits_for, vector
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result


def stage(rng: random.Random) -> Design:
    """One register with valid/ready on both sides; a word is accepted when it is empty or emptied."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width, full = rng.choice((4, 8, 8, 16, 32)), rng.random() < 0.7
    a, b = rng.choice((("in", "out"), ("s", "m"), ("up", "down"), ("i", "o"), ("src", "dst")))
    iv, ir, idata = (names.take(f"{a}_{word}") for word in ("valid", "ready", "data"))
    ov, orr, odata = (names.take(f"{b}_{word}") for word in ("valid", "ready", "data"))
    ready = f"!{ov} || {orr}" if full else f"!{ov}"
    if full:
        steps = [f"if ({ir}) begin", f"    {ov} <= {iv};", f"    {odata} <= {idata};", "end"]
    else:
        steps = [
            f"if ({iv} && {ir}) begin",
            f"    {ov} <= 1;",
            f"    {odata} <= {idata};",
            "end",
            f"else if ({orr})",
            f"    {ov} <= 0;",
        ]
    body = f"    assign {ir} = {ready};\n" + clocking.block([f"{ov} <= 0;"], steps)
    accepts = f"{ir} is 1 when the register is empty{' or is emptied in this cycle (' + orr + ' = 1)' if full else ''}"
    texts = (
        f"A valid/ready register «slice|stage» for {width}-bit data. A word moves where valid and ready are "
        f"both 1 at a clock edge. {accepts} (combinational). {ov} shows that the register holds a word, "
        f"{odata} is the word.",
        f"«Build|Implement» one pipeline stage with handshake: input {idata} with {iv}/{ir}, output {odata} "
        f"with {ov}/{orr}. {accepts}. An accepted word is offered on the output from the next cycle until it "
        "is taken.",
        f"A one-word buffer between two valid/ready channels. {accepts}; {ov} is a flip-flop: set when a word "
        "is accepted, cleared when the word is taken without a new one.",
    )
    note = f" {odata} means nothing while {ov} is 0."
    says = several(rng, [text + note for text in texts], clocking.notes(rng, ov, "0"), 3)

    def advance(state: tuple[int, int], inputs: Values) -> tuple[int, int]:
        holding, word = state
        if not holding or (full and inputs[orr]):
            return (1, inputs[idata]) if inputs[iv] else (0, word)
        return (0, word) if inputs[orr] else state

    def show(state: tuple[int, int], inputs: Values) -> dict[str, int | None]:
        holding, word = state
        return {
            ir: int(not holding or bool(full and inputs[orr])),
            ov: holding,
            odata: word if holding else None,
        }

    ports = [data(iv), data(idata, width), data(orr), result(ir), result(ov), result(odata, width)]
    return clocked(
        rng, "handshake_stage", top_name(rng, "reg_slice", "pipe_stage", "hs_buffer"), clocking, ports, body,
        says, advance, show, cleared=(0, 0),
    )  # fmt: skip


def widen(rng: random.Random) -> Design:
    """n narrow words become a wide one; the valid output is a pulse."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width, n, early = rng.choice((1, 4, 8, 8)), rng.choice((2, 2, 3, 4)), rng.random() < 0.6
    n = 8 if width == 1 else n
    iv, x = names.take("valid_in", "in_valid", "en"), names.take("data_in", "in", "d")
    ov, q = names.take("valid_out", "out_valid", "done"), names.take("data_out", "out", "q")
    count, top = names.inner("count", "cnt"), n * width - 1
    bits = bits_for(n)
    shift = f"{q} <= {{{q}[{top - width}:0], {x}}};" if early else f"{q} <= {{{x}, {q}[{top}:{width}]}};"
    last = f"{count} == {bits}'d{n - 1}"
    body = f"    logic {vector(bits)}{count};\n"
    wrap = [f"{count} <= {count} + 1;"] if n == 1 << bits else [f"{count} <= {last} ? 0 : {count} + 1;"]
    body += clocking.block(
        [f"{count} <= 0;", f"{ov} <= 0;", f"{q} <= 0;"],
        [
            f"{ov} <= {iv} && {last};",
            f"if ({iv}) begin",
            f"    {shift}",
            *(f"    {line}" for line in wrap),
            "end",
        ],
    )
    unit = "bit" if width == 1 else f"{width}-bit word"
    order = "the first one in the highest place" if early else "the first one in the lowest place"
    texts = (
        f"Collect {n} {unit}s into one {n * width}-bit word. A {unit} comes on {x} when {iv} is 1. After "
        f"every {n}th, {ov} is 1 for one cycle and {q} holds the {n} {unit}s, {order}.",
        f"{'Serial-to-parallel' if width == 1 else 'Width'} converter, {width} to {n * width} bits: {iv} "
        f"shifts {x} into {q} ({order}); {ov} (a register) is 1 in the cycle after the {n}th {unit} of a "
        "group.",
        f"«Build|Implement» a converter that packs {n} inputs {x} (taken while {iv} is 1) into {q}, {order}. "
        f"{ov} pulses for one clock when a group is complete.",
    )
    note = f" {q} matters only while {ov} is 1."
    says = several(rng, [text + note for text in texts], clocking.notes(rng, "everything", "0"), 3)

    nothing: tuple[tuple[int, ...], int | None] = ((), None)

    def advance(
        state: tuple[tuple[int, ...], int | None], inputs: Values
    ) -> tuple[tuple[int, ...], int | None]:
        if not inputs[iv]:
            return state[0], None
        got = (*state[0], inputs[x])
        if len(got) < n:
            return got, None
        order = reversed(got) if early else got
        return (), sum(word << k * width for k, word in enumerate(order))

    return clocked(
        rng, "width_converter", top_name(rng, "width_conv", "packer", "ser2par", "serial_to_parallel"), clocking,
        [data(iv, role="enable"), data(x, width), result(ov), result(q, n * width)], body, says, advance,
        lambda s, _: {ov: int(s[1] is not None), q: s[1]}, cleared=nothing,
    )  # fmt: skip


def narrow(rng: random.Random) -> Design:
    """A loaded word leaves in parts; parallel to serial with a busy or valid output."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width, n, first_high = rng.choice((1, 1, 4, 8)), rng.choice((2, 4)), rng.random() < 0.5
    n = rng.choice((4, 8)) if width == 1 else n
    load, d = names.take("load", "start", "in_valid"), names.take("d", "data", "in", "word")
    q, ov = names.take("out", "dout", "sout", "q"), names.take("valid", "busy", "out_valid")
    left, store, bits = names.inner("left", "count"), names.inner("sr", "store"), bits_for(n + 1)
    top = n * width - 1
    part = f"{store}[{top}:{top - width + 1}]" if first_high else f"{store}[{width - 1}:0]"
    part = part if width > 1 else f"{store}[{top if first_high else 0}]"
    move = f"{store} <= {store} {'<<' if first_high else '>>'} {width};"
    body = f"    logic [{top}:0] {store};\n    logic [{bits - 1}:0] {left};\n"
    body += clocking.block(
        [f"{left} <= 0;", f"{store} <= 0;"],
        [f"if ({load} && !{ov}) begin", f"    {store} <= {d};", f"    {left} <= {bits}'d{n};", "end",
         f"else if ({ov}) begin", f"    {move}", f"    {left} <= {left} - 1;", "end"],
    )  # fmt: skip
    body += f"    assign {ov} = {left} != 0;\n    assign {q} = {part};\n"
    unit = "bit" if width == 1 else f"{width}-bit part"
    order = f"most significant {unit} first" if first_high else f"least significant {unit} first"
    texts = (
        f"A {n * width}-to-{width} bit serialiser: when {load} is 1 and {ov} is 0, {d} is loaded; in the "
        f"following {n} cycles {ov} is 1 and {q} shows its {unit}s, {order}. {load} is ignored while {ov} is "
        "1.",
        f"Send {d} in {n} pieces on {q}, {order}, one per clock. {load} starts it (only while {ov} is 0); "
        f"{ov} is 1 during the pieces.",
        f"Parallel-in serial-out register with {n} {unit}s: loaded by {load} when idle, then shifted out, "
        f"{order}. {ov} is high for exactly the {n} cycles with data on {q}.",
    )
    note = f" {q} does not matter while {ov} is 0."
    says = several(rng, [text + note for text in texts], clocking.notes(rng, "the serialiser", "idle"), 3)

    nothing: tuple[int, ...] = ()

    def advance(pieces: tuple[int, ...], inputs: Values) -> tuple[int, ...]:
        if pieces:
            return pieces[1:]
        if not inputs[load]:
            return ()
        parts = [inputs[d] >> k * width & (1 << width) - 1 for k in range(n)]
        return tuple(reversed(parts)) if first_high else tuple(parts)

    return clocked(
        rng, "serialiser", top_name(rng, "serializer", "piso", "par2ser", "narrow_conv"), clocking,
        [data(load), data(d, n * width), result(ov), result(q, width)], body, says, advance,
        lambda s, _: {ov: int(bool(s)), q: s[0] if s else None}, cleared=nothing,
    )  # fmt: skip


FAMILIES = (
    Drawn("handshake_stage", stage, 0.6),
    Drawn("width_converter", widen, 0.8),
    Drawn("serialiser", narrow, 0.7),
)
