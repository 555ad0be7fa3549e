"""Families of functions given as tables: truth tables, Karnaugh maps, minterms, time tables of a simulation."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from rtlgen.datasets.spec_pairs.combinational import notation
from rtlgen.datasets.spec_pairs.combinational.circuit import Kind, combinational, family, given, result
from rtlgen.datasets.spec_pairs.combinational.sums import chosen_body, listed_body, sum_body
from rtlgen.datasets.spec_pairs.design import Design, DesignPort
from rtlgen.datasets.spec_pairs.names import Names, top_name
from rtlgen.datasets.spec_pairs.phrases import listed, wordings


@dataclass(frozen=True)
class Function:
    """A one-bit function: `ones` and `open` are row numbers, the first input is the most significant bit."""

    ins: tuple[DesignPort, ...]
    y: DesignPort
    ones: frozenset[int]
    open: frozenset[int] = frozenset()

    @property
    def names(self) -> list[str]:
        """Names of the inputs, most significant first."""
        return [port.name for port in self.ins]

    def row(self, values: dict[str, int]) -> int:
        """The number of the row that the inputs select."""
        return int("".join(str(values[name]) for name in self.names), 2)

    def value(self, row: int) -> int | None:
        """Output of a row; None: open."""
        return None if row in self.open else int(row in self.ones)

    def design(
        self, kind: str, top: str, ports: Sequence[DesignPort], body: str, says: Sequence[str]
    ) -> Design:
        """The design with this function as oracle."""
        return combinational(
            kind, top, ports, body, says, lambda v: {self.y.name: self.value(self.row(dict(v)))}
        )


def function(rng: random.Random, sizes: Sequence[int], *, open_share: float = 0.0) -> Function:
    """A random function with no trivial output."""
    names = Names(rng)
    count = rng.choice(list(sizes))
    ins = tuple(given(name) for name in names.series(count, "x", "in", "a", "i", "d"))
    y = result(names.output("f", "y", "out", "z", "q", "f", "out", "g", "result"))
    size = 1 << count
    share = rng.choice([0.25, 0.4, 0.5, 0.5, 0.6, 0.75])
    opened = (
        frozenset(k for k in range(size) if rng.random() < 0.2) if rng.random() < open_share else frozenset()
    )
    chosen = frozenset(k for k in range(size) if rng.random() < share) - opened
    if not chosen or len(chosen | opened) == size:
        chosen = frozenset(rng.sample(range(size), size // 2))
        opened -= chosen
    return Function(ins, y, chosen, opened)


def body_of(rng: random.Random, f: Function, rows: Sequence[int], *, simple: float) -> str:
    """A case statement with `rows` in this order (each once), or with the share `simple` a sum of products."""
    count = len(f.ins)
    if rng.random() < (0.6 if count < 3 else simple):
        return sum_body(rng, f.names, f.y.name, f.ones, f.open)
    table = [(f"{row:0{count}b}", f.value(row)) for row in dict.fromkeys(rows)]
    return listed_body(rng, f.names, f.y.name, table)


@family(2.0)
def truth_table(rng: random.Random) -> Design:
    """A table of all rows, in several layouts, perhaps with open rows."""
    f = function(rng, [1, 2, 2, 3, 3, 3, 3, 4, 4], open_share=0.15)
    table = notation.truth_table(rng, f.names, f.y.name, f.value)
    templates = [
        "$Do $a_circuit that implements the <following truth table|truth table below>:\n\n{table}",
        "$Do the function <given|defined> by this truth table:\n{table}",
        "The <output|function> {y} of {ins} is <given|defined> by the table:\n\n{table}",
        "Truth table:\n\n{table}",
        "$The_circuit $should behave as in the <following|> table.\n\n{table}",
        "For every combination of {ins}, the value of {y} is listed here.\n\n{table}",
        "The logic function is described by the following truth table.\n{table}",
        "{table}\n\n<Implement|Realise> this truth table.",
        "$Do a function of {n} inputs with this truth table:\n{table}",
    ]
    says = wordings(rng, templates, table=table, y=f.y, ins=listed(f.names), n=len(f.ins))
    if f.open:
        says = tuple(f"{text}\n\n{rng.choice(notation.OPEN_SAID)}" for text in says)
    top = top_name(
        rng, "truth_table", "truthtable1", "lookup", "logic_function", "table_logic", "lut", "func"
    )
    return f.design(
        "truth_table", top, [*f.ins, f.y], body_of(rng, f, range(1 << len(f.ins)), simple=0.2), says
    )


@family(2.0)
def karnaugh_map(rng: random.Random) -> Design:
    """A Karnaugh map of two to four variables."""
    f = function(rng, [2, 3, 3, 4, 4, 4], open_share=0.4)
    drawn, order, cells = notation.karnaugh(rng, f.names, f.value)
    ports = [*f.ins, f.y]
    if rng.random() < 0.2:
        ports = [*sorted(f.ins, key=lambda _: rng.random()), f.y]
    templates = [
        "$Do $a_circuit for this Karnaugh map:\n\n{table}",
        "$Do $a_circuit that implements this Karnaugh map.\n\n{table}",
        "The output {y} is <given|defined> by the Karnaugh map below.\n{table}",
        "Karnaugh map of {y}:\n\n{table}",
        "Implement the function {y}({ins}) from its K-map:\n\n{table}",
        "{table}\n\nThe map above gives {y}<| for every combination of {ins}>.",
        "Find a sum of products for the Karnaugh map and implement it.\n\n{table}",
        "$The_circuit $should realise the following K-map.\n{table}",
    ]
    says = wordings(rng, templates, table=drawn, y=f.y, ins=", ".join(order))
    if f.open:
        says = tuple(f"{text}\n\n{rng.choice(notation.OPEN_SAID)}" for text in says)
    top = top_name(rng, "kmap", "karnaugh", "kmap1", "kmap4", "logic_map", "kmap_func")
    if rng.random() < (0.5 if len(order) == 2 else 0.25):
        body = sum_body(rng, f.names, f.y.name, f.ones, f.open)
    else:
        body = listed_body(rng, order, f.y.name, cells)
    return f.design("karnaugh_map", top, ports, body, says)


@family(1.2)
def minterms(rng: random.Random) -> Design:
    """A sum of minterms or a product of maxterms, as lists of row numbers."""
    f = function(rng, [2, 3, 3, 4, 4], open_share=0.25)
    yes = sorted(f.ones)
    no = [k for k in range(1 << len(f.ins)) if k not in f.ones and k not in f.open]
    joined = {
        "m": ", ".join(map(str, yes)),
        "big": ", ".join(map(str, no)),
        "d": ", ".join(map(str, sorted(f.open))),
    }
    order = f"({', '.join(f.names)})"
    more = f" + d({joined['d']})" if f.open else ""
    templates = [
        "{y}{order} = <sum m|Σm|sum of minterms m>({m}){more}",
        "$Do the function {y}{order} = <Σ|sum> m({m}){more}.",
        "{y} is the sum of the minterms {m} of {order}.{open}",
        "$The_circuit $outputs 1 for the input combinations {m} and 0 for {big}, where {first} is the most "
        "significant bit of the number.{open}",
        "Read {ins} as a binary number with {first} as the most significant bit. {y} "
        "$is_high $exactly_if this number is "
        "one of {m}.{open}",
        "The input combinations, written as numbers with {last} as the least significant "
        "bit, for which {y} is 1 are "
        "{m}; those for which it is 0 are {big}.{open}",
    ]
    if not f.open:
        templates += [
            "{y}{order} = <product M|ΠM|product of maxterms M>({big})",
            "$Do the product of the maxterms {big} of {order}.",
            "{y} is 0 for the maxterms {big} of {order} and 1 otherwise.",
        ]
    opened = f" The combinations {joined['d']} <never occur|are don't-cares|do not matter>." if f.open else ""
    says = wordings(
        rng,
        [text.replace("{open}", opened) for text in templates],
        y=f.y,
        order=order,
        more=more,
        first=f.names[0],
        last=f.names[-1],
        ins=listed(f.names),
        m=joined["m"],
        big=joined["big"],
    )
    top = top_name(rng, "minterms", "sop", "sum_of_products", "pos", "logic_function", "minterm_logic")
    if rng.random() < 0.25:
        body = sum_body(rng, f.names, f.y.name, f.ones, f.open)
    else:
        body = chosen_body(rng, f.names, f.y.name, f.ones)
    return f.design("minterms", top, [*f.ins, f.y], body, says)


@family(1.6)
def waveform(rng: random.Random) -> Design:
    """Inputs and output of a simulation at growing times; every combination occurs."""
    f = function(rng, [2, 2, 3, 3, 4])
    size = 1 << len(f.ins)
    rows = list(range(size)) + [rng.randrange(size) for _ in range(rng.randrange(0, 5))]
    if rng.random() < 0.5:
        rng.shuffle(rows)
    if rng.random() < 0.3:
        rows = [row for row in rows for _ in range(2)]
    table = notation.time_table(rng, f.names, f.y.name, rows, f.value)
    templates = [
        "The trace below comes from a combinational block. <Work out|Find> its function "
        "and write it.\n\n{table}",
        "<The|A> simulation of $the_circuit gave these waveforms<| (it is "
        "combinational)>:\n\n{table}\n\nImplement it.",
        "$Do a combinational circuit with the behaviour of this simulation.\n\n{table}",
        "The following values were observed in simulation. $Do $a_circuit that produces them.\n{table}",
        "Find the function of {ins} that explains these samples, and implement it:\n\n{table}",
        "Waveform of the <wanted|expected> module:\n\n{table}\n\nThere is no clock; {y} "
        "depends on {ins} alone.",
        "{y} is a combinational function of {ins}; the samples below show it.\n\n{table}",
    ]
    says = wordings(rng, templates, table=table, y=f.y, ins=listed(f.names))
    top = top_name(rng, "circuit1", "circuit2", "from_waveform", "wave_logic", "unknown_circuit", "circuit7")
    return f.design("waveform", top, [*f.ins, f.y], body_of(rng, f, rows, simple=0.3), says)


FAMILIES: tuple[Kind, ...] = (truth_table, karnaugh_map, minterms, waveform)
