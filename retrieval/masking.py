"""Verilog text made plain for a parser that must not follow includes or know macros; every offset stays
where it was.

`masked` blanks comments. `plain` also blanks directives, either evaluates conditional compilation or keeps
all branches, and turns macro uses into names, so that text cut from a project (its headers and macros
elsewhere) still parses. Nothing is expanded: a macro that stands for a declaration declares nothing here.

    python -c "from rtlgen.retrieval.masking import plain; print(plain('`ifdef A\\nwire a;\\n`endif').text)"
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection
from itertools import accumulate
from typing import NamedTuple

_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_NOT_NEWLINE = re.compile(r"(?!\\\r?\n|\\\Z)[^\r\n]")
_CONTINUED = re.compile(r'"(?:[^"\\\n]|\\.)*"|\\(?=\r?\n|\Z)', re.DOTALL)
_DIRECTIVE = re.compile(r"`([A-Za-z_]\w*)")
_CONDITIONS = frozenset(("ifdef", "ifndef", "elsif", "else", "endif"))
_LINE_DIRECTIVES = frozenset(
    [
        "include",
        "define",
        "undef",
        "undefineall",
        "timescale",
        "default_nettype",
        "celldefine",
        "endcelldefine",
        "resetall",
        "line",
        "pragma",
        "begin_keywords",
        "end_keywords",
        "unconnected_drive",
        "nounconnected_drive",
        "default_decay_time",
        "default_trireg_strength",
        "delay_mode_distributed",
        "delay_mode_path",
        "delay_mode_unit",
        "delay_mode_zero",
        "protect",
        "endprotect",
    ]
)
_WORD = re.compile(r"[ \t]*([A-Za-z_]\w*)")
_QUOTED = re.compile(r"""[ \t]*["<]([^">\n]+)[">]""")
_DECLARING = frozenset(
    ("parameter", "localparam", "int", "integer", "logic", "wire", "reg", "bit", "genvar", "type")
)
_BEFORE_KEYWORD = re.compile(
    r"\s+(?:reg|wire|logic|input|output|inout|module|always\w*|assign|parameter|localparam|integer|int|bit|signed)\b"
)
_LAST_WORD = re.compile(r"([A-Za-z_]\w*)\s*\Z")
_NAME_ARGUMENT = re.compile(r"\(\s*[A-Za-z_]\w*\s*\)")
_MARKED = re.compile(r"(?<![\w$])_(\w+)")
_MARK = "_"
"""Replaces the backtick of a macro use: the use becomes a name of the same length."""


class Plain(NamedTuple):
    """`text` has the length and the lines of its origin.

    `macros` maps the names defined in it to their bodies, `includes` are the headers that it includes by
    name, `uses` are the macros whose uses became names.
    """

    text: str
    macros: dict[str, str]
    includes: tuple[str, ...] = ()
    uses: frozenset[str] = frozenset()

    def shown(self, text: str) -> str:
        """`text`, cut from this one, with its macro uses as they were written."""
        if not self.uses or "_" not in text:
            return text
        return _MARKED.sub(lambda name: "`" + name[1] if name[1] in self.uses else name[0], text)


class Lines:
    """Offsets to 1-based line numbers of one text; `before` lines stand above it in its file."""

    def __init__(self, text: str, before: int = 0) -> None:
        self._before = before
        self._starts = [0, *accumulate([len(line) + 1 for line in text.split("\n")])]
        self._starts.pop()

    def at(self, offset: int) -> int:
        """The line that holds `offset`."""
        return bisect_right(self._starts, offset) + self._before

    def start(self, line: int) -> int:
        """Offset of the first character of a line (clipped to the text)."""
        return self._starts[min(max(line - self._before, 1), len(self._starts)) - 1]

    @property
    def last(self) -> int:
        """Number of the last line."""
        return len(self._starts) + self._before


def blank(text: str) -> str:
    """Blanks of the same length and lines as `text`; a backslash at a line's end stays (it continues a ``
    `define``)."""
    return _NOT_NEWLINE.sub(" ", text) if "\n" in text or text.endswith("\\") else " " * len(text)


def masked(text: str) -> str:
    """`text` with comments blanked and non-ASCII characters as ``?``; strings are kept. Same length, same
    lines."""
    if not text.isascii():
        text = text.encode("ascii", "replace").decode("ascii")
    if "/" not in text:
        return text
    return _COMMENT.sub(lambda found: found[0] if found[0][0] == '"' else blank(found[0]), text)


def plain(text: str, defined: Collection[str] | None = None) -> Plain:
    """`masked` text without directives and with macro uses as names.

    Args:
        text: source text.
        defined: names of defined macros; conditional branches not taken are blanked (`` `define`` in the
            text counts). None keeps the text of every branch.
    """
    source = masked(text)
    found = _Blanker(source, defined).run() if "`" in source else Plain(source, {})
    if "\\" not in found.text:
        return found
    text = _CONTINUED.sub(lambda piece: piece[0] if piece[0][0] == '"' else " ", found.text)
    return found._replace(text=text)


class _Blanker:
    """One pass over the backticks of a text."""

    def __init__(self, source: str, defined: Collection[str] | None) -> None:
        self.source = source
        self.evaluate = defined is not None
        self.defined = set(defined or ())
        self.macros: dict[str, str] = {}
        self.includes: list[str] = []
        self.uses: set[str] = set()
        self.parts: list[str] = []
        self.done = 0
        self.taken: list[
            list[bool]
        ] = []  # per open conditional: [this branch is active, some branch was taken]

    def run(self) -> Plain:
        for found in _DIRECTIVE.finditer(self.source):
            if found.start() < self.done:
                continue
            name = found[1]
            if name in _CONDITIONS:
                self._condition(found.start(), found.end(), name)
            elif not self._active():
                continue
            elif name in _LINE_DIRECTIVES:
                self._line_directive(found.start(), found.end(), name)
            else:
                self._use(found.start(), found.end())
        self._copy(len(self.source))
        includes = tuple(dict.fromkeys(self.includes))
        return Plain("".join(self.parts), self.macros, includes, frozenset(self.uses))

    def _active(self) -> bool:
        return all(active for active, _ in self.taken)

    def _copy(self, end: int) -> None:
        """Takes the text up to `end` over, blanked inside a branch not taken."""
        piece = self.source[self.done : end]
        self.parts.append(piece if self._active() else blank(piece))
        self.done = end

    def _blank(self, end: int) -> None:
        self.parts.append(blank(self.source[self.done : end]))
        self.done = end

    def _condition(self, start: int, end: int, name: str) -> None:
        self._copy(start)
        word = _WORD.match(self.source, end) if name in ("ifdef", "ifndef", "elsif") else None
        self._blank(word.end() if word else end)
        if not self.evaluate:
            return
        holds = word is not None and word[1] in self.defined
        if name in ("ifdef", "ifndef"):
            active = holds == (name == "ifdef")
            self.taken.append([active, active])
        elif self.taken and name == "endif":
            self.taken.pop()
        elif self.taken:
            state = self.taken[-1]
            state[0] = not state[1] and (name == "else" or holds)
            state[1] = state[1] or state[0]

    def _line_directive(self, start: int, end: int, name: str) -> None:
        self._copy(start)
        stop = self.source.find("\n", end)
        stop = len(self.source) if stop < 0 else stop
        while name == "define" and self.source[:stop].rstrip("\r").endswith("\\") and stop < len(self.source):
            following = self.source.find("\n", stop + 1)
            stop = len(self.source) if following < 0 else following
        word = _WORD.match(self.source, end)
        if word and name == "define":
            self.macros[word[1]] = self.source[word.end() : stop].replace("\\\n", " ").strip()
            self.defined.add(word[1])
        elif word and name == "undef":
            self.defined.discard(word[1])
        elif name == "include":
            quoted = _QUOTED.match(self.source, end)
            self.includes += [quoted[1]] if quoted else []
        self._blank(stop)

    def _use(self, start: int, end: int) -> None:
        """A macro use: blanked where a statement begins, else a name of the same length."""
        self._copy(start)
        line_start = self.source.rfind("\n", 0, start) + 1
        if not self.source[line_start:start].strip():
            stop = _after_arguments(self.source, end)
            line_end = self.source.find("\n", stop)
            rest = self.source[stop : len(self.source) if line_end < 0 else line_end].strip()
            if rest in ("", ";"):
                self._blank(stop)
                return
        if self.source[end : end + 1] == "'" or _BEFORE_KEYWORD.match(
            self.source, end
        ):  # `WIDTH'b0, `KEEP reg
            self._blank(end)
            return
        argument = _NAME_ARGUMENT.match(self.source, end)
        before = _LAST_WORD.search(self.source, max(0, start - 40), start) if argument else None
        if argument and before and before[1] in _DECLARING:  # parameter `CHECKED(width)
            self._blank(end + 1)
            self._copy(argument.end() - 1)
            self._blank(argument.end())
            return
        self.parts.append(_MARK)
        self.uses.add(self.source[start + 1 : end])
        self.done = start + 1


def _after_arguments(source: str, at: int) -> int:
    """Offset behind the bracketed arguments that follow `at`; `at` itself when there are none or they
    never close."""
    open_at = at
    while open_at < len(source) and source[open_at] in " \t":
        open_at += 1
    if source[open_at : open_at + 1] != "(":
        return at
    depth = 0
    for position in range(open_at, min(len(source), open_at + 20_000)):
        character = source[position]
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return position + 1
    return at
