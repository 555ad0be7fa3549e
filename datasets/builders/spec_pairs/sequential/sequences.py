"""Detectors of a bit sequence in a serial input: overlapping or not, combinational or registered output; runs of ones.

The history of a detector starts with the complement of the pattern's first bit, so that nothing matches too early.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several, spin
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import bits_for, vector
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result


def detector(rng: random.Random) -> Design:
    """A pattern of 2 to 6 bits."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    n = rng.choice((2, 3, 3, 4, 4, 4, 5, 6))
    pattern = rng.getrandbits(n)
    x = names.take("in", "x", "data", "din", "bit_in", "serial", "w", "a")
    out = names.take("out", "z", "found", "match", "detected", "y", "seen", "hit")
    registered, overlapping = rng.random() < 0.5, rng.random() < 0.75
    store, bits = names.inner("hist", "past", "last"), f"{pattern:0{n}b}"
    fill = 0 if bits[0] == "1" else (1 << n - 1) - 1
    code = f"{n - 1}'b{fill:0{n - 1}b}"
    hit = f"{{{store}, {x}}} == {n}'b{bits}"
    keep = x if n == 2 else f"{{{store}{'[0]' if n == 3 else f'[{n - 3}:0]'}, {x}}}"
    shift = f"{store} <= {keep};"
    body = f"    logic {vector(n - 1)}{store};\n"
    if registered:
        steps = [shift] if overlapping else [f"{store} <= {hit} ? {code} : {keep};"]
        body += clocking.block([f"{store} <= {code};", f"{out} <= 0;"], [*steps, f"{out} <= {hit};"])
    else:
        steps = [shift] if overlapping else [f"{store} <= {out} ? {code} : {keep};"]
        body += clocking.block([f"{store} <= {code};"], steps) + f"    assign {out} = {hit};\n"
    order = rng.choice((bits, "-".join(bits), ", ".join(bits), f'"{bits}"'))
    time = (
        f"«{out} is registered: it is 1 for one cycle after the clock edge that takes the last bit|{out} is a "
        ""
        ""
        ""
        ""
        "register and goes high with the clock "
        f"edge at which the last bit is sampled, for one cycle»."
        if registered
        else f"«{out} is combinational: it is 1 in the cycle in which the last bit is on {x}|{out} depends on the present {x} too: it is 1 while the "
        "last bit is on the input (Mealy)»."
    )
    sharing = (
        "«Overlapping occurrences count.|Occurrences may overlap.|The end of one occurrence may be the "
        "beginning of the next.»"
        if overlapping
        else "«Occurrences do not overlap.|After a match the search starts anew.|Bits of one occurrence are not used for the next.»"
    )
    texts = (
        f"«Detect|Recognise» the «bit sequence|sequence|pattern» {order} «on|in» the serial input {x}. "
        f"{sharing} {time}",
        f"A sequence «detector|recogniser» for {order} (first bit first). {time} {sharing}",
        f"{x} carries one bit per clock cycle. {out} «indicates|shows» that the last {n} bits were {order}, "
        f"in this order of arrival. {sharing} {time}",
        f"«Build|Implement» a «state machine|circuit» that looks for {order} in a bit stream {x}. {time} "
        f"{sharing}",
        f"Search the input stream {x} for the string {bits} (leftmost bit arrives first). {sharing} {time}",
        f"The output {out} becomes 1 when the {n}-bit pattern {bits} has «arrived|been received» on {x}. "
        f"{sharing} {time}",
    )
    notes = clocking.notes(rng, "the detector", "its initial state (nothing seen yet)")
    says = several(rng, texts, notes)

    def advance(state: tuple[str, int], inputs: Values) -> tuple[str, int]:
        seen = state[0] + str(inputs[x])
        hit = seen.endswith(bits)
        return ("" if hit and not overlapping else seen[-8:], int(hit))

    def show(state: tuple[str, int], inputs: Values) -> dict[str, int | None]:
        return {out: state[1] if registered else int((state[0] + str(inputs[x])).endswith(bits))}

    return clocked(
        rng, "sequence_detector", top_name(rng, "seq_detect", f"detect_{bits}", "pattern_fsm", "sequence_detector"), clocking,
        [data(x), result(out)], body, says, advance, show, cleared=("", 0),
    )  # fmt: skip


def run_counter(rng: random.Random) -> Design:
    """High after n equal samples in a row; the count saturates."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    n, value = rng.choice((2, 3, 3, 4, 5, 6, 7)), rng.choice((1, 1, 0))
    x, out = (
        names.take("in", "x", "d", "sample", "data"),
        names.take("out", "z", "y", "alarm", "stable", "flag"),
    )
    count = names.inner("count", "run", "ones")
    width = bits_for(n + 1)
    test = f"!{x}" if value else x
    body = f"    logic {vector(width)}{count};\n"
    body += clocking.block(
        [f"{count} <= 0;"],
        [
            f"if ({test})",
            f"    {count} <= 0;",
            f"else if ({count} != {width}'d{n})",
            f"    {count} <= {count} + 1;",
        ],
    )
    body += f"    assign {out} = {count} == {width}'d{n};\n"
    word, other = ("one", "zero") if value else ("zero", "one")
    texts = (
        f"{out} is 1 when the last {n} «samples|values» of {x} (one per clock edge) were all {value}.",
        f"{out} goes high after {n} {word}s in a row on {x} and goes low with the «first|next» {other}.",
        f"Detect «runs|a run» of at least {n} consecutive {word}s on {x}; {out} stays high «as long as the "
        "run lasts|until the run ends».",
        f"Count consecutive {word}s on {x} up to {n}; a {other} clears the count. {out} shows that the count "
        f"is {n}.",
        f"{out} = 1 if {x} has been {value} at «each of the last|the last» {n} clock edges.",
    )
    says = several(
        rng,
        [text + " «Samples during the reset do not count.|»" for text in texts],
        clocking.notes(rng, "the count", "0"),
    )

    def advance(state: int, inputs: Values) -> int:
        return min(n, state + 1) if inputs[x] == value else 0

    return clocked(
        rng, "run_detector", top_name(rng, "run_detect", "consecutive", "ones_run"), clocking, [data(x), result(out)],
        body, says, advance, lambda s, _: {out: int(s == n)}, cleared=0,
    )  # fmt: skip


def stuffing(rng: random.Random) -> Design:
    """A run of exactly n ones and a zero discards a bit, n+1 ones and a zero are a flag, more are an error."""
    clocking = draw_clocking(rng, "sync")
    names = Names(rng, *clocking.names)
    n = rng.choice((3, 4, 5, 5))
    x = names.take("in", "x", "d")
    disc, flag, error = (
        names.take("skip", "discard", "drop"),
        names.take("mark", "delimiter", "frame"),
        names.take("abort", "fault", "bad"),
    )
    count, top = names.inner("count", "ones"), n + 2
    width = bits_for(top + 1)
    body = f"    logic {vector(width)}{count};\n"
    steps = [f"{disc} <= !{x} && {count} == {width}'d{n};", f"{flag} <= !{x} && {count} == {width}'d{n + 1};",
             f"if (!{x})", f"    {count} <= 0;", f"else if ({count} != {width}'d{top})", f"    {count} <= {count} + 1;"]  # fmt: skip
    body += clocking.block([f"{count} <= 0;", f"{disc} <= 0;", f"{flag} <= 0;"], steps)
    body += f"    assign {error} = {count} == {width}'d{top};\n"
    texts = (
        f"Bit-stuffing monitor of the stream {x}. Exactly {n} ones followed by a zero: {disc}. Exactly "
        f"{n + 1} ones and then a zero: {flag}. "
        f"{n + 2} or more ones: {error}, until the next zero.",
        f"Count consecutive ones on {x}. «When a zero ends a run|When the run ends» of {n} ones, {disc} is 1 "
        f"for one cycle; when it ends a run of {n + 1}, "
        f"{flag} is 1 for one cycle. From {n + 2} ones on {error} is 1 until a zero comes.",
        f"Framing rules: 0 after {n} ones -> {disc}, 0 after {n + 1} ones -> {flag}, {n + 2} ones or more -> "
        f"{error} (as long as the ones last).",
    )
    timing = " «The outputs change with the clock edge that samples the deciding bit|Outputs are set at the clock edge that takes the deciding bit»."
    says = several(
        rng, [text + timing for text in texts], clocking.notes(rng, "the count of ones and all outputs", "0")
    )

    def advance(state: tuple[int, int, int], inputs: Values) -> tuple[int, int, int]:
        ones = state[0]
        if inputs[x]:
            return min(ones + 1, top), 0, 0
        return 0, int(ones == n), int(ones == n + 1)

    return clocked(
        rng, "bit_stuffing", top_name(rng, "framer", "hdlc", "bit_unstuff"), clocking,
        [data(x), result(disc), result(flag), result(error)], body, says, advance,
        lambda s, _: {disc: s[1], flag: s[2], error: int(s[0] == top)}, cleared=(0, 0, 0),
    )  # fmt: skip


def streaming(rng: random.Random) -> Design:
    """Serial arithmetic on a stream, least significant bit first: two's complement, parity, adder, divisible by 3."""
    clocking = draw_clocking(rng, "sync async async")
    names = Names(rng, *clocking.names)
    kind = rng.choice(("negate", "negate", "parity", "add", "three", "compare"))
    x = names.take("x", "in", "a", "d")
    y = names.take("y", "b", "in2") if kind in ("add", "compare") else ""
    z = names.take("z", "out", "q", "s")
    store = names.inner("seen" if kind == "negate" else "carry" if kind == "add" else "state", "st")
    mealy = kind in ("negate", "add") and rng.random() < 0.5
    reset: list[str] = [f"{store} <= 0;"]
    if kind == "negate":
        step, value = f"{store} <= {store} | {x};", f"{x} ^ {store}"
    elif kind == "add":
        step, value = f"{store} <= ({x} & {y}) | ({store} & ({x} ^ {y}));", f"{x} ^ {y} ^ {store}"
    if kind in ("negate", "add"):
        body = f"    logic {store};\n"
        if mealy:
            body += clocking.block(reset, [step]) + f"    assign {z} = {value};\n"
        else:
            body += clocking.block([*reset, f"{z} <= 0;"], [step, f"{z} <= {value};"])
    elif kind == "parity":
        body = clocking.block([f"{z} <= 0;"], [f"{z} <= {z} ^ {x};"])
    elif kind == "compare":
        body = clocking.block([f"{z} <= 0;"], [f"if ({x} != {y})", f"    {z} <= {x};"])
    else:
        body = f"    logic [1:0] {store};\n" + clocking.block(
            reset, [f"case ({store})", f"    2'd0: {store} <= {x} ? 2'd1 : 2'd0;", f"    2'd1: {store} <= {x} ? 2'd0 : 2'd2;",
                    f"    default: {store} <= {x} ? 2'd2 : 2'd1;", "endcase"])  # fmt: skip
        body += f"    assign {z} = {store} == 0;\n"
    when = (
        f"{z} is combinational (the result bit of the present input bit)."
        if mealy
        else f"{z} is registered: one cycle after the input bit."
    )
    texts = {
        "negate": (
            f"A serial two's complementer. {x} is a number, least significant bit first, one bit per clock; "
            f"{z} is its negative. {when}",
            f"Negate a serial number (LSB first on {x}): bits up to and including the first 1 are copied to "
            f"{z}, the following ones are inverted. {when}",
            f"{z} is the two's complement of the stream {x}, which begins with its lowest bit after the "
            f"reset. {when}",
        ),
        "add": (
            f"A serial adder: {x} and {y} are numbers, least significant bit first, and {z} is their sum. One "
            ""
            ""
            ""
            ""
            f"carry flip-flop. {when}",
            f"Add two bit streams {x} and {y} (LSB first); the carry is kept between the clock cycles. {z} is "
            ""
            ""
            ""
            ""
            f"the sum bit. {when}",
            f"Full adder with a carry register: in each cycle {z} is the sum of {x}, {y} and the stored "
            f"carry, and the carry out is stored. {when}",
        ),
        "parity": (
            f"{z} is 1 if the number of ones received on {x} since the reset is odd.",
            f"Running parity: «on|at» each clock edge {z} is XORed with {x}.",
            f"Keep the odd parity of a serial stream: every 1 on {x} inverts {z}.",
        ),
        "compare": (
            f"Compare two serial numbers, least significant bit first, on {x} and {y}. {z} is 1 if what has "
            f"come so far on {x} is greater than on {y}.",
            f"Serial comparator (LSB first). «On|At» each clock edge, if {x} and {y} differ, {z} becomes {x}; "
            ""
            ""
            ""
            ""
            "otherwise it keeps its value.",
        ) * 2,
        "three": (
            f"A number arrives on {x}, most significant bit first. {z} is 1 while what has arrived is "
            "divisible by 3 (0 at the beginning).",
            f"Keep the remainder modulo 3 of a binary number shifted in on {x} (MSB first); {z} indicates "
            "remainder 0.",
            f"Each clock appends the bit {x} to a number (n becomes 2n + {x}). {z} = 1 when n mod 3 = 0.",
        ),
    }[kind]  # fmt: skip
    says = several(
        rng,
        tuple(dict.fromkeys(texts)),
        clocking.notes(rng, "the machine" if kind != "parity" else z, "0"),
        3,
    )
    says = (
        says
        if len(says) > 2
        else (*says, spin(rng, texts[0]) + " " + clocking.reset_note(rng, "the state", "0"))
    )

    def advance(state: tuple[int, int], inputs: Values) -> tuple[int, int]:
        held, shown = state
        a, b = inputs[x], inputs[y] if y else 0
        if kind == "negate":
            return held | a, a ^ held
        if kind == "add":
            return (held + a + b) >> 1, (held + a + b) & 1
        if kind == "parity":
            return 0, shown ^ a
        if kind == "compare":
            return 0, a if a != b else shown
        held = (2 * held + a) % 3
        return held, int(held == 0)

    def show(state: tuple[int, int], inputs: Values) -> dict[str, int | None]:
        return {z: advance(state, inputs)[1] if mealy else state[1]}

    ports = [data(x), *([data(y)] if y else []), result(z)]
    return clocked(
        rng, "serial_arithmetic", top_name(rng, "serial_unit", "twos_complement", "serial_add", "stream"), clocking, ports, body, says,
        advance, show, cleared=(0, int(kind == "three")),
    )  # fmt: skip


FAMILIES = (
    Drawn("sequence_detector", detector, 2.0),
    Drawn("run_detector", run_counter, 0.7),
    Drawn("bit_stuffing", stuffing, 0.4),
    Drawn("serial_arithmetic", streaming),
)
