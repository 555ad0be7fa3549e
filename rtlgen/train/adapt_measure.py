"""What a model, with or without an adapter, makes of a repository's held-out files: next lines and bits per byte.

A hidden line is predicted as `rtlgen complete` does it, with the rest of the repository as context; the file itself is
not in the index, not even its module's ports. Beside the pipeline's line the model's own greedy line is kept, with the
same prompt. Bits per byte are those of the model and of its mixture with the continuation index over stretches of the
held-out files, in completion's prompts (`rtlgen.complete.reading`). Predictions are appended to a journal line by line,
so a killed run goes on.

Exact match is RTL-Repo's (arXiv 2405.17378); differences are paired, with McNemar's exact test (1947).

Try: ``rtlgen train adapt --json`` (the parts ``before`` and ``after``)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from rtlgen.evaluate.intervals import paired_difference, wilson
from rtlgen.evaluate.metrics import edit_similarity, exact_match, post_process

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.complete.line import LineCompleter
    from rtlgen.core.records import Module
    from rtlgen.core.settings import Settings
    from rtlgen.core.store import RunFolder
    from rtlgen.model.default import DefaultModel
    from rtlgen.model.ranker import Ranker
    from rtlgen.retrieval.index import Index
    from rtlgen.train.adapt_split import Place

Talk = Callable[[str], None]
STRETCH_TOKENS = 6_000
"""Tokens of held-out text read for the bits per byte."""
STRETCH_LINES = 60
"""Lines of one stretch at most."""


@dataclass(frozen=True)
class Subject:
    """What is measured: a loaded model and the ranker that goes with it."""

    model: DefaultModel
    ranker: Ranker | None


@dataclass(frozen=True)
class Measured:
    """Figures of one subject on the held-out part; shares in percent."""

    lines: int
    exact_match: float
    exact_match_interval: tuple[float, float]
    edit_similarity: float
    model_exact_match: float
    """Of the model's own greedy line, without mixture, repository lines and ranker."""
    bits_per_byte: float
    """Of the model."""
    mixed_bits_per_byte: float
    """Of its mixture with the continuation index."""
    bytes: int
    seconds: float


@dataclass(frozen=True)
class Compared:
    """Two subjects on the same lines: lines that only the second or only the first got right, and the difference."""

    won: int
    lost: int
    difference: float
    """Of exact match, second minus first, in points."""
    interval: tuple[float, float]
    """95 % of it, bootstrap over lines, in points."""
    p_value: float
    """McNemar's exact two-sided test."""


class Beside:
    """The index of a repository as it is for a file that does not stand in it yet."""

    def __init__(self, index: Index, path: str) -> None:
        self._index, self._path = index, path
        self._modules: dict[str, Module] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    def modules(self) -> dict[str, Module]:
        """The design units of the other files."""
        if self._modules is None:
            found = self._index.modules()
            self._modules = {name: unit for name, unit in found.items() if unit.path != self._path}
        return self._modules


def completer_for(index: Index, settings: Settings, subject: Subject, path: str) -> LineCompleter:
    """Completion in the file `path`, which it does not know, by `subject`."""
    from rtlgen.complete.line import LineCompleter

    beside = cast("Index", Beside(index, path))
    return LineCompleter(beside, settings, subject.model, subject.ranker)


def predict(
    index: Index,
    settings: Settings,
    subject: Subject,
    places: Sequence[Place],
    run: RunFolder,
    journal: str,
    *,
    keep: Callable[[Any, str], None] | None = None,
    talk: Talk = lambda _: None,
) -> list[dict[str, Any]]:
    """Predictions for the hidden lines `places`, those of the journal first.

    Each is ``path, line (1-based), wanted, got, alone, right, alone_right, similarity``. With `keep` every line is made
    anew, and `keep` is called with its pool of candidates and the hidden line.
    """
    done = {(row["path"], row["line"]): row for row in run.steps(journal=journal)} if keep is None else {}
    rows: list[dict[str, Any]] = []
    completer: LineCompleter | None = None
    texts = index.texts()
    at = ""
    for number, (path, line) in enumerate(places):
        row = done.get((path, line + 1))
        if row is None:
            if completer is None or at != path:
                completer, at = completer_for(index, settings, subject, path), path
            row = _predicted(completer, path, texts[path].split("\n"), line, keep)
            if keep is None:
                run.append(row, journal=journal)
        rows.append(row)
        if (number + 1) % 20 == 0:
            talk(f"{journal.partition('.')[0]}: line {number + 1} of {len(places)}")
    return rows


def _predicted(
    completer: LineCompleter,
    path: str,
    text: Sequence[str],
    line: int,
    keep: Callable[[Any, str], None] | None,
) -> dict[str, Any]:
    prefix = "".join(row + "\n" for row in text[:line])
    wanted = text[line].rstrip("\r")
    ranking = completer.rank(path, prefix)
    if keep is not None:
        keep(ranking.pool, wanted)
        return {}
    got = post_process(ranking.lines[0].text) if ranking.lines else ""
    assert completer.model is not None
    packed = ranking.packed
    alone = post_process(completer.model.greedy_line(packed.text).text) if packed is not None else ""
    return {
        "path": path,
        "line": line + 1,
        "wanted": wanted,
        "got": got,
        "alone": alone,
        "right": exact_match(got, wanted),
        "alone_right": exact_match(alone, wanted),
        "similarity": edit_similarity(got, wanted),
    }


def bits_per_byte(
    index: Index, settings: Settings, subject: Subject, places: Sequence[Place]
) -> tuple[float, float, int]:
    """Bits per byte of the model and of its mixture on stretches of the files of `places`, and the bytes read.

    A stretch begins at a hidden line; every file has the same number of tokens, as far as it has so many.
    """
    import numpy as np

    from rtlgen.complete.reading import lines_from, read_on

    texts = index.texts()
    starts: dict[str, int] = {}
    for path, line in places:
        starts.setdefault(path, line)
    own = mixed = 0.0
    size = 0
    tokens = subject.model.tokenizer
    for path, first in starts.items():
        rows = texts[path].split("\n")
        last, room = first, STRETCH_TOKENS // len(starts)
        while last < len(rows) and last - first < STRETCH_LINES and room > 0:
            room -= len(tokens.encode("\n" + rows[last]))
            last += 1
        completer = completer_for(index, settings, subject, path)
        reading = read_on(completer, path, texts[path], first, last)
        own -= float(np.log2(np.maximum(reading.own, 1e-12)).sum())
        mixed -= float(np.log2(np.maximum(_mixed(subject.model, reading), 1e-12)).sum())
        size += len(lines_from(texts[path], first, last).encode("utf-8", "replace"))
    return own / max(1, size), mixed / max(1, size), size


def _mixed(model: DefaultModel, reading: Any) -> NDArray[np.float64]:
    weights = model.mixture_weights
    found: NDArray[np.float64] = reading.mixed(weights) if weights is not None else reading.own
    return found


def measured(rows: Sequence[Mapping[str, Any]], bits: tuple[float, float, int], seconds: float) -> Measured:
    """The figures of a subject from its predictions and its bits per byte."""
    count = max(1, len(rows))
    right = sum(bool(row["right"]) for row in rows)
    low, high = wilson(right, len(rows))
    return Measured(
        lines=len(rows),
        exact_match=round(100 * right / count, 2),
        exact_match_interval=(round(100 * low, 1), round(100 * high, 1)),
        edit_similarity=round(sum(row["similarity"] for row in rows) / count, 2),
        model_exact_match=round(100 * sum(bool(row["alone_right"]) for row in rows) / count, 2),
        bits_per_byte=round(bits[0], 4),
        mixed_bits_per_byte=round(bits[1], 4),
        bytes=bits[2],
        seconds=round(seconds, 1),
    )


def compared(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], key: str = "right"
) -> Compared:
    """The second list of predictions against the first, on the same lines, by the yes or no in `key`."""
    first = [float(row[key]) for row in before]
    second = [float(row[key]) for row in after]
    won = sum(b > a for a, b in zip(first, second, strict=True))
    lost = sum(b < a for a, b in zip(first, second, strict=True))
    difference, (low, high) = paired_difference(second, first)
    return Compared(
        won=won,
        lost=lost,
        difference=round(100 * difference, 2),
        interval=(round(100 * low, 2), round(100 * high, 2)),
        p_value=round(mcnemar(won, lost), 4),
    )


def mcnemar(won: int, lost: int) -> float:
    """Exact two-sided p-value that wins and losses are equally likely; 1 when there are none."""
    count = won + lost
    tail: float = sum(math.comb(count, k) for k in range(min(won, lost) + 1)) / 2**count
    return min(1.0, 2 * tail)
