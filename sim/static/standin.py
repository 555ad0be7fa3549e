"""Made-up definitions for macros whose headers are outside the project, so that the lines that use them can be read.

Real repositories are often cloned without their submodules. A macro used where a statement may stand becomes nothing
(or `;`), one used as a declared name becomes its first argument, any other becomes ``1``.

What it does not do: guess what the macro declares. Names that only its expansion declares stay unknown, and the check
treats the file accordingly (`sim.static.compare`).

Try: python -c "from rtlgen.sim.static.standin import stand_in; print(stand_in('assign y = `MAX(a, b);', 11))"
"""

from __future__ import annotations

import re

_ARGUMENTS = 16
"""How many arguments a made-up macro takes; each has an empty default, so fewer are fine."""

_USE = re.compile(r"`([A-Za-z_]\w*)(\s*\()?")
_NO_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/|^[ \t]*`(?:ifdef|ifndef|elsif|else|endif)\b[^\n]*", re.MULTILINE | re.DOTALL
)
_DECLARES = re.compile(r"\b(?:parameter|localparam|logic|wire|reg|int|integer|input|output|inout|bit)$")
_STATEMENT = re.compile(r"(?:\A|[;)]|\b(?:begin|end\w*|else))$")


def macro_name(definition: str) -> str:
    """``NAME`` of ``NAME(args) body``."""
    return re.split(r"[( ]", definition, maxsplit=1)[0]


def stand_in(text: str, offset: int) -> tuple[str, str]:
    """Name and made-up definition (``NAME(args) body``) of the macro used at `offset` of `text`; empty when none is."""
    match = _USE.match(text, offset)
    if match is None:
        return "", ""
    before = _NO_CODE.sub(" ", text[max(0, offset - 2000) : offset]).rstrip()
    if _DECLARES.search(before):
        body = "a0" if match.group(2) else "rtlgen_name_"
    elif _STATEMENT.search(before):
        own = before.endswith(("else", ")")) and not _followed_by_semicolon(text, match.end())
        body = ";" if own else ""
    else:
        body = "1"
    arguments = "(" + ",".join(f"a{i}=" for i in range(_ARGUMENTS)) + ")" if match.group(2) else ""
    return match.group(1), f"{match.group(1)}{arguments} {body}"


def _followed_by_semicolon(text: str, offset: int) -> bool:
    """True when `;` follows the macro call whose opening parenthesis ends at `offset`."""
    depth = 1 if text[offset - 1] == "(" else 0
    while depth and offset < len(text):
        depth += (text[offset] == "(") - (text[offset] == ")")
        offset += 1
    return text[offset : offset + 200].lstrip()[:1] == ";"
