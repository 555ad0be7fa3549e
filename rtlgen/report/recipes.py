"""A comparison of search strategies as text: Markdown tables that are aligned, so that a terminal shows them too.

It computes nothing (`rtlgen.evaluate.recipes_statistics` does) and prints nothing. What the words mean:
docs/bench-recipes.md.

Try: ``rtlgen bench recipes --circuits DIR --lut 6 --budget 20 --seeds 2 --strategies random,anneal``
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from rtlgen.evaluate.intervals import Interval
from rtlgen.evaluate.recipes import Run
from rtlgen.evaluate.recipes_deepsyn import NAME as DEEPSYN
from rtlgen.evaluate.recipes_published import ROWS
from rtlgen.evaluate.recipes_records import SearchRecord
from rtlgen.evaluate.recipes_statistics import CLAIM, Pair, Standing, Statistics

ERRORS = 20
"""Errors that are listed; the others are counted."""


def as_text(run: Run, found: Statistics, *, every: bool = False) -> str:
    """The tables; with `every` all pairs of strategies instead of the best one against each other."""
    parts = [_conditions(run, found)]
    if found.standings:
        parts += [
            _standings(run, found),
            _pairs(found, every=every),
            _speed_ups(run, found),
            _best_of(found),
            _circuits(run, found),
        ]
        if run.objective == "product":
            parts.append(_published(run, found))
    parts.append(_problems(found))
    return "\n\n".join(part for part in parts if part)


def progress_line(record: SearchRecord, done: int, wanted: int) -> str:
    """One finished search."""
    head = f"[{done}/{wanted}] {record.circuit}, {record.strategy}, seed {record.seed}"
    if record.error:
        return f"{head}: {record.error}"
    return f"{head}: {percent(record.reduction)} % ({record.spent} scored, {record.seconds:.1f} s)"


def percent(share: float) -> str:
    """A share in percent with one digit; ``-`` when there is none."""
    return "-" if math.isnan(share) else f"{100 * share:.1f}"


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns: the first to the left, the others to the right."""
    widths = [max(3, *(len(row[place]) for row in [head, *rows])) for place in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = "|".join(
        "-" * (width + 2) if place == 0 else "-" * (width + 1) + ":" for place, width in enumerate(widths)
    )
    return "\n".join([line(head), f"|{rule}|", *(line(row) for row in rows)])


def _conditions(run: Run, found: Statistics) -> str:
    tools = ", ".join(f"{name} {version.split()[0]}" for name, version in run.tools.items())
    lines = [
        f"{len(found.circuits)} circuits, {run.budget} scored recipes, at most {run.length} steps, "
        f"{run.seeds} seeds; {run.library}; {tools}",
        f"figures: reduction of the {_measure(run)} against resyn2 in percent, mean over circuits of the mean over seeds",
    ]
    if found.left_out:
        lines.append(f"not in the means, because searches are missing: {', '.join(found.left_out)}")
    return "\n".join(lines)


def _measure(run: Run) -> str:
    return {"product": "area-delay product"}.get(run.objective, run.objective)


def _standings(run: Run, found: Statistics) -> str:
    marks = list(found.standings[0].at)
    head = ["strategy", "mean", "95 % by circuit", "95 % by seed", *(f"at {n}" for n in marks), "scored", "s"]
    rows = [
        [
            _name(standing),
            percent(standing.mean),
            _interval(standing.by_circuit),
            _interval(standing.by_seed),
            *("-" if standing.strategy == DEEPSYN else percent(standing.at[n]) for n in marks),
            "-" if standing.strategy == DEEPSYN else f"{standing.spent:.0f}",
            f"{standing.alone:.1f}",
        ]
        for standing in found.standings
    ]
    notes = [
        "s: mean wall time of a search; "
        + (
            "each search began with nothing known."
            if run.cold
            else "as if it had run alone (searches share scores here)."
        )
    ]
    if any(standing.outside for standing in found.standings):
        notes.append(
            "*: also scored recipes that the protocol does not allow (other commands, or more steps)."
        )
    if any(standing.strategy == DEEPSYN for standing in found.standings):
        notes.append(
            f"{DEEPSYN}: ABC's `&deepsyn -T` with as many seconds as portfolio took; not reproducible."
        )
    return grid(head, rows) + "\n\n" + "\n".join(notes)


def _name(standing: Standing) -> str:
    return standing.strategy + ("*" if standing.outside else "")


def _pairs(found: Statistics, *, every: bool) -> str:
    best = found.standings[0].strategy
    shown = [pair for pair in found.pairs if every or pair.first == best]
    if not shown:
        return ""
    head = ["paired difference, points", "mean", "95 % by circuit", "95 % by seed", "won", "tied", "lost"]
    return grid(head, [_pair(pair) for pair in shown])


def _pair(pair: Pair) -> list[str]:
    return [
        f"{pair.first} - {pair.second}",
        percent(pair.difference),
        _interval(pair.by_circuit),
        _interval(pair.by_seed),
        str(pair.wins),
        str(pair.ties),
        str(pair.losses),
    ]


def _speed_ups(run: Run, found: Statistics) -> str:
    best = found.standings[0].strategy
    shown = [entry for entry in found.speed_ups if entry.first == best and entry.second != DEEPSYN]
    if not shown:
        return ""
    ninth = max(1, run.budget // CLAIM)
    head = [f"{best} has the final quality of", "its mean", "after", "factor", "circuits", f"by {ninth}"]
    rows = [
        [
            entry.second,
            percent(entry.quality),
            "never" if entry.needed is None else str(entry.needed),
            "-" if entry.factor is None else f"{entry.factor:.1f}",
            f"{entry.circuits} of {len(found.circuits)}",
            str(entry.claimed),
        ]
        for entry in shown
    ]
    return grid(head, rows)


def _best_of(found: Statistics) -> str:
    head = [
        "against the best of the others, per circuit",
        "one search each",
        "difference",
        "all searches",
        "difference",
    ]
    rows = [
        [
            entry.strategy,
            percent(entry.once),
            f"{percent(entry.against_once)} {_interval(entry.once_by_circuit)}",
            percent(entry.ever),
            f"{percent(entry.against_ever)} {_interval(entry.ever_by_circuit)}",
        ]
        for entry in found.best_of
    ]
    return grid(head, rows) if rows else ""


def _circuits(run: Run, found: Statistics) -> str:
    sizes = {record.circuit: record.nodes for record in run.records}
    order = [standing.strategy for standing in found.standings]
    rows = [
        [circuit, str(sizes[circuit]), *(percent(means[name]) for name in order)]
        for circuit, means in found.per_circuit.items()
    ]
    return grid(["circuit", "nodes", *order], rows)


def _published(run: Run, found: Statistics) -> str:
    same = [
        record
        for record in {record.circuit: record for record in run.records}.values()
        if record.circuit in found.circuits
        and any(row.of(record.circuit, record.nodes, record.levels) is not None for row in ROWS)
    ]
    rows = []
    for row in ROWS:
        figures = [row.of(record.circuit, record.nodes, record.levels) for record in same]
        cells = ["-" if figure is None else f"{figure:.1f}" for figure in figures]
        rows.append([row.method, f"{row.mean:.1f}", *cells])
    note = (
        "Published figures were measured under another library and, but for the columns of single circuits, on other "
        "circuits:\nthey cannot be compared with those above in the absolute (SeeA*, NeurIPS 2024, table 2)."
    )
    return grid(["published", "mean of 12", *(record.circuit for record in same)], rows) + "\n\n" + note


def _problems(found: Statistics) -> str:
    if not found.errors:
        return ""
    more = len(found.errors) - ERRORS
    lines = [f"{len(found.errors)} searches failed:", *(f"  {error}" for error in found.errors[:ERRORS])]
    return "\n".join([*lines, f"  and {more} more"] if more > 0 else lines)


def _interval(interval: Interval) -> str:
    low, high = interval
    return "-" if math.isnan(low) else f"[{percent(low)}, {percent(high)}]"
