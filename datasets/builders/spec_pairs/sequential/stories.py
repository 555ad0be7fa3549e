"""Controllers told as stories: walkers, lamps, water tanks, thermostats, vending, traffic lights, doors, locks.

Each story is a state machine that the text does not spell out; the oracles are written from the story.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import bits_for
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

CREATURES = ("robot", "mouse", "toy car", "beetle", "cart", "shuttle", "crab", "train")


def walker(rng: random.Random) -> Design:
    """Turns round at obstacles; stops while a pause input is on, and remembers its direction."""
    clocking = draw_clocking(rng, "async sync")
    names = Names(rng, *clocking.names)
    who = rng.choice(CREATURES)
    hit_left, hit_right = rng.choice(
        (("block_l", "block_r"), ("wall_l", "wall_r"), ("touch_left", "touch_right"), ("hit_w", "hit_e"))
    )
    hit_left, hit_right = names.take(hit_left), names.take(hit_right)
    left, right = rng.choice(
        (("move_left", "move_right"), ("go_left", "go_right"), ("left", "right"), ("west", "east"))
    )
    left, right = names.take(left), names.take(right)
    pausing = rng.random() < 0.5
    pause, waiting = (
        (names.take("stop", "wait_in", "hold", "pause"), names.take("resting", "idle", "standing"))
        if pausing
        else ("", "")
    )
    direction = names.inner("dir", "to_right")
    start = rng.random() < 0.7
    first, code = (left, 0) if start else (right, 1)
    turn = f"{direction} <= {direction} ? !{hit_right} : {hit_left};"
    body = f"    logic {direction};\n"
    body += clocking.block(
        [f"{direction} <= {code};"], [f"if (!{pause})", f"    {turn}"] if pausing else [turn]
    )
    gate = f" && !{pause}" if pausing else ""
    body += f"    assign {left} = !{direction}{gate};\n    assign {right} = {direction}{gate};\n"
    body += f"    assign {waiting} = {pause};\n" if pausing else ""
    more = (
        f" While {pause} is 1 it rests: {waiting} is 1, both other outputs are 0, obstacles are ignored, and "
        f"afterwards it goes on in the same direction. {waiting} follows {pause} at once."
        if pausing else ""
    )  # fmt: skip
    texts = (
        f"A {who} walks to the left or to the right. {left} and {right} show the direction. If it is hit on "
        f"the side to which it walks ({hit_left} while walking left, {hit_right} while walking right) it "
        f"turns round at the next clock edge; hits from behind do nothing.{more}",
        f"Control a {who} on a track: it moves left ({left}=1) until {hit_left} is 1, then right ({right}=1) "
        f"until {hit_right} is 1, and so on.{more}",
        f"Two states, going left and going right, as Moore outputs {left} and {right} of a {who}. {hit_left} "
        f"matters only when going left, {hit_right} only when going right; both turn it round, even when both "
        f"are 1.{more}",
        f"A {who} runs between two walls. It changes direction when it meets a wall in front of it: "
        f"{hit_left} (when moving left) or {hit_right} (when moving right).{more}",
    )
    says = several(
        rng, texts, clocking.notes(rng, f"the {who}", f"moving {'left' if start else 'right'} ({first} = 1)")
    )

    def advance(state: int, inputs: Values) -> int:
        if pausing and inputs[pause]:
            return state
        return 1 - state if inputs[hit_right if state else hit_left] else state

    def show(state: int, inputs: Values) -> dict[str, int | None]:
        rest = inputs[pause] if pausing else 0
        found: dict[str, int | None] = {
            left: int(not state and not rest),
            right: int(bool(state) and not rest),
        }
        return found | ({waiting: rest} if pausing else {})

    ports = [
        data(hit_left),
        data(hit_right),
        *([data(pause)] if pausing else []),
        result(left),
        result(right),
    ]
    ports += [result(waiting)] if pausing else []
    return clocked(
        rng, "story_walker", top_name(rng, "walker", "robot_ctrl", "shuttle", "rover"), clocking, ports, body,
        says, advance, show, cleared=code,
    )  # fmt: skip


def vending(rng: random.Random) -> Design:
    """Coins of two values add up; at the price something is dispensed, with the change kept or returned."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    unit = rng.choice((1, 5, 10))
    small, large, price = rng.choice(((1, 2, 3), (1, 2, 4), (1, 2, 5), (1, 5, 7), (1, 2, 6)))
    a, b = rng.choice((("nickel", "dime"), ("coin1", "coin2"), ("half", "full"), ("small_coin", "big_coin")))
    a, b, out = names.take(a), names.take(b), names.take("dispense", "vend", "open", "release_item", "give")
    keeping = rng.random() < 0.5
    total = names.inner("sum", "total", "credit")
    width = bits_for(price + large)
    add = names.inner("paid", "new_sum")
    goods = rng.choice(("a drink", "a ticket", "a snack", "a token", "a stamp"))
    body = f"    logic [{width - 1}:0] {total}, {add};\n"
    body += f"    assign {add} = {total} + ({b} ? {width}'d{large} : {a} ? {width}'d{small} : {width}'d0);\n"
    rest = f"{add} - {width}'d{price}" if keeping else "0"
    body += clocking.block(
        [f"{total} <= 0;", f"{out} <= 0;"],
        [f"{out} <= {add} >= {width}'d{price};", f"{total} <= {add} >= {width}'d{price} ? {rest} : {add};"],
    )
    after = (
        "what is above the price is kept as credit"
        if keeping
        else "the credit is set to 0 (no change is given)"
    )
    texts = (
        f"A vending machine sells {goods} for {price * unit} cents. {a} means that a coin of {small * unit} "
        f"cents came in, {b} one of {large * unit} cents ({b} counts if both are 1). When the credit reaches "
        f"the price, {out} is 1 for one cycle (registered), and {after}.",
        f"Add coins: {a} = {small * unit}, {b} = {large * unit}; only {b} counts when both are active. As "
        f"soon as the sum is at least {price * unit}, the clock edge sets {out} for one cycle; {after}.",
        f"{goods.capitalize()} costs {price * unit}. In each clock at most one coin is counted: "
        f"{large * unit} if {b} is high, else {small * unit} if {a} is high. With the coin that makes the "
        f"credit {price * unit} or more, {out} goes high for a cycle and {after}.",
    )
    says = several(rng, texts, clocking.notes(rng, "the machine", "0 (no credit)"), 3)

    def advance(state: tuple[int, int], inputs: Values) -> tuple[int, int]:
        paid = state[0] + (large if inputs[b] else small if inputs[a] else 0)
        if paid < price:
            return paid, 0
        return paid - price if keeping else 0, 1

    return clocked(
        rng, "story_vending", top_name(rng, "vending", "ticket_machine", "coin_fsm"), clocking, [data(a),
        data(b), result(out)], body, says,
        advance, lambda s, _: {out: s[1]}, cleared=(0, 0),
    )  # fmt: skip


def lights(rng: random.Random) -> Design:
    """A cycle of coloured lights with a duration each, perhaps waiting for a request in one of them."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    colours = [names.take(name) for name in ("green", "yellow", "red")]
    spans = [rng.randrange(3, 13), rng.randrange(2, 4), rng.randrange(3, 13)]
    asking = rng.random() < 0.45
    ask = names.take("request", "car", "button", "walk") if asking else ""
    state, count = names.inner("state"), names.inner("count", "timer")
    order = [2, 0, 1] if rng.random() < 0.5 else [0, 1, 2]
    first = order[0]
    width = bits_for(max(spans))
    marks = [colour.upper() for colour in colours]
    if len({*marks, *(name.upper() for name in clocking.names)}) < 3 + len(clocking.names) or set(
        marks
    ) & set(colours):
        marks = [f"S_{colour}" for colour in colours]
    codes = ", ".join(f"{mark} = 2'd{k}" for k, mark in enumerate(marks))
    body = f"    localparam {codes};\n    logic [1:0] {state};\n    logic [{width - 1}:0] {count};\n"
    wait = 2 if asking else -1
    lines = [f"if ({count} != 0)", f"    {count} <= {count} - 1;", "else", f"    case ({state})"]
    for k in range(3):
        following = (k + 1) % 3
        head = f"        {marks[k]}: " + (f"if ({ask}) begin" if k == wait else "begin")
        lines += [
            head,
            f"            {state} <= {marks[following]};",
            f"            {count} <= {width}'d{spans[following] - 1};",
            "        end",
        ]
    lines[-4 * 1 :] = [line.replace(f"{marks[2]}:", "default:") for line in lines[-4:]]
    lines.append("    endcase")
    body += clocking.block([f"{state} <= {marks[first]};", f"{count} <= {width}'d{spans[first] - 1};"], lines)
    body += "".join(
        f"    assign {colour} = {state} == {mark};\n" for colour, mark in zip(colours, marks, strict=True)
    )
    g, y, r = colours
    hold = f" It leaves {r} only when {ask} is 1: when its time is over it waits for {ask}." if asking else ""
    texts = (
        f"A traffic light: {g} for {spans[0]} clock cycles, then {y} for {spans[1]}, then {r} for {spans[2]}, "
        f"then {g} again. Exactly one output is 1.{hold}",
        f"«Build|Implement» a light controller with the cycle {g} ({spans[0]} clocks) -> {y} ({spans[1]} "
        f"clocks) -> {r} ({spans[2]} clocks) -> {g}.{hold}",
        f"Three lamps take turns: {g} is on for {spans[0]} cycles, {y} for {spans[1]} and {r} for "
        f"{spans[2]}.{hold}",
    )
    says = several(rng, texts, clocking.notes(rng, "the light", f"the beginning of {colours[first]}"), 3)

    def advance(now: tuple[int, int], inputs: Values) -> tuple[int, int]:
        phase, passed = now
        if passed + 1 < spans[phase]:
            return phase, passed + 1
        if phase == wait and not inputs[ask]:
            return now
        return (phase + 1) % 3, 0

    return clocked(
        rng, "story_lights", top_name(rng, "traffic_light", "light_ctrl", "signal_lamp"), clocking,
        [*([data(ask)] if asking else []), *(result(colour) for colour in colours)], body, says, advance,
        lambda s, _: {colour: int(s[0] == k) for k, colour in enumerate(colours)}, cleared=(first, 0),
    )  # fmt: skip


def thermostat(rng: random.Random) -> Design:
    """On below one limit, off above another, unchanged between them."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((6, 7, 8))
    low = rng.randrange(10, (1 << width) - 16)
    high = low + rng.randrange(2, 10)
    t, out = names.take("temp", "temperature", "t", "level"), names.take("heater", "heat", "on", "pump")
    body = clocking.block(
        [f"{out} <= 0;"],
        [
            f"if ({t} < {width}'d{low})",
            f"    {out} <= 1;",
            f"else if ({t} > {width}'d{high})",
            f"    {out} <= 0;",
        ],
    )
    texts = (
        f"A «thermostat|regulator» with hysteresis: {out} is switched on when {t} is below {low} and off when "
        f"it is above {high}; in between it stays as it is.",
        f"«On|At» each clock edge: {t} < {low} sets {out}, {t} > {high} clears it, otherwise no change ({t} "
        "is unsigned).",
        f"Keep {t} between {low} and {high}. {out} goes on below {low}, goes off above {high}, and is left "
        f"alone in the range from {low} to {high}.",
        f"Two-point control: the register {out} is 1 after {t} was less than {low}, 0 after {t} was greater "
        f"than {high}; values from {low} to {high} do not change it.",
    )
    says = several(rng, texts, clocking.notes(rng, out, "0"))

    def advance(state: int, i: Values) -> int:
        return 1 if i[t] < low else 0 if i[t] > high else state

    return clocked(
        rng, "story_thermostat", top_name(rng, "thermostat", "hysteresis", "controller"), clocking,
        [data(t, width), result(out)], body, says, advance, lambda s, _: {out: s}, cleared=0,
    )  # fmt: skip


SWITCHES = {
    "turnstile": (("coin", "push"), ("unlocked", "open", "free")),
    "guard": (("start", "stop"), ("motor", "run", "running")),
    "alarm": (("trip", "silence"), ("siren", "alarm", "bell")),
}


def switch_texts(kind: str, a: str, b: str, out: str, guard: str) -> tuple[str, ...]:
    """Wordings of something that `a` switches on and `b` switches off."""
    if kind == "turnstile":
        return (
            f"A turnstile is locked or unlocked ({out} = 1). {a} unlocks it, {b} (a person passing) locks it "
            "again. If both come together it is unlocked.",
            f"{out} becomes 1 with {a} and 0 with {b}; {a} is stronger. Otherwise the turnstile stays as it "
            "is.",
            f"Entrance gate: a {a} opens it ({out}), a {b} closes it, in the case of both it is open.",
        )
    if kind == "guard":
        return (
            f"A machine is started by {a} and stopped by {b}; {out} is 1 while it runs. It also stops, and "
            f"cannot be started, while {guard} is 0. Stopping goes before starting.",
            f"{out} is set by {a} and cleared by {b} or when {guard} is not 1; clearing has priority. "
            "Otherwise it holds.",
            f"Motor latch: {a} turns {out} on as long as {guard} is 1 and {b} is 0. {b} = 1 or {guard} = 0 "
            "turns it off.",
        )
    return (
        f"An alarm: {a} switches {out} on, {b} switches it off. {b} wins if both are 1. Without either it "
        "stays as it is.",
        f"{out} sounds from {a} on until {b}; {b} has priority.",
        f"Latch the event {a} in {out}; {b} clears it and overrides {a}.",
    )


def switching(rng: random.Random) -> Design:
    """Things that are on or off: a turnstile, a motor with a guard, an alarm."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    kind = rng.choice(tuple(SWITCHES))
    (first, second), outs = SWITCHES[kind]
    a, b, out = names.take(first), names.take(second), names.take(*outs)
    guard = names.take("door_closed", "safe", "guard_ok") if kind == "guard" else ""
    off, on = (
        [f"({b} || !{guard})" if guard else f"({b})", f"    {out} <= 0;"],
        [f"({a})", f"    {out} <= 1;"],
    )
    one, other = (on, off) if kind == "turnstile" else (off, on)
    body = clocking.block([f"{out} <= 0;"], [f"if {one[0]}", one[1], f"else if {other[0]}", other[1]])
    says = several(rng, switch_texts(kind, a, b, out, guard), clocking.notes(rng, out, "0"), 3)

    def advance(state: int, i: Values) -> int:
        if kind == "turnstile":
            return 1 if i[a] else 0 if i[b] else state
        if i[b] or (guard and not i[guard]):
            return 0
        return 1 if i[a] else state

    ports = [data(a), data(b), *([data(guard)] if guard else []), result(out)]
    return clocked(
        rng, "story_switch", top_name(rng, kind, "switch_ctrl", "on_off", "controller"), clocking, ports, body, says,
        advance, lambda s, _: {out: s}, cleared=0,
    )  # fmt: skip


def lock(rng: random.Random) -> Design:
    """A code lock: digits in the right order open it; a wrong digit starts anew."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    n, width = rng.choice((2, 3, 3, 4)), rng.choice((2, 3, 4, 4))
    code = [rng.randrange(min(10, 1 << width)) for _ in range(n)]
    digit, key, out = (
        names.take("digit", "key", "code_in", "num"),
        names.take("enter", "press", "valid", "strobe"),
        names.take("unlock", "open", "opened", "ok"),
    )
    step = names.inner("step", "pos", "place")
    bits = bits_for(n + 1)
    body = f"    logic [{bits - 1}:0] {step};\n"
    lines = [f"if ({key})", f"    case ({step})"]
    for k, value in enumerate(code):
        lines.append(
            f"        {bits}'d{k}: {step} <= {digit} == {width}'d{value} ? {bits}'d{k + 1} : {bits}'d0;"
        )
    lines += [f"        default: {step} <= 0;", "    endcase"]
    body += clocking.block([f"{step} <= 0;"], lines) + f"    assign {out} = {step} == {bits}'d{n};\n"
    row = ", ".join(map(str, code))
    texts = (
        f"A combination lock with the code {row}. A digit on {digit} counts at a clock edge with {key} = 1. "
        f"{out} is 1 after the last right digit until the next digit is entered. A wrong digit (and any digit "
        "while it is open) leads back to the beginning, and is not tried as a first digit.",
        f"{out} goes high when the digits {row} have been entered one after the other ({digit}, taken when "
        f"{key} is 1). Any wrong digit starts again from nothing; so does any digit entered while {out} is "
        "high.",
        f"«Build|Implement» an electronic lock: {n} steps, one for each digit of {row}. {key} enters {digit}; "
        f"right: next step, wrong: first step. In the last step {out} is 1, and the next {key} returns to the "
        "first step, whatever the digit.",
    )
    says = several(rng, texts, clocking.notes(rng, "the lock", "the beginning"), 3)

    def advance(state: int, inputs: Values) -> int:
        if not inputs[key]:
            return state
        return state + 1 if state < n and inputs[digit] == code[state] else 0

    return clocked(
        rng, "story_lock", top_name(rng, "lock", "code_lock", "safe"), clocking, [data(digit, width), data(key,
        role="enable"), result(out)], body, says,
        advance, lambda s, _: {out: int(s == n)}, cleared=0,
    )  # fmt: skip


FAMILIES = (
    Drawn("story_walker", walker, 0.8),
    Drawn("story_vending", vending, 0.6),
    Drawn("story_lights", lights, 0.6),
    Drawn("story_switch", switching, 0.6),
    Drawn("story_thermostat", thermostat, 0.4),
    Drawn("story_lock", lock, 0.5),
)
