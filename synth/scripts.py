"""The plain scripts that reproduce a recipe without rtlgen: for ABC alone, and for Yosys with ABC inside.

Both run the recipe on the same network, which the Yosys script makes from the sources and ``start.aig`` holds. Nothing in
them is free text: recipes were parsed, names and paths were checked (`rtlgen.synth.sources`, `rtlgen.synth.library`).
Where the scripts lie and what they are run with is `rtlgen.synth.export`.

LibreLane takes an ABC script by SYNTH_ABC_STRATEGY_SCRIPT (librelane/librelane#899). OpenROAD-flow-scripts has no
variable for one; it takes a finished netlist by SYNTH_NETLIST_FILES (docs/user/FlowVariables.md), or the script in place
of its own flow/scripts/abc_area.script (ABC_AREA = 1).

Try: ``rtlgen synth examples/soc --recipe 'resyn2; dch' --out out; cat out/best.abc``
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rtlgen.synth import passes
from rtlgen.synth.design import Build
from rtlgen.synth.library import Library
from rtlgen.synth.recipe import Recipe

START, ABC, YOSYS_ABC, YOSYS = "start.aig", "best.abc", "best-for-yosys.abc", "synth.ys"
SHELL, ABC_SHELL = "synth.sh", "best.sh"
"""Names of the files."""
LOGIC = "logic"
"""Stem of the mapped logic between the registers of a Verilog design."""
PYTHON_LINE = 'from pyosys import libyosys as y; y.run_pass("script synth.ys", y.Design())'


def steps(recipe: Recipe, target: Library) -> list[str]:
    """The recipe in lines: its transitions, the figures of the AIG, then its tail, the mapping and the figures."""
    transitions, tail = recipe.split()
    commands = "; ".join([*transitions, "print_stats", target.measured(tail)])
    return [command.strip() for command in commands.split(";")]


def for_abc(recipe: Recipe, target: Library, names: Sequence[str], stem: str) -> str:
    """``best.abc``: libraries by `names`, the start, the recipe, and the mapped netlist as `stem`.blif and .v."""
    reads = [f"read_lib -w {'-m ' if number else ''}{name}" for number, name in enumerate(names)]
    lines = [*reads, f"read_aiger {START}", *steps(recipe, target)]
    return "\n".join([*lines, f"write_blif {stem}.blif", f"write_verilog {stem}.v", ""])


def for_yosys_abc(recipe: Recipe, target: Library) -> str:
    """``best-for-yosys.abc``: the recipe for Yosys's ``abc -script``, which reads and writes around it."""
    return "\n".join(["strash", *steps(recipe, target), ""])


def for_yosys(build: Build, target: Library, names: Sequence[str]) -> str:
    """``synth.ys``: from the sources to the mapped netlist. `names` are the libraries as the script is to name them."""
    libraries = passes.liberties(target, names)
    option = f"-lut {target.lut}" if target.lut is not None else libraries
    maps = passes.registers(target, names) if build.maps_registers else []
    lines = [
        *passes.reading(build),
        *passes.word_level(build, target),
        *passes.gate_level(build),
        *passes.named_registers(),
        *maps,
        passes.logic_selection(),
        f"abc {option} -script {YOSYS_ABC} @logic",
        "opt_clean",
        f"stat {libraries}" if target.files else "stat",
        f"write_verilog -noattr {build.top}.v",
        f"write_blif {build.top}.blif",
    ]
    return "\n".join([*(line.strip() for line in lines), ""])


def for_shell() -> str:
    """``synth.sh``: runs ``synth.ys`` by the Python package pyosys, or by the program yosys."""
    return f"""\
# Run as: sh {SHELL}   (PYTHON=... chooses the interpreter that has pyosys)
cd "$(dirname "$0")" || exit 1
YOSYS_MAX_THREADS=1
export YOSYS_MAX_THREADS
python="${{PYTHON:-python3}}"
if "$python" -c 'import pyosys' 2>/dev/null; then
    exec "$python" -c '{PYTHON_LINE}'
fi
exec yosys -s {YOSYS}
"""


def for_abc_shell() -> str:
    """``best.sh``: runs ``best.abc`` by the ABC in the Python package pyosys, or by the program yosys-abc."""
    return f"""\
# Run as: sh {ABC_SHELL}   (PYTHON=... chooses the interpreter that has pyosys)
cd "$(dirname "$0")" || exit 1
abc=$("${{PYTHON:-python3}}" -c 'import pyosys; print(pyosys.__path__[0] + "/yosys-abc")' 2>/dev/null)
exec "${{abc:-yosys-abc}}" -f {ABC}
"""


def for_librelane(folder: Path) -> str:
    """A piece of a LibreLane configuration (JSON) that runs the recipe in ``Yosys.Synthesis``."""
    return json.dumps({"SYNTH_ABC_STRATEGY_SCRIPT": str(folder / YOSYS_ABC)}, indent=4) + "\n"


def for_openroad(folder: Path, top: str) -> str:
    """A piece of an OpenROAD-flow-scripts ``config.mk`` that starts from the mapped netlist."""
    return f"""\
# In the design's config.mk: go on from this netlist instead of synthesising.
export SYNTH_NETLIST_FILES = {folder / top}.v
# Or let the flow synthesise with the recipe: it has no variable for a script, so put {YOSYS_ABC}
# in the place of flow/scripts/abc_area.script and set
#   export ABC_AREA = 1
# The flow prepares the logic in its own way, so its figures are not those of this folder.
"""


def header(title: str, lines: Sequence[str]) -> str:
    """A comment of ``#`` lines."""
    return "".join(f"# {line}\n" for line in (title, *lines)).replace("# \n", "#\n")
