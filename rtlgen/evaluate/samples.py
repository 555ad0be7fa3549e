"""Saved predictions: one JSON line each, written as they are made, so that a killed run loses at most one.

The first line of a file says what the predictions were made from (data, predictor, settings, code) and its
fingerprint. A run that finds the file goes on after the last whole line; one with another fingerprint is
refused, and the message names what differs. The published files of other models (``{"generated",
"label"}``) can be read too. It does not score: `rtlgen.evaluate.metrics` does, as often as one likes.

    rtlgen eval rtl-repo --data dev.jsonl --samples .rtlgen/eval/rtl-repo/pipeline.samples.jsonl
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from rtlgen.core.errors import UsageError
from rtlgen.core.records import sha256_text

FORMAT = "rtlgen-samples"
"""Key of the first line; its value is the version of the format."""


@dataclass(frozen=True)
class Sample:
    """One prediction. `seconds` is the wall time of making it, `source` where its text came from."""

    id: str
    prediction: str
    label_sha256: str
    prompt_sha256: str
    seconds: float
    source: str = ""


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


def fingerprint(settings: Mapping[str, Any]) -> str:
    """Hex SHA-256 of what predictions are made from; the order of keys does not matter."""
    return sha256_text(json.dumps(settings, sort_keys=True, ensure_ascii=True))


class SampleFile:
    """A samples file opened for going on: a context manager; `add` each prediction when it is there."""

    def __init__(self, path: Path, settings: Mapping[str, Any]) -> None:
        """Open `path`, or begin it.

        Raises `UsageError` when it was made from other `settings` or another process is writing to it.
        """
        self.path = path
        self.done: dict[str, Sample] = {}
        header = {FORMAT: 1, "fingerprint": fingerprint(settings), "made_from": dict(settings)}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(path.with_name(f".{path.name}.lock"))
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise UsageError(
                "another run is writing to this file",
                where=path,
                hint="wait for it, or give another --out folder",
            ) from None
        try:
            self._file = self._open(header)
        except BaseException:
            self._lock.release()
            raise

    def _open(self, header: Mapping[str, Any]) -> BinaryIO:
        path = self.path
        if path.exists() and _drop_torn_line(path) > 0:
            found = read_samples(path)
            if found.header is None:
                raise UsageError(
                    "holds published predictions; a run cannot go on in it",
                    where=path,
                    hint="give another --out folder",
                )
            _refuse_other(path, found.header, header)
            self.done = dict(found.samples)
            return path.open("ab")
        file = path.open("wb")
        _write(file, header)
        return file

    def add(self, sample: Sample) -> None:
        """Append a prediction and hand it to the operating system, so that a killed process keeps it."""
        _write(self._file, asdict(sample))
        self.done[sample.id] = sample

    def close(self) -> None:
        """Close the file and let other runs go on in it."""
        self._file.close()
        self._lock.release()

    def __enter__(self) -> SampleFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _write(file: BinaryIO, row: Mapping[str, Any]) -> None:
    file.write(json.dumps(row, ensure_ascii=True).encode() + b"\n")
    file.flush()


def _drop_torn_line(path: Path) -> int:
    """Cut a last line without its newline (killed while writing); the size that is left, in bytes."""
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole != len(data):
        with path.open("r+b") as file:
            file.truncate(whole)
    return whole


def _refuse_other(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    if found.get("fingerprint") == wanted["fingerprint"]:
        return
    before, now = found.get("made_from") or {}, wanted["made_from"]
    differing = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    told = "; ".join(
        f"{key}: {_short(before.get(key))} there, {_short(now.get(key))} now" for key in differing
    )
    raise UsageError(
        f"these predictions were made from something else ({told or 'another fingerprint'})",
        where=path,
        hint=f"give another --out folder, or remove the file: rm {path}",
    )


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= 40 else text[:12] + "..."


def read_samples(path: Path) -> SampleSet:
    """Read saved predictions: our own form, or a published file of ``{"generated", "label"}`` lines.

    A torn last line of our own form is left out. Raises `UsageError` with the line for anything else.
    """
    if not path.is_file():
        raise UsageError(
            "there is no such samples file", where=path, hint="rtlgen eval rtl-repo --data FILE --out DIR"
        )
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError:
        raise UsageError("not UTF-8 text", where=path, hint="give a .jsonl file of predictions") from None
    rows = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not rows:
        raise UsageError(
            "the samples file is empty", where=path, hint="rtlgen eval rtl-repo --data FILE --out DIR"
        )
    first = _row(path, *rows[0])
    if FORMAT in first:
        torn = bool(lines[-1].strip())
        return SampleSet(str(path), first, _samples(path, rows[1:-1] if torn else rows[1:]))
    published = tuple(_published(path, number, _row(path, number, line)) for number, line in rows)
    return SampleSet(str(path), None, {}, published)


def _row(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"not valid JSON: {error.msg} at column {error.colno}",
            where=f"{path}:{number}",
            hint="remove that line; the run makes the prediction again",
        ) from None
    if not isinstance(row, dict):
        raise UsageError(f"a JSON object is needed, not {type(row).__name__}", where=f"{path}:{number}")
    return row


def _samples(path: Path, rows: Iterable[tuple[int, str]]) -> dict[str, Sample]:
    found: dict[str, Sample] = {}
    for number, line in rows:
        row = _row(path, number, line)
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
