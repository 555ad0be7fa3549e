"""A file of JSON lines that a run appends to and goes on with: what it was made from stands in its first line.

Every row is handed to the operating system when it is made, so that a killed process loses at most the row in flight; a
torn last line is cut off by the next run. A run that makes rows from something else (other data, another simulator, other
code) is refused, and the message names what differs: rows of different kinds are never mixed. Two processes cannot write
one file. What the rows mean is the caller's business.

Try: ``head -1 .rtlgen/eval/verilog-eval/*/*.jsonl`` after ``rtlgen eval verilog-eval --data DIR --references``
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from filelock import FileLock, Timeout

from rtlgen.core.errors import UsageError
from rtlgen.core.records import sha256_text

_REMOVE = "remove that line; the run makes it again"
Row = tuple[int, dict[str, Any]]
"""1-based number of a line, and its object."""


def fingerprint(made_from: Mapping[str, Any]) -> str:
    """Hex SHA-256 of what rows are made from; the order of keys does not matter."""
    return sha256_text(json.dumps(made_from, sort_keys=True, ensure_ascii=True))


class Journal:
    """A file opened for going on: a context manager. `rows` are those that were there, without the header."""

    def __init__(
        self,
        path: Path,
        kind: str,
        made_from: Mapping[str, Any],
        *,
        rows_are: str = "these results",
        foreign: str = "was not written by rtlgen; a run cannot go on in it",
    ) -> None:
        """Open `path`, or begin it; `kind` is the key of the header line, its value the version of the format.

        Raises UsageError when it was made from something else, when it is a `foreign` file, when another process is
        writing to it, and for a line that is no JSON object.
        """
        self.path = path
        self.rows: list[Row] = []
        header = {kind: 1, "fingerprint": fingerprint(made_from), "made_from": dict(made_from)}
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
            self._file = self._open(kind, header, rows_are, foreign)
        except BaseException:
            self._lock.release()
            raise

    def _open(self, kind: str, header: Mapping[str, Any], rows_are: str, foreign: str) -> BinaryIO:
        path = self.path
        if path.exists() and _drop_torn_line(path) > 0:
            first, *self.rows = read_rows(path, kind)
            if kind not in first[1]:
                raise UsageError(foreign, where=path, hint="give another --out folder")
            _refuse_other(path, first[1], header, rows_are)
            return path.open("ab")
        file = path.open("wb")
        _write(file, header)
        return file

    def add(self, row: Mapping[str, Any]) -> None:
        """Append a row; it is safe from the end of this process when this returns."""
        _write(self._file, row)

    def close(self) -> None:
        """Close the file and let other runs go on in it."""
        self._file.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_rows(path: Path, kind: str = "", *, hint: str = _REMOVE) -> list[Row]:
    """All rows of a file, a header included; empty lines are left out.

    A torn last line is left out when the first line is a header of `kind`. Raises UsageError with the line's number for
    what is no JSON object.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError:
        raise UsageError("not UTF-8 text", where=path, hint="give a .jsonl file") from None
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not numbered:
        return []
    first, rest = _object(path, *numbered[0], hint), numbered[1:]
    if kind and kind in first and lines[-1].strip():
        rest = rest[:-1]
    return [(numbered[0][0], first), *((n, _object(path, n, line, hint)) for n, line in rest)]


def _object(path: Path, number: int, line: str, hint: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"not valid JSON: {error.msg} at column {error.colno}", where=f"{path}:{number}", hint=hint
        ) from None
    if not isinstance(row, dict):
        raise UsageError(f"a JSON object is needed, not {type(row).__name__}", where=f"{path}:{number}")
    return row


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


def _refuse_other(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any], rows_are: str) -> None:
    if found.get("fingerprint") == wanted["fingerprint"]:
        return
    before, now = found.get("made_from") or {}, wanted["made_from"]
    differing = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    told = "; ".join(
        f"{key}: {_short(before.get(key))} there, {_short(now.get(key))} now" for key in differing
    )
    raise UsageError(
        f"{rows_are} were made from something else ({told or 'another fingerprint'})",
        where=path,
        hint=f"give another --out folder, or remove the file: rm {path}",
    )


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= 40 else text[:12] + "..."
