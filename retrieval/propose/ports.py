"""Connections of an open instance: the next ports in declaration order, in the style of the lines above.

The next port comes from the module's declaration when the unit has it, else from the order of other instances. What
it is connected to comes from: the same name, the pattern of the connections above (``.i_x(core_x)``), what other
instances connect it to, and declared names that share its parts.

    propose(Position.at("top.v", prefix, Continuation(files)))
"""

from __future__ import annotations

import re
from collections import Counter

from rtlgen.retrieval.lines import classes, tail_of
from rtlgen.retrieval.propose.interfaces import OpenInstance, open_instance, unit_interfaces
from rtlgen.retrieval.propose.layout import aligned
from rtlgen.retrieval.propose.order import key_successors
from rtlgen.retrieval.propose.position import Position, Proposal
from rtlgen.retrieval.propose.rename import analogy

_CONNECTION = re.compile(r"\.\s*(\w+)\s*\((.*)\)\s*[,)]*\s*;?\s*(?://.*|/\*.*)?$")
_NAMES = 5
_EXPRESSIONS = 6
_LIMIT = 18


def propose(position: Position) -> list[Proposal]:
    """Next connections of the open port or parameter list, likeliest first; nothing outside of one."""
    instance = open_instance(position)
    if instance is None or instance.inner:
        return []
    names, order = _next_names(position, instance)
    pairs = [
        (rank * 1.5 + place, name, expression, known)
        for rank, (name, known) in enumerate(names)
        for place, expression in enumerate(_expressions(position, instance, name))
    ]
    pairs.sort(key=lambda pair: pair[0])
    result: list[Proposal] = []
    for number, (_, name, expression, known) in enumerate(pairs[:_LIMIT]):
        rest = len(order) - sum(done in order for done, _, _ in instance.connections) - 1
        final = known and rest <= 0
        evidence = {"port_rank": number + 1.0, "port_declared": float(known), "port_rest": float(rest)}
        texts = _spellings(position, instance, name, expression, final)
        result.extend(Proposal(text, "port", evidence) for text in texts)
    return result


def _next_names(position: Position, instance: OpenInstance) -> tuple[list[tuple[str, bool]], list[str]]:
    """Candidate names ``(name, from the declaration)``, and the declaration's order (empty when unknown)."""
    interface = unit_interfaces(position).get(instance.module)
    done = {name for name, _, _ in instance.connections}
    order: list[str] = []
    found: list[tuple[str, bool]] = []
    last = instance.connections[-1][0] if instance.connections else ""
    if interface is not None:
        order = list(interface.parameters if instance.parameters else interface.ports)
        start = order.index(last) + 1 if last in order else 0
        rest = [name for name in order[start:] + order[:start] if name not in done]
        found = [(name, True) for name in rest[:3]]
    if last:
        for name, _ in key_successors(position, last, ("portmap",))[:3]:
            if name not in done and (name, True) not in found and (not order or name in order):
                found.append((name, False))
    return found[:_NAMES], order


def _expressions(position: Position, instance: OpenInstance, name: str) -> list[str]:
    """What `name` may be connected to, likeliest first."""
    found: list[str] = []

    def add(expression: str | None) -> None:
        if expression is not None and expression not in found:
            found.append(expression)

    pairs = [(port, tokens[0] if len(tokens) == 1 else "") for port, tokens, _ in instance.connections[-6:]]
    pairs.reverse()
    for port, expression in pairs[:1]:
        if expression and classes[expression] == "I":
            add(analogy(port, expression, name))
    used = _elsewhere(position, name)
    for expression in used[:1]:
        add(expression)
    if name in position.names:
        add(name)
    for port, expression in pairs[1:]:
        if expression and classes[expression] == "I":
            add(analogy(port, expression, name))
    for expression in used[1:3]:
        add(expression)
    for expression in similar_names(position, name, 2):
        add(expression)
    add(name)
    if any(
        not expression and not tokens
        for (_, tokens, _), (_, expression) in zip(instance.connections, pairs, strict=False)
    ):
        add("")
    return found[:_EXPRESSIONS]


def _elsewhere(position: Position, name: str) -> list[str]:
    """Expressions, as written, that other lines connect to a port of this name; the own file's count more."""
    counts: Counter[str] = Counter()
    for segment, weight in ((position.own, 3), (position.continuation.segment, 1)):
        for index in segment.where(name):
            line = segment.lines[index]
            if line.kind == "portmap" and line.key == name:
                match = _CONNECTION.search(segment.texts[index])
                if match and match.group(1) == name:
                    counts[" ".join(match.group(2).split())] += weight
    return [expression for expression, _ in counts.most_common(3)]


def similar_names(position: Position, name: str, count: int) -> list[str]:
    """Names of the prefix that share most parts with `name` (direction letters do not count)."""
    parts = {part for part in name.lower().split("_") if len(part) > 1}
    if not parts:
        return []
    tail = tail_of(name)
    scored = []
    for index, other in enumerate(position.names):
        theirs = {part for part in other.lower().split("_") if len(part) > 1}
        common = len(parts & theirs)
        if common and other != name:
            score = common / len(parts | theirs) + 0.3 * (tail_of(other) == tail)
            scored.append((-score, -index, other))
    scored.sort()
    return [other for _, _, other in scored[:count]]


def _spellings(
    position: Position, instance: OpenInstance, name: str, expression: str, final: bool
) -> list[str]:
    """The connection in the style of the lines above; both endings when it may be the last one."""
    lines = [line for _, _, line in instance.connections]
    template = next((line for line in reversed(lines) if _plain(position.code[line].tokens)), None)
    if template is not None:
        text = position.texts[template]
        others = [position.texts[line] for line in lines[-6:] if line != template]
        leading = position.code[template].tokens[0] in (",", "(")
    else:
        text, leading = _foreign(position)
        others = []
    if not text:
        text = f"{position.indent if lines else position.indent + position.step}.x(x),"
    head = "," if leading and lines else "(" if leading else ""
    tail = "" if leading else ","
    bodies = []
    if not tail or not final:
        bodies.append([*head, ".", name, "(", expression, ")", *tail])
    if final:
        bodies.append([*head, ".", name, "(", expression, ")"])
    return [_typeset(body, text, others) for body in bodies]


def _plain(tokens: tuple[str, ...]) -> bool:
    """True for one connection a line, to a single token."""
    body = tokens[1:] if tokens and tokens[0] in (",", "(") else tokens
    return 5 <= len(body) <= 6 and body[0] == "." and body[2] == "(" and body[4] == ")"


def _foreign(position: Position) -> tuple[str, bool]:
    """A connection line of this file (the latest) or of the unit to take the style from."""
    for segment in (position.own, position.continuation.segment):
        for index in range(len(segment.lines) - 1, 0, -1):
            line = segment.lines[index]
            if line.kind == "portmap" and _plain(line.tokens):
                indent = (
                    position.indent if position.last.kind == "portmap" else position.indent + position.step
                )
                return indent + segment.texts[index].strip(), line.tokens[0] in (",", "(")
    return "", False


def _typeset(body: list[str], template: str, others: list[str]) -> str:
    """`body` with the blanks of a template; the template's first token is made to match."""
    stripped = template.lstrip()
    lead = template[: len(template) - len(stripped)]
    has = stripped[0] in ",("
    if has and body[0] == ".":
        template = lead + stripped[1:].lstrip()
    elif has and body[0] != stripped[0]:
        template = lead + body[0] + stripped[1:]
    elif not has and body[0] != ".":
        template = lead + body[0] + stripped
    return aligned(body, template, others)
