"""The other files of a repository as they stand before a training segment: what retrieval shows at that place.

`Neighbours.pieces` gives, for a place in a file, the headers of the modules that the text above the place instantiates
and their uses elsewhere (graph), then the windows of other files nearest to the lines above the place (BM25). Only text
above the place asks: what stands below is to be predicted. `laid` brings the chosen ones into the order of a prompt
(`rtlgen.model.prompt.pack`: interfaces first, then by path and line).

It packs no tokens.

Try: ``rtlgen train pretrain --corpus corpus/files.jsonl --out run --max-minutes 5``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rtlgen.core.records import Chunk, Module
from rtlgen.retrieval.chunks import chunk_windows
from rtlgen.retrieval.graph import Graph
from rtlgen.retrieval.lexical import Lexical
from rtlgen.retrieval.verilog import modules_in

WINDOW_LINES = 24
"""Lines of a retrieved window."""
QUERY_LINES = 16
"""Lines above the place that ask for windows."""
GRAPH_CHARACTERS = 24_000
"""Text above the place that is read for instances."""
FOUND = 8
"""Windows asked for."""


@dataclass(frozen=True)
class Piece:
    """Lines of another file."""

    path: str
    text: str
    start: int
    interface: bool


class Neighbours:
    """Retrieval over the files of one repository."""

    def __init__(self, files: Mapping[str, str]) -> None:
        """Index `files` (path -> text)."""
        self._chunks = [
            chunk for path in sorted(files) for chunk in chunk_windows(path, files[path], WINDOW_LINES, 0)
        ]
        self._lexical = Lexical()
        self._lexical.build([chunk.text for chunk in self._chunks])
        units = [unit for path in sorted(files) for unit in _units(path, files[path])]
        self._graph = Graph(units, files)

    def pieces(self, path: str, above: Sequence[str], first: Sequence[str] = ()) -> list[Piece]:
        """What is shown of other files at the end of the lines `above` in `path`, the most wanted first.

        Where nothing stands above, the lines `first` ask instead.
        """
        text = "".join(above)[-GRAPH_CHARACTERS:]
        found = [_piece(chunk) for chunk in self._graph.interfaces_for(text, path)] if text else []
        query = "".join(above[-QUERY_LINES:]) or "".join(first)
        windows = (self._chunks[number] for number, _ in self._lexical.search(query, FOUND))
        return found + [_piece(chunk) for chunk in windows if chunk.path != path]


def laid(pieces: Sequence[Piece]) -> list[Piece]:
    """`pieces` in the order in which prompts show them."""
    return sorted(pieces, key=lambda piece: (not piece.interface, piece.path, piece.start))


def _piece(chunk: Chunk) -> Piece:
    return Piece(chunk.path, chunk.text, chunk.start, chunk.kind == "header")


def _units(path: str, text: str) -> Sequence[Module]:
    try:
        return modules_in(text, path)
    except Exception:  # a parser's bug must not stop the packing
        return ()
