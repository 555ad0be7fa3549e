"""Ports and parameters of the module being declared, as the files that instantiate it know them.

A module's users name its ports in an order, mostly that of the declaration. Direction comes from the name's ending or
another declaration of the name, width from the signal a user connects, everything else from the lines above.

    propose(Position.at("fifo.v", prefix, Continuation(files)))
"""

from __future__ import annotations

from pathlib import PurePosixPath

from rtlgen.retrieval.lines import classes, read_line
from rtlgen.retrieval.propose.expected import expected_names
from rtlgen.retrieval.propose.interfaces import interfaces_in, read_instance
from rtlgen.retrieval.propose.layout import aligned
from rtlgen.retrieval.propose.position import Position, Proposal
from rtlgen.retrieval.propose.ranges import declared_range, range_of, with_range, written
from rtlgen.retrieval.segments import Segment

_LIMIT = 14
_OTHER = {"input": "output", "output": "input"}
Connection = tuple[str, str]


def propose(position: Position) -> list[Proposal]:
    """Next port or parameter lines of an open module header, likeliest first."""
    kind = _open_list(position)
    if not kind:
        return []
    connections = _known(position, kind)
    result: list[Proposal] = []
    for rank, (name, expression, from_user) in enumerate(connections[:5]):
        for place, text in enumerate(_lines(position, kind, name, expression)):
            evidence = {"header_rank": rank + 0.5 * place + 1.0, "header_user": float(from_user)}
            result.append(Proposal(text, "header", evidence))
    result.sort(key=lambda proposal: proposal.evidence["header_rank"])
    return result[:_LIMIT]


def _open_list(position: Position) -> str:
    """``port`` or ``parameter`` when the cursor stands in that list of a module header, else empty.

    ``port`` also directly after a header that only names its ports, and among port declarations in a body.
    """
    blocks = position.blocks
    if blocks and blocks[-1].token in ("module", "macromodule"):
        bare = position.last.kind == "port" or position.last.tokens[-2:] == (")", ";")
        return "port" if bare and _body_ports(position) else ""
    if (
        len(blocks) < 2
        or blocks[-1].token != "("
        or blocks[-2].token not in ("module", "macromodule", "interface")
    ):
        return ""
    line = position.code[blocks[-1].line]
    if "#" in line.tokens or line.tokens[:1] == ("#",):
        return "parameter" if position.last.kind != "port" else "port"
    return "port"


def module_name(position: Position) -> str:
    """Name of the module being declared, the file's stem when the header has none."""
    header = position.code[position.module_start]
    if header.kind == "header" and header.key:
        return header.key
    return PurePosixPath(position.path).name.split(".")[0]


def users_of(segment: Segment, module: str) -> list[tuple[list[Connection], list[Connection]]]:
    """For every instance of `module`: its ``(parameters, ports)`` as ``(name, connected text)`` in order."""
    result = []
    for index in segment.where(module):
        line = segment.lines[index]
        if line.tokens[0] == module and line.kind in ("instance", "other", "declaration"):
            result.append(read_instance(segment, index))
    return result


def _known(position: Position, kind: str) -> list[tuple[str, str, bool]]:
    """``(name, connected expression, a user names it)`` of what may come next."""
    done = {line.key for line in position.code[position.module_start :] if line.kind in ("port", "parameter")}
    found: list[tuple[str, str, bool]] = []
    last = position.last.key if position.last.kind in ("port", "parameter") else ""
    bare = _body_ports(position)
    start = bare.index(last) + 1 if last in bare else 0
    found.extend((name, "", True) for name in (bare[start:] + bare[:start])[:4])
    for parameters, ports in users_of(position.continuation.segment, module_name(position)):
        order = parameters if kind == "parameter" else ports
        names = [name for name, _ in order]
        start = names.index(last) + 1 if last in names else 0
        for name, expression in (order[start:] + order[:start])[:6]:
            if name not in done and name not in [known for known, _, _ in found]:
                found.append((name, expression, True))
    for name, _ in expected_names(position)[:4]:
        if name not in done and name not in [known for known, _, _ in found]:
            found.append((name, "", False))
    return found


def _body_ports(position: Position) -> list[str]:
    """Ports that the header names without declaring them and that no line declares yet."""
    interface = interfaces_in(position.own).get(module_name(position))
    if interface is None:
        return []
    lines = position.code[position.module_start :]
    declared = {name for line in lines if line.kind == "port" for name in line.names}
    return [name for name in interface.ports if name not in declared]


def _lines(position: Position, kind: str, name: str, expression: str) -> list[str]:
    """Declarations of `name` in the style of the lines above, at most 4."""
    above = [
        index
        for index in range(len(position.code) - 1, position.module_start, -1)
        if position.code[index].kind == kind and position.code[index].key
    ][:12]
    templates = [position.texts[index] for index in above]
    if not templates:
        templates = _foreign(position, kind)
    if not templates:
        return []
    chosen = [text for text in templates if _fits(position, name, text)][:1] or templates[:1]
    chosen += [text for text in templates[:1] if text not in chosen]
    if kind == "parameter":
        return [_declared(text, name, None) for text in chosen]
    ranges: list[tuple[str, ...]] = []
    for candidate in (_connected_range(position, expression), declared_range(position, name)):
        if candidate is not None and candidate not in ranges:
            ranges.append(candidate)
    result = []
    if not _direction(position, name):
        chosen += [_turned(text) for text in chosen]
    for text in chosen:
        own = read_line(text.strip()).tokens
        span = range_of(own)
        mine = own[span[0] : span[1]] if span else ()
        for wanted in [*ranges, mine, ()][:3]:
            line = _declared(text, name, wanted)
            if line not in result:
                result.append(line)
    return result[:6]


def _turned(text: str) -> str:
    """A port line of the other direction."""
    line = read_line(text.strip())
    images = [_OTHER.get(token, token) for token in line.tokens]
    return aligned(images, text)


def _foreign(position: Position, kind: str) -> list[str]:
    """A declaration line of another file to take the style from."""
    segment = position.continuation.segment
    for index in range(len(segment.lines) - 1, 0, -1):
        if segment.lines[index].kind == kind and segment.lines[index].tokens[-1:] == (",",):
            return [position.indent + position.step + segment.texts[index].strip()]
    return []


def _fits(position: Position, name: str, text: str) -> bool:
    """True when a template line declares the direction that `name` is likely to have."""
    line = read_line(text.strip())
    direction = _direction(position, name)
    if direction:
        return direction in line.tokens[:2]
    return line.key[-2:] == name[-2:]


def _direction(position: Position, name: str) -> str:
    """Direction by the ending of the name or by another port declaration of it, empty when unknown."""
    if name.endswith(("_i", "_ni", "_in")):
        return "input"
    if name.endswith(("_o", "_no", "_out")):
        return "output"
    segment = position.continuation.segment
    for index in segment.where(name):
        line = segment.lines[index]
        if line.kind == "port" and line.key == name:
            return next((token for token in line.tokens[:2] if token in ("input", "output", "inout")), "")
    return ""


def _connected_range(position: Position, expression: str) -> tuple[str, ...] | None:
    """Range of the signal that a user connects, None when it is no plain name or unknown."""
    if not expression or classes[expression] != "I":
        return None
    return declared_range(position, expression)


def _declared(text: str, name: str, wanted: tuple[str, ...] | None) -> str:
    """The template made to declare `name`, with another range when `wanted` is given and differs."""
    line = read_line(text.strip())
    images = [name if token == line.key else token for token in line.tokens]
    span = range_of(line.tokens)
    mine = line.tokens[span[0] : span[1]] if span else ()
    if wanted is None or wanted == mine:
        return aligned(images, text)
    return written(text, with_range(images, name, wanted))
