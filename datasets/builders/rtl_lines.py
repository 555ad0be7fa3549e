"""Which files and lines may stand in a next-line benchmark: hand-written text of a size that people write.

It judges one file at a time by its bytes; near-duplicates are found in `rtl_units.py`.

    python -c "from rtlgen.datasets.rtl_lines import usable_text; print(usable_text(b'// DO NOT EDIT'))"
"""

from __future__ import annotations

import re

from rtlgen.datasets.line_kinds import code_lines

MAX_LINES = 1000
"""A file with more lines is left out."""
MAX_BYTES = 64 * 1024
"""A file with more bytes is left out."""
LONGEST_LINE = 2000
"""A file with a longer line (in characters) counts as generated."""

_GENERATED = re.compile(
    r"(?:auto|automatically|machine|wizard)[ -]?generated|generated (?:automatically|by|from)\b"
    r"|do not (?:edit|modify)|megafunction wizard",
    re.IGNORECASE,
)


def usable_text(data: bytes | None) -> tuple[str | None, str]:
    """The text of a file, or None and why it is left out."""
    if data is None:
        return None, "missing"
    if b"\0" in data:
        return None, "binary"
    if len(data) > MAX_BYTES:
        return None, "too large"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if "`pragma protect" in text or "`protected" in text:
        return None, "encrypted"
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        return None, "too long"
    if max(map(len, lines)) > LONGEST_LINE or _GENERATED.search(_head_comment(text)):
        return None, "generated"
    if not eligible_lines(text):
        return None, "no code"
    return text, ""


def _head_comment(text: str) -> str:
    """The text before the first line of code: where generators sign."""
    first = next((i for i, line in enumerate(code_lines(text)) if line.strip()), 0)
    return "\n".join(text.split("\n")[:first])


def eligible_lines(text: str) -> list[int]:
    """0-based lines of `text` that may be hidden: not empty, not a comment, not in a block comment."""
    raw = text.split("\n")
    code = code_lines(text)
    return [
        i
        for i, line in enumerate(code)
        if line.strip() and not raw[i].lstrip().startswith(("//", "/*", "*/"))
    ]


def like_published(line: str) -> bool:
    """Whether RTL-Repo's published labels could contain this line.

    All 1,174 of them have more than 10 characters without the blanks around (or are ``endmodule``) and none
    holds ``//``: the published test set draws from such lines only, and short closers are easier than its
    lines.
    """
    bare = line.strip()
    return "//" not in line and (len(bare) > 10 or bare == "endmodule")
