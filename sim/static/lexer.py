"""Tokens, comments and ends of a Verilog text, by regular expressions: works on any text, broken or not.

What it does not do: preprocess or parse.

Try: python -c "from rtlgen.sim.static.lexer import significant; print(significant('assign y = a; // sum'))"
"""

from __future__ import annotations

import re

_LEX = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"?"  # comments and strings
    r"|`?[A-Za-z_$][\w$]*|\\\S+|\d*\s*'[sS]?[bBoOdDhH]\s*[\w?]+|\d[\w.]*"
    r"|<<<=|>>>=|===|!==|==\?|!=\?|<<<|>>>|<<=|>>=|\*\*|&&|\|\||->|=>|[-+*/%&|^<>=!:]=|<<|>>|::|\+:|-:|\(\*|\*\)|\S",
    re.DOTALL,
)
_SKIPPED = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"?", re.DOTALL)
_NO_CODE = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"?|^[ \t]*`(?:ifdef|ifndef|elsif|else|endif)\b[^\n]*",
    re.DOTALL | re.MULTILINE,
)


def significant(text: str) -> list[tuple[str, int, int]]:
    """Tokens of `text` as (token, start, end), comments dropped."""
    return [
        (m.group(), m.start(), m.end()) for m in _LEX.finditer(text) if not m.group().startswith(("//", "/*"))
    ]


def code_end(text: str) -> int:
    """Offset just after the last token of `text` that is no comment or conditional directive; 0 when there is none."""
    end = last = 0
    for match in _NO_CODE.finditer(text):
        between = text[last : match.start()].rstrip()
        if between:
            end = last + len(between)
        if match.group().startswith('"'):
            end = match.end()
        last = match.end()
    rest = text[last:].rstrip()
    return last + len(rest) if rest else end


def has_code(text: str) -> bool:
    """True when `text` has a token that is no comment or conditional directive."""
    return code_end(text) > 0


def in_comment_or_string(text: str, offset: int) -> bool:
    """True when `offset` lies inside a comment or a string of `text`."""
    for match in _SKIPPED.finditer(text):
        if match.start() >= offset:
            return False
        opened_line = match.group().startswith("//")
        if offset < match.end() or (offset == match.end() and opened_line):
            return True
        if offset == match.end() and match.group().startswith("/*") and not match.group().endswith("*/"):
            return True
    return False


def in_macro_body(text: str, offset: int) -> bool:
    """True when the line of `offset` continues a macro definition (the line before it ends in a backslash)."""
    start = text.rfind("\n", 0, offset) + 1
    return text[:start].rstrip("\r\n").endswith("\\")
