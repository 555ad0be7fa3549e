"""The folder of results: whose it is, the tables in it, and the record that is written last.

``convergence.csv`` has a line for each scored recipe, ``pareto.csv`` the area-delay cloud with the baselines,
``result.json`` everything; what the user takes home (best.abc, synth.ys, the netlist) is written by
`rtlgen.synth.export`. Only fields named seconds differ when the same search is run again.

Try: ``rtlgen synth circuit.aig --lut 6 --recipe-search --out found && ls found``
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rtlgen.core.errors import UsageError
from rtlgen.core.records import dump, to_csv
from rtlgen.core.store import Store, write_atomic
from rtlgen.synth.findings import Result

RECORD = "result.json"
UNFINISHED = "{}\n"
"""What the record holds until the run is done: the folder is ours and nothing in it counts yet."""
Draw = Callable[[Result], object]
"""Draws pictures of a result into its folder."""
KEPT_RUNS = 20
"""Run folders of `rtlgen synth` that are kept in a store."""


def claim(name: str) -> Path:
    """The folder that the user named, marked as ours. UsageError when it is a file, or holds something else."""
    folder = Path(os.path.normpath(Path.cwd() / Path(name).expanduser()))
    if folder.exists() and not folder.is_dir():
        raise UsageError("cannot be written: it is a file", where=name, hint="name a new folder: --out DIR")
    if folder.is_dir() and any(folder.iterdir()) and not _ours(folder):
        raise UsageError(
            "is not empty and holds no results of rtlgen synth",
            where=name,
            hint="name a new folder: --out DIR",
        )
    _mark(folder)
    return folder


def run_folder(store: Store, design: str, key: str) -> Path:
    """The folder in the store for this very run; the oldest of many runs are forgotten."""
    folder = store.run_folder(f"synth-{design}-{key[:12]}").folder
    _mark(folder)
    runs = sorted(folder.parent.glob("synth-*"), key=lambda path: path.stat().st_mtime)
    for old in runs[:-KEPT_RUNS]:
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)
    return folder


def _ours(folder: Path) -> bool:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        text = (folder / RECORD).read_text(encoding="utf-8")
        return text == UNFINISHED or json.loads(text)["kind"] == "synth"
    return False


def _mark(folder: Path) -> None:
    """Delete what an earlier run left, the record first, and leave the mark of an unfinished run."""
    files: list[str] = []
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        files = list(json.loads((folder / RECORD).read_text(encoding="utf-8"))["data"]["files"])
    write_atomic(folder / RECORD, UNFINISHED)
    for name in files:
        path = Path(os.path.normpath(folder / str(name)))
        if path.parent == folder and path.name != RECORD:
            with contextlib.suppress(OSError):
                path.unlink()


def write(result: Result, draw: Draw | None = None) -> Result:
    """Write tables, pictures (by `draw`) and the record into the result's folder; the result with the names of all files.

    The record comes last: without it, or with an empty one, nothing in the folder counts.
    """
    assert result.folder is not None
    folder = Path(result.folder)
    if result.search is not None:
        write_atomic(folder / "convergence.csv", convergence(result))
        write_atomic(folder / "pareto.csv", cloud(result))
    if draw is not None:
        draw(result)
    names = {path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")}
    done = replace(result, files=tuple(sorted(names | {RECORD})))
    write_atomic(
        folder / RECORD, json.dumps(json.loads(dump("synth", done)), indent=1, ensure_ascii=False) + "\n"
    )
    return done


def convergence(result: Result) -> str:
    """A line for each scored recipe: its figures, and the smallest value so far."""
    assert result.search is not None
    head = ("number", "value", "best", "area", "delay", "product", "nodes", "levels", "recipe")
    return to_csv(
        head,
        (
            (
                p.number,
                p.value,
                p.best,
                p.qor.area,
                p.qor.delay,
                p.qor.product,
                p.qor.nodes,
                p.qor.levels,
                p.recipe,
            )
            for p in result.search.points
        ),
    )


def cloud(result: Result) -> str:
    """Area and delay of every baseline and every scored recipe, and whether none is better in both."""
    assert result.search is not None
    chosen = set(result.search.front)
    rows: list[tuple[object, ...]] = [
        (row.name, row.qor.area, row.qor.delay, "", row.recipe)
        for row in result.rows
        if row.qor is not None and row.kind == "baseline"
    ]
    rows += [
        (point.number, point.qor.area, point.qor.delay, int(point.number in chosen), point.recipe)
        for point in result.search.points
    ]
    return to_csv(("name", "area", "delay", "front", "recipe"), rows)
