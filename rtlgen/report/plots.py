"""Pictures of a recipe search, PNG and SVG: how fast it got better, and area against delay of all it scored.

matplotlib is an extra (``pip install 'rtlgen[plots]'``); without it the CSV files hold the same. No window is opened,
and the same search gives the same picture.

Try: ``rtlgen synth circuit.aig --lut 6 --recipe-search --out found && ls found/*.png``
"""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from typing import Any

from rtlgen.core.store import write_atomic
from rtlgen.synth.findings import Result, Row

SIZE = (7.2, 4.4)
"""Inches."""
DOTS = 150
"""A PNG's dots an inch."""
_COLOURS = {"start": "#999999", "resyn2": "#d55e00", "yosys": "#0072b2", "best fixed": "#cc79a7"}
_COLOURS |= {"orfs area": "#e69f00", "orfs speed": "#000000"}
_FOUND, _POINT = "#009e73", "#56b4e9"


def available() -> bool:
    """Whether matplotlib is installed (it is not imported)."""
    return importlib.util.find_spec("matplotlib") is not None


def write(result: Result) -> tuple[str, ...]:
    """Draw both pictures of `result` into its folder; their names. Nothing without a search or matplotlib."""
    if result.search is None or result.folder is None or not result.search.points or not available():
        return ()
    names: list[str] = []
    for name, draw in (("convergence", _convergence), ("pareto", _pareto)):
        figure = _figure()
        draw(figure.subplots(), result)
        for ending in ("png", "svg"):
            write_atomic(Path(result.folder) / f"{name}.{ending}", _saved(figure, ending))
            names.append(f"{name}.{ending}")
    return tuple(names)


def _figure() -> Any:
    """An empty picture, drawn without a display."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _saved(figure: Any, ending: str) -> bytes:
    """The picture as PNG or SVG: no date in it, and the same identifiers every time."""
    import matplotlib

    data = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "rtlgen", "svg.fonttype": "none"}):
        metadata = {"Date": None} if ending == "svg" else {"Software": None}
        figure.savefig(data, format=ending, dpi=DOTS, metadata=metadata)
    return data.getvalue()


def _units(result: Result) -> tuple[str, str]:
    """(name of the area axis, name of the delay axis)."""
    if result.target.startswith("lut"):
        return "LUTs", "levels of LUTs"
    return f"area ({result.target})", "delay (ps)"


def _measure(result: Result, row: Row) -> float:
    """What the search made smaller, of a row."""
    assert result.search is not None and row.qor is not None
    return float(
        {"product": row.qor.product, "area": row.qor.area, "delay": row.qor.delay}[result.search.objective]
    )


def _label(row: Row) -> str:
    return f"best fixed: {row.name}" if row.kind == "fixed" else row.name


def _colour(row: Row) -> str:
    return _COLOURS["best fixed"] if row.kind == "fixed" else _COLOURS.get(row.name, "#444444")


def _lines(result: Result) -> list[Row]:
    """The rows that are drawn as references."""
    return [row for row in result.rows if row.qor is not None and row.kind in ("baseline", "fixed")]


def _convergence(axes: Any, result: Result) -> None:
    """The best value against the number of scored recipes; every score as a dot, baselines as lines."""
    search = result.search
    assert search is not None
    area, delay = _units(result)
    measure = {"product": "area x delay", "area": area, "delay": delay}[search.objective]
    values = [
        {"product": p.qor.product, "area": p.qor.area, "delay": p.qor.delay}[search.objective]
        for p in search.points
    ]
    numbers = [p.number for p in search.points]
    best = [values[place] for place in _best_places([p.value for p in search.points])]
    for row in _lines(result):
        axes.axhline(
            _measure(result, row), color=_colour(row), linewidth=1.2, linestyle="--", label=_label(row)
        )
    levels = [*best, *(_measure(result, row) for row in _lines(result))]
    low, high = min(levels), max([*levels, sorted(values)[int(0.9 * (len(values) - 1))]])
    margin = 0.06 * (high - low) or 1.0
    above = sum(value > high + margin for value in values)
    label = f"scored recipe\n({above} above the picture)" if above else "scored recipe"
    axes.plot(numbers, values, "o", markersize=3, color=_POINT, alpha=0.6, label=label)
    axes.step(
        [*numbers, search.spent],
        [*best, best[-1]],
        where="post",
        color=_FOUND,
        linewidth=2,
        label="best so far",
    )
    axes.set_ylim(low - margin, high + margin)  # a few bad recipes would flatten everything else
    axes.set_xlim(0, max(search.spent, 1) * 1.01)
    axes.set_xlabel("scored recipes")
    axes.set_ylabel(measure)
    axes.set_title(f"{result.design}: {search.strategy}, seed {search.seed}", fontsize=11)
    _finish(axes)


def _best_places(values: list[float]) -> list[int]:
    """For each place the place of the smallest value so far."""
    places: list[int] = []
    for place, value in enumerate(values):
        places.append(place if not places or value < values[places[-1]] else places[-1])
    return places


def _pareto(axes: Any, result: Result) -> None:
    """Area against delay of everything that was scored, the front as stairs, the baselines as marks."""
    search = result.search
    assert search is not None
    area, delay = _units(result)
    by_number = {point.number: point.qor for point in search.points}
    axes.plot(
        [qor.delay for qor in by_number.values()],
        [qor.area for qor in by_number.values()],
        "o",
        markersize=4,
        color=_POINT,
        alpha=0.6,
        label="scored recipe",
    )
    chosen = [by_number[number] for number in search.front]
    axes.step(
        [qor.delay for qor in chosen],
        [qor.area for qor in chosen],
        where="post",
        color=_FOUND,
        linewidth=1.6,
        marker="o",
        markersize=4,
        label="Pareto front",
    )
    for row, mark in zip(_lines(result), "sD^v<>P", strict=False):
        assert row.qor is not None
        axes.plot(row.qor.delay, row.qor.area, mark, markersize=8, color=_colour(row), label=_label(row))
    found = next((row for row in result.rows if row.kind == "search" and row.qor is not None), None)
    if found is not None and found.qor is not None and found.name == "found":
        axes.plot(
            found.qor.delay,
            found.qor.area,
            "*",
            markersize=15,
            color=_FOUND,
            markeredgecolor="black",
            label="found",
        )
    if search.max_delay is not None:
        axes.axvline(
            search.max_delay, color="#444444", linewidth=1, linestyle=":", label="bound on the delay"
        )
    axes.set_xlabel(delay)
    axes.set_ylabel(area)
    axes.set_title(f"{result.design}: area and delay, hypervolume {search.hypervolume:.4f}", fontsize=11)
    _finish(axes)


def _finish(axes: Any) -> None:
    axes.grid(visible=True, linewidth=0.4, alpha=0.5)
    axes.ticklabel_format(axis="y", style="plain", useOffset=False)
    axes.figure.legend(loc="outside right upper", fontsize=8, frameon=False)
