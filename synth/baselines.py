"""What a recipe has to be better than: the circuit as it is, resyn2, Yosys's own script, and scripts that also size.

Baselines are scored by the same commands as every recipe and are not charged to a search. Yosys's scripts are those of
the Yosys that rtlgen runs, without a constraint file; ``orfs area`` and ``orfs speed`` are those of
OpenROAD-flow-scripts, which buffer and size behind the mapping: see `rtlgen.synth.search.fixed`. A search that may
not size (the published actions) is not held against them.

Try: ``rtlgen synth examples/soc --top soc``
"""

from __future__ import annotations

from rtlgen.core.errors import LimitError
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.findings import Row
from rtlgen.synth.recipe import Recipe, parse
from rtlgen.synth.search.fixed import named, yosys_script

ORFS = {"orfs area": "librelane area 3", "orfs speed": "librelane delay 4"}
"""The two scripts of OpenROAD-flow-scripts -> their names among the fixed recipes: LibreLane has them too."""


def baselines(explorer: Explorer, *, sized: bool) -> tuple[Row, ...]:
    """The figures of ``start``, ``resyn2`` and ``yosys``, and with `sized` of the two scripts that size, on cells.

    Raises LimitError when not even the start can be mapped.
    """
    target = explorer.target
    scripts = [("start", ""), ("resyn2", "resyn2"), ("yosys", yosys_script(target))]
    if sized and target.lut is None:
        known = {fixed.name: recipe.script for fixed, recipe in named(target, wide=True)}
        scripts += [(name, known[script]) for name, script in ORFS.items()]
    rows: list[Row] = []
    for name, text in scripts:
        recipe = parse(text)
        rows.append(Row(name, recipe.script, explorer.evaluate(recipe), "baseline"))
    if rows[0].qor is None:
        raise LimitError(
            "ABC could not map the circuit as it is",
            where=explorer.circuit.name,
            hint="more time for each command: --timeout SECONDS",
        )
    return tuple(rows)


def of_recipe(explorer: Explorer, recipe: Recipe) -> Row:
    """The row of a recipe that the user gave. Raises LimitError when one of its commands fails."""
    qor = explorer.evaluate(recipe)
    if qor is None:
        raise LimitError(
            f"ABC failed at a command of this recipe, or had not finished it in time: {recipe.script[:200]}",
            where=explorer.circuit.name,
            hint="leave commands out one by one, or give more time: --timeout SECONDS",
        )
    return Row("recipe", recipe.script, qor, "recipe")
