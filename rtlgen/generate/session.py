"""One command's worth of generation: specifications and their judges from paths, one model for all, code written out.

A path may hold ``{name}``: it stands for the specification's name (its file without the ending and without a trailing
``_prompt``), so that one pattern names the tests of many specifications. What is written is written whole; a file that
was there is kept as FILE.orig.

Try: ``rtlgen generate spec.md --test tb.sv -n 8 --repair 1 -o fifo.sv``
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.errors import UsageError
from rtlgen.core.settings import Settings, load_settings
from rtlgen.core.store import write_atomic
from rtlgen.generate.attempt import Result
from rtlgen.generate.engine import Config, Progress, generate
from rtlgen.generate.judge import LIMITS, Bench, Judge
from rtlgen.generate.judges import judge_for
from rtlgen.generate.prompts import Sampling, messages_for, text_for
from rtlgen.generate.specification import Specification, read_specification
from rtlgen.model.chat import as_chat
from rtlgen.sim.simulators import simulator

if TYPE_CHECKING:
    from rtlgen.model.interface import CodeModel


@dataclass(frozen=True)
class Request:
    """What `rtlgen generate` was asked. Paths may hold ``{name}``."""

    specs: tuple[Path, ...]
    interface: str | None = None
    top: str | None = None
    test: str | None = None
    """A plain test bench, or a cocotb test module (``.py``)."""
    test_files: tuple[str, ...] = ()
    """Compiled with the test bench."""
    test_top: str = ""
    reference: str | None = None
    """A module that is known to be right, instead of a test."""
    sources: tuple[Path, ...] = ()
    """Files that the design may use: packages, submodules."""
    include_dirs: tuple[Path, ...] = ()
    rounds: int = 0
    chat: bool = True
    vote: bool = True
    formal: bool = True
    cycles: int | None = None
    jobs: int = 2
    simulator: str = "icarus"
    sandboxed: bool = True
    wall_s: float = LIMITS.wall_s


@dataclass(frozen=True)
class Task:
    """A specification and what judges it."""

    spec: Specification
    judge: Judge


def tasks_of(request: Request) -> list[Task]:
    """The specifications with their judges; every missing file is found before a model is loaded.

    Raises UsageError for missing or contradicting files and an unknown simulator, ToolError when that is missing.
    """
    if not request.specs:
        raise UsageError("no specification", hint="rtlgen generate spec.md")
    if request.test and request.reference:
        raise UsageError("a test and a reference are given", hint="--test T or --reference REF.v, not both")
    several = len(request.specs) > 1
    for option, pattern in (
        ("--test", request.test),
        ("--reference", request.reference),
        ("--interface", request.interface),
    ):
        if several and pattern and "{name}" not in pattern:
            raise UsageError(
                f"{option} names one file for {len(request.specs)} specifications",
                where=pattern,
                hint=f"put {{name}} where their names stand, e.g. {option} 'tests/{{name}}_tb.sv'",
            )
    simulator(request.simulator).tools()
    return [_task(path, request) for path in request.specs]


def run(
    request: Request, *, root: Path, overrides: Mapping[str, object], progress: Progress | None = None
) -> Iterator[Result]:
    """The result of each specification, in order, as it is ready. Raises as `tasks_of` and the model do."""
    tasks = tasks_of(request)
    settings = load_settings(root, dict(overrides))
    model = writer(settings)
    config = config_of(request, settings)
    for task in tasks:
        yield generate(task.spec, model, task.judge, config, progress)


def writer(settings: Settings) -> CodeModel:
    """The model that writes modules: the one asked for, else the shipped one for specifications, if it is there.

    Raises as `rtlgen.model.chosen.load_model`.
    """
    from rtlgen.model.chosen import load_model
    from rtlgen.model.default import SPEC_FOLDER, DefaultModel, is_own

    asked = settings.get("model.endpoint") or settings.get("model.adapter") not in ("auto", "off")
    if settings.get("model.path") != "default" or asked or not is_own(SPEC_FOLDER):
        return load_model(settings)
    return DefaultModel(SPEC_FOLDER, threads=settings.get("model.threads"))


def config_of(request: Request, settings: Settings) -> Config:
    """Sampling from the settings (flags included), the rest from the request."""
    sampling = Sampling(
        n=settings.get("generate.n"),
        temperature=settings.get("generate.temperature"),
        top_p=settings.get("generate.top_p"),
        max_new_tokens=settings.get("generate.max_new_tokens"),
        seed=settings.get("generate.seed"),
    )
    return Config(
        sampling,
        rounds=request.rounds,
        chat=request.chat,
        jobs=request.jobs,
        vote=request.vote,
        formal=request.formal,
        cycles=request.cycles,
    )


def prompt_of(request: Request, *, root: Path, overrides: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """(name, the exact prompt of the first round) of each specification."""
    model = writer(load_settings(root, dict(overrides)))
    for task in tasks_of(request):
        yield task.spec.name, _prompt(task.spec, model, request.chat)


def written(result: Result, target: Path) -> Path | None:
    """Write the best attempt's code to `target`; an older file is kept as ``target.orig``. None: there is no code.

    Raises UsageError when it cannot be written.
    """
    if result.best is None:
        return None
    if target.is_file():
        write_atomic(target.with_name(target.name + ".orig"), target.read_bytes())
    write_atomic(target, result.best.code)
    return target


def _prompt(spec: Specification, model: CodeModel, chat: bool) -> str:
    if chat and as_chat(model) is not None:
        return "\n\n".join(f"[{message.role}]\n{message.content}" for message in messages_for(spec))
    return text_for(spec, model)


def _task(path: Path, request: Request) -> Task:
    name = path.stem.removesuffix("_prompt")
    interface = _named(request.interface, name, "the interface")
    spec = read_specification(path, interface=interface, top=request.top, name=name)
    bench = Bench(
        simulator=request.simulator,
        sandboxed=request.sandboxed,
        limits=replace(LIMITS, wall_s=request.wall_s),
        sources=_existing(request.sources, "the source file"),
        include_dirs=_existing(request.include_dirs, "the include folder"),
    )
    test = _named(request.test, name, "the test")
    more = [found for item in request.test_files if (found := _named(item, name, "the test's file"))]
    reference = _named(request.reference, name, "the reference")
    return Task(
        spec, judge_for(spec, bench, test=test, more=more, test_top=request.test_top, reference=reference)
    )


def _named(pattern: str | None, name: str, what: str) -> Path | None:
    """The absolute path that `pattern` names for `name`; UsageError when there is no such file."""
    if pattern is None:
        return None
    return _existing([Path(pattern.replace("{name}", name))], what)[0]


def _existing(paths: Sequence[Path], what: str) -> tuple[Path, ...]:
    found = tuple(path.expanduser().resolve() for path in paths)
    for given, path in zip(paths, found, strict=True):
        if not path.exists():
            raise UsageError(f"{what} does not exist", where=given, hint="check the path")
    return found
