"""Prompts: what the model is shown of the repository and of the file, packed to a token budget.

`pack` lays the stable parts first (interface headers, then retrieved chunks, each sorted by place), then the
file's own text, so that the computed prefix of the last prompt survives the next keystroke: the cut at the
head of the file's text stands on multiples of `CUT_LINES` lines and moves only when the budget is passed. It
never exceeds the budget, keeps the end of the prefix exactly, and gives the same text for the same arguments.

It does not retrieve (`rtlgen.retrieval`), and it does not know a tokenizer: `count` is the caller's.

The layouts of the model families are in `rtlgen.model.formats`.

To see one: `rtlgen complete repo/ --file alu.v --explain`
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.core.records import Hit
from rtlgen.model.formats import FORMATS, PromptFormat, format_for

__all__ = [
    "FORMATS",
    "Packed",
    "Part",
    "PromptFormat",
    "UsedPart",
    "format_for",
    "pack",
    "parts_from_hits",
]

PREFIX_SHARE = 0.60
"""Of the budget: what the file's own text before the cursor gets at least, when it has that much."""
PREFIX_SLACK = 0.10
"""Of the budget: what the prefix may take above its share to begin where the cut rests."""
SUFFIX_SHARE = 0.15
"""Of the budget: what the text after the cursor gets at most."""
CONTEXT_STEP = 1 / 16
"""Of the budget: the context's room changes in such steps only, so that it rests while one types."""
CUT_LINES = 8
"""The head of a long prefix is cut at a multiple of so many lines, so that the cut rests while one types."""
MIN_CUT_LINES = 3
"""A context part is cut to fit only when so many of its lines, and half of them, are kept."""


@dataclass(frozen=True)
class Part:
    """A piece of context: lines of `path` beginning at 1-based `start`. Rank 0 is the most wanted."""

    path: str
    text: str
    rank: int
    kind: str = "chunk"
    """``interface`` (declared by what the file uses; laid first) or ``chunk`` (retrieved)."""
    start: int = 1


@dataclass(frozen=True)
class UsedPart:
    """A part as it went into the prompt: its text after cutting, and its tokens with the frame around it."""

    part: Part
    tokens: int
    cut: bool


@dataclass(frozen=True)
class Packed:
    """A packed prompt and what went into it. Tokens are those that `count` gave."""

    text: str
    tokens: int
    used: tuple[UsedPart, ...]
    """In the order of the text."""
    dropped: tuple[tuple[Part, str], ...]
    """With the reason: ``budget``, ``repeated`` or ``empty``."""
    prefix: str
    """The end of the file's text before the cursor that was kept."""
    suffix: str
    """The beginning of the text after the cursor that was kept."""
    prefix_tokens: int
    suffix_tokens: int
    format: str

    def explain(self) -> dict[str, Any]:
        """What was packed, for `--explain`: each part with its lines and tokens, and the file's own share."""
        return {
            "format": self.format,
            "tokens": self.tokens,
            "prefix_tokens": self.prefix_tokens,
            "prefix_lines": len(self.prefix.splitlines()),
            "suffix_tokens": self.suffix_tokens,
            "suffix_lines": len(self.suffix.splitlines()),
            "context": [{**_place(u.part), "tokens": u.tokens, "cut": u.cut} for u in self.used],
            "dropped": [{**_place(part), "reason": reason} for part, reason in self.dropped],
        }


def _place(part: Part) -> dict[str, Any]:
    last = part.start + max(0, len(part.text.splitlines()) - 1)
    return {"kind": part.kind, "path": part.path, "start": part.start, "end": last, "rank": part.rank}


def parts_from_hits(hits: Iterable[Hit]) -> list[Part]:
    """Context parts of retrieved hits, best first: header chunks become interfaces, the others chunks."""
    return [
        Part(
            path=hit.chunk.path,
            text=hit.chunk.text,
            rank=rank,
            kind="interface" if hit.chunk.kind == "header" else "chunk",
            start=hit.chunk.start,
        )
        for rank, hit in enumerate(hits)
    ]


def pack(
    parts: Sequence[Part],
    prefix: str,
    suffix: str,
    budget_tokens: int,
    count: Callable[[str], int],
    fmt: PromptFormat,
    *,
    path: str = "",
    repo: str = "",
) -> Packed:
    """Pack context `parts` and the file `path` around the cursor into at most `budget_tokens` tokens of
    `count`.

    The prefix is kept from its end: all of it, or at least `PREFIX_SHARE` of the budget and whatever the
    context leaves. The suffix keeps its head, at most `SUFFIX_SHARE`; a family that cannot fill in the
    middle, or an empty suffix, gets the layout of plain continuation. Parts are taken by rank while they
    fit, and cut at line borders. A token that the tokenizer adds by itself (a bos) is the caller's to
    subtract.

    Raises `UsageError` when the frame and the last line before the cursor do not fit.
    """
    job = _Job(parts, fmt.clean(prefix), fmt.clean(suffix), count, fmt, path, repo)
    target = budget_tokens
    # A tokenizer may spend a few tokens more on the whole than on its pieces: tighten by the excess and pack
    # again.
    while target > 0:
        packed = job.attempt(target)
        if packed is None:
            break
        if packed.tokens <= budget_tokens:
            return packed
        target -= packed.tokens - budget_tokens
    raise UsageError(
        f"a context of {budget_tokens} tokens is too small for the prompt's frame and the line at the cursor",
        where=path or None,
        hint="rtlgen config show  (then raise model.context_tokens)",
    )


class _Job:
    """One call of `pack`: the cleaned input, and one attempt a token target."""

    def __init__(
        self,
        parts: Sequence[Part],
        prefix: str,
        suffix: str,
        count: Callable[[str], int],
        fmt: PromptFormat,
        path: str,
        repo: str,
    ) -> None:
        self.parts = parts
        self.prefix = prefix
        self.suffix = suffix
        self.count = functools.cache(count)  # the same lines are weighed in every round
        self.fmt = fmt
        self.path = path
        self.middle = fmt.middle if suffix.strip() else None
        begin = fmt.begin if self.middle is None or fmt.begin_middle is None else fmt.begin_middle
        self.begin = begin.format(repo=repo)

    def attempt(self, target: int) -> Packed | None:
        """A prompt within `target` by the sum of its pieces; None when not even the last line's end fits."""
        room = target - self.count(self.begin) - self.count(self._current("", ""))
        prefix, prefix_tokens = self._own_text(target, room)
        if room <= 0 or (self.prefix and not prefix):
            return None
        suffix, suffix_tokens = "", 0
        if self.middle is not None:
            limit = min(int(SUFFIX_SHARE * target), room - prefix_tokens)
            suffix, suffix_tokens = _head(self.suffix, limit, self.count)
        step = max(1, int(CONTEXT_STEP * target))
        used, dropped = self._choose(
            (room - prefix_tokens - suffix_tokens) // step * step, self._own_lines(prefix)
        )
        left = room - suffix_tokens - sum(u.tokens for u in used)
        longer, longer_tokens = _tail(self.prefix, left, prefix_tokens, self.count)
        if len(longer) > len(prefix):
            prefix, prefix_tokens = longer, longer_tokens
            used = self._apart_from_own(used, dropped, self._own_lines(prefix))
        used.sort(key=lambda u: (u.part.kind != "interface", u.part.path, u.part.start, u.part.rank))
        text = self.begin + "".join(self._piece(u.part) for u in used) + self._current(prefix, suffix)
        return Packed(
            text=text,
            tokens=self.count(text),
            used=tuple(used),
            dropped=tuple(dropped),
            prefix=prefix,
            suffix=suffix,
            prefix_tokens=prefix_tokens,
            suffix_tokens=suffix_tokens,
            format=self.fmt.name,
        )

    def _own_text(self, target: int, room: int) -> tuple[str, int]:
        """What the prefix keeps in any case: its share of `target`, or the end of its last line in `room`."""
        share = min(room, int((PREFIX_SHARE + PREFIX_SLACK) * target))
        prefix, tokens = _tail(self.prefix, share, int(PREFIX_SHARE * target), self.count)
        if prefix or not self.prefix:
            return prefix, tokens
        return _line_end(self.prefix.splitlines(keepends=True)[-1], room, self.count)

    def _piece(self, part: Part) -> str:
        text = part.text if part.text.endswith("\n") else part.text + "\n"
        return self.fmt.piece.format(path=part.path, text=text)

    def _current(self, prefix: str, suffix: str) -> str:
        if self.middle is None:
            return self.fmt.current.format(path=self.path, prefix=prefix)
        return self.middle.format(path=self.path, prefix=prefix, suffix=suffix)

    def _own_lines(self, prefix: str) -> set[int]:
        """Numbers of the file's lines that the kept `prefix` shows."""
        last = len(self.prefix.splitlines())
        return set(range(last - len(prefix.splitlines()) + 1, last + 1))

    def _apart_from_own(
        self, used: list[UsedPart], dropped: list[tuple[Part, str]], own: set[int]
    ) -> list[UsedPart]:
        """`used` without lines `own` of the file; a part of which nothing is left joins `dropped`."""
        kept = []
        for one in used:
            part = _unseen(one.part, own) if one.part.path == self.path else one.part
            if part is None:
                dropped.append((one.part, "repeated"))
            elif part is one.part or part.text == one.part.text:
                kept.append(one)
            else:
                kept.append(UsedPart(part, self.count(self._piece(part)), cut=True))
        return kept

    def _choose(self, room: int, own: set[int]) -> tuple[list[UsedPart], list[tuple[Part, str]]]:
        """Parts by rank into `room` tokens; lines that an earlier part shows, or `own` of the file, are left out."""
        used: list[UsedPart] = []
        dropped: list[tuple[Part, str]] = []
        shown: dict[str, set[int]] = {self.path: own}
        texts: set[str] = set()
        for raw in sorted(self.parts, key=lambda p: p.rank):
            part = _unseen(replace(raw, text=self.fmt.clean(raw.text)), shown.get(raw.path, set()))
            if part is None or part.text.strip() in texts:
                dropped.append((raw, "repeated" if raw.text.strip() else "empty"))
                continue
            fitted = self._fit(part, room)
            if fitted is None:
                dropped.append((raw, "budget"))
                continue
            lines = fitted.part.text.splitlines()
            shown.setdefault(part.path, set()).update(range(part.start, part.start + len(lines)))
            texts.add(fitted.part.text.strip())
            used.append(replace(fitted, cut=fitted.part.text != raw.text))
            room -= fitted.tokens
        return used, dropped

    def _fit(self, part: Part, room: int) -> UsedPart | None:
        """`part` whole or cut at a line border to `room` tokens; None when too little of it would be left."""
        tokens = self.count(self._piece(part))
        if tokens <= room:
            return UsedPart(part, tokens, cut=False)
        lines = part.text.splitlines(keepends=True)
        frame = self.count(self._piece(replace(part, text="")))
        head, _ = _head(part.text, room - frame, self.count)
        kept = len(head.splitlines())
        if kept < MIN_CUT_LINES or 2 * kept < len(lines):
            return None
        short = replace(part, text=head)
        tokens = self.count(self._piece(short))
        return UsedPart(short, tokens, cut=True) if tokens <= room else None


def _unseen(part: Part, shown: set[int]) -> Part | None:
    """`part` without the lines at its ends that are in `shown`; None when nothing, or a hole, is left."""
    lines = part.text.splitlines(keepends=True)
    fresh = [i for i in range(len(lines)) if part.start + i not in shown]
    if not fresh or not part.text.strip() or fresh[-1] - fresh[0] + 1 != len(fresh):
        return None
    first, last = fresh[0], fresh[-1]
    text = "".join(lines[first : last + 1])
    return replace(part, text=text, start=part.start + first) if text.strip() else None


def _head(text: str, limit: int, count: Callable[[str], int]) -> tuple[str, int]:
    """Whole lines from the beginning of `text`, at most `limit` tokens, and their tokens line by line."""
    kept: list[str] = []
    total = 0
    for line in text.splitlines(keepends=True):
        tokens = count(line)
        if total + tokens > limit:
            break
        kept.append(line)
        total += tokens
    return "".join(kept), total


def _tail(text: str, limit: int, wanted: int, count: Callable[[str], int]) -> tuple[str, int]:
    """The end of `text` in whole lines, at most `limit` tokens, and their tokens line by line.

    It begins at a multiple of `CUT_LINES` if that keeps `wanted` tokens, else at the first line that fits.
    """
    lines = text.splitlines(keepends=True)
    first, total = len(lines), 0
    resting = (first, total)
    while first > 0 and total + (tokens := count(lines[first - 1])) <= limit:
        first -= 1
        total += tokens
        if first % CUT_LINES == 0:
            resting = (first, total)
    if resting[1] >= wanted or first == 0:
        first, total = resting
    return "".join(lines[first:]), total


def _line_end(line: str, limit: int, count: Callable[[str], int]) -> tuple[str, int]:
    """The longest end of one line within `limit` tokens, by bisection over its characters."""
    low, high = 0, len(line)  # the kept length is in [low, high)
    while low + 1 < high:
        middle = (low + high) // 2
        if count(line[-middle:]) <= limit:
            low = middle
        else:
            high = middle
    kept = line[len(line) - low :]
    return kept, count(kept)
