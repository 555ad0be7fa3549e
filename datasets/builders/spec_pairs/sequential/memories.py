"""Memories: RAM with one or two ports, register files, ROM by table with a registered output, stacks and FIFOs.

Reads of a location that was never written are open in the oracles.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

Contents = tuple[tuple[int | None, ...], int | None]


def put(words: tuple[int | None, ...], place: int, value: int) -> tuple[int | None, ...]:
    """`words` with one replaced."""
    return (*words[:place], value, *words[place + 1 :])


def ram(rng: random.Random) -> Design:
    """One port for both (or one for each); the read is combinational or registered, old data on a collision."""
    clocking = draw_clocking(rng, "none")
    names = Names(rng, *clocking.names)
    bits, width = rng.choice((2, 3, 4, 4, 5)), rng.choice((4, 8, 8, 16, 32))
    depth, dual, registered = 1 << bits, rng.random() < 0.5, rng.random() < 0.6
    we, d, q = (
        names.take("we", "wr_en", "write", "wen"),
        names.take("din", "wdata", "d", "data_in"),
        names.take("dout", "rdata", "q", "data_out"),
    )
    waddr = names.take("waddr", "wr_addr", "write_addr") if dual else names.take("addr", "address", "a")
    raddr = names.take("raddr", "rd_addr", "read_addr") if dual else waddr
    mem = names.inner("mem", "ram")
    steps = [f"if ({we})", f"    {mem}[{waddr}] <= {d};"]
    body = f"    logic [{width - 1}:0] {mem} [0:{depth - 1}];\n"
    if registered:
        steps.append(f"{q} <= {mem}[{raddr}];")
    body += clocking.block([], steps)
    body += "" if registered else f"    assign {q} = {mem}[{raddr}];\n"
    if registered:
        read = (
            f"«{q} is registered: at each clock edge it gets the word at {raddr} (the old word if it is being "
            f"written)|Reading is synchronous: {q} is loaded with the word at {raddr} «on|at» every clock "
            "edge, and a simultaneous write to the same place is seen only by later reads»."
        )
    else:
        read = f"«Reading is asynchronous: {q} is the word at {raddr}|{q} shows the word at {raddr}, without a clock»."
    ports_words = "one write port and one read port" if dual else "a single port"
    edge = clocking.edge(rng)
    texts = (
        f"«A|Build a|Implement a» memory of {depth} words of {width} bits with {ports_words}. If {we} is 1, "
        f"{d} is written to address {waddr} «on|at» the {edge}. {read}",
        f"{depth} x {width} RAM. Write: {we} high at the {edge} stores {d} at {waddr}. {read}",
        f"Simple {'dual' if dual else 'single'}-port RAM, {width} bits wide and {depth} deep. {we} is the "
        f"write enable, {waddr} the write address and {d} the write data. {read}",
        f"Store {d} in word {waddr} of a {depth}-word memory ({width} bits each) whenever {we} is high "
        f"«on|at» the {edge}. {read}",
    )
    says = several(rng, texts, [clocking.edge_note(rng) if clocking.negedge else ""])

    unknown: Contents = ((None,) * depth, None)

    def advance(state: Contents, inputs: Values) -> Contents:
        words, _ = state
        old = words[inputs[raddr]]
        return (put(words, inputs[waddr], inputs[d]) if inputs[we] else words), old

    def show(state: Contents, inputs: Values) -> dict[str, int | None]:
        return {q: state[1] if registered else state[0][inputs[raddr]]}

    ports = [
        data(we, role="enable"),
        data(waddr, bits),
        *([data(raddr, bits)] if dual else []),
        data(d, width),
        result(q, width),
    ]
    return clocked(
        rng, "ram", top_name(rng, "ram", "memory", "sp_ram", "dp_ram", "mem_block"), clocking, ports, body,
        says, advance, show,
        start=unknown,
    )  # fmt: skip


def register_file(rng: random.Random) -> Design:
    """One write port and two asynchronous read ports; register 0 is zero sometimes; perhaps a reset."""
    clocking = draw_clocking(rng, "none sync async")
    names = Names(rng, *clocking.names)
    bits, width = rng.choice((2, 3, 3, 4, 5)), rng.choice((8, 8, 16, 32))
    depth, zero = 1 << bits, rng.random() < 0.5
    we, wa, d = (
        names.take("we", "wen", "reg_write"),
        names.take("wa", "rd", "waddr", "wr_addr"),
        names.take("wd", "wdata", "din"),
    )
    ra, rb = rng.choice((("ra1", "ra2"), ("rs1", "rs2"), ("raddr_a", "raddr_b")))
    ra, rb = names.take(ra), names.take(rb)
    qa, qb = rng.choice((("rd1", "rd2"), ("rdata1", "rdata2"), ("out_a", "out_b")))
    qa, qb = names.take(qa), names.take(qb)
    regs, i = names.inner("regs", "rf"), names.inner("i", "k")
    body = f"    logic [{width - 1}:0] {regs} [0:{depth - 1}];\n"
    body += f"    integer {i};\n" if clocking.reset else ""
    test = f"{we} && {wa} != 0" if zero else we
    body += clocking.block(
        [f"for ({i} = 0; {i} < {depth}; {i} = {i} + 1)", f"    {regs}[{i}] <= 0;"],
        [f"if ({test})", f"    {regs}[{wa}] <= {d};"],
    )
    for q, a in ((qa, ra), (qb, rb)):
        body += (
            f"    assign {q} = {a} == 0 ? 0 : {regs}[{a}];\n" if zero else f"    assign {q} = {regs}[{a}];\n"
        )
    nought = " Register 0 always reads as 0 and cannot be written." if zero else ""
    texts = (
        f"A register file of {depth} registers of {width} bits with one write port and two read ports. {we} = "
        f"1 writes {d} to register {wa} «on|at» the {clocking.edge(rng)}. {qa} and {qb} are the registers "
        f"{ra} and {rb}, read without a clock.{nought}",
        f"«Build|Implement» {depth} registers ({width} bits). Write: {we}, {wa}, {d} (clocked). Read: {qa} = "
        f"register {ra}, {qb} = register {rb} (combinational).{nought}",
        f"{depth}x{width} register file, asynchronous reads ({ra} -> {qa}, {rb} -> {qb}), synchronous write "
        f"({wa} <- {d} when {we}).{nought}",
    )
    says = several(rng, texts, clocking.notes(rng, "every register", "0"), 3)

    def advance(words: tuple[int | None, ...], inputs: Values) -> tuple[int | None, ...]:
        return put(words, inputs[wa], inputs[d]) if inputs[we] and (inputs[wa] or not zero) else words

    def show(words: tuple[int | None, ...], inputs: Values) -> dict[str, int | None]:
        return {q: 0 if zero and not inputs[a] else words[inputs[a]] for q, a in ((qa, ra), (qb, rb))}

    unknown: tuple[int | None, ...] = (None,) * depth
    ports = [
        data(we, role="enable"),
        data(wa, bits),
        data(d, width),
        data(ra, bits),
        data(rb, bits),
        result(qa, width),
        result(qb, width),
    ]
    return clocked(
        rng, "register_file", top_name(rng, "regfile", "register_file", "rf"), clocking, ports, body, says, advance, show,
        cleared=(0,) * depth, start=None if clocking.reset else unknown,
    )  # fmt: skip


def rom(rng: random.Random) -> Design:
    """A table of constants, read on a clock edge (perhaps with an enable)."""
    clocking = draw_clocking(rng, "none none sync")
    names = Names(rng, *clocking.names)
    bits, width = rng.choice((2, 3, 3)), rng.choice((4, 7, 8, 8))
    words = [rng.getrandbits(width) for _ in range(1 << bits)]
    a, q = names.take("addr", "address", "index", "a", "sel"), names.take("data", "q", "dout", "out")
    enable = names.take("en", "ce", "rd", "read") if rng.random() < 0.3 else ""
    digits = (width + 3) // 4
    hexa = [f"{width}'h{word:0{digits}x}" for word in words]
    lines = [f"case ({a})", *(f"    {bits}'d{k}: {q} <= {word};" for k, word in enumerate(hexa)), "endcase"]
    if enable:
        lines = [f"if ({enable})", *(f"    {line}" for line in lines)]
    body = clocking.block([f"{q} <= 0;"], lines)
    table = f"{a} | {q}\n" + "".join(f"{k} | {word}\n" for k, word in enumerate(hexa))
    row = ", ".join(f"{k}: {word}" for k, word in enumerate(hexa))
    when = f" when {enable} is 1" if enable else ""
    kept = f" Otherwise {q} is kept." if enable else ""
    texts = (
        f"A ROM of {1 << bits} words with a registered output: «on|at» each {clocking.edge(rng)} {q} takes "
        f"the word at {a}{when}.{kept}\n\n{table}",
        f"Synchronous look-up table ({row}): {q} is loaded with entry {a} «on|at» each "
        f"{clocking.edge(rng)}{when}.{kept}",
        f"{q} is read from this table with one clock cycle of latency{when}.{kept}\n\n{table}",
    )
    says = several(rng, texts, clocking.notes(rng, q, "0"), 3)

    def advance(state: tuple[int | None], inputs: Values) -> tuple[int | None]:
        return state if enable and not inputs[enable] else (words[inputs[a]],)

    return clocked(
        rng, "rom", top_name(rng, "rom", "lookup", "table_rom"), clocking,
        [data(a, bits), *([data(enable, role="enable")] if enable else []), result(q, width)], body, says,
        advance, lambda s, _: {q: s[0]}, cleared=(0,), start=None if clocking.reset else (None,),
    )  # fmt: skip


def fifo(rng: random.Random) -> Design:
    """A FIFO of a few words; writes when full and reads when empty are ignored; the head is always shown."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    bits, width = rng.choice((1, 2, 2, 3, 3, 4)), rng.choice((4, 8, 8, 16, 32))
    depth = 1 << bits
    push, pop = names.take("wr_en", "push", "wr", "enq"), names.take("rd_en", "pop", "rd", "deq")
    d, q = names.take("din", "wdata", "data_in", "d"), names.take("dout", "rdata", "data_out", "q", "head")
    full, empty = names.take("full"), names.take("empty")
    mem, wp, rp = names.inner("mem"), names.inner("wptr", "wp"), names.inner("rptr", "rp")
    low = f"[{bits - 1}:0]" if bits > 1 else "[0]"
    body = f"    logic [{width - 1}:0] {mem} [0:{depth - 1}];\n    logic [{bits}:0] {wp}, {rp};\n"
    write = [
        f"if ({push} && !{full}) begin",
        f"    {mem}[{wp}{low}] <= {d};",
        f"    {wp} <= {wp} + 1;",
        "end",
    ]
    body += clocking.block(
        [f"{wp} <= 0;", f"{rp} <= 0;"], [*write, f"if ({pop} && !{empty})", f"    {rp} <= {rp} + 1;"]
    )
    body += f"    assign {empty} = {wp} == {rp};\n    assign {full} = ({wp} ^ {rp}) == {bits + 1}'d{depth};\n"
    body += f"    assign {q} = {mem}[{rp}{low}];\n"
    texts = (
        f"A synchronous FIFO with {depth} words of {width} bits. {push} writes {d} unless it is {full}; {pop} "
        f"removes the oldest word unless it is {empty}. {q} shows the oldest word all the time (first word "
        f"fall through). {full} and {empty} refer to the state before the clock edge.",
        f"«Build|Implement» a first-in first-out buffer, depth {depth}, width {width}: write with {push} "
        f"(ignored when full), read with {pop} (ignored when empty). {q} is the word at the read pointer, "
        f"combinationally. Both may happen in the same cycle; {full} and {empty} are the flags.",
        f"FIFO: {d} is appended when {push} and not {full}; the head {q} is dropped when {pop} and not "
        f"{empty}. It holds up to {depth} words of {width} bits, and {empty} / {full} say when there are none "
        f"/ {depth}.",
        f"A queue for {depth} words ({width} bits each). {push} puts {d} at its end, {pop} takes away its "
        f"front word, which is always visible on {q}. A push is ignored while {full} is 1, a pop while "
        f"{empty} is 1.",
    )
    says = several(rng, texts, clocking.notes(rng, "the FIFO", "empty"))
    nothing: tuple[int, ...] = ()

    def advance(words: tuple[int, ...], inputs: Values) -> tuple[int, ...]:
        rest = words[1:] if inputs[pop] else words
        return (*rest, inputs[d]) if inputs[push] and len(words) < depth else rest

    def show(words: tuple[int, ...], _: Values) -> dict[str, int | None]:
        return {q: words[0] if words else None, full: int(len(words) == depth), empty: int(not words)}

    ports = [data(push, role="enable"), data(pop, role="enable"), data(d, width)]
    ports += [result(q, width), result(full), result(empty)]
    return clocked(
        rng, "fifo", top_name(rng, "fifo", "sync_fifo", "queue_mem"), clocking, ports, body, says, advance, show,
        cleared=nothing,
    )  # fmt: skip


def stack(rng: random.Random) -> Design:
    """A stack of a few words with one operation per clock; the top is always shown."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    bits, width = rng.choice((1, 2, 2, 3, 3, 4)), rng.choice((4, 8, 8, 16, 32))
    depth = 1 << bits
    push, pop = names.take("push", "wr", "save"), names.take("pop", "rd", "restore")
    d, q = names.take("din", "wdata", "data_in", "d"), names.take("dout", "top_word", "data_out", "q")
    full, empty = names.take("full"), names.take("empty")
    mem, sp = names.inner("mem"), names.inner("sp", "top_ptr")
    low = f"[{bits - 1}:0]" if bits > 1 else "[0]"
    body = f"    logic [{width - 1}:0] {mem} [0:{depth - 1}];\n    logic [{bits}:0] {sp};\n"
    write = [
        f"if ({push} && !{full}) begin",
        f"    {mem}[{sp}{low}] <= {d};",
        f"    {sp} <= {sp} + 1;",
        "end",
    ]
    body += clocking.block(
        [f"{sp} <= 0;"], [*write, f"else if ({pop} && !{empty})", f"    {sp} <= {sp} - 1;"]
    )
    body += f"    assign {full} = {sp} == {depth};\n    assign {empty} = {sp} == 0;\n"
    body += f"    assign {q} = {mem}[{sp} - 1];\n"
    texts = (
        f"A stack (LIFO) of {depth} words of {width} bits. {push} puts {d} on top unless {full}; otherwise "
        f"{pop} removes the top unless {empty}. {q} is the word on top. A push goes before a pop; a push onto "
        "a full stack lets a pop through.",
        f"«Build|Implement» a LIFO memory, depth {depth}, width {width}. If {push} is 1 and the stack is not "
        f"full, {d} is pushed; else if {pop} is 1 and it is not empty, the top is popped. {q} shows the top "
        f"word all the time; {full} and {empty} show {depth} words and none.",
        f"Last in, first out: {depth} entries of {width} bits. Only one operation per clock: push ({push}, "
        f"not when {full}), otherwise pop ({pop}, not when {empty}). The top is visible on {q}.",
    )
    says = several(rng, texts, clocking.notes(rng, "the stack", "empty"), 3)
    nothing: tuple[int, ...] = ()

    def advance(words: tuple[int, ...], inputs: Values) -> tuple[int, ...]:
        if inputs[push] and len(words) < depth:
            return (*words, inputs[d])
        return words[:-1] if inputs[pop] else words

    def show(words: tuple[int, ...], _: Values) -> dict[str, int | None]:
        return {q: words[-1] if words else None, full: int(len(words) == depth), empty: int(not words)}

    ports = [data(push, role="enable"), data(pop, role="enable"), data(d, width)]
    ports += [result(q, width), result(full), result(empty)]
    return clocked(
        rng, "stack", top_name(rng, "stack", "lifo", "save_area"), clocking, ports, body, says, advance, show,
        cleared=nothing,
    )  # fmt: skip


FAMILIES = (
    Drawn("ram", ram, 1.2),
    Drawn("register_file", register_file, 0.7),
    Drawn("rom", rom, 0.7),
    Drawn("fifo", fifo, 0.9),
    Drawn("stack", stack, 0.4),
)
