"""Running values of a stream: accumulators, multiply-accumulate, minimum and maximum, moving sums, event counters.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import DATA_IN, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import mask
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result


def accumulator(rng: random.Random) -> Design:
    """Adds (or subtracts, or XORs) the input when it is valid; a synchronous clear sometimes."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((4, 8, 8, 16))
    wide = width + rng.choice((0, 4, 8, 8, 16))
    x, total = names.take(*DATA_IN), names.take("sum", "acc", "total", "q", "out")
    valid = names.take("valid", "en", "add", "in_valid") if rng.random() < 0.65 else ""
    clear = names.take("clear", "clr", "flush", "start") if rng.random() < 0.4 else ""
    product = rng.random() < 0.3
    y = names.take("b", "y", "coef", "w") if product else ""
    wide = max(wide, 2 * width) if product else wide
    term = f"{x} * {y}" if product else x
    steps = [f"{total} <= {total} + {term};"]
    if valid:
        steps = [f"if ({valid})", f"    {steps[0]}"]
    if clear:
        steps = [
            f"if ({clear})",
            f"    {total} <= 0;",
            *([f"else {steps[0]}", steps[1]] if valid else ["else", f"    {steps[0]}"]),
        ]
    body = clocking.block([f"{total} <= 0;"], steps)
    when = f" when {valid} is «1|high»" if valid else " «in every clock cycle|every clock»"
    what = f"the product of {x} and {y}" if product else x
    unit = "A multiply-accumulate unit" if product else "An accumulator"
    cleared = f" {clear} (synchronous{', before ' + valid if valid else ''}) sets it to 0." if clear else ""
    texts = (
        f"{unit}: {what} is added to {total}{when}. {total} has {wide} bits.{cleared}",
        f"{total} is the running sum (modulo 2**{wide}) of {what}; «a term is|it is» added{when}.{cleared}",
        f"«On|At» each {clocking.edge(rng)}{when.replace(' «in every clock cycle|every clock»', '')} {total} "
        f"is increased by {what}.{cleared}",
        f"Keep the {wide}-bit sum of all values of {what} that «came|were present»{when}.{cleared}",
        f"{total} <= {total} + {term}{when}.{cleared}",
    )
    says = several(rng, texts, clocking.notes(rng, total, "0"))

    def advance(state: int, inputs: Values) -> int:
        if clear and inputs[clear]:
            return 0
        if valid and not inputs[valid]:
            return state
        return (state + inputs[x] * (inputs[y] if product else 1)) & mask(wide)

    ports = [
        *([data(clear)] if clear else []),
        *([data(valid, role="enable")] if valid else []),
        data(x, width),
    ]
    ports += [data(y, width)] if product else []
    return clocked(
        rng, "accumulator", top_name(rng, "accumulator", "mac" if product else "acc", "running_sum"), clocking,
        [*ports, result(total, wide)], body, says, advance, lambda s, _: {total: s}, cleared=0,
    )  # fmt: skip


def extreme(rng: random.Random) -> Design:
    """The smallest or largest value since the reset."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width, largest, signed = rng.choice((4, 8, 8, 16)), rng.random() < 0.5, rng.random() < 0.25
    x, out = (
        names.take(*DATA_IN, "sample"),
        names.take("max" if largest else "min", "peak" if largest else "lowest", "out", "best"),
    )
    valid = names.take("valid", "en", "sample_en") if rng.random() < 0.5 else ""
    low, high = (1 << width - 1, mask(width - 1)) if signed else (0, mask(width))
    start = low if largest else high
    code = "0" if start == 0 else f"{width}'h{start:x}"
    sign = (lambda name: f"$signed({name})") if signed else (lambda name: name)
    test = f"{sign(x)} {'>' if largest else '<'} {sign(out)}"
    body = clocking.block(
        [f"{out} <= {code};"], [f"if ({valid} && {test})" if valid else f"if ({test})", f"    {out} <= {x};"]
    )
    word, more = ("largest", "greater") if largest else ("smallest", "less")
    kind = "signed (two's complement)" if signed else "unsigned"
    when = f" for which {valid} was 1" if valid else ""
    texts = (
        f"{out} is the {word} value of {x} «seen|sampled» since the reset{when}. Values are {kind}.",
        f"«On|At» each {clocking.edge(rng)}, if {x} is {more} than "
        f"{out}{f' and {valid} is 1' if valid else ''}, {out} becomes {x}. The comparison is {kind}.",
        f"«Track|Keep» the {'maximum' if largest else 'minimum'} of the {kind} input {x}{when} in the "
        f"register {out}.",
        f"{'Peak' if largest else 'Minimum'} detector: {out} holds the {word} {x} so far ({kind}){when}.",
    )
    says = several(rng, texts, clocking.notes(rng, out, code))

    def value(bits: int) -> int:
        return bits - (1 << width) if signed and bits >> width - 1 else bits

    def advance(state: int, inputs: Values) -> int:
        if valid and not inputs[valid]:
            return state
        return (max if largest else min)(state, inputs[x], key=value)

    return clocked(
        rng, "min_max", top_name(rng, "max_tracker" if largest else "min_tracker", "peak_hold", "extreme"), clocking,
        [*([data(valid, role="enable")] if valid else []), data(x, width), result(out, width)], body, says,
        advance, lambda s, _: {out: s}, cleared=start,
    )  # fmt: skip


def window(rng: random.Random) -> Design:
    """Sum (or average) of the last n samples, the last one included or all of them stored first."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width, n = rng.choice((4, 8, 8)), rng.choice((2, 3, 4, 4))
    average = n in (2, 4) and rng.random() < 0.5
    x, out = names.take(*DATA_IN, "sample"), names.take("avg" if average else "sum", "out", "y", "filtered")
    past = [names.inner(f"x{k}", f"p{k}", f"old{k}") for k in range(1, n + 1)]
    bits = (n - 1).bit_length()
    wide = width if average else width + bits
    body = f"    logic [{width - 1}:0] {', '.join(past)};\n"
    body += clocking.block(
        [f"{p} <= 0;" for p in past], [f"{b} <= {a};" for a, b in zip([x, *past[:-1]], past, strict=True)]
    )
    if average:
        total = names.inner("total", "acc")
        body += f"    logic [{width + bits - 1}:0] {total};\n    assign {total} = {' + '.join(past)};\n"
        body += f"    assign {out} = {total}[{width + bits - 1}:{bits}];\n"
    else:
        body += f"    assign {out} = {' + '.join(past)};\n"
    what = f"average (sum divided by {n}, rounded down)" if average else f"sum ({wide} bits)"
    texts = (
        f"{out} is the {what} of the last {n} samples of {x}, one sample per clock.",
        f"«Build|Implement» a moving {'average' if average else 'sum'} over {n} samples: the last {n} values "
        f"of {x} are stored in registers, and {out} is their {what}.",
        f"A shift register keeps the {n} most recent values of {x}. {out}, combinational, is their {what}.",
        f"Sliding window of length {n} over {x}. {out} = {what} of the stored samples.",
    )
    says = several(rng, texts, clocking.notes(rng, "every stored sample", "0"))

    def show(state: tuple[int, ...], _: Values) -> dict[str, int | None]:
        return {out: sum(state) // n if average else sum(state)}

    return clocked(
        rng, "moving_sum", top_name(rng, "moving_sum", "moving_avg", "boxcar", "fir"), clocking, [data(x,
        width), result(out, wide)], body, says,
        lambda s, i: (i[x], *s[:-1]), show, cleared=(0,) * n,
    )  # fmt: skip


def events(rng: random.Random) -> Design:
    """Counts cycles or rising edges of an input; a statistic with saturation or wrap; the ones of a vector added up."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width, edges = rng.choice((4, 8, 8, 16)), rng.random() < 0.5
    saturating = rng.random() < 0.4
    x, count = (
        names.take("event_in", "in", "hit", "pulse", "sig"),
        names.take("count", "events", "n", "total"),
    )
    last = names.inner(f"{x}_d", "prev") if edges else ""
    test = f"{x} && !{last}" if edges else x
    test += f" && {count} != {width}'h{mask(width):x}" if saturating else ""
    body = f"    logic {last};\n" if edges else ""
    body += clocking.block(
        [*([f"{last} <= 0;"] if edges else []), f"{count} <= 0;"],
        [*([f"{last} <= {x};"] if edges else []), f"if ({test})", f"    {count} <= {count} + 1;"],
    )
    what = f"rising edges of {x}" if edges else f"clock cycles in which {x} is 1"
    how = f"It «saturates|stops» at {mask(width)}." if saturating else f"It wraps around after {mask(width)}."
    first = " An edge is a 1 after a sampled 0 (the sample before the first is 0)." if edges else ""
    texts = (
        f"{count} ({width} bits) is the number of {what}. {how}{first}",
        f"Event counter: count the {what} in {count}. {how}{first}",
        f"«Count|Add up» {what}. {how}{first} The result is {count}.",
        f"«On|At» each {clocking.edge(rng)}, {count} is incremented if {x} is "
        f"1{' and was 0 at the edge before' if edges else ''}. {how}",
    )
    says = several(rng, texts, clocking.notes(rng, f"{count} and the stored {x}" if edges else count, "0"))

    def advance(state: tuple[int, int], inputs: Values) -> tuple[int, int]:
        total = state[0] + int(inputs[x] and not (edges and state[1]))
        return (min(total, mask(width)) if saturating else total & mask(width)), inputs[x]

    return clocked(
        rng, "event_counter", top_name(rng, "event_counter", "statistics", "hit_count"), clocking, [data(x),
        result(count, width)], body, says,
        advance, lambda s, _: {count: s[0]}, cleared=(0, 0),
    )  # fmt: skip


FAMILIES = (
    Drawn("accumulator", accumulator),
    Drawn("min_max", extreme, 0.7),
    Drawn("moving_sum", window, 0.6),
    Drawn("event_counter", events, 0.7),
)
