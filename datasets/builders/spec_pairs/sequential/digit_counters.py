"""Counters of decimal digits: BCD with several digits, digit enables, and clocks of hours, minutes and seconds.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import branch, draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import joined, several, spin
from rtlgen.datasets.spec_pairs.sequential.names import ENABLE, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

PLACES = ("ones", "tens", "hundreds", "thousands")


def packed(value: int, digits: int) -> int:
    """A number as BCD."""
    return sum(value // 10**k % 10 << 4 * k for k in range(digits))


def decimal(rng: random.Random) -> Design:
    """A BCD counter of 1 to 4 digits in one vector, perhaps with an enable."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    digits = rng.choice((1, 2, 2, 3, 3, 4))
    q = names.take("q", "count", "bcd", "digits", "out")
    enable = names.take(*ENABLE) if rng.random() < 0.35 else ""
    lines: list[str] = []
    for k in reversed(range(digits)):
        part = f"{q}[{4 * k + 3}:{4 * k}]" if digits > 1 else q
        lines = [
            f"if ({part} != 9)",
            f"    {part} <= {part} + 1;",
            *branch("else", [f"{part} <= 0;", *lines]),
        ]
    lines = branch(f"if ({enable})", lines, full=True) if enable else lines
    body = clocking.block([f"{q} <= 0;"], lines)
    extra = spin(rng, f"It counts only «when|while|if» {enable} is «high|1».") if enable else ""
    notes = clocking.notes(rng, rng.choice((q, "the counter")), "0")
    says = several(rng, decimal_texts(q, digits), [joined(extra, note) for note in notes])
    top = 10**digits - 1

    def advance(count: int, inputs: Values) -> int:
        return count if enable and not inputs[enable] else (count + 1) % (top + 1)

    ports = [*([data(enable, role="enable")] if enable else []), result(q, 4 * digits)]
    return clocked(
        rng, "counter_bcd", top_name(rng, "bcd_counter", "decade", "decimal_counter", "digit_counter"), clocking,
        ports, body, says, advance, lambda count, _: {q: packed(count, digits)}, cleared=0,
    )  # fmt: skip


def decimal_texts(q: str, digits: int) -> tuple[str, ...]:
    """Wordings of a counter in BCD."""
    top, many = 10**digits - 1, "s" if digits > 1 else ""
    places = [f"{q}[{4 * k + 3}:{4 * k}] holds the {PLACES[k]}" for k in range(digits)]
    where = f"{', '.join(places)}." if digits > 1 else f"{q} is one decimal digit."
    name = "decade counter" if digits == 1 else f"{digits}-digit BCD counter"
    return (
        f"«Build|Implement|Create» a {name} (binary-coded decimal). {where} It counts from 0 to {top} and "
        "wraps to 0.",
        f"A decimal counter with {digits} digit{many} of 4 bits. {where} After {top} «comes|follows» 0.",
        f"{q} counts clock «edges|cycles» in BCD, {digits} digit{many}. {where} A digit that is 9 goes to 0 "
        f"and carries into the next one; the counter starts again after {top}.",
        f"Count from 0 to {top} in decimal. {where} Each digit runs from 0 to 9«, with a carry to the digit "
        "on its left|».",
        f"{name[0].upper() + name[1:]} on {q}, incremented every clock: the largest value is {top}. {where}",
    )


def digit_enables(rng: random.Random) -> Design:
    """A BCD counter that also shows which of the upper digits will advance."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    digits = rng.choice((2, 3, 4))
    q, carry = names.take("q", "count", "bcd", "digits"), names.take("carry", "digit_en", "adv", "next_digit")
    slots = [carry if digits == 2 else f"{carry}[{k}]" for k in range(digits - 1)]
    body = ""
    for k in range(1, digits):
        low = f"{q}[{4 * k - 1}:{4 * k - 4}] == 9"
        body += f"    assign {slots[k - 1]} = {low if k == 1 else f'{slots[k - 2]} && {low}'};\n"
    lines: list[str] = []
    for k in range(digits):
        part = f"{q}[{4 * k + 3}:{4 * k}]"
        step = f"{part} <= {part} == 9 ? 0 : {part} + 1;"
        lines += [f"if ({slots[k - 1]})", f"    {step}"] if k else [step]
    body += clocking.block([f"{q} <= 0;"], lines)
    meaning = "; ".join(
        f"{slots[k - 1]} is 1 when all digits below the {PLACES[k]} are 9" for k in range(1, digits)
    )
    extra = f"{carry} gives the enables of the upper digits: {meaning}."
    notes = clocking.notes(rng, rng.choice((q, "the counter")), "0")
    says = several(rng, decimal_texts(q, digits), [joined(extra, note) for note in notes])

    def show(count: int, _: Values) -> dict[str, int | None]:
        full = sum(1 << k - 1 for k in range(1, digits) if count % 10**k == 10**k - 1)
        return {q: packed(count, digits), carry: full}

    return clocked(
        rng, "counter_bcd_enables", top_name(rng, "bcd_counter", "decimal_counter"), clocking,
        [result(q, 4 * digits), result(carry, digits - 1)], body, says,
        lambda count, _: (count + 1) % 10**digits, show, cleared=0,
    )  # fmt: skip


def time_of_day(rng: random.Random) -> Design:
    """Seconds and minutes, and hours of 12 or 24; binary fields or two BCD digits each."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    hours = rng.choice((0, 24, 24, 24))
    enable = names.take("ena", "tick", "en", "sec_tick", "enable") if rng.random() < 0.6 else ""
    s, m = names.take("ss", "seconds", "sec", "s"), names.take("mm", "minutes", "min", "m")
    h = names.take("hh", "hours", "hour", "h") if hours else ""
    top = [f"if ({m} == 59) begin", f"    {m} <= 0;"]
    if hours:
        top += [f"    if ({h} == {hours - 1})", f"        {h} <= 0;", "    else", f"        {h} <= {h} + 1;"]
    minute = (
        [*top, "end", "else", f"    {m} <= {m} + 1;"]
        if hours
        else [f"if ({m} == 59)", f"    {m} <= 0;", "else", f"    {m} <= {m} + 1;"]
    )
    lines = [
        f"if ({s} == 59) begin",
        f"    {s} <= 0;",
        *(f"    {x}" for x in minute),
        "end",
        "else",
        f"    {s} <= {s} + 1;",
    ]
    if enable:
        lines = [f"if ({enable}) begin", *(f"    {x}" for x in lines), "end"]
    cleared = [f"{s} <= 0;", f"{m} <= 0;"] + ([f"{h} <= 0;"] if hours else [])
    body = clocking.block(cleared, lines)
    every = f"every clock in which {enable} is 1" if enable else "every clock"
    last = f"{h} (0 to {hours - 1})" if hours else ""
    texts = (
        f"A «clock|timekeeper» counting time: {s} (0 to 59) advances «in|with» {every}; {m} (0 to 59) "
        f"advances when {s} wraps"
        + (f", and {last} when {m} wraps as well." if hours else ", and the whole starts again after 59:59."),
        f"«Build|Implement» a «digital clock|stopwatch»: seconds {s}, minutes "
        f"{m}{', hours ' + h if hours else ''}, in binary. One second passes «in|with» {every}. Seconds and "
        f"minutes run from 0 to 59{', hours from 0 to ' + str(hours - 1) if hours else ''}.",
        f"Time counter: {m}:{s}".replace(f"{m}:{s}", f"{h}:{m}:{s}" if hours else f"{m}:{s}")
        + f" goes from {'00:' if hours else ''}00:00 to "
        f"{str(hours - 1) + ':' if hours else ''}59:59 and starts again; it advances by one second in "
        f"{every}.",
    )
    says = several(rng, texts, clocking.notes(rng, "the time", "zero"))
    period = 3600 * (hours or 1)

    def show(count: int, _: Values) -> dict[str, int | None]:
        found: dict[str, int | None] = {s: count % 60, m: count // 60 % 60}
        return found | ({h: count // 3600} if hours else {})

    ports = [data(enable, role="enable")] if enable else []
    outs = [*([result(h, 5)] if hours else []), result(m, 6), result(s, 6)]
    return clocked(
        rng, "counter_time", top_name(rng, "clock_hms", "stopwatch", "timekeeper", "rtc"), clocking, [*ports,
        *outs], body, says,
        lambda t, i: t if enable and not i[enable] else (t + 1) % period, show, cleared=0,
    )  # fmt: skip


FAMILIES = (
    Drawn("counter_bcd", decimal),
    Drawn("counter_bcd_enables", digit_enables, 0.4),
    Drawn("counter_time", time_of_day, 0.4),
)
