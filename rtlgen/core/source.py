"""Read one source text without losing a byte, and refuse what is no source text.

Real Verilog comes in UTF-8, in Latin-1 (old comments), with a byte order mark, and with either newline.
`read_source` keeps the newlines as they are and remembers the encoding, so that `SourceText.encode` gives
the same bytes back. It does not know Verilog, and it does not guess beyond UTF-8 and Latin-1: a file with
NUL bytes is binary.

Try: ``python -c "from rtlgen.core.source import read_source; print(read_source('alu.v').encoding)"``
"""

from __future__ import annotations

import codecs
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import UsageError

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class SourceText:
    """The text of a file as it stands, with what is needed to write it back unchanged."""

    text: str
    encoding: str
    """``utf-8`` | ``utf-8-sig`` (had a byte order mark) | ``latin-1``."""
    newline: str
    """The newline used by most lines, to be used for inserted lines."""

    def encode(self, text: str | None = None) -> bytes:
        """Bytes of `text` (default: the text read) in the file's own encoding.

        A Latin-1 file that received a character outside Latin-1 becomes UTF-8.
        """
        value = self.text if text is None else text
        try:
            return value.encode(self.encoding)
        except UnicodeEncodeError:
            return value.encode("utf-8")


def read_bytes(path: Path, *, max_bytes: int) -> bytes:
    """The content of a regular file of at most `max_bytes` bytes; anything else is a `UsageError`."""
    try:
        # without waiting: opening a named pipe must not hang
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, ValueError):  # ValueError: a NUL in the name
        raise UsageError(
            "no such file", where=path, hint="check the path, or list the project: rtlgen files"
        ) from None
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        state = os.fstat(descriptor)
        if stat.S_ISDIR(state.st_mode):
            raise UsageError("is a folder, not a file", where=path, hint="name one file inside it")
        if not stat.S_ISREG(state.st_mode):
            raise UsageError("is no regular file", where=path, hint="name a text file")
        if state.st_size > max_bytes:
            raise _too_big(path, state.st_size, max_bytes)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    finally:
        os.close(descriptor)
    if len(data) > max_bytes:  # it grew, or its system does not tell sizes
        raise _too_big(path, len(data), max_bytes)
    return data


def _unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot be read: {error.strerror}", where=path, hint="check its permissions: ls -l")


def _too_big(path: Path, size: int, limit: int) -> UsageError:
    return UsageError(
        f"is too big: {size / 1000:,.0f} kB, the limit is {limit / 1000:,.0f} kB",
        where=path,
        hint="name a hand-written source; netlists and memory images are left out",
    )


def decode(data: bytes, where: Path | str) -> SourceText:
    """The text of `data`, UTF-8 or else Latin-1; binary data is a `UsageError` at `where`."""
    if data.startswith(UTF16_MARKS):
        raise UsageError("is UTF-16 text", where=where, hint=f"convert it: iconv -f UTF-16 -t UTF-8 {where}")
    if b"\0" in data:
        raise UsageError("is binary (holds NUL bytes)", where=where, hint="name a text file")
    encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding = "latin-1"
        text = data.decode(encoding)
    newline = "\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n"
    return SourceText(text, encoding, newline)


def read_source(path: Path, *, max_bytes: int = 4_000_000) -> SourceText:
    """Read a source file of at most `max_bytes` bytes; its newlines are kept as they are.

    Raises UsageError when the file is missing, a folder, unreadable, binary (NUL bytes) or too big.
    """
    return decode(read_bytes(path, max_bytes=max_bytes), path)
