"""Small predictors and their histories: two-bit counters, history shift registers with rollback, counter tables.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import mask
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result


def two_bit(rng: random.Random) -> Design:
    """A saturating counter trained by an outcome when valid; prediction is its top bit."""
    clocking = draw_clocking(rng, "async sync")
    names = Names(rng, *clocking.names)
    width = rng.choice((2, 2, 2, 3))
    valid, taken = (
        names.take("update", "resolve", "valid", "learn"),
        names.take("outcome", "taken", "actual", "result"),
    )
    state, guess = names.take("state", "counter", "strength"), names.take("predict", "guess", "prediction")
    top = mask(width)
    start = rng.choice((1 << width - 1, (1 << width - 1) - 1, 0))
    body = clocking.block(
        [f"{state} <= {width}'d{start};"],
        [f"if ({valid}) begin", f"    if ({taken} && {state} != {width}'d{top})", f"        {state} <= {state} + 1;",
         f"    else if (!{taken} && {state} != 0)", f"        {state} <= {state} - 1;", "end"],
    )  # fmt: skip
    body += f"    assign {guess} = {state}[{width - 1}];\n"
    texts = (
        f"A {width}-bit saturating counter as a branch predictor. When {valid} is 1, {state} goes up by one "
        f"if {taken} is 1 (at most to {top}) and down by one if it is 0 (at least to 0); otherwise it is "
        f"kept. {guess} is its highest bit.",
        f"{state} counts between 0 and {top} without wrapping: {valid} = 1 with {taken} = 1 increments, "
        f"{valid} = 1 with {taken} = 0 decrements. {guess} is 1 in the upper half of the range.",
        f"Bimodal prediction: train the counter {state} with {taken} in cycles where {valid} is high "
        f"(saturating at 0 and {top}). {guess} = {state}[{width - 1}].",
    )
    says = several(rng, texts, clocking.notes(rng, state, str(start)), 3)

    def advance(count: int, inputs: Values) -> int:
        if not inputs[valid]:
            return count
        return min(top, count + 1) if inputs[taken] else max(0, count - 1)

    return clocked(
        rng, "predictor_counter", top_name(rng, "predictor", "bimodal", "sat_counter"), clocking,
        [data(valid, role="enable"), data(taken), result(state, width), result(guess)], body, says, advance,
        lambda s, _: {state: s, guess: s >> width - 1}, cleared=start,
    )  # fmt: skip


def history(rng: random.Random) -> Design:
    """Shifts in predictions; a correction replaces everything by a saved history with the true outcome."""
    clocking = draw_clocking(rng, "async sync")
    names = Names(rng, *clocking.names)
    width = rng.choice((4, 8, 8, 16, 24))
    push, bit = names.take("push", "shift_en", "spec_valid"), names.take("guess", "bit_in", "spec_bit")
    fix, saved, truth = (
        names.take("restore", "rollback", "undo"),
        names.take("saved", "checkpoint", "old_history"),
        names.take("truth", "actual", "real_bit"),
    )
    q = names.take("history", "hist", "ghr", "q")
    body = clocking.block(
        [f"{q} <= 0;"],
        [
            f"if ({fix})",
            f"    {q} <= {{{saved}[{width - 2}:0], {truth}}};",
            f"else if ({push})",
            f"    {q} <= {{{q}[{width - 2}:0], {bit}}};",
        ],
    )
    texts = (
        f"A {width}-bit history register. {push} shifts {bit} in at the low end. {fix} (stronger than {push}) "
        f"loads the history {saved} with {truth} appended at the low end.",
        f"{q} remembers the last {width} bits. Normal operation: {push} = 1 appends {bit}. Repair: {fix} = 1 "
        f"throws {q} away and takes {saved} shifted left by one with {truth} as its new bit 0. The repair "
        "goes first.",
        f"Speculative history with rollback: {q} = {{{q}, {bit}}} when {push}; {q} = {{{saved}, {truth}}} "
        f"when {fix} (which has priority), always keeping the low {width} bits.",
    )
    says = several(rng, texts, clocking.notes(rng, q, "0"), 3)

    def advance(state: int, inputs: Values) -> int:
        if inputs[fix]:
            return (inputs[saved] << 1 | inputs[truth]) & mask(width)
        return (state << 1 | inputs[bit]) & mask(width) if inputs[push] else state

    ports = [
        data(push, role="enable"),
        data(bit),
        data(fix),
        data(saved, width),
        data(truth),
        result(q, width),
    ]
    return clocked(
        rng, "history_register", top_name(rng, "history", "ghr", "spec_history"), clocking, ports, body, says,
        advance, lambda s, _: {q: s}, cleared=0,
    )  # fmt: skip


def table(rng: random.Random) -> Design:
    """Several two-bit counters: one is read by an index and one trained by another."""
    clocking = draw_clocking(rng, "async sync")
    names = Names(rng, *clocking.names)
    bits = rng.choice((1, 2, 3, 4))
    depth = 1 << bits
    look, guess = names.take("index", "pc", "lookup"), names.take("predict", "taken_guess", "prediction")
    valid, place, taken = (
        names.take("update", "train", "upd_valid"),
        names.take("upd_index", "train_idx", "where"),
        names.take("upd_taken", "outcome", "went"),
    )
    pht, i = names.inner("pht", "counters"), names.inner("i", "k")
    body = f"    logic [1:0] {pht} [0:{depth - 1}];\n    integer {i};\n"
    body += clocking.block(
        [f"for ({i} = 0; {i} < {depth}; {i} = {i} + 1)", f"    {pht}[{i}] <= 2'd1;"],
        [f"if ({valid}) begin", f"    if ({taken} && {pht}[{place}] != 2'd3)",
        f"        {pht}[{place}] <= {pht}[{place}] + 1;",
         f"    else if (!{taken} && {pht}[{place}] != 0)", f"        {pht}[{place}] <= {pht}[{place}] - 1;", "end"],
    )  # fmt: skip
    body += f"    assign {guess} = {pht}[{look}][1];\n"
    texts = (
        f"A table of {depth} two-bit saturating counters. {guess} is the high bit of counter {look} "
        f"(combinational). If {valid} is 1, counter {place} goes up when {taken} is 1 and down when it is 0, "
        "within 0 to 3.",
        f"Pattern history table with {depth} entries: read {guess} = entry[{look}] >= 2; train entry {place} "
        f"towards {taken} when {valid} is high (saturating 2-bit counters).",
        f"{depth} counters from 0 to 3. Reading: {guess} is 1 if counter number {look} is 2 or 3. Writing: "
        f"with {valid}, counter number {place} is incremented ({taken} = 1) or decremented ({taken} = 0) "
        "without wrapping.",
    )
    says = several(rng, texts, clocking.notes(rng, "every counter", "1"), 3)

    def advance(state: tuple[int, ...], inputs: Values) -> tuple[int, ...]:
        if not inputs[valid]:
            return state
        where = inputs[place]
        moved = min(3, state[where] + 1) if inputs[taken] else max(0, state[where] - 1)
        return (*state[:where], moved, *state[where + 1 :])

    ports = [data(look, bits), data(valid, role="enable"), data(place, bits), data(taken), result(guess)]
    return clocked(
        rng, "predictor_table", top_name(rng, "pht", "bht", "predictor"), clocking, ports, body, says, advance,
        lambda s, i: {guess: s[i[look]] >> 1}, cleared=(1,) * depth,
    )  # fmt: skip


FAMILIES = (
    Drawn("predictor_counter", two_bit, 0.6),
    Drawn("history_register", history, 0.5),
    Drawn("predictor_table", table, 0.4),
)
