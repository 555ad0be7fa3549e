"""Results of `rtlgen sim` as text: the table, a block for each failure, the list of tests, progress.

Paths are shown relative to the working folder when they are inside it.
"""

from __future__ import annotations

import os
import shlex
import sys
import threading
import time
from pathlib import Path

import click

from rtlgen.core.records import dump
from rtlgen.sim.testing.plan import Plan
from rtlgen.sim.testing.runs import Result
from rtlgen.sim.testing.suite import SuiteResult
from rtlgen.sim.testing.testcases import Case

_COLOURS = {"pass": "green", "timeout": "yellow", "resource": "yellow"}
_HEAD = ("test", "top", "seeds", "pass", "fail", "limit", "time")
_HINTS = {
    "Include file": "name its folder: -I DIR, or project.include_dirs in rtlgen.toml",
    "Cannot find include file": "name its folder: -I DIR, or project.include_dirs in rtlgen.toml",
    "Unknown module type": "add its file to the build: rtlgen files shows what is in it",
    "Cannot find file containing module": "add its file to the build: rtlgen files shows what is in it",
    "for reading": "put the file below the folder of the test, of the design, or the working folder",
    "had not ended": "end the test with $finish, or give it more time: --timeout SECONDS",
    "cannot be imported": "install it in this environment, or name its folder in sim.python_path",
    "ended without a verdict": "print PASS or FAIL, or say what means a pass: --pass-pattern REGEX, --reference REF.v",
}


def as_json(result: SuiteResult) -> str:
    """The `sim` record."""
    return dump("sim", result)


def as_text(result: SuiteResult) -> str:
    """A block for each failure, the table, and what else is to be said."""
    blocks = [failure(row) for row in result.failures]
    notes = [f"note: {note}" for note in result.notes]
    left = result.planned - len(result.results)
    if left:
        why = "interrupted" if result.interrupted else "stopped at the first failure"
        notes.append(f"{left} of {result.planned} not run: {why}")
    return "\n".join([*blocks, table(result), *notes, summary(result)])


def failure(result: Result) -> str:
    """What is known of one failure, and the line that repeats it."""
    verdict = result.verdict
    seed = f" seed {result.seed}" if result.kind != "broken" else ""
    rows = [f"{_coloured(verdict.kind)}  {result.test}{seed}", f"  {verdict.reason}"]
    if verdict.first and verdict.first not in verdict.reason:
        rows.append(f"  first: {verdict.first}")
    if result.note:
        rows.append(f"  note: {result.note}")
    for name, path in (("log", verdict.log_path), ("waves", verdict.waves)):
        if path:
            rows.append(f"  {name}: {shlex.quote(relative(path))}")
    hint = next((hint for words, hint in _HINTS.items() if words in verdict.reason), "")
    if hint:
        rows.append(f"  next: {hint}")
    if verdict.replay:
        rows.append(f"  replay: {verdict.replay}")
    return "\n".join(rows) + "\n"


def table(result: SuiteResult) -> str:
    """One row a test: seeds run, passed, failed, stopped by a limit, seconds of simulation."""
    rows = []
    for name in dict.fromkeys(row.test for row in result.results):
        mine = [row for row in result.results if row.test == name]
        kinds = [row.verdict.kind for row in mine]
        passed = kinds.count("pass")
        limited = kinds.count("timeout") + kinds.count("resource")
        seconds = sum(row.verdict.seconds for row in mine)
        counts = (len(mine), passed, len(mine) - passed - limited, limited)
        rows.append((name, mine[0].top or "-", *map(str, counts), f"{seconds:.2f} s"))
    lines = [_HEAD, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def summary(result: SuiteResult) -> str:
    """One line: how many passed, with what, where everything is."""
    good = len(result.results) - len(result.failures)
    return (
        f"{good} of {len(result.results)} passed on {result.simulator} in {result.seconds:.1f} s;"
        f" results in {relative(result.folder)}"
    )


def listing(plan: Plan) -> str:
    """The tests that would be run: kind, top and why it is the top."""
    rows = [(case.name, case.kind, case.top, case.why_top) for case in plan.found.cases]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)).rstrip()
        for row in rows
    ]
    lines += [f"{name}  cannot be run: {error.what}" for name, error in plan.found.broken]
    return "\n".join(lines)


def listing_json(plan: Plan) -> str:
    """The `sim list` record."""
    broken = [{"test": name, "problem": str(error)} for name, error in plan.found.broken]
    return dump("sim list", {"cases": plan.found.cases, "broken": broken, "notes": plan.notes})


def relative(path: str | Path) -> str:
    """`path` relative to the working folder when it is inside, else as it is."""
    given = Path(path)
    return str(given.relative_to(Path.cwd())) if given.is_relative_to(Path.cwd()) else str(given)


def _coloured(kind: str) -> str:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return kind
    return click.style(kind, fg=_COLOURS.get(kind, "red"), bold=kind != "pass")


class Progress:
    """A line for each finished run on stderr; on a terminal one line that is rewritten, failures stay above it."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._lock = threading.Lock()
        self._planned = 0
        self._failed = 0
        self._running: dict[tuple[str, int], float] = {}

    def begin(self, planned: int) -> None:
        """So many runs are to come."""
        self._planned = planned

    def started(self, case: Case, seed: int) -> None:
        """A run begins."""
        with self._lock:
            self._running[case.name, seed] = time.monotonic()
            self._show(None)

    def finished(self, result: Result, done: int) -> None:
        """A run ended."""
        with self._lock:
            self._running.pop((result.test, result.seed), None)
            self._failed += not result.verdict.passed
            row = (
                f"{result.verdict.kind:<10} {result.test} seed {result.seed} ({result.verdict.seconds:.2f} s)"
            )
            if not self._live:
                click.echo(f"{done}/{self._planned} {row}", err=True)
            else:
                self._show(None if result.verdict.passed else row, done)

    def end(self) -> None:
        """Leave the terminal's line empty."""
        if self._live:
            click.echo("\r\x1b[K", nl=False, err=True)

    def _show(self, row: str | None, done: int | None = None) -> None:
        if not self._live:
            return
        self._done = getattr(self, "_done", 0) if done is None else done
        oldest = min(self._running, key=lambda key: self._running[key], default=None)
        what = f": {oldest[0]} seed {oldest[1]}" if oldest else ""
        failed = f", {self._failed} failed" if self._failed else ""
        line = f"{self._done}/{self._planned}{failed}{what}"
        above = f"{row}\n" if row else ""
        click.echo(f"\r\x1b[K{above}{line[:78]}", nl=False, err=True)
