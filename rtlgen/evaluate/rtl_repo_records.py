"""Records of RTL-Repo: read a JSONL or parquet file with its columns, and build its protocol's prompt.

Columns: `repo_name, file_path, context[{path, snippet}], cropped_code, next_line`; `id`, `kind` and `unit`
are used when they are there, further columns are ignored. Parquet needs pyarrow (the [train] extra).
Nothing is downloaded. Source: RTL-Repo, arXiv 2405.17378; the rules of the prompt are those of its code
(AUCOHL/RTL-Repo, src/).

    rtlgen eval rtl-repo --data test.parquet --predictor copy --limit 100
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.core.records import sha256_text
from rtlgen.evaluate.metrics import line_kind

COLUMNS = ("repo_name", "file_path", "context", "cropped_code", "next_line")
"""The columns that a data file must have."""
RESERVED_TOKENS = 80
"""What the protocol keeps free of the model's window for the answer."""
SHUFFLE_SEED = 2003
"""The protocol shuffles the data with this seed; `--limit N` takes the first N of that order."""

_BUILD = "rtlgen eval rtl-repo build REPO... --out dev.jsonl makes a file with these columns"


@dataclass(frozen=True)
class Record:
    """One hidden line. `context`: (path, text) of the other files of the unit, in the data's order."""

    id: str
    repo_name: str
    file_path: str
    context: tuple[tuple[str, str], ...]
    files: Mapping[str, str]
    """`context` as a mapping; one object for all records with the same context. Do not change it."""
    cropped_code: str
    next_line: str
    kind: str
    unit: str

    @property
    def prefix(self) -> str:
        """The text before the cursor, which stands at the beginning of the hidden line."""
        return self.cropped_code + "\n" if self.cropped_code else ""

    @property
    def label_sha256(self) -> str:
        """SHA-256 of the hidden line."""
        return sha256_text(self.next_line)

    @property
    def prompt_sha256(self) -> str:
        """SHA-256 of all that a predictor may see: repository, path, context and text before the line."""
        digest = hashlib.sha256()
        parts = [
            self.repo_name,
            self.file_path,
            self.cropped_code,
            *(t for pair in self.context for t in pair),
        ]
        for part in parts:
            digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
        return digest.hexdigest()


@dataclass(frozen=True)
class Data:
    """A data file: its records in the order of the file, and the SHA-256 of its bytes."""

    path: str
    sha256: str
    records: tuple[Record, ...]

    def limited(self, limit: int | None) -> tuple[Record, ...]:
        """All records, or the first `limit` of the protocol's shuffle (as Hugging Face datasets does it)."""
        if limit is None or limit >= len(self.records):
            return self.records
        import numpy as np

        order = np.random.default_rng(SHUFFLE_SEED).permutation(len(self.records))
        return tuple(self.records[i] for i in order[:limit])


def read_data(path: Path) -> Data:
    """Read a ``.jsonl`` or ``.parquet`` file of RTL-Repo's columns.

    Raises:
        UsageError: not a file, no records, bad JSON, missing columns, wrong types, an empty context or an
            id that stands twice; with the line. ToolError: parquet without pyarrow.
    """
    if not path.is_file():
        raise UsageError("there is no such data file", where=path, hint=_BUILD)
    digest = hashlib.sha256()
    rows = _parquet_rows(path) if path.suffix == ".parquet" else _jsonl_rows(path)
    interned: dict[str, str] = {}
    contexts: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
    records: list[Record] = []
    seen: dict[str, int] = {}
    for number, row in rows:
        record = _record(row, f"{path}:{number}", number, interned, contexts)
        if record.id in seen:
            raise UsageError(
                f"the id '{record.id}' stands on line {seen[record.id]} already",
                where=f"{path}:{number}",
                hint="give every record its own id, or leave the column out",
            )
        seen[record.id] = number
        records.append(record)
    if not records:
        raise UsageError("the data file has no records", where=path, hint=_BUILD)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return Data(str(path), digest.hexdigest(), tuple(records))


def _jsonl_rows(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    try:
                        yield number, json.loads(line)
                    except json.JSONDecodeError as error:
                        raise UsageError(
                            f"not valid JSON: {error.msg} at column {error.colno}",
                            where=f"{path}:{number}",
                            hint="every line must be one JSON object; a file cut short must be built again",
                        ) from None
    except UnicodeDecodeError:
        raise UsageError("not UTF-8 text", where=path, hint="give a .jsonl or a .parquet file") from None


def _parquet_rows(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ToolError(
            "reading parquet needs pyarrow, which is not installed",
            where=path,
            hint="pip install 'rtlgen[train]', or convert the file to JSONL",
        ) from None
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(batch_size=64):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except pyarrow.ArrowException as error:
        message = str(error).splitlines()[0]
        raise UsageError(
            f"cannot be read as parquet: {message}", where=path, hint="download it again"
        ) from None


def _record(
    row: Any,
    where: str,
    number: int,
    interned: dict[str, str],
    contexts: dict[tuple[tuple[str, str], ...], Mapping[str, str]],
) -> Record:
    """Check one row and make a `Record` of it; equal texts and contexts are kept once."""
    if not isinstance(row, dict):
        raise UsageError(f"a JSON object is needed, not {type(row).__name__}", where=where, hint=_BUILD)
    missing = [name for name in COLUMNS if name not in row]
    if missing:
        plural = "s" if len(missing) > 1 else ""
        raise UsageError(
            f"missing column{plural} {', '.join(missing)}; found {', '.join(sorted(row))}",
            where=where,
            hint=_BUILD,
        )
    for name in COLUMNS:
        if name != "context" and not isinstance(row[name], str):
            raise UsageError(
                f"column {name} must be text, not {type(row[name]).__name__}", where=where, hint=_BUILD
            )
    pairs = _context(row["context"], where, interned)
    files = contexts.setdefault(pairs, dict(pairs))
    return Record(
        id=str(row.get("id") or f"row-{number:06d}"),
        repo_name=row["repo_name"],
        file_path=row["file_path"],
        context=pairs,
        files=files,
        cropped_code=row["cropped_code"],
        next_line=row["next_line"],
        kind=str(row.get("kind") or line_kind(row["next_line"])),
        unit=str(row.get("unit") or row["repo_name"]),
    )


def _context(value: Any, where: str, interned: dict[str, str]) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise UsageError("column context must be a list of {path, snippet}", where=where, hint=_BUILD)
    if not value:
        raise UsageError(
            "the context is empty: a unit has at least one other file",
            where=where,
            hint="drop the record, or build again",
        )
    pairs = []
    for entry in value:
        if not isinstance(entry, dict) or not all(
            isinstance(entry.get(key), str) for key in ("path", "snippet")
        ):
            raise UsageError("an entry of context is not {path, snippet}", where=where, hint=_BUILD)
        pairs.append((entry["path"], interned.setdefault(entry["snippet"], entry["snippet"])))
    return tuple(pairs)


def protocol_prompt(record: Record, count_tokens: Callable[[str], int], max_tokens: int) -> str:
    """The prompt of RTL-Repo's own protocol, for models that take raw text.

    Other files first, then the file up to the line. When both exceed `max_tokens` - 80 (tokens), whole
    lines are dropped from the end of the other files. Runs of four or more newlines become two. As in the
    original only the other files are cut: a file that is longer than the window overflows it, and the
    caller cuts the prompt.
    """
    cross = f"// Repo Name: {record.repo_name}\n"
    cross += "".join(f"// Path: {path}\n{snippet}\n\n" for path, snippet in record.context)
    in_file = f"// Path: {record.file_path}\n{record.cropped_code}\n"
    excess = count_tokens(cross) + count_tokens(in_file) - (max_tokens - RESERVED_TOKENS)
    if excess > 0:
        lines = cross.split("\n")
        keep = len(lines)
        while keep > 0:
            keep -= 1
            excess -= count_tokens(lines[keep])
            if excess < 0:
                break
        cross = "\n".join(lines[:keep]) + "\n\n"
    return re.sub(r"\n{4,}", "\n\n", cross + in_file)
