"""Shift registers: left, right, load, enable, arithmetic, rotating, serial in and parallel out, and the reverse.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import joined, several, spin
from rtlgen.datasets.spec_pairs.sequential.names import ENABLE, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import mask
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

WIDTHS = (3, 4, 4, 4, 8, 8, 8, 16, 5, 10)


def serial(rng: random.Random) -> Design:
    """One bit enters per clock; the output is the whole register or its last bit; perhaps an enable."""
    clocking = draw_clocking(rng, "sync sync async async none")
    names = Names(rng, *clocking.names)
    width, right = rng.choice(WIDTHS), rng.random() < 0.45
    d = names.take("in", "d", "sin", "serial_in", "si", "data", "x", "din")
    whole = rng.random() < 0.65
    q = (
        names.take("q", "out", "dout", "data", "parallel", "shift_reg")
        if whole
        else names.take("out", "so", "serial_out", "q")
    )
    store = q if whole else names.inner("sr", "shift", "sr_q")
    enable = names.take(*ENABLE, "shift", "shift_en", "shift_ena") if rng.random() < 0.35 else ""
    move = (
        f"{store} <= {{{d}, {store}[{width - 1}:1]}};"
        if right
        else f"{store} <= {{{store}[{width - 2}:0], {d}}};"
    )
    body = "" if whole else f"    logic [{width - 1}:0] {store};\n"
    body += clocking.block([f"{store} <= 0;"], [f"if ({enable})", f"    {move}"] if enable else [move])
    end = 0 if right else width - 1
    body += "" if whole else f"    assign {q} = {store}[{end}];\n"
    texts = serial_texts(d, q, width, right, whole, clocking.edge(rng))
    said = spin(rng, rng.choice((
        f"It shifts only «if|when|while» {enable} is «high|1», otherwise it holds.",
        f"{enable} enables the shift; without it nothing «changes|moves».",
        f"When {enable} is «low|0» the contents are kept.",
    ))) if enable else ""  # fmt: skip
    what = rng.choice((store if whole else "the register", "the shift register", "every bit"))
    says = several(rng, texts, [joined(said, note) for note in clocking.notes(rng, what, "0")])

    def advance(state: tuple[int | None, ...], inputs: Values) -> tuple[int | None, ...]:
        if enable and not inputs[enable]:
            return state
        return (*state[1:], inputs[d]) if right else (inputs[d], *state[:-1])

    def show(state: tuple[int | None, ...], _: Values) -> dict[str, int | None]:
        if not whole:
            return {q: state[end]}
        return {q: None if None in state else sum((bit or 0) << k for k, bit in enumerate(state))}

    unknown: tuple[int | None, ...] = (None,) * width
    return clocked(
        rng, "shift_serial", top_name(rng, "shift_reg", "sipo", f"shift{width}", "shifter", "serial_in"), clocking,
        [data(d), *([data(enable, role="enable")] if enable else []), result(q, width if whole else 1)], body, says,
        advance, show, cleared=(0,) * width, start=None if clocking.reset else unknown,
    )  # fmt: skip


def serial_texts(d: str, q: str, width: int, right: bool, whole: bool, edge: str) -> tuple[str, ...]:
    """Wordings of a shift register with a serial input."""
    end = 0 if right else width - 1
    side, into = "right" if right else "left", width - 1 if right else 0
    into_words = "most significant bit" if right else "least significant bit"
    sent = f"{q} is the whole register." if whole else f"{q} is bit {end}, the «last|oldest» one."
    return (
        f"«Implement|Build|Create» a {width}-bit shift register that shifts {side}: {d} enters at bit {into}. "
        f"{sent}",
        f"«On|At» each {edge} the {width} bits move one place to the {side} and {d} becomes the {into_words}. "
        f"{sent}",
        f"A serial-in shift register of length {width}. New bits ({d}) come in at the {into_words} side, the "
        f"others move {side}. {sent}",
        f"{'The register' if not whole else q} is shifted {side} by one every clock, with {d} as the new bit "
        f"{into}« ({width} bits in all)| (width {width})». {sent}",
        (f"{q} holds the last {width} «values|samples» of {d}, the newest in bit {into}." if whole
         else f"{q} is bit {end} of a {width}-bit register that is shifted {side}; {d} enters at bit {into}."),
        f"Serial-in {'parallel' if whole else 'serial'}-out register, {width} bits, shift {side} ({d} goes to "
        f"bit {into}). {sent}",
        f"Collect the bits of {d} in a {width}-bit register, shifting "
        f"{'towards bit 0' if right else 'towards the top bit'}. {sent}",
    )  # fmt: skip


def loaded(rng: random.Random) -> Design:
    """Parallel load and shift (logical, arithmetic or rotating, or with serial input), with priority of the load."""
    clocking = draw_clocking(rng, "sync async sync")
    names = Names(rng, *clocking.names)
    width = rng.choice(WIDTHS)
    load, d = names.take("load", "ld", "load", "pl"), names.take("data", "d", "in", "din", "load_data")
    q = names.take("q", "out", "dout", "Q")
    enable = names.take("ena", "en", "shift", "enable", "shift_en") if rng.random() < 0.6 else ""
    right = rng.random() < 0.6
    fill = rng.choice(
        ("zero", "rotate", "rotate", "sign", "serial") if right else ("zero", "rotate", "rotate", "serial")
    )
    bit = names.take("sin", "serial_in", "si", "x") if fill == "serial" else ""
    new = {
        "zero": "1'b0",
        "rotate": f"{q}[{0 if right else width - 1}]",
        "sign": f"{q}[{width - 1}]",
        "serial": bit,
    }[fill]
    move = f"{q} <= {{{new}, {q}[{width - 1}:1]}};" if right else f"{q} <= {{{q}[{width - 2}:0], {new}}};"
    if fill == "zero" and rng.random() < 0.5:
        move = f"{q} <= {q} {'>>' if right else '<<'} 1;"
    counting = [f"else if ({enable})", f"    {move}"] if enable else ["else", f"    {move}"]
    body = clocking.block([f"{q} <= 0;"], [f"if ({load})", f"    {q} <= {d};", *counting])
    side, edge = "right" if right else "left", clocking.edge(rng)
    how = {
        "zero": f"shifted {side} by one, with a 0 «shifted in|entering»",
        "rotate": f"rotated {side} by one bit (the bit that falls out comes in at the other end)",
        "sign": "shifted right arithmetically by one bit (the sign bit is copied)",
        "serial": f"shifted {side} by one, with {bit} as the new {'most' if right else 'least'} significant bit",
    }[fill]
    name = {"zero": f"{side}-shift register", "rotate": f"{side} rotator", "sign": "arithmetic right-shift register",
            "serial": f"{side}-shift register with serial input"}[fill]  # fmt: skip
    when = f"if {enable} is «high|1»" if enable else "«in every other cycle|otherwise»"
    idle = f"With both {load} and {enable} low {q} «holds|keeps its value»." if enable else ""
    texts = (
        f"A {width}-bit {name} with parallel load. {load} high loads {d} into {q}; {when} {q} is {how}. "
        f"{load} has priority. {idle}",
        f"«Build|Implement|Create» a {width}-bit {name}. {load}: loads the register with {d}. "
        + (f"{enable}: {q} is {how}. " if enable else f"Without load, {q} is {how}. ")
        + f"If both apply, the load goes first. {idle}",
        f"«On|At» each {edge}: when {load} is 1, {q} becomes {d}; otherwise "
        f"{when.replace('«in every other cycle|otherwise»', '')} {q} is {how}. {idle}",
        f"{q} is set to {d} by {load}. When {load} is low, it is "
        f"{how}{', provided that ' + enable + ' is high' if enable else ' every clock'}. {idle}",
        f"Register {q} ({width} bits), controls in order of priority: {load} (parallel load from {d})"
        + (f", {enable} ({q} is {how})." if enable else f", then by default {q} is {how}."),
    )
    says = several(rng, [" ".join(text.split()) for text in texts], clocking.notes(rng, q, "0"))
    top = width - 1

    def advance(state: int, inputs: Values) -> int:
        if inputs[load]:
            return inputs[d]
        if enable and not inputs[enable]:
            return state
        source = {"zero": 0, "sign": state >> top, "serial": inputs[bit] if bit else 0}
        if right:
            return state >> 1 | (state & 1 if fill == "rotate" else source[fill]) << top
        return (state << 1 | (state >> top if fill == "rotate" else source[fill])) & mask(width)

    ports = [data(load), *([data(enable, role="enable")] if enable else []), data(d, width)]
    ports += [data(bit)] if bit else []
    return clocked(
        rng, "shift_load", top_name(rng, "shift_load", "rotator", "shifter", "shift_reg", "barrel"), clocking,
        [*ports, result(q, width)], body, says, advance, lambda s, _: {q: s}, cleared=0,
    )  # fmt: skip


def universal(rng: random.Random) -> Design:
    """A two-bit mode: hold, left, right, load; or an amount by which to shift."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((4, 4, 8, 8, 16))
    mode, d, q = (
        names.take("mode", "sel", "s", "op", "ctrl"),
        names.take("d", "data", "in", "p"),
        names.take("q", "out", "Q"),
    )
    left_in, right_in = names.take("sl", "lin", "left_in"), names.take("sr", "rin", "right_in")
    codes = [0, 1, 2, 3]
    if rng.random() < 0.4:
        rng.shuffle(codes)
    hold, left, right, load = codes
    moves = {
        left: (f"{q} <= {{{q}[{width - 2}:0], {left_in}}};", f"shift left, {left_in} enters at bit 0"),
        right: (
            f"{q} <= {{{right_in}, {q}[{width - 1}:1]}};",
            f"shift right, {right_in} enters at bit {width - 1}",
        ),
        load: (f"{q} <= {d};", f"load {d}"),
        hold: (f"{q} <= {q};", "hold"),
    }
    body = clocking.block(
        [f"{q} <= 0;"],
        [f"case ({mode})", *(f"    2'b{code:02b}: {moves[code][0]}" for code in range(4)), "endcase"],
    )
    rows = [(f"{code:02b}", moves[code][1]) for code in range(4)]
    table = f"{mode} | action\n" + "".join(f"{code} | {action}\n" for code, action in rows)
    bullets = "".join(f"- {mode} = {code}: {action}\n" for code, action in rows)
    line = "; ".join(f"{int(code, 2)}: {action}" for code, action in rows)
    texts = (
        f"A universal {width}-bit shift register. {mode} chooses what happens to {q} «on|at» the "
        f"{clocking.edge(rng)}:\n\n{table}",
        f"«Build|Implement» a {width}-bit register {q} with four modes:\n\n{bullets}",
        f"{q} ({width} bits) is controlled by {mode} - {line}.",
        f"A shift register with hold, shift in both directions and load, by {mode} ({line}).",
    )
    says = several(rng, texts, clocking.notes(rng, q, "0"))

    def advance(state: int, inputs: Values) -> int:
        chosen = inputs[mode]
        if chosen == left:
            return (state << 1 | inputs[left_in]) & mask(width)
        if chosen == right:
            return state >> 1 | inputs[right_in] << width - 1
        return inputs[d] if chosen == load else state

    return clocked(
        rng, "shift_universal", top_name(rng, "universal_shift", "usr", "shift_reg", "multi_shift"), clocking,
        [data(mode, 2), data(d, width), data(left_in), data(right_in), result(q, width)], body, says,
        advance, lambda s, _: {q: s}, cleared=0,
    )  # fmt: skip


def barrel(rng: random.Random) -> Design:
    """A loadable register that shifts by an amount given by a select input, arithmetic or logical, or rotates by 1."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((8, 16, 24, 32))
    load, d, q = names.take("load", "ld"), names.take("data", "d", "in"), names.take("q", "out", "Q")
    enable, amount = names.take("ena", "en", "shift"), names.take("how", "sel", "mode", "amt")
    few, many = 1, 4 if width > 8 else 3
    actions = [("left", few), ("left", many), ("right", few), ("right", many)]
    arithmetic = rng.random() < 0.5
    rng.shuffle(actions)

    def code(side: str, by: int) -> str:
        if side == "left":
            return f"{q} <= {q} << {by};"
        return (
            f"{q} <= {{{{{by}{{{q}[{width - 1}]}}}}, {q}[{width - 1}:{by}]}};"
            if arithmetic
            else f"{q} <= {q} >> {by};"
        )

    cases = [f"    2'b{k:02b}: {code(*action)}" for k, action in enumerate(actions)]
    steps = [
        f"if ({load})",
        f"    {q} <= {d};",
        f"else if ({enable})",
        *(f"    {x}" for x in (f"case ({amount})", *cases, "endcase")),
    ]
    body = clocking.block([f"{q} <= 0;"], steps)
    kind = "arithmetic" if arithmetic else "logical"
    rows = [
        f"{k:02b}: shift {side} by {by} bit{'s' if by > 1 else ''}" for k, (side, by) in enumerate(actions)
    ]
    sign = "Right shifts copy the sign bit." if arithmetic else "Zeros are shifted in."
    bullets = "\n".join(f"  {row}" for row in rows)
    texts = (
        f"«Build|Create» a {width}-bit {kind} shift register with synchronous load. {load} loads {d} (it goes "
        f"first). {enable} «enables|allows» shifting, and {amount} chooses direction and "
        f"amount:\n\n{bullets}\n\n{sign}",
        f"{q} is loaded from {d} when {load} is 1. Otherwise, if {enable} is 1, it shifts ({kind}) as "
        f"{amount} says: {'; '.join(rows)}. {sign}",
        f"A {width}-bit register for {kind} shifts. {amount} = {', '.join(rows)}, when {enable} is high and "
        f"{load} is low. {load} high loads {d}. {sign}",
    )
    says = several(rng, texts, clocking.notes(rng, q, "0"))

    def advance(state: int, inputs: Values) -> int:
        if inputs[load]:
            return inputs[d]
        if not inputs[enable]:
            return state
        side, by = actions[inputs[amount]]
        if side == "left":
            return (state << by) & mask(width)
        signed = state - (1 << width) if arithmetic and state >> width - 1 else state
        return (signed >> by) & mask(width)

    return clocked(
        rng, "shift_amount", top_name(rng, "shift_amount", "arith_shift", "shifter", "shift_reg"), clocking,
        [data(load), data(enable, role="enable"), data(amount, 2), data(d, width), result(q, width)], body, says,
        advance, lambda s, _: {q: s}, cleared=0,
    )  # fmt: skip


def addressed(rng: random.Random) -> Design:
    """A shift register whose output is the stage that an address selects (a programmable delay, a small LUT)."""
    clocking = draw_clocking(rng, "none sync")
    names = Names(rng, *clocking.names)
    bits = rng.choice((2, 2, 3, 3, 4))
    length = 1 << bits
    d, enable = names.take("x", "d", "in", "si", "din"), names.take("enable", "en", "shift", "ce")
    address = names.take("addr", "sel", "a", "index", "A")
    z, store = names.take("z", "q", "out", "y"), names.inner("q", "sr", "taps")
    body = f"    logic [{length - 1}:0] {store};\n"
    body += clocking.block(
        [f"{store} <= 0;"], [f"if ({enable})", f"    {store} <= {{{store}[{length - 2}:0], {d}}};"]
    )
    body += f"    assign {z} = {store}[{address}];\n"
    texts = (
        f"A {length}-bit shift register with an addressable output. When {enable} is «high|1», {d} is shifted "
        f"in at bit 0 and the other bits move up by one. {z} is «the bit selected by {address}|bit number "
        f"{address} of the register», combinationally.",
        f"«Implement|Build» {length} stages of one bit that are written by shifting: {d} enters stage 0 when "
        f"{enable} is 1. Any stage can be read: {z} = stage {address}.",
        f"Programmable delay: {length} flip-flops in a row (enabled by {enable}), input {d}; {address} "
        f"selects which one drives {z}, 0 being the first.",
        f"{z} = {store}[{address}], where {store} is a {length}-bit shift register: {d} goes to {store}[0], "
        f"{store}[0] to {store}[1] and so on, only when {enable} is high.",
    )
    says = several(rng, texts, clocking.notes(rng, "the register", "0"))

    def advance(state: tuple[int | None, ...], inputs: Values) -> tuple[int | None, ...]:
        return (inputs[d], *state[:-1]) if inputs[enable] else state

    unknown: tuple[int | None, ...] = (None,) * length
    return clocked(
        rng, "shift_addressed", top_name(rng, "shift_lut", "srl", "prog_delay", "lut_shift"), clocking,
        [data(enable, role="enable"), data(d), data(address, bits), result(z)], body, says,
        advance, lambda s, i: {z: s[i[address]]}, cleared=(0,) * length, start=None if clocking.reset else unknown,
    )  # fmt: skip


FAMILIES = (
    Drawn("shift_serial", serial, 1.5),
    Drawn("shift_load", loaded, 1.5),
    Drawn("shift_universal", universal, 0.6),
    Drawn("shift_amount", barrel, 0.5),
    Drawn("shift_addressed", addressed, 0.5),
)
