"""Parameter and port names of the unit's modules in declaration order, and the instance that is open at a position.

Works on the tokens of code lines, so it also reads unfinished files. It knows names and order only; widths and
directions are `rtlgen.retrieval.verilog`'s matter.

    interfaces_in(segment)["fifo"].ports
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rtlgen.retrieval.lines import classes
from rtlgen.retrieval.propose.position import Position
from rtlgen.retrieval.segments import Segment

_HEADS = ("module", "macromodule", "interface", "program")


@dataclass(frozen=True)
class Interface:
    """A module's `parameters` and `ports`, names in declaration order; `line` is the header's code line index."""

    name: str
    parameters: tuple[str, ...]
    ports: tuple[str, ...]
    line: int = 0


@dataclass
class OpenInstance:
    """An unfinished instantiation: its module, list (`parameters` or ports), and the connections above the cursor.

    `connections` holds ``(name, expression tokens, code line)``; `start` is the code line that opens the list.
    """

    module: str
    parameters: bool
    start: int
    name: str = ""
    connections: list[tuple[str, tuple[str, ...], int]] = field(default_factory=list)
    inner: bool = False


def interfaces_in(segment: Segment) -> dict[str, Interface]:
    """Interfaces of the modules declared in a segment; the first declaration of a name wins."""
    found: dict[str, Interface] = {}
    for index, line in enumerate(segment.lines):
        if line.kind == "header" and line.tokens[0] in _HEADS:
            interface = _read_header(segment, index)
            if interface is not None:
                found.setdefault(interface.name, interface)
    return found


def _header_tokens(segment: Segment, start: int) -> Iterator[str]:
    """Tokens of the lines from `start` to the ``;`` that ends a header, conditional directives left out."""
    depth = 0
    for line in segment.lines[start : start + 600]:
        if not line.tokens and line.kind == "other":
            return
        if line.kind == "directive" and line.tokens[0] in (
            "`ifdef",
            "`ifndef",
            "`else",
            "`endif",
            "`elsif",
            "`include",
        ):
            continue
        imported = "import" in line.tokens
        for token in line.tokens:
            if token == "(":
                depth += 1
            elif token == ")":
                depth -= 1
            if token == ";" and depth <= 0 and not imported:
                return
            yield token


def _read_header(segment: Segment, start: int) -> Interface | None:
    """Interface of the module whose header begins at code line `start`."""
    tokens = list(_header_tokens(segment, start))
    name = next((token for token in tokens[1:] if classes[token] == "I"), None)
    if name is None:
        return None
    lists: list[tuple[bool, list[str]]] = []
    index = 0
    while index < len(tokens):
        if tokens[index] == "(":
            stop = _closing(tokens, index)
            lists.append((index > 0 and tokens[index - 1] == "#", _declared(tokens[index + 1 : stop])))
            index = stop
        index += 1
    parameters = next((names for is_parameter, names in lists if is_parameter), [])
    ports = next((names for is_parameter, names in lists if not is_parameter), [])
    return Interface(name, tuple(parameters), tuple(ports), start)


def _closing(tokens: Sequence[str], start: int) -> int:
    """Index of the bracket that closes the one at `start`, or the end."""
    depth = 0
    for index in range(start, len(tokens)):
        if tokens[index] in ("(", "[", "{", "'{"):
            depth += 1
        elif tokens[index] in (")", "]", "}"):
            depth -= 1
            if depth == 0:
                return index
    return len(tokens)


def _declared(tokens: Sequence[str]) -> list[str]:
    """Names that a comma list declares: the last name of every item before its default value."""
    names: list[str] = []
    depth, last, inner, value = 0, "", "", False
    for token in [*tokens, ","]:
        if token in ("(", "[", "{", "'{"):
            depth += 1
        elif token in (")", "]", "}"):
            depth -= 1
        elif token == "," and depth == 0:
            if last or inner:
                names.append(last or inner)
            last, inner, value = "", "", False
        elif token == "=" and depth == 0:
            value = True
        elif not value and classes[token] == "I":
            if depth == 0:
                last = token
            else:
                inner = token
    return names


def unit_interfaces(position: Position) -> dict[str, Interface]:
    """Interfaces of the other files (computed once a unit), of the prefix, and of `position.modules`."""
    derived = position.continuation.derived
    if "interfaces" not in derived:
        derived["interfaces"] = interfaces_in(position.continuation.segment)
    merged: dict[str, Interface] = dict(derived["interfaces"])
    for name, module in position.modules.items():
        if name not in merged and module.ports:
            parameters = tuple(parameter for parameter, _ in module.parameters)
            merged[name] = Interface(name, parameters, tuple(port.name for port in module.ports))
    for name, interface in interfaces_in(position.own).items():
        merged.setdefault(name, interface)
    return merged


def open_instance(position: Position) -> OpenInstance | None:
    """The instance whose parameter or port list is open at the cursor, None when there is none."""
    brackets = [block for block in position.blocks if block.token in ("(", "[", "{", "'{")]
    if not brackets:
        return None
    first = next((i for i, block in enumerate(position.blocks) if block is brackets[0]), 0)
    if any(block.token not in ("(", "[", "{", "'{") for block in position.blocks[first:]):
        return None
    start = _statement(position, brackets[0].line)
    tokens: list[tuple[str, int]] = []
    for index in range(start, len(position.code)):
        if position.code[index].kind != "directive":
            tokens.extend((token, index) for token in position.code[index].tokens)
    return _parse_instance(tokens)


def _statement(position: Position, line: int) -> int:
    """First code line of the statement that holds the bracket opened at `line`."""
    start = line
    while start > 1 and line - start < 40:
        above = position.code[start - 1]
        if above.kind == "directive":
            start -= 1
            continue
        if not above.tokens or above.tokens[-1] in (";", "begin", "end", "else", "generate", "endgenerate"):
            break
        if above.kind in ("closer", "header", "control", "case_item") and above.tokens[0] not in (")", "}"):
            break
        start -= 1
    while start < line and position.code[start].kind == "directive":
        start += 1
    return start


def _parse_instance(tokens: list[tuple[str, int]]) -> OpenInstance | None:
    """Reads ``module [#(...)] name [range] (...`` up to the cursor."""
    words = [token for token, _ in tokens]
    index = 0
    while index < len(words) and (classes[words[index]] != "I" or words[index : index + 2][-1] == ":"):
        if words[index] in ("module", "interface", "(", "assign", "if", "for", "function"):
            return None
        index += 1
    if index >= len(words):
        return None
    module = words[index]
    index += 1
    name = ""
    while index < len(words):
        if words[index] == "(":
            is_parameter = words[index - 1] == "#"
            if not is_parameter and not name:
                return None
            stop = _closing(words, index)
            if stop >= len(words):
                opened = OpenInstance(module, is_parameter, tokens[index][1], name)
                _read_connections(opened, tokens[index + 1 :])
                return opened
            index = stop
        elif classes[words[index]] == "I":
            name = words[index]
        elif words[index] not in ("#", "[", "]", ":", "-", "+") and not words[index].isdigit():
            return None
        index += 1
    return None


def _read_connections(opened: OpenInstance, tokens: list[tuple[str, int]]) -> None:
    """Fills `connections` and `inner` (true inside an unfinished expression)."""
    depth = 0
    index = 0
    while index < len(tokens):
        token, line = tokens[index]
        if token == "." and depth == 0 and index + 1 < len(tokens):
            name = tokens[index + 1][0]
            expression: tuple[str, ...] = ()
            if index + 2 < len(tokens) and tokens[index + 2][0] == "(":
                words = [word for word, _ in tokens]
                stop = _closing(words, index + 2)
                expression = tuple(words[index + 3 : stop])
                if stop >= len(tokens):
                    opened.inner = True
                index = stop
            else:
                index += 1
            opened.connections.append((name, expression, line))
        elif token in ("(", "[", "{"):
            depth += 1
        elif token in (")", "]", "}"):
            depth -= 1
        index += 1


def read_instance(segment: Segment, start: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """``(parameters, ports)`` that the instance beginning at code line `start` connects, as ``(name, text)``."""
    tokens: list[str] = []
    for line in segment.lines[start : start + 200]:
        if line.kind != "directive":
            tokens.extend(line.tokens)
        if ";" in line.tokens or not line.tokens:
            break
    lists: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    index = 0
    while index < len(tokens):
        if tokens[index] == "(":
            stop = _closing(tokens, index)
            lists[tokens[index - 1] == "#"] += _connections(tokens[index + 1 : stop])
            index = stop
        index += 1
    return lists[True], lists[False]


def _connections(tokens: list[str]) -> list[tuple[str, str]]:
    """``.name(expression)`` pairs of one list; ``.name`` alone connects the same name."""
    found = []
    index = 0
    while index + 1 < len(tokens):
        if tokens[index] == "." and classes[tokens[index + 1]] == "I":
            name = tokens[index + 1]
            if index + 2 < len(tokens) and tokens[index + 2] == "(":
                stop = _closing(tokens, index + 2)
                found.append((name, " ".join(tokens[index + 3 : stop])))
                index = stop
            else:
                found.append((name, name))
                index += 1
        index += 1
    return found
