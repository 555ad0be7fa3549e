"""The recipes that users have: ABC's scripts, choices before mapping, those of Yosys and LibreLane, one from training.

Each is scored once, in the order of the table, which has first what helped most, so that a small budget sees the
strongest. With the published actions only scripts without a mapping of their own are used.

Rewritten for a circuit without registers, as ABC gets it here: `retime`, `dretime` and `scleanup` work on registers and
are left out; commands that strash a mapped network silently have their ``strash`` written out; delay targets are empty.
LibreLane's ``map -p -A 0.9`` has become ``map``, and Yosys's ``lutpack`` is left out: what these do depends on what the
same ABC did before, or on a LUT library. `&nf` gets the delays of a `map`: see `rtlgen.synth.division`. `&deepsyn` is
limited by its steps without improvement (-J), not by time: with a time limit its result depends on the machine.

Sources: abc.rc (berkeley-abc/abc); `passes/techmap/abc.cc` of Yosys (pyosys 0.60 and later); the nine strategies of
LibreLane (librelane/scripts/pyosys/construct_abc_script.py, its defaults), of which AREA 3 and DELAY 4 are the scripts of
OpenROAD-flow-scripts. Try: ``rtlgen synth circuit.aig --lut 6 --recipe-search --strategy fixed``
"""

from __future__ import annotations

from dataclasses import dataclass

from rtlgen.synth.library import Library
from rtlgen.synth.recipe import Recipe, parse
from rtlgen.synth.search.tracker import Tracker


@dataclass(frozen=True)
class Fixed:
    """A script with a name. `target` is ``any``, ``cells`` or ``luts``; ``{lut}`` stands for the inputs of a LUT."""

    name: str
    script: str
    target: str = "any"
    mapped: bool = False
    """Whether it maps by itself, and perhaps sizes behind it."""


YOSYS = "&get -n; &fraig -x; &put; scorr; dc2"
"""What Yosys's scripts have in common before they map."""

_DRW = "balance; drw -l; drf -l; balance; drw -l; drw -l -z; balance; drf -l -z; drw -l -z; balance"
_HEAD = "logic; fx; mfs; strash; drf -l"
_CHOICE = f"fraig_store; {_DRW}; fraig_store; {_DRW}; fraig_store; fraig_restore"
_CHOICE2 = f"fraig_store; balance; fraig_store; {_DRW}; {_CHOICE}"
_AMAP = "amap -m -Q 0.1 -F 20 -A 20 -C 5000"
_MAP = "map -B 0.2 -M 0"
_TAIL = "strash; &get -n; &st; &dch; &nf; &put"
_ROUND = "&st; &syn2; &if -g -K 6; &synch2; &nf"
_SIZE = "buffer -c -N 10; {}upsize -c; dnsize -c"


def _twice(first: str, mapping: str, second: str, last: str) -> str:
    """A strategy of LibreLane that maps, takes the cells apart, and optimises and maps again."""
    return f"{_HEAD}; {first}; {mapping}; strash; {second}; {last}; {_TAIL}"


_TABLE = (
    Fixed(
        "librelane delay 4",
        f"&get -n; &st; &dch; &nf; {'; '.join([_ROUND] * 5)}; &put; {_SIZE.format('topo; ')}",
        "cells",
        mapped=True,
    ),
    Fixed("librelane area 3", f"dch; map -B 0.9; topo; {_SIZE.format('')}", "cells", mapped=True),
    Fixed(
        "yosys constr", f"{YOSYS}; &get -n; &dch -f; &nf; &put; buffer; upsize; dnsize", "cells", mapped=True
    ),
    Fixed("dc2 x3 dch", "dc2; dc2; dc2; dch"),
    Fixed("deepsyn", "&get -n; &deepsyn -I 1 -J 12; &put"),
    Fixed("compress2rs dch", "compress2rs; dch"),
    Fixed("yosys", f"{YOSYS}; &get -n; &dch -f; &nf; &put", "cells", mapped=True),
    Fixed("yosys", f"{YOSYS}; dch -f; if -K {{lut}}; mfs2", "luts", mapped=True),
    Fixed("deepsyn dch", "&get -n; &deepsyn -I 1 -J 12; &put; dch"),
    Fixed("resyn2 dch", "resyn2; dch"),
    Fixed("dch", "dch"),
    Fixed(
        "librelane area 2",
        _twice(f"{_CHOICE2}; strash; {_CHOICE2}", _AMAP, _CHOICE2, _AMAP),
        "cells",
        mapped=True,
    ),
    Fixed("librelane area 0", f"{_HEAD}; {_DRW}; {_CHOICE2}; {_AMAP}; {_TAIL}", "cells", mapped=True),
    Fixed("librelane area 1", _twice(f"{_DRW}; {_CHOICE2}", _AMAP, _CHOICE2, _AMAP), "cells", mapped=True),
    Fixed("librelane delay 1", _twice(f"{_DRW}; {_CHOICE2}", _MAP, _CHOICE2, "map"), "cells", mapped=True),
    Fixed("librelane delay 0", f"{_HEAD}; {_DRW}; {_MAP}; {_TAIL}", "cells", mapped=True),
    Fixed("librelane delay 3", _twice(f"{_DRW}; {_CHOICE2}", _AMAP, _CHOICE2, _MAP), "cells", mapped=True),
    Fixed("librelane delay 2", _twice(f"{_DRW}; {_CHOICE}", _MAP, _CHOICE, "map"), "cells", mapped=True),
    Fixed("compress2rs x2 dch", "compress2rs; compress2rs; dch"),
    Fixed(
        "training",
        "refactor -z; refactor; resub -z; refactor; rewrite -z; resub -z; resub -z; balance; refactor; refactor",
    ),
    Fixed("resyn2 x3", "resyn2; resyn2; resyn2"),
    Fixed("yosys unmapped", f"{YOSYS}; dch -f"),
    Fixed("compress2rs", "compress2rs"),
    Fixed("resyn2rs", "resyn2rs"),
    Fixed("resyn2", "resyn2"),
    Fixed("compress2", "compress2"),
    Fixed("resyn", "resyn"),
    Fixed("compress", "compress"),
    Fixed("resyn3", "resyn3"),
)
"""In the order of what they added to the ones before them, over sixteen training circuits and three targets."""


def named(target: Library, *, wide: bool) -> list[tuple[Fixed, Recipe]]:
    """The fixed recipes for `target`, in their order; those with a mapping of their own only with `wide`."""
    kind = "cells" if target.lut is None else "luts"
    chosen = [fixed for fixed in _TABLE if fixed.target in ("any", kind) and (wide or not fixed.mapped)]
    return [(fixed, parse(fixed.script.format(lut=target.lut))) for fixed in chosen]


def yosys_script(target: Library) -> str:
    """The script that Yosys's `abc` pass runs by default for such a target."""
    return next(recipe.script for fixed, recipe in named(target, wide=True) if fixed.name == "yosys")


def run(tracker: Tracker) -> None:
    """Score every fixed recipe once."""
    for _, recipe in named(tracker.target, wide=tracker.wide):
        tracker.value(recipe.steps)
