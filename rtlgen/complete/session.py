"""A completion of a file on disk: read it, complete, and, when asked to, write the best candidate back.

Writing keeps the old content as ``FILE.orig`` and is done beside and by renaming; a file that changed meanwhile is not
touched. Encoding and line ends stay as they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rtlgen.complete.engine import Engine
from rtlgen.complete.request import CompletionRequest, CompletionResult
from rtlgen.core.errors import UsageError
from rtlgen.core.source import SourceText, read_source
from rtlgen.core.store import write_atomic

MAX_KB = 4_000
"""Larger files are refused."""


def complete_file(
    root: Path,
    file: str,
    *,
    line: int | None = None,
    column: int | None = None,
    filelists: Sequence[str] = (),
    overrides: Mapping[str, object] | None = None,
    check: bool = True,
    apply: bool = False,
) -> tuple[str, CompletionResult]:
    """Complete `file` of the project at `root`; return its text as it was and the result.

    Raises `UsageError` for a file that is missing, outside the project, binary or too large, and for a place past
    the end; with `apply`, also when the file cannot be written.
    """
    engine = Engine.open(root, filelists=filelists, overrides=dict(overrides or {}))
    path = engine.project.relative(_located(engine.project.root, file))
    source = read_source(engine.project.absolute(path), max_bytes=MAX_KB * 1000)
    get = engine.settings.get
    result = engine.complete(
        CompletionRequest(
            path=path,
            text=source.text,
            line=line,
            column=column,
            mode=get("complete.mode"),
            n=get("complete.n"),
            temperature=get("complete.temperature"),
            top_p=get("complete.top_p"),
            seed=get("complete.seed"),
            max_new_tokens=get("complete.max_new_tokens"),
            check=check,
            min_confidence=get("complete.min_confidence"),
        )
    )
    if apply and result.candidates:
        _apply(engine.project.absolute(path), source, result)
    return source.text, result


def _located(root: Path, file: str) -> Path:
    """`file` as given below the root, or below the working directory when only that exists."""
    given = Path(file)
    if given.is_absolute():
        return given
    inside = root / given
    return inside if inside.exists() or not given.exists() else given.resolve()


def applied(text: str, result: CompletionResult, index: int = 0) -> str:
    """The file's text with candidate `index` in place."""
    return text[: result.start] + result.candidates[index].text + text[result.end :]


def _apply(path: Path, source: SourceText, result: CompletionResult) -> None:
    if read_source(path, max_bytes=MAX_KB * 1000).text != source.text:
        raise UsageError("the file changed while it was completed", where=path, hint="run the command again")
    backup = path.with_name(path.name + ".orig")
    new = applied(source.text, result)
    try:
        write_atomic(backup, source.text.encode(source.encoding))
        write_atomic(path, new.encode(source.encoding))
    except OSError as error:
        raise UsageError(
            f"cannot write: {error.strerror}",
            where=path,
            hint="--diff prints the change; make the folder writable to apply it",
        ) from error
