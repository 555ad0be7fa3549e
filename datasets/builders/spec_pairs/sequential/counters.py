"""Binary counters: free running, over a range, with enable, up and down, loadable, saturating.

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
            f"«It counts only|The counter advances only|It steps only» «when|while|if» {enable} is «high|1»"
            "«, otherwise it holds|; otherwise the count is held|».",
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
            "and then starts "
            f"again at {hi}|, then wraps to {hi}|, with a period of {n}».",
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
        f"«Build|Create|Implement|Design» a «counter|{width}-bit counter|binary counter» that counts from "
        f"{lo} «through|to» {hi}, "
        f"inclusive, with a period of {n}.",
        f"The module «should implement|implements|is» a {width}-bit counter «counting|that counts» {lo}..{hi} "
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        "«inclusive |»"
        f"«and wraps back to {lo}|and then starts over|(period {n})».".replace(
            "«inclusive |»", "«inclusive, |»"
        ),
        f"{q} «counts|runs» «up |»from {lo} to {hi} and «then returns to {lo}|wraps around to {lo}|starts "
        "again».",
        f"«On|At» each {edge} {q} is incremented by one; after {hi} it «goes|wraps» back to {lo}.",
        f"«Implement|Write» a modulo-{n} counter «({lo} to {hi})|with values {lo} to {hi}|running {lo}, "
        f"{lo + 1}, ..., {hi}».",
        f"The sequence on {q} is {lo}, {lo + 1}, ..., {hi}, {lo}, and so on«, one step per clock|».",
        f"A {width}-bit «up counter|counter» whose value «is between {lo} and {hi}|stays in the range {lo} to "
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        f"{hi}». When it is "
        f"{hi}, the next value is {lo}.",
        f"Count «clock cycles|clocks» from {lo} to {hi}; the cycle after {hi}, {q} is {lo} again.",
        f"Divide-by-{n} counter: {q} increments «on|at» every {edge} and rolls over from {hi} to {lo}.",
        f"A counter with {n} states. Its output {q} ({width} bits wide) starts at {lo}, goes up to {hi} "
        "and wraps.",
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
    go, going = ("decrement", "down") if down else ("increment", "up")
    limit = (1 << width) - 1
    texts = [
        f"«Build|Create|Implement|Design» a {width}-bit «binary |»«{going} counter|counter counting {going}»"
        + ("." if step == 1 else f" with a step of {step}."),
        f"«On|At» «each|every» {edge} the {width}-bit «value|count» {q} is {go}ed by {by}«, wrapping around|, "
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        f"modulo 2**{width}|».",
        f"{q} «counts|runs» {going} by {by} every «clock|clock cycle|cycle» and wraps around «after {width} "
        "bits|naturally».",
        f"A «free-running|simple» {width}-bit counter: {q} = {q} {sign} {step} «on|at» each {edge}.",
        f"Each «clock cycle|clock», {q} {'decreases' if down else 'increases'} by {by}. It is {width} bits "
        "wide and "
        "«overflows|wraps» silently.",
        f"Count {'backwards' if down else 'clock cycles'} in {q}« ({width} bits)|», {by} at a time.",
        f"{width}-bit register that «is {go}ed|has {step} {'subtracted' if down else 'added'}» «on|at» every "
        f"{edge}; output {q}.",
    ]
    if step == 1 and not down and not value:
        texts += [
            f"Build a {width}-bit binary counter that counts from 0 through {limit}, inclusive, with a period "
            ""
            ""
            ""
            ""
            ""
            ""
            ""
            ""
            ""
            ""
            f"of {limit + 1}.",
            f"Count up from 0 to {limit} and «start again|wrap to 0».",
        ]
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


def loadable(rng: random.Random) -> Design:
    """Parallel load, then counting up, down or by a direction input; the load goes first."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((4, 4, 8, 8, 3, 6, 16))
    q, load = names.take(*COUNT), names.take("load", "ld", "load", "pl", "set")
    d = names.take("d", "data", "load_value", "din", "in", "preset")
    kind = rng.choice(("up", "down", "both"))
    direction = names.take("up", "dir", "up_down", "updown", "mode", "u") if kind == "both" else ""
    enable = names.take(*ENABLE, "cen") if rng.random() < 0.4 else ""
    moves = {"up": [f"{q} <= {q} + 1;"], "down": [f"{q} <= {q} - 1;"]}.get(
        kind, [f"{q} <= {direction} ? {q} + 1 : {q} - 1;"]
    )
    counting = [f"else if ({enable})", f"    {moves[0]}"] if enable else ["else", f"    {moves[0]}"]
    body = clocking.block([f"{q} <= 0;"], [f"if ({load})", f"    {q} <= {d};", *counting])
    edge = clocking.edge(rng)
    how = {
        "up": "«counts up|is incremented|increases by one»",
        "down": "«counts down|is decremented|decreases by one»",
        "both": f"«counts|goes|moves» up «if|when» {direction} is 1 and down «if|when» it is 0",
    }[kind]
    when = f"when {enable} is high " if enable else ""
    idle = f"With both {load} and {enable} low it holds." if enable else ""
    texts = (
        f"A {width}-bit loadable counter. «If|When» {load} is «high|1», {q} is «loaded with|set to» {d}; "
        f"otherwise {when}it {how}. {idle}",
        f"«Build|Create|Implement» a {width}-bit counter with parallel load ({load}, {d}). "
        f"{when.capitalize()}«the counter|{q}» {how} "
        f"«on|at» each {edge}; {load} has priority «over counting|».".replace("|»", "|here»").replace(
            "priority «over counting|here»", "priority"
        ),
        f"«On|At» the {edge}: {load} high copies {d} into {q}. {load} low: {q} "
        f"{how}{' if ' + enable + ' is 1' if enable else ''}. {idle}",
        f"{q} {how} every «clock|cycle»{', as long as ' + enable + ' is high' if enable else ''}, unless "
        f"{load} is «active|asserted», in "
        f"which case {d} is «loaded|taken». {idle}",
        f"Priorities: {load} (load {d} into {q}), "
        f"then{' ' + enable + ' (count):' if enable else ' counting:'} {q} {how}. {idle}",
        f"The counter {q} can be preset to {d} by {load}. "
        f"{'While ' + enable + ' is 1 and no' if enable else 'When no'} load «is requested|is "
        f"asked for», it {how}. {idle}",
    )
    says = several(
        rng, [text.strip() for text in texts], clocking.notes(rng, rng.choice((q, "the counter")), "0")
    )

    def advance(count: int, inputs: Values) -> int:
        if inputs[load]:
            return inputs[d]
        if enable and not inputs[enable]:
            return count
        up = bool(inputs[direction]) if direction else kind == "up"
        return (count + (1 if up else -1)) & mask(width)

    ports = [data(load), data(d, width)]
    ports += [data(direction)] if direction else []
    ports += [data(enable, role="enable")] if enable else []
    return clocked(
        rng, "counter_load", top_name(rng, "load_counter", "counter_ld", "preset_counter", "counter"), clocking,
        [*ports, result(q, width)], body, says, advance, lambda count, _: {q: count}, cleared=0,
    )  # fmt: skip


def two_way(rng: random.Random) -> Design:
    """Up and down by two inputs or one, wrapping or saturating."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((2, 2, 3, 4, 4, 8))
    q = names.take(*COUNT)
    up, down = names.take("up", "inc", "plus", "train_up", "push"), names.take("down", "dec", "minus", "pop")
    saturating = rng.random() < 0.6
    top = mask(width) if rng.random() < 0.7 or width < 3 else rng.randrange(3, mask(width))
    top = top if saturating else mask(width)
    start = rng.choice((0, 0, 0, top // 2))
    end = literal(rng, top, width)
    if saturating:
        statements = [f"if ({up} && !{down} && {q} != {end})", f"    {q} <= {q} + 1;"]
        statements += [f"else if ({down} && !{up} && {q} != 0)", f"    {q} <= {q} - 1;"]
    else:
        statements = [
            f"if ({up} && !{down})",
            f"    {q} <= {q} + 1;",
            f"else if ({down} && !{up})",
            f"    {q} <= {q} - 1;",
        ]
    body = clocking.block([f"{q} <= {literal(rng, start, width)};"], statements)
    limit = spin(rng, rng.choice((
        f"It saturates: at {top} it does not count up, at 0 it does not count down.",
        f"The count never «exceeds|goes above» {top} and never goes below 0« (no wrap-around)|».",
        f"«Do not wrap|No wrapping»: the «maximum is {top}|largest value is {top}» and the minimum 0.",
    )) if saturating else f"It wraps «around|modulo 2**{width}».")  # fmt: skip
    both = spin(
        rng,
        "If «both or neither are|both are, or none is» active, «it holds|the value is kept|nothing changes».",
    )
    edge = clocking.edge(rng)
    texts = (
        f"A {width}-bit {'saturating ' if saturating else ''}up/down counter. {up} «increments|adds one to» "
        f"{q}, {down} "
        f"«decrements|subtracts one from» it. {both} {limit}",
        f"«On|At» each {edge}, {q} goes up by one if only {up} is «high|1» and down by one if only {down} is. "
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        ""
        f"{limit}",
        f"«Build|Implement|Create» a {width}-bit counter with the inputs {up} and {down}: {up}=1, {down}=0 "
        f"counts up; {up}=0, {down}=1 "
        f"counts down; otherwise it holds. {limit}",
        f"{q} is the number of {up} «events|pulses» minus the number of {down} «events|pulses». {both} "
        f"{limit}",
        f"Count occupancy: {up} means one more, {down} one less, both together no change; {q} is the count. "
        f"{limit}",
        f"{limit} Inputs {up} and {down} move the {width}-bit counter {q} by one in their direction «on|at» "
        f"the {edge}. {both}",
    )
    says = several(rng, texts, clocking.notes(rng, rng.choice((q, "the counter")), number(rng, start)))

    def advance(count: int, inputs: Values) -> int:
        moved = count + inputs[up] - inputs[down]
        return max(0, min(top, moved)) if saturating else moved & mask(width)

    return clocked(
        rng, "counter_up_down", top_name(rng, "updown_counter", "sat_counter", "occupancy", "up_down"), clocking,
        [data(up), data(down), result(q, width)], body, says, advance, lambda count, _: {q: count}, cleared=start,
    )  # fmt: skip


FAMILIES = (
    Drawn("counter_range", ranged, 2.0),
    Drawn("counter_binary", free, 1.3),
    Drawn("counter_load", loadable),
    Drawn("counter_up_down", two_way),
)
