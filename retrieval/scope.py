"""What a designer at a place in a file can name there, and what is open around it.

`scope_at` finds the design unit that holds the place, reads its declarations with slang (nested scopes
only when they hold the place), and follows blocks, processes and port maps by keywords. All branches of
conditional compilation count. Unfinished and broken text is the usual case; nothing here raises. About 5
ms for 1,000 lines.

What is outside of the file (packages, included headers, other modules' port directions) is asked from
`elsewhere`, usually `rtlgen.retrieval.graph.Graph`; without it those names are missing.

    python -c "from rtlgen.retrieval.scope import scope_at; print(scope_at('module m(input a);\\n', 2).names)"
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from rtlgen.core.records import Instance, Module
from rtlgen.retrieval.blocks import PROCESSES, UNITS, Open, Tail, open_blocks, tail_of
from rtlgen.retrieval.declarations import Declarations, Signal, parse
from rtlgen.retrieval.drivers import assigned, driven_by
from rtlgen.retrieval.masking import Lines, Plain, plain
from rtlgen.retrieval.widths import literal_width

LABEL_TEXT = 40_000
"""Characters of an open case whose labels are read, the last ones."""

_START = re.compile(r"^[ \t]*(?:module|macromodule|interface(?!\s+class)|package|program)\b", re.MULTILINE)
_END = re.compile(r"\bend(?:module|interface|package|program)\b")
_EVENT = re.compile(r"@\s*\(([^()]*)\)|@\s*\*")
_EDGE = re.compile(r"(posedge|negedge)\s+([A-Za-z_][\w$.]*)")
_RESET = re.compile(r"rst|reset|clear|clr|por", re.IGNORECASE)
_SUBJECT = re.compile(r"\s*\(")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_LABEL = re.compile(
    r"(?:^|[;,]|\bend\b|\bcase[xz]?\s*\([^;]*?\))\s*((?:(?:[\w$.'{}\[\]]|::){1,80}\s*,\s*){0,12}(?:[\w$.'{}\[\]]|::){1,80})\s*:(?!:)"
)


class Elsewhere(Protocol):
    """What other files know."""

    def module(self, name: str) -> Module | None:
        """The module of that name."""

    def package_signals(self, name: str) -> tuple[Signal, ...]:
        """What a package declares; empty when it is unknown."""

    def included(self, name: str, path: str) -> str | None:
        """The text of a file that `path` includes by `name`."""


@dataclass(frozen=True, slots=True)
class Process:
    """An ``always`` or ``initial`` that holds the place.

    `kind` is ``ff`` (clocked), ``comb``, ``latch``, ``initial`` or ``final``; `clock` and `reset` are
    signal names, empty when there are none; `events` is the event control as written.
    """

    kind: str
    clock: str = ""
    reset: str = ""
    events: str = ""
    line: int = 0


@dataclass(frozen=True)
class Scope:
    """What is visible and open at a place.

    Attributes:
        module: the enclosing design unit as far as it is written, None outside of one.
        signals: visible names in order of declaration, those of packages (line 0) last; names declared
        below the place
            are in it too (compare `Signal.line`).
        driven_before, driven_after: names that the unit assigns above and below the place.
        in_instance: the unfinished instantiation that holds the place, with the ports (or parameters)
        connected so far. block: ``file`` ``module`` ``port_list`` ``parameter_list`` ``port_map``
        ``parameter_map`` ``always``
            ``initial`` ``case`` ``generate`` ``function`` ``task`` ``class``.
        process: the process that holds the place.
        case_subject, case_labels: of the innermost open ``case``: its expression and the labels so far.
        stack: open blocks, outermost first.
    """

    module: Module | None
    signals: tuple[Signal, ...]
    driven_before: frozenset[str] = frozenset()
    driven_after: frozenset[str] = frozenset()
    in_instance: Instance | None = None
    block: str = "file"
    process: Process | None = None
    case_subject: str = ""
    case_labels: tuple[str, ...] = ()
    stack: tuple[Open, ...] = ()
    line: int = 0
    imports: tuple[str, ...] = field(default=())

    @cached_property
    def names(self) -> dict[str, str]:
        """Visible name -> kind; macros with their backtick."""
        return {("`" if s.kind == "macro" else "") + s.name: s.kind for s in reversed(self.signals)}

    @cached_property
    def by_name(self) -> dict[str, Signal]:
        """Visible name -> its declaration (the nearest one wins)."""
        return {s.name: s for s in reversed(self.signals)}

    @property
    def drivers(self) -> frozenset[str]:
        """Names that the unit assigns anywhere in the text given."""
        return self.driven_before | self.driven_after


def scope_at(text: str, line: int, path: str = "", elsewhere: Elsewhere | None = None) -> Scope:
    """The scope at the start of the 1-based `line` of `text`; a line past the end means the end."""
    offset = Lines(text).start(line) if line <= text.count("\n") + 1 else len(text)
    return scope_between(text[:offset], text[offset:], path, elsewhere)


def scope_between(prefix: str, suffix: str = "", path: str = "", elsewhere: Elsewhere | None = None) -> Scope:
    """The scope between the text before and the text after a place."""
    line = prefix.count("\n") + 1
    try:
        return _scope(prefix, suffix, path, elsewhere, line)
    except Exception:  # a parser's bug must not stop a completion
        return Scope(None, (), line=line)


def _scope(prefix: str, suffix: str, path: str, elsewhere: Elsewhere | None, line: int) -> Scope:
    before = plain(prefix, None)
    start = _unit_start(before.text)
    outside = _outside(before, path, elsewhere)
    if start is None:
        stack, _ = open_blocks(_unquoted(before.text))
        return Scope(None, tuple(outside), block="file", stack=tuple(stack), line=line)
    after = _rest_of_unit(plain(suffix, None).text) if suffix else ""
    head = before.text[start:]
    stack, last = open_blocks(_unquoted(head))
    tail = tail_of(head, last)
    first_line = prefix.count("\n", 0, start)
    declared, module = _declared(before, start, after, path, prefix, stack)
    where = [Open(o.token, o.offset + start, o.line + first_line, o.indent) for o in stack]
    driven = _driven(head, after, declared, elsewhere)
    process = _process(head, stack, first_line)
    subject, labels = _case(head, stack)
    imports = tuple(dict.fromkeys(declared.imports))
    signals = [*declared.signals, *outside, *_imported(imports, elsewhere)]
    return Scope(
        module,
        tuple(signals),
        driven[0],
        driven[1],
        _instance(tail, first_line),
        _block(stack, tail),
        process,
        subject,
        labels,
        tuple(where),
        line,
        imports,
    )


def _unquoted(text: str) -> str:
    return _STRING.sub(lambda found: '"' + " " * (len(found[0]) - 2) + '"', text) if '"' in text else text


def _unit_start(text: str) -> int | None:
    """Offset of the last design unit that has not ended."""
    start = None
    for found in _START.finditer(text):
        start = found.start() + len(found[0]) - len(found[0].lstrip())
    if start is None or _END.search(text, start):
        return None
    return start


def _rest_of_unit(text: str) -> str:
    """The text up to the end of the unit that it stands in."""
    end = _END.search(text)
    begin = _START.search(text)
    stop = end.end() if end else len(text)
    if begin and begin.start() < stop:
        stop = begin.start()
    return text[:stop]


def _outside(before: Plain, path: str, elsewhere: Elsewhere | None) -> list[Signal]:
    """Macros of the file and of the headers that it includes, and what the file declares outside of units."""
    signals = [Signal(name, "macro", value=body[:400]) for name, body in before.macros.items()]
    if elsewhere is not None:
        for name in _includes(before, path, elsewhere):
            signals += [Signal(m, "macro", value=b[:400]) for m, b in plain(name, None).macros.items()]
    return signals


def _includes(before: Plain, path: str, elsewhere: Elsewhere) -> list[str]:
    """Texts of the headers that the file includes, one level deep."""
    found = []
    for name in before.includes:
        text = elsewhere.included(name, path)
        if text is not None:
            found.append(text)
    return found


def _imported(imports: tuple[str, ...], elsewhere: Elsewhere | None) -> list[Signal]:
    if elsewhere is None:
        return []
    return [signal for package in imports for signal in elsewhere.package_signals(package)]


def _declared(
    before: Plain, start: int, after: str, path: str, prefix: str, stack: list[Open]
) -> tuple[Declarations, Module | None]:
    """Declarations of the unit that starts at `start`, and the unit as a `Module`."""
    from rtlgen.retrieval.verilog import ports_of, unit_module

    head = before.text[start:]
    first_line = prefix.count("\n", 0, start)
    offset = len(head.rstrip())
    text = head + after
    lines = Lines(text, first_line)
    tree = parse(text)
    declared = Declarations(before, lines, offset, frozenset(opened.offset for opened in stack))
    unit = next((node for node in tree[1:] if hasattr(node, "header")), None)
    if unit is None:
        return declared, None
    declared.read_unit(unit)
    declared.signals.sort(key=lambda signal: signal.line)
    end = lines.at(len(text))
    widths = {port.name: literal_width(port) for port in ports_of(declared.signals)}
    place = (lines, first_line + 1, end)
    module = unit_module(prefix[start:] + after, path, unit, declared, place, widths)
    return declared, module


def _driven(
    head: str, after: str, declared: Declarations, elsewhere: Elsewhere | None
) -> tuple[frozenset[str], frozenset[str]]:
    """Names assigned before and after the place: statements, initialised nets, instance outputs."""
    text = head + after
    edge = len(head)
    before = set(assigned(head))
    later = set(assigned(after)) if after else set()
    for signal in declared.signals:
        if signal.kind in ("net", "variable") and signal.value:
            before.add(signal.name)
    if elsewhere is not None:
        for instance, (start, end) in zip(declared.instances, declared.extents, strict=True):
            module = elsewhere.module(instance.module)
            if module is not None:
                for name, offset in driven_by(text[start:end], module):
                    (before if start + offset <= edge else later).add(name)
    return frozenset(before), frozenset(later)


def _instance(tail: Tail, first_line: int) -> Instance | None:
    if tail.instance is None:
        return None
    found = tail.instance
    return Instance(found.module, found.name, found.line + first_line, found.connected)


def _block(stack: list[Open], tail: Tail) -> str:
    """The name of the innermost thing that is open."""
    if tail.block:
        return tail.block
    kinds = [opened.token for opened in stack]
    for token in reversed(kinds):
        if token in ("case", "casex", "casez", "randcase"):
            return "case"
        if token in ("function", "task", "class"):
            return token
        if token in PROCESSES:
            return "always" if token.startswith("always") else "initial"
        if token in ("generate", "begin") and not PROCESSES & set(kinds) and "function" not in kinds:
            return "task" if "task" in kinds else "generate"
        if token in UNITS:
            return "module"
    return "module"


def _process(head: str, stack: list[Open], first_line: int) -> Process | None:
    opened = next((o for o in stack if o.token in PROCESSES), None)
    if opened is None:
        return None
    line = opened.line + first_line
    kind = {"always_comb": "comb", "always_latch": "latch"}.get(opened.token, opened.token)
    if opened.token not in ("always", "always_ff"):
        return Process(kind, line=line)
    event = _EVENT.match(head, _skip_blanks(head, opened.offset + len(opened.token)))
    text = " ".join(event[0].split()) if event else ""
    edges = _EDGE.findall(text)
    clocks = [name for _, name in edges if not _RESET.search(name)] or [name for _, name in edges]
    resets = [name for _, name in edges if clocks and name != clocks[0]]
    if edges:
        return Process("ff", clocks[0], resets[0] if resets else "", text, line)
    return Process("ff" if opened.token == "always_ff" else "comb", events=text, line=line)


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _case(head: str, stack: list[Open]) -> tuple[str, tuple[str, ...]]:
    """Expression and labels of the innermost open case, when no unit-level thing is opened inside of it."""
    opened = next((o for o in reversed(stack) if o.token in ("case", "casex", "casez")), None)
    if opened is None:
        return "", ()
    at = _SUBJECT.match(head, opened.offset + len(opened.token))
    if at is None:
        return "", ()
    depth, stop = 0, at.end() - 1
    for stop in range(at.end() - 1, len(head)):
        depth += (head[stop] == "(") - (head[stop] == ")")
        if depth == 0:
            break
    labels = [" ".join(label.split()) for label in _LABEL.findall(";" + head[stop + 1 :][-LABEL_TEXT:])]
    return " ".join(head[at.end() : stop].split()), tuple(labels)


def declared_in(text: str, name: str) -> tuple[Signal, ...]:
    """What the package or interface `name` declares in `text`; empty when it is not there."""
    source = plain(text, ())
    try:
        tree = parse(source.text)
        for node in tree[1:]:
            if hasattr(node, "header") and node.header.name.valueText == name:
                declared = Declarations(source, Lines(text))
                declared.read_unit(node)
                return tuple(declared.signals)
    except Exception:  # a parser's bug must not stop a completion
        return ()
    return ()
