"""What a comparison of search strategies leaves in its folder: tables, figures for other programs, a plot.

``report.md``, ``summary.json`` (statistics), ``searches.csv`` (a line a search), ``curves.csv`` (mean reduction after
each scored recipe), ``convergence.png`` and ``.svg`` where matplotlib is installed. Written beside its place, then
renamed.

Try: ``ls .rtlgen/bench/recipes`` after ``rtlgen bench recipes``
"""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

from rtlgen.core.records import dump, to_csv
from rtlgen.core.store import write_atomic
from rtlgen.evaluate.recipes import Run
from rtlgen.evaluate.recipes_deepsyn import NAME as DEEPSYN
from rtlgen.evaluate.recipes_statistics import Statistics
from rtlgen.report.recipes import as_text, percent

COLUMNS = (
    "circuit",
    "nodes",
    "levels",
    "strategy",
    "seed",
    "baseline",
    "best",
    "area",
    "delay",
    "reduction",
    "spent",
    "outside",
    "seconds",
    "alone",
    "transitions",
    "known_transitions",
    "scores",
    "known_scores",
    "failed",
    "recipe",
    "error",
)
"""Of ``searches.csv``, by the names of the record's fields."""


def write(run: Run, found: Statistics, folder: Path) -> list[Path]:
    """Write all files to `folder`; their paths. UsageError when it cannot be written to."""
    written = [
        _write(folder / "report.md", as_text(run, found, every=True) + "\n"),
        _write(folder / "summary.json", dump("bench recipes", found) + "\n"),
        _write(
            folder / "searches.csv", to_csv(COLUMNS, ([getattr(r, c) for c in COLUMNS] for r in run.records))
        ),
        _write(folder / "curves.csv", _curves(run, found)),
    ]
    if found.curves and importlib.util.find_spec("matplotlib") is not None:
        written += _plot(run, found, folder)
    return written


def _write(path: Path, text: str) -> Path:
    write_atomic(path, text)
    return path


def _curves(run: Run, found: Statistics) -> str:
    names = list(found.curves)
    rows = (
        [number, *(f"{found.curves[n][number - 1]:.6f}" for n in names)]
        for number in range(1, run.budget + 1)
    )
    return to_csv(["scored", *names], rows)


def _plot(run: Run, found: Statistics, folder: Path) -> list[Path]:
    """Mean reduction over scored recipes, one line a strategy, the best first in the legend."""
    import matplotlib
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    numbers = range(1, run.budget + 1)
    for standing in found.standings:
        values = [100 * value for value in found.curves[standing.strategy]]
        label = f"{standing.strategy} {percent(standing.mean)} %"
        if standing.strategy == DEEPSYN:
            axes.axhline(values[-1], linestyle=":", color="gray", label=f"{label} (by time)")
            continue
        style = "-" if standing is found.standings[0] else "--"
        axes.step(numbers, values, style, where="post", label=label)
    low = min(found.curves[s.strategy][min(2, run.budget - 1)] for s in found.standings)
    axes.set_ylim(bottom=100 * min(0.0, low))
    axes.set_xlabel("scored recipes")
    axes.set_ylabel(f"mean reduction against resyn2, % ({len(found.circuits)} circuits)")
    axes.legend(loc="lower right", fontsize="small")
    axes.grid(alpha=0.3)
    paths = []
    for ending, metadata in (("png", {}), ("svg", {"Date": None})):
        data = io.BytesIO()
        with matplotlib.rc_context({"svg.hashsalt": "rtlgen", "svg.fonttype": "none"}):
            figure.savefig(data, format=ending, metadata=metadata)
        write_atomic(folder / f"convergence.{ending}", data.getvalue())
        paths.append(folder / f"convergence.{ending}")
    return paths
