"""Run a benchmark of problems with test benches: choose problems, get answers, score them, report.

Answers are the benchmark's own references, saved samples, or made here by a model; making and scoring are separate steps,
and each goes on where it was stopped. VerilogEval and RTLLM differ only in how their problems are read and how questions
are written (`verilog_eval`, `rtllm`); what is common is here.

Try: ``rtlgen eval verilog-eval --data DIR --references``
"""

from __future__ import annotations

import fnmatch
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.core.records import dump, to_json
from rtlgen.core.settings import load_settings
from rtlgen.core.store import Store, store_dir, write_atomic
from rtlgen.datasets.problem import Problem, listed
from rtlgen.evaluate.benchmark_report import KS, Summary, compare, report_of, summary_of
from rtlgen.evaluate.code_samples import read_code_samples
from rtlgen.evaluate.designs import Pipeline, designs, made_from
from rtlgen.evaluate.generation import Asker, generate
from rtlgen.evaluate.journal import fingerprint
from rtlgen.evaluate.prompts import PromptOf
from rtlgen.evaluate.repairs import VARIANTS
from rtlgen.evaluate.scored import Answer, Config, Scored
from rtlgen.evaluate.scoring import check_simulator, reference_answer
from rtlgen.evaluate.scoring_run import Place, Progress, score_variant

MODES = ("model", "samples", "references")


@dataclass(frozen=True)
class Source:
    """A benchmark: its name, how its problems are read, how its questions are written, what makes them so."""

    name: str
    load: Callable[[], tuple[Problem, ...]]
    prompt_of: PromptOf
    how: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunConfig:
    """One evaluation. Without `samples` and `references` the model of `asker` answers."""

    asker: Asker
    samples: tuple[Path, ...] = ()
    references: bool = False
    generate_only: bool = False
    pipeline: Pipeline | None = None
    """Let `rtlgen generate` make the answers; None: ask the benchmark's own question."""
    problems: tuple[str, ...] = ()
    """Names or patterns (``Prob0*``); empty: all."""
    limit: int | None = None
    variants: tuple[str, ...] = ("strict",)
    scoring: Config = field(default_factory=Config)
    out: Path | None = None
    """Folder of samples, scores and report; None: one in the store."""
    ks: tuple[int, ...] = KS
    seed: int = 0
    """Of the bootstrap."""
    replay: str = ""
    """The command line that gives a score again, without the answers and the problem."""

    def __post_init__(self) -> None:
        if self.references and self.samples:
            raise UsageError("--references are samples of their own", hint="leave --samples out")
        if self.generate_only and (self.references or self.samples):
            raise UsageError("--generate-only asks a model", hint="leave --samples and --references out")
        if unknown := set(self.variants) - set(VARIANTS):
            raise UsageError(f"no variant '{listed(unknown)}'", hint=f"one of: {', '.join(VARIANTS)}, both")


@dataclass(frozen=True)
class Outcome:
    """Summaries, one a samples file, in their order; and the samples file when answers were only made."""

    summaries: tuple[Summary, ...] = ()
    made: Path | None = None
    scored: tuple[Scored, ...] = ()
    """All scores, of all files and variants."""

    def to_json(self) -> dict[str, Any]:
        """Summaries, every score without its log, and the samples file."""
        return {
            "runs": to_json(self.summaries),
            "scores": [
                {
                    "problem": score.problem,
                    "sample": score.sample,
                    "variant": score.variant,
                    "kind": score.verdict.kind,
                    "letter": score.letter,
                    "reason": score.verdict.reason,
                    "repairs": score.repairs,
                    "tampered": score.tampered,
                    "notes": score.notes,
                    "simulator": score.simulator,
                    "commit": score.commit,
                    "code_sha256": score.code_sha256,
                    "replay": score.verdict.replay,
                }
                for score in self.scored
            ],
            "made": None if self.made is None else str(self.made),
        }


@dataclass(frozen=True)
class _Batch:
    """Answers of one origin."""

    name: str
    answers: Callable[[str], Sequence[Answer]]
    """By variant: a reference may be repaired itself."""
    made_from: tuple[Mapping[str, object], ...] = ()
    words: str = ""
    """What names these answers on the command line."""


def run(source: Source, config: RunConfig, progress: Progress | None = None) -> Outcome:
    """Answers, scores and reports as `config` asks; ``report.json`` is written into the out folder.

    Raises UsageError for bad data, samples, or a folder of other results; ToolError for a simulator that is missing or of
    a version that the benchmark rejects.
    """
    problems = source.load()
    chosen = select(problems, config.problems, config.limit)
    if not config.generate_only:
        check_simulator(source.name, config.scoring.simulator)
    store = _store()
    folder = config.out or store / "eval" / source.name
    place = Place(folder, Store(store), named=config.out is None)
    made: Path | None = None
    if config.references:
        batches = [
            _Batch(
                "references",
                lambda variant: _references(chosen, variant, config.scoring),
                words="--references",
            )
        ]
    else:
        paths = config.samples
        if not paths and config.pipeline is not None:
            paths = designs(
                chosen, config.asker, config.pipeline, _designs_folder(folder, chosen, config), progress
            )
            made = paths[0]
            if config.generate_only:
                return Outcome(made=made)
        elif not paths:
            made = _samples_path(folder, chosen, config, source)
            generate(chosen, source.prompt_of, config.asker, made, source.how, progress)
            if config.generate_only:
                return Outcome(made=made)
            paths = (made,)
        batches = [_batch(path, problems, chosen) for path in paths]
    scores = [
        {variant: _scores(batch, variant, config, place, progress) for variant in config.variants}
        for batch in batches
    ]
    summaries = _summaries(batches, scores, [problem.name for problem in chosen], config)
    every = tuple(score for found in scores for variant in found.values() for score in variant)
    outcome = Outcome(summaries, made, every)
    write_atomic(folder / "report.json", dump(f"eval {source.name}", outcome.to_json()) + "\n")
    return outcome


def questions(source: Source, config: RunConfig) -> list[dict[str, str]]:
    """What a model would be asked, one row a problem, for answers that are made elsewhere."""
    rows = []
    for problem in select(source.load(), config.problems, config.limit):
        prompt = source.prompt_of(problem)
        rows.append(
            {
                "problem": problem.name,
                "system": prompt.system,
                "user": prompt.user,
                "prompt_sha256": prompt.sha256,
                "benchmark": problem.benchmark,
                "task": problem.task,
                "commit": problem.commit,
            }
        )
    return rows


def select(problems: Sequence[Problem], patterns: Sequence[str], limit: int | None) -> tuple[Problem, ...]:
    """The problems that match a pattern (all without one), at most `limit`. UsageError for a pattern without a match."""
    chosen = list(problems)
    if patterns:
        lost = [p for p in patterns if not any(_matches(problem, p) for problem in problems)]
        if lost:
            raise UsageError(
                f"no problem matches {listed(lost)}",
                hint=f"names are like {problems[0].name}, patterns like *fsm*",
            )
        chosen = [problem for problem in problems if any(_matches(problem, p) for p in patterns)]
    return tuple(chosen[:limit])


def _matches(problem: Problem, pattern: str) -> bool:
    """By the whole name, or exactly by one of its parts: ``Prob001`` and ``zero`` of ``Prob001_zero``."""
    name, wanted = problem.name.lower(), pattern.lower()
    number, _, rest = name.partition("_")
    parts = (number, rest) if number.startswith("prob") else ()
    return fnmatch.fnmatchcase(name, wanted) or wanted in parts


def _store() -> Path:
    here = Path.cwd()
    return store_dir(here, load_settings(here))


def _references(problems: Sequence[Problem], variant: str, config: Config) -> list[Answer]:
    return [reference_answer(problem, replace(config, variant=variant)) for problem in problems]


def _designs_folder(folder: Path, problems: Sequence[Problem], config: RunConfig) -> Path:
    """The out folder; in the store, one of its own that is named after what the answers are made from."""
    if config.out is not None:
        return folder
    return (
        folder
        / f"designs-{fingerprint(made_from(problems, config.asker, config.pipeline or Pipeline()))[:12]}"
    )


def _samples_path(folder: Path, problems: Sequence[Problem], config: RunConfig, source: Source) -> Path:
    """The samples file of a model; in the store its name says what it was made from."""
    if config.out is not None:
        return folder / "samples.jsonl"
    return folder / f"samples-{fingerprint(config.asker.made_from(problems, source.how))[:12]}.jsonl"


def _batch(path: Path, problems: Sequence[Problem], chosen: Sequence[Problem]) -> _Batch:
    """The saved answers at `path`. UsageError when they were made for another benchmark, task or state of it."""
    found = read_code_samples(path, problems, [problem.name for problem in chosen])
    origin = dict(found.made_from or {})
    here = {name: getattr(problems[0], name) for name in ("benchmark", "task", "commit")}
    there = {name: origin.pop(name, value) for name, value in here.items()}
    other = [f"{name}: {there[name]} there, {here[name]} here" for name in here if there[name] != here[name]]
    if other:
        raise UsageError(
            f"these samples were made for something else ({'; '.join(other)})",
            where=path,
            hint="give the data and the task that they were made for",
        )
    return _Batch(
        path.name, lambda _: found.answers, (origin,) if origin else (), f"--samples {shlex.quote(str(path))}"
    )


def _scores(
    batch: _Batch, variant: str, config: RunConfig, place: Place, progress: Progress | None
) -> list[Scored]:
    """The scores of one variant, each with the command that gives it again."""
    scored = score_variant(batch.answers(variant), replace(config.scoring, variant=variant), place, progress)
    if not config.replay:
        return scored
    command = f"{config.replay} {batch.words} --problems"
    return [replace(s, verdict=replace(s.verdict, replay=f"{command} {s.problem}")) for s in scored]


def _summaries(
    batches: Sequence[_Batch],
    scores: Sequence[Mapping[str, Sequence[Scored]]],
    problems: Sequence[str],
    config: RunConfig,
) -> tuple[Summary, ...]:
    """One summary a batch; with several, the first is compared with each other one, in the first variant."""
    alone = len(batches) == 1
    reports = [
        [
            report_of(
                found[variant],
                name=variant if alone else f"{batch.name} {variant}",
                problems=problems,
                ks=config.ks,
                made_from=batch.made_from,
                seed=config.seed,
            )
            for variant in config.variants
        ]
        for batch, found in zip(batches, scores, strict=True)
    ]
    compared = [compare(reports[0][0], other[0], config.ks, seed=config.seed) for other in reports[1:]]
    return tuple(summary_of(found, compared if index == 0 else ()) for index, found in enumerate(reports))
