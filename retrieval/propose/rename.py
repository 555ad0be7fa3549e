"""Analogical copies: ``old context : old next line :: new context : ?``.

Two contexts of equal shape are aligned token by token. That gives a map of names and numbers; names of the old next
line that the map lacks are renamed by their parts (``s_axi_aw`` -> ``m_axi_ar`` turns ``s_axi_awaddr`` into
``m_axi_araddr``), numbers by their step. Whitespace and comments of the old line are kept.

It does not check that a renamed name exists; the features of `rtlgen.retrieval.propose` say whether it does.

    rename_line("  b1 <= b0;", [read_line("a1 <= a0;")], [read_line("x1 <= x0;")])
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rtlgen.retrieval.lines import TOKEN, Line, classes, strip_comment

_NUMBER = re.compile(r"^(\d*)('[sS]?[bodhBODH])([0-9a-fA-F_]+)$")
_DIGITS = re.compile(r"\d+")
_BASES = {"b": 2, "o": 8, "d": 10, "h": 16}


@dataclass
class Renaming:
    """Names and numbers of an old context -> those of the new one; `conflicts` counts tokens with two images."""

    words: dict[str, str] = field(default_factory=dict)
    parts: list[tuple[str, str, str, str]] = field(default_factory=list)
    conflicts: int = 0
    changed: int = 0

    @property
    def trivial(self) -> bool:
        """True when the contexts are equal."""
        return not self.changed


def split_change(old: str, new: str) -> tuple[str, str, str, str]:
    """``(common head, old core, new core, common tail)``; cores grow to whole runs of letters or digits."""
    shortest = min(len(old), len(new))
    head = 0
    while head < shortest and old[head] == new[head]:
        head += 1
    limit = shortest - head
    tail = 0
    while tail < limit and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    end_old, end_new = len(old) - tail, len(new) - tail
    while (
        head
        and old[head - 1].isdigit()
        and (old[head:end_old][:1].isdigit() or new[head:end_new][:1].isdigit())
    ):
        head -= 1
    while (
        tail
        and old[-tail].isdigit()
        and (old[head : len(old) - tail][-1:].isdigit() or new[head : len(new) - tail][-1:].isdigit())
    ):
        tail -= 1
    return old[:head], old[head : len(old) - tail], new[head : len(new) - tail], old[len(old) - tail :]


def learn(old: Sequence[Line], new: Sequence[Line]) -> Renaming:
    """The renaming that turns the lines `old` into the lines `new` (equal shapes; the nearest line, last, wins)."""
    result = Renaming()
    words = result.words
    for before, after in zip(reversed(old), reversed(new), strict=False):
        if before.shape == after.shape:
            pairs = list(zip(before.tokens, after.tokens, strict=True))
        elif before.key and after.key:
            pairs = [(before.key, after.key)]
        else:
            break
        for left, right in pairs:
            if classes[left] not in ("I", "0", '"'):
                continue
            known = words.get(left)
            if known is None:
                words[left] = right
                if left != right:
                    result.changed += 1
                    if classes[left] == "I":
                        result.parts.append(split_change(left, right))
            elif known != right:
                result.conflicts += 1
    return result


def number_step(old: str, new: str, value: str) -> str | None:
    """``value + (new - old)`` in the writing of `value`; None when the three are not numbers of one base."""
    parsed = [_parse(text) for text in (old, new, value)]
    if None in parsed:
        return None
    (_, a), (_, b), (style, c) = parsed  # type: ignore[misc]
    total = c + b - a
    return None if total < 0 else _regrouped(_write(style, total), value)


def _parse(text: str) -> tuple[tuple[str, str, int, bool], int] | None:
    """((size, base mark, digits, upper case), value) of a number."""
    match = _NUMBER.match(text)
    if match:
        digits = match.group(3)
        try:
            value = int(digits.replace("_", ""), _BASES[match.group(2)[-1].lower()])
        except ValueError:
            return None
        return (match.group(1), match.group(2), len(digits.replace("_", "")), digits != digits.lower()), value
    if text.isdigit():
        return ("", "", len(text) if text[0] == "0" else 1, False), int(text)
    return None


def _regrouped(text: str, model: str) -> str:
    """`text` with underscores where `model`, a literal of as many digits, has them."""
    if "_" not in model or len(text) != len(model.replace("_", "")):
        return text
    rest = iter(text)
    return "".join("_" if letter == "_" else next(rest) for letter in model)


def _write(style: tuple[str, str, int, bool], value: int) -> str:
    """A number in a given style, zero-padded to its old length (sized literals and numbers with leading zero)."""
    size, mark, width, upper = style
    form = {"b": "b", "o": "o", "d": "d", "h": "X" if upper else "x"}[mark[-1].lower()] if mark else "d"
    return f"{size}{mark}{value:0{width if mark or width > 1 else 1}{form}}"


def rename_word(word: str, renaming: Renaming) -> str | None:
    """Image of a name the map lacks, by the changed parts of mapped names; None when no part applies."""
    for head, old, new, tail in renaming.parts:
        if not old:
            if head and word.startswith(head) and not tail:
                return head + new + word[len(head) :]
            continue
        if head and word.startswith(head + old):
            return head + new + word[len(head) + len(old) :]
        if tail and word.endswith(old + tail):
            return word[: len(word) - len(old) - len(tail)] + new + tail
        if not head and word.startswith(old) and len(old) > 1:
            return new + word[len(old) :]
        if not tail and word.endswith(old) and (len(old) > 1 or old.isdigit()):
            return word[: len(word) - len(old)] + new
        if len(old) > 2:
            at = f"_{word}_".find(f"_{old}_")
            if at >= 0:
                return word[:at] + new + word[at + len(old) :]
    return None


def analogy(a: str, b: str, c: str) -> str | None:
    """d such that a : b :: c : d for names and numbers; None when no simple change explains b from a."""
    if a == b:
        return c
    if a == c:
        return b
    step = number_step(a, b, c)
    if step is not None:
        return step
    head, old, new, tail = split_change(a, b)
    if old.isdigit() and new.isdigit():
        digits = list(_DIGITS.finditer(c))
        rank = len(_DIGITS.findall(tail))
        if len(digits) > rank:
            match = digits[-1 - rank]
            value = int(match.group()) + int(new) - int(old)
            if value >= 0:
                width = len(match.group()) if match.group()[0] == "0" else 1
                return c[: match.start()] + f"{value:0{width}d}" + c[match.end() :]
    if c.endswith(old + tail) and (old or tail):
        return c[: len(c) - len(old) - len(tail)] + new + tail
    if c.startswith(head + old) and (old or head):
        return head + new + c[len(head) + len(old) :]
    if old and c.count(old) == 1 and len(old) > 1:
        return c.replace(old, new)
    return None


def rewrite(text: str, images: Sequence[str]) -> str:
    """`text` with its tokens replaced one by one; spaces and comments stay."""
    body = strip_comment(text) if ("/*" in text or "//" in text) else text
    if body != text and not text.startswith(body.rstrip()):
        return text
    pieces, end = [], 0
    for match, image in zip(TOKEN.finditer(body), images, strict=False):
        pieces.append(body[end : match.start()])
        pieces.append(image)
        end = match.end()
    pieces.append(text[end:])
    return "".join(pieces)


def map_images(follower: Line, renaming: Renaming) -> tuple[list[str], int, int]:
    """Images of the follower's tokens by the map: ``(tokens, renamed, names left as they were)``."""
    images, renamed, left = [], 0, 0
    for token in follower.tokens:
        kind = classes[token]
        image = renaming.words.get(token) if kind in ("I", "0", '"') else None
        if image is None and kind == "I":
            image = rename_word(token, renaming)
            if image is None:
                left += 1
        images.append(token if image is None else image)
        renamed += images[-1] != token
    return images, renamed, left


def slot_images(before: Line, follower: Line, after: Line, renaming: Renaming) -> list[str] | None:
    """Images of the follower's tokens slot by slot (context and follower of one shape); None when no slot changes."""
    if before.shape != follower.shape or before.shape != after.shape:
        return None
    images = []
    for a, b, c in zip(before.tokens, follower.tokens, after.tokens, strict=True):
        if classes[a] not in ("I", "0", '"'):
            images.append(b)
            continue
        image = analogy(a, b, c)
        if image is None:
            image = renaming.words.get(b) or rename_word(b, renaming) or b
        images.append(image)
    return images


def rename_line(text: str, old: Sequence[Line], new: Sequence[Line]) -> str:
    """`text`, which followed `old`, as it would follow `new` (contexts of equal shape, nearest line last)."""
    from rtlgen.retrieval.lines import read_line

    renaming = learn(old, new)
    images, _, _ = map_images(read_line(text.strip()), renaming)
    return rewrite(text, images)
