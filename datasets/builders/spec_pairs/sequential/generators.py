"""Signal generators and power-up values: triangle, sawtooth, adjustable square wave; registers with an initial value.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import COUNT, ENABLE, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import bits_for, mask, vector
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result


def triangle(rng: random.Random) -> Design:
    """Up to a top and down to zero again, by one."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    top = rng.choice((7, 15, 31, 31, 20, 10, 12, 63, 100))
    width = bits_for(top + 1)
    q, down = names.take("wave", "out", "q", "level"), names.inner("down", "falling")
    body = f"    logic {down};\n" + clocking.block(
        [f"{q} <= 0;", f"{down} <= 0;"],
        [f"{q} <= {down} ? {q} - 1 : {q} + 1;", f"if (!{down} && {q} == {width}'d{top - 1})", f"    {down} <= 1;",
         f"else if ({down} && {q} == 1)", f"    {down} <= 0;"],
    )  # fmt: skip
    texts = (
        f"A triangle wave generator: {q} goes from 0 up to {top} and down to 0 again, by 1 in every clock, "
        "with each extreme lasting one clock.",
        f"{q} counts 0, 1, ..., {top - 1}, {top}, {top - 1}, ..., 1, 0, 1, and so on.",
        f"«Build|Implement» a counter that turns round at both ends: up to {top}, then down to 0, then up "
        "again, one step per clock.",
        f"A {width}-bit triangular signal on {q} between 0 and {top} with a period of {2 * top} clocks.",
    )
    says = several(rng, texts, clocking.notes(rng, q, "0 (counting up)"))
    return clocked(
        rng, "triangle_wave", top_name(rng, "triangle", "wave_gen", "signal_generator"), clocking, [result(q,
        width)], body, says,
        lambda t, _: (t + 1) % (2 * top), lambda t, _: {q: min(t, 2 * top - t)}, cleared=0,
    )  # fmt: skip


def square(rng: random.Random) -> Design:
    """Toggles after a number of clocks that is an input."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((3, 4, 4, 8))
    period, out = names.take("half_period", "limit", "freq", "n"), names.take("wave", "out", "q", "tone")
    count = names.inner("count", "cnt")
    body = f"    logic {vector(width)}{count};\n" + clocking.block(
        [f"{count} <= 0;", f"{out} <= 0;"],
        [
            f"if ({count} >= {period}) begin",
            f"    {count} <= 0;",
            f"    {out} <= ~{out};",
            "end",
            "else",
            f"    {count} <= {count} + 1;",
        ],
    )
    texts = (
        "A square wave generator. An internal counter counts clock cycles from 0; when it is greater than or "
        f"equal to {period}, it is cleared and {out} toggles; otherwise it is incremented.",
        f"{out} is inverted every {period} + 1 clock cycles: a counter is compared with {period} (>=), "
        "cleared and restarted.",
        f"«Build|Implement» an adjustable frequency divider: count up to {period}; on reaching it (or if the "
        f"count is above it), start from 0 and invert {out}.",
    )
    says = several(
        rng,
        texts,
        clocking.notes(rng, "the generator", f"0 (counter and {out})"),
        3,
    )

    def advance(state: tuple[int, int], inputs: Values) -> tuple[int, int]:
        return (0, 1 - state[1]) if state[0] >= inputs[period] else (state[0] + 1, state[1])

    return clocked(
        rng, "square_wave", top_name(rng, "square_wave", "tone_gen", "wave"), clocking, [data(period, width),
        result(out)], body, says,
        advance, lambda s, _: {out: s[1]}, cleared=(0, 0),
    )  # fmt: skip


def powered_up(rng: random.Random) -> Design:
    """A counter, toggle or shift register without a reset, whose power-up value the text gives (``initial``)."""
    clocking = draw_clocking(rng, "none")
    names = Names(rng, *clocking.names)
    kind, width = rng.choice(("up", "up", "down", "toggle", "ring")), rng.choice((2, 3, 4, 4, 8))
    width = 1 if kind == "toggle" else width
    q = names.take(*COUNT)
    enable = names.take(*ENABLE) if rng.random() < 0.4 else ""
    value = {"ring": 1, "toggle": rng.choice((0, 1)), "down": mask(width)}.get(
        kind, rng.choice((0, 0, 0, 1, 5)) & mask(width)
    )
    code = "0" if value == 0 else f"{width}'b{value:0{width}b}" if kind == "ring" else f"{width}'d{value}"
    move = {
        "up": f"{q} + 1",
        "down": f"{q} - 1",
        "toggle": f"~{q}",
        "ring": f"{{{q}[{max(0, width - 2)}:0], {q}[{width - 1}]}}",
    }[kind]
    move = move.replace("[0:0]", "[0]")
    body = f"    initial {q} = {code};\n"
    body += clocking.block([], [f"if ({enable})", f"    {q} <= {move};"] if enable else [f"{q} <= {move};"])
    what = {
        "up": f"{q} is incremented by one", "down": f"{q} is decremented by one", "toggle": f"{q} toggles",
        "ring": f"{q} is rotated left by one bit",
    }[kind]  # fmt: skip
    when = f" in which {enable} is 1" if enable else ""
    texts = (
        f"There is no reset; {q} is initialised to {code}. In every clock cycle{when} {what}.",
        f"{what} «on|at» each {clocking.edge(rng)}{when}. Give {q} the initial value {code} with an initial "
        "block, as there is no reset input.",
        f"«On|At» each {clocking.edge(rng)}{when} {what}. The power-up value of {q} is {code}.",
        f"A {width}-bit register without reset that starts at {code} (initial value). {what} each "
        f"clock{when}.",
    )
    says = several(rng, texts, [clocking.edge_note(rng) for _ in range(4)])

    def advance(state: int, inputs: Values) -> int:
        if enable and not inputs[enable]:
            return state
        moved = {
            "up": state + 1,
            "down": state - 1,
            "toggle": ~state,
            "ring": state << 1 | state >> width - 1,
        }[kind]
        return moved & mask(width)

    return clocked(
        rng, "initial_value", top_name(rng, "counter", "free_counter", "power_up"), clocking, [*([data(enable,
        role="enable")] if enable else []), result(q, width)],
        body, says, advance, lambda s, _: {q: s}, start=value,
        cleared=value,
    )  # fmt: skip


FAMILIES = (
    Drawn("triangle_wave", triangle, 0.4),
    Drawn("square_wave", square, 0.4),
    Drawn("initial_value", powered_up, 0.6),
)
