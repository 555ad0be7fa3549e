"""Names of modules and ports as people choose them, and made-up ones, so that a reader learns to copy names.

`Names` hands out every name once. It knows no circuits: families say what a name is for and which words fit.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

TOPS = ("TopModule", "top_module")
"""Names that benchmarks and courses give to whatever is asked."""
LETTERS = tuple("abcdefghpqrstuvwxyz")
INPUTS = (
    "in",
    "a",
    "x",
    "d",
    "data",
    "data_in",
    "din",
    "i",
    "val",
    "value",
    "in_data",
    "src",
    "word",
    "inp",
    "v",
    "w",
    "vec",
)
OUTPUTS = (
    "out",
    "y",
    "q",
    "z",
    "f",
    "data_out",
    "dout",
    "o",
    "result",
    "res",
    "out_data",
    "outp",
    "r",
    "out_val",
    "g",
)
SELECTS = (
    "sel",
    "s",
    "select",
    "selection",
    "mode",
    "op",
    "ctrl",
    "control",
    "which",
    "choice",
    "index",
    "idx",
)
FLAGS = ("flag", "valid", "out", "y", "z", "f", "match", "hit", "result", "detect", "found", "ok", "status")
_RESERVED_TEXT = """
accept_on alias always and assert assign assume automatic before begin bind bins binsof bit break buf byte
case cell chandle check class clocking cmos config const constraint context cover cross deassign default
define design disable dist do edge else end endcase endmodule enum event eventually expect export extends
extern final first_match for force foreach forever fork forkjoin function generate genvar global highz0
highz1 if iff ifnone import incdir include initial inout input inside instance int integer interconnect
interface intersect join large let liblist library local localparam logic longint macromodule matches medium
modport module nand negedge nettype new nexttime nmos nor not notif0 notif1 null or output package packed
parameter pmos posedge primitive priority program property protected pull0 pull1 pulldown pullup pure rand
randc real realtime ref reg release repeat restrict return rnmos rpmos rtran scalared sequence shortint
shortreal showcancelled signed small soft solve specify specparam static string strong strong0 strong1
struct super supply0 supply1 table tagged task this throughout time timeprecision timeunit tran tri tri0
tri1 triand trior trireg type typedef union unique unique0 unsigned until untyped use uwire var vectored
virtual void wait wand weak weak0 weak1 while wildcard wire with within wor xnor xor
"""
_RESERVED = frozenset(_RESERVED_TEXT.split())
_PARTS_TEXT = """
alpha beta gamma delta ctl src dst bus reg_ pix row col lane chan tap acc sum cnt pos neg hi lo left right
up low raw cfg stat err req gnt pkt hdr addr byte_ nib bit_ word half full near far main aux prev next_ cur
tmp mix key code sym level point base step gain rate span edge_ core node leaf root sig line net pin pad
port slot
"""
_PARTS = _PARTS_TEXT.split()
_SYLLABLES_TEXT = """
ba ce di fo gu ka le mi no pu ra se ti vo wu xa ze yi lo qu zor tek mun plex dar fin gal hex jit kor
"""
_SYLLABLES = _SYLLABLES_TEXT.split()


class Names:
    """Unused names for one module."""

    def __init__(self, rng: random.Random, *taken: str) -> None:
        self._rng = rng
        self._style = rng.random()
        self._taken = {name.lower() for name in taken}

    def take(self, name: str) -> str:
        """`name`, or `name` with a number when it is taken or a keyword."""
        found, number = name, 1
        while found.lower() in self._taken or found in _RESERVED:
            found, number = f"{name}{number}", number + 1
        self._taken.add(found.lower())
        return found

    def one(self, *pools: Sequence[str]) -> str:
        """A name from the pools, sometimes one that nobody would expect."""
        if self._rng.random() < 0.12:
            return self.take(made_up(self._rng))
        words = [word for pool in pools for word in pool if word.lower() not in self._taken]
        return self.take(self._rng.choice(words) if words else made_up(self._rng))

    def input(self, *more: str) -> str:
        """A name of a data input."""
        return self._sided(self.one(more or INPUTS), "_i")

    def output(self, *more: str) -> str:
        """A name of an output."""
        return self._sided(self.one(more or OUTPUTS), "_o")

    def series(self, count: int, *more: str) -> list[str]:
        """`count` names that belong together: ``a b c``, ``in0 in1 in2``, ``x1 x2 x3``, or unrelated ones."""
        roll = self._rng.random()
        if roll < 0.42 and count <= 6:
            start = self._rng.choice([0, 0, 0, 0, 8, 15, 16])
            run = LETTERS[start : start + count]
            if len(run) == count and not any(name in self._taken for name in run):
                return [self.take(name) for name in run]
        if roll < 0.85:
            base = self._rng.choice(
                more or ("in", "x", "a", "d", "i", "data", "in_", "inp", "p", "data_", "x_")
            )
            first = self._rng.choice([0, 0, 1])
            run = tuple(f"{base}{first + k}" for k in range(count))
            if not any(name.lower() in self._taken for name in run):
                return [self.take(name) for name in run]
        return [self.one(LETTERS, more) for _ in range(count)]

    def _sided(self, name: str, suffix: str) -> str:
        if self._style < 0.06 and not name.endswith(suffix):
            return self.take(name + suffix)
        return name


def made_up(rng: random.Random) -> str:
    """An identifier that no pool holds."""
    roll = rng.random()
    if roll < 0.45:
        return "_".join(part.strip("_") for part in rng.sample(_PARTS, 2))
    if roll < 0.7:
        return "".join(rng.sample(_SYLLABLES, rng.choice([2, 2, 3])))
    if roll < 0.9:
        return f"{rng.choice(_PARTS).strip('_')}{rng.randrange(10)}"
    return rng.choice(_SYLLABLES) + rng.choice("ABCXYZQ") + str(rng.randrange(100))


def top_name(rng: random.Random, *hints: str) -> str:
    """A module's name: a usual one of courses, one of `hints` (perhaps with an ending), or a made-up one."""
    roll = rng.random()
    if roll < 0.42:
        return rng.choice(TOPS)
    if roll < 0.85 and hints:
        ending = rng.choice(
            ["", "", "", "", "_unit", "_module", "_top", "_1", "_v2", "_circuit", "_block", "_comb"]
        )
        return Names(rng).take(rng.choice(hints) + ending)
    return Names(rng).take(rng.choice(["", "", "my_", "u_", "top_"]) + made_up(rng))
