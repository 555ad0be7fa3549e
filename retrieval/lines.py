"""What one line of Verilog is: its tokens, its shape, its kind.

The continuation index and the proposal sources look at source text line by line. A `Line` is computed once for every
distinct line of a unit and shared by all positions. Shape = tokens with identifiers written as ``I`` and numbers as
``0`` (keywords and punctuation stay), so that ``.a_i(core_a[3]),`` and ``.b_i(core_b[0]),`` have the same shape.

It is a regular-expression lexer: it does not expand macros and knows no scopes (`rtlgen.retrieval.verilog` does).

    python -c "from rtlgen.retrieval.lines import read_line; print(read_line('  assign a = b[3:0];'))"
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from rtlgen.retrieval.keywords import CLOSERS, COMPILER, CONTROL, DECLARATORS
from rtlgen.retrieval.keywords import KEYWORDS as KEYWORDS

TOKEN = re.compile(
    r'"(?:[^"\\\n]|\\.)*"?'
    r"|[0-9][0-9_]*\s*'[sS]?[bodhBODH]\s*[0-9a-fA-FxXzZ_?]+"
    r"|'[sS]?[bodhBODH]\s*[0-9a-fA-FxXzZ_?]+"
    r"|[0-9][0-9_]*(?:\.[0-9_]+)?(?:[eE][+-]?[0-9]+)?(?:[munpf]?s\b)?"
    r"|`?[A-Za-z_][A-Za-z0-9_$]*"
    r"|\$[A-Za-z_][A-Za-z0-9_$]*"
    r"|\\\S+"
    r"|<<<=|>>>=|===|!==|==\?|!=\?|<<<|>>>|<->|->>|\|->|\|=>"
    r"|<=|>=|==|!=|&&|\|\||<<|>>|\*\*|->|\+:|-:|::|\+\+|--|\+=|-=|\*=|\|=|&=|\^=|\.\*|'\{|'[01xXzZ]|##|~&|~\||~\^|\^~"
    r"|\S"
)
_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|(//.*|/\*.*?(?:\*/|$))')

KINDS: tuple[str, ...] = (
    "declaration",
    "parameter",
    "port",
    "portmap",
    "blocking",
    "nonblocking",
    "assign",
    "control",
    "case_item",
    "closer",
    "instance",
    "directive",
    "header",
    "call",
    "other",
)
"""What a line does, by its first tokens; `kind_of` says which."""


class Line(NamedTuple):
    """One distinct line.

    `text` is stripped; `tokens` are without comments; `names` are its identifiers in order; `balance` is opening minus
    closing brackets; `key` is the name the line is about (declared, assigned, connected or instantiated; may be
    empty); `coarse` is a shape without ranges, types and values.
    """

    text: str
    tokens: tuple[str, ...]
    shape: str
    kind: str
    names: tuple[str, ...]
    balance: int
    key: str
    coarse: str


class _Classes(dict[str, str]):
    """Token -> its class in a shape; remembers every token it has seen."""

    def __missing__(self, token: str) -> str:
        head = token[0]
        if token in KEYWORDS:
            kind = token
        elif head.isalpha() or head in "_\\" or (head == "`" and len(token) > 1 and token not in COMPILER):
            kind = "I"
        elif head.isdigit() or (head == "'" and len(token) > 1 and token[1] != "{"):
            kind = "0"
        elif head == '"':
            kind = '"'
        else:
            kind = token
        if len(self) < 500_000:
            self[token] = kind
        return kind


classes = _Classes()
"""Token -> class (``I``, ``0``, ``"`` or the token itself), filled on demand."""


def strip_comment(text: str) -> str:
    """`text` without comments (one line; an unclosed ``/*`` runs to the end)."""
    if "//" not in text and "/*" not in text:
        return text
    return _COMMENT.sub(lambda match: " " if match.group(1) else match.group(0), text)


def tokens_of(text: str) -> tuple[str, ...]:
    """The tokens of one line, comments dropped; ``8 'hFF`` loses its inner blank."""
    found = TOKEN.findall(strip_comment(text))
    return tuple(found)


def shape_of(tokens: Iterable[str]) -> str:
    """The tokens with identifiers as ``I``, numbers as ``0`` and strings as ``"``, joined by blanks."""
    return " ".join([classes[token] for token in tokens])


def names_in(tokens: Iterable[str]) -> tuple[str, ...]:
    """Identifiers among `tokens` in order, with repeats; keywords, macros and system tasks left out."""
    return tuple([token for token in tokens if classes[token] == "I"])


def kind_of(tokens: tuple[str, ...]) -> str:
    """One of `KINDS` for a line with these tokens."""
    if len(tokens) > 1 and tokens[0] in (",", "("):
        tokens = tokens[1:]
    if not tokens:
        return "other"
    first = tokens[0]
    if first == ".":
        return "portmap"
    if first in CLOSERS:
        return "control" if "else" in tokens else "closer"
    if first in ("input", "output", "inout", "ref"):
        return "port"
    if first in DECLARATORS:
        return "declaration"
    if first in ("parameter", "localparam", "defparam"):
        return "parameter"
    if first == "assign":
        return "assign"
    if first in CONTROL:
        return "control"
    if first in (
        "module",
        "interface",
        "package",
        "class",
        "function",
        "task",
        "import",
        "program",
        "modport",
    ):
        return "header"
    if first in COMPILER:
        return "directive"
    return _kind_of_statement(tokens)


def _kind_of_statement(tokens: tuple[str, ...]) -> str:
    """Kind of a line that begins with a name, a number or a bracket: by what stands at depth zero."""
    depth = 0
    for index, token in enumerate(tokens):
        if token in ("(", "[", "{", "'{"):
            if token == "(" and depth == 0 and index == 2 and classes[tokens[0]] == classes[tokens[1]] == "I":
                return "instance"
            depth += 1
        elif token in (")", "]", "}"):
            depth -= 1
        elif depth <= 0:
            if token == "<=":
                return "nonblocking"
            if token in ("=", "+=", "-=", "|=", "&=", "^="):
                return (
                    "blocking"
                    if classes[tokens[0]] != "I" or index == 1 or tokens[1] in "[.{"
                    else "declaration"
                )
            if token == ":" and classes[tokens[0]] in ("I", "0", "default", "{", "I"):
                return "case_item"
            if token == "?":
                break
    if tokens[0] == "default":
        return "case_item"
    if len(tokens) > 1 and classes[tokens[0]] == "I":
        if tokens[1] == "#":
            return "instance"
        if tokens[1] == "(":
            return "call"
        if classes[tokens[1]] == "I" or tokens[1] in ("[", "::"):
            return "declaration" if tokens[-1] in (";", ",") else "other"
    return "call" if tokens[0][0] == "$" else "other"


def balance_of(tokens: Iterable[str]) -> int:
    """Opening minus closing round, square and curly brackets."""
    total = 0
    for token in tokens:
        if token in ("(", "[", "{", "'{"):
            total += 1
        elif token in (")", "]", "}"):
            total -= 1
    return total


def key_of(tokens: tuple[str, ...], kind: str) -> str:
    """The name a line is about: what it declares, assigns, connects, instantiates; empty when there is none."""
    if kind not in ("declaration", "port", "parameter"):
        for token in tokens:
            if classes[token] == "I":
                return token
        return ""
    key = ""
    depth = 0
    for index, token in enumerate(tokens):
        if token in ("[", "(", "{"):
            depth += 1
        elif token in ("]", ")", "}"):
            depth -= 1
        elif depth <= 0:
            if classes[token] == "I":
                key = token
            elif key and index and token in ("=", ",", ";"):
                break
    return key


def declared_in(line: Line) -> list[str]:
    """Every name a declaration or port line declares: ``reg a = 0, b;`` gives a, b; empty for other lines."""
    if line.kind not in ("declaration", "port", "parameter") or not line.key:
        return []
    names = [line.key]
    depth, fresh = 0, False
    for token in line.tokens[line.tokens.index(line.key) + 1 :]:
        if token in ("(", "[", "{", "'{"):
            depth += 1
        elif token in (")", "]", "}"):
            depth -= 1
        elif depth == 0 and token == ",":
            fresh = True
        elif depth == 0 and fresh:
            if classes[token] == "I":
                names.append(token)
            fresh = False
    return names


def coarse_of(tokens: tuple[str, ...], kind: str, shape: str) -> str:
    """A shape without ranges, types and values: kind, first keyword and how the line begins and ends."""
    if kind not in (
        "declaration",
        "port",
        "parameter",
        "portmap",
        "nonblocking",
        "blocking",
        "assign",
        "case_item",
    ):
        return shape
    head = "," if tokens[0] == "," else ""
    first = (
        next((token for token in tokens if token in KEYWORDS), "") if kind in ("port", "parameter") else ""
    )
    return f"{head}{kind} {first} {tokens[-1] if tokens[-1] in (',', ';') else ''}"


@lru_cache(maxsize=200_000)
def read_line(text: str) -> Line:
    """The `Line` of one line of source; indentation does not matter. Cached."""
    stripped = text.strip()
    tokens = tokens_of(stripped)
    shape, kind = shape_of(tokens), kind_of(tokens)
    key = key_of(tokens, kind)
    return Line(
        stripped,
        tokens,
        shape,
        kind,
        names_in(tokens),
        balance_of(tokens),
        key,
        coarse_of(tokens, kind, shape),
    )


def tail_of(name: str) -> str:
    """The last part of a name that is longer than one letter, lower case: ``s_axi_awaddr_i`` gives ``awaddr``."""
    for part in reversed(name.lower().split("_")):
        if len(part) > 1:
            return part
    return name.lower()


def indent_of(text: str) -> str:
    """The leading blanks of a line."""
    return text[: len(text) - len(text.lstrip())]


def code_lines(lines: Iterable[str]) -> list[tuple[int, str]]:
    """``(index, text)`` of the lines that hold code: blank lines and lines inside comments are left out."""
    result = []
    inside = False
    for index, text in enumerate(lines):
        if inside:
            end = text.find("*/")
            if end < 0:
                continue
            inside = False
            text = text[end + 2 :]
        body = text.lstrip()
        if not body or body.startswith("//"):
            continue
        if "/*" in body:
            bare = strip_comment(body)
            last = text.rfind("/*")
            inside = text.find("*/", last) < 0 and "//" not in text[:last]
            if not bare.strip():
                continue
        result.append((index, text))
    return result
