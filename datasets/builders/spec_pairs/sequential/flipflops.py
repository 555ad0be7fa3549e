"""D flip-flops and registers: width, reset to a value, enable, set, byte enables.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import DATA_IN, DATA_OUT, ENABLE, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import constant, mask
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

WIDTHS = (1, 1, 1, 2, 4, 4, 8, 8, 8, 16, 32)


def width_words(width: int) -> tuple[str, str]:
    """(``a D flip-flop``, ``the flip-flop``) for a register of `width` bits."""
    if width == 1:
        return "a «single D|D» flip-flop", "the flip-flop"
    return f"«{width} D flip-flops|a {width}-bit register|a register of {width} bits»", "the register"


def plain(rng: random.Random) -> Design:
    """q <= d with a reset of any kind, perhaps to a value."""
    clocking = draw_clocking(rng, "none none sync sync async async")
    names = Names(rng, *clocking.names)
    d, q, width = names.take(*DATA_IN), names.take(*DATA_OUT), rng.choice(WIDTHS)
    value = rng.getrandbits(width) if rng.random() < 0.35 else 0
    told, code = constant(rng, value, width)
    body = clocking.block([f"{q} <= {code};"], [f"{q} <= {d};"])
    what, own = width_words(width)
    edge = clocking.edge(rng)
    texts = (
        f"«Create|Build|Implement|Write|Design» {what}.",
        f"Implement {what} with input {d} and output {q}.",
        f"{q} «takes|gets|becomes|captures|stores» «the value of {d}|{d}» «on|at» «every|each|the» {edge}.",
        f"«On|At» «every|each» {edge}, {d} is «copied|stored|transferred|latched» «into|to» {q}.",
        f"A «register|storage element» «that samples|sampling» {d} «on|at» each {edge} and «holds|shows» it "
        f"on {q} until the next one.",
        f"The output {q} is {d} «registered|sampled» «on|at» the {edge}.",
        f"{q} follows {d} with a delay of one «clock cycle|cycle|clock».",
        f"«Register the input {d}|Store {d} in a register»; the output of {own} is {q}.",
        f"Delay {d} by «one|a single» clock cycle. The delayed «signal|value» is {q}.",
        "«Instantiate|Describe» " + what + f" whose data input is {d} and whose output is {q}.",
        f"The «module|circuit» is a D-type «flip-flop|register» ({width} bit«s|» wide): the next {q} is {d}.",
        f"Between «clock|active» edges {q} «keeps|holds» its value; «on|at» the {edge} it «takes|loads» {d}.",
    )
    says = several(rng, texts, clocking.notes(rng, rng.choice((q, own, f"the output {q}")), told))
    start = (None,) if not clocking.reset else None
    return clocked(
        rng, "flip_flop", top_name(rng, "dff", "d_ff", "register", f"dff{width}", "reg_d", "flop"), clocking,
        [data(d, width), result(q, width)], body, says,
        lambda _, i: (i[d],), lambda s, _: {q: s[0]}, cleared=(value,), start=start,
    )  # fmt: skip


def enabled(rng: random.Random) -> Design:
    """A register that loads only while an enable is active."""
    clocking = draw_clocking(rng, "none sync sync async async")
    names = Names(rng, *clocking.names)
    d, q, width = names.take(*DATA_IN), names.take(*DATA_OUT), rng.choice(WIDTHS)
    low = rng.random() < 0.12
    enable = (
        names.take("en_n", "enable_n", "load_n", "we_n", "ce_n")
        if low
        else names.take(*ENABLE, "load", "we", "ld")
    )
    value = rng.getrandbits(width) if rng.random() < 0.25 else 0
    told, code = constant(rng, value, width)
    test = f"!{enable}" if low else enable
    if rng.random() < 0.8:
        statements = [f"if ({test})", f"    {q} <= {d};"]
    else:
        statements = [f"{q} <= {enable} ? {q} : {d};" if low else f"{q} <= {enable} ? {d} : {q};"]
    body = clocking.block([f"{q} <= {code};"], statements)
    what, own = width_words(width)
    edge, level, other = clocking.edge(rng), "low" if low else "high", "high" if low else "low"
    on, off = (
        f"«if|when|while|whenever» {enable} is «{level}|{int(not low)}»",
        f"{enable} is «{other}|{int(low)}»",
    )
    texts = (
        f"«Create|Build|Implement|Design» {what} with «an enable|a clock enable|a load enable» {enable}: "
        f"{on}, {d} is loaded «on|at» the {edge}; otherwise {q} «holds|keeps» its value.",
        f"«On|At» «each|every» {edge} {q} «takes|becomes» {d} {on}, «and|but» «keeps|holds» its value "
        f"«otherwise|when {off}».",
        f"{q} «is updated with|takes|loads» {d} only {on}«; otherwise it does not change|».",
        f"A register with enable. {enable} («enable|load enable», active {level}) decides whether {q} "
        f"«loads|takes» {d} or «holds its value|stays as it is».",
        f"Register {d} into {q}, but only {on}.",
        f"When {off}, {q} «does not change|keeps its value|holds»; otherwise it is «loaded with|set to» {d} "
        f"«on|at» the {edge}.",
        f"{q} remembers the «most recent|last» {d} that was «present|sampled» while {enable} was {level}.",
        f"Implement {what}. The input {enable} (active {level}) «enables|gates» the loading of {d}; {q} is "
        "the stored value.",
        f"«If|When» {enable} is {level} «on|at» the {edge}, {q} <= {d}; else {q} is unchanged.",
        f"The stored «value|word» {q} is «replaced by|overwritten with» {d} at clock edges where {enable} is "
        f"{level}.",
    )
    says = several(rng, texts, clocking.notes(rng, own, told))

    def advance(state: tuple[int | None], inputs: Values) -> tuple[int | None]:
        return (inputs[d],) if bool(inputs[enable]) != low else state

    start = (None,) if not clocking.reset else None
    return clocked(
        rng, "flip_flop_enable", top_name(rng, "dff_en", "reg_en", "enabled_register", "load_reg"), clocking,
        [data(d, width), data(enable, role="enable"), result(q, width)], body, says,
        advance, lambda s, _: {q: s[0]}, cleared=(value,), start=start,
    )  # fmt: skip


def settable(rng: random.Random) -> Design:
    """A register with a synchronous set (to ones or a value) besides its reset, either first."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    d, q, width = names.take(*DATA_IN), names.take(*DATA_OUT), rng.choice((1, 1, 4, 8, 8, 16))
    preset = names.take("set", "preset", "set_i", "s", "pre")
    value = mask(width) if rng.random() < 0.6 else rng.getrandbits(width) | 1
    told, code = constant(rng, value, width)
    if value == mask(width) and width > 1:
        told, code = "all ones", f"{width}'b{'1' * width}"
    body = clocking.block(
        [f"{q} <= 0;"], [f"if ({preset})", f"    {q} <= {code};", "else", f"    {q} <= {d};"]
    )
    what, own = width_words(width)
    edge = clocking.edge(rng)
    reset = clocking.reset
    first = (
        f"«{reset} has priority over {preset}|If both are active, {reset} wins|The reset goes before the set»"
    )
    texts = (
        f"«Create|Implement» {what} with set and reset. {preset} is a synchronous set «to {told}|that makes "
        f"{q} {told}». {first}.",
        f"«On|At» «every|each» {edge}: if {preset} is high, {q} becomes {told}, otherwise it «takes|becomes» "
        f"{d}. {first}.",
        f"{q} stores {d} «on|at» each {edge}. {preset} (synchronous, active high) sets it to {told} instead. "
        f"{first}.",
        f"A D-type register ({d} to {q}) with a synchronous «preset|set» input {preset}, which loads {told}. "
        f"{first}.",
        f"Priority of the controls: first {clocking.reset}, then {preset} (synchronously sets {q} to {told}), "
        f"and otherwise {q} is loaded with {d}.",
        f"If {preset} is 1 at the {edge} {q} is set to {told}; if it is 0, {q} gets {d}. {first}.",
    )
    says = several(rng, texts, clocking.notes(rng, own, "0"))
    return clocked(
        rng, "flip_flop_set", top_name(rng, "dff_sr", "set_reset_reg", "dff_set"), clocking,
        [data(d, width), data(preset), result(q, width)], body, says,
        lambda _, i: (value,) if i[preset] else (i[d],),
        lambda s, _: {q: s[0]}, cleared=(0,),
    )  # fmt: skip


def byte_enabled(rng: random.Random) -> Design:
    """A register of bytes (or nibbles) with an enable bit for each."""
    clocking = draw_clocking(rng, "sync sync async none")
    names = Names(rng, *clocking.names)
    d, q = names.take(*DATA_IN), names.take(*DATA_OUT)
    enable = names.take("be", "byte_en", "wstrb", "en", "strb", "ben", "we")
    lane, lanes = rng.choice(((8, 2), (8, 2), (8, 4), (8, 4), (4, 2), (4, 4), (8, 3), (16, 2)))
    width, unit = lane * lanes, {4: "nibble", 8: "byte", 16: "half-word"}[lane]
    loads = []
    for k in range(lanes):
        part = f"[{lane * k + lane - 1}:{lane * k}]"
        loads += [f"if ({enable}[{k}])", f"    {q}{part} <= {d}{part};"]
    body = clocking.block([f"{q} <= 0;"], loads)
    edge = clocking.edge(rng)
    table = listing(q, d, enable, lane, lanes)
    texts = (
        f"«Create|Build|Implement» {width} D flip-flops in {lanes} groups of {lane}, a {unit} each. «A "
        f"group|Each group» is loaded with its part of {d} «on|at» the {edge} only if its bit of {enable} is "
        f"1: {table}",
        f"A {width}-bit register with a {unit} enable. {table} A {unit} whose enable is 0 keeps its value.",
        f"{q} is a register of {lanes} {unit}s of {lane} bits. «On|At» each {edge}, {unit} k is loaded from "
        f"the same {unit} of {d} if {enable}[k] is 1«, otherwise it holds|; the others hold». "
        f"{unit.capitalize()} 0 is bits [{lane - 1}:0].",
        f"Write-strobed register: bit k of {enable} «lets|allows» bits [{lane}*k+{lane - 1}:{lane}*k] of {d} "
        f"«into|to be stored in» {q} «on|at» the {edge}. Unselected bits do not change.",
        f"Implement a {width}-bit register {q} that can be written by {unit}s. {table}",
    )
    says = several(rng, texts, clocking.notes(rng, q, "0"))

    def advance(state: tuple[int | None, ...], inputs: Values) -> tuple[int | None, ...]:
        return tuple(
            inputs[d] >> lane * k & mask(lane) if inputs[enable] >> k & 1 else held
            for k, held in enumerate(state)
        )

    def show(state: tuple[int | None, ...], _: Values) -> dict[str, int | None]:
        if any(part is None for part in state):
            return {q: None}
        return {q: sum((part or 0) << lane * k for k, part in enumerate(state))}

    unknown: tuple[int | None, ...] = (None,) * lanes
    return clocked(
        rng, "register_byte_enable", top_name(rng, "byte_reg", "reg_be", "strobed_register"), clocking,
        [data(d, width), data(enable, lanes), result(q, width)], body, says,
        advance, show, cleared=(0,) * lanes, start=None if clocking.reset else unknown,
    )  # fmt: skip


def listing(q: str, d: str, enable: str, lane: int, lanes: int) -> str:
    """``en[0] controls q[7:0], en[1] controls q[15:8].``"""
    parts = [f"{enable}[{k}] controls {q}[{lane * k + lane - 1}:{lane * k}]" for k in range(lanes)]
    return f"{', '.join(parts)} (loaded from the same bits of {d})."


FAMILIES = (
    Drawn("flip_flop", plain, 2.0),
    Drawn("flip_flop_enable", enabled, 1.5),
    Drawn("flip_flop_set", settable, 0.7),
    Drawn("register_byte_enable", byte_enabled, 0.8),
)
