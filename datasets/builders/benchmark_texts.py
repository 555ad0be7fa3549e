"""The texts of a benchmark, whatever it is: JSON records, tables, folders of sources and prompts, git directories.

Every text comes with a name that says where it stands: ``file.jsonl:3:context[0].snippet``, ``folder/a_ref.sv``,
``owner/name:rtl/a.v``. Equal texts come once (RTL-Repo records repeat their context). It reads; it judges nothing.

Try: ``python -c "from rtlgen.datasets.benchmark_texts import texts_of; print(next(texts_of('problems.jsonl')))"``
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.datasets.dedup import content_key
from rtlgen.datasets.repositories import Repository, is_verilog, open_repository

SUFFIXES = (".v", ".sv", ".vh", ".svh", ".txt", ".md", ".jsonl", ".json", ".parquet")
"""Files of a folder that are read."""
LEAST_TOKENS = 12
"""White-space separated words that a text needs: below it lies a name or an answer of one word."""


def texts_of(given: str | Path) -> Iterator[tuple[str, str]]:
    """(name, text) of a file, a folder or a git directory, each text once.

    `given` is a path, or ``NAME=PATH`` for a git directory under another name.

    Raises:
        UsageError: there is nothing, or nothing readable: a missing path, broken JSON, a folder without such files.
        ToolError: a ``.parquet`` file and no pyarrow.
    """
    seen: set[str] = set()
    found = 0
    for name, text in _all(given):
        found += 1
        if len(text.split()) < LEAST_TOKENS:
            continue
        key = content_key(text)
        if key not in seen:
            seen.add(key)
            yield name, text
    if not seen:
        raise UsageError(
            f"holds no text to compare with ({found} too short)"
            if found
            else "holds no text to compare with",
            where=given,
            hint=f"give a folder or a file of {' '.join(SUFFIXES)}, or a git directory",
        )


def _all(given: str | Path) -> Iterator[tuple[str, str]]:
    path = Path(given)
    if path.is_file():
        yield from _file(path, path.name)
        return
    plain = path.is_dir() and not (path / "HEAD").is_file() and not (path / ".git").exists()
    if plain:
        yield from _folder(path)
        return
    if not path.exists() and "=" not in str(given):
        raise UsageError(
            "there is no such file or folder", where=given, hint="rtlgen datasets corpus audit --help"
        )
    yield from repository_texts(open_repository(given))


def repository_texts(repository: Repository) -> Iterator[tuple[str, str]]:
    """(``owner/name:path``, text) of the Verilog files of a repository."""
    for path, content in repository.files(is_verilog):
        if content:
            yield f"{repository.name}:{path}", content.decode("utf-8", "replace")


def _folder(root: Path) -> Iterator[tuple[str, str]]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder) / name
            if name.endswith(SUFFIXES) and path.is_file():
                yield from _file(path, path.relative_to(root.parent).as_posix())


def _file(path: Path, name: str) -> Iterator[tuple[str, str]]:
    if path.suffix == ".parquet":
        yield from _parquet(path, name)
    elif path.suffix == ".jsonl":
        yield from _lines(path, name)
    elif path.suffix == ".json":
        for place, text in _strings(_loads(path.read_text("utf-8", "replace"), path, 1)):
            yield f"{name}:{place}" if place else name, text
    else:
        yield name, path.read_text("utf-8", "replace")


def _lines(path: Path, name: str) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                row = _loads(line, path, number)
                label = _label(row)
                for place, text in _strings(row):
                    yield f"{name}:{number}{label}:{place}", text


def _label(row: Any) -> str:
    """``(owner/name:path)`` when the row says where its text is from."""
    parts = [
        str(row[key])
        for key in ("repo", "repository", "path", "task_id")
        if isinstance(row, dict) and row.get(key)
    ]
    return f"({':'.join(parts)})" if parts else ""


def _parquet(path: Path, name: str) -> Iterator[tuple[str, str]]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ToolError(
            "reading .parquet needs pyarrow", where=path, hint="pip install 'rtlgen[train]'"
        ) from error
    try:
        number = 0
        for batch in parquet.ParquetFile(path).iter_batches(batch_size=64):
            for row in batch.to_pylist():
                number += 1
                for place, text in _strings(row):
                    yield f"{name}:{number}:{place}", text
    except pyarrow.ArrowException as error:
        raise UsageError(f"is not a readable Parquet file: {error}", where=path) from error


def _loads(line: str, path: Path, number: int) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise UsageError(
            f"is not JSON: {error}", where=f"{path}:{number}", hint="one JSON value a line"
        ) from error


def _strings(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every string of nested JSON with the place it stands at."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{place}[{index}]")
