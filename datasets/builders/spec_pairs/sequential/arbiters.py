"""Clocked arbiters: registered fixed priority, round robin, and grants that are held until the request goes.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.clocking import branch, draw_clocking
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import Names, top_name
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, clocked, data, result

REQUESTS, GRANTS = ("req", "request", "r", "requests"), ("gnt", "grant", "g", "grants")


def fixed(rng: random.Random) -> Design:
    """A registered grant to the highest or lowest request; held while the request stays, sometimes."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    n, lowest, held = rng.choice((2, 3, 4, 4, 8)), rng.random() < 0.65, rng.random() < 0.5
    req, gnt = names.take(*REQUESTS), names.take(*GRANTS)
    if lowest:
        choose = f"{gnt} <= {req} & -{req};"
        steps = [choose]
    else:
        order = list(reversed(range(n)))
        steps = []
        for k in order:
            head = f"if ({req}[{k}])" if k == order[0] else f"else if ({req}[{k}])"
            steps += [head, f"    {gnt} <= {n}'b{1 << k:0{n}b};"]
        steps += ["else", f"    {gnt} <= 0;"]
    if held:
        steps = branch(f"if (({gnt} & {req}) == 0)", steps)
    body = clocking.block([f"{gnt} <= 0;"], steps)
    first = "lowest" if lowest else "highest"
    stay = (
        " A grant is kept as long as its request is 1; a new one is chosen when it is not."
        if held
        else " The choice is made anew at every clock edge."
    )
    texts = (
        f"A fixed-priority arbiter for {n} requests. {gnt} is a register with at most one 1: the "
        f"{first}-numbered active bit of {req} «gets the grant|is granted», or none.{stay}",
        f"«On|At» each {clocking.edge(rng)} {gnt} gets the one-hot code of the {first} request in {req} (0 "
        f"without requests).{stay}",
        f"«Build|Implement» an arbiter with registered grants. Request {0 if lowest else n - 1} has the "
        f"highest priority, request {n - 1 if lowest else 0} the lowest.{stay}",
        f"{n} units share a bus. Bit k of {req} asks for it, bit k of {gnt} allows it from the next cycle on; "
        f"the {first} number wins.{stay}",
    )
    says = several(rng, texts, clocking.notes(rng, gnt, "0"))

    def advance(state: int, inputs: Values) -> int:
        asked = inputs[req]
        if held and state & asked:
            return state
        order = range(n) if lowest else reversed(range(n))
        return next((1 << k for k in order if asked >> k & 1), 0)

    return clocked(
        rng, "arbiter_priority", top_name(rng, "arbiter", "prio_arb", "bus_arbiter"), clocking, [data(req, n),
        result(gnt, n)], body, says,
        advance, lambda s, _: {gnt: s}, cleared=0,
    )  # fmt: skip


def round_robin(rng: random.Random) -> Design:
    """After a grant to k, the search begins at k+1; by a case over the last one, or with rotating for two requests."""
    clocking = draw_clocking(rng, "sync async")
    names = Names(rng, *clocking.names)
    n = rng.choice((2, 2, 3, 4))
    req, gnt, last = names.take(*REQUESTS), names.take(*GRANTS), names.inner("last", "ptr")
    if n == 2:
        body = f"    logic {last};\n"
        body += clocking.block([f"{last} <= 1;"], [f"if ({req} != 0)", f"    {last} <= {gnt}[1];"])
        body += f"    assign {gnt}[0] = {req}[0] && ({last} || !{req}[1]);\n"
        body += f"    assign {gnt}[1] = {req}[1] && (!{last} || !{req}[0]);\n"
    else:
        double, pick = names.inner("twice", "dbl"), names.inner("base", "mark")
        body = f"    logic [{n - 1}:0] {pick};\n    logic [{2 * n - 1}:0] {double};\n"
        body += f"    assign {double} = {{{req}, {req}}} & ~({{{req}, {req}}} - {pick});\n"
        body += f"    assign {gnt} = {double}[{n - 1}:0] | {double}[{2 * n - 1}:{n}];\n"
        body += clocking.block(
            [f"{pick} <= 1;"], [f"if ({req} != 0)", f"    {pick} <= {{{gnt}[{n - 2}:0], {gnt}[{n - 1}]}};"]
        )
    texts = (
        f"A round-robin arbiter for {n} requests. {gnt} (one-hot, combinational) grants the first active bit "
        f"of {req}, searching upwards from the one after the last granted (with wrap-around). At a clock edge "
        "with a grant the granted number is stored.",
        f"Fair arbitration: {gnt} has at most one 1, in the same cycle as {req}. The requester that was "
        "granted last has the lowest priority in the next cycle, the one after it the highest.",
        f"«Build|Implement» an arbiter with rotating priority among {n} requesters; {gnt} answers {req} at "
        f"once. After a grant to k, priority begins with k+1 (modulo {n}). Cycles without a request leave the "
        "priority as it is.",
    )
    says = several(
        rng, texts, clocking.notes(rng, "the priority", "its beginning (request 0 is the highest)"), 3
    )

    def chosen(start: int, asked: int) -> int | None:
        return next((k % n for k in range(start, start + n) if asked >> k % n & 1), None)

    def advance(start: int, inputs: Values) -> int:
        winner = chosen(start, inputs[req])
        return start if winner is None else (winner + 1) % n

    def show(start: int, inputs: Values) -> dict[str, int | None]:
        winner = chosen(start, inputs[req])
        return {gnt: 0 if winner is None else 1 << winner}

    return clocked(
        rng, "arbiter_round_robin", top_name(rng, "rr_arbiter", "round_robin", "fair_arb"), clocking, [data(req,
        n), result(gnt, n)], body, says,
        advance, show, cleared=0,
    )  # fmt: skip


FAMILIES = (Drawn("arbiter_priority", fixed, 0.8), Drawn("arbiter_round_robin", round_robin, 0.6))
