"""Assignments that are still missing: registers of the reset branch, defaults, outputs nothing drives, next states.

The target comes from the other branch of the process, from the order of names elsewhere, or from declared outputs
and registers without a driver. The source comes from rules the unit shows (``x_q <= x_d``, ``y_o = y_r``), from the
last assignment by analogy, from its constant, and from names that share the target's parts.

    propose(Position.at("a.v", prefix, Continuation(files)))
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rtlgen.retrieval.lines import Line, classes
from rtlgen.retrieval.propose.expected import expected_names, undriven
from rtlgen.retrieval.propose.position import Position, Proposal
from rtlgen.retrieval.propose.rename import analogy, split_change
from rtlgen.retrieval.segments import Segment

_ASSIGNING = ("assign", "nonblocking", "blocking")
_LIMIT = 16
Rule = tuple[str, str, str]


def propose(position: Position) -> list[Proposal]:
    """Assignments to expected targets, likeliest first."""
    kind = _expected_kind(position)
    if not kind:
        return []
    targets = _targets(position, kind)
    pairs: list[tuple[float, str, str]] = []
    for rank, (target, base) in enumerate(targets[:6]):
        for place, source in enumerate(_sources(position, target, kind)):
            pairs.append((base + rank + 0.8 * place, target, source))
    pairs.sort(key=lambda pair: pair[0])
    result = []
    for number, (_, target, source) in enumerate(pairs[:_LIMIT]):
        evidence = {"signal_rank": number + 1.0}
        result.append(Proposal(_text(position, kind, target, source), "signal", evidence))
    return result


def _expected_kind(position: Position) -> str:
    """The kind of assignment that fits here: by the process around the cursor and the last line; empty if none."""
    last = position.last
    if position.process == "seq":
        return "nonblocking"
    if position.process in ("comb", "initial"):
        return "blocking"
    if position.blocks and position.blocks[-1].token in ("module", "generate", "begin"):
        return "assign" if last.kind == "assign" or position.gap else ""
    return ""


def _targets(position: Position, kind: str) -> list[tuple[str, float]]:
    """``(name, cost)`` of what may be assigned next."""
    found: dict[str, float] = {}
    if kind != "assign":
        for rank, name in enumerate(_pending(position)[:5]):
            found.setdefault(name, 0.5 * rank)
    if position.last.kind in _ASSIGNING:
        for rank, (name, _) in enumerate(expected_names(position)[:4]):
            found[name] = min(found.get(name, 9.0), 0.7 * rank)
    for rank, name in enumerate(undriven(position)[:4]):
        found.setdefault(name, 2.0 + rank)
    return sorted(found.items(), key=lambda item: item[1])


def _pending(position: Position) -> list[str]:
    """Names that earlier branches of this process assign and the current branch does not yet, in order."""
    start = position.process_line
    branch = position.blocks[-1].line if position.blocks and position.blocks[-1].token == "begin" else start
    before = [line.key for line in position.code[start:branch] if line.kind in _ASSIGNING]
    here = {line.key for line in position.code[branch:] if line.kind in _ASSIGNING}
    order = list(dict.fromkeys(before))
    last = position.last.key
    if last in order:
        at = order.index(last) + 1
        order = order[at:] + order[:at]
    return [name for name in order if name and name not in here]


def _sources(position: Position, target: str, kind: str) -> list[str]:
    """Right-hand sides for `target`, likeliest first, at most 5."""
    found: list[str] = []

    def add(source: str | None) -> None:
        if source and source != target and source not in found:
            found.append(source)

    last = position.last
    single = last.tokens[-2] if len(last.tokens) >= 4 and last.tokens[-3] in ("=", "<=") else ""
    if last.kind in _ASSIGNING and single:
        if classes[single] == "I":
            image = analogy(last.key, single, target)
            if image in position.names:
                add(image)
        else:
            add(single)
    for head, old, new in _rules(position, kind)[:6]:
        image = _apply(target, head, old, new)
        if image is not None and image in position.names:
            add(image)
    if last.kind in _ASSIGNING and single and classes[single] == "I":
        add(analogy(last.key, single, target))
    if kind != "nonblocking":
        for name in _unused_inputs(position)[:2]:
            add(name)
    if last.kind not in _ASSIGNING or classes[single or "x"] != "I":
        for constant in _constants(position, kind):
            add(constant)
    return found[:6]


def _unused_inputs(position: Position) -> list[str]:
    """Inputs of the module that no line uses yet, in declaration order."""
    names = [
        line.key
        for line in position.code[position.module_start :]
        if line.kind == "port" and "input" in line.tokens[:2] and position.names[line.key] == 1
    ]
    return [name for name in names if not name.startswith(("clk", "rst", "reset"))]


def _assignments(segment: Segment, kind: str) -> Iterator[Line]:
    """Assignments of one kind whose source is one token."""
    for line in segment.lines:
        if (
            line.kind == kind
            and len(line.tokens) >= 4
            and line.tokens[-3] in ("=", "<=")
            and line.tokens[-1] == ";"
        ):
            yield line


def _rules_of(segment: Segment, kind: str) -> Counter[Rule]:
    """Name changes from target to source: ``("", "_q", "_d")`` for suffixes, ``("^", "", "next_")`` for prefixes."""
    rules: Counter[Rule] = Counter()
    for line in _assignments(segment, kind):
        source = line.tokens[-2]
        if classes[source] != "I" or source == line.key:
            continue
        head, old, new, tail = split_change(line.key, source)
        if head and len(head) > 1 and not tail:
            rules["$", old, new] += 1
        elif tail and len(tail) > 1 and not head:
            rules["^", old, new] += 1
    return rules


def _rules(position: Position, kind: str) -> list[Rule]:
    """Rules of the own file and the unit, most frequent first."""
    derived = position.continuation.derived
    key = f"rules {kind}"
    if key not in derived:
        derived[key] = _rules_of(position.continuation.segment, kind)
    rules: Counter[Rule] = Counter()
    for rule, count in derived[key].most_common(12):
        rules[rule] += count
    for rule, count in _rules_of(position.own, kind).items():
        rules[rule] += 4 * count
    return [rule for rule, _ in rules.most_common(8)]


def _apply(target: str, where: str, old: str, new: str) -> str | None:
    """The target with its end (``$``) or start (``^``) changed from `old` to `new`; None when it does not fit."""
    if where == "$" and target.endswith(old):
        return target[: len(target) - len(old)] + new
    if where == "^" and target.startswith(old):
        return new + target[len(old) :]
    return None


def _constants(position: Position, kind: str) -> list[str]:
    """The constants most often assigned in the own file, else in the unit."""
    counts: Counter[str] = Counter()
    for segment in (position.own, position.continuation.segment):
        counts.update(
            line.tokens[-2] for line in _assignments(segment, kind) if classes[line.tokens[-2]] == "0"
        )
        if counts:
            break
    return [constant for constant, _ in counts.most_common(2)]


def _text(position: Position, kind: str, target: str, source: str) -> str:
    """The assignment, laid out as the last line when that is one of the same form."""
    operator = "<=" if kind == "nonblocking" else "="
    images = [*(["assign"] if kind == "assign" else []), target, operator, source, ";"]
    last = position.last
    if last.kind == kind and len(last.tokens) == len(images):
        return position.laid_out(images)
    opens = last.tokens[-1:] in (("begin",), (":",), ("else",)) or (
        last.kind == "control" and last.tokens[-1:] != (";",)
    )
    indent = position.indent + position.step if opens else position.indent
    return indent + " ".join(images[:-1]) + ";"
