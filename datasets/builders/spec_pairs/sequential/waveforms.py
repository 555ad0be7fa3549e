"""Clocked circuits told by a waveform only: a table of times with the clock, the inputs and the output.

The inputs change with the inactive edge. Every case of the function occurs in the table.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import Clocking, draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import spin
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.numerals import bits_for
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result


@dataclass(frozen=True)
class Rule:
    """The next output from the input and the present output (None: unknown), and its code."""

    code: str
    next: Callable[[int, int | None], int | None]


def bit_rules(a: str, q: str) -> tuple[Rule, ...]:
    """Rules of one bit whose output becomes known without a reset."""
    return (
        Rule(f"{a}", lambda x, _: x),
        Rule(f"~{a}", lambda x, _: 1 - x),
        Rule(f"{a} & ~{q}", lambda x, y: 0 if not x else None if y is None else 1 - y),
        Rule(f"{a} | ~{q}", lambda x, y: 1 if x else None if y is None else 1 - y),
        Rule(f"~{a} & ~{q}", lambda x, y: 0 if x else None if y is None else 1 - y),
        Rule(f"~{a} | ~{q}", lambda x, y: 1 if not x else None if y is None else 1 - y),
    )


def simulated(rng: random.Random, rule: Rule, cases: int) -> list[tuple[int, int | None]] | None:
    """Inputs and outputs after each active edge; None when a case of known output and input is missing."""
    rows: list[tuple[int, int | None]] = []
    state: int | None = None
    seen = set()
    share = rng.choice((0.5, 0.5, 0.35))
    for _ in range(rng.randrange(9, 13)):
        x = int(rng.random() < share)
        if state is not None:
            seen.add((x, state))
        state = rule.next(x, state)
        rows.append((x, state))
    return rows if len(seen) >= cases else None


def table(rng: random.Random, clocking: Clocking, a: str, q: str, rows: list[tuple[int, int | None]]) -> str:
    """Two lines a cycle: the inactive half with the new input, the active edge with the new output."""
    step, lines, shown = rng.choice((5, 5, 10)), [f"time  {clocking.clock}  {a}  {q}"], "x"
    idle, active = ("1", "0") if clocking.negedge else ("0", "1")
    time = 0
    for x, state in rows:
        lines.append(
            f"{time}ns".ljust(6) + f"{idle}".ljust(len(clocking.clock) + 2) + f"{x}".ljust(len(a) + 2) + shown
        )
        shown = "x" if state is None else str(state)
        time += step
        lines.append(
            f"{time}ns".ljust(6)
            + f"{active}".ljust(len(clocking.clock) + 2)
            + f"{x}".ljust(len(a) + 2)
            + shown
        )
        time += step
    return "\n".join(lines) + "\n"


def introductions(clocking: Clocking, a: str, q: str) -> tuple[str, ...]:
    """Sentences before the table."""
    edge = "falling" if clocking.negedge else "rising"
    return (
        "«Find out|Determine» from this simulation what the clocked circuit does, and write it. Its active "
        f"edge is the {edge} edge of {clocking.clock}.",
        f"The behaviour of a clocked circuit is given by this waveform ({clocking.clock}: active edge {edge}, "
        "x: unknown). Implement it.",
        f"Determine from the waveform how {q} depends on {a} and on its own past, and write the module. {q} "
        f"changes with the {edge} edge of {clocking.clock}.",
        f"Below are the values of {clocking.clock}, {a} and {q} over time. «Build|Implement» a circuit with "
        f"this behaviour ({edge} edge).",
        f"A flip-flop circuit was simulated with these results. Derive the next value of {q} from {a} and "
        f"{q}, at the {edge} edge of {clocking.clock}.",
    )


def single(rng: random.Random) -> Design:
    """One input, one flip-flop."""
    clocking = draw_clocking(rng, "none")
    names = Names(rng, *clocking.names)
    a, q = names.take("a", "d", "in", "x", "b"), names.take("q", "out", "p", "y")
    rule = rng.choice(bit_rules(a, q))
    rows = None
    unknown: tuple[int | None] = (None,)
    while rows is None:
        rows = simulated(rng, rule, 4)
    says = [
        spin(rng, text) + "\n\n" + table(rng, clocking, a, q, rows)
        for text in rng.sample(introductions(clocking, a, q), 3)
    ]
    return clocked(
        rng, "waveform_bit", top_name(rng, "wave_ff", "mystery", "from_waveform"), clocking, [data(a), result(q)],
        clocking.block([], [f"{q} <= {rule.code};"]), says,
        lambda s, i: (rule.next(i[a], s[0]),), lambda s, _: {q: s[0]}, start=unknown, cleared=unknown,
    )  # fmt: skip


def counting(rng: random.Random) -> Design:
    """A counter that an input sets to a value (or holds); after a largest value comes 0."""
    clocking = draw_clocking(rng, "none")
    names = Names(rng, *clocking.names)
    a, q = names.take("a", "load", "in", "x"), names.take("q", "out", "count", "y")
    top = rng.choice((3, 4, 5, 6, 7, 9))
    value, width = rng.randrange(0, top + 1), bits_for(top + 1)
    rows: list[tuple[int, int | None]] = [(1, value)] * rng.choice((1, 2))
    state = value
    for k in range(top + 4):
        x = int(k == top + 2 or (k > top and rng.random() < 0.3))
        state = value if x else 0 if state == top else state + 1
        rows.append((x, state))
    wraps = top == (1 << width) - 1
    count = [f"    {q} <= {q} + 1;"] if wraps else []
    steps = [f"if ({a})", f"    {q} <= {width}'d{value};"]
    steps += (
        ["else", *count]
        if wraps
        else [f"else if ({q} == {width}'d{top})", f"    {q} <= 0;", "else", f"    {q} <= {q} + 1;"]
    )
    says = [
        spin(rng, text) + f" {q} is {width} bits wide.\n\n" + table(rng, clocking, a, q, rows)
        for text in rng.sample(introductions(clocking, a, q), 3)
    ]

    unknown: tuple[int | None] = (None,)

    def advance(now: tuple[int | None], inputs: Values) -> tuple[int | None]:
        if inputs[a]:
            return (value,)
        return (None,) if now[0] is None else (0 if now[0] >= top else now[0] + 1,)

    return clocked(
        rng, "waveform_counter", top_name(rng, "wave_counter", "mystery", "from_waveform"), clocking, [data(a),
        result(q, width)],
        clocking.block([], steps), says, advance, lambda s, _: {q: s[0]}, start=unknown, cleared=unknown,
    )  # fmt: skip


FAMILIES = (Drawn("waveform_bit", single, 0.6), Drawn("waveform_counter", counting, 0.4))
