"""What the index knows of one file: its chunks' spans, their word counts, and its design units.

Facts depend on the file's content and on a `Recipe` only, so they are kept by content hash on disk and,
for indexes in memory, by text in this process.

    python -c "from rtlgen.retrieval.facts import spans_of, Recipe; print(spans_of('a.v', 'wire a;',
    Recipe()))"
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from rtlgen.core.records import Chunk, Instance, Module, Port, to_json
from rtlgen.retrieval.chunks import chunk_blocks, chunk_items, chunk_windows
from rtlgen.retrieval.verilog import modules_in

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.core.project import Project
    from rtlgen.core.settings import Settings
    from rtlgen.retrieval.lexical import Counts, Vocabulary

KINDS = ("window", "item", "header", "file")
"""Kinds of chunks by their number on disk. Append only."""


@dataclass(frozen=True)
class Recipe:
    """How files are cut and read. Facts of different recipes are never mixed."""

    window_lines: int = 32
    window_overlap: int = 8
    item_max_lines: int = 64
    defined: tuple[str, ...] = ()
    splitter: str = "both"

    @classmethod
    def of(cls, settings: Settings, project: Project | None = None) -> Recipe:
        """The recipe of the settings, with the macros of the project's build."""
        return cls(
            settings.get("retrieval.window_lines"),
            settings.get("retrieval.window_overlap"),
            settings.get("retrieval.item_max_lines"),
            tuple(sorted(name for name, _ in project.defines)) if project is not None else (),
            settings.get("retrieval.splitter"),
        )


class Span(NamedTuple):
    """A chunk without its text: 1-based first and last line, number of its kind, its unit's name or empty."""

    start: int
    end: int
    kind: int
    module: str

    def chunk(self, path: str, rows: list[str]) -> Chunk:
        """The chunk, with its text taken from the file's lines."""
        text = "\n".join(rows[self.start - 1 : self.end])
        return Chunk(path, self.start, self.end, text, KINDS[self.kind], self.module or None)


@dataclass(frozen=True)
class Facts:
    """Spans, word counts (by the vocabulary of the index) and design units of one file.

    `table` int32 (chunks, 4) holds first line, last line, kind and unit (0 is none, n is ``units[n - 1]``) of every
    span; `modules` are the design units as JSON, `count` how many; `lines` is the length of the file.
    """

    table: NDArray[np.int32]
    units: tuple[str, ...]
    counts: Counts
    modules: bytes
    count: int
    lines: int

    @classmethod
    def made(cls, path: str, text: str, recipe: Recipe, vocabulary: Vocabulary) -> Facts:
        """The facts of a text; its words join the vocabulary."""
        import numpy as np

        spans = spans_of(path, text, recipe)
        counts = vocabulary.count(text.split("\n"), [(span.start - 1, span.end) for span in spans])
        units = tuple(dict.fromkeys(span.module for span in spans if span.module))
        number = {"": 0} | {name: index for index, name in enumerate(units, 1)}
        rows = [(span.start, span.end, span.kind, number[span.module]) for span in spans]
        table = np.array(rows, dtype=np.int32).reshape(-1, 4)
        modules = modules_in(text, path, recipe.defined)
        return cls(table, units, counts, write_modules(modules), len(modules), text.count("\n"))

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The spans of `table`."""
        names = ("", *self.units)
        return tuple([Span(start, end, kind, names[unit]) for start, end, kind, unit in self.table.tolist()])


@lru_cache(maxsize=4096)
def spans_of(path: str, text: str, recipe: Recipe) -> tuple[Span, ...]:
    """Spans of the chunks of a file by the recipe's splitter; an item with the same lines as a window is left out.

    ``lines`` and ``blocks`` keep headers, which the interfaces of a prompt come from; ``items`` has windows only for a
    file without items.
    """
    if recipe.splitter == "blocks":
        windows = chunk_blocks(path, text, recipe.window_lines)
    else:
        windows = chunk_windows(path, text, recipe.window_lines, recipe.window_overlap)
    seen = {(chunk.start, chunk.end) for chunk in windows}
    items = [c for c in chunk_items(path, text, recipe.item_max_lines) if (c.start, c.end) not in seen]
    if recipe.splitter == "items" and items:
        windows = []
    elif recipe.splitter in ("lines", "blocks"):
        items = [c for c in items if c.kind == "header"]
    return tuple(Span(c.start, c.end, KINDS.index(c.kind), c.module or "") for c in [*windows, *items])


@lru_cache(maxsize=4096)
def modules_of(path: str, text: str, defined: tuple[str, ...]) -> tuple[Module, ...]:
    """`modules_in`, remembered by text."""
    return modules_in(text, path, defined)


def write_modules(modules: tuple[Module, ...]) -> bytes:
    """Units as JSON."""
    return json.dumps([to_json(module) for module in modules]).encode() if modules else b""


def read_modules(data: bytes) -> tuple[Module, ...]:
    """Units from `write_modules`. Raises ValueError, KeyError or TypeError when the data is damaged."""
    return tuple(_module(entry) for entry in json.loads(data)) if data else ()


def _module(entry: dict[str, Any]) -> Module:
    entry["ports"] = tuple([Port(**port) for port in entry["ports"]])
    entry["parameters"] = tuple([(name, value) for name, value in entry["parameters"]])
    instances = entry["instances"]
    entry["instances"] = tuple(
        [Instance(i["module"], i["name"], i["line"], tuple(i["connected"])) for i in instances]
    )
    entry["imports"] = tuple(entry["imports"])
    return Module(**entry)
