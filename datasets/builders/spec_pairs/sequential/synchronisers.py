"""Signals from another clock: synchronisers, reset synchronisers, toggles to pulses, debouncers.

Only the receiving side is modelled; metastability is not.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from itertools import pairwise

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import bits_for, vector
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

ASYNC_IN = ("async_in", "d", "in", "sig_async", "button", "src", "din", "d_async")


def synchroniser(rng: random.Random) -> Design:
    """Two or three flip-flops; the output is the last one, or a pulse for its edge."""
    clocking = draw_clocking(rng, "none sync async")
    names = Names(rng, *clocking.names)
    depth, width = rng.choice((2, 2, 2, 3)), rng.choice((1, 1, 1, 4))
    toggle = width == 1 and bool(clocking.reset) and rng.random() < 0.4
    x = names.take("toggle_in", "req_toggle", "t_in", "toggle") if toggle else names.take(*ASYNC_IN)
    q = (
        names.take("pulse", "out", "event_out", "strobe")
        if toggle
        else names.take("q", "out", "sync_out", "synced", "dout")
    )
    if toggle or (width == 1 and rng.random() < 0.5):
        store = names.inner("sync", "ff")
        bits = depth + 1 if toggle else depth
        body = f"    logic [{bits - 1}:0] {store};\n"
        body += clocking.block(
            [f"{store} <= 0;"], [f"{store} <= {{{store}[{bits - 2}:0], {x}}};".replace("[0:0]", "[0]")]
        )
        body += f"    assign {q} = {store}[{bits - 1}]" + (f" ^ {store}[{bits - 2}];\n" if toggle else ";\n")
    else:
        row = [x, *(names.inner(f"sync{k}", f"meta{k}") for k in range(1, depth)), q]
        body = f"    logic {vector(width)}{', '.join(row[1:-1])};\n"
        body += clocking.block(
            [f"{name} <= 0;" for name in row[1:]],
            [f"{b} <= {a};" for a, b in pairwise(row)],
        )
    count = {2: "two", 3: "three"}[depth]
    if toggle:
        texts: tuple[str, ...] = (
            f"{x} comes from another clock domain; every change of it is an event. Synchronise it with "
            f"{count} flip-flops, keep the last value in one more flip-flop, and make {q} 1 for one cycle per "
            "event (XOR of the last two flip-flops).",
            f"The receiving half of a toggle synchroniser: a chain of {depth + 1} flip-flops fed by {x}; {q} "
            "is the XOR of the last two.",
            f"Turn level changes of the asynchronous {x} into pulses: {count} synchronising stages, one delay "
            f"stage, {q} = last stage XOR the stage before.",
        )
    else:
        texts = (
            f"A {count}-stage synchroniser for the asynchronous {'signal' if width == 1 else 'vector'} {x}; "
            f"the synchronised {'signal' if width == 1 else 'value'} is {q}.",
            f"Bring {x} into this clock domain through {count} flip-flops in a row. {q} is the output of the "
            "last one.",
            f"CDC: «pass|lead» {x} through {count} {'flip-flops' if width == 1 else 'registers'} before it is "
            f"used as {q}.",
            f"{q} is {x} after {count} «synchronisation|synchroniser» stages.",
        )
    says = several(rng, texts, clocking.notes(rng, "every stage", "0"))
    length = depth + 1 if toggle else depth
    unknown: tuple[int | None, ...] = (None,) * length

    def show(state: tuple[int | None, ...], _: Values) -> dict[str, int | None]:
        return {q: int(state[-1] != state[-2]) if toggle else state[-1]}

    return clocked(
        rng, "synchroniser", top_name(rng, "sync", "sync_2ff", "synchronizer", "cdc_sync", "toggle_sync"), clocking,
        [data(x, width), result(q, width)], body, says, lambda s, i: (i[x], *s[:-1]), show,
        cleared=(0,) * length, start=None if clocking.reset else unknown,
    )  # fmt: skip


def reset_synchroniser(rng: random.Random) -> Design:
    """Asserted at once, released after n clock edges."""
    clocking = draw_clocking(rng, "async")
    names = Names(rng, *clocking.names)
    depth, same = rng.choice((2, 2, 3)), rng.random() < 0.7
    active = int(not clocking.reset_low) if same else int(clocking.reset_low)
    q = (
        names.take("rst_n_sync", "resetn_out", "srst_n")
        if not active
        else names.take("rst_sync", "reset_out", "sync_rst")
    )
    store, idle = names.inner("ff", "stage"), 1 - active
    body = f"    logic [{depth - 1}:0] {store};\n"
    code = f"{depth}'b{str(active) * depth}"
    body += clocking.block(
        [f"{store} <= {code};"],
        [f"{store} <= {{{store}[{depth - 2}:0], 1'b{idle}}};".replace("[0:0]", "[0]")],
    )
    body += f"    assign {q} = {store}[{depth - 1}];\n"
    level = "low" if clocking.reset_low else "high"
    texts = (
        f"A reset synchroniser: {q} (active {'high' if active else 'low'}) is asserted immediately when "
        f"{clocking.reset} (active {level}) is, and is released {depth} clock edges after {clocking.reset} is "
        "released.",
        f"Asynchronous assertion, synchronous release: {clocking.reset} {level} puts a chain of {depth} "
        f"flip-flops to {active} at once; afterwards a {idle} is shifted through it. {q} is the last "
        "flip-flop.",
        f"{q} becomes {active} as soon as {clocking.reset} is {level}. After {clocking.reset} goes inactive, "
        f"{q} becomes {idle} with the {'second' if depth == 2 else 'third'} clock edge.",
    )
    says = several(rng, texts, [clocking.edge_note(rng) for _ in range(3)], 3)
    return clocked(
        rng, "reset_synchroniser", top_name(rng, "reset_sync", "rst_sync", "areset_bridge"), clocking,
        [result(q)], body, says,
        lambda s, _: min(depth, s + 1), lambda s, _: {q: idle if s == depth else active}, cleared=0,
    )  # fmt: skip


def debouncer(rng: random.Random) -> Design:
    """The output follows after n equal samples."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    n = rng.choice((2, 3, 4, 5, 8))
    x, q = (
        names.take("button", "in", "key", "noisy", "raw"),
        names.take("out", "clean", "q", "pressed", "stable"),
    )
    store, width = names.inner("count", "cnt"), bits_for(n)
    body = f"    logic {vector(width)}{store};\n"
    body += clocking.block(
        [f"{store} <= 0;", f"{q} <= 0;"],
        [f"if ({x} == {q})", f"    {store} <= 0;", f"else if ({store} == {width}'d{n - 1}) begin",
        f"    {store} <= 0;", f"    {q} <= {x};", "end",
         "else", f"    {store} <= {store} + 1;"],
    )  # fmt: skip
    texts = (
        f"A debouncer: {q} takes the value of {x} only after {x} has differed from {q} at {n} clock edges in "
        "a row.",
        f"Count the consecutive clock edges at which {x} is not equal to {q}. With number {n}, {q} becomes "
        f"{x} and the count starts anew; an equal sample clears the count.",
        f"{q} follows {x}, but a change must last for {n} samples; shorter ones are ignored.",
        f"Filter for a noisy input: when {x} disagrees with the output {q} for {n} successive clocks, the "
        "output changes.",
    )
    says = several(rng, texts, clocking.notes(rng, f"{q} and the count", "0"))

    def advance(state: tuple[int, int], inputs: Values) -> tuple[int, int]:
        shown, run = state
        if inputs[x] == shown:
            return shown, 0
        return (inputs[x], 0) if run + 1 == n else (shown, run + 1)

    return clocked(
        rng, "debouncer", top_name(rng, "debounce", "debouncer", "filter", "glitch_filter"), clocking, [data(x),
        result(q)], body, says,
        advance, lambda s, _: {q: s[0]}, cleared=(0, 0),
    )  # fmt: skip


FAMILIES = (
    Drawn("synchroniser", synchroniser),
    Drawn("reset_synchroniser", reset_synchroniser, 0.4),
    Drawn("debouncer", debouncer, 0.6),
)
