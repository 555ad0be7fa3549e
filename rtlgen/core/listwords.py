"""The words of a `.f` list: comments, quotes, escapes, environment variables, continued lines.

Nothing here knows what an option means; `filelist.py` does. Comments begin with ``//``, ``#`` or ``/*``
where a word could begin, so ``a//b.v`` is one path. A variable without a value stays as it is written and
is noted in `Word.unset`.

Try: ``python -c "from rtlgen.core.listwords import words; print(words('+incdir+a rtl/x.v'))"``
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

COMMENT_MARK = "// rtlgen:"
"""A comment line that starts with this holds options which only rtlgen reads."""

LITERAL_PLUS = "\ue02b"
"""Stands for a `+` that was quoted, and so separates nothing."""

_MARK = re.compile(re.escape(COMMENT_MARK) + r"(?= -)")
_CONTINUED = re.compile(r"\\[ \t]*\r?\n")
_LITERAL = re.compile(r"'(?:[sS]?[bBoOdDhH][0-9a-fA-FxXzZ_?]+|[01xXzZ])(?=[\s+]|$)")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\}|\((\w+)\))")


@dataclass(frozen=True)
class Word:
    """One word of a list with its 1-based line; `unset` are the variables in it that have no value."""

    text: str
    line: int
    unset: tuple[str, ...] = ()

    @property
    def plain(self) -> str:
        """The text with quoted separators as they were meant."""
        return self.text.replace(LITERAL_PLUS, "+")

    def after(self, prefix: str) -> Word:
        """The rest of the word behind `prefix`."""
        return Word(self.text[len(prefix) :], self.line, self.unset)

    def split_plus(self) -> list[Word]:
        """The parts between unquoted `+`, empty ones left out."""
        return [Word(part, self.line, self.unset) for part in self.text.split("+") if part]


class _Words:
    """The words of one list text; see the module's docstring for what counts as one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1

    def __iter__(self) -> Iterator[Word]:
        text = self.text
        while self.at < len(text):
            char = text[self.at]
            if char.isspace():
                self._skip(1)
            elif match := _CONTINUED.match(text, self.at):
                self._skip(len(match[0]))
            elif _MARK.match(text, self.at):
                self._skip(len(COMMENT_MARK))
            elif char == "#" or text.startswith("//", self.at):
                end = text.find("\n", self.at)
                self._skip((len(text) if end < 0 else end) - self.at)
            elif text.startswith("/*", self.at):
                end = text.find("*/", self.at + 2)
                self._skip((len(text) if end < 0 else end + 2) - self.at)
            else:
                yield self._word()

    def _skip(self, count: int) -> str:
        """Move on by `count` characters, counting lines; returns them."""
        passed = self.text[self.at : self.at + count]
        self.at += count
        self.line += passed.count("\n")
        return passed

    def _word(self) -> Word:
        text, line = self.text, self.line
        out: list[str] = []
        unset: list[str] = []
        quote = ""
        while self.at < len(text):
            char = text[self.at]
            if char == "\\" and quote != "'":
                escaped = self._escape()
                out.append(LITERAL_PLUS if escaped == "+" else escaped)
            elif quote and char == quote:
                quote = ""
                self._skip(1)
            elif not quote and char in "\"'" and self._opens_quote():
                quote = char
                self._skip(1)
            elif not quote and char.isspace():
                break
            elif char == "$" and quote != "'" and (match := _VARIABLE.match(text, self.at)):
                name = match[1] or match[2] or match[3]
                value = os.environ.get(name)
                unset += [name] if value is None else []
                out.append(match[0] if value is None else value)
                self._skip(len(match[0]))
            else:
                out.append(LITERAL_PLUS if quote and char == "+" else char)
                self._skip(1)
        return Word("".join(out), line, tuple(unset))

    def _opens_quote(self) -> bool:
        """Whether the quote here ends on this line; the apostrophe of ``8'hff`` or ``'0`` is a character."""
        text, at = self.text, self.at
        if text[at] == "'" and ((at > 0 and text[at - 1].isalnum()) or _LITERAL.match(text, at)):
            return False
        end = text.find("\n", at)
        return text.find(text[at], at + 1, len(text) if end < 0 else end) >= 0

    def _escape(self) -> str:
        """The character behind a backslash; a continued line is nothing."""
        match = _CONTINUED.match(self.text, self.at)
        if match:
            self._skip(len(match[0]))
            return ""
        return self._skip(2)[1:]


def words(text: str) -> list[Word]:
    """The words of a list text with their lines, comments dropped, variables replaced where they are set."""
    return list(_Words(text))
