"""What may be written in a recipe: every command, its options with their ranges, and on which networks it works.

ABC holds one network at a time, and a command changes its kind: `map` makes cells of an AIG, `strash` makes an AIG of
almost anything, the commands that begin with ``&`` work on a second network between `&get` and `&put`. `COMMANDS` says
for each command from which kinds it leads where; `Place` walks along a recipe with that and refuses what ABC would refuse
or, worse, answer with a wrong circuit.

Every row was run by ABC and its result proven equivalent (tests/synth/test_grammar.py does it again). Left out on
purpose: whatever takes a file, a script or a time in seconds, and what did break the logic or ABC itself: see `DENIED`.

Source: the usage texts of yosys-abc and abc.rc (berkeley-abc/abc). Try:
``python -c "from rtlgen.synth.grammar import usage; print(usage('resub'))"``
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

AIG, CHOICES, LOGIC, SOP, BDD, LUTS, CELLS = "aig", "choices", "logic", "sop", "bdd", "luts", "cells"
KINDS = {
    AIG: "an AIG",
    CHOICES: "an AIG with choices",
    LOGIC: "a network of logic nodes",
    SOP: "a network of sums of products",
    BDD: "a network of BDD nodes",
    LUTS: "a network of LUTs",
    CELLS: "mapped cells",
    "&aig": "an AIG in the & space",
    "&choices": "an AIG with choices in the & space",
    "&luts": "a network of LUTs in the & space",
    "&cells": "mapped cells in the & space",
}
"""Kinds of networks, in words."""

_TABLE = """
balance        aig>=            l d s x
rewrite        aig>=            l z
refactor       aig>=            N=2..15 M=0..100 l z
resub          aig>=            K=4..16 N=0..3 M=0..100 F=0..9 l z
orchestrate    aig>=            K=4..16 N=0..3 F=0..9 l z Z
dc2            aig>=            b l
drw            aig>=            C=2..30 N=1..100 M=0..100 l z r
drf            aig>=            M=0..100 K=4..15 C=2..30 e l z
drwsat         aig>=            b
iresyn         aig>=            l
irw            aig>=            l z
irws           aig>=            z
istrash        aig>=
csweep         aig>=            C=2..32 K=3..12
fraig          aig>=            R=128..32768 D=128..32768 C=1..100000 s
ifraig         aig>=            C=1..100000 P=0..100000 s
dfraig         aig>=            C=1..100000 s
scorr          aig>=
strash         aig,choices,logic,sop,bdd,luts,cells>aig   a c
st             aig,choices,logic,sop,bdd,luts,cells>aig   a c
fraig_store    aig>=
fraig_restore  aig>choices      C=1..100000
dch            aig>choices      W=1..64 C=1..100000 S=100..1000000 t g c f r x
dchoice        aig>choices      C=1..100000 b l
logic          aig>sop
collapse       aig>bdd          B!=10000..2000000 r o
satclp         aig>sop          L=1000..1000000 c r
renode         aig>logic        K=3..12 C=1..64 F=0..10 A=0..10 s a
multi          aig>logic        F=2..20 T=0..10 m f s
dsd            aig>logic
sop            logic,luts,bdd>sop
bdd            logic,luts,sop>bdd
muxes          bdd>sop
fx             sop>=            S=1..20000 D=1..30000 N=1..1000000 W=0..100 M=2..8 s d z x
fxch           sop>=            N=1..1000000
eliminate      logic,sop,luts>logic   V=-1..100 N=2..20 I=1..10 g r s
sweep          logic,sop,luts>logic   s
bidec          logic,luts>logic
mfs            logic,sop>logic;luts>=;cells>logic   W=0..10 F=1..100 D=0..100 M=0..2000 L=0..10 C=0..100000 d r a e s g
mfs2           logic,sop>logic;luts>=;cells>logic   W=0..10 F=1..100 D=0..100 M=0..2000 L=0..10 C=0..100000
               N=0..1000000 d a e l
if             aig,choices>luts    K!=2..12 C=1..64 F=0..10 A=0..10 R=0..1000 D~1..1e9 q a r e m d g>aig x>aig t n
speedup        luts>choices     P=1..100 N=1..5
map            aig,choices>cells;&aig,&choices,&luts>=   D~1..1e9 B~0..10 F~0..10 S~1..1000 G~1..1000 M=0..10 a r s f
amap           aig,choices>cells   F=0..20 A=0..20 C=10..5000 E~0..1 Q~0..100 m x i s
emap           aig>cells        a m
topo           cells>=
buffer         cells>=          G=1..1000 S=1..1000 N=2..100 s p c
upsize         cells>=          I=1..10000 J=1..1000 W=1..50 R=1..100 N=1..1000 D=0..1000000 c s
dnsize         cells>=          I=1..10000 J=1..1000 N=1..1000 D=0..1000000 G=0..1000000 c s
minsize        cells>=
maxsize        cells>=
unbuffer       cells>=
unmap          cells>sop
&get           aig,choices>&aig   n
&put           &aig>aig;&choices>choices;&luts>luts;&cells>cells
&st            &aig,&choices,&luts,&cells>&aig   L=1..10
&dc2           &aig>=           l
&syn2          &aig>=           R=0..100 a k m d
&syn3          &aig>=
&syn4          &aig>=
&resyn3        &aig>=
&resyn3rs      &aig>=
&compress3rs   &aig>=
&b             &aig>=           N=1..1000000000 d a s
&deepsyn       &aig>=           I=1..100 J!=1..1000 A=0..10000000 S=0..100 t
&rrr           &aig>=           X!=1..1 R=0..1000000 W=1..100
&transduction  &aig>=           T=0..7 S=0..4 I=0..1000000 P=0..100 R=0..1000000 m l
&sopb          &aig>=           L=0..1000 W=0..1000 C=1..32 R=0..1000
&dsdb          &aig>=           L=0..1000 W=0..1000 K=3..6 C=1..32 R=0..1000
&blut          &aig>=           K=2..6 C=1..8 m r a
&fraig         &aig>=           C=1..1000000 x y r
&scorr         &aig>=
&sweep         &aig>=           C=1..100000
&dch           &aig>&choices    W=1..64 C=1..100000 S=100..1000000 s p t f r g c x y
&synch2        &aig>&choices    W=1..64 C=1..100000 S=100..1000000 K=3..6 R=0..100 f r
&choice        &aig>&choices    C=1..100000
&if            &aig,&choices>&luts   K!=2..12 C=1..64 F=0..10 A=0..10 R=0..1000 a e g>&aig x>&aig y>&aig
&lf            &aig>&luts       K=3..6 C=2..32 F=1..10 A=0..10 R=0..1000 k m
&jf            &aig>&luts       K=3..8 C=1..16 a k m
&kf            &aig>&luts       K=3..6 C=2..32 a k
&mf            &aig>&luts       K=3..6 C=2..16 F=0..10 A=0..10 R=0..1000 a k m
&fx            &luts>&aig       N=1..1000000 M=0..100
&shrink        &luts>&aig       N=1..1000 l
&bidec         &luts>&aig
&satlut        &luts>=          N=1..128 I=0..10000 C=1..100000 d r
&mfs           &luts>=          W=0..10 F=1..100 D=0..200 M=0..5000 L=0..10 C=0..100000 N=0..1000000 d a e l
&nf            &aig,&choices,&luts>&cells   K=2..6 C=2..32 F=1..20 A=1..20 R=0..1000 L=2..10 E=0..100
               D=1..1000000 Q=0..100 a p q
&unmap         &luts,&cells>&aig
"""

UNTIMED: dict[str, tuple[str, ...]] = {"&nf": ("map",), "emap": ("&get -n", "map", "&put")}
"""Mappers that take the delays which the last `map` of this ABC left behind, and what makes them certain: a `map` of the
network, whose result is dropped. Without it the figures would depend on what this ABC had mapped before."""

FANOUT_ORDERED = ("resub", "orchestrate")
"""Commands whose result depends on the order of fan-outs, a trace of what ran before that AIGER files do not hold.
A `strash` before them makes the order that of the AIG itself."""

UNORDERED = ("&put", "amap", "emap", "buffer", "unbuffer")
ORDERED = ("buffer", "unbuffer", "upsize", "dnsize", "minsize", "maxsize")
"""Commands that need a `topo` when one of `UNORDERED` is right before them."""

DENIED: dict[str, str] = {
    "scleanup": "it needs registers, and recipes work on the logic between them",
    "retime": "it moves registers, and recipes work on the logic between them",
    "lutpack": "it packs into 4-input LUTs whatever the network has, without a LUT library",
    "mfs3": "it ended ABC with common libraries",
    "fraig_sweep": "it keeps no mapping that can be measured",
    "&eslim": "it is limited by seconds, so that its result depends on the machine",
    "&rewire": "it is limited by seconds, so that its result depends on the machine",
    "rewire": "it is limited by seconds, so that its result depends on the machine",
    "&stochsyn": "it runs a script of its own, which no recipe may",
    "stochmap": "it runs a script of its own, which no recipe may",
    "source": "it runs a script of its own, which no recipe may",
    "stime": "the figures are taken behind every recipe, once",
    "print_stats": "the figures are taken behind every recipe, once",
    "&ps": "the figures are taken behind every recipe, once",
    "cec": "the winner of a search is always proven",
}
"""Commands that people try, and why they are none of a recipe."""

_OPTION = re.compile(r"([A-Za-z])(!?)(?:([=~])(\S+)\.\.(\S+)|>(\S+))?")


@dataclass(frozen=True)
class Option:
    """One option letter: a flag, or with a number between `low` and `high`."""

    letter: str
    low: float | None = None
    high: float = 0.0
    whole: bool = True
    required: bool = False
    leads_to: str | None = None
    """Kind of network behind the command when this flag is set."""

    def __str__(self) -> str:
        if self.low is None:
            return f"-{self.letter}"
        return f"-{self.letter} {self.low:g}..{self.high:g}"


@dataclass(frozen=True)
class Command:
    """One row of the table."""

    name: str
    moves: dict[str, str] = field(hash=False)
    """Kind of network it works on -> kind that it leaves."""
    options: dict[str, Option] = field(hash=False)

    @cached_property
    def cells(self) -> bool:
        """Whether it makes cells, for which it needs a library."""
        pairs = self.moves.items()
        return any(to.endswith(CELLS) and not source.endswith(CELLS) for source, to in pairs)


def _command(row: str) -> Command:
    name, moves, *options = row.split()
    table: dict[str, str] = {}
    for part in moves.split(";"):
        sources, target = part.split(">")
        for source in sources.split(","):
            table[source] = source if target == "=" else target.removeprefix("=")
    return Command(name, table, {option.letter: option for option in map(_option, options)})


def _option(text: str) -> Option:
    found = _OPTION.fullmatch(text)
    assert found is not None, text
    letter, required, sign, low, high, leads_to = found.groups()
    if sign is None:
        return Option(letter, leads_to=leads_to)
    return Option(letter, float(low), float(high), whole=sign == "=", required=bool(required))


COMMANDS: dict[str, Command] = {
    command.name: command
    for command in (_command(row) for row in _TABLE.strip().replace("\n  ", " ").splitlines())
}
"""Name -> command."""


def usage(name: str) -> str:
    """The command with its options and their ranges: ``resub -K 4..16 -N 0..3 ... -l -z``."""
    return " ".join([name, *(str(option) for option in COMMANDS[name].options.values())])
