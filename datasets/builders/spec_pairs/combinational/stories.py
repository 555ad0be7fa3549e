"""Families told as conditions: rules in prose, if-else chains with priorities, small control tasks."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from rtlgen.datasets.spec_pairs.combinational.boolean import Expression, drawn, variable
from rtlgen.datasets.spec_pairs.combinational.circuit import (
    Kind,
    always,
    combinational,
    driven,
    family,
    given,
    result,
)
from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.names import Names, top_name
from rtlgen.datasets.spec_pairs.phrases import capital, listed, wordings


def said(condition: Expression, rng: random.Random) -> str:
    """``a is 1 and b is 0``."""
    if condition.operator == "var":
        return f"{condition.name} is {rng.choice(['1', '1', 'high', 'set'])}"
    if condition.operator == "not":
        return f"{condition.parts[0].name} is {rng.choice(['0', '0', 'low', 'not set'])}"
    joint = {"and": " and ", "or": " or "}[condition.operator]
    return joint.join(said(part, rng) for part in condition.parts)


def _condition(rng: random.Random, names: list[str]) -> Expression:
    """One to three literals joined by one operator."""
    count = min(rng.choice([1, 1, 2, 2, 3]), len(names))
    literals = []
    for name in rng.sample(names, count):
        leaf = variable(name)
        literals.append(Expression("not", (leaf,)) if rng.random() < 0.3 else leaf)
    return literals[0] if count == 1 else Expression(rng.choice(["and", "and", "or"]), tuple(literals))


_SETTINGS = (
    (
        ("door_open", "engine_on", "seatbelt", "key_in", "lights_on", "in_gear"),
        ("chime", "warning", "lamp", "alarm", "buzzer"),
    ),
    (
        ("motion", "armed", "window_open", "smoke", "panic", "night"),
        ("siren", "alarm", "notify", "lamp", "camera_on"),
    ),
    (
        ("full", "empty", "valve", "level_high", "level_low", "manual"),
        ("pump", "fill", "drain", "heater", "stop"),
    ),
    (("ready", "valid", "busy", "error", "flush", "stall"), ("accept", "fire", "hold", "drop", "advance")),
    (
        ("vibrate_mode", "call", "muted", "night_mode", "headset", "vip"),
        ("ring", "motor", "blink", "beep", "show"),
    ),
    (
        ("too_hot", "too_cold", "fan_on", "winter", "away", "boost"),
        ("heater", "cooler", "fan", "vent", "lamp"),
    ),
)


@family(1.3)
def rules(rng: random.Random) -> Design:
    """Outputs with a condition each, said in words: signals of a car, an alarm, a pump, a handshake."""
    names = Names(rng)
    inputs, outputs = rng.choice(_SETTINGS)
    real = rng.random() < 0.6
    count = rng.choice([2, 3, 3, 4])
    ins = [given(names.take(name)) for name in rng.sample(inputs, count)] if real else [
        given(name) for name in names.series(count)
    ]  # fmt: skip
    some = rng.choice([1, 1, 2, 2, 3])
    outs = [result(names.take(name)) for name in rng.sample(outputs, some)] if real else [
        result(name) for name in names.series(some, "y", "out", "z", "f")
    ]  # fmt: skip
    found = [_condition(rng, [p.name for p in ins]) for _ in outs]
    verbs = (
        ("is 1", "is on", "is active", "must be set", "is high") if real else ("is 1", "is high", "is set")
    )
    sentences = []
    for port, condition in zip(outs, found, strict=True):
        verb, text = rng.choice(verbs), said(condition, rng)
        sentences.append(
            rng.choice(
                [
                    f"{port.name} {verb} when {text}.",
                    f"If {text}, {port.name} {verb}; otherwise it is 0.",
                    f"{port.name} {verb} if and only if {text}.",
                    f"{port.name} {verb} only when {text}, and 0 in all other cases.",
                    f"When {text}, {port.name} {verb}.",
                ]
            )
        )
    sentences = [capital(text) if text.startswith(("If", "When")) else text for text in sentences]
    templates = [
        "{text}",
        "$Do the control logic described here. {text}",
        "$Do $a_circuit with <these|the following> rules:\n{bullets}",
        "{text} <In all other cases the outputs are 0.|Outputs whose condition does not hold are 0.>",
        "The outputs <obey|follow> these rules.\n{bullets}",
        "$The_circuit watches {ins} and drives {outs}. {text}",
    ]
    says = wordings(
        rng, templates, text=" ".join(sentences), bullets="\n".join(f"- {text}" for text in sentences),
        ins=listed([p.name for p in ins]), outs=listed([p.name for p in outs]),
    )  # fmt: skip
    body = driven(rng, {p.name: c.verilog() for p, c in zip(outs, found, strict=True)}, assign=0.85)
    top = top_name(
        rng, "control", "rules", "alarm_logic", "safety", "decision", "ctrl_logic", "monitor", "ringer"
    )
    return combinational(
        "rules", top, [*ins, *outs], body, says,
        lambda v: {p.name: c.value(v) for p, c in zip(outs, found, strict=True)},
    )  # fmt: skip


@family(1.0)
def modes(rng: random.Random) -> Design:
    """A mode input with different meaning of the others in each mode (thermostat, phone, gate)."""
    names = Names(rng)
    mode, a, b = (given(names.one(pool)) for pool in (
        ("mode", "heating", "vibrate", "manual", "sel", "auto"), ("too_cold", "ring", "up", "req_a", "x", "low"),
        ("too_hot", "call", "down", "req_b", "z", "high"),
    ))  # fmt: skip
    extra = given(names.one(("fan_on", "force", "override", "test", "always_on")))
    y1, y2, y3 = (result(names.one(pool)) for pool in (
        ("heater", "ringer", "open", "out_a", "left", "warm"), ("aircon", "motor", "close", "out_b", "right", "cool"),
        ("fan", "active", "any", "busy", "on"),
    ))  # fmt: skip
    third = rng.random() < 0.6
    forced = third and rng.random() < 0.6
    on1, on2 = rng.choice([(a, b), (a, a), (b, a)])
    text3 = f" {y3.name} is on when {y1.name} or {y2.name} is on" if third else ""
    text3 += f", or when {extra.name} is 1." if forced else "." if third else ""
    templates = [
        "When {mode} is 1, {y1} is on if {on1} is 1, and {y2} is off. When {mode} is 0, {y2} "
        "is on if {on2} is 1, and {y1} "
        "is off.{text3}",
        "In mode 1 ({mode} = 1) only {y1} may be on: it is on when {on1} is. In mode 0 only "
        "{y2} may be on: it is on when "
        "{on2} is.{text3}",
        "{y1} follows {on1} while {mode} is set and is 0 otherwise; {y2} follows {on2} while "
        "{mode} is clear and is 0 "
        "otherwise.{text3}",
        "$Do a controller with two modes. {mode}=1: turn {y1} on when {on1} is 1, never turn "
        "{y2} on. {mode}=0: turn {y2} "
        "on when {on2} is 1, never turn {y1} on.{text3}",
    ]
    says = wordings(rng, templates, mode=mode, y1=y1, y2=y2, on1=on1, on2=on2, text3=text3)
    values = {y1.name: f"{mode.name} & {on1.name}", y2.name: f"~{mode.name} & {on2.name}"}
    if third:
        values[y3.name] = f"{y1.name} | {y2.name}" + (f" | {extra.name}" if forced else "")
    ports = [mode, *dict.fromkeys([on1, on2]), *([extra] if forced else []), y1, y2, *([y3] if third else [])]
    body = driven(rng, values, assign=0.9)
    top = top_name(rng, "thermostat", "controller", "mode_logic", "two_modes", "ringer", "hvac")

    def function(v: Values) -> dict[str, int | None]:
        one, two = v[mode.name] & v[on1.name], (1 - v[mode.name]) & v[on2.name]
        return {y1.name: one, y2.name: two, y3.name: one | two | (v[extra.name] if forced else 0)}

    return combinational("modes", top, ports, body, says, function)


@dataclass(frozen=True)
class _Branch:
    """A test in three forms, and what is output where it is the first that holds."""

    words: str
    code: str
    holds: Callable[[Values], bool]
    value_words: str
    value_code: str
    value: Callable[[Values], int]


@family(1.3)
def chain(rng: random.Random) -> Design:
    """An if-else chain in prose: the first condition that holds decides."""
    names = Names(rng)
    width = rng.choice([1, 4, 8, 8, 16])
    flags = [
        given(names.one(("a", "b", "c", "load", "clear", "hold", "en", "set", "inv", "mode", "x", "p")))
        for _ in range(3)
    ]
    data = [given(name, width) for name in names.series(2, "d", "in", "x", "data")]
    y = result(names.output(), width)
    count = rng.choice([1, 2, 2, 3])
    results = _results(width, data[0].name, data[1].name)
    chosen = rng.sample(results, count + 1)
    branches = []
    for k in range(count):
        flag = flags[k].name
        level = int(rng.random() < 0.85)
        words, code = f"{flag} is {level}", flag if level else f"!{flag}"

        def holds(v: Values, flag: str = flag, level: int = level) -> bool:
            return v[flag] == level

        branches.append(_Branch(words, code, holds, *chosen[k]))
    last = chosen[count]
    first, *more = branches
    text = f"If {first.words}, {y.name} is {first.value_words}."
    for branch in more:
        text += (
            f" {rng.choice(['Otherwise, if', 'Else if', 'If not, and if'])} {branch.words}, it is "
            f"{branch.value_words}."
        )
    text += f" {rng.choice(['Otherwise', 'In all other cases', 'Else'])} {y.name} is {last[0]}."
    rows = "\n".join(f"{k}. {b.words}: {y.name} = {b.value_words}" for k, b in enumerate(branches, 1))
    rows += f"\n{count + 1}. otherwise: {y.name} = {last[0]}"
    templates = [
        "{text}",
        "$Do $a_circuit with <this|the following> <decision|behaviour>. {text}",
        "The first condition that holds decides:\n{rows}",
        "Conditions in order of priority (highest first):\n{rows}",
        "{text} <There is no storage.|No latches may be inferred.|>",
    ]
    says = wordings(rng, templates, text=text, rows=rows)
    lines = []
    for k, branch in enumerate(branches):
        lines += [f"{'if' if k == 0 else 'else if'} ({branch.code})", f"  {y.name} = {branch.value_code};"]
    body = always(rng, [*lines, "else", f"  {y.name} = {last[1]};"])
    if rng.random() < 0.3:
        body = (
            f"  assign {y.name} = "
            + "".join(f"{b.code} ? {b.value_code} : " for b in branches)
            + f"{last[1]};\n"
        )
    used = [p for p in data if any(p.name in part[1] for part in chosen)] or data[:1]
    top = top_name(rng, "if_chain", "priority_logic", "choose", "conditional", "always_if", "selector_logic")

    def function(v: Values) -> dict[str, int | None]:
        taken = next((branch.value for branch in branches if branch.holds(v)), last[2])
        return {y.name: taken(v)}

    return combinational("chain", top, [*flags[:count], *used, y], body, says, function)


def _results(width: int, p: str, q: str) -> list[tuple[str, str, Callable[[Values], int]]]:
    """Values in words, as code and as functions, of two words of `width` bits."""
    mask = (1 << width) - 1
    found: list[tuple[str, str, Callable[[Values], int]]] = [
        (p, p, lambda v: v[p]),
        (q, q, lambda v: v[q]),
        ("0", f"{width}'d0" if width > 1 else "1'b0", lambda _: 0),
        (f"the inverse of {p}", f"~{p}", lambda v: ~v[p] & mask),
        (f"{p} AND {q}", f"{p} & {q}", lambda v: v[p] & v[q]),
        (f"{p} XOR {q}", f"{p} ^ {q}", lambda v: v[p] ^ v[q]),
        (f"{p} OR {q}", f"{p} | {q}", lambda v: v[p] | v[q]),
    ]
    if width > 1:
        found += [
            (f"the sum of {p} and {q}", f"{p} + {q}", lambda v: v[p] + v[q] & mask),
            (f"{p} minus {q}", f"{p} - {q}", lambda v: v[p] - v[q] & mask),
            (f"{p} plus one", f"{p} + 1", lambda v: v[p] + 1 & mask),
            ("all ones", f"{{{width}{{1'b1}}}}", lambda _: mask),
        ]
    return found


@family(0.8)
def thresholds(rng: random.Random) -> Design:
    """A number in bands: each band gives a level or a set of lamps."""
    names = Names(rng)
    width = rng.choice([4, 6, 8, 8])
    x = given(names.input("level", "temp", "value", "x", "speed", "in", "distance", "count"), width)
    bands = rng.choice([2, 3, 3, 4])
    limits = sorted(rng.sample(range(1, 1 << width), bands - 1))
    hot = rng.random() < 0.4
    size = bands if hot else max(1, (bands - 1).bit_length())
    y = result(names.output("band", "zone", "out", "y", "grade", "lamps"), size)
    values = [(1 << k) if hot else k for k in range(bands)]
    codes = [f"{size}'b{value:0{size}b}" for value in values]
    texts = [f"{x.name} is below {limits[0]}"]
    texts += [f"{x.name} is from {low} to {high - 1}" if high - low > 1 else f"{x.name} is {low}"
              for low, high in pairwise(limits)]  # fmt: skip
    texts.append(f"{x.name} is {limits[-1]} or more")
    shown = [f"{value:0{size}b}" if hot else str(value) for value in values]
    lines = "\n".join(f"- {text}: {value}" for text, value in zip(texts, shown, strict=True))
    prose = "; ".join(f"{value} when {text}" for text, value in zip(texts, shown, strict=True))
    kind = " (binary)" if hot else ""
    templates = [
        "{y} says in which band {x} lies:\n{lines}",
        "$Do $a_circuit that classifies the unsigned {x}. {y}{kind} is {prose}.",
        "{y}{kind} is {prose}.",
        "$The_circuit divides the range of {x} into bands. The output for each band{kind}:\n{lines}",
    ]
    says = wordings(rng, templates, x=x, y=y, lines=lines, prose=prose, kind=kind)
    tests = [f"{x.name} < {width}'d{limit}" for limit in limits]
    if rng.random() < 0.5:
        value = "".join(f"({test}) ? {code} : " for test, code in zip(tests, codes, strict=False)) + codes[-1]
        body = driven(rng, {y.name: value})
    else:
        rows = [
            f"{'if' if k == 0 else 'else if'} ({test}) {y.name} = {codes[k]};" for k, test in enumerate(tests)
        ]
        body = always(rng, [*rows, f"else {y.name} = {codes[-1]};"])
    top = top_name(rng, "bands", "classify", "threshold", "level_meter", "range_select", "grade")

    def function(v: Values) -> dict[str, int | None]:
        return {y.name: values[sum(v[x.name] >= limit for limit in limits)]}

    return combinational("thresholds", top, [x, y], body, says, function)


def expression(rng: random.Random, names: list[str]) -> Expression:
    """A small expression of AND, OR and XOR that is no single literal."""
    while (found := drawn(rng, names, rng.choice([1, 1, 2]), ("and", "or", "xor"))).operator in (
        "var",
        "not",
    ):
        pass
    return found


FAMILIES: tuple[Kind, ...] = (rules, modes, chain, thresholds)
