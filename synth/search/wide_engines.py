"""The engines of the wide search: groups of commands that make another AIG of an AIG, each with what it costs.

They were chosen on training circuits for being different from one another: rewriting, resubstitution, the `&` scripts,
balancing by sums of products, algebraic extraction, collapsing of small circuits, LUT mapping with don't-cares, and
mapping to cells and back, which makes the mapper itself a way to restructure. What costs too much on a big circuit is
left out there by its number of AND nodes, never by a clock: the search must not depend on the machine.

Sources: abc.rc and the command help of berkeley-abc/abc; mapping to cells and back: the scripts of LibreLane.
Try: ``python -c "from rtlgen.synth.search.wide_engines import suited; print(suited(1000, cells=True))"``
"""

from __future__ import annotations

from dataclasses import dataclass

from rtlgen.synth.recipe import PUBLISHED, SCRIPTS


@dataclass(frozen=True)
class Engine:
    """Commands from an AIG to an AIG."""

    script: str
    most: int = 200_000
    """AND nodes up to which it is used."""
    first: bool = False
    """Whether it is also tried from the start, before anything is scored."""
    cells: bool = False
    """Whether it needs a cell library."""
    cost: float = 1.0
    """How long it takes, as a multiple of common ones: it is drawn as much less often as the root of that."""
    inputs: int = 1_000_000
    """Inputs of the circuit up to which it is used."""

    @property
    def steps(self) -> tuple[str, ...]:
        """Its commands, one by one."""
        return tuple(part.strip() for part in self.script.split(";"))


def _spelled(name: str) -> str:
    short = {"b": "balance", "rw": "rewrite", "rwz": "rewrite -z", "rf": "refactor", "rfz": "refactor -z"}
    short |= {"rs": "resub", "rsz": "resub -z"}
    words = [part.split() for part in SCRIPTS[name].split(";")]
    return "; ".join(" ".join([short.get(first, first), *rest]) for first, *rest in words)


_TABLE = (
    Engine(_spelled("resyn2"), first=True),
    Engine(_spelled("compress2rs"), 60_000, first=True),
    Engine(_spelled("resyn2rs"), 20_000),
    Engine("dc2", first=True),
    Engine("dc2; dc2; dc2", 30_000, first=True),
    Engine("dc2 -b", 100_000),
    Engine("dch; strash", 12_000, first=True),
    Engine("&get -n; &syn2; &put", 100_000, first=True),
    Engine("&get -n; &syn3; &put", 100_000),
    Engine("&get -n; &syn3; &syn3; &put", 60_000, first=True),
    Engine("&get -n; &syn4; &put", 60_000, first=True),
    Engine("&get -n; &dc2; &put", 60_000, first=True),
    Engine("&get -n; &b; &put"),
    Engine("&get -n; &b -d; &put"),
    Engine("&get -n; &deepsyn -I 1 -J 12; &put", 6_000, first=True, cost=100.0),
    Engine("&get -n; &deepsyn -I 1 -J 3; &put", 3_000, cost=25.0),
    Engine("&get -n; &deepsyn -I 1 -J 2 -t; &put", 3_000, cost=25.0),
    Engine("if -g -K 6 -C 8", 100_000, first=True),
    Engine("if -x -K 6", 60_000, first=True),
    Engine("&get -n; &sopb; &put", 60_000),
    Engine("&get -n; &dsdb; &put", 60_000),
    Engine("if -K 6 -a; mfs2 -a -e; strash", 12_000, first=True),
    Engine("if -K 4; mfs2 -e; strash", 12_000, first=True),
    Engine("if -K 6 -a; sop; fx; strash", 20_000, first=True),
    Engine("if -K 6 -a; bidec; strash", 20_000),
    Engine("logic; fx; strash", 20_000),
    Engine("logic; eliminate; sop; fx; strash", 8_000),
    Engine("renode -a; strash", 20_000),
    Engine("renode; sop; fx; strash", 20_000, first=True),
    Engine("dsd; strash", 3_000, first=True, inputs=64),
    Engine("collapse -B 20000; sop; fx; strash", 3_000, first=True, inputs=24),
    Engine("collapse -B 20000; strash", 3_000, inputs=24),
    Engine("satclp -L 10000; fx; strash", 1_500, inputs=16),
    Engine("map; strash", 60_000, cells=True),
    Engine("map -a; strash", 60_000, cells=True),
    Engine("dch; map -B 0.9; strash", 12_000, first=True, cells=True),
    Engine("dch; map -a; strash", 12_000, cells=True),
    Engine("dch; map -B 0.9; topo; mfs2 -a -e; strash", 12_000, cells=True),
    Engine("amap; strash", 60_000, cells=True),
    Engine("dch; amap; strash", 12_000, first=True, cells=True),
    Engine("&get -n; &compress3rs; &put", 30_000),
    Engine("&get -n; &resyn3rs; &put", 30_000),
    Engine("orchestrate", 30_000),
    Engine("&get -n; &lf; &fx; &put", 30_000),
    Engine("&get -n; &lf -K 6; &mfs -a -e; &st; &put", 12_000),
    Engine("drwsat", 60_000),
    Engine("iresyn", 60_000),
    Engine("balance -x -d"),
    Engine("resub -K 10 -N 2", 60_000),
    Engine("resub -K 12 -N 3", 30_000),
    *(Engine(action) for action in PUBLISHED),
)
_LUT_TABLE = (
    Engine("dch; if -K {lut}; mfs2 -a -e; strash", 12_000, first=True),
    Engine("dch; if -K {lut} -a; mfs2 -a -e; strash", 12_000),
    Engine("if -K {lut} -a; strash", 100_000, first=True),
)


def suited(nodes: int, *, cells: bool, inputs: int = 0, lut: int = 6) -> list[Engine]:
    """The engines for a circuit of `nodes` AND nodes and a target of cells or of LUTs with `lut` inputs."""
    table = [engine for engine in _TABLE if nodes <= engine.most and inputs <= engine.inputs]
    if cells:
        return table
    luts = [Engine(each.script.format(lut=lut), each.most, each.first) for each in _LUT_TABLE]
    return [*(engine for engine in luts if nodes <= engine.most), *(each for each in table if not each.cells)]
