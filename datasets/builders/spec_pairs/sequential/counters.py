"""Binary counters that run by themselves: over a range or free, up or down, with an enable and a terminal count.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import joined, several, spin
from rtlgen.datasets.spec_pairs.sequential.names import COUNT, ENABLE, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import bits_for, literal, mask, number
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

RANGES = (
    (0, 9), (0, 9), (0, 9), (1, 10), (0, 5), (0, 11), (1, 12), (1, 12), (0, 59), (0, 23), (0, 99), (1, 6), (0, 2), (0, 6),
    (3, 12), (2, 9), (0, 999), (0, 4), (5, 10), (1, 5), (0, 12), (0, 99), (1, 31), (0, 20), (4, 7),
)  # fmt: skip


def ranged(rng: random.Random) -> Design:
    """Up or down over lo..hi, wrapping, perhaps with an enable and a terminal count."""
    clocking = draw_clocking(rng, "sync sync sync async")
    names = Names(rng, *clocking.names)
    lo, hi = rng.choice(RANGES) if rng.random() < 0.75 else (0, rng.randrange(2, 200))
    width = bits_for(hi + 1) + (rng.random() < 0.12)
    down = rng.random() < 0.2
    q = names.take(*COUNT)
    enable = names.take(*ENABLE, "count_en", "tick") if rng.random() < 0.35 else ""
    terminal = (
        names.take("tc", "done", "wrap", "last", "max_tick", "rco", "carry") if rng.random() < 0.15 else ""
    )
    first, last = (hi, lo) if down else (lo, hi)
    end, back = literal(rng, last, width), literal(rng, first, width)
    move = f"{q} <= {q} {'-' if down else '+'} 1;"
    style = rng.random()
    if style < 0.3 and not enable:
        body = clocking.block(
            [f"{q} <= {back};"], [f"{q} <= {q} == {end} ? {back} : {q} {'-' if down else '+'} 1;"]
        )
    else:
        steps = [f"if ({q} == {end})", f"    {q} <= {back};", "else", f"    {move}"]
        if enable:
            steps = [f"if ({enable}) begin", *(f"    {line}" for line in steps), "end"]
        body = clocking.block([f"{q} <= {back};"], steps)
    if terminal:
        body += f"    assign {terminal} = {q} == {end};\n"
    says = several(rng, ranged_texts(q, lo, hi, width, down, clocking.edge(rng)), [""], 4)
    extra = ""
    if enable:
        extra = spin(rng, rng.choice((
            f"«It counts only|The counter advances only|It steps only» «when|while|if» {enable} is «high|1»«, "
            "otherwise it holds|; otherwise the count is held|».",
            f"{enable} is a count enable«: when it is low, {q} does not change|; when 0, the counter "
            "pauses|».",
            f"«When|While» {enable} is «low|0», the counter «is paused|holds its value|does not change».",
        )))  # fmt: skip
    if terminal:
        extra = joined(extra, spin(rng, rng.choice((
            f"{terminal} is «high|1» «while|when» {q} is {last}.",
            f"The output {terminal} «indicates|shows» that {q} «equals|has reached» {last}.",
            f"{terminal} = ({q} == {last}).",
        ))))  # fmt: skip
    notes = clocking.notes(rng, rng.choice(("the counter", "the count", q)), number(rng, first))
    says = tuple(joined(text, extra, rng.choice(notes)) for text in says)

    def advance(count: int, inputs: Values) -> int:
        if enable and not inputs[enable]:
            return count
        return first if count == last else (count + (-1 if down else 1)) & mask(width)

    def show(count: int, _: Values) -> dict[str, int | None]:
        return {q: count, terminal: int(count == last)} if terminal else {q: count}

    ports = [data(enable, role="enable")] if enable else []
    outs = [result(q, width), *([result(terminal)] if terminal else [])]
    hints = (
        "counter",
        f"count{hi}",
        f"mod{hi - lo + 1}_counter",
        "cnt",
        "decade_counter" if (lo, hi) == (0, 9) else "counter",
    )
    return clocked(
        rng,
        "counter_range",
        top_name(rng, *hints),
        clocking,
        [*ports, *outs],
        body,
        says,
        advance,
        show,
        cleared=first,
    )


def ranged_texts(q: str, lo: int, hi: int, width: int, down: bool, edge: str) -> list[str]:
    """Wordings of a counter over lo..hi."""
    n = hi - lo + 1
    if down:
        return [
            f"«Build|Create|Implement|Design» a {width}-bit down counter that counts from {hi} down to {lo}« "
            f"and then starts again at {hi}|, then wraps to {hi}|, with a period of {n}».",
            f"{q} is «decremented|counted down» «on|at» each {edge}; after {lo} «follows|comes» {hi}.",
            f"A countdown from {hi} to {lo} «that repeats|, over and over|that restarts by itself» on the "
            f"output {q}.",
            f"The sequence on {q} is {hi}, {hi - 1}, ..., {lo}, {hi}, and so on«, one step per clock|».",
            f"Count backwards: {q} goes from {hi} to {lo} and «reloads {hi}|returns to {hi}» "
            "«afterwards|after that».",
            f"Implement a modulo-{n} down counter. «On|At» each {edge} {q} «decreases|goes down» by one, and "
            f"from {lo} it wraps "
            f"«around|» to {hi}.".replace("«around|» ", "«around to|to» ").replace("to» to", "to»"),
            f"A {width}-bit counter counts down. When {q} is {lo}, the next value is {hi}.",
        ]
    return [
        f"«Build|Create|Implement|Design» a «counter|{width}-bit counter|binary counter» from {lo} to {hi}, "
        f"both included; it repeats «every|after» {n} «cycles|clock cycles».",
        f"The module «should implement|implements|is» a {width}-bit counter «counting|that counts» "
        f"{lo}..{hi}« (inclusive)|», «and wraps back to {lo}|which takes {n} clock cycles|with {n} values».",
        f"{q} «counts|runs» «up |»from {lo} to {hi} and «then returns to {lo}|wraps around to {lo}|starts "
        "again».",
        f"«On|At» each {edge} {q} is incremented by one; after {hi} it «goes|wraps» back to {lo}.",
        f"«Implement|Write» a modulo-{n} counter «({lo} to {hi})|with values {lo} to {hi}|running {lo}, "
        f"{lo + 1}, ..., {hi}».",
        f"The sequence on {q} is {lo}, {lo + 1}, ..., {hi}, {lo}, and so on«, one step per clock|».",
        f"A {width}-bit «up counter|counter» whose value «is between {lo} and {hi}|stays in the range {lo} to "
        f"{hi}». When it is {hi}, the next value is {lo}.",
        f"Count «clock cycles|clocks» from {lo} to {hi}; the cycle after {hi}, {q} is {lo} again.",
        f"Divide-by-{n} counter: {q} increments «on|at» every {edge} and rolls over from {hi} to {lo}.",
        f"A counter with {n} states. Its output {q} ({width} bits wide) starts at {lo}, goes up to {hi} and "
        "wraps.",
        f"Increment {q} «every|each» clock. The largest value is {hi}, «followed by|then comes» {lo}.",
    ]


def free(rng: random.Random) -> Design:
    """Counts with its full width, by a step, up or down, perhaps with an enable."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((2, 3, 4, 4, 4, 5, 6, 8, 8, 10, 12, 16, 32))
    down, step = rng.random() < 0.25, rng.choice((1, 1, 1, 1, 2, 3, 4)) if width > 3 else 1
    value = rng.randrange(1, 1 << min(width, 16)) if rng.random() < 0.2 else 0
    q = names.take(*COUNT)
    enable = names.take(*ENABLE, "cen", "count_en") if rng.random() < 0.35 else ""
    sign = "-" if down else "+"
    statements = [f"{q} <= {q} {sign} {step};"]
    if enable:
        statements = [f"if ({enable})", f"    {statements[0]}"]
    body = clocking.block([f"{q} <= {literal(rng, value, width)};"], statements)
    edge, by = clocking.edge(rng), "one" if step == 1 and rng.random() < 0.5 else str(step)
    limit = (1 << width) - 1
    texts = free_texts(q, width, down, step, by, value, edge)
    said = spin(rng, rng.choice((
        f"«It counts|The counter changes|It is active» only «when|while|if» {enable} is «high|1».",
        f"{enable} «enables|allows» counting; «while|when» it is low {q} «holds|keeps its value|is frozen».",
    ))) if enable else ""  # fmt: skip
    notes = clocking.notes(rng, rng.choice(("the counter", "the count", q)), number(rng, value, width))
    says = several(rng, texts, [joined(said, note) for note in notes])

    def advance(count: int, inputs: Values) -> int:
        return count if enable and not inputs[enable] else (count - step if down else count + step) & limit

    ports = [data(enable, role="enable")] if enable else []
    return clocked(
        rng, "counter_binary", top_name(rng, "counter", "up_counter", f"count{width}", "binary_counter", "tick_counter"),
        clocking, [*ports, result(q, width)], body, says, advance, lambda count, _: {q: count}, cleared=value,
    )  # fmt: skip


def free_texts(q: str, width: int, down: bool, step: int, by: str, value: int, edge: str) -> list[str]:
    """Wordings of a counter of full width."""
    sign, limit = "-" if down else "+", (1 << width) - 1
    go, going = ("decrement", "down") if down else ("increment", "up")
    texts = [
        f"«Build|Create|Implement|Design» a {width}-bit «binary |»«{going} counter|counter counting {going}»"
        + ("." if step == 1 else f" with a step of {step}."),
        f"«On|At» «each|every» {edge} the {width}-bit «value|count» {q} is {go}ed by {by}«, wrapping around|, "
        f"modulo 2**{width}|».",
        f"{q} «counts|runs» {going} by {by} every «clock|clock cycle|cycle» and wraps around «after {width} "
        "bits|naturally».",
        f"A «free-running|simple» {width}-bit counter: {q} = {q} {sign} {step} «on|at» each {edge}.",
        f"Each «clock cycle|clock», {q} {'decreases' if down else 'increases'} by {by}. It is {width} bits "
        "wide and «overflows|wraps» silently.",
        f"Count {'backwards' if down else 'clock cycles'} in {q}« ({width} bits)|», {by} at a time.",
        f"{width}-bit register that «is {go}ed|has {step} {'subtracted' if down else 'added'}» «on|at» every "
        f"{edge}; output {q}.",
    ]
    if step == 1 and not down and not value:
        texts += [
            f"A {width}-bit binary counter with all values from 0 to {limit}; it repeats after {limit + 1} "
            "cycles.",
            f"Count up from 0 to {limit} and «start again|wrap to 0».",
        ]
    return texts


FAMILIES = (
    Drawn("counter_range", ranged, 2.0),
    Drawn("counter_binary", free, 1.3),
)
