"""One search under the settings: its tracker, Ctrl-C, and the record of what was scored.

Try: ``rtlgen synth circuit.aig --lut 6 --recipe-search --strategy anneal --budget 30``
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence, Set
from types import FrameType
from typing import Protocol

from rtlgen.synth.explorer import Explorer
from rtlgen.synth.findings import Point, Row, Search
from rtlgen.synth.pareto import front, hypervolume
from rtlgen.synth.qor import Objective
from rtlgen.synth.recalled import Recalled, begin
from rtlgen.synth.recipe import PUBLISHED
from rtlgen.synth.request import Request
from rtlgen.synth.search import strategy
from rtlgen.synth.search.fixed import named
from rtlgen.synth.search.tracker import BudgetSpent, Scored, Tracker

WIDE = (*PUBLISHED, "dc2", "dc2 -b", "resub -K 6", "resub -K 12 -N 2", "refactor -N 12", "drw", "drf")
"""What strategies draw from when every command is allowed."""


class Listener(Protocol):
    """Who is told what is going on."""

    def phase(self, text: str) -> None:
        """Something else begins."""

    def scored(self, entry: Scored, best: Scored, budget: int, share: float) -> None:
        """A recipe was scored; `share` is the best one's reduction of the objective against resyn2."""

    def note(self, text: str) -> None:
        """Something that the user should know now."""


def search(
    request: Request, explorer: Explorer, listener: Listener, known: Sequence[Recalled] = ()
) -> Tracker:
    """The tracker of the search that `request` asks for, after it ended; `stopped` when Ctrl-C ended it.

    It begins with the recipes `known` from circuits that are alike.
    """
    tracker = _tracker(request, explorer, listener)
    name = request.get("strategy")
    run = strategy(name)
    listener.phase(f"searching: {name}, {tracker.budget} recipes, {explorer.circuit.nodes} AND nodes")
    with _stoppable(tracker, listener), contextlib.suppress(BudgetSpent):
        begin(tracker, known)
        run(tracker)
    return tracker


def _tracker(request: Request, explorer: Explorer, listener: Listener) -> Tracker:
    objective = request.objective
    wide = request.get("actions") == "all"

    def told(entry: Scored) -> None:
        best = tracker.best
        assert best is not None
        share = Objective(objective.name).reduction(best.qor, tracker.baseline)
        listener.scored(entry, best, tracker.budget, share)

    tracker = Tracker(
        explorer,
        objective,
        request.get("budget"),
        seed=request.get("seed"),
        actions=WIDE if wide else PUBLISHED,
        length=request.get("length"),
        wide=wide,
        on_score=told,
    )
    return tracker


def record(request: Request, tracker: Tracker, baselines: Sequence[Row]) -> Search:
    """What the search scored, in order, with its front and how much of the plane it covers."""
    points: list[Point] = []
    best = float("inf")
    for entry in tracker.scored:
        best = min(best, entry.value)
        points.append(Point(entry.number, entry.recipe.script, entry.qor, entry.value, best))
    figures = [point.qor for point in points]
    return Search(
        strategy=request.get("strategy"),
        objective=tracker.objective.name,
        max_delay=tracker.objective.max_delay,
        budget=tracker.budget,
        spent=tracker.spent,
        seed=tracker.seed,
        actions=request.get("actions"),
        length=tracker.length,
        points=tuple(points),
        front=tuple(points[place].number for place in front(figures)),
        hypervolume=hypervolume(figures, tracker.baseline),
        hypervolume_baselines=hypervolume([row.qor for row in baselines if row.qor], tracker.baseline),
        notes=tuple(tracker.notes),
    )


def best_fixed(tracker: Tracker, shown: Set[str]) -> Row | None:
    """The best of the fixed scripts that the search scored, without those that are `shown`; None when it scored none."""
    names = {recipe.script: fixed.name for fixed, recipe in named(tracker.target, wide=tracker.wide)}
    names = {script: name for script, name in names.items() if script not in shown}
    known = [entry for entry in tracker.scored if entry.recipe.script in names]
    best = min(known, key=lambda entry: (entry.value, entry.number), default=None)
    return None if best is None else Row(names[best.recipe.script], best.recipe.script, best.qor, "fixed")


@contextlib.contextmanager
def _stoppable(tracker: Tracker, listener: Listener) -> Iterator[None]:
    """The first Ctrl-C stops the search, the second one everything. Only in the main thread, where signals are heard."""

    def heard(_number: int, _frame: FrameType | None) -> None:
        if tracker.stopped:
            os._exit(130)  # threads may be waiting for ABC; what was computed is on disk
        tracker.stop()
        listener.note("stopping: the best so far is proven and written; Ctrl-C again stops at once")

    before = signal.getsignal(signal.SIGINT)
    try:
        if before is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, heard)
    except ValueError:  # not in the main thread
        before = signal.SIG_IGN
    try:
        yield
    finally:
        if before is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, before)
