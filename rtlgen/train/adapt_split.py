"""A repository's files in three parts: to learn from, to rehearse on, and held out; and the lines that are hidden.

Held out are whole files, drawn evenly over the folders, of a size that people write (`rtlgen.datasets.rtl_lines`). Files
that have near copies in the repository are held out last, and their copies then leave the other parts. The rehearsal
files are read by the weights only after their lines have tuned what stands above the weights (ranker, mixture). Which
lines are hidden follows RTL-Repo's rules (arXiv 2405.17378): one of every file, then a second, and so on.

It reads no files and trains nothing.

Try: ``rtlgen train adapt --json`` (the part ``split``)
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from rtlgen.core.errors import UsageError
from rtlgen.datasets.dedup import shingles
from rtlgen.datasets.rtl_lines import MAX_BYTES, MAX_LINES, eligible_lines, usable_text

LEAST_FILES = 8
"""Fewest usable files that can be divided."""
LEAST_LINES = 600
"""Fewest lines of code in them."""
NEAR, CONTAINED, LEAST_SHINGLES = 0.6, 0.8, 40
"""Near copies: Jaccard similarity, or the share of the smaller file when it has so many shingles."""
MOST_BYTES = 4_000_000
"""Text learnt from at most; of a larger repository files are drawn evenly over its folders."""

Place = tuple[str, int]
"""A path and a 0-based line number."""


@dataclass(frozen=True)
class SplitConfig:
    """Sizes of the parts."""

    held_out_share: float = 0.15
    """Of the files, at least `least_held_out` and at most `most_held_out` of them."""
    least_held_out: int = 3
    most_held_out: int = 40
    rehearsal_share: float = 0.2
    """Of the remaining files."""
    lines: int = 240
    """Hidden lines of the held-out files, at most."""
    rehearsal_lines: int = 240
    seed: int = 1


@dataclass(frozen=True)
class Split:
    """Paths of the parts, the hidden lines, and how many files were left out of them and why."""

    learn: tuple[str, ...]
    rehearse: tuple[str, ...]
    held_out: tuple[str, ...]
    lines: tuple[Place, ...]
    rehearsal_lines: tuple[Place, ...]
    left_out: Mapping[str, int]


def split_repository(texts: Mapping[str, str], config: SplitConfig) -> Split:
    """Divide the files `texts` (path -> text) of a repository.

    Raises `UsageError` when there are too few files or lines of code.
    """
    reasons = {path: _reason(text) for path, text in texts.items()}
    learnable = [path for path in sorted(texts) if reasons[path] in ("", "long")]
    drawable = [path for path in learnable if not reasons[path]]
    _refuse_small(texts, learnable, drawable)
    held_out, copies = _held_out(texts, learnable, drawable, config)
    left = [path for path in learnable if path not in held_out and path not in copies]
    rest = [path for path in drawable if path in set(left)]
    rehearse = _evenly(rest, round(config.rehearsal_share * len(rest)), f"{config.seed}:rehearse")
    learn = _within(texts, [path for path in left if path not in rehearse], config.seed)
    counts = Counter(reason for reason in reasons.values() if reason not in ("", "long"))
    counts["near copy of a held-out file"] = len(copies)
    counts["beyond the largest amount of text"] = len(left) - len(rehearse) - len(learn)
    return Split(
        learn=tuple(learn),
        rehearse=tuple(sorted(rehearse)),
        held_out=tuple(sorted(held_out)),
        lines=_hidden(texts, sorted(held_out), config.lines, f"{config.seed}:lines"),
        rehearsal_lines=_hidden(texts, sorted(rehearse), config.rehearsal_lines, f"{config.seed}:rehearsal"),
        left_out={reason: count for reason, count in sorted(counts.items()) if count},
    )


def _reason(text: str) -> str:
    """Why a file takes no part: empty for none, ``long`` when it is learnt from but not held out."""
    reason = usable_text(text.encode("utf-8", "replace"))[1]
    if reason not in ("too large", "too long"):
        return reason
    head = "\n".join(text[: MAX_BYTES // 4].split("\n")[: MAX_LINES - 1])
    return usable_text(head.encode("utf-8", "replace"))[1] or "long"


def _refuse_small(texts: Mapping[str, str], learnable: Sequence[str], drawable: Sequence[str]) -> None:
    if not texts:
        raise UsageError(
            "no Verilog file was found here",
            hint="rtlgen files  (lists what is found and what is left out), or name the folder: rtlgen train adapt REPO",
        )
    lines = sum(len(eligible_lines(texts[path])) for path in learnable)
    if len(drawable) < LEAST_FILES or lines < LEAST_LINES:
        raise UsageError(
            f"the repository is too small to adapt to: {len(drawable)} hand-written files of at most {MAX_LINES} lines "
            f"and {lines} lines of code in all, needed are {LEAST_FILES} and {LEAST_LINES}",
            hint="rtlgen complete works without an adapter; rtlgen files shows which files are left out",
        )


def _held_out(
    texts: Mapping[str, str], learnable: Sequence[str], drawable: Sequence[str], config: SplitConfig
) -> tuple[set[str], set[str]]:
    """The held-out files and the near copies of them in the rest."""
    wanted = round(config.held_out_share * len(drawable))
    wanted = max(config.least_held_out, min(config.most_held_out, wanted))
    near = _Copies({path: texts[path] for path in learnable})
    chosen: dict[str, set[str]] = {}
    doubled: dict[str, set[str]] = {}
    first = _evenly(drawable, wanted, f"{config.seed}:held out")
    for path in dict.fromkeys([*first, *_evenly(drawable, len(drawable), f"{config.seed}:others")]):
        copies = near.of(path)
        (doubled if copies else chosen)[path] = copies
        if len(chosen) == wanted:
            break
    for path, copies in sorted(doubled.items(), key=lambda item: (len(item[1]), item[0])):
        if len(chosen) < wanted and len(chosen) + 2 * len(copies) < len(learnable) // 4:
            chosen[path] = copies
    gone = {copy for copies in chosen.values() for copy in copies} - chosen.keys()
    return set(chosen), gone


class _Copies:
    """Which files of a set are near copies of one of them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._sizes: dict[str, int] = {}
        self._shingles: dict[str, set[int]] = {}
        self._holders: dict[int, list[str]] = {}
        for path, text in texts.items():
            mine = shingles(text)
            self._sizes[path], self._shingles[path] = len(mine), mine
            for shingle in mine:
                self._holders.setdefault(shingle, []).append(path)

    def of(self, path: str) -> set[str]:
        """The other files near `path`, counted exactly."""
        shared: Counter[str] = Counter()
        for shingle in self._shingles[path]:
            shared.update(self._holders[shingle])
        found = set()
        for other, count in shared.items():
            smaller = min(self._sizes[path], self._sizes[other])
            jaccard = count / (self._sizes[path] + self._sizes[other] - count)
            inside = count / smaller if smaller >= LEAST_SHINGLES else 0.0
            if other != path and (jaccard >= NEAR or inside >= CONTAINED):
                found.add(other)
        return found


def _evenly(paths: Sequence[str], count: int, seed: str) -> list[str]:
    """`count` of `paths`, drawn evenly over their folders, in a drawn order."""
    source = random.Random(seed)
    shuffled = list(paths)
    source.shuffle(shuffled)
    by_folder = sorted(shuffled, key=lambda path: str(PurePosixPath(path).parent))
    if not by_folder or count <= 0:
        return []
    step = len(by_folder) / count
    start = source.random() * step
    drawn = [by_folder[min(len(by_folder) - 1, int(start + i * step))] for i in range(count)]
    drawn = list(dict.fromkeys(drawn))
    source.shuffle(drawn)
    return drawn


def _within(texts: Mapping[str, str], paths: Sequence[str], seed: int) -> list[str]:
    """As many of `paths` as `MOST_BYTES` of text allow."""
    chosen, room = [], MOST_BYTES
    for path in _evenly(paths, len(paths), f"{seed}:learn"):
        if len(texts[path]) <= room:
            chosen.append(path)
            room -= len(texts[path])
    return sorted(chosen)


def _hidden(texts: Mapping[str, str], paths: Sequence[str], count: int, seed: str) -> tuple[Place, ...]:
    """At most `count` lines: one of every file, then a second, and so on."""
    source = random.Random(seed)
    piles = []
    for path in paths:
        numbers = eligible_lines(texts[path])
        source.shuffle(numbers)
        piles.append([(path, number) for number in numbers])
    drawn: list[Place] = []
    while len(drawn) < count and any(piles):
        piles = [pile for pile in piles if pile]
        source.shuffle(piles)
        drawn.extend(pile.pop() for pile in piles)
    return tuple(drawn[:count])
