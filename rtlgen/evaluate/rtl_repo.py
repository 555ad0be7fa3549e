"""RTL-Repo: predict the next line of a file from the rest of its repository, and score it.

Making predictions and scoring them are separate: predictions are appended to a samples file as they are
made, and the report is computed from that file alone. A run that was killed goes on; saved predictions can
be scored again, also the published ones of other models. Data, prompt, sampling and metrics follow RTL-Repo
(arXiv 2405.17378; AUCOHL/RTL-Repo, src/); intervals, kinds of line and identifier scores are added. It
builds no data (`rtlgen.datasets.rtl_repo`).

    rtlgen eval rtl-repo --data dev.jsonl --predictor copy
"""

from __future__ import annotations

import multiprocessing
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from rtlgen.core.errors import LimitError, UsageError
from rtlgen.core.records import dump
from rtlgen.core.settings import load_settings
from rtlgen.core.store import store_dir, write_atomic
from rtlgen.evaluate.in_place import check_in_place
from rtlgen.evaluate.metrics import Pair, line_kind
from rtlgen.evaluate.predictors import Predictor, PredictorSpec
from rtlgen.evaluate.rtl_repo_records import Data, Record, protocol_prompt, read_data
from rtlgen.evaluate.rtl_repo_report import Report, Run, check_same, report_of, run_of, score
from rtlgen.evaluate.samples import Sample, SampleFile, SampleSet, fingerprint, read_samples

__all__ = ["Config", "evaluate", "generate", "protocol_prompt", "read_data", "score"]

Progress = Callable[[str, int, int], None]
"""Called with the name of the run, predictions made and predictions wanted."""


@dataclass(frozen=True)
class Config:
    """One evaluation: `predictors` run on `data`, or saved `samples` are scored (ours against `data`)."""

    data: Path | None = None
    samples: tuple[Path, ...] = ()
    predictors: tuple[PredictorSpec, ...] = (PredictorSpec(),)
    out: Path | None = None
    """Folder of samples files and report; None: ``.rtlgen/eval/rtl-repo/<hash of the data>``."""
    limit: int | None = None
    jobs: int = 1
    seed: int = 0
    """Of the bootstrap."""
    check: int | None = None
    """Records, the first ones, that are also completed with the static check in place."""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    """Settings of that check, above files and environment."""


def evaluate(config: Config, progress: Progress | None = None) -> Report:
    """Make what predictions are missing, score all of them, and write ``report.json`` into the out folder.

    Raises:
        UsageError: bad data or samples, or samples of other data, model or settings. What a predictor raises.
    """
    if config.samples:
        return _score_saved(config)
    if config.data is None:
        raise UsageError(
            "no data was given",
            hint="rtlgen eval rtl-repo --data FILE.jsonl, or --samples FILE to score predictions",
        )
    data = read_data(config.data)
    records = data.limited(config.limit)
    runs, pairs = [], []
    folder = config.out or _default_folder(data)
    for spec in config.predictors:
        made_from = {"benchmark": "rtl-repo", "data": data.sha256, **spec.made_from()}
        path = folder / _file_name(spec, None if config.out else fingerprint(made_from))
        with SampleFile(path, made_from) as file:
            generate(records, spec, file, jobs=config.jobs, progress=progress)
            samples = file.done
        run, scored = score(
            spec.name, records, samples, path=str(path), made_from=made_from, seed=config.seed
        )
        runs.append(run)
        pairs.append(scored)
    report = report_of(data, records, runs, pairs, config.seed)
    if config.check is not None:
        found = check_in_place(records[: config.check], config.overrides, progress)
        report = replace(report, in_place=found)
    write_atomic(folder / "report.json", dump("eval rtl-repo", report.to_json()) + "\n")
    return report


def _file_name(spec: PredictorSpec, made_from: str | None) -> str:
    """The samples file of a run; with `made_from` in its name, another model begins another file."""
    return f"{spec.name.replace(' ', '-')}{'' if made_from is None else '-' + made_from[:12]}.samples.jsonl"


def _default_folder(data: Data) -> Path:
    here = Path.cwd()
    return store_dir(here, load_settings(here)) / "eval" / "rtl-repo" / data.sha256[:12]


def generate(
    records: Sequence[Record],
    predictor: PredictorSpec | Predictor,
    file: SampleFile,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> None:
    """Append a prediction to `file` for every record that has none yet, files of a unit one after another.

    `jobs` processes work on different files; then a kill loses at most one file's predictions in each of
    them. Raises `UsageError` when `file` holds a prediction for another line of the same id.
    """
    for record in records:
        check_same(file.done.get(record.id), record, file.path)
    todo = [record for record in records if record.id not in file.done]
    name = predictor.name if isinstance(predictor, PredictorSpec) else "predictor"
    done = len(records) - len(todo)
    if not todo:
        return
    groups = _groups(todo)
    for samples in _in_processes(groups, predictor, jobs) if jobs > 1 else _in_turn(groups, predictor):
        for sample in samples:
            file.add(sample)
            done += 1
            if progress is not None:
                progress(name, done, len(records))


def _groups(records: Sequence[Record]) -> list[list[Record]]:
    """Records of the same file and unit together, units one after another, so that an index can be kept."""
    groups: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        groups[record.unit, record.file_path].append(record)
    return [groups[key] for key in sorted(groups)]


def _in_turn(groups: Sequence[list[Record]], predictor: PredictorSpec | Predictor) -> Iterator[list[Sample]]:
    predict = predictor.make() if isinstance(predictor, PredictorSpec) else predictor
    for group in groups:
        for record in group:
            yield [_sample(record, predict)]


def _sample(record: Record, predict: Predictor) -> Sample:
    start = time.perf_counter()
    prediction = predict(record)
    seconds = round(time.perf_counter() - start, 4)
    return Sample(
        record.id,
        prediction.text,
        record.label_sha256,
        record.prompt_sha256,
        seconds,
        prediction.source,
        prediction.confidence,
    )


@lru_cache(maxsize=1)
def _made(spec: PredictorSpec) -> Predictor:
    """The predictor of a worker process."""
    return spec.make()


def _work(spec: PredictorSpec, group: list[Record]) -> list[Sample]:
    return [_sample(record, _made(spec)) for record in group]


def _in_processes(
    groups: Sequence[list[Record]], predictor: PredictorSpec | Predictor, jobs: int
) -> Iterator[list[Sample]]:
    if not isinstance(predictor, PredictorSpec):
        raise UsageError("--jobs needs a predictor by name", hint="--jobs 1")
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn) as pool:
        waiting = list(reversed(groups))
        running: set[Future[list[Sample]]] = set()
        try:
            while waiting or running:
                while waiting and len(running) < 2 * jobs:
                    running.add(pool.submit(_work, predictor, waiting.pop()))
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()
        except BrokenProcessPool:
            raise LimitError(
                f"one of {jobs} worker processes was killed, most often for want of memory",
                hint="the same command with --jobs 1 goes on where it stopped",
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _score_saved(config: Config) -> Report:
    """Score samples files without making a prediction."""
    data = None if config.data is None else read_data(config.data)
    records = () if data is None else data.limited(config.limit)
    runs, pairs = [], []
    for path in config.samples:
        found = read_samples(path)
        run, scored = (
            _score_published(found, config)
            if found.header is None
            else _score_own(found, data, records, config)
        )
        runs.append(run)
        pairs.append(scored)
    return report_of(data, records, runs, pairs, config.seed)


def _score_published(found: SampleSet, config: Config) -> tuple[Run, tuple[Pair, ...]]:
    published = found.published[: config.limit]
    pairs = tuple(Pair(pair.generated, pair.label, "", line_kind(pair.label)) for pair in published)
    return run_of(Path(found.path).stem, pairs, found.path, config.seed), pairs


def _score_own(
    found: SampleSet, data: Data | None, records: Sequence[Record], config: Config
) -> tuple[Run, tuple[Pair, ...]]:
    assert found.header is not None
    made_from = found.header.get("made_from") or {}
    if data is None:
        raise UsageError(
            "these predictions hold no labels: they are scored against their data file",
            where=found.path,
            hint=f"rtlgen eval rtl-repo --data FILE.jsonl --samples {found.path}",
        )
    known = {record.id for record in data.records}
    strangers = [name for name in found.samples if name not in known]
    if strangers:
        raise UsageError(
            f"has a prediction for '{strangers[0]}', which is not in {data.path}",
            where=found.path,
            hint=f"give the data file that it was made from, SHA-256 {str(made_from.get('data'))[:12]}...",
        )
    name = str(made_from.get("predictor") or Path(found.path).stem)
    return score(name, records, found.samples, path=found.path, made_from=made_from, seed=config.seed)
