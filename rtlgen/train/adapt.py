"""Adapt the model to one repository in minutes, and keep the adapter only if it helps on files it has not seen.

The files are divided (`rtlgen.train.adapt_split`); the model is measured on the held-out ones, LoRA is fitted on the
others, the choice of lines is tuned on the rehearsal files, the fit goes on with these too, and the same lines are
measured again (`rtlgen.train.adapt_measure`). Kept is what lowers the model's bits per byte and does not lower exact
match (`Config.min_gain`). What is kept is what was measured: the held-out files are not read afterwards.

A run is a folder of the store, named by the hash of all it depends on; killed at any moment, the same command goes on.
The adapter becomes the repository's when everything is written. It changes no file of the repository.

Try: ``rtlgen train`` in a repository
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.adapters import fingerprint, set_current
from rtlgen.core.errors import ToolError, UsageError
from rtlgen.core.records import sha256_text
from rtlgen.core.store import RunFolder, Store, key_of, store_dir
from rtlgen.train import adapt_fit, adapt_measure
from rtlgen.train.adapt_choice import Tuned
from rtlgen.train.adapt_fit import FitConfig, Fitted
from rtlgen.train.adapt_hugging import HuggingLearner
from rtlgen.train.adapt_measure import Measured
from rtlgen.train.adapt_own import NOTHING, Learner, OwnLearner
from rtlgen.train.adapt_record import TUNED, Adapted, decide, from_json, to_json
from rtlgen.train.adapt_split import Place, Split, SplitConfig, split_repository

if TYPE_CHECKING:
    from rtlgen.core.project import Project
    from rtlgen.core.settings import Settings
    from rtlgen.retrieval.index import Index

Talk = Callable[[str], None]
SCHEMA = 1
"""Raised when runs of an older program must not be gone on with."""
SHARES = {"measure": 0.2, "rehearse": 0.12, "fit": 0.28, "fit again": 0.12}
"""Of the time allowed; the rest is for the index, the sequences and loading."""
SECOND_RATE = 0.5
"""Peak rate of the second fit over that of the first."""
SECOND_SHARE = 0.4
"""Steps of the second fit over those of the first."""
LEAST_HIDDEN = 60
"""Fewest lines measured, whatever the time."""
PROBE_LINES = 10
"""Lines predicted to tell how many there is time for."""
LOCK_SECONDS = 5.0
"""How long another adaptation of this repository is waited for."""


@dataclass(frozen=True)
class Config:
    """How to adapt. Times in minutes of wall clock."""

    max_minutes: float = 9.0
    min_gain: float = 0.0
    """Points of exact match that an adapter must gain to be kept."""
    again: bool = False
    """Repeat a finished run."""
    tune_choice: bool = True
    split: SplitConfig = field(default_factory=SplitConfig)
    fit: FitConfig = field(default_factory=FitConfig)


def adapt(root: Path, settings: Settings, config: Config, *, talk: Talk = lambda _: None) -> Adapted:
    """Adapt the model of `settings` to the repository at `root`; see the module.

    Raises:
        UsageError: no Verilog, too small a repository, an endpoint, a store that cannot be written to.
        ToolError: no model, or a damaged checkpoint. LimitError: another process adapts, or the disk is full.
    """
    from rtlgen.core.project import load_project
    from rtlgen.retrieval.index import open_index

    source, base, own = base_of(settings)
    digest = fingerprint(base) if base.is_dir() else ""
    project = load_project(root, settings=settings)
    store = store_dir(project.root, settings)
    index = open_index(project, settings)
    learner: Learner = OwnLearner(base, index, settings) if own else HuggingLearner(source, index, settings)
    split = split_repository(index.texts(), config.split)
    run = _run_folder(Store(store), index, digest or source, _beside(base), config)
    with Store(store).lock("adapt", timeout_s=LOCK_SECONDS):
        finished = run.finished()
        if finished is not None and not config.again:
            talk("this repository was adapted to already, with these files and options (--again repeats it)")
            made = from_json(finished)
            if made.adapter is not None and (Path(made.adapter) / "rtlgen.json").is_file():
                set_current(store, Path(made.adapter))
                return made
            if made.adapter is None:
                return made
            talk("its adapter is gone: adapting again")
            _clear(run)
        if config.again:
            _clear(run)
        return _Run(project, settings, config, index, split, run, store, digest, learner, talk).work()


def base_of(settings: Settings) -> tuple[str, Path, bool]:
    """The model to adapt: name for loading, folder (of an id: where it would be), and whether it is of our own kind.

    Raises `UsageError` for a server.
    """
    from rtlgen.model.default import DEFAULT_FOLDER, is_own

    if settings.get("model.endpoint"):
        raise UsageError(
            "a model behind an endpoint cannot be adapted here", hint="rtlgen train adapt --model default"
        )
    name = str(settings.get("model.path"))
    folder = DEFAULT_FOLDER if name == "default" else settings.base("model.path") / Path(name).expanduser()
    return (str(folder) if folder.exists() or name == "default" else name), folder, is_own(folder)


def own_base(settings: Settings) -> Path:
    """The folder of a model of rtlgen's own kind. Raises `UsageError` for any other."""
    _, folder, own = base_of(settings)
    if not own:
        raise UsageError(
            "this command takes models of rtlgen's own kind only", where=folder, hint="--model default"
        )
    return folder


def _beside(base: Path) -> dict[str, str]:
    """SHA-256 of what stands beside the weights and decides a prediction as well."""
    names = ("tokenizer.json", "mixture.json", "ranker.npz")
    return {
        name: hashlib.sha256((base / name).read_bytes()).hexdigest()
        for name in names
        if (base / name).is_file()
    }


def _run_folder(
    store: Store, index: Index, base: str, beside: Mapping[str, str], config: Config
) -> RunFolder:
    """The run of these files, this base and these options."""
    depends = {
        "schema": SCHEMA,
        "files": index.texts(),
        "base": base,
        "beside": beside,
        "config": {k: v for k, v in asdict(config).items() if k not in ("again", "max_minutes")},
    }
    return store.run_folder(f"adapt-{key_of(depends)[:16]}")


def _clear(run: RunFolder) -> None:
    import shutil

    shutil.rmtree(run.folder, ignore_errors=True)


@dataclass
class _Run:
    """One adaptation under way."""

    project: Project
    settings: Settings
    config: Config
    index: Index
    split: Split
    run: RunFolder
    store: Path
    digest: str
    """SHA-256 of the base's weights; empty for a model known by its id."""
    learner: Learner
    talk: Talk

    def work(self) -> Adapted:
        """All steps, those that are done already taken from the run folder."""
        self._resumed = bool(self._state("plan.json"))
        self._tick()
        counts = {part: len(getattr(self.split, part)) for part in ("learn", "rehearse", "held_out")}
        self.talk(
            f"{counts['learn'] + counts['rehearse']} files to learn from, {counts['held_out']} held out"
        )
        places, rehearsal = self._places()
        rows_before, before = self._measure("before", None, places)
        first = self._fit("first", self.split.learn, SHARES["fit"], 1.0)
        choice = self._tune(rehearsal) if self.config.tune_choice else NOTHING
        everything = (*self.split.learn, *self.split.rehearse)
        second = self._fit("second", everything, SHARES["fit again"], SECOND_RATE)
        rows_after, after = self._measure("after", "second", places)
        seconds, cpu_seconds = self._tick()
        pipeline = adapt_measure.compared(rows_before, rows_after)
        kept, reason = decide(before, after, pipeline, self.config.min_gain)
        made = Adapted(
            root=str(self.project.root),
            kept=kept,
            reason=reason,
            adapter=str(self._adapter) if kept else None,
            base=str(self.settings.get("model.path")),
            base_sha256=self.digest,
            split={**counts, "left_out": dict(self.split.left_out), "hidden_lines": len(places)},
            before=before,
            after=after,
            pipeline=pipeline,
            model_alone=adapt_measure.compared(rows_before, rows_after, "alone_right"),
            fits=(first, second),
            choice=Tuned(None, *(getattr(choice, k) for k in TUNED)),
            seconds=round(seconds, 1),
            cpu_seconds=round(cpu_seconds, 1),
            resumed=self._resumed,
        )
        self._publish(made)
        return made

    @property
    def _adapter(self) -> Path:
        return self.store / "v1" / "adapters" / self.run.folder.name.removeprefix("adapt-")

    _resumed = False
    _clock: tuple[float, float] | None = None

    def _tick(self) -> tuple[float, float]:
        """Add the wall and processor time since the last call to that of the run; both so far, in seconds."""
        now = time.monotonic(), time.process_time()
        last = self._clock or now
        self._clock = now
        past = self._state("time.json")
        wall = past.get("seconds", 0.0) + now[0] - last[0]
        processor = past.get("cpu_seconds", 0.0) + now[1] - last[1]
        self._keep_state("time.json", {"seconds": wall, "cpu_seconds": processor})
        return wall, processor

    # ---- the steps

    def _places(self) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
        """The hidden lines, of held-out and rehearsal files, that there is time for; the same when resumed."""
        plan = self._state("plan.json")
        lines, rehearsal = self.split.lines, self.split.rehearsal_lines
        if not plan:
            probe = tuple(sorted(lines[:PROBE_LINES]))
            begun = time.monotonic()
            self.learner.predict(self.learner.load(None), probe, self.run, "probe.jsonl", lambda _: None)
            each = (time.monotonic() - begun) / max(1, len(probe))
            seconds = 60 * self.config.max_minutes
            plan = {
                "lines": max(LEAST_HIDDEN, int(SHARES["measure"] * seconds / each)),
                "rehearsal": max(LEAST_HIDDEN, int(SHARES["rehearse"] * seconds / each)),
            }
            self._keep_state("plan.json", plan)
        return tuple(sorted(lines[: plan["lines"]])), tuple(sorted(rehearsal[: plan["rehearsal"]]))

    def _measure(
        self, name: str, stage: str | None, places: tuple[Place, ...]
    ) -> tuple[list[dict[str, Any]], Measured]:
        """Predictions and figures of the base (`stage` None) or of a fitted stage on the held-out part."""
        begun = time.monotonic()
        subject = self.learner.load(self.run.folder / stage if stage else None)
        rows = self.learner.predict(subject, places, self.run, f"{name}.jsonl", self.talk)
        state = self._state(f"{name}.json")
        if not state:
            bits = self.learner.bits(subject, places)
            state = {"bits": bits, "seconds": time.monotonic() - begun}
            self._keep_state(f"{name}.json", state)
        found = adapt_measure.measured(rows, tuple(state["bits"]), state["seconds"])
        self.talk(
            f"{name}: exact match {found.exact_match:.1f} % of {found.lines} lines, "
            f"{found.bits_per_byte:.3f} bits a byte"
        )
        self._tick()
        return rows, found

    def _fit(self, stage: str, paths: tuple[str, ...], share: float, rate: float) -> Fitted:
        """Fit one stage, the second from what the first came to, and write its adapter folder."""
        state = self._state(f"{stage}.fit.json")
        folder = self.run.folder / stage
        if state and (folder / "rtlgen.json").is_file():
            return Fitted(**state)
        config = self.config.fit
        trained, data = self.learner.begin(paths, config)
        if stage == "second":
            trained.load(self._tensors("first"))
        steps = adapt_fit.planned_steps(len(data[0].tokens), data[0].tokens.shape[1] - 1, config)
        made = adapt_fit.fit(
            trained,
            data,
            self.run.folder / f"{stage}.pt",
            steps=steps if stage == "first" else max(1, int(SECOND_SHARE * steps)),
            peak=rate * config.rate,
            seconds=60 * share * self.config.max_minutes,
            talk=self.talk,
        )
        base = str(self.settings.get("model.path"))
        record = {"schema": SCHEMA, "base": base, "base_sha256": self.digest or None}
        self.learner.save(folder, trained, record)
        self._keep_state(f"{stage}.fit.json", asdict(made))
        self._tick()
        return made

    def _tensors(self, stage: str) -> Mapping[str, Any]:
        """The trained tensors of a stage's last checkpoint."""
        import torch

        path = self.run.folder / f"{stage}.pt"
        try:
            found: Mapping[str, Any] = torch.load(path, map_location="cpu", weights_only=True)["tensors"]
        except Exception as error:  # torch raises half a dozen kinds for a damaged file
            raise ToolError(
                f"the checkpoint cannot be read: {(str(error).splitlines() or ['damaged'])[0][:160]}",
                where=path,
                hint="rtlgen train adapt --again  (begins this run anew)",
            ) from error
        return found

    def _tune(self, places: tuple[Place, ...]) -> Tuned:
        """Tune the choice of lines on the rehearsal files with the first stage's model."""
        from rtlgen.model.tuned import CHOICE_FILE

        state = self._state("choice.json")
        if state:
            return Tuned(None, *(state[key] for key in TUNED))
        tuned = NOTHING
        if isinstance(
            self.learner, OwnLearner
        ):  # others write their lines themselves: there is no choice to tune
            subject = self.learner.load(self.run.folder / "first")
            tuned = self.learner.tune(subject, places, self.run, self.talk)
        if tuned.correction is not None:
            tuned.correction.save(self.run.folder / "second" / CHOICE_FILE)
        self._keep_state("choice.json", {key: getattr(tuned, key) for key in TUNED})
        self._tick()
        return tuned

    def _publish(self, made: Adapted) -> None:
        """Write the adapter (its record last), make it the repository's or none, then finish the run."""
        if made.kept:
            source = self.run.folder / "second"
            run = RunFolder(self._adapter)
            for path in sorted(p for p in source.iterdir() if p.is_file() and p.name != "rtlgen.json"):
                run.write(path.name, path.read_bytes())
            texts = self.index.texts()
            learned = (*self.split.learn, *self.split.rehearse)
            record = {
                "schema": SCHEMA,
                "base": made.base,
                "base_sha256": made.base_sha256 or None,
                "learned": {path: sha256_text(texts[path]) for path in sorted(learned)},
                "held_out": {path: sha256_text(texts[path]) for path in self.split.held_out},
                "figures": to_json(made),
            }
            run.write("rtlgen.json", json.dumps(record, indent=1) + "\n")
            set_current(self.store, self._adapter)
        for stage in ("first", "second"):
            (self.run.folder / f"{stage}.pt").unlink(missing_ok=True)
        self.run.finish(to_json(made))

    # ---- small states of the run

    def _state(self, name: str) -> dict[str, Any]:
        try:
            state = json.loads((self.run.folder / name).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def _keep_state(self, name: str, state: Mapping[str, Any]) -> None:
        self.run.write(name, json.dumps(dict(state)) + "\n")
