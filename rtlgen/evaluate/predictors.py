"""What makes the predictions of RTL-Repo, by name: the completion pipeline, the model alone, or the copy
baseline.

A `PredictorSpec` is data: it can be sent to another process, and `made_from` says all that its predictions
depend on (settings, the content of the model, the code), so that saved predictions are never mixed. A
predictor is any callable from a `Record` to a `Prediction`; tests and users may give their own.

    rtlgen eval rtl-repo --data dev.jsonl --predictor copy --predictor pipeline --ablate bm25
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.core.settings import load_settings
from rtlgen.evaluate.baselines import copy_line
from rtlgen.evaluate.metrics import post_process
from rtlgen.evaluate.rtl_repo_records import RESERVED_TOKENS, Record, protocol_prompt

KINDS = ("pipeline", "model", "copy")
"""``pipeline``: completion as users get it. ``model``: the model's own line. ``copy``: the copy baseline."""
SOURCES = ("copy", "bm25", "dense", "graph", "continuation")
"""What `--ablate` can leave out of the pipeline."""
PROTOCOL = "rtl-repo"
"""The raw prompt of RTL-Repo's own code, with its sampling: 50 new tokens at temperature 0.2."""
_WHOLE_FILE_BYTES = 200_000_000
"""Up to this size a model file is hashed as a whole; of a larger one its two ends."""


@dataclass(frozen=True)
class Prediction:
    """A predicted line, where it came from (``copy:exact``, ``model``, ...), and the probability of an exact match."""

    text: str
    source: str = ""
    confidence: float | None = None


Predictor = Callable[[Record], Prediction]


@dataclass(frozen=True)
class PredictorSpec:
    """A predictor by name.

    `overrides` are settings (``section.name``, value) above files and environment; `without` is one of
    `SOURCES`.
    """

    kind: str = "pipeline"
    without: str | None = None
    protocol: str | None = None
    overrides: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"no predictor '{self.kind}'", hint=f"one of: {', '.join(KINDS)}")
        if self.without is not None and self.without not in SOURCES:
            raise UsageError(
                f"no source '{self.without}' to leave out", hint=f"one of: none, {', '.join(SOURCES)}"
            )
        if self.without is not None and self.kind != "pipeline":
            raise UsageError(
                f"--ablate leaves a source out of the pipeline; the predictor is '{self.kind}'",
                hint="--predictor pipeline --ablate " + self.without,
            )
        if self.protocol is not None and (self.kind != "model" or self.protocol != PROTOCOL):
            raise UsageError(
                "--protocol rtl-repo is a prompt for a model alone",
                hint="--predictor model --protocol rtl-repo",
            )

    @property
    def name(self) -> str:
        """What tables call it, and, with dashes, its samples file."""
        if self.without is not None:
            return f"{self.kind} without {self.without}"
        return f"{self.kind} {self.protocol} prompt" if self.protocol else self.kind

    def settings(self) -> dict[str, Any]:
        """The settings that it runs under, by key; nothing for the copy baseline."""
        if self.kind == "copy":
            return {}
        found = load_settings(Path.cwd(), dict(self.overrides))
        return {
            key: found.get(key)
            for key, _, _ in found.items()
            if key.split(".")[0] in ("retrieval", "model", "complete")
        }

    def made_from(self) -> dict[str, Any]:
        """All that its predictions depend on, apart from the data."""
        settings = self.settings()
        return {
            "predictor": self.name,
            "settings": settings,
            "model": model_hash(settings.get("model.path"), settings.get("model.adapter")),
            "code": code_hash(self.kind),
        }

    def make(self) -> Predictor:
        """Load what it needs. Raises what loading the model raises."""
        if self.kind == "copy":
            return predict_by_copy
        return _protocol_model(self) if self.protocol else _completion(self)


def predict_by_copy(record: Record) -> Prediction:
    """The copy baseline as a predictor."""
    copied = copy_line(record.files, record.file_path, record.prefix)
    return Prediction(copied.text, f"copy:{copied.stage}")


def _completion(spec: PredictorSpec) -> Predictor:
    """Completion on the files of a unit, with all its sources, without one, or the model by itself."""
    from rtlgen.complete.unit import complete_in_unit, unit_completer

    settings = load_settings(Path.cwd(), dict(spec.overrides))
    without = frozenset(() if spec.without is None else (spec.without,))

    def alone(record: Record) -> Prediction:
        options = {"settings": settings, "model_alone": True}
        line = complete_in_unit(record.files, record.file_path, record.prefix, options=options)
        return Prediction(post_process(line), spec.kind)

    def predict(record: Record) -> Prediction:
        completer = unit_completer(record.files, settings, without=without)
        lines = completer.rank(record.file_path, record.prefix).lines
        if not lines:
            return Prediction("", spec.kind)
        best = lines[0]
        return Prediction(post_process(best.text), best.sources[0], round(best.probability, 6) or None)

    return alone if spec.kind == "model" else predict


def _protocol_model(spec: PredictorSpec) -> Predictor:
    """A model on the raw prompt of RTL-Repo's code, cut at its head when it overflows the window."""
    from rtlgen.complete.line import budget_of
    from rtlgen.model.chosen import load_model

    settings = load_settings(Path.cwd(), dict(spec.overrides))
    model = load_model(settings)
    window = budget_of(settings, model)

    def predict(record: Record) -> Prediction:
        prompt = cut_head(protocol_prompt(record, model.count, window), model.count, window - RESERVED_TOKENS)
        made = model.complete(
            prompt,
            n=1,
            max_new_tokens=50,
            temperature=0.2,
            top_p=1.0,
            seed=int(settings.get("complete.seed")),
        )
        return Prediction(post_process(made[0].text) if made else "", "model")

    return predict


def cut_head(prompt: str, count_tokens: Callable[[str], int], max_tokens: int) -> str:
    """The longest end of `prompt`, in whole lines, of at most `max_tokens` tokens; at least its last line."""
    lines = prompt.split("\n")
    low, high = 0, max(0, len(lines) - 2)  # the last element is the empty text after the last newline
    while low < high:
        middle = (low + high) // 2
        if count_tokens("\n".join(lines[middle:])) <= max_tokens:
            high = middle
        else:
            low = middle + 1
    return "\n".join(lines[low:])


def code_hash(kind: str) -> str:
    """Hex SHA-256 of the code and assets that predictions of this kind depend on."""
    import rtlgen.datasets
    import rtlgen.retrieval

    home = Path(__file__).parents[1]
    retrieval, datasets = Path(rtlgen.retrieval.__path__[0]), Path(rtlgen.datasets.__path__[0])
    if kind == "copy":
        files = [home / "evaluate" / "baselines.py", datasets / "line_kinds.py"]
    else:
        folders = [retrieval, *(home / name for name in ("core", "model", "complete", "assets"))]
        files = [p for folder in folders for p in folder.rglob("*") if "__pycache__" not in p.parts]
        files += [home / "evaluate" / "rtl_repo_records.py", home / "evaluate" / "predictors.py"]
    digest = hashlib.sha256()
    for name, content in sorted((path.name, _file_hash(path)) for path in files if path.is_file()):
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()


def model_hash(*places: str | None) -> str:
    """Hex SHA-256 of the files in local model folders; an id or the default model counts by its name."""
    digest = hashlib.sha256()
    for place in places:
        folder = Path(place) if place else None
        digest.update(str(place).encode() + b"\0")
        if folder is not None and folder.is_dir():
            for path in sorted(p for p in folder.iterdir() if p.is_file()):
                digest.update(path.name.encode() + b"\0" + _file_hash(path))
    return digest.hexdigest()


def _file_hash(path: Path) -> bytes:
    digest = hashlib.sha256(str(path.stat().st_size).encode())
    with path.open("rb") as file:
        if path.stat().st_size <= _WHOLE_FILE_BYTES:
            while block := file.read(1 << 20):
                digest.update(block)
        else:
            digest.update(file.read(1 << 20))
            file.seek(-(1 << 20), 2)
            digest.update(file.read())
    return digest.digest()


def runs_of(
    kinds: tuple[str, ...], ablate: tuple[str, ...], protocol: str | None, overrides: Mapping[str, Any]
) -> tuple[PredictorSpec, ...]:
    """The runs of one command: every predictor, and the pipeline once more for every source that is left out.

    ``none`` in `ablate` is the whole pipeline, which stands in the table anyway when it is one of `kinds`.
    """
    settings = tuple(sorted(overrides.items()))
    specs = [PredictorSpec(kind, None, protocol if kind == "model" else None, settings) for kind in kinds]
    if protocol is not None and "model" not in kinds:
        raise UsageError(
            "--protocol rtl-repo is a prompt for a model alone", hint="--predictor model --protocol rtl-repo"
        )
    if ablate and "pipeline" not in kinds:
        raise UsageError(
            f"--ablate leaves a source out of the pipeline; the predictor is '{kinds[0]}'",
            hint=f"--predictor pipeline --ablate {ablate[0]}",
        )
    specs += [PredictorSpec("pipeline", source, None, settings) for source in ablate if source != "none"]
    return tuple(dict.fromkeys(specs))
