"""Spaces of a rewritten line: columns that are aligned in the lines above stay aligned.

aligned(["a", "=", "b"], "  long_name = b;", None)
"""

from __future__ import annotations

from collections.abc import Sequence

from rtlgen.retrieval.lines import TOKEN, strip_comment


def _cells(text: str) -> tuple[list[str], list[str], list[int]]:
    """``(blanks before each token, tokens, start columns)`` of a line without its comment."""
    body = strip_comment(text).rstrip() if "/" in text else text.rstrip()
    blanks, tokens, columns = [], [], []
    end = 0
    for match in TOKEN.finditer(body):
        blanks.append(body[end : match.start()])
        tokens.append(match.group())
        columns.append(match.start())
        end = match.end()
    return blanks, tokens, columns


def comment_of(text: str) -> str:
    """The trailing comment of a line with the blanks before it, empty when there is none."""
    body = strip_comment(text).rstrip() if "/" in text else text.rstrip()
    return text[len(body) :].rstrip() if text.startswith(body) else ""


def aligned(images: Sequence[str], template: str, others: Sequence[str] = ()) -> str:
    """`template` with its tokens replaced by `images` one by one, without its comment.

    A gap of two or more blanks, and a gap that one of `others` (lines with as many tokens) shows to end in a common
    column, is stretched or shrunk so that the token after it keeps its column. Numbers after ``[`` and ``:`` keep
    their right edge when they were padded. `images` may lack, or have in excess, one last token.
    """
    blanks, tokens, columns = _cells(template)
    if len(images) == len(tokens) - 1:
        blanks, tokens, columns = blanks[:-1], tokens[:-1], columns[:-1]
    if len(images) == len(tokens) + 1:
        return aligned(images[:-1], template, others) + images[-1]
    if len(images) != len(tokens):
        return " ".join(images)
    rows = [cells for cells in map(_cells, others) if len(cells[1]) >= len(tokens)]
    pieces: list[str] = []
    drift = 0
    for index, (blank, old, new) in enumerate(zip(blanks, tokens, images, strict=True)):
        if index and drift and "\t" not in blank:
            shared = any(_column(row, blanks, columns, index) for row in rows)
            if shared or len(blank) > 1:
                least = 0 if shared or old[0] in "()" else 1
                size = max(least, len(blank) - drift)
                drift += size - len(blank)
                blank = " " * size
        if (
            index
            and len(new) != len(old)
            and new[:1].isdigit()
            and tokens[index - 1] in "[:"
            and blank.isspace()
        ):
            size = max(0, len(blank) + len(old) - len(new))
            drift += size - len(blank)
            blank = " " * size
        pieces.append(blank)
        pieces.append(new)
        drift += len(new) - len(old)
    return "".join(pieces)


def _column(
    theirs: tuple[list[str], list[str], list[int]], blanks: list[str], columns: list[int], index: int
) -> bool:
    """True when token `index` starts in the same column in both lines although the gaps before it differ."""
    return theirs[2][index] == columns[index] and len(theirs[0][index]) != len(blanks[index])
