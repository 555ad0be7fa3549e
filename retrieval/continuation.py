"""What followed this context before: line level and token level, over the other files of a unit and the file's prefix.

Line level: a context matches a place when the code lines above the place equal the code lines above the cursor,
exactly or in shape (`rtlgen.retrieval.lines`). Blank lines and comments are skipped, but remembered as the *gap* in
front of a line. A place is a candidate when at least the last line has the same shape.

Token level (`rtlgen.retrieval.ngrams`): the same over integer tokens of any tokenizer, for mixing with a model's
distribution and for drafting.

It knows no scopes and no grammar, and it compares whole lines only: a line with a typo is a different line of,
usually, the same shape. A unit is scanned with numpy, about 5 microseconds for 10,000 lines a comparison.

    Continuation({"a.v": text}).best_places(prefix, k=4)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from rtlgen.retrieval.lines import KINDS, Line, classes, code_lines, read_line, tail_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.retrieval.ngrams import TokenIndex

_KIND_IDS = {kind: number for number, kind in enumerate(KINDS)}

LIST_KINDS = ("declaration", "port", "parameter", "portmap", "assign", "nonblocking", "blocking", "case_item")
"""Kinds of lines that stand in lists, each line about one name."""

MAX_MATCH = 12
"""Matches are counted up to this many code lines."""


@dataclass(frozen=True)
class Place:
    """A place whose context matches the cursor's: `follower` stood there under `above`, at 0-based
    `line` of `path`.

    `exact` and `shape` count the equal and equally shaped code lines directly above (at most `MAX_MATCH`);
    `same_gap`: blank line or comment in front, as at the cursor; `same_comment`: the same comment in front.
    `at` is the index of the follower in the segment's code lines; `own` tells the file's own prefix.
    `distance` counts code lines back from the cursor (own prefix) or from the end of the other file's match.
    """

    path: str
    line: int
    above: str
    follower: str
    exact: int
    shape: int
    coarse: int
    key: int
    tail: int
    same_gap: bool
    same_comment: bool
    own: bool
    at: int
    distance: int
    count: int
    likeness: float


class Segment:
    """Code lines of one or several files as parallel arrays: interned exact and shape ids, gaps, origin."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.lines: list[Line] = []
        self.numbers: list[int] = []
        self.ends: list[int] = []
        self.gaps: list[int] = []
        self.exact: list[int] = []
        self.shapes: list[int] = []
        self.coarse: list[int] = []
        self.keys: list[int] = []
        self.tails: list[int] = []
        self.files: list[int] = []

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for index, line in enumerate(self.lines):
            for name in line.names:
                found = places.setdefault(name, [])
                if not found or found[-1] != index:
                    found.append(index)
        return places

    def where(self, name: str) -> list[int]:
        """Indices of the code lines that hold the identifier `name`, in order."""
        return self._by_name.get(name, [])

    @cached_property
    def _by_tail(self) -> dict[str, list[tuple[str, int]]]:
        places: dict[str, list[tuple[str, int]]] = {}
        for index, line in enumerate(self.lines):
            if line.key and line.kind in LIST_KINDS:
                places.setdefault(tail_of(line.key), []).append((line.key, index))
        return places

    @cached_property
    def _by_stem(self) -> dict[str, list[tuple[str, int]]]:
        places: dict[str, list[tuple[str, int]]] = {}
        for index, line in enumerate(self.lines):
            if "_" in line.key and line.kind in LIST_KINDS:
                places.setdefault(line.key.rpartition("_")[0], []).append((line.key, index))
        return places

    def with_stem(self, stem: str) -> list[tuple[str, int]]:
        """``(name, code line)`` of the same lines whose name is `stem` and one more part."""
        return self._by_stem.get(stem, [])

    def with_tail(self, tail: str) -> list[tuple[str, int]]:
        """``(name, code line)`` of the declarations, connections and assignments of names with this last part."""
        return self._by_tail.get(tail, [])

    def kinds_after(self, kind: str) -> dict[str, int]:
        """Kinds of the lines that follow a line of `kind`, with counts."""
        import numpy as np

        kinds = self.arrays.kind
        found = np.bincount(kinds[1:][kinds[:-1] == _KIND_IDS[kind]], minlength=len(KINDS))
        return {name: int(count) for name, count in zip(KINDS, found, strict=True) if count}

    def shapes_after(self, shape: str) -> dict[str, int]:
        """Shapes of the lines that follow a line of `shape`, with counts."""
        import numpy as np

        wanted = self.shape_ids.get(shape)
        if wanted is None:
            return {}
        shapes = self.arrays.shape
        at = np.nonzero(shapes[:-1] == wanted)[0] + 1
        _, first, counts = np.unique(shapes[at], return_index=True, return_counts=True)
        return {self.lines[at[row]].shape: int(n) for row, n in zip(first, counts, strict=True)}

    @cached_property
    def shape_ids(self) -> dict[str, int]:
        """Shape -> its interned id."""
        return {line.shape: number for line, number in zip(self.lines, self.shapes, strict=True)}

    @cached_property
    def counts(self) -> Counter[tuple[str, ...]]:
        """How often each line occurs, by its tokens."""
        return Counter(line.tokens for line in self.lines)

    @cached_property
    def arrays(self) -> Arrays:
        """The columns as int32 arrays of shape (lines,)."""
        import numpy as np

        kinds = [_KIND_IDS[line.kind] for line in self.lines]
        columns = (
            self.exact,
            self.shapes,
            self.coarse,
            self.keys,
            self.tails,
            self.gaps,
            self.files,
            kinds,
            self.ends,
        )
        return Arrays(*(np.array(column, dtype=np.int32) for column in columns))


class Arrays(NamedTuple):
    """Columns of a segment, int32 of shape (lines,). Id 0 in `exact` marks the boundary of a file."""

    exact: NDArray[np.int32]
    shape: NDArray[np.int32]
    coarse: NDArray[np.int32]
    key: NDArray[np.int32]
    tail: NDArray[np.int32]
    gap: NDArray[np.int32]
    file: NDArray[np.int32]
    kind: NDArray[np.int32]
    ends: NDArray[np.int32]


class Continuation:
    """An index of what follows what in `files` (path -> text); the file being edited is passed by its prefix.

    `derived` is a place where proposal sources keep what they compute once a unit.
    """

    def __init__(self, files: Mapping[str, str], encode: Callable[[str], list[int]] | None = None) -> None:
        self.paths: list[str] = list(files)
        self._files = files
        self._encode = encode
        self._ids: dict[str, int] = {}
        self._own_cache: tuple[list[str], str, Segment] | None = None
        self.derived: dict[str, Any] = {}
        self.segment = Segment()
        self.names: Counter[str] = Counter()
        self.file_names: list[frozenset[str]] = []
        for number, path in enumerate(self.paths):
            start = len(self.segment.lines)
            self._separate(self.segment, number)
            self._append(self.segment, files[path].split("\n"), number)
            names: set[str] = set()
            for line in self.segment.lines[start:]:
                names.update(line.names)
            self.file_names.append(frozenset(names))
            self.names.update(names)
        self._separate(self.segment, max(0, len(self.paths) - 1))

    def ends_id(self, line: Line) -> int:
        """Id of a line's kind with its first and last token (names as one class)."""
        if not line.tokens:
            return 0
        first, last = classes[line.tokens[0]], classes[line.tokens[-1]]
        return self._id(f"^{line.kind} {first} {last}")

    def _id(self, key: str) -> int:
        return self._ids.setdefault(key, len(self._ids) + 1)

    def _append(self, segment: Segment, raw: Sequence[str], number: int, start: int = 0) -> None:
        """Adds the code lines of `raw` (its first line has index `start`) to the segment."""
        previous = start - 1
        found = code_lines(raw)
        ids = self._ids
        for index, text in found:
            line = read_line(text.strip())
            segment.texts.append(text.rstrip())
            segment.lines.append(line)
            segment.numbers.append(start + index)
            segment.exact.append(ids.setdefault("=" + " ".join(line.tokens), len(ids) + 1))
            segment.shapes.append(ids.setdefault(line.shape, len(ids) + 1))
            segment.coarse.append(ids.setdefault("~" + line.coarse, len(ids) + 1))
            segment.ends.append(self.ends_id(line))
            segment.keys.append(ids.setdefault("@" + line.key, len(ids) + 1))
            segment.tails.append(ids.setdefault("_" + tail_of(line.key), len(ids) + 1))
            segment.gaps.append(self.gap(raw, previous + 1 - start, index))
            segment.files.append(number)
            previous = start + index

    def _separate(self, segment: Segment, number: int) -> None:
        """The boundary of a file: an empty line with id 0, which matches only another boundary."""
        segment.texts.append("")
        segment.lines.append(read_line(""))
        segment.numbers.append(-1)
        segment.exact.append(0)
        segment.shapes.append(0)
        segment.coarse.append(0)
        segment.ends.append(0)
        segment.keys.append(0)
        segment.tails.append(0)
        segment.gaps.append(0)
        segment.files.append(number)

    def gap(self, raw: Sequence[str], start: int, stop: int) -> int:
        """What stands in raw lines start..stop-1 above a code line: 0 nothing, 1 blanks only, else a comment's id."""
        if stop <= start:
            return 0
        for index in range(stop - 1, start - 1, -1):
            text = raw[index].strip().strip("/*-=# ")
            if text:
                return self._id("#" + text)
        return 1

    def own(self, prefix_lines: Sequence[str]) -> Segment:
        """The segment of the file's own prefix; reuses the last call's when the prefix has only grown."""
        lines = list(prefix_lines)
        cached = self._own_cache
        if cached is not None and cached[0] == lines:
            return cached[2]
        segment = Segment()
        self._separate(segment, -1)
        self._append(segment, lines, -1)
        self._own_cache = (lines, "", segment)
        return segment

    def places(self, prefix_lines: Sequence[str], path: str, limit: int = 64) -> list[Place]:
        """The places whose context matches the end of `prefix_lines` best, best first.

        Equal pairs (context line, follower) are merged: `count` says how often the pair occurs.
        """
        own = self.own(prefix_lines)
        gap = self.gap(prefix_lines, own.numbers[-1] + 1, len(prefix_lines))
        likeness = self._likeness(own)
        found = _scan(own, own, gap, [1.0]), _scan(self.segment, own, gap, likeness)
        result: list[tuple[float, Place]] = []
        for segment, match in zip((own, self.segment), found, strict=True):
            chosen, counts = match.best_pairs(segment, limit)
            for row, count in zip(chosen, counts, strict=True):
                place = self._place(segment, match, row, count, path, likeness)
                result.append((float(match.score[row]), place))
        result.sort(key=lambda entry: -entry[0])
        return [place for _, place in result[:limit]]

    def _place(
        self, segment: Segment, match: _Match, row: int, count: int, path: str, likeness: list[float]
    ) -> Place:
        """One row of a scan as a `Place`."""
        at = int(match.at[row])
        own = segment is not self.segment
        number = segment.files[at]
        return Place(
            path=path if own else self.paths[number],
            line=segment.numbers[at],
            above=segment.texts[at - 1],
            follower=segment.texts[at],
            exact=int(match.exact[row]),
            shape=int(match.shape[row]),
            coarse=int(match.coarse[row]),
            key=int(match.key[row]),
            tail=int(match.tail[row]),
            same_gap=bool(match.same_gap[row]),
            same_comment=bool(match.same_comment[row]),
            own=own,
            at=at,
            distance=len(segment.lines) - at if own else 10_000,
            count=count,
            likeness=1.0 if own else likeness[number],
        )

    def context(self, place: Place, prefix_lines: Sequence[str], length: int) -> list[Line]:
        """The `length` code lines above a place, nearest last."""
        segment = self.own(prefix_lines) if place.own else self.segment
        return segment.lines[max(0, place.at - length) : place.at]

    def _likeness(self, own: Segment) -> list[float]:
        """Per file: share of the prefix's last 200 lines' names that the file knows too (0..1)."""
        names: set[str] = set()
        for line in own.lines[-200:]:
            names.update(line.names)
        if not names:
            return [0.0] * len(self.paths)
        return [len(names & known) / len(names) for known in self.file_names]

    def count(self, tokens: tuple[str, ...]) -> int:
        """How often a line with these tokens occurs in the other files."""
        return self.segment.counts[tokens]

    def knows_shape(self, shape: str) -> bool:
        """True when a line of the other files has this shape."""
        return shape in self.segment.shape_ids

    def lines_after(self, prefix_lines: Sequence[str], path: str, limit: int = 64) -> list[Place]:
        """Alias of `places`: candidates for the next line, with match lengths, counts and origin."""
        return self.places(prefix_lines, path, limit)

    def best_places(self, prefix: str, k: int) -> list[tuple[str, int]]:
        """The k best ``(path, 0-based line)`` in other files whose context matches the end of `prefix`."""
        lines = prefix.split("\n")
        if lines and not lines[-1].strip():
            lines.pop()
        found = [place for place in self.places(lines, "", limit=8 * k + 8) if not place.own]
        return [(place.path, place.line) for place in found[:k]]

    @cached_property
    def tokens(self) -> TokenIndex:
        """The token index over all files; needs the `encode` given to the constructor."""
        from rtlgen.retrieval.ngrams import TokenIndex

        if self._encode is None:
            return TokenIndex([])
        return TokenIndex([self._encode(text) for text in self._files.values()])

    def next_tokens(self, tokens: Sequence[int]) -> dict[int, float]:
        """Distribution over the token that followed the longest suffixes of `tokens`; empty when none matches."""
        return self.tokens.next_tokens(tokens)

    def draft(self, tokens: Sequence[int], k: int) -> list[int]:
        """The `k` tokens that followed the longest match of the end of `tokens` (fewer at a file's end)."""
        return self.tokens.draft(tokens, k)


@dataclass(frozen=True)
class _Match:
    """Rows of one scan, parallel arrays of shape (rows,): follower index, match lengths, gap flags, score."""

    at: NDArray[np.int32]
    exact: NDArray[np.int32]
    shape: NDArray[np.int32]
    coarse: NDArray[np.int32]
    key: NDArray[np.int32]
    tail: NDArray[np.int32]
    same_gap: NDArray[np.bool_]
    same_comment: NDArray[np.bool_]
    score: NDArray[np.float32]

    def best_pairs(self, segment: Segment, limit: int) -> tuple[list[int], list[int]]:
        """Best row of every distinct (context line, follower) pair, and how often the pair occurs."""
        import numpy as np

        if not len(self.at):
            return [], []
        order = np.argsort(-self.score, kind="stable")
        exact = segment.arrays.exact.astype(np.int64)
        pairs = (exact[self.at - 1] << 32) + exact[self.at]
        _, first, counts = np.unique(pairs[order], return_index=True, return_counts=True)
        best = np.argsort(first, kind="stable")[:limit]
        return order[first[best]].tolist(), counts[best].tolist()


def _run_length(
    ids: NDArray[np.int32], ends: NDArray[np.int32], context: NDArray[np.int32]
) -> NDArray[np.int32]:
    """For every index in `ends`, how many ids going backwards from it equal the end of `context`."""
    import numpy as np

    length = np.zeros(len(ends), dtype=np.int32)
    alive = np.arange(len(ends))
    for step in range(min(MAX_MATCH, len(context))):
        where = ends[alive] - step
        alive = alive[(where >= 0) & (ids[where] == context[-1 - step])]
        if not len(alive):
            break
        length[alive] += 1
    return length


def _scan(segment: Segment, own: Segment, gap: int, likeness: list[float]) -> _Match:
    """Every place of `segment` whose line above has the shape of the last line of `own`, or is about the same name."""
    import numpy as np

    columns, mine = segment.arrays, own.arrays
    near = columns.shape[:-1] == mine.shape[-1]
    if mine.exact[-1]:
        loose = columns.coarse[:-1] == mine.coarse[-1]
        loose &= (columns.key[:-1] == mine.key[-1]) | (columns.tail[:-1] == mine.tail[-1])
        near = near | loose
    ends = np.nonzero(near)[0].astype(np.int32)
    ends = ends[columns.exact[ends + 1] > 0]
    exact = _run_length(columns.exact, ends, mine.exact)
    shape = _run_length(columns.shape, ends, mine.shape)
    key = _run_length(columns.key, ends, mine.key)
    tail = _run_length(columns.tail, ends, mine.tail)
    coarse = _run_length(columns.coarse, ends, mine.coarse)
    at = ends + 1
    same_gap = np.minimum(columns.gap[at], 2) == min(gap, 2)
    same_comment = (columns.gap[at] == gap) & (gap > 1)
    score = (
        3.0 * exact
        + 0.8 * shape
        + 0.6 * coarse
        + 0.8 * key
        + 0.4 * tail
        + 1.5 * same_gap
        + 5.0 * same_comment
    )
    if segment is own:
        score = score + 1.5 - 0.002 * (len(own.lines) - at)
    else:
        score = score + 2.0 * np.array([*likeness, 0.0], dtype=np.float32)[columns.file[at]]
    return _Match(at, exact, shape, coarse, key, tail, same_gap, same_comment, score.astype(np.float32))
