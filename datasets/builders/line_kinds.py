"""What kind of Verilog line this is, and which lines of a file are code at all.

`line_kind` sorts one line into the classes of docs/eval-rtl-repo.md;
`code_lines` blanks comments, also block comments over several lines, so that a line's code can be asked for.
Both use regular expressions: no macro is expanded, and the second line of a long expression is ``other``.

    python -c "from rtlgen.datasets.line_kinds import line_kind; print(line_kind('  q <= d;'))"
"""

from __future__ import annotations

import re

KINDS = (
    "declaration",
    "port declaration",
    "port map",
    "nonblocking",
    "blocking",
    "continuous",
    "control",
    "instantiation",
    "closer",
    "other",
)
"""The classes of `line_kind`, in the order in which tables print them."""

_COMMENT_OR_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_CLOSER = re.compile(r"(?:(?:end\w*|begin|else|join\w*)(?:\s*:\s*\w+)?|[)}\]];?|[,;])(?:\s+|(?<=\W)|$)")
_PORT = re.compile(r"[(,]?\s*(?:input|output|inout)\b")
_PORT_MAP = re.compile(r"[(,]*\s*\.\s*(?:\w+|\\\S+|\*)\s*(?:[(,)]|$)")
_CONTROL = re.compile(
    r"(?:end\s+)?(?:(?:unique0?|priority)\s+)?"
    r"(?:if|else|case[xz]?|for|foreach|while|do|repeat|forever|wait|always(?:_ff|_comb|_latch)?|initial|final|"
    r"generate|default|return|break|continue|fork|disable|@|#\d)(?:\b|(?<=[@\d]))"
)
_DECLARATION = re.compile(
    r"(?:(?:local|static|automatic|virtual|const|protected|rand|randc|extern|pure)\s+)*"
    r"(?:wire|reg|logic|bit|byte|integer|int|shortint|longint|time|real|realtime|string|genvar|tri\w*|wand|wor|supply[01]|"
    r"var|parameter|localparam|specparam|defparam|typedef|enum|struct|union|module|macromodule|interface|package|program|"
    r"class|function|task|import|export|modport|event|signed|unsigned|clocking|property|sequence|covergroup)\b"
)
_TYPED = re.compile(
    r"(?:\w+::)?[A-Za-z_]\w*(?:\s*\[[^\]]*\])*\s+[A-Za-z_]\w*(?:\s*\[[^\]]*\])*\s*(?:=[^=].*)?[;,]?$"
)
_INSTANCE = re.compile(
    r"(?:\)\s*[A-Za-z_]\w*(?:\s*\[[^\]]*\])?\s*\(.*"  # ) u_fifo (
    r"|[A-Za-z_]\w*\s*#\s*\(?.*"  # fifo #(
    r"|#\s*\(\s*\..*"  # #(.DEPTH(4))
    r"|(?!(?:assert|assume|cover|and|or|not)\b)"  # fifo u_fifo (
    r"[A-Za-z_]\w*\s+[A-Za-z_]\w*(?:\s*\[[^\]]*\])?\s*\(.*)$"
)
_LITERAL = re.compile(r"\d*'[sS]?[bBoOdDhH]\s*[\w?]+|\"[^\"]*\"")
_TARGET = r"(?:\{[^}]*\}|[\w`.:$]+(?:\s*\[[^\]]*\])*(?:\.\w+(?:\s*\[[^\]]*\])*)*)"
_NONBLOCKING = re.compile(_TARGET + r"\s*<=")
_BLOCKING = re.compile(_TARGET + r"\s*(?:[-+*/%&|^]|<<<?|>>>?)?=(?!=)")


def code_lines(text: str) -> list[str]:
    """The lines of `text` (split at newlines) without comments, strings kept; as many lines as `text` has."""

    def blank(match: re.Match[str]) -> str:
        piece = match.group()
        return piece if piece.startswith('"') else "\n" * piece.count("\n")

    return _COMMENT_OR_STRING.sub(blank, text).split("\n")


def line_kind(line: str) -> str:
    """The class of one line, one of `KINDS`. A comment at its end is ignored; an empty line is ``other``."""
    code = re.sub(r"^(?:\(\*.*?\*\)\s*)+", "", " ".join(code_lines(line)).strip())
    if not code or code.startswith("`"):
        return "other"
    if _only_closers(code):
        return "closer"
    for pattern, kind in ((_PORT, "port declaration"), (_PORT_MAP, "port map")):
        if pattern.match(code):
            return kind
    if code.startswith(("assign ", "assign{")):
        return "continuous"
    if _CONTROL.match(code):
        return _statement_after_condition(code) or "control"
    if _DECLARATION.match(code.lstrip("(,# ")):
        return "declaration"
    return _assignment(code) or _case_item(code) or _declared_or_instantiated(code)


def _only_closers(code: str) -> bool:
    position = 0
    while position < len(code):
        match = _CLOSER.match(code, position)
        if match is None or match.end() == position:
            return False
        position = match.end()
    return True


def _statement_after_condition(code: str) -> str | None:
    """The assignment that follows ``if (...)``, ``else`` or ``default:`` on the same line, else None."""
    if re.match(r"(?:for|while|always\w*|initial|return)\b", code):
        return None
    rest = re.sub(r"^(?:end\b|else\b|default\b\s*:?|\s)+", "", code)
    if rest.startswith("if"):
        rest = _after_parentheses(rest)
    return _assignment(rest.strip())


def _after_parentheses(code: str) -> str:
    depth = 0
    for position, character in enumerate(code):
        depth += (character == "(") - (character == ")")
        if character == ")" and depth == 0:
            return code[position + 1 :]
    return ""


def _assignment(code: str) -> str | None:
    code = re.sub(r"^begin\b\s*", "", code)
    if _NONBLOCKING.match(code):
        return "nonblocking"
    return "blocking" if _BLOCKING.match(code) else None


def _case_item(code: str) -> str | None:
    """``blocking``, ``nonblocking`` or ``control`` of ``LABEL: ...``, None when there is no label."""
    plain = _LITERAL.sub(lambda match: "0" * len(match.group()), code)
    depth = 0
    for position, character in enumerate(plain):
        depth += (character in "([{") - (character in ")]}")
        if depth < 0 or (depth == 0 and character in "?=#;"):
            return None
        if (
            character == ":"
            and depth == 0
            and ":" not in (plain[position - 1], plain[position + 1 : position + 2])
        ):
            return _assignment(code[position + 1 :].strip()) or "control"
    return None


def _declared_or_instantiated(code: str) -> str:
    if _TYPED.match(code):
        return "declaration"
    return "instantiation" if _INSTANCE.match(code) else "other"
