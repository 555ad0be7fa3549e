"""Saved predictions: one JSON line each, written as they are made, so that a killed run loses at most one.

The first line of a file says what the predictions were made from (data, predictor, settings, code) and its
fingerprint. A run that finds the file goes on after the last whole line; one with another fingerprint is
refused, and the message names what differs. The published files of other models (``{"generated",
"label"}``) can be read too. It does not score: `rtlgen.evaluate.metrics` does, as often as one likes.

    rtlgen eval rtl-repo --data dev.jsonl --samples .rtlgen/eval/rtl-repo/pipeline.samples.jsonl
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.journal import Journal, Row, fingerprint, read_rows

__all__ = ["FORMAT", "PublishedPair", "Sample", "SampleFile", "SampleSet", "fingerprint", "read_samples"]

FORMAT = "rtlgen-samples"
"""Key of the first line; its value is the version of the format."""


@dataclass(frozen=True)
class Sample:
    """One prediction. `seconds` is the wall time of making it, `source` where its text came from, `confidence` the
    predictor's probability of an exact match, None when it gives none."""

    id: str
    prediction: str
    label_sha256: str
    prompt_sha256: str
    seconds: float
    source: str = ""
    confidence: float | None = None


@dataclass(frozen=True)
class PublishedPair:
    """A line of a published predictions file: what was generated for which label."""

    generated: str
    label: str


@dataclass(frozen=True)
class SampleSet:
    """What a file holds: the header of the first line (None for a published file) and its lines."""

    path: str
    header: Mapping[str, Any] | None
    samples: Mapping[str, Sample]
    published: tuple[PublishedPair, ...] = ()


class SampleFile:
    """A samples file opened for going on: a context manager; `add` each prediction when it is there."""

    def __init__(self, path: Path, settings: Mapping[str, Any]) -> None:
        """Open `path`, or begin it.

        Raises `UsageError` when it was made from other `settings` or another process is writing to it.
        """
        self.path = path
        self._journal = Journal(
            path,
            FORMAT,
            settings,
            rows_are="these predictions",
            foreign="holds published predictions; a run cannot go on in it",
        )
        try:
            self.done: dict[str, Sample] = _samples(path, self._journal.rows)
        except BaseException:
            self.close()
            raise

    def add(self, sample: Sample) -> None:
        """Append a prediction and hand it to the operating system, so that a killed process keeps it."""
        self._journal.add(asdict(sample))
        self.done[sample.id] = sample

    def close(self) -> None:
        """Close the file and let other runs go on in it."""
        self._journal.close()

    def __enter__(self) -> SampleFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_samples(path: Path) -> SampleSet:
    """Read saved predictions: our own form, or a published file of ``{"generated", "label"}`` lines.

    A torn last line of our own form is left out. Raises `UsageError` with the line for anything else.
    """
    if not path.is_file():
        raise UsageError(
            "there is no such samples file", where=path, hint="rtlgen eval rtl-repo --data FILE --out DIR"
        )
    rows = read_rows(path, FORMAT)
    if not rows:
        raise UsageError(
            "the samples file is empty", where=path, hint="rtlgen eval rtl-repo --data FILE --out DIR"
        )
    if FORMAT in rows[0][1]:
        return SampleSet(str(path), rows[0][1], _samples(path, rows[1:]))
    return SampleSet(str(path), None, {}, tuple(_published(path, number, row) for number, row in rows))


def _samples(path: Path, rows: Iterable[Row]) -> dict[str, Sample]:
    found: dict[str, Sample] = {}
    for number, row in rows:
        try:
            sample = Sample(**row)
        except TypeError:
            raise UsageError(
                f"not a prediction; it has the keys {', '.join(sorted(row))}",
                where=f"{path}:{number}",
                hint="remove it",
            ) from None
        if sample.id in found:
            raise UsageError(
                f"a second prediction for '{sample.id}'",
                where=f"{path}:{number}",
                hint="remove one of the two lines",
            )
        found[sample.id] = sample
    return found


def _published(path: Path, number: int, row: Mapping[str, Any]) -> PublishedPair:
    generated, label = row.get("generated"), row.get("label")
    if not isinstance(generated, str) or not isinstance(label, str):
        raise UsageError(
            f"neither ours nor a {{generated, label}} pair; it has the keys {', '.join(sorted(row))}",
            where=f"{path}:{number}",
            hint="see docs/eval-rtl-repo.md for both forms",
        )
    return PublishedPair(generated, label)
