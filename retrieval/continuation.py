"""What followed this context before, by lines and by tokens, in the other files of a unit and the file's prefix.

Line level: a context matches a place when the code lines above the place equal the code lines above the cursor,
exactly or in shape (`rtlgen.retrieval.lines`). Blank lines and comments are skipped, but remembered as the *gap* in
front of a line. A place is a candidate when its last line has the same shape or is about the same name
(`rtlgen.retrieval.segments`).

Token level (`rtlgen.retrieval.ngrams`): the same over integer tokens of any tokenizer, for mixing with a model's
distribution and for drafting.

It knows no scopes and no grammar, and it compares whole lines only: a line with a typo is a different line of,
usually, the same shape.

    Continuation({"a.v": text}).best_places(prefix, k=4)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rtlgen.retrieval.lines import Line, classes, code_lines, read_line, tail_of
from rtlgen.retrieval.segments import Match, Segment, scan

if TYPE_CHECKING:
    from rtlgen.retrieval.ngrams import TokenIndex


@dataclass(frozen=True)
class Place:
    """A place whose context matches the cursor's: `follower` stood there under `above`, at 0-based `line` of `path`.

    `exact`, `shape`, `coarse`, `key`, `tail` count the code lines directly above that equal the cursor's in that respect
    (at most `MAX_MATCH`). `same_gap`: blank line or comment in front, as at the cursor; `same_comment`: the same comment.
    `at` is the follower's index in the segment's code lines; `own`: in the file's own prefix, then `distance` counts
    code lines back from the cursor. `count`: how often this pair of lines occurs. `likeness`: share of the prefix's
    names that the file knows (0..1).
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


class Continuation:
    """An index of what follows what in `files` (path -> text); the file being edited is passed by its prefix.

    `derived` is a place where proposal sources keep what they compute once a unit.
    """

    def __init__(self, files: Mapping[str, str], encode: Callable[[str], list[int]] | None = None) -> None:
        self.paths: list[str] = list(files)
        self._files = files
        self._encode = encode
        self._ids: dict[str, int] = {}
        self._own_cache: tuple[list[str], Segment] | None = None
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
            return cached[1]
        segment = Segment()
        self._separate(segment, -1)
        self._append(segment, lines, -1)
        self._own_cache = (lines, segment)
        return segment

    def lines_after(
        self, prefix_lines: Sequence[str], path: str, limit: int = 64, skip: int = 0
    ) -> list[Place]:
        """The places whose context matches the end of `prefix_lines` best, best first.

        Equal pairs (context line, follower) are merged: `count` says how often the pair occurs. With `skip` the last
        code lines are taken as inserted: the context is what stands above them.
        """
        own = self.own(prefix_lines)
        gap = self.gap(prefix_lines, own.numbers[-1] + 1, len(prefix_lines))
        likeness = self._likeness(own)
        if skip >= len(own.lines) - 1:
            skip = 0
        found = scan(own, own, gap, [1.0], skip), scan(self.segment, own, gap, likeness, skip)
        result: list[tuple[float, Place]] = []
        for segment, match in zip((own, self.segment), found, strict=True):
            chosen, counts = match.best_pairs(segment, limit)
            for row, count in zip(chosen, counts, strict=True):
                place = self._place(segment, match, row, count, path, likeness)
                result.append((float(match.score[row]), place))
        result.sort(key=lambda entry: -entry[0])
        return [place for _, place in result[:limit]]

    def _place(
        self, segment: Segment, match: Match, row: int, count: int, path: str, likeness: list[float]
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

    def best_places(self, prefix: str, k: int) -> list[tuple[str, int]]:
        """The k best ``(path, 0-based line)`` in other files whose context matches the end of `prefix`."""
        lines = prefix.split("\n")
        if lines and not lines[-1].strip():
            lines.pop()
        found = [place for place in self.lines_after(lines, "", limit=8 * k + 8) if not place.own]
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
