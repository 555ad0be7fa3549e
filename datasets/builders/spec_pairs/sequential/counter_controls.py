"""Counters under control: with a parallel load, in two directions, saturating.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several, spin
from rtlgen.datasets.spec_pairs.sequential.names import COUNT, ENABLE, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import literal, mask, number
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result


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
        f"{load} is «active|asserted», in which case {d} is «loaded|taken». {idle}",
        f"Priorities: {load} (load {d} into {q}), "
        f"then{' ' + enable + ' (count):' if enable else ' counting:'} {q} {how}. {idle}",
        f"The counter {q} can be preset to {d} by {load}. "
        f"{'While ' + enable + ' is 1 and no' if enable else 'When no'} load «is requested|is asked for», it "
        f"{how}. {idle}",
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
        f"{q}, {down} «decrements|subtracts one from» it. {both} {limit}",
        f"«On|At» each {edge}, {q} goes up by one if only {up} is «high|1» and down by one if only {down} is. "
        f"{limit}",
        f"«Build|Implement|Create» a {width}-bit counter with the inputs {up} and {down}: {up}=1, {down}=0 "
        f"counts up; {up}=0, {down}=1 counts down; otherwise it holds. {limit}",
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


FAMILIES = (Drawn("counter_load", loadable), Drawn("counter_up_down", two_way))
