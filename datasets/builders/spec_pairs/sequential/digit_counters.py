"""Counters of decimal digits: BCD with several digits, digit enables, and clocks of hours, minutes and seconds.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import joined, several, spin
from rtlgen.datasets.spec_pairs.sequential.names import ENABLE, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result


def packed(value: int, digits: int) -> int:
    """A number as BCD."""
    return sum(value // 10**k % 10 << 4 * k for k in range(digits))


def decimal(rng: random.Random) -> Design:
    """A BCD counter of 1 to 4 digits in one vector, with the digits' enables sometimes."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    digits = rng.choice((1, 2, 2, 3, 4, 4))
    q = names.take("q", "count", "bcd", "digits", "out")
    enable = names.take(*ENABLE) if rng.random() < 0.3 else ""
    carries = (
        names.take("ena", "carry", "digit_en", "c")
        if digits > 1 and not enable and rng.random() < 0.4
        else ""
    )

    def part(k: int) -> str:
        return f"{q}[{4 * k + 3}:{4 * k}]" if digits > 1 else q

    lines: list[str] = []
    if carries:
        for k in range(digits):
            step = [f"{part(k)} <= {part(k)} == 9 ? 0 : {part(k)} + 1;"]
            lines += [f"if ({carries}[{k}])", *(f"    {x}" for x in step)] if k else step
    else:
        for k in reversed(range(digits)):
            full, rest = f"if ({part(k)} != 9)", [f"    {part(k)} <= {part(k)} + 1;"]
            inner = [f"{part(k)} <= 0;", *lines] if lines else [f"{part(k)} <= 0;"]
            lines = [
                full,
                *rest,
                *(
                    ["else begin", *(f"    {x}" for x in inner), "end"]
                    if len(inner) > 1
                    else ["else", f"    {inner[0]}"]
                ),
            ]
        if enable:
            lines = [f"if ({enable}) begin", *(f"    {x}" for x in lines), "end"]
    body = ""
    if carries:
        body = f"    assign {carries}[1] = {part(0)} == 9;\n"
        body += "".join(
            f"    assign {carries}[{k}] = {carries}[{k - 1}] && {part(k - 1)} == 9;\n"
            for k in range(2, digits)
        )
        lines = [line for line in lines]
    body += clocking.block([f"{q} <= 0;"], lines)
    body = body.replace(f"{carries}[", f"{carries}[") if carries else body
    top, width = 10**digits - 1, 4 * digits
    names_of = ", ".join(
        f"{q}[{4 * k + 3}:{4 * k}] is the {word} digit"
        for k, word in zip(range(digits), ("ones", "tens", "hundreds", "thousands"), strict=False)
    )
    where = f"{names_of}." if digits > 1 else f"{q} is one decimal digit."
    name = "decade counter" if digits == 1 else f"{digits}-digit BCD counter"
    texts = (
        f"«Build|Implement|Create» a {name} (binary-coded decimal). {where} It counts from 0 to {top} and "
        "wraps to 0.",
        f"A decimal counter with {digits} digit{'s' if digits > 1 else ''} of 4 bits. {where} «After|The "
        f"value after» {top} {'comes' if rng.random() < 0.5 else 'follows'} 0.".replace(
            "«After|The value after» " + str(top) + " follows 0", f"After {top} follows 0"
        ).replace("«After|The value after» " + str(top) + " comes 0", f"After {top} comes 0"),
        f"{q} counts clock «edges|cycles» in BCD, {digits} digit{'s' if digits > 1 else ''}. {where} A digit "
        "that is 9 goes to 0 and carries into the next one; the counter "
        f"starts again after {top}.",
        f"Count from 0 to {top} in decimal. {where} Each digit runs from 0 to 9«, with a carry to the digit "
        "on its left|».",
    )
    extra = ""
    if enable:
        extra = spin(rng, f"It counts only «when|while|if» {enable} is «high|1».")
    if carries:
        extra = spin(rng, f"{carries}[{digits - 1}:1] «shows which of the upper digits will be incremented|are the enables of the upper digits: bit k is 1 if all the "
                          "lower digits are 9».")  # fmt: skip
    says = several(
        rng, texts, [joined(extra, note) for note in clocking.notes(rng, rng.choice((q, "the counter")), "0")]
    )

    def advance(count: int, inputs: Values) -> int:
        return count if enable and not inputs[enable] else (count + 1) % (top + 1)

    def show(count: int, _: Values) -> dict[str, int | None]:
        found: dict[str, int | None] = {q: packed(count, digits)}
        if carries:
            found[carries] = sum(1 << k - 1 for k in range(1, digits) if count % 10**k == 10**k - 1)
        return found

    ports = [data(enable, role="enable")] if enable else []
    if carries:
        body = body.replace(f"{carries}[", f"{carries}@[")
        for k in range(1, digits):
            slot = f"{carries}[{k}]" if digits > 2 else carries
            body = body.replace(f"{carries}@[{k}]", slot)
        if digits == 2:
            says = tuple(text.replace(f"{carries}[1:1]", carries) for text in says)
    outs = [result(q, width)]
    if carries and digits > 2:
        # bits are numbered from 1 in the text: the port has an unused place less than the digits
        body = shifted(body, carries, digits)
        says = tuple(text.replace(f"{carries}[{digits - 1}:1]", carries).replace("bit k is 1 if all the lower digits are 9",
                     "bit k belongs to digit k+1 (digit 0 is the ones) and is 1 if all digits below that one are 9") for text in says)  # fmt: skip
    if carries:
        outs.append(result(carries, digits - 1))
    return clocked(
        rng, "counter_bcd", top_name(rng, "bcd_counter", "decade", "decimal_counter", "bcdcount"), clocking, [*ports, *outs], body, says,
        advance, show, cleared=0,
    )  # fmt: skip


def shifted(body: str, carries: str, digits: int) -> str:
    """Bit numbers of `carries` one lower: the port's bit 0 belongs to the second digit."""
    for k in range(1, digits):
        body = body.replace(f"{carries}[{k}]", f"{carries}[{k - 1}]")
    return body


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
        f"{m}{', hours ' + h if hours else ''}, in binary. One second passes «in|with» {every}. "
        f"Seconds and minutes run from 0 to 59{', hours from 0 to ' + str(hours - 1) if hours else ''}.",
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
        rng, "counter_time", top_name(rng, "clock_hms", "stopwatch", "timekeeper", "rtc"), clocking, [*ports, *outs], body, says,
        lambda t, i: t if enable and not i[enable] else (t + 1) % period, show, cleared=0,
    )  # fmt: skip


FAMILIES = (Drawn("counter_bcd", decimal), Drawn("counter_time", time_of_day, 0.4))
