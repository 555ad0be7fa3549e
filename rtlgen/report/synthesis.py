"""Results of `rtlgen synth` as text: figures of all baselines and the find, proof and replay, files, progress.

Reductions are against resyn2, as in the published comparisons; a minus is a loss. The product is area times delay.
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rtlgen.core.records import dump
from rtlgen.synth.design import ModuleRow
from rtlgen.synth.findings import Outcome, Result, Row, Search

if TYPE_CHECKING:
    from rtlgen.synth.search.tracker import Scored

_WIDTH = 78
_SHOWN_MODULES = 40


def as_json(result: Result) -> str:
    """The `synth` record."""
    return dump("synth", result)


def as_text(result: Result) -> str:
    """What the design is, the table of figures, the modules, and what a search found."""
    blocks = [_head(result), figures(result)]
    if result.modules:
        blocks.append(modules(result.modules, luts=_luts(result)))
    if result.search is not None:
        blocks.append(_search(result.search))
    if result.outcome is not None:
        blocks.append(_outcome(result.outcome, result))
    if result.folder is not None:
        blocks.append(f"files  {shlex.quote(_relative(result.folder))}: {' '.join(result.files)}")
    return "\n\n".join(blocks)


def _head(result: Result) -> str:
    registers = f"{result.registers} registers" if result.registers else "no registers"
    if result.registers and result.register_area is not None:
        registers += f" (area {result.register_area:g}, in no figure below)"
    return (
        f"{result.design} on {result.target}: {result.inputs} inputs, {result.outputs} outputs,"
        f" {result.nodes} AND nodes, {result.levels} levels, {registers}"
    )


def _luts(result: Result) -> bool:
    return result.target.startswith("lut")


def figures(result: Result) -> str:
    """A row for each recipe: its figures, and by how much area, delay and product are smaller than resyn2's."""
    luts = _luts(result)
    head = ["recipe", "luts" if luts else "area", "levels" if luts else "delay ps", "product"]
    head += ["ANDs", "AND lev"] if luts else ["ANDs", "levels", "cells"]
    head += ["area", "delay", "product"]
    base = result.row("resyn2")
    rows = [_figures(row, base, luts=luts) for row in result.rows]
    return aligned([head, *rows], left=1)


def _figures(row: Row, base: Row | None, *, luts: bool) -> list[str]:
    qor = row.qor
    if qor is None:
        return [row.name, "failed or too slow"]
    shown = [
        row.name,
        f"{qor.area:.7g}",
        f"{qor.delay:.7g}",
        f"{qor.product:.6g}",
        str(qor.nodes),
        str(qor.levels),
    ]
    if not luts:
        shown.append(str(qor.gates))
    if base is None or base.qor is None or row is base:
        return [*shown, "", "", ""]
    pairs = ((qor.area, base.qor.area), (qor.delay, base.qor.delay), (qor.product, base.qor.product))
    return [*shown, *(percent(now, before) for now, before in pairs)]


def percent(now: float, before: float) -> str:
    """By how much `now` is smaller than `before`: ``-12.3 %`` is an eighth less; empty when there was nothing."""
    return f"{100 * (now - before) / before:+.1f} %" if before else ""


def modules(rows: Sequence[ModuleRow], *, luts: bool) -> str:
    """A row for each module, synthesised by itself without what it instantiates."""
    head = ["module", "instances", "registers", "ANDs", "levels", "luts" if luts else "area"]
    head.append("levels" if luts else "delay ps")
    table = [head]
    for row in rows[:_SHOWN_MODULES]:
        area = "-" if row.area is None else f"{row.area:.7g}"
        delay = "-" if row.delay is None else f"{row.delay:.7g}"
        table.append(
            [row.name, *map(str, (row.instances, row.registers, row.nodes, row.levels)), area, delay]
        )
    more = len(rows) - _SHOWN_MODULES
    return aligned(table, left=1) + (f"\n{more} more modules: --json lists them" if more > 0 else "")


def _search(search: Search) -> str:
    bound = "" if search.max_delay is None else f", delay at most {search.max_delay:g}"
    lines = [
        f"search  {search.strategy}: {search.spent} of {search.budget} recipes scored,"
        f" objective {search.objective}{bound}, seed {search.seed}, {search.actions} actions",
        f"pareto  {len(search.front)} of them on the area-delay front; hypervolume {search.hypervolume:.4f}"
        f" (baselines {search.hypervolume_baselines:.4f})",
    ]
    return "\n".join([*lines, *(f"note    {note}" for note in search.notes)])


def _outcome(outcome: Outcome, result: Result) -> str:
    lines = [f"refused {rejected.recipe}\n        {rejected.why}" for rejected in outcome.rejected]
    if result.search is not None and not outcome.win:
        lines.append(f"no gain {outcome.reason}")
    if outcome.recipe or outcome.proof:
        lines.append(f"recipe  {outcome.recipe or '(none: the circuit as it is)'}")
        again = "the plain script in a fresh process gave the same figures"
        lines.append(f"proof   {outcome.proof} ({outcome.method})")
        if outcome.detail:
            lines.append(f"        {outcome.detail}")
        lines.append(f"replay  {again if outcome.replayed else 'not done'}")
    if outcome.win:
        lines.append(_win(outcome, result))
    return "\n".join(lines)


def _win(outcome: Outcome, result: Result) -> str:
    """What was won against the best baseline."""
    found = next(row for row in reversed(result.rows) if row.kind == "search")
    bar = result.row(outcome.beaten)
    assert found.qor is not None and bar is not None and bar.qor is not None
    words = [
        f"{name} {percent(now, before)}"
        for name, now, before in (
            ("area", found.qor.area, bar.qor.area),
            ("delay", found.qor.delay, bar.qor.delay),
            ("product", found.qor.product, bar.qor.product),
        )
    ]
    return f"gain    {', '.join(words)} against {outcome.beaten}, the best baseline"


def aligned(rows: Sequence[Sequence[str]], *, left: int) -> str:
    """Columns side by side, the first `left` of them flush left."""
    count = max(len(row) for row in rows)
    full = [[*row, *[""] * (count - len(row))] for row in rows]
    short = [row for row, given in zip(full, rows, strict=True) if len(given) == count]
    widths = [max(len(row[column]) for row in short) for column in range(count)]
    widths[0] = max(len(row[0]) for row in full)
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in full
    )


def _relative(path: str) -> str:
    given = Path(path)
    return str(given.relative_to(Path.cwd())) if given.is_relative_to(Path.cwd()) else str(given)


class Progress:
    """What is going on, on stderr: one line that is rewritten on a terminal, else a line whenever the best changes."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        self._best = 0
        self._shown = 0.0

    def phase(self, text: str) -> None:
        """Something else begins."""
        self._line(text, keep=False)

    def note(self, text: str) -> None:
        """Something that the user should know now."""
        self._line(f"note: {text}", keep=True)

    def scored(self, entry: Scored, best: Scored, budget: int, share: float) -> None:
        """A recipe was scored."""
        new = best.number != self._best
        if not (new or self._live or entry.number == budget):
            return
        self._best = best.number
        if self._live and not new and time.monotonic() - self._shown < 0.1:
            return
        steps = best.recipe.script or "(none)"
        self._line(
            f"{entry.number}/{budget} best {-100 * share:+.1f} % to resyn2"
            f" (area {best.qor.area:.6g}, delay {best.qor.delay:.6g}): {steps}",
            keep=False,
        )

    def end(self) -> None:
        """Leave the terminal's line empty."""
        if self._live:
            click.echo("\r\x1b[K", nl=False, err=True)

    def _line(self, text: str, *, keep: bool) -> None:
        self._shown = time.monotonic()
        if not self._live:
            click.echo(text if len(text) <= 200 else f"{text[:197]}...", err=True)
        else:
            click.echo(f"\r\x1b[K{text[:_WIDTH]}" + ("\n" if keep else ""), nl=False, err=True)
