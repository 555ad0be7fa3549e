"""State graphs as text: tables of transitions, lists of arrows, and rows by state.

    State | Next state in=0, in=1 | Output      A (0) --in=1--> B      - A (out=0): in=0 -> A, in=1 -> B
    A     | A, B                  | 0           A --1/0--> B           A -> B when in=1

A graph is taken when every target is a state that has transitions of its own, and every state (or transition) says its
output, if the text gives outputs at all. It writes no Verilog (`states`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_STATE = r"`?([A-Za-z_]\w*|[01]{2,})`?"
_OUT = r"(?:\s*[(\[]\s*([^()\[\]]*?)\s*[)\]])?"
_ARROW = re.compile(
    rf"^\s*(?:[-*]\s+)?{_STATE}{_OUT}\s*(?:-+|=+)\s*\(?([^>()]*?)\)?\s*(?:-*|=*)>\s*{_STATE}{_OUT}\s*[.;,]?\s*$"
)
_WHEN = re.compile(
    rf"^\s*(?:[-*]\s+)?{_STATE}{_OUT}\s*(?:-+|=+)>\s*{_STATE}{_OUT}\s*(?::|when|if|on|for)\s*(.+?)[.;,]?\s*$"
)
_ROW = re.compile(rf"^\s*(?:[-*]\s+)?(?:state\s+)?{_STATE}{_OUT}\s*:\s*(.+->.+)$", re.IGNORECASE)
_MOVE = re.compile(rf"^\s*(?:if\s+|when\s+)?(.*?)\s*->\s*{_STATE}{_OUT}\s*[.;]?\s*$")
_TERM = re.compile(r"^([A-Za-z_]\w*)\s*={1,2}\s*(?:\d+'b)?([01]+)$")
_HEAD = re.compile(r"^\W*(?:present |current |old )?state\b", re.IGNORECASE)
_RULE = re.compile(r"^[\s|+:=-]*$")

Condition = tuple[tuple[str, int], ...]
"""(input, value) pairs that hold together; empty: always, or in all other cases."""


@dataclass(frozen=True)
class Move:
    """One transition; `says` are outputs that it gives (Mealy)."""

    when: Condition
    target: str
    says: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Graph:
    """States in the order in which the text names them, with their transitions and outputs (Moore)."""

    moves: dict[str, list[Move]] = field(default_factory=dict)
    says: dict[str, dict[str, int]] = field(default_factory=dict)
    first: int = 0
    last: int = 0

    @property
    def whole(self) -> bool:
        """Every target is known, and there are at least two states."""
        targets = {move.target for moves in self.moves.values() for move in moves}
        return len(self.moves) > 1 and targets <= set(self.moves)


@dataclass(frozen=True)
class Signals:
    """What labels may speak of: data inputs and outputs with their widths."""

    inputs: Mapping[str, int]
    outputs: Mapping[str, int]

    def condition(self, text: str) -> Condition | None:
        """A label as a condition; None when it is none."""
        text = text.strip().strip("`")
        if text.lower() in ("", "else", "otherwise", "always", "default"):
            return ()
        if re.fullmatch(r"[01]+", text) and len(self.inputs) == 1:
            ((name, width),) = self.inputs.items()
            return ((name, int(text, 2)),) if len(text) == width else None
        found = []
        for part in re.split(r"\s*(?:,|&&?|\band\b)\s*", text):
            match = _TERM.match(part)
            bare = re.fullmatch(r"([!~]?)\s*([A-Za-z_]\w*)", part)
            if match and match[1] in self.inputs:
                found.append((match[1], int(match[2], 2)))
            elif bare and self.inputs.get(bare[2]) == 1:
                found.append((bare[2], 0 if bare[1] else 1))
            else:
                return None
        return tuple(found)

    def said(self, text: str) -> dict[str, int] | None:
        """``1``, ``z=1`` or ``z=1, w=0`` as values of outputs; None when it is none."""
        text = text.strip()
        if re.fullmatch(r"[01]+", text):
            if len(self.outputs) == 1 and len(text) in (1, *self.outputs.values()):
                return {next(iter(self.outputs)): int(text, 2)}
            if len(text) == len(self.outputs) and set(self.outputs.values()) == {1}:
                return {name: int(bit) for name, bit in zip(self.outputs, text, strict=True)}
            return None
        found = {}
        for part in re.split(r"\s*,\s*", text):
            match = _TERM.match(part)
            if match is None:
                return None
            name = match[1]
            if name not in self.outputs:
                if name.lower() not in ("out", "output") or len(self.outputs) != 1:
                    return None
                name = next(iter(self.outputs))
            found[name] = int(match[2], 2)
        return found


def graphs(text: str, signals: Signals) -> Iterator[Graph]:
    """The whole graphs of a text: all arrows and rows together, then each table."""
    lines = text.splitlines()
    drawn = _arrows(lines, signals)
    if drawn is not None and drawn.whole:
        yield drawn
    for at, line in enumerate(lines):
        if _HEAD.match(line):
            table = _table(lines, at, signals)
            if table is not None and table.whole:
                yield table


def _arrows(lines: Sequence[str], signals: Signals) -> Graph | None:
    graph = Graph()
    strange: list[str] = []
    for number, line in enumerate(lines):
        parts = _moves(line, signals)
        if parts is None:
            strange += [line] if "->" in line else []
            continue
        source, says, moves = parts
        if not graph.moves:
            graph.first = number
        graph.last = number
        graph.moves.setdefault(source, []).extend(moves)
        if says and graph.says.setdefault(source, says) != says:
            return None
    lost = any(
        re.match(rf"\s*(?:[-*]\s+)?{re.escape(name)}\b", line) for line in strange for name in graph.moves
    )
    return graph if graph.moves and not lost else None


def _moves(line: str, signals: Signals) -> tuple[str, dict[str, int], list[Move]] | None:
    """(state, its outputs, transitions) of a line of arrows; None when it is none."""
    if match := _ROW.match(line):
        moves = []
        for part in re.split(r",\s*(?=[^,()]*->)", match[3]):
            inner = _MOVE.match(part)
            when = signals.condition(inner[1]) if inner else None
            if inner is None or when is None:
                return None
            moves.append(Move(when, inner[2], (signals.said(inner[3]) if inner[3] else None) or {}))
        return match[1], (signals.said(match[2]) if match[2] else None) or {}, moves
    if match := _ARROW.match(line):
        source, out, label, target = match[1], match[2], match[3], match[4]
    elif match := _WHEN.match(line):
        source, out, label, target = match[1], match[2], match[5], match[3]
    else:
        return None
    label, _, given = label.partition("/")
    when = signals.condition(label)
    says = signals.said(given) if given else {}
    if when is None or says is None:
        return None
    return source, (signals.said(out) if out else None) or {}, [Move(when, target, says)]


def _table(lines: Sequence[str], at: int, signals: Signals) -> Graph | None:
    """The table of transitions whose head is line `at`."""
    columns = _columns(_cells(lines[at], 0), signals)
    if columns is None:
        return None
    graph = Graph(first=at, last=at)
    for number, line in enumerate(lines[at + 1 :], at + 1):
        if _RULE.match(line):
            if graph.moves and not line.strip():
                break
            continue
        cells = _cells(line, len(columns) + 1)
        if len(cells) != len(columns) + 1 or not re.fullmatch(r"[A-Za-z_]\w*|[01]+", cells[0]):
            break
        if not _take(graph, cells, columns, signals):
            return None
        graph.last = number
    return graph


def _take(graph: Graph, cells: Sequence[str], columns: Sequence[Condition | str], signals: Signals) -> bool:
    """Take a row's transitions and outputs into `graph`; False when a cell is neither."""
    moves = []
    for cell, column in zip(cells[1:], columns, strict=True):
        if isinstance(column, str):
            said = signals.said(cell if column == "*" else f"{column}={cell}")
            if said is None:
                return False
            graph.says.setdefault(cells[0], {}).update(said)
            continue
        target, _, given = cell.partition("/")
        says = signals.said(given) if given else {}
        if says is None:
            return False
        moves.append(Move(column, target.strip(), says))
    graph.moves.setdefault(cells[0], []).extend(moves)
    return True


def _columns(head: Sequence[str], signals: Signals) -> list[Condition | str] | None:
    """A condition for each column of next states, a name for each of an output (``*``: the only one)."""
    columns: list[Condition | str] = []
    plain = []
    for cell in head[1:]:
        text = re.sub(
            r"^(?:next[ _-]?state|next|ns)\b\s*[:(,]?\s*(?:when|if|for|with)?\s*",
            "",
            cell.strip(),
            flags=re.IGNORECASE,
        )
        text = re.sub(r"\s*\([^)]*\)$|\)$", "", text).strip()
        bare = re.sub(r"^outputs?\s+(?=\w)|\s*\[\d+:\d+\]$", "", text, flags=re.IGNORECASE)
        if bare in signals.outputs:
            columns.append(bare)
        elif re.fullmatch(r"(?:the )?out(?:put)?s?", text, re.IGNORECASE):
            columns.append("*")
        elif text == "":
            plain.append(len(columns))
            columns.append(())
        elif (when := signals.condition(text)) is not None:
            columns.append(when)
        else:
            return None
    if plain:
        if len(plain) == 2 and len(signals.inputs) == 1 and set(signals.inputs.values()) == {1}:
            for value, place in enumerate(plain):
                columns[place] = ((next(iter(signals.inputs)), value),)
        elif len(plain) > 1:
            return None
    return columns if any(not isinstance(column, str) for column in columns) else None


def _cells(line: str, count: int) -> list[str]:
    """Cells of a row, by bars and commas, or by blanks: wide gaps first, single ones when `count` wants it."""
    text = line.strip().strip("|").strip()
    if "|" in text or "," in text:
        return [cell.strip(" `*") for cell in re.split(r"\s*[|,]\s*", text)]
    found = [cell.strip(" `*") for cell in re.split(r"\s{2,}|\t+", text)]
    return found if not count or len(found) == count else text.split()
