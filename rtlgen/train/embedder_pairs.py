"""Pairs of a place in the code and a chunk that helps there, mined from a corpus for `rtlgen.train.embedder`.

Files of a repository that stand together are cut into units of at most `UNIT_FILES`, as a small project would be, and
each unit is chunked as the index does it. A pair is one of three kinds:

- ``needed``: the lines above a place, and the chunk of another file that holds most of the names which the next lines
  go on to use and which the lines above do not show (by weight of rarity in the unit);
- ``instance``: the lines up to an instantiation, and the header of the instantiated module;
- ``next``: the lines above a place, and the lines that follow it.

What a query needs is kept with it, so that training can leave out chunks that would help, too. It trains nothing.

    rtlgen train embedder --corpus corpus/files.jsonl --out run
"""

from __future__ import annotations

import math
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import UsageError
from rtlgen.retrieval.facts import Recipe, Span, modules_of, spans_of
from rtlgen.retrieval.lexical import Counts, Vocabulary
from rtlgen.retrieval.query import Query
from rtlgen.retrieval.verilog import identifiers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNIT_FILES = 24
"""Files of a unit at most, as in RTL-Repo's repositories."""
NEXT_LINES = 8
"""Lines behind a place whose names are needed there."""
SHOWN_LINES = 32
"""Lines above a place whose names are no longer needed: the prompt shows them."""
LEAST_COVERED = 0.25
"""A ``needed`` chunk holds at least this share of the weight of the needed names."""
FOLLOWING_LINES = 24
KINDS = ("needed", "instance", "next")
_COUNTS = ("queries", "chunks", "needed")

Talk = Callable[[str], None]


@dataclass(frozen=True)
class PairConfig:
    """How many pairs are drawn: places a unit of each kind at most, and in all of one repository."""

    places: int = 400
    instances: int = 50
    following: int = 80
    of_repository: int = 4500
    seed: int = 1


@dataclass
class Pairs:
    """Mined pairs, words by id. Rows of `queries` and of `chunks` belong together.

    `needed` holds for each pair the ids of the needed names; `unit` its unit, `kind` its kind as in `KINDS`.
    """

    words: list[str]
    queries: Counts
    chunks: Counts
    needed: Counts
    unit: NDArray[np.int32]
    kind: NDArray[np.int8]
    repositories: list[str]
    """Repository of every unit."""
    spread: NDArray[np.int32]
    """Repositories in which each word was seen, by id."""

    def save(self, path: Path) -> None:
        """Write the pairs beside `path`, then rename."""
        import numpy as np

        arrays: dict[str, NDArray[Any]] = {"unit": self.unit, "kind": self.kind, "spread": self.spread}
        for name, texts in (("words", self.words), ("repositories", self.repositories)):
            joined = "\n".join(texts).encode("utf-8", "surrogatepass")
            arrays[name] = np.frombuffer(joined, dtype=np.uint8)
        for name in _COUNTS:
            counts: Counts = getattr(self, name)
            arrays |= {f"{name}_{field}": values for field, values in counts._asdict().items()}
        part = path.with_suffix(".part.npz")
        np.savez(part, allow_pickle=False, **arrays)
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> Pairs:
        """The pairs that `save` wrote. Raises UsageError when the file is damaged."""
        import numpy as np

        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            words, names = (
                bytes(arrays[k]).decode("utf-8", "surrogatepass").split("\n")
                for k in ("words", "repositories")
            )
            queries, chunks, needed = (
                Counts(*(arrays[f"{k}_{field}"] for field in Counts._fields)) for k in _COUNTS
            )
            return cls(
                words, queries, chunks, needed, arrays["unit"], arrays["kind"], names, arrays["spread"]
            )
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise UsageError(
                f"the pairs cannot be read ({type(error).__name__})",
                where=path,
                hint=f"remove {path.name}; the same command mines them again",
            ) from None

    @cached_property
    def _members(self) -> list[NDArray[np.int64]]:
        """Pairs of every unit that has any."""
        import numpy as np

        order = np.argsort(self.unit, kind="stable")
        return [part for part in np.split(order, np.nonzero(np.diff(self.unit[order]))[0] + 1) if len(part)]

    def batch(self, step: int, units: int, of_unit: int, seed: int) -> NDArray[np.int64]:
        """Rows of batch `step`: `of_unit` pairs at most of each of `units` units, drawn by their number of pairs."""
        import numpy as np

        draw = np.random.default_rng([seed, step])
        sizes = np.minimum([len(part) for part in self._members], 4 * of_unit).astype(np.float64)
        chosen = draw.choice(len(sizes), size=min(units, len(sizes)), replace=False, p=sizes / sizes.sum())
        return np.concatenate(
            [draw.permutation(self._members[number])[:of_unit] for number in sorted(chosen.tolist())]
        )


@dataclass(frozen=True)
class Place:
    """A place of a unit: the words asked with, the ids of the names needed, and where it stands."""

    path: str
    line: int
    asked: tuple[int, ...]
    needed: tuple[int, ...]


class Unit:
    """Chunked files of one unit: `counts` of all `spans`, found by word."""

    def __init__(
        self, files: Mapping[str, str], vocabulary: Vocabulary, recipe: Recipe | None = None
    ) -> None:
        import numpy as np

        self.files = files
        self.vocabulary = vocabulary
        self.recipe = recipe or Recipe()
        self.spans: list[tuple[str, Span]] = []
        parts = []
        for path, text in files.items():
            spans = spans_of(path, text, self.recipe)
            self.spans += [(path, span) for span in spans]
            parts.append(vocabulary.count(text.split("\n"), [(s.start - 1, s.end) for s in spans]))
        self.counts = Counts.joined(parts)
        order = np.argsort(self.counts.ids, kind="stable")
        self._ids = self.counts.ids[order]
        self._documents = np.repeat(np.arange(len(self.spans)), np.diff(self.counts.indptr))[order]
        self._path = np.array([list(files).index(path) for path, _ in self.spans], dtype=np.int64)

    def place(self, path: str, line: int) -> Place:
        """The place before 0-based `line` of a file."""
        rows = self.files[path].split("\n")
        query = Query(path, "\n".join(rows[:line]) + "\n", "", self.recipe, alone=True)
        ids = self.vocabulary.ids
        asked = tuple(ids.setdefault(word, len(ids)) for word in query.words if "\n" not in word)
        shown = set(identifiers("\n".join(rows[max(0, line - SHOWN_LINES) : line])))
        wanted = dict.fromkeys(identifiers("\n".join(rows[line : line + NEXT_LINES])))
        needed = tuple(ids.setdefault(n.lower(), len(ids)) for n in wanted if n not in shown)
        return Place(path, line, asked, tuple(dict.fromkeys(needed)))

    def covered(self, place: Place) -> NDArray[np.float64]:
        """Share of the weight (rarity in the unit) of the needed names that each chunk (spans,) holds."""
        import numpy as np

        found = np.zeros(len(self.spans))
        total = 0.0
        for word in place.needed:
            first, last = np.searchsorted(self._ids, [word, word + 1])
            weight = math.log(1 + len(self.spans) / (1 + last - first))
            found[self._documents[first:last]] += weight
            total += weight
        return found / total if total else found

    def elsewhere(self, path: str) -> NDArray[np.bool_]:
        """Chunks (spans,) of other files."""
        import numpy as np

        return np.asarray(self._path != list(self.files).index(path))

    def size_of(self, number: int) -> int:
        """Lines of a chunk."""
        span = self.spans[number][1]
        return span.end - span.start + 1


def units_of(files: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The files of a repository, in order of path, in runs of at most `UNIT_FILES` of nearly equal size."""
    paths = sorted(files)
    count = max(1, math.ceil(len(paths) / UNIT_FILES))
    for number in range(count):
        chosen = paths[number * len(paths) // count : (number + 1) * len(paths) // count]
        if len(chosen) > 1:
            yield {path: files[path] for path in chosen}


def places_of(unit: Unit, count: int, draw: random.Random) -> Iterator[Place]:
    """`count` places of a unit at most: before code lines, with something above and something needed."""
    lines = [
        (path, number)
        for path, text in unit.files.items()
        for number, row in enumerate(text.split("\n"))
        if number > 3 and len(row.strip()) > 7 and not row.lstrip().startswith(("//", "/*", "*"))
    ]
    for path, number in draw.sample(lines, min(count, len(lines))):
        place = unit.place(path, number)
        if place.asked and place.needed:
            yield place


Pair = tuple[int, tuple[int, ...], dict[int, int], tuple[int, ...]]
"""Kind, words of the query, counts of the chunk's words, ids needed."""


def mine(corpus: Mapping[str, Mapping[str, str]], config: PairConfig, talk: Talk = lambda _: None) -> Pairs:
    """Pairs of all repositories of `corpus` (repository -> path -> text), the same for the same corpus and seed."""
    import numpy as np

    vocabulary = Vocabulary()
    found: list[Pair] = []
    unit_of: list[int] = []
    names: list[str] = []
    spread = np.zeros(0, dtype=np.int32)
    for repository, files in sorted(corpus.items()):
        draw = random.Random(f"{config.seed} {repository}")
        made: list[list[Pair]] = []
        seen: list[NDArray[np.int32]] = []
        for texts in units_of(files):
            unit = Unit(texts, vocabulary)
            made.append(list(_pairs_of(unit, config, draw)))
            seen.append(np.unique(unit.counts.ids))
        room = config.of_repository / max(1, sum(len(pairs) for pairs in made))
        for pairs in made:
            kept = pairs if room >= 1 else draw.sample(pairs, int(len(pairs) * room))
            found += kept
            unit_of += [len(names)] * len(kept)
            names.append(repository)
        spread = np.pad(spread, (0, len(vocabulary) - len(spread)))
        if seen:
            spread[np.unique(np.concatenate(seen))] += 1
        talk(f"{repository}: {len(made)} units, {len(found)} pairs so far")
    return Pairs(
        vocabulary.words,
        _counts([_tally(pair[1]) for pair in found]),
        _counts([pair[2] for pair in found]),
        _counts([dict.fromkeys(pair[3], 1) for pair in found]),
        np.array(unit_of, dtype=np.int32),
        np.array([pair[0] for pair in found], dtype=np.int8),
        names,
        spread,
    )


def _pairs_of(unit: Unit, config: PairConfig, draw: random.Random) -> Iterator[Pair]:
    import numpy as np

    for place in places_of(unit, config.places, draw):
        covered = unit.covered(place) * unit.elsewhere(place.path)
        best = float(covered.max(initial=0.0))
        if best >= LEAST_COVERED:
            near = np.nonzero(covered >= 0.9 * best)[0]
            chosen = min(near.tolist(), key=lambda n: (unit.size_of(n), n))
            yield 0, place.asked, _words_of(unit.counts, chosen), place.needed
    yield from _instances(unit, config.instances, draw)
    for place in places_of(unit, config.following, draw):
        rows = unit.files[place.path].split("\n")[place.line : place.line + FOLLOWING_LINES]
        counts = unit.vocabulary.count(rows, [(0, len(rows))])
        if len(counts.ids) > 4:
            yield 2, place.asked, _words_of(counts, 0), place.needed


def _instances(unit: Unit, count: int, draw: random.Random) -> Iterator[Pair]:
    """Pairs of the lines up to an instantiation and the header of the module in another file of the unit."""
    header: dict[str, tuple[str, int]] = {}
    for number, (path, span) in enumerate(unit.spans):
        if span.module and span.kind == 2:
            header.setdefault(span.module, (path, number))
    uses = [
        (path, instance.line, header[instance.module][1])
        for path, text in unit.files.items()
        for module in modules_of(path, text, ())
        for instance in module.instances
        if instance.module in header and header[instance.module][0] != path
    ]
    for path, line, number in draw.sample(uses, min(count, len(uses))):
        place = unit.place(path, min(line + draw.randrange(3), unit.files[path].count("\n")))
        if place.asked and place.needed:
            yield 1, place.asked, _words_of(unit.counts, number), place.needed


def _words_of(counts: Counts, document: int) -> dict[int, int]:
    rows = slice(int(counts.indptr[document]), int(counts.indptr[document + 1]))
    return dict(zip(counts.ids[rows].tolist(), counts.counts[rows].tolist(), strict=True))


def _tally(ids: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for word in ids:
        found[word] = found.get(word, 0) + 1
    return found


def _counts(rows: Sequence[Mapping[int, int]]) -> Counts:
    import numpy as np

    indptr = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=indptr[1:])
    ids = np.fromiter((word for row in rows for word in row), dtype=np.int32, count=int(indptr[-1]))
    times = np.fromiter((n for row in rows for n in row.values()), dtype=np.int32, count=int(indptr[-1]))
    return Counts(indptr, ids, times)
