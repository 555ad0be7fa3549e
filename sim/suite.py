"""All tests of a design with all seeds, in parallel: what is planned, run, kept on disk and told.

`plan` finds design, tests and tools and refuses what cannot be run; `run_suite` runs the plan. Each run of one test
with one seed is its own sandboxed process (`sim.execute`). Logs and waves go into a run folder: `--out`, else one in the
store, of which the last `KEPT_RUNS` are kept. Tests that failed the last time come first. Ctrl-C keeps what is finished.

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
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from rtlgen.core.errors import RtlgenError, ToolError, UsageError
from rtlgen.core.project import find_root, load_project
from rtlgen.core.records import Verdict, dump
from rtlgen.core.sandbox import available, why_unavailable
from rtlgen.core.settings import Settings, load_settings
from rtlgen.core.store import RunFolder, Store, store_dir
from rtlgen.sim import cocotb
from rtlgen.sim.collect import conventional_tests, named_tests
from rtlgen.sim.design import Design, design_of, design_of_files
from rtlgen.sim.execute import Executor, Result, Setup, Stopped, interrupt
from rtlgen.sim.simulators import simulator
from rtlgen.sim.testcases import Case, Found, find_cases, reference_case
from rtlgen.sim.verdict import Rule, rule_of

KEPT_RUNS = 20
"""Run folders that are kept in a store."""
_UNFINISHED = "{}\n"
_FAILED_KEY = "sim: tests that failed the last time"


@dataclass(frozen=True)
class Config:
    """What was asked for. Names are as the user typed them, relative to the working folder or the design."""

    design: tuple[str, ...] = (".",)
    """The folder of a project, or Verilog files."""
    tests: tuple[str, ...] = ()
    overrides: tuple[tuple[str, object], ...] = ()
    """Settings given as flags, e.g. ``("sim.seeds", 5)``; None for not given."""
    filelists: tuple[str, ...] = ()
    top: str | None = None
    include_dirs: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    plusargs: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    """``NAME=VALUE`` for cocotb modules."""
    passes: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    out: str | None = None
    fail_fast: bool = False
    sandboxed: bool = True
    untrusted: bool = False
    """The design was written by a model: a pass counts only when it does nothing that a design has no business with."""


@dataclass(frozen=True)
class Plan:
    """What will be run: every case with every seed it reads."""

    design: Design
    found: Found
    runs: tuple[tuple[Case, int], ...]
    setup: Setup
    jobs: int
    settings: Settings
    notes: tuple[str, ...] = ()


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


class Listener(Protocol):
    """Is told how far a suite is; called from several threads, one call at a time."""

    def begin(self, planned: int) -> None:
        """So many runs are to come."""

    def started(self, case: Case, seed: int) -> None:
        """A run begins."""

    def finished(self, result: Result, done: int) -> None:
        """A run ended; `done` of them have."""


def plan(config: Config) -> Plan:
    """Find the design, its tests and what they need. Raises UsageError, DesignError or ToolError for what is missing."""
    settings = _settings(config)
    design = _design(config, settings)
    references = tuple(_reference(name) for name in config.references)
    found = _found(config, settings, design, references)
    setup = _setup(config, settings, design, found.cases, references)
    seed, count = settings.get("sim.seed"), settings.get("sim.seeds")
    runs: list[tuple[Case, int]] = []
    deaf = []
    for case in found.cases:
        repeats = count if case.reads_seed or setup.simulator == "verilator" else 1
        if repeats < count:
            deaf.append(case.name)
        runs += [(case, seed + index) for index in range(repeats)]
    notes = [note for case in found.cases for note in case.notes]
    if deaf:
        notes.append(f"run once, for they read no seed (no $value$plusargs): {', '.join(deaf)}")
    return Plan(
        design=design,
        found=found,
        runs=tuple(runs),
        setup=setup,
        jobs=settings.get("sim.jobs") or _cores(),
        settings=settings,
        notes=tuple(dict.fromkeys(notes)),
    )


def _found(config: Config, settings: Settings, design: Design, references: tuple[Path, ...]) -> Found:
    """The tests: named ones, those of the settings, a comparison with the reference, or those found by convention."""
    names = config.tests or (() if references else tuple(settings.get("sim.tests")))
    if names:
        return find_cases(design, named_tests(design, names), top=config.top)
    if references:
        return Found((reference_case(design, references, top=config.top),))
    return find_cases(design, conventional_tests(design), top=config.top)


def _settings(config: Config) -> Settings:
    first = Path(config.design[0])
    root = first if first.is_dir() else find_root(first)
    return load_settings(root, {name: value for name, value in config.overrides if value is not None})


def _design(config: Config, settings: Settings) -> Design:
    """The design with what the command line adds to it."""
    paths = [Path(name) for name in config.design]
    if len(paths) == 1 and (paths[0].is_dir() or not paths[0].suffix):
        project = load_project(paths[0], filelists=config.filelists, top=config.top, settings=settings)
        design = design_of(project)
    else:
        if config.filelists:
            raise UsageError("-f describes the build of a folder, not of files", hint="name the folder")
        design = design_of_files(paths)
        folders = tuple(path for path in settings.paths("project.include_dirs") if path.is_dir())
        defines = tuple(_pair(item) for item in settings.get("project.defines"))
        design = replace(
            design, top=config.top, include_dirs=(*design.include_dirs, *folders), defines=defines
        )
    included = tuple(_include_dir(name) for name in config.include_dirs)
    macros = dict(design.defines) | dict(_pair(item) for item in config.defines)
    return replace(design, include_dirs=(*included, *design.include_dirs), defines=tuple(macros.items()))


def _include_dir(name: str) -> Path:
    path = Path(os.path.normpath(Path.cwd() / Path(name).expanduser()))
    if not path.is_dir():
        raise UsageError("no such include folder", where=name, hint="correct -I")
    return path


def _pair(item: str) -> tuple[str, str | None]:
    name, equals, value = item.partition("=")
    return name, value if equals else None


def _assigned(items: Sequence[str], option: str) -> tuple[tuple[str, str], ...]:
    """NAME=VALUE items as pairs; UsageError for one without a value."""
    pairs = [item.partition("=") for item in items]
    for item, (name, equals, _) in zip(items, pairs, strict=True):
        if not name or not equals:
            raise UsageError(f"is not NAME=VALUE: {item}", where=option, hint=f"write {option} NAME=VALUE")
    return tuple((name, value) for name, _, value in pairs)


def _setup(
    config: Config,
    settings: Settings,
    design: Design,
    cases: Sequence[Case],
    references: tuple[Path, ...],
) -> Setup:
    """How every run is made; refuses what is not installed before anything is run."""
    name = settings.get("sim.simulator")
    used = {tool.name: f"{tool.version_text} {tool.fingerprint}" for tool in simulator(name).tools()}
    if any(case.kind == "cocotb" for case in cases):
        cocotb.tools(name)
    if config.sandboxed and not available():
        raise ToolError(
            f"no sandbox runs here: {why_unavailable()}",
            where="bwrap",
            hint="apt install bubblewrap, or trust the design: --unsafe-no-sandbox",
        )
    wanted = tuple(_rooted(plusarg) for plusarg in config.plusargs)
    return Setup(
        design=design,
        simulator=name,
        rule=_rule(config),
        parameters=_assigned(config.parameters, "--param"),
        plusargs=wanted,
        environment=_assigned(config.environment, "--env"),
        python_path=tuple(settings.paths("sim.python_path")),
        timeout_s=settings.get("sim.timeout_s"),
        waves=settings.get("sim.waves"),
        wave_format=settings.get("sim.wave_format"),
        sandboxed=config.sandboxed,
        untrusted=config.untrusted,
        references=references,
        replay=_replay_options(config, settings),
        tools=tuple(used.items()),
    )


def _rule(config: Config) -> Rule:
    return rule_of(config.passes, config.fails)


def _rooted(plusarg: str) -> str:
    return plusarg if plusarg.startswith("+") else f"+{plusarg}"


def _reference(name: str) -> Path:
    path = Path(os.path.normpath(Path.cwd() / Path(name).expanduser()))
    if not path.is_file():
        raise UsageError("no such file", where=name, hint="correct --reference")
    return path


def _replay_options(config: Config, settings: Settings) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What stands before and behind ``--test T --seed N`` in a replay line."""
    behind: list[str] = ["--simulator", settings.get("sim.simulator")]
    for flag, values in (
        ("-f", config.filelists),
        ("--top", (config.top,) if config.top else ()),
        ("-I", config.include_dirs),
        ("--define", config.defines),
        ("--param", config.parameters),
        ("--plusarg", config.plusargs),
        ("--env", config.environment),
        ("--pass-pattern", config.passes),
        ("--fail-pattern", config.fails),
        ("--reference", config.references),
    ):
        for value in values:
            behind += [flag, value]
    timeout, wave_format = settings.get("sim.timeout_s"), settings.get("sim.wave_format")
    behind += ["--timeout", f"{timeout:g}"] if settings.origin("sim.timeout_s") == "flag" else []
    behind += ["--wave-format", wave_format] if settings.origin("sim.wave_format") == "flag" else []
    behind += [] if config.sandboxed else ["--unsafe-no-sandbox"]
    behind += ["--untrusted-design"] if config.untrusted else []
    return ("rtlgen", "sim", *config.design), tuple(behind)


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
            interrupt()
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
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return store.run_folder(f"sim-{stamp}-{uuid4().hex[:6]}").folder


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


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
