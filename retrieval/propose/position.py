"""The place being completed, and what a source says about it: `Position` in, `Proposal`s out.

A `Position` holds the raw prefix lines and computes once what several sources need: code lines, open blocks, names
seen so far. Blocks are tracked by keywords and brackets only; conditional compilation may leave a block open twice,
then the innermost one of the right kind is closed first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rtlgen.core.records import Module
from rtlgen.retrieval.continuation import Continuation
from rtlgen.retrieval.keywords import BLOCKS
from rtlgen.retrieval.lines import Line, code_lines, indent_of, read_line
from rtlgen.retrieval.propose.layout import aligned, comment_of
from rtlgen.retrieval.segments import Segment

OPENERS = {**BLOCKS, "(": ")", "[": "]", "{": "}", "'{": "}"}
"""Opening token -> the token that closes it."""

_CLOSING = frozenset(OPENERS.values()) | {"join_any", "join_none"}
_BRACKETS = frozenset("([{") | {"'{"}
_FLAT = frozenset(
    ("assert", "assume", "cover", "virtual", "import", "export", "extern", "typedef", "pure", "wait")
)


@dataclass(frozen=True)
class Block:
    """An open block: its opening `token`, the `line` it stands on (index into code lines), and that line's indent."""

    token: str
    line: int
    indent: str


@dataclass(frozen=True)
class Proposal:
    """A whole next line. `evidence` is what its sources say by feature name, `features` the full vector.

    `source` is the strongest source, `sources` all that made the same text; `features` is in the order of
    `rtlgen.retrieval.propose.FEATURES` and empty until `propose_all` fills it.
    """

    text: str
    source: str
    evidence: Mapping[str, float] = field(default_factory=dict)
    features: tuple[float, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass
class Position:
    """A cursor on an empty line: `lines` stand above it in `path`, `suffix` below it."""

    path: str
    lines: list[str]
    continuation: Continuation
    suffix: str = ""
    modules: Mapping[str, Module] = field(default_factory=dict)

    @classmethod
    def at(
        cls,
        path: str,
        prefix: str,
        continuation: Continuation,
        suffix: str = "",
        modules: Mapping[str, Module] | None = None,
    ) -> Position:
        """Position after `prefix`; an unfinished last line of blanks is the cursor line and is dropped."""
        lines = prefix.replace("\r\n", "\n").split("\n")
        if not lines[-1].strip():
            lines.pop()
        return cls(path, lines, continuation, suffix, modules or {})

    @cached_property
    def own(self) -> Segment:
        """Code lines of the prefix as an indexed segment."""
        return self.continuation.own(self.lines)

    @property
    def code(self) -> list[Line]:
        """Code lines of the prefix, in order, after an empty line that stands for the start of the file."""
        return self.own.lines

    @property
    def texts(self) -> list[str]:
        """Raw text of the code lines of the prefix."""
        return self.own.texts

    @cached_property
    def below(self) -> list[Line]:
        """Code lines of the suffix."""
        return [read_line(text.strip()) for _, text in code_lines(self.suffix.split("\n"))]

    @cached_property
    def last(self) -> Line:
        """The last code line; a line without tokens at the start of a file."""
        return self.own.lines[-1]

    @cached_property
    def gap(self) -> int:
        """0 when the last raw line is code, 1 after blanks, else the id of the comment above the cursor."""
        start = self.own.numbers[-1] + 1
        return self.continuation.gap(self.lines, start, len(self.lines))

    @cached_property
    def indent(self) -> str:
        """Indentation of the last code line."""
        return indent_of(self.own.texts[-1])

    @cached_property
    def names(self) -> Counter[str]:
        """How often each identifier stands in the prefix."""
        counts: Counter[str] = Counter()
        for line in self.own.lines:
            counts.update(line.names)
        return counts

    @cached_property
    def widths(self) -> dict[str, int]:
        """Bits of names declared with a numeric range ``[n:0]`` in the prefix."""
        found: dict[str, int] = {}
        for line in self.own.lines:
            if line.kind in ("declaration", "port"):
                tokens = line.tokens
                for index in range(len(tokens) - 4):
                    if (
                        tokens[index] == "["
                        and tokens[index + 1].isdigit()
                        and tokens[index + 2 : index + 5] == (":", "0", "]")
                    ):
                        found.setdefault(line.key, int(tokens[index + 1]) + 1)
                        break
        return found

    @cached_property
    def popular_ranges(self) -> list[tuple[str, ...]]:
        """The two most frequent numeric ranges ``[n:0]`` of declarations in the prefix, as tokens."""
        counts = Counter(self.widths.values())
        return [("[", str(width - 1), ":", "0", "]") for width, _ in counts.most_common(2)]

    @cached_property
    def module_start(self) -> int:
        """Index of the code line that opens the innermost module, 0 outside of one."""
        for block in reversed(self.blocks):
            if block.token in ("module", "macromodule", "interface", "package", "program"):
                return block.line
        return 0

    @cached_property
    def blocks(self) -> list[Block]:
        """Open blocks and brackets, outermost first."""
        stack: list[Block] = []
        for index, line in enumerate(self.own.lines):
            _follow(stack, line, index, self.own.texts[index])
        return stack

    @cached_property
    def process_line(self) -> int:
        """Code line that begins the process (`always`, `initial`) or subroutine around the cursor, 0 when none."""
        for block in reversed(self.blocks):
            if block.token in ("module", "generate"):
                return 0
            for index in (block.line, block.line - 1):
                tokens = self.code[index].tokens if index > 0 else ()
                if tokens and (
                    tokens[0].startswith("always") or tokens[0] in ("initial", "final", "function", "task")
                ):
                    return index
        last = len(self.code) - 1
        return last if last and self.last.tokens[:1] and self.last.tokens[0].startswith("always") else 0

    @cached_property
    def process(self) -> str:
        """``seq`` (edge-triggered), ``comb``, ``initial`` (also subroutines), or empty outside of a process."""
        if not self.process_line:
            return ""
        tokens = self.code[self.process_line].tokens
        if not tokens[0].startswith("always"):
            return "initial"
        if tokens[0] == "always_ff" or "posedge" in tokens or "negedge" in tokens:
            return "seq"
        return "comb"

    @cached_property
    def directives(self) -> list[Block]:
        """Open `` `ifdef`` and `` `ifndef`` blocks, outermost first; token is the last directive seen of the block."""
        stack: list[Block] = []
        for index, line in enumerate(self.own.lines):
            if line.kind != "directive":
                continue
            first = line.tokens[0]
            if first in ("`ifdef", "`ifndef"):
                stack.append(Block(first, index, indent_of(self.own.texts[index])))
            elif first == "`endif" and stack:
                stack.pop()
            elif first in ("`else", "`elsif") and stack:
                stack[-1] = Block(first, stack[-1].line, stack[-1].indent)
        return stack

    def laid_out(self, tokens: Sequence[str]) -> str:
        """A line of the last line's shape with the blanks of the last line and the columns of the lines above it."""
        return aligned(tokens, self.texts[-1], self._rows) + self.last_comment

    @cached_property
    def _rows(self) -> list[str]:
        """Up to six lines shortly above the last one that have its shape."""
        shape = self.last.shape
        near = range(len(self.code) - 2, max(0, len(self.code) - 12), -1)
        return [self.texts[index] for index in near if self.code[index].shape == shape][:6]

    @cached_property
    def last_comment(self) -> str:
        """The last line's trailing comment when the line above it has the same one, else empty."""
        comment = comment_of(self.texts[-1])
        if comment and len(self.texts) > 1 and comment_of(self.texts[-2]).strip() == comment.strip():
            return comment
        return ""

    def fitted(self, text: str, above: str) -> str:
        """`text`, which stood under `above` elsewhere, indented here by the same step from the last line."""
        body = text.strip()
        own, other = indent_of(above), indent_of(text)
        if own == other:
            return self.indent + body
        if other.startswith(own):
            extra = other[len(own) :]
            levels = 1 if "\t" in extra else max(1, round(len(extra) / max(1, len(self.step.expandtabs(4)))))
            return self.indent + (self.step * levels if len(extra) < 9 else extra) + body
        size = len(self.indent.expandtabs(4)) - (len(own.expandtabs(4)) - len(other.expandtabs(4)))
        for earlier in reversed(self.texts[-60:]):
            indent = indent_of(earlier)
            if len(indent.expandtabs(4)) <= max(0, size):
                return indent + body
        return " " * max(0, size) + body

    @cached_property
    def step(self) -> str:
        """One level of indentation as this file has it (most frequent growth), four blanks when unknown."""
        counts: Counter[str] = Counter()
        previous = ""
        for text in self.own.texts[-400:]:
            indent = indent_of(text)
            if indent.startswith(previous) and indent != previous:
                counts[indent[len(previous) :]] += 1
            previous = indent
        return counts.most_common(1)[0][0] if counts else "    "


def _follow(stack: list[Block], line: Line, index: int, text: str) -> None:
    """Updates the stack of open blocks by one line."""
    tokens = line.tokens
    if line.kind == "directive":
        return
    flat = bool(tokens) and tokens[0] in _FLAT
    for token in tokens:
        if token in OPENERS:
            if token not in _BRACKETS and token != "begin" and flat:
                continue
            if token == "interface" and tokens[0] != "interface":
                continue
            stack.append(Block(token, index, indent_of(text)))
        elif token in _CLOSING:
            wanted = "join" if token.startswith("join") else token
            for depth in range(len(stack) - 1, -1, -1):
                if OPENERS[stack[depth].token] == wanted:
                    del stack[depth:]
                    break
                if wanted in ")]}" and stack[depth].token not in _BRACKETS:
                    break
