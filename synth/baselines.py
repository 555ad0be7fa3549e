"""What a recipe has to be better than: the circuit as it is, resyn2, and what Yosys itself runs for this kind of target.

Baselines are scored by the same commands as every recipe and are not charged to a search. Yosys's scripts are those of
the Yosys that rtlgen runs, without a constraint file: see `rtlgen.synth.search.fixed`.

Try: ``rtlgen synth examples/soc --top soc``
"""

from __future__ import annotations

from rtlgen.core.errors import LimitError
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.findings import Row
from rtlgen.synth.recipe import Recipe, parse
from rtlgen.synth.search.fixed import yosys_script


def baselines(explorer: Explorer) -> tuple[Row, ...]:
    """The figures of ``start``, ``resyn2`` and ``yosys``. Raises LimitError when not even the start can be mapped."""
    rows = []
    for name, text in (("start", ""), ("resyn2", "resyn2"), ("yosys", yosys_script(explorer.target))):
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
