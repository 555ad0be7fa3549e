"""Control by start and done: timed runs, sums of groups, multiplication by adding, division by subtracting, handshakes.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import bits_for, mask, vector
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result


def timed_run(rng: random.Random) -> Design:
    """Start, busy for n cycles, done until acknowledged (or for one cycle)."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    n, acknowledged = rng.choice((2, 3, 4, 5, 6, 8, 10)), rng.random() < 0.6
    start, busy, done = (
        names.take("start", "go", "trigger"),
        names.take("busy", "counting", "running", "active"),
        names.take("done", "finished", "ready"),
    )
    ack = names.take("ack", "clear_done", "taken") if acknowledged else ""
    state, count, width = names.inner("state"), names.inner("count", "cnt"), bits_for(n)
    used = {name.lower() for name in (start, busy, done, ack, *clocking.names)}
    idle, run, end = (
        ("IDLE", "RUN", "DONE") if not used & {"idle", "run", "done"} else ("S_IDLE", "S_RUN", "S_DONE")
    )
    body = f"    localparam {idle} = 2'd0, {run} = 2'd1, {end} = 2'd2;\n"
    body += f"    logic [1:0] {state};\n    logic {vector(width)}{count};\n"
    steps = [
        f"case ({state})",
        f"    {idle}: if ({start}) begin", f"        {state} <= {run};", f"        {count} <= 0;", "    end",
        f"    {run}: begin", f"        {count} <= {count} + 1;",
        f"        if ({count} == {width}'d{n - 1}) {state} <= {end};", "    end",
        f"    default: if ({ack}) {state} <= {idle};" if ack else f"    default: {state} <= {idle};",
        "endcase",
    ]  # fmt: skip
    body += clocking.block([f"{state} <= {idle};"], steps)
    body += f"    assign {busy} = {state} == {run};\n    assign {done} = {state} == {end};\n"
    last = (
        f"Then {done} is 1 until {ack} is 1 at a clock edge, which leads back to idle."
        if ack
        else f"Then {done} is 1 for one cycle, and the machine is idle again."
    )
    texts = (
        f"A timed controller. In the idle state it waits for {start}. Then {busy} is 1 for {n} clock cycles. "
        f"{last} {start} is ignored except when idle.",
        f"«Build|Implement» a state machine: idle -> (when {start} = 1) {busy} for exactly {n} cycles -> "
        f"{done}. {last}",
        f"{start} begins a run of {n} cycles, during which {busy} is 1. {last} The outputs depend on the "
        "state only.",
        f"Three states: waiting for {start}, running ({busy} = 1, {n} clock cycles), finished ({done} = 1). "
        f"{last}",
    )
    says = several(rng, texts, clocking.notes(rng, "the machine", "idle"))

    waiting: tuple[str, int] = ("idle", 0)

    def advance(now: tuple[str, int], inputs: Values) -> tuple[str, int]:
        phase, passed = now
        if phase == "idle":
            return ("run", 0) if inputs[start] else now
        if phase == "run":
            return ("done", 0) if passed + 1 == n else ("run", passed + 1)
        return now if ack and not inputs[ack] else ("idle", 0)

    ports = [data(start), *([data(ack)] if ack else []), result(busy), result(done)]
    return clocked(
        rng, "timed_run", top_name(rng, "run_timer", "timed_fsm", "sequencer", "delay_ctrl"), clocking, ports, body, says,
        advance, lambda s, _: {busy: int(s[0] == "run"), done: int(s[0] == "done")}, cleared=waiting,
    )  # fmt: skip


def group_sum(rng: random.Random) -> Design:
    """The sum of every n valid words, with a pulse."""
    clocking = draw_clocking(rng, "async sync")
    names = Names(rng, *clocking.names)
    n, width = rng.choice((2, 3, 4, 4, 8)), rng.choice((4, 8, 8))
    wide, bits = width + (n - 1).bit_length(), bits_for(n)
    valid, x = names.take("valid_in", "in_valid", "en"), names.take("data_in", "d", "x", "sample")
    out_valid, total = names.take("valid_out", "sum_valid", "ready"), names.take("sum", "data_out", "total")
    count, acc = names.inner("count", "cnt"), names.inner("acc", "part")
    body = f"    logic {vector(bits)}{count};\n    logic [{wide - 1}:0] {acc};\n"
    last = f"{count} == {bits}'d{n - 1}"
    steps = [
        f"{out_valid} <= {valid} && {last};", f"if ({valid}) begin", f"    if ({last}) begin",
        f"        {total} <= {acc} + {x};", f"        {acc} <= 0;",
        f"        {count} <= 0;", "    end", "    else begin", f"        {acc} <= {acc} + {x};",
        f"        {count} <= {count} + 1;", "    end", "end",
    ]  # fmt: skip
    body += clocking.block([f"{count} <= 0;", f"{acc} <= 0;", f"{out_valid} <= 0;", f"{total} <= 0;"], steps)
    texts = (
        f"Add groups of {n} words. {x} is taken when {valid} is 1; with the {n}th word of a group the sum of "
        f"the group is stored in {total} and {out_valid} is 1 for one cycle (both registered). Then a new "
        "group begins.",
        f"Every {n} accepted inputs ({valid} = 1) {total} is updated with their sum ({wide} bits), and "
        f"{out_valid} pulses for one clock. Between the updates {total} keeps its value.",
        f"«Build|Implement» an accumulator over {n} values: {valid} qualifies {x}; after the last of {n} "
        f"values {total} shows their sum together with a one-cycle pulse on {out_valid}; the next value "
        "starts from zero.",
    )
    says = several(rng, texts, clocking.notes(rng, "everything", "0"), 3)

    nothing: tuple[tuple[int, ...], int, int] = ((), 0, 0)

    def advance(state: tuple[tuple[int, ...], int, int], inputs: Values) -> tuple[tuple[int, ...], int, int]:
        if not inputs[valid]:
            return state[0], 0, state[2]
        got = (*state[0], inputs[x])
        return ((), 1, sum(got)) if len(got) == n else (got, 0, state[2])

    return clocked(
        rng, "group_sum", top_name(rng, "group_sum", "accu", "block_sum"), clocking,
        [data(valid, role="enable"), data(x, width), result(out_valid), result(total, wide)], body, says, advance,
        lambda s, _: {out_valid: s[1], total: s[2]}, cleared=nothing,
    )  # fmt: skip


def iterative(rng: random.Random) -> Design:
    """Multiplication by shift and add, one bit per clock."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    width = rng.choice((4, 4, 8))
    start, a, b = (
        names.take("start", "go", "load"),
        names.take("a", "x", "multiplicand"),
        names.take("b", "y", "multiplier"),
    )
    product, busy = names.take("product", "p", "result"), names.take("busy", "working", "running")
    ra, rb = names.inner("ra", "shift_a"), names.inner("rb", "shift_b")
    body = f"    logic [{2 * width - 1}:0] {ra};\n    logic [{width - 1}:0] {rb};\n"
    steps = [
        f"if (!{busy}) begin", f"    if ({start}) begin", f"        {ra} <= {a};", f"        {rb} <= {b};",
        f"        {product} <= 0;", "    end", "end",
        "else begin", f"    if ({rb}[0]) {product} <= {product} + {ra};", f"    {ra} <= {ra} << 1;",
        f"    {rb} <= {rb} >> 1;", "end",
    ]  # fmt: skip
    body += (
        clocking.block([f"{ra} <= 0;", f"{rb} <= 0;", f"{product} <= 0;"], steps)
        + f"    assign {busy} = {rb} != 0;\n"
    )
    texts = (
        f"A serial multiplier. When {start} is 1 and {busy} is 0, {a} and {b} are stored and {product} is set "
        f"to 0. While the stored {b} is not 0 ({busy} = 1), each clock adds the stored {a} to {product} if "
        f"the lowest bit of the stored {b} is 1, shifts the stored {a} left and the stored {b} right.",
        f"Multiply {a} by {b} ({width} bits each) by shift and add, one bit of {b} per clock. {start} begins, "
        f"if not busy: the operands are loaded and {product} is cleared. {busy} is 1 as long as 1 bits are "
        f"left in the shifted copy of {b}; {product} has the running sum.",
        f"«Build|Implement» a shift-and-add multiplier with the operand registers A ({2 * width} bits, loaded "
        f"with {a}) and B ({width} bits, loaded with {b}). {busy} = (B != 0). Idle and {start}: load, "
        f"{product} = 0. Busy: if B[0], {product} += A; A <<= 1; B >>= 1.",
    )
    says = several(rng, texts, clocking.notes(rng, "everything", "0"), 3)

    def advance(state: tuple[int, int, int], inputs: Values) -> tuple[int, int, int]:
        left, right, total = state
        if right == 0:
            return (inputs[a], inputs[b], 0) if inputs[start] else state
        return left << 1, right >> 1, (total + left * (right & 1)) & mask(2 * width)

    return clocked(
        rng, "serial_multiplier", top_name(rng, "serial_mul", "shift_add_mul", "multiplier"), clocking,
        [data(start), data(a, width), data(b, width), result(busy), result(product, 2 * width)], body, says, advance,
        lambda s, _: {busy: int(s[1] != 0), product: s[2]}, cleared=(0, 0, 0),
    )  # fmt: skip


FAMILIES = (
    Drawn("timed_run", timed_run, 0.8),
    Drawn("group_sum", group_sum, 0.5),
    Drawn("serial_multiplier", iterative, 0.3),
)
