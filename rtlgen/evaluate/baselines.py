"""The copy baseline: the line that followed the longest matching line context in the unit. It has no model.

The lines before the cursor are compared with the lines before every line of code in the file's own prefix
and in the other files of the unit; blanks inside a line do not matter, empty lines are left out, comments
stay in. Three stages, each only when the one before finds nothing:

1. ``exact``: the line above is equal. The longest run of equal lines upwards wins, then the run that goes
   on with lines of equal shape (identifiers and numbers replaced by classes), then the own file (its last
   place first), then the same folder, then the first place of the first other file.
2. ``shape``: the line above has the same shape; ranked in the same way.
3. ``ends``: the line above begins and ends with the same token or class, or at least ends or begins so.

What stood there is written with the indentation moved by the difference of the lines above. Measured
choices (docs/eval-rtl-repo.md): moving the indentation, keeping comments, ignoring inner blanks and stage 3
each gain. It never looks at names: it proposes a line as it stands somewhere else. Idea: research pilot of
rtlgen.

    rtlgen eval rtl-repo --data dev.jsonl --predictor copy
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from typing import NamedTuple

from rtlgen.datasets.line_kinds import code_lines
from rtlgen.retrieval.lines import KEYWORDS

SHAPE_RUN = 30
"""Lines up to which a run of equal shapes is followed."""
STAGES = ("exact", "shape", "ends")
"""How the line above may match, the stricter first."""

_TOKEN = re.compile(
    r"\"(?:\\.|[^\"\\])*\"?|[`$]?[A-Za-z_][\w$]*|\\\S+|\d*'[sS]?[bBoOdDhH]\s*[\w?]+|\d[\w.]*"
    r"|<<<=?|>>>=?|===|!==|<<=?|>>=?|[=!<>]=|&&|\|\||::|[-+]:|->|[-+*/%&|^~]=|~[&|^]|\S"
)


class _Line(NamedTuple):
    key: str
    """The words of the line, joined by single blanks."""
    raw: str
    is_code: bool


class Copy(NamedTuple):
    """A copied line, the stage that found it (``none``: nothing), and the run of equal lines above."""

    text: str
    stage: str
    run: int


@lru_cache(maxsize=512)
def _lines(text: str) -> tuple[_Line, ...]:
    """The non-empty lines of a file."""
    pairs = zip(text.split("\n"), code_lines(text), strict=True)
    return tuple(
        _Line(" ".join(raw.split()), raw, bool(code.strip()) and not raw.lstrip().startswith(("//", "/*")))
        for raw, code in pairs
        if raw.strip()
    )


@lru_cache(maxsize=200_000)
def _tokens(key: str) -> tuple[str, ...]:
    """The tokens of a line without comments."""
    return tuple(_TOKEN.findall(" ".join(code_lines(key))))


@lru_cache(maxsize=200_000)
def _shape(key: str) -> str:
    """The tokens with identifiers as ``I``, numbers as ``0`` and strings as ``"``."""
    return " ".join(map(_class, _tokens(key)))


def _class(token: str) -> str:
    if token[0] in '"':
        return '"'
    if token[0].isdigit() or (token[0] == "'" and len(token) > 1):
        return "0"
    return "I" if (token[0].isalpha() or token[0] in "_\\") and token not in KEYWORDS else token


@lru_cache(maxsize=200_000)
def _ends(key: str) -> tuple[str, str]:
    """The class of the first token and the last token as it stands."""
    tokens = _tokens(key)
    return (_class(tokens[0]), tokens[-1]) if tokens else ("", "")


def copy_line(files: Mapping[str, str], path: str, prefix: str) -> Copy:
    """Propose the line that follows `prefix` in `path`, copied from `prefix` itself or from the other
    `files`.

    Args:
        files: path -> text of the other files of the unit.
        path: of the file that is written, for the choice of the nearest place.
        prefix: its text before the line.
    """
    own = _lines(prefix)
    if not own:
        return _first_line(files, path)
    places = [(2, own), *((_nearness(path, p), _lines(text)) for p, text in files.items() if p != path)]
    for stage in STAGES:
        best: tuple[tuple[int, int, int, int], _Line, _Line] | None = None
        for near, lines in places:
            for index, closeness in _matches(stage, lines, own[-1].key):
                rank = (*_rank(stage, closeness, lines, index, own), near, index if near == 2 else -index)
                if best is None or rank > best[0]:
                    best = (rank, lines[index], lines[index - 1])
        if best is not None:
            text = _moved(best[1].raw, best[2].raw, own[-1].raw)
            return Copy(text, stage, best[0][0] if stage == "exact" else 0)
    return Copy("", "none", 0)


def _nearness(path: str, other: str) -> int:
    """1 for a file of the same folder, 0 for another; the own file is 2."""
    return int(PurePosixPath(path).parent == PurePosixPath(other).parent)


def _matches(stage: str, lines: tuple[_Line, ...], above: str) -> Iterator[tuple[int, int]]:
    """(index, closeness) of the lines of code whose line above matches `above` at this stage."""
    for index in range(1, len(lines)):
        if not lines[index].is_code:
            continue
        key = lines[index - 1].key
        if stage == "exact":
            closeness = int(key == above)
        elif stage == "shape":
            closeness = int(_shape(key) == _shape(above))
        else:
            (first, last), (wanted_first, wanted_last) = _ends(key), _ends(above)
            closeness = 2 * (last == wanted_last) + (first == wanted_first)
        if closeness:
            yield index, closeness


def _rank(
    stage: str, closeness: int, lines: tuple[_Line, ...], index: int, own: tuple[_Line, ...]
) -> tuple[int, int]:
    """How far the lines above `index` match the end of `own`: (equal lines, then also of equal shape)."""
    reach = min(index, len(own))
    if stage == "ends":
        run = 1
        while run < min(reach, SHAPE_RUN) and _shape(lines[index - 1 - run].key) == _shape(own[-1 - run].key):
            run += 1
        return closeness, run
    equal = 0
    while equal < reach and lines[index - 1 - equal].key == own[-1 - equal].key:
        equal += 1
    similar, reach = equal, min(reach, equal + SHAPE_RUN)
    while similar < reach and _shape(lines[index - 1 - similar].key) == _shape(own[-1 - similar].key):
        similar += 1
    return equal, similar


def _first_line(files: Mapping[str, str], path: str) -> Copy:
    """For the beginning of a file: the first line of code of the nearest other file."""
    for near in (1, 0):
        for other, text in files.items():
            found = next((line.raw for line in _lines(text) if line.is_code), None)
            if found is not None and _nearness(path, other) == near:
                return Copy(found, "first", 0)
    return Copy("", "none", 0)


def _moved(line: str, above_there: str, above_here: str) -> str:
    """`line`, indented by what the lines above differ in; as it is when that is not clear."""
    there, before, here = _indent(line), _indent(above_there), _indent(above_here)
    if there.startswith(before):  # deeper or as deep as the line above
        return here + there[len(before) :] + line.lstrip(" \t")
    step = before[len(there) :] if before.startswith(there) else None
    if step is not None and here.endswith(step):  # less deep
        return here[: len(here) - len(step)] + line.lstrip(" \t")
    return line


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]
