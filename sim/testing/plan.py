"""What `rtlgen sim` will run: the design, its tests, how, and with which tools.

What is missing is refused here, before anything is run (`sim.suite` runs). Try: ``rtlgen sim examples/soc --list``
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.core.project import find_root, load_project
from rtlgen.core.sandbox import available, why_unavailable
from rtlgen.core.settings import Settings, load_settings
from rtlgen.sim.simulators import simulator
from rtlgen.sim.testing import cocotb
from rtlgen.sim.testing.collect import conventional_tests, named_tests
from rtlgen.sim.testing.design import Design, design_of, design_of_files
from rtlgen.sim.testing.runs import Setup
from rtlgen.sim.testing.testcases import Case, Found, find_cases, reference_case
from rtlgen.sim.verdict import Rule, rule_of


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


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
