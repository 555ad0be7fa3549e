"""Detectors of a bit sequence in a serial input: overlapping or not, combinational or registered output; runs of ones.

The history of a detector starts with the complement of the pattern's first bit, so that nothing matches too early.

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
        "register and goes high with the clock edge at which the last bit is sampled, for one cycle»."
        if registered
        else f"«{out} is combinational: it is 1 in the cycle in which the last bit is on {x}|{out} depends on the "
        f"present {x} too: it is 1 while the last bit is on the input (Mealy)»."
    )
    sharing = (
        "«Overlapping occurrences count.|Occurrences may overlap.|The end of one occurrence may be the "
        "beginning of the next.»"
        if overlapping
        else "«Occurrences do not overlap.|After a match the search starts anew.|Bits of one occurrence are not used "
        "for the next.»"
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
        rng, "sequence_detector", top_name(rng, "seq_detect", f"detect_{bits}", "pattern_fsm",
        "sequence_detector"), clocking,
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
             f"if (!{x})", f"    {count} <= 0;", f"else if ({count} != {width}'d{top})",
             f"    {count} <= {count} + 1;"]  # fmt: skip
    body += clocking.block([f"{count} <= 0;", f"{disc} <= 0;", f"{flag} <= 0;"], steps)
    body += f"    assign {error} = {count} == {width}'d{top};\n"
    texts = (
        f"Bit-stuffing monitor of the stream {x}. Exactly {n} ones followed by a zero: {disc}. Exactly "
        f"{n + 1} ones and then a zero: {flag}. {n + 2} or more ones: {error}, until the next zero.",
        f"Count consecutive ones on {x}. «When a zero ends a run|When the run ends» of {n} ones, {disc} is 1 "
        f"for one cycle; when it ends a run of {n + 1}, {flag} is 1 for one cycle. From {n + 2} ones on "
        f"{error} is 1 until a zero comes.",
        f"Framing rules: 0 after {n} ones -> {disc}, 0 after {n + 1} ones -> {flag}, {n + 2} ones or more -> "
        f"{error} (as long as the ones last).",
    )
    timing = " «The outputs change|Outputs are set» «at|with» the clock edge that «samples|takes» the deciding bit."
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


FAMILIES = (
    Drawn("sequence_detector", detector, 2.0),
    Drawn("run_detector", run_counter, 0.7),
    Drawn("bit_stuffing", stuffing, 0.4),
)
