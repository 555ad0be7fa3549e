"""What is asked of the index at a place: the words of the lines above, and the far parts of the file itself.

The lines right above the place are in every prompt already, so the file's own chunks count only from
`OWN_GAP` lines away, and never a line of the stored copy: the file is what the caller passes.

    rtlgen retrieve --file top.v --line 40
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from rtlgen.core.records import Chunk
from rtlgen.retrieval.chunks import chunk_windows
from rtlgen.retrieval.facts import Recipe
from rtlgen.retrieval.lexical import words
from rtlgen.retrieval.masking import masked

QUERY_LINES = 12
"""Lines above the place whose words are the query."""
OWN_GAP = 28
"""The file's own chunks begin this many lines above (and below) the place."""
HEADER_WORDS = 24
"""At most so many words of the enclosing module's header join the query."""

_HEADER = re.compile(r"^[ \t]*(?:module|macromodule|interface|package|program|class)\b([^;]*)", re.MULTILINE)


@dataclass(frozen=True)
class Query:
    """A place in a file: the text before and after it, with plain newlines.

    `alone`: the file's own far parts are no candidates. `gap`: they begin so many lines above and below.
    """

    path: str
    prefix: str
    suffix: str
    recipe: Recipe
    alone: bool = False
    gap: int = OWN_GAP

    @cached_property
    def text(self) -> str:
        """The last lines above the place."""
        rows = self.prefix.rstrip().split("\n")
        return "\n".join(rows[-QUERY_LINES:])

    @cached_property
    def words(self) -> list[str]:
        """Words of the last lines (the nearer half twice) and of the enclosing header, with repeats."""
        rows = self.text.split("\n")
        near = words("\n".join(rows[-(QUERY_LINES // 2) :]))
        header = words(self._header)
        return [*words(self.text), *near, *dict.fromkeys(header[:HEADER_WORDS])]

    @cached_property
    def _header(self) -> str:
        found = _HEADER.findall(self.prefix)
        return masked(found[-1]) if found else ""

    @cached_property
    def own(self) -> list[Chunk]:
        """Windows of the file itself that lie far enough from the place."""
        if self.alone:
            return []
        recipe = self.recipe
        rows = self.prefix.split("\n")
        above = "\n".join(rows[: max(0, len(rows) - self.gap)])
        chunks = chunk_windows(self.path, above, recipe.window_lines, recipe.window_overlap) if above else []
        after = self.suffix.split("\n")
        if len(after) > self.gap:
            below = "\n".join(after[self.gap :])
            skip = len(rows) + self.gap - 1
            chunks += [
                Chunk(c.path, c.start + skip, c.end + skip, c.text, c.kind, c.module)
                for c in chunk_windows(self.path, below, recipe.window_lines, recipe.window_overlap)
            ]
        return chunks
