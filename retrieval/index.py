"""The retrieval index of a repository: chunks of all files, found by four sources and fused by rank.

`open_index` brings the index on disk up to date by content hash (only changed files are read and parsed)
and opens it; `build_memory_index` serves texts without a disk. Everything costly is made at first use:
BM25 (bm25s), vectors (FAISS), the graph, and the continuation index of a file's neighbours. Libraries are
further repositories, each with an index of its own; their hits rank behind the repository's unless they
are much better.

    rtlgen index repo/ ; rtlgen retrieve repo/ --file alu.v --line 20
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rtlgen.core.errors import UsageError
from rtlgen.core.records import Chunk, Hit, Module
from rtlgen.retrieval.dense import CountEmbedder, Dense, Embedder, embedder_of
from rtlgen.retrieval.facts import Facts, Recipe, Span, modules_of, read_modules, spans_of
from rtlgen.retrieval.graph import Graph, shared_folders
from rtlgen.retrieval.lexical import Counts, Lexical, Vocabulary, top
from rtlgen.retrieval.query import OWN_GAP, Query
from rtlgen.retrieval.rank import WEIGHTS, fuse, spread
from rtlgen.retrieval.scope import Scope, scope_between

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.core.project import Project
    from rtlgen.core.settings import Settings
    from rtlgen.retrieval.continuation import Continuation

SOURCES = ("graph", "bm25", "dense", "continuation")
DEPTH = 40
"""Candidates that every source may give."""
LIBRARY_DISCOUNT = 0.5
"""A library's chunk must score this much of its value above the repository's to rank before it."""
NEIGHBOUR_LINES = 15_000
"""Lines of nearby files that the continuation source looks through."""
CONTINUATION_ABOVE, CONTINUATION_BELOW = 8, 12
"""Lines shown above and below a place found by the continuation source."""
CONTINUATION_PLACES = 8
"""Places that the continuation source gives."""

Ranked = list[tuple[Chunk, float]]


@dataclass(frozen=True)
class IndexStats:
    """What bringing the index up to date did. `skipped` are (path, reason) of files that could not be
    read."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    kept: int = 0
    files: int = 0
    lines: int = 0
    chunks: int = 0
    modules: int = 0
    seconds: float = 0.0
    skipped: tuple[tuple[str, str], ...] = ()
    note: str = ""
    """Why the index was built anew, empty when it was not."""


class Index:
    """Chunks of a set of files and what finds them. Made by `open_index` or `build_memory_index`."""

    def __init__(
        self,
        texts: Mapping[str, str],
        settings: Settings,
        recipe: Recipe,
        *,
        facts: Mapping[str, Facts] | None = None,
        vocabulary: Vocabulary | None = None,
        stats: IndexStats | None = None,
        libraries: Sequence[Callable[[], Index]] = (),
        vectors: Callable[[Index, Embedder], list[NDArray[np.float16]]] | None = None,
        origin: str = "",
    ) -> None:
        self._texts = dict(texts)
        self.settings = settings
        self.recipe = recipe
        self._facts = facts
        self._vocabulary = vocabulary
        self.stats = stats or IndexStats(files=len(self._texts))
        self._library_openers = libraries
        self._stored_vectors = vectors
        self.origin = origin
        self.weights: Mapping[str, float] = WEIGHTS
        self.own_gap = OWN_GAP
        self._neighbours: dict[tuple[str, int], tuple[str, ...]] = {}
        self._continuations: OrderedDict[tuple[str, ...], Continuation] = OrderedDict()

    # ---- content

    def texts(self) -> dict[str, str]:
        """Path -> text (newlines as ``\\n``) of every file of the repository, libraries not included."""
        return self._texts

    def modules(self) -> dict[str, Module]:
        """Name -> design unit, of the repository first and of its libraries for other names."""
        found = {name: units[0] for name, units in self.graph.by_name.items()}
        for library in self.libraries:
            found = library.modules() | found
        return found

    @cached_property
    def libraries(self) -> tuple[Index, ...]:
        """The opened indexes of the libraries."""
        return tuple(opener() for opener in self._library_openers)

    @cached_property
    def graph(self) -> Graph:
        """The graph of the repository's design units."""
        return Graph(self._units(), self._texts)

    def _units(self) -> Iterator[Module]:
        for path, text in self._texts.items():
            if self._facts is None:
                yield from modules_of(path, text, self.recipe.defined)
            else:
                yield from read_modules(self._facts[path].modules)

    @cached_property
    def chunks(self) -> list[tuple[str, int]]:
        """(path, number of the span in its file) of every chunk, in the order of the lexical and dense
        indexes."""
        return [(path, number) for path in self._texts for number in range(self.size_of(path))]

    def _spans(self, path: str) -> Sequence[Span]:
        return (
            spans_of(path, self._texts[path], self.recipe) if self._facts is None else self._facts[path].spans
        )

    @cached_property
    def _first(self) -> dict[str, tuple[int, int]]:
        """Path -> (first, behind last) number of its chunks."""
        found, at = {}, 0
        for path in self._texts:
            end = at + self.size_of(path)
            found[path] = (at, end)
            at = end
        return found

    def chunk(self, number: int) -> Chunk:
        """The chunk with a number of `chunks`."""
        path, span = self.chunks[number]
        return self._spans(path)[span].chunk(path, self._rows(path))

    def size_of(self, path: str) -> int:
        """Number of chunks of a file."""
        return len(self._spans(path)) if self._facts is None else len(self._facts[path].table)

    def _rows(self, path: str) -> list[str]:
        return self._texts[path].split("\n")

    @cached_property
    def counts(self) -> Counts:
        """Word counts of all chunks."""
        return Counts.joined([self._counts(path) for path in self._texts])

    def _counts(self, path: str) -> Counts:
        if self._facts is not None:
            return self._facts[path].counts
        return memory_counts(path, self._texts[path], self.recipe)

    @property
    def vocabulary(self) -> Vocabulary:
        """Words of `counts` by id."""
        return self._vocabulary if self._vocabulary is not None else memory_vocabulary()

    @cached_property
    def lexical(self) -> Lexical:
        """BM25 over all chunks."""
        counts = self.counts
        return Lexical(self.vocabulary, counts)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder of the settings."""
        return embedder_of(self.settings.get("retrieval.embedder"))

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """Vectors (chunks, d) of all chunks."""
        import numpy as np

        parts = self._vector_parts
        if parts is None:
            return self.embed_files(list(self._texts))
        if not parts:
            return np.zeros((0, 1), dtype=np.float32)
        return np.concatenate(parts).astype(np.float32)

    @cached_property
    def _vector_parts(self) -> list[NDArray[np.float16]] | None:
        return None if self._stored_vectors is None else self._stored_vectors(self, self.embedder)

    def store_vectors(self) -> None:
        """Bring the stored vectors up to date without opening them for search."""
        _ = self._vector_parts

    def embed_files(self, paths: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of the chunks of some files, in order."""
        if isinstance(self.embedder, CountEmbedder):
            counts = Counts.joined([self._counts(path) for path in paths])
            return self.embedder.embed_counts(self.vocabulary.words, counts)
        rows = {path: self._rows(path) for path in paths}
        return self.embedder.embed(
            [span.chunk(path, rows[path]).text for path in paths for span in self._spans(path)]
        )

    @cached_property
    def dense(self) -> Dense:
        """FAISS over `vectors`."""
        dense = Dense()
        if len(self.vectors):
            dense.build(self.vectors)
        return dense

    def neighbours(self, path: str, limit: int = NEIGHBOUR_LINES) -> tuple[str, ...]:
        """Paths of the other files nearest to `path`, in the folder tree, until `limit` lines are reached; sorted."""
        key = (path, limit)
        found = self._neighbours.get(key)
        if found is None:
            chosen, room = [], limit
            for other in sorted(self._texts.keys() - {path}, key=lambda p: (-shared_folders(p, path), p)):
                count = self._texts[other].count("\n")
                if count <= room:
                    chosen.append(other)
                    room -= count
            found = self._neighbours[key] = tuple(sorted(chosen))
        return found

    def share(self, other: Index) -> None:
        """Take over what depends on the texts alone from an index of the same texts with other settings."""
        self.graph = other.graph
        self._neighbours, self._continuations = other._neighbours, other._continuations

    def continuation(self, path: str) -> Continuation:
        """The continuation index over the neighbours of `path`; the last few are kept."""
        from rtlgen.retrieval.continuation import Continuation

        key = self.neighbours(path)
        found = self._continuations.get(key)
        if found is None:
            found = self._continuations[key] = Continuation({p: self._texts[p] for p in key})
            while len(self._continuations) > 4:
                self._continuations.popitem(last=False)
        return found

    def scope(self, path: str, prefix: str, suffix: str = "") -> Scope:
        """What is visible and open between `prefix` and `suffix`; packages, headers and modules by the graph."""
        return scope_between(_plain(prefix), _plain(suffix), path, self.graph)

    # ---- retrieval

    def retrieve(
        self,
        path: str,
        prefix: str,
        suffix: str = "",
        k: int = 12,
        sources: Sequence[str] | None = None,
    ) -> list[Hit]:
        """The `k` chunks most useful for what follows `prefix` in the file `path`, best first.

        Args:
            path: of the file, relative to the root; its stored copy is never shown.
            prefix, suffix: its text before and after the place. Chunks of them far from the place may be
            hits. k: number of hits at most.
            sources: of `SOURCES`; None takes those of the settings.

        Raises UsageError for an unknown source.
        """
        chosen = self.settings.get("retrieval.sources") if sources is None else list(sources)
        for source in chosen:
            if source not in SOURCES:
                raise UsageError(f"no source '{source}'", hint=f"one of: {', '.join(SOURCES)}")
        if k <= 0:
            return []
        query = Query(path, _plain(prefix), _plain(suffix), self.recipe, gap=self.own_gap)
        chunks: dict[tuple[str, int, int], Chunk] = {}
        rankings: dict[str, list[tuple[str, int, int]]] = {}
        for source in chosen:
            ranking = rankings.setdefault(source, [])
            for chunk, _ in self._with_libraries(source, query):
                key = (chunk.path, chunk.start, chunk.end)
                chunks.setdefault(key, chunk)
                ranking.append(key)
        hits = [Hit(chunks[entry.key], entry.score, entry.why) for entry in fuse(rankings, self.weights)]
        return spread(hits, k)

    def _with_libraries(self, source: str, query: Query) -> Ranked:
        """The ranking of one source over the repository and, discounted, its libraries."""
        found = self.ranked(source, query)
        if not self.libraries:
            return found
        for library in self.libraries:
            elsewhere = library.ranked(source, Query("", query.prefix, "", query.recipe, alone=True))
            found += [(chunk, score * LIBRARY_DISCOUNT) for chunk, score in library.located(elsewhere)]
        return sorted(found, key=lambda pair: -pair[1])[:DEPTH]

    def located(self, ranked: Ranked) -> Ranked:
        """The same with paths behind the library's own folder."""
        return [
            (Chunk(f"{self.origin}/{c.path}", c.start, c.end, c.text, c.kind, c.module), score)
            for c, score in ranked
        ]

    def ranked(self, source: str, query: Query) -> Ranked:
        """Chunks of this repository by one source with the source's own scores, best first."""
        ranker = {
            "graph": self._by_graph,
            "bm25": self._by_words,
            "dense": self._by_vectors,
            "continuation": self._by_continuation,
        }[source]
        return ranker(query) if self._texts or query.own else []

    def _by_words(self, query: Query) -> Ranked:
        lexical = self.lexical
        own = (
            self._count(query.own) if query.own else None
        )  # before the query: their words join the vocabulary
        ids = lexical.vocabulary.known(query.words)
        scores = lexical.scores(ids)
        first, last = self._first.get(query.path, (0, 0))
        scores[first:last] = 0
        found = [(self.chunk(number), score) for number, score in top(scores, DEPTH)]
        if own is not None:
            scores = lexical.scores_of(own, ids)
            found += [(query.own[number], score) for number, score in top(scores, DEPTH)]
        return sorted(found, key=lambda pair: -pair[1])[:DEPTH]

    def _by_vectors(self, query: Query) -> Ranked:
        asked = self.embedder.embed_query(query.text, query.words)
        first, last = self._first.get(query.path, (0, 0))
        found = [
            (self.chunk(number), score)
            for number, score in self.dense.search(asked, DEPTH + last - first)
            if not first <= number < last
        ]
        if query.own:
            scores = self.embedder.embed([chunk.text for chunk in query.own]) @ asked
            found += [(query.own[number], score) for number, score in top(scores, DEPTH)]
        return sorted(found, key=lambda pair: -pair[1])[:DEPTH]

    def _by_graph(self, query: Query) -> Ranked:
        found = self.graph.interfaces_for(query.prefix, query.path)
        return [
            (chunk, 1.0 / rank) for rank, chunk in enumerate(found[:DEPTH], 1) if chunk.path != query.path
        ]

    def _by_continuation(self, query: Query) -> Ranked:
        places = self.continuation(query.path).best_places(query.prefix, CONTINUATION_PLACES)
        found: Ranked = []
        for rank, (path, line) in enumerate(places, 1):
            rows = self._rows(path)
            start = max(0, line - CONTINUATION_ABOVE)
            end = min(len(rows), line + CONTINUATION_BELOW)
            text = "\n".join(rows[start:end])
            found.append((Chunk(path, start + 1, end, text), 1.0 / rank))
        return found

    def _count(self, chunks: Sequence[Chunk]) -> Counts:
        rows: list[str] = []
        spans = []
        for chunk in chunks:
            lines = chunk.text.split("\n")
            spans.append((len(rows), len(rows) + len(lines)))
            rows.extend(lines)
        return self.lexical.vocabulary.count(rows, spans)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n") if "\r" in text else text


_memory: dict[tuple[str, str, Recipe], Counts] = {}
_memory_words = Vocabulary()


def memory_vocabulary() -> Vocabulary:
    """The vocabulary that all indexes in memory share."""
    return _memory_words


def memory_counts(path: str, text: str, recipe: Recipe) -> Counts:
    """Word counts of the chunks of a text by the shared vocabulary, remembered by text."""
    key = (path, text, recipe)
    found = _memory.get(key)
    if found is None:
        spans = [(span.start - 1, span.end) for span in spans_of(path, text, recipe)]
        found = _memory[key] = _memory_words.count(text.split("\n"), spans)
        while len(_memory) > 4096:
            del _memory[next(iter(_memory))]
    return found


def build_memory_index(files: Mapping[str, str], settings: Settings) -> Index:
    """An index over texts (path -> text) that touches no disk; every part is made when it is first asked
    for."""
    texts = {path: _plain(text) for path, text in files.items()}
    return Index(texts, settings, Recipe.of(settings))


def open_index(
    project: Project,
    settings: Settings,
    *,
    update: bool = True,
    rebuild: bool = False,
    libraries: bool = True,
    talk: Callable[[str], None] | None = None,
) -> Index:
    """The index of `project`, brought up to date with its files.

    Args:
        project: whose files are indexed, headers and library files too.
        settings: sizes of chunks, embedder, store, libraries.
        update: write what changed; without it the changes count for this opening only.
        rebuild: forget what is stored.
        libraries: open the libraries, too (each when it is first asked).
        talk: takes warnings; stderr by default.

    Raises UsageError when no store can be written to, LimitError when another process updates it for too
    long.
    """
    from rtlgen.retrieval.update import opened, to_stderr

    return opened(
        project, settings, update=update, rebuild=rebuild, libraries=libraries, talk=talk or to_stderr
    )
