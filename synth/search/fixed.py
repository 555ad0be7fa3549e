"""The recipes that users have: ABC's scripts, choices before mapping, those of Yosys and LibreLane, one from training.

Each is scored once, in the order of the table: what helped most training circuits first, so that a small budget sees
the strongest. With the published actions only scripts without a mapping of their own are used.

Rewritten for a circuit without registers, as ABC gets it here: `retime`, `dretime` and `scleanup` work on registers and
are left out; commands that strash a mapped network silently have their ``strash`` written out; delay targets are empty.
`&deepsyn` is limited by its steps without improvement (-J), not by time: with a time limit its result depends on the
machine.

Sources: abc.rc (berkeley-abc/abc); `passes/techmap/abc.cc` of Yosys (pyosys 0.60 and later); the nine strategies of
LibreLane (librelane/scripts/pyosys/construct_abc_script.py, its defaults), of which AREA 3 and DELAY 4 are the scripts of
OpenROAD-flow-scripts. Try: ``rtlgen synth circuit.aig --lut 6 --recipe-search --strategy fixed``
"""

from __future__ import annotations

from dataclasses import dataclass

from rtlgen.core.errors import UsageError
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
_MAP = "map -p -B 0.2 -A 0.9 -M 0"
_TAIL = "strash; &get -n; &st; &dch; &nf; &put"
_ROUND = "&st; &syn2; &if -g -K 6; &synch2; &nf"
_SIZE = "buffer -c -N 10; {}upsize -c; dnsize -c"

_SCRIPTS = (
    Fixed("dc2 x3 dch", "dc2; dc2; dc2; dch"),
    Fixed("resyn2 dch", "resyn2; dch"),
    Fixed("deepsyn dch", "&get -n; &deepsyn -I 1 -J 12; &put; dch"),
    Fixed("compress2rs dch", "compress2rs; dch"),
    Fixed("resyn2", "resyn2"),
    Fixed("compress2rs", "compress2rs"),
    Fixed(
        "training",
        "refactor -z; refactor; resub -z; refactor; rewrite -z; resub -z; resub -z; balance; refactor; refactor",
    ),
    Fixed("dch", "dch"),
    Fixed("deepsyn", "&get -n; &deepsyn -I 1 -J 12; &put"),
    Fixed("resyn2rs", "resyn2rs"),
    Fixed("resyn2 x3", "resyn2; resyn2; resyn2"),
    Fixed("compress2rs x2 dch", "compress2rs; compress2rs; dch"),
    Fixed("resyn3", "resyn3"),
    Fixed("resyn", "resyn"),
    Fixed("compress2", "compress2"),
    Fixed("compress", "compress"),
    Fixed("yosys unmapped", f"{YOSYS}; dch -f"),
)
_MAPPED = (
    Fixed("yosys", f"{YOSYS}; &get -n; &dch -f; &nf; &put", "cells"),
    Fixed("yosys constr", f"{YOSYS}; &get -n; &dch -f; &nf; &put; buffer; upsize; dnsize", "cells"),
    Fixed("yosys", f"{YOSYS}; dch -f; if -K {{lut}}; mfs2", "luts"),
    Fixed("librelane area 0", f"{_HEAD}; {_DRW}; {_CHOICE2}; {_AMAP}; {_TAIL}", "cells"),
    Fixed(
        "librelane area 1",
        f"{_HEAD}; {_DRW}; {_CHOICE2}; {_AMAP}; strash; {_CHOICE2}; {_AMAP}; {_TAIL}",
        "cells",
    ),
    Fixed(
        "librelane area 2",
        f"{_HEAD}; {_CHOICE2}; strash; {_CHOICE2}; {_AMAP}; strash; {_CHOICE2}; {_AMAP}; {_TAIL}",
        "cells",
    ),
    Fixed("librelane area 3", f"dch; map -B 0.9; topo; {_SIZE.format('')}", "cells"),
    Fixed("librelane delay 0", f"{_HEAD}; {_DRW}; {_MAP}; {_TAIL}", "cells"),
    Fixed(
        "librelane delay 1", f"{_HEAD}; {_DRW}; {_CHOICE2}; {_MAP}; strash; {_CHOICE2}; map; {_TAIL}", "cells"
    ),
    Fixed(
        "librelane delay 2", f"{_HEAD}; {_DRW}; {_CHOICE}; {_MAP}; strash; {_CHOICE}; map; {_TAIL}", "cells"
    ),
    Fixed(
        "librelane delay 3",
        f"{_HEAD}; {_DRW}; {_CHOICE2}; {_AMAP}; strash; {_CHOICE2}; {_MAP}; {_TAIL}",
        "cells",
    ),
    Fixed(
        "librelane delay 4",
        f"&get -n; &st; &dch; &nf; {'; '.join([_ROUND] * 5)}; &put; {_SIZE.format('topo; ')}",
        "cells",
    ),
)


def named(target: Library, *, wide: bool) -> list[tuple[Fixed, Recipe]]:
    """The fixed recipes for `target`, in their order; with `wide` those with a mapping of their own come in between."""
    kind = "cells" if target.lut is None else "luts"
    table = _woven() if wide else _SCRIPTS
    found = []
    for fixed in table:
        if fixed.target in ("any", kind):
            recipe = _parsed(fixed.script.format(lut=target.lut))
            if recipe is not None:
                found.append((fixed, recipe))
    return found


def yosys_script(target: Library) -> str:
    """The script that Yosys's `abc` pass runs by default for such a target."""
    kind = "cells" if target.lut is None else "luts"
    fixed = next(fixed for fixed in _MAPPED if fixed.name == "yosys" and fixed.target == kind)
    return fixed.script.format(lut=target.lut)


def _woven() -> tuple[Fixed, ...]:
    """Scripts with and without a mapping of their own in turns: either kind may suit a circuit."""
    first, second = list(_SCRIPTS), list(_MAPPED)
    pairs = [item for pair in zip(first, second, strict=False) for item in pair]
    return (*pairs, *first[len(second) :], *second[len(first) :])


def _parsed(script: str) -> Recipe | None:
    try:
        return parse(script)
    except UsageError:
        return None


def run(tracker: Tracker) -> None:
    """Score every fixed recipe once."""
    for _, recipe in named(tracker.target, wide=tracker.wide):
        tracker.value(recipe.steps)
