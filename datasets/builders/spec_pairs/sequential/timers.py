"""Timers: one-shot countdown, clock divider, periodic tick, PWM, watchdog, pulse stretcher.

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


def countdown(rng: random.Random) -> Design:
    """Loaded with a number, counts down to zero and stays; the output shows zero."""
    clocking = draw_clocking(rng, "none sync sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((4, 6, 8, 8, 16))
    load, d = names.take("load", "start", "ld", "set"), names.take("d", "period", "delay", "cycles")
    done = names.take("done", "expired", "zero", "timeout")
    store = names.inner("count", "cnt", "left")
    body = f"    logic [{width - 1}:0] {store};\n"
    body += clocking.block(
        [f"{store} <= 0;"],
        [f"if ({load})", f"    {store} <= {d};", f"else if ({store} != 0)", f"    {store} <= {store} - 1;"],
    )
    body += f"    assign {done} = {store} == 0;\n"
    texts = (
        f"A {width}-bit timer that counts down. {load} = 1 loads {d} into the counter; otherwise the counter "
        f"decrements by one until it is 0 and stays there. {done} is 1 while the counter is 0.",
        f"«Build|Implement» a one-shot timer: {load} starts it with {d} clock cycles. The internal counter "
        f"stops at 0, which {done} shows.",
        f"{done} goes high {d} cycles after {load} «was active|(with the value in {d})» and stays high until "
        "the next load: a down counter that does not go below zero. It is combinational: counter equal to "
        "zero.",
        f"Down counter with parallel load and terminal count {done} (high at zero). {load} has priority over "
        "counting; at zero it holds.",
        f"When {load} is high the register takes {d}. When it is low, the register is decremented unless it "
        f"is already 0. {done} = (register == 0).",
    )

    def advance(state: tuple[int | None], inputs: Values) -> tuple[int | None]:
        count = state[0]
        if inputs[load]:
            return (inputs[d],)
        return (count - 1,) if count else state

    return clocked(
        rng, "timer_countdown", top_name(rng, "timer", "countdown", "one_shot"), clocking, [data(load), data(d,
        width), result(done)], body,
        several(rng, texts, clocking.notes(rng, "the counter", "0")), advance,
        lambda s, _: {done: None if s[0] is None else int(s[0] == 0)}, cleared=(0,),
        start=None if clocking.reset else (None,),
    )  # fmt: skip


def divider(rng: random.Random) -> Design:
    """A tick of one cycle, or a square wave, with a fixed period in clocks."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    square = rng.random() < 0.5
    n = rng.choice((2, 3, 4, 5, 6, 8, 10, 12, 16, 25, 50, 100))
    period = 2 * n if square else max(3, n)
    last = (n if square else period) - 1
    out = (
        names.take("clk_out", "out", "clk_div", "q", "slow")
        if square
        else names.take("tick", "pulse", "out", "en_out", "strobe")
    )
    store, width = names.inner("count", "cnt", "div"), bits_for(last + 1)
    body = f"    logic {vector(width)}{store};\n"
    end = f"{store} == {width}'d{last}"
    if square:
        body += clocking.block([f"{store} <= 0;", f"{out} <= 0;"], [f"if ({end}) begin", f"    {store} <= 0;",
        f"    {out} <= ~{out};", "end",
                                                                   "else", f"    {store} <= {store} + 1;"])  # fmt: skip
        texts: tuple[str, ...] = (
            f"«Divide the clock by {period}|Clock divider by {period}»: {out} is a square wave that "
            f"«toggles|changes» every {n} clock cycles.",
            f"{out} is inverted after every {n} clock «edges|cycles», which gives a period of {period} clocks "
            "and a duty cycle of 50 %.",
            f"«Build|Implement» a frequency divider. {out} has 1/{period} of the clock's frequency, {n} "
            f"cycles low and {n} cycles high.",
            f"A counter from 0 to {last} that toggles {out} when it wraps.",
        )
    else:
        body += clocking.block(
            [f"{store} <= 0;"], [f"if ({end})", f"    {store} <= 0;", "else", f"    {store} <= {store} + 1;"]
        )
        body += f"    assign {out} = {end};\n"
        texts = (
            f"{out} is high for one clock cycle in every {period} (in the last one of each period).",
            f"«Build|Implement» a tick generator with a period of {period} clocks: an internal counter goes "
            f"from 0 to {last} and {out} is 1 while it is {last}.",
            f"Every {period} clock cycles {out} is 1 for one cycle; the first time {last} cycles after the "
            "reset.",
            f"A modulo-{period} prescaler. {out} = 1 when the internal count is {last}.",
        )
    says = several(rng, texts, clocking.notes(rng, "the counter" + (f" and {out}" if square else ""), "0"))

    def show(time: int, _: Values) -> dict[str, int | None]:
        return {out: time // n & 1 if square else int(time == last)}

    return clocked(
        rng, "clock_divider", top_name(rng, "clk_div", "divider", "prescaler", "tick_gen"), clocking,
        [result(out)], body, says,
        lambda time, _: (time + 1) % period, show, cleared=0,
    )  # fmt: skip


def pwm(rng: random.Random) -> Design:
    """A free counter compared with a duty input."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((3, 4, 4, 5, 8))
    period = 1 << width if rng.random() < 0.6 else rng.randrange(5, 1 << width)
    duty, out = names.take("duty", "level", "d", "width", "compare"), names.take("pwm", "out", "pwm_out", "q")
    store = names.inner("count", "cnt", "ramp")
    body = f"    logic [{width - 1}:0] {store};\n"
    step = [f"{store} <= {store} + 1;"]
    if period < 1 << width:
        step = [f"if ({store} == {width}'d{period - 1})", f"    {store} <= 0;", "else", f"    {step[0]}"]
    body += clocking.block([f"{store} <= 0;"], step) + f"    assign {out} = {store} < {duty};\n"
    texts = (
        f"Pulse-width modulation: an internal {width}-bit counter runs from 0 to {period - 1} and wraps; "
        f"{out} is 1 while it is less than {duty}.",
        f"«Build|Implement» a PWM generator with a period of {period} clocks. {out} is high for the first "
        f"{duty} cycles of each period (comparison count < {duty}, combinational).",
        f"{out} has a duty cycle of {duty}/{period}: a counter 0..{period - 1} is compared with {duty}, and "
        "the output is high while the counter is below it.",
        f"A counter modulo {period} and a comparator: {out} = (counter < {duty}).",
    )
    return clocked(
        rng, "pwm", top_name(rng, "pwm", "pwm_gen", "dimmer"), clocking, [data(duty, width), result(out)], body,
        several(rng, texts, clocking.notes(rng, "the counter", "0")), lambda s, _: (s + 1) % period,
        lambda s, i: {out: int(s < i[duty])}, cleared=0,
    )  # fmt: skip


def stretcher(rng: random.Random) -> Design:
    """The output stays high for n cycles after the input; or a watchdog that fires after n cycles without a kick."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    n, watchdog = rng.choice((3, 4, 5, 6, 7, 8, 10, 12)), rng.random() < 0.5
    x = (
        names.take("kick", "feed", "alive", "clear_wd")
        if watchdog
        else names.take("in", "pulse", "trigger", "event_in")
    )
    out = (
        names.take("timeout", "bark", "expired", "alarm")
        if watchdog
        else names.take("out", "stretched", "busy", "long_pulse")
    )
    store, width = names.inner("count", "cnt", "left"), bits_for(n + 1)
    body = f"    logic {vector(width)}{store};\n"
    if watchdog:
        body += clocking.block(
            [f"{store} <= 0;"],
            [
                f"if ({x})",
                f"    {store} <= 0;",
                f"else if ({store} != {width}'d{n})",
                f"    {store} <= {store} + 1;",
            ],
        )
        body += f"    assign {out} = {store} == {width}'d{n};\n"
        texts: tuple[str, ...] = (
            f"A watchdog: {out} becomes 1 when {n} clock edges have passed without {x}, and stays 1 until {x} "
            "is active again.",
            f"Count clock cycles since the last {x}, up to {n}. {x} clears the count; {out} is 1 while the "
            f"count is {n}.",
            f"If {x} has been low at {n} clock edges in a row, {out} is high; a clock edge with {x} high "
            "clears it.",
        )
    else:
        body += clocking.block(
            [f"{store} <= 0;"],
            [
                f"if ({x})",
                f"    {store} <= {width}'d{n};",
                f"else if ({store} != 0)",
                f"    {store} <= {store} - 1;",
            ],
        )
        body += f"    assign {out} = {store} != 0;\n"
        texts = (
            f"A pulse stretcher: after a clock edge with {x} = 1, {out} is high for {n} cycles; a further "
            "pulse starts the time anew.",
            f"{x} loads a down counter with {n}; {out} is 1 while the counter is not zero. The counter stops "
            "at zero.",
            f"Retriggerable one-shot of {n} clock cycles: trigger {x}, output {out}.",
        )
    says = several(rng, texts, clocking.notes(rng, "the count", "0"))

    def advance(state: int, inputs: Values) -> int:
        if watchdog:
            return 0 if inputs[x] else min(n, state + 1)
        return n if inputs[x] else max(0, state - 1)

    return clocked(
        rng, "watchdog_stretcher", top_name(rng, "watchdog", "stretcher", "one_shot", "timer"), clocking,
        [data(x), result(out)], body, says,
        advance, lambda s, _: {out: int(s == n) if watchdog else int(s > 0)}, cleared=0,
    )  # fmt: skip


FAMILIES = (
    Drawn("timer_countdown", countdown, 0.8),
    Drawn("clock_divider", divider),
    Drawn("pwm", pwm, 0.6),
    Drawn("watchdog_stretcher", stretcher, 0.7),
)
