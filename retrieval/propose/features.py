"""The numeric features of a proposal: what its sources know, and how its text fits the place.

`FEATURES` is append-only: a ranker trained on the first n features keeps working. Every feature is a float; flags are
0 or 1; a rank r within a source is stored as 1 / r, so that 0 means "not proposed by this source". Meanings:
docs/proposals.md.

    FEATURES.index("match_exact_lines")
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from math import log1p

from rtlgen.retrieval.lines import KINDS, Line, indent_of, read_line
from rtlgen.retrieval.propose.position import Position

RANKS = ("copy", "rename", "analogy", "run", "list", "closer", "port", "signal", "vocabulary", "template")
"""Names of proposals' sources; each has a feature ``<name>_rank``."""

EVIDENCE: tuple[str, ...] = (
    "match_exact_lines",
    "match_shape_lines",
    "match_count",
    "match_same_gap",
    "match_same_comment",
    "match_own_file",
    "match_distance",
    "match_likeness",
    "match_same_dir",
    "match_first_rank",
    "rename_changed",
    "rename_conflicts",
    "rename_names_left",
    *(f"{name}_rank" for name in RANKS),
    "run_length",
    "run_distance",
    "list_count",
    "closer_depth",
)
"""What sources say about a line. """

TEXT: tuple[str, ...] = (
    "sources",
    "votes",
    "vote_share",
    "names",
    "names_unknown",
    "names_own",
    "names_unit_only",
    "names_recent",
    "names_used_once",
    "first_name_count",
    "first_name_known",
    "seen_own",
    "seen_distance",
    "seen_unit",
    "indent_delta",
    "indent_same",
    "indent_block_delta",
    "balance",
    "balance_block",
    "tokens",
    "characters",
    "same_shape",
    "same_kind",
    "same_first_token",
    "same_end",
    "ends_comma",
    "ends_semicolon",
    "ends_begin",
    "overlap_last",
    "overlap_comment",
    "has_comment",
    "kind_after_kind",
    "shape_after_shape",
    "shape_known",
    "block_file",
    "block_module",
    "block_round",
    "block_begin",
    "block_case",
    "block_other",
    "depth",
    "gap_none",
    "gap_blank",
    "gap_comment",
    "run_above",
    "prefix_lines",
    "last_balance",
    "last_ends_comma",
    "last_ends_semicolon",
    "last_ends_begin",
)
"""How the text fits the place."""

FEATURES: tuple[str, ...] = (
    *EVIDENCE,
    *TEXT,
    *(f"kind_{kind}" for kind in KINDS),
    *(f"last_{kind}" for kind in KINDS),
    "match_coarse_lines",
    "match_key_lines",
    "match_tail_lines",
    "spelling",
    "port_declared",
    "port_rest",
    "part_rank",
    "part_count",
    "edit_rank",
    "edit_name",
    "edit_source",
    "edit_constant",
    "edit_range",
    "edit_header",
    "vocabulary_count",
    "match_skipped",
    "edit_repair",
    "edit_operator",
    "process_seq",
    "process_comb",
    "process_initial",
    "process_fits",
    "header_rank",
    "header_user",
    "edit_file",
    "suffix_names",
    "suffix_line",
    "skip_rank",
    "edit_declared",
)
"""Names of the features, in the order of `Proposal.features`. Append only."""

_INVERTED = frozenset(f"{name}_rank" for name in RANKS) | {
    "match_first_rank",
    "part_rank",
    "edit_rank",
    "header_rank",
}
_LOGARITHMIC = frozenset(("match_count", "match_distance", "list_count", "part_count", "vocabulary_count"))
_WORD = re.compile(r"[A-Za-z]+|\d+")
_BLOCKS = {
    "module": "block_module",
    "macromodule": "block_module",
    "(": "block_round",
    "begin": "block_begin",
}
_BLOCKS |= {"case": "block_case", "casex": "block_case", "casez": "block_case"}
_PROCESS = {
    ("seq", "nonblocking"): 1.0,
    ("comb", "blocking"): 1.0,
    ("initial", "blocking"): 0.5,
    ("", "assign"): 0.5,
    ("seq", "assign"): -1.0,
    ("comb", "assign"): -1.0,
    ("comb", "nonblocking"): -1.0,
    ("seq", "blocking"): -0.5,
    ("", "blocking"): -0.5,
    ("", "nonblocking"): -0.5,
}
_LAST = {kind: f"last_{kind}" for kind in KINDS}
_KIND = {kind: f"kind_{kind}" for kind in KINDS}
_SLOT = {name: index for index, name in enumerate(FEATURES)}


class Place:
    """What all proposals at one position share; computed once."""

    def __init__(self, position: Position) -> None:
        self.position = position
        self.last: Line = position.last
        self.names = position.names
        self.recent = {name for line in position.code[-5:] for name in line.names}
        self.seen: dict[tuple[str, ...], int] = {}
        for index, line in enumerate(position.code):
            self.seen[line.tokens] = index
        self.indent = len(position.indent.expandtabs(4))
        self.block = position.blocks[-1] if position.blocks else None
        self.block_indent = len(self.block.indent.expandtabs(4)) if self.block else 0
        self.last_words = set(self.last.names)
        self.kinds, self.shapes = _transitions(position)
        above = position.lines[-1].strip() if position.lines and position.gap > 1 else ""
        self.comment = {word.lower() for word in _WORD.findall(above) if len(word) > 1}
        self.below = {name for line in position.below[:400] for name in line.names}
        self.next_tokens = position.below[0].tokens if position.below else ()
        self.shared = self._shared()

    def _shared(self) -> list[float]:
        """The features that do not depend on the proposal, as a full row."""
        position, last = self.position, self.last
        row = [0.0] * len(FEATURES)
        token = self.block.token if self.block else ""
        row[_SLOT[_BLOCKS.get(token, "block_other") if token else "block_file"]] = 1.0
        row[_SLOT["depth"]] = float(min(len(position.blocks), 12))
        row[_SLOT["gap_none"]] = float(position.gap == 0)
        row[_SLOT["gap_blank"]] = float(position.gap == 1)
        row[_SLOT["gap_comment"]] = float(position.gap > 1)
        run = 0
        for line in reversed(position.code[-20:]):
            if line.shape != last.shape:
                break
            run += 1
        row[_SLOT["run_above"]] = float(run)
        row[_SLOT["prefix_lines"]] = log1p(len(position.code))
        row[_SLOT["last_balance"]] = float(last.balance)
        end = last.tokens[-1] if last.tokens else ""
        row[_SLOT["last_ends_comma"]] = float(end == ",")
        row[_SLOT["last_ends_semicolon"]] = float(end == ";")
        row[_SLOT["last_ends_begin"]] = float(end == "begin")
        row[_SLOT[_LAST[last.kind]]] = 1.0
        if position.process:
            row[_SLOT[f"process_{position.process}"]] = 1.0
        return row


def _transitions(position: Position) -> tuple[Counter[str], Counter[str]]:
    """How often each kind and each shape followed a line of the last line's kind and shape in the unit."""
    kinds: Counter[str] = Counter()
    shapes: Counter[str] = Counter()
    last = position.last
    for segment, weight in ((position.own, 2), (position.continuation.segment, 1)):
        for kind, count in segment.kinds_after(last.kind).items():
            kinds[kind] += weight * count
        for shape, count in segment.shapes_after(last.shape).items():
            shapes[shape] += weight * count
    return kinds, shapes


def row_of(
    place: Place, text: str, evidence: Mapping[str, float], sources: int, votes: float, total: float
) -> list[float]:
    """The features of one proposal in the order of `FEATURES`.

    `evidence`: best value per evidence feature over its sources; `sources`: how many proposed it; `votes` of `total`:
    summed match weights of the places that propose it.
    """
    row = list(place.shared)
    for name, value in evidence.items():
        if name in _INVERTED:
            value = 1.0 / value
        elif name in _LOGARITHMIC:
            value = log1p(value)
        row[_SLOT[name]] = value
    row[_SLOT["sources"]] = float(sources)
    row[_SLOT["votes"]] = log1p(votes)
    row[_SLOT["vote_share"]] = votes / total if total else 0.0
    line = read_line(text.strip())
    row[_SLOT[_KIND[line.kind]]] = 1.0
    row[_SLOT["process_fits"]] = _PROCESS.get((place.position.process, line.kind), 0.0)
    if place.below:
        row[_SLOT["suffix_names"]] = sum(name in place.below for name in line.names) / (len(line.names) or 1)
        row[_SLOT["suffix_line"]] = float(line.tokens == place.next_tokens)
    _names(place, line, row)
    _layout(place, line, text, row)
    return row


def _names(place: Place, line: Line, row: list[float]) -> None:
    """Features of the identifiers and of earlier occurrences of the same line."""
    own, unit = place.names, place.position.continuation.names
    names = set(line.names)
    count = len(names) or 1
    known = [name for name in names if name in own]
    elsewhere = [name for name in names if name not in own and name in unit]
    row[_SLOT["names"]] = float(len(names))
    row[_SLOT["names_unknown"]] = float(len(names) - len(known) - len(elsewhere))
    row[_SLOT["names_own"]] = len(known) / count
    row[_SLOT["names_unit_only"]] = len(elsewhere) / count
    row[_SLOT["names_recent"]] = len(names & place.recent) / count
    row[_SLOT["names_used_once"]] = float(sum(own[name] == 1 for name in known))
    if line.names:
        first = line.names[0]
        row[_SLOT["first_name_count"]] = log1p(own[first])
        row[_SLOT["first_name_known"]] = float(first in own)
    at = place.seen.get(line.tokens)
    if at is not None:
        row[_SLOT["seen_own"]] = 1.0
        row[_SLOT["seen_distance"]] = 1.0 / (len(place.position.code) - at)
    row[_SLOT["seen_unit"]] = log1p(place.position.continuation.count(line.tokens))
    row[_SLOT["overlap_last"]] = len(names & place.last_words) / count
    if place.comment and line.names:
        words = {word.lower() for name in names for word in _WORD.findall(name)}
        row[_SLOT["overlap_comment"]] = len(words & place.comment) / len(place.comment)


def _layout(place: Place, line: Line, text: str, row: list[float]) -> None:
    """Features of indentation, brackets, shape and ending."""
    last = place.last
    indent = len(indent_of(text).expandtabs(4))
    row[_SLOT["indent_delta"]] = float(max(-16, min(16, indent - place.indent)))
    row[_SLOT["indent_same"]] = float(indent == place.indent)
    row[_SLOT["indent_block_delta"]] = float(max(-16, min(16, indent - place.block_indent)))
    row[_SLOT["balance"]] = float(line.balance)
    token = place.block.token if place.block else ""
    row[_SLOT["balance_block"]] = float((token in ("(", "{", "[")) and line.balance < 0)
    row[_SLOT["tokens"]] = log1p(len(line.tokens))
    row[_SLOT["characters"]] = log1p(len(line.text))
    row[_SLOT["same_shape"]] = float(line.shape == last.shape)
    row[_SLOT["same_kind"]] = float(line.kind == last.kind)
    if line.tokens and last.tokens:
        row[_SLOT["same_first_token"]] = float(line.tokens[0] == last.tokens[0])
        row[_SLOT["same_end"]] = float(line.tokens[-1] == last.tokens[-1])
    end = line.tokens[-1] if line.tokens else ""
    row[_SLOT["ends_comma"]] = float(end == ",")
    row[_SLOT["ends_semicolon"]] = float(end == ";")
    row[_SLOT["ends_begin"]] = float(end == "begin")
    row[_SLOT["has_comment"]] = float("//" in text or "/*" in text)
    kinds, shapes = place.kinds, place.shapes
    row[_SLOT["kind_after_kind"]] = (kinds[line.kind] + 0.5) / (kinds.total() + 7.5)
    row[_SLOT["shape_after_shape"]] = shapes[line.shape] / (shapes.total() + 2.0)
    row[_SLOT["shape_known"]] = float(place.position.continuation.knows_shape(line.shape))
