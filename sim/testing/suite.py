"""All tests of a design with all seeds, in parallel: what is run, kept on disk and told.

`run_suite` runs a plan (`sim.plan`). Each run of one test with one seed is its own sandboxed process (`sim.execute`).
Logs and waves go into a run folder: `--out`, else one in the store, of which the last `KEPT_RUNS` are kept. Tests that
failed the last time come first. Ctrl-C keeps what is finished.

It prints nothing. Try: ``rtlgen sim examples/soc``
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from rtlgen.core.errors import RtlgenError, UsageError
from rtlgen.core.records import Verdict, dump
from rtlgen.core.store import RunFolder, Store, store_dir
from rtlgen.sim.testing.execute import Executor, interrupt
from rtlgen.sim.testing.plan import Config, Plan, plan
from rtlgen.sim.testing.runs import Listener, Result, Stopped
from rtlgen.sim.testing.testcases import Case

KEPT_RUNS = 20
"""Run folders that are kept in a store."""
_UNFINISHED = "{}\n"
_FAILED_KEY = "sim: tests that failed the last time"


@dataclass(frozen=True)
class SuiteResult:
    """What came out. `results` are in the order of the tests, seeds ascending."""

    results: tuple[Result, ...]
    planned: int
    folder: str
    simulator: str
    seconds: float
    interrupted: bool = False
    notes: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[Result, ...]:
        """The results that are no pass."""
        return tuple(result for result in self.results if not result.verdict.passed)

    @property
    def exit_code(self) -> int:
        """0 all pass, 1 something failed, 4 nothing worse than a time or resource limit, 130 interrupted."""
        if self.interrupted:
            return 130
        kinds = {result.verdict.kind for result in self.failures}
        if not kinds:
            return 0
        return 4 if kinds <= {"timeout", "resource"} else 1


def run_suite(config: Config, listener: Listener | None = None, planned: Plan | None = None) -> SuiteResult:
    """Run the plan (made from `config` when it is not given) and write logs, waves and results into the run folder.

    Raises what `plan` raises, and UsageError when the run folder cannot be written to.
    """
    made = planned or plan(config)
    begun = time.monotonic()
    store = None if config.out else Store(store_dir(made.design.root, made.settings))
    folder = RunFolder(_out_folder(config.out) if store is None else _new_run(store))
    folder.write("results.json", _UNFINISHED)
    executor = Executor(made.setup, folder)
    with contextlib.closing(executor):
        results, interrupted = _run_all(made, executor, config, listener, _order(made, store))
    broken = tuple(_broken(name, error) for name, error in made.found.broken)
    places = {(case.name, seed): index for index, (case, seed) in enumerate(made.runs)}
    ordered = sorted(results, key=lambda result: places[result.test, result.seed])
    suite = SuiteResult(
        results=(*ordered, *broken),
        planned=len(made.runs) + len(broken),
        folder=str(folder.folder),
        simulator=made.setup.simulator,
        seconds=time.monotonic() - begun,
        interrupted=interrupted,
        notes=made.notes,
    )
    folder.write("results.json", dump("sim", suite) + "\n")
    folder.finish({"verb": "sim", "exit_code": suite.exit_code, "tools": dict(made.setup.tools)})
    if store is not None:
        _remember(store, suite)
        _prune(store)
    return suite


def _run_all(
    made: Plan,
    executor: Executor,
    config: Config,
    listener: Listener | None,
    runs: Sequence[tuple[Case, int]],
) -> tuple[list[Result], bool]:
    """The results so far, and whether Ctrl-C ended it."""
    results: list[Result] = []
    interrupted = False
    if listener is not None:
        listener.begin(len(runs))
    with ThreadPoolExecutor(max_workers=max(1, min(made.jobs, len(runs)))) as pool:
        futures: list[Future[Result]] = []
        try:
            for case, seed in runs:
                futures.append(pool.submit(executor.run, case, seed, listener))
            for future in as_completed(futures):
                if future.cancelled():
                    continue
                try:
                    result = future.result()
                except Stopped:
                    continue
                results.append(result)
                executor.folder.append(result)
                if listener is not None:
                    listener.finished(result, len(results))
                if config.fail_fast and not result.verdict.passed:
                    _cancel(futures)
        except BaseException as error:
            executor.stopped = True
            _cancel(futures)
            while any(future.running() for future in futures):  # one may just have started its next process
                interrupt()
                time.sleep(0.05)
            if not isinstance(error, KeyboardInterrupt):
                raise
            interrupted = True
    return results, interrupted


def _cancel(futures: Sequence[Future[Result]]) -> None:
    for future in futures:
        future.cancel()


def _broken(name: str, error: RtlgenError) -> Result:
    """The result of a test that cannot be run at all."""
    where = f"{error.where}: " if error.where else ""
    hint = f" (next: {error.hint})" if error.hint else ""
    verdict = Verdict("tool-error", f"{where}{error.what}{hint}")
    return Result(test=name, kind="broken", top="", seed=0, verdict=verdict)


def _order(made: Plan, store: Store | None) -> list[tuple[Case, int]]:
    """The runs, those of tests that failed the last time first."""
    failed = store.get(_FAILED_KEY) if store is not None else None
    names = set(failed) if isinstance(failed, list) else set()
    return sorted(made.runs, key=lambda run: run[0].name not in names)


def _remember(store: Store, suite: SuiteResult) -> None:
    before = store.get(_FAILED_KEY)
    names = set(before) if isinstance(before, list) else set()
    names -= {result.test for result in suite.results}
    store.put(_FAILED_KEY, sorted(names | {result.test for result in suite.failures}))


def _new_run(store: Store) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    return store.run_folder(f"sim-{stamp}-{uuid4().hex[:4]}").folder


def _prune(store: Store) -> None:
    """Forget all but the last runs."""
    runs = sorted((store.folder / "runs").glob("sim-*"))
    for old in runs[:-KEPT_RUNS]:
        shutil.rmtree(old, ignore_errors=True)


def _out_folder(name: str | None) -> Path:
    """The folder that the user named, empty: what an earlier run of ours left there is deleted. UsageError otherwise."""
    assert name is not None
    folder = Path(os.path.normpath(Path.cwd() / Path(name).expanduser()))
    if folder.exists() and not folder.is_dir():
        raise UsageError("cannot be written: it is a file", where=name, hint="name a new folder: --out DIR")
    if folder.is_dir() and any(folder.iterdir()):
        _clear(folder, name)
    return folder


def _clear(folder: Path, name: str) -> None:
    """Delete what an earlier run left in `folder`: just what its manifest names. UsageError for any other folder."""
    try:
        results = (folder / "results.json").read_text(encoding="utf-8")
        ours = results == _UNFINISHED or json.loads(results)["kind"] == "sim"
        manifest = folder / "manifest.json"
        files = json.loads(manifest.read_text(encoding="utf-8"))["files"] if manifest.is_file() else {}
    except (OSError, ValueError, KeyError, TypeError):
        ours, files = False, {}
    if not ours:
        raise UsageError(
            "is not empty and holds no results of rtlgen sim", where=name, hint="name a new folder: --out DIR"
        )
    for file in (*files, "manifest.json"):
        path = Path(os.path.normpath(folder / file))
        if path.is_relative_to(folder):
            with contextlib.suppress(OSError):
                path.unlink()
