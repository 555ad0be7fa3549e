"""Serial protocols: start bit, data, stop bit (with and without data and parity); messages of n bytes by a mark.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import bits_for
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result


@dataclass(frozen=True)
class Line:
    """State of a receiver: ``idle``, ``data`` (bits so far), ``stop`` or ``wait``; what is done and what came."""

    phase: str
    bits: tuple[int, ...]
    done: int
    byte: int


def receiver(rng: random.Random) -> Design:
    """One bit per clock; `done` after a correct stop bit; after a wrong one it waits for the line to go idle."""
    clocking = draw_clocking(rng, "sync sync async")
    names = Names(rng, *clocking.names)
    n = rng.choice((8, 8, 8, 4, 5, 7))
    x, done = (
        names.take("in", "rx", "serial", "line", "sin"),
        names.take("done", "valid", "ready", "received"),
    )
    byte = names.take("data", "byte_out", "q", "word") if rng.random() < 0.6 else ""
    width = bits_for(n)
    state, count, store = names.inner("state"), names.inner("count", "i"), byte
    labels = ["IDLE", "DATA", "STOP", "WAIT"]
    if {label.lower() for label in labels} & {name.lower() for name in (x, done, byte, *clocking.names)}:
        labels = ["S_" + label for label in labels]
    idle, bits, stop, wait = labels
    body = f"    localparam {idle} = 2'd0, {bits} = 2'd1, {stop} = 2'd2, {wait} = 2'd3;\n"
    body += f"    logic [1:0] {state};\n    logic [{width - 1}:0] {count};\n"
    take = [f"        {store} <= {{{x}, {store}[{n - 1}:1]}};"] if byte else []
    steps = [
        f"{done} <= {state} == {stop} && {x};",
        f"case ({state})",
        f"    {idle}: if (!{x}) begin", f"        {state} <= {bits};", f"        {count} <= 0;", "    end",
        f"    {bits}: begin", *take, f"        {count} <= {count} + 1;",
        f"        if ({count} == {width}'d{n - 1}) {state} <= {stop};", "    end",
        f"    {stop}: {state} <= {x} ? {idle} : {wait};",
        f"    {wait}: if ({x}) {state} <= {idle};",
        "endcase",
    ]  # fmt: skip
    body += clocking.block([f"{state} <= {idle};", f"{done} <= 0;"], steps)
    value = f" {byte} then holds the {n} data bits, least significant bit first." if byte else ""
    texts = (
        f"A serial receiver. One bit comes on {x} per clock. The line is 1 when idle; a frame is a start bit "
        f"(0), {n} data bits and a stop bit (1). {done} is 1 for the cycle after a correct stop bit. If the "
        f"stop bit is 0, wait until {x} is 1 before looking for a new start bit.{value}",
        f"«Implement|Build» a state machine for this protocol: start bit 0, {n} data bits, stop bit 1, idle "
        f"line 1. {done} pulses for one cycle when a frame has been received with its stop bit at the right "
        f"place; otherwise the frame is dropped and the machine waits for a 1.{value}",
        f"Find frames in the bit stream {x}: after idle ones a 0 starts a frame of {n} data bits that must "
        f"end with a 1. On a correct end {done} is set for one clock. After a wrong end no new frame may "
        f"start before a 1 was seen.{value}",
        f"{done} «signals|reports» each {n}-bit word received on {x} (start bit 0, stop bit 1, one clock per "
        f"bit, registered, one cycle wide). A missing stop bit means: ignore the word, and wait for {x} = "
        f"1.{value}",
    )
    says = several(rng, texts, clocking.notes(rng, "the receiver", "the idle state"))

    def advance(line: Line, inputs: Values) -> Line:
        bit = inputs[x]
        if line.phase == "idle":
            return Line("idle" if bit else "data", (), 0, line.byte)
        if line.phase == "data":
            got = (*line.bits, bit)
            byte_now = sum(b << k for k, b in enumerate(got))
            return Line("stop" if len(got) == n else "data", got, 0, byte_now)
        if line.phase == "stop":
            return Line("idle" if bit else "wait", (), bit, line.byte)
        return Line("idle" if bit else "wait", (), 0, line.byte)

    def show(line: Line, _: Values) -> dict[str, int | None]:
        found: dict[str, int | None] = {done: line.done}
        if byte:
            found[byte] = line.byte if line.done else None
        return found

    ports = [data(x), *([result(byte, n)] if byte else []), result(done)]
    return clocked(
        rng, "serial_receiver", top_name(rng, "serial_rx", "uart_rx", "receiver", "fsm_serial"), clocking,
        ports, body, says,
        advance, show, cleared=Line("idle", (), 0, 0),
    )  # fmt: skip


def messages(rng: random.Random) -> Design:
    """Messages of n bytes whose first byte has a mark bit set; `done` after the last byte, perhaps with all bytes."""
    clocking = draw_clocking(rng, "sync")
    names = Names(rng, *clocking.names)
    n, mark, width = rng.choice((2, 3, 3, 4)), rng.choice((0, 2, 4, 5, 6, 7)), 8
    x, done = names.take("in", "rx_byte", "data", "d"), names.take("done", "complete", "valid", "eom")
    whole = names.take("message", "packet", "q") if rng.random() < 0.4 and n < 4 else ""
    count = names.inner("count", "left", "num")
    bits = bits_for(n)
    body = f"    logic [{bits - 1}:0] {count};\n"
    body = body.replace("[0:0] ", "")
    keep = [f"{whole} <= {{{whole}[{8 * n - 9}:0], {x}}};"] if whole else []
    steps = [
        *keep,
        f"{done} <= {count} == {bits}'d{n - 1};",
        f"if ({count} == {bits}'d{n - 1})", f"    {count} <= 0;",
        f"else if ({count} != 0 || {x}[{mark}])", f"    {count} <= {count} + 1;",
    ]  # fmt: skip
    body += clocking.block([f"{count} <= 0;", f"{done} <= 0;"], steps)
    rest = (
        f" {whole} holds the message while {done} is 1, the first byte in the highest bits." if whole else ""
    )
    texts = (
        f"A byte arrives on {x} every clock cycle. A message has {n} bytes; its first byte is recognised by "
        f"bit {mark} being 1 (bytes before it are discarded; this bit means nothing in the other bytes). "
        f"{done} is 1 in the cycle after the last byte of a message.{rest}",
        f"Find message boundaries in a stream of bytes: discard bytes until one with {x}[{mark}]=1, take it "
        f"as byte 1 of {n}, and signal {done} for one cycle right after byte {n}. Then look for the next "
        f"one.{rest}",
        f"Packets of {n} bytes on {x}, the first one marked with bit {mark} set. {done} is registered and is "
        f"high for one cycle once a packet is complete; a new packet can follow immediately.{rest}",
    )
    says = several(rng, texts, clocking.notes(rng, "the search", "its beginning (no byte of a message seen)"))

    nothing: tuple[tuple[int, ...], int, int] = ((), 0, 0)

    def advance(state: tuple[tuple[int, ...], int, int], inputs: Values) -> tuple[tuple[int, ...], int, int]:
        got = state[0]
        if not got and not inputs[x] >> mark & 1:
            return (), 0, 0
        got = (*got, inputs[x])
        if len(got) < n:
            return got, 0, 0
        return (), 1, int.from_bytes(bytes(got), "big")

    def show(state: tuple[tuple[int, ...], int, int], _: Values) -> dict[str, int | None]:
        found: dict[str, int | None] = {done: state[1]}
        if whole:
            found[whole] = state[2] if state[1] else None
        return found

    ports = [data(x, width), *([result(whole, 8 * n)] if whole else []), result(done)]
    return clocked(
        rng, "byte_messages", top_name(rng, "packet_fsm", "framing", "message_rx"), clocking, ports, body, says,
        advance, show, cleared=nothing,
    )  # fmt: skip


def sender(rng: random.Random) -> Design:
    """Sends a byte on request: start bit, data, stop bit, one clock each; busy meanwhile."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    n = rng.choice((8, 8, 7, 4))
    d, start = names.take("data", "d", "byte_in", "in"), names.take("start", "send", "valid", "load", "go")
    tx, busy = names.take("tx", "out", "line", "sout"), names.take("busy", "active", "sending")
    frame, count = names.inner("frame", "shift"), names.inner("count", "left")
    width = bits_for(n + 3)
    body = f"    logic [{n}:0] {frame};\n    logic [{width - 1}:0] {count};\n"
    ones = f"{n + 1}'b{'1' * (n + 1)}"
    steps = [
        f"if ({busy}) begin", f"    {tx} <= {frame}[0];", f"    {frame} <= {{1'b1, {frame}[{n}:1]}};",
        f"    {count} <= {count} - 1;", "end",
        f"else if ({start}) begin", f"    {tx} <= 0;", f"    {frame} <= {{1'b1, {d}}};",
        f"    {count} <= {width}'d{n + 1};", "end",
    ]  # fmt: skip
    body += (
        clocking.block([f"{frame} <= {ones};", f"{count} <= 0;", f"{tx} <= 1;"], steps)
        + f"    assign {busy} = {count} != 0;\n"
    )
    texts = (
        f"A serial transmitter with one clock per bit. When {start} is 1 and it is not busy, it takes {d} and "
        f"sends on {tx}: a start bit 0 (from this clock edge on), the {n} data bits, lowest first, and a stop "
        f"bit 1. {busy} is 1 from this edge until the edge at which the stop bit is put on {tx}. {tx} is 1 "
        "when idle.",
        f"«Build|Implement» a transmitter: frame = 0, {n} bits of {d} (LSB first), 1. The edge that accepts "
        f"{start} (only while {busy} is 0) outputs the start bit, every following edge the next bit. {busy} "
        f"is high while bits are left to be put out. The idle {tx} is 1.",
        f"Send {d} serially: {start} loads a frame of start bit (0), {n} data bits (least significant first) "
        f"and stop bit (1); {tx} is a register, the start bit appears with the edge that loads. {busy} = 1 "
        f"until the stop bit is on {tx}; {start} is ignored meanwhile. {tx} rests at 1.",
    )
    says = several(rng, texts, clocking.notes(rng, "the transmitter", f"idle ({tx} = 1)"))

    resting: tuple[tuple[int, ...], int] = ((), 1)

    def advance(state: tuple[tuple[int, ...], int], inputs: Values) -> tuple[tuple[int, ...], int]:
        left, shown = state
        if left:
            return left[1:], left[0]
        if inputs[start]:
            return (*(inputs[d] >> k & 1 for k in range(n)), 1), 0
        return (), shown

    return clocked(
        rng, "serial_sender", top_name(rng, "uart_tx", "serial_tx", "sender"), clocking,
        [data(start), data(d, n), result(tx), result(busy)], body, says, advance,
        lambda s, _: {tx: s[1], busy: int(bool(s[0]))}, cleared=resting,
    )  # fmt: skip


FAMILIES = (
    Drawn("serial_receiver", receiver, 0.8),
    Drawn("byte_messages", messages, 0.6),
    Drawn("serial_sender", sender, 0.4),
)
