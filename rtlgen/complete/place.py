"""Where a completion goes: at a line and column, at the marker ``// rtlgen: complete``, or at the file's end.

A `Place` splits a file's text into what stands before the line being completed, what is already typed on it, and what
follows. It knows lines and blanks only, no grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rtlgen.core.errors import UsageError

MARKER = re.compile(r"^[ \t]*//[ \t]*rtlgen:[ \t]*complete\b[^\r\n]*(?=\r?$)", re.MULTILINE)
"""A line that marks the place to complete; the completion replaces it."""

_FINISHED = re.compile(
    r"(?:[;,({:]|\b(?:begin|end|else|endcase|endmodule|endfunction|endgenerate|endtask)|\*/)\s*$"
    r"|\b(?:begin|end)\s*:\s*\w+\s*$|^\s*(?://|`)"
    r"|^\s*(?:end\s+)?(?:else\s+)?(?:if|for|foreach|while|repeat|case[xz]?|always\w*|@)\b.*\)\s*$"
)
"""Ends of a typed line after which the next line is wanted."""


@dataclass(frozen=True)
class Place:
    """A split of a file's text. A candidate line is inserted as ``lead + rest of the line``.

    Attributes:
        prefix: everything up to and including the line end above the completed line.
        partial: what is typed on the completed line before the cursor, its indentation included.
        suffix: everything after the cursor, or after the marker's line.
        start, end: offsets in the text that the inserted text replaces.
        lead: a line end that has to be inserted first, or nothing.
        newline: the line end of the file, for the lines of a block.
    """

    prefix: str
    partial: str
    suffix: str
    start: int
    end: int
    lead: str = ""
    newline: str = "\n"

    @property
    def line(self) -> int:
        """1-based line of the inserted text."""
        return self.prefix.count("\n") + 1

    def in_file(self, text: str) -> str:
        """`text` with the line ends of the file."""
        return text.replace("\r\n", "\n").replace("\n", self.newline)

    def insertion(self, candidate: str) -> str:
        """What to put at `start`..`end` for a whole candidate line (or block) that begins with `partial`."""
        candidate = self.in_file(candidate)
        if self.partial.strip():
            typed = self.partial
            if candidate.startswith(typed):
                return self.lead + candidate[len(typed) :]
            return self.lead + _without_typed(candidate, typed)
        if self.partial and candidate.startswith(self.partial):
            return self.lead + candidate[len(self.partial) :]
        return self.lead + (candidate.lstrip(" \t") if self.partial else candidate)


def matches(candidate: str, partial: str) -> bool:
    """Does a whole line begin with what is typed, blanks aside?"""
    return re.sub(r"\s+", "", candidate).startswith(re.sub(r"\s+", "", partial))


def _without_typed(candidate: str, typed: str) -> str:
    """The rest of `candidate` after the characters of `typed`, which it begins with blanks aside."""
    wanted = [c for c in typed if not c.isspace()]
    place = 0
    for character in wanted:
        while place < len(candidate) and candidate[place] != character:
            place += 1
        place += 1
    rest = candidate[place:]
    return rest.lstrip() if typed[-1:].isspace() else rest


def find_place(text: str, path: str, line: int | None = None, column: int | None = None) -> Place:
    """The place at a 1-based line and column, else at the marker, else at the end.

    Without a column the end of the line is meant; after a finished line (one that ends with ``;`` or ``begin``, say)
    the next line is completed. Raises `UsageError` for a place past the end.
    """
    if line is None:
        if column is not None:
            raise UsageError("a column needs a line", where=path, hint="--line N --column M")
        marked = MARKER.search(text)
        if marked:
            after = text[marked.end() :]
            suffix = after.removeprefix("\r").removeprefix("\n")
            start, end = marked.span()
            return Place(text[:start], "", suffix, start, end, newline=_newline_of(text))
        return _split(text, len(text))
    starts = [0, *(m.end() for m in re.finditer("\n", text))]
    if not 1 <= line <= len(starts):
        raise UsageError(
            f"line {line} is past the end: the file has {len(starts)} lines",
            where=path,
            hint=f"--line between 1 and {len(starts)}",
        )
    begin = starts[line - 1]
    end = text.find("\n", begin)
    end = len(text) if end < 0 else end
    width = len(text[begin:end].rstrip("\r"))
    if column is None:
        return _split(text, begin + width)
    if not 1 <= column <= width + 1:
        raise UsageError(
            f"column {column} is past the end: the line has {width} characters",
            where=f"{path}:{line}",
            hint=f"--column between 1 and {width + 1}",
        )
    return _split(text, begin + column - 1)


def _newline_of(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def next_line(text: str, place: Place) -> Place:
    """The place on a new line after what is typed: for a line that nothing continues."""
    return _split(text, place.start, anew=True)


def _split(text: str, cursor: int, anew: bool = False) -> Place:
    begin = text.rfind("\n", 0, cursor) + 1
    partial = text[begin:cursor]
    rest = text[cursor:].split("\n", 1)[0]
    newline = _newline_of(text)
    if partial.strip() and not rest.strip() and (anew or _FINISHED.search(partial)):
        return Place(
            text[:cursor] + newline,
            "",
            text[cursor:].lstrip("\r").removeprefix("\n"),
            cursor,
            cursor,
            newline,
            newline,
        )
    return Place(text[:begin], partial, text[cursor:], cursor, cursor, newline=newline)
