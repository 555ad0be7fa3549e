"""The signals that a signal depends on, nearest first: what to look at when it is wrong.

Drivers are continuous assignments, initial values of nets, assignments in procedural blocks with the conditions and
selectors around them and the block's events, and ports of instances, followed into the instances. Names are paths below
the top (``u0.count``), as waves have them after the scope of the top.

What it does not do: follow hierarchical references or functions' inner variables, tell bits of a vector apart, or look
into modules without source.

Try: ``python -c "from rtlgen.sim.reference.fanin import fan_in; from pathlib import Path;
print(fan_in([Path('examples/soc/rtl/timer.sv')], None, 'irq'))"``
"""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.sim.reference.design import Sources, elaborate, walk

MAX_INSTANCES = 5000
"""Instances of a design whose drivers are collected."""


@dataclass
class _Drivers:
    """For every signal by path: the signals its drivers read, in order, and all names there are."""

    reads: dict[str, dict[str, None]] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)

    def add(self, target: str, sources: Sequence[str]) -> None:
        """`target` is driven from `sources`."""
        known = self.reads.setdefault(target, {})
        known.update(dict.fromkeys(s for s in sources if s != target))


def fan_in(
    files: Sequence[Path],
    top: str | None,
    signal: str,
    *,
    depth: int = 4,
    limit: int = 24,
    include_dirs: Sequence[Path] = (),
    defines: Sequence[tuple[str, str | None]] = (),
    parameters: Sequence[tuple[str, str]] = (),
) -> tuple[str, ...]:
    """Signals within `depth` drivers of `signal` (a path below the top), at most `limit`, nearest first, itself first.

    Raises UsageError for an unknown signal with the nearest names; the other errors are those of `design.elaborate`.
    """
    sources = Sources(tuple(files), tuple(include_dirs), tuple(defines), tuple(parameters))
    design = elaborate(sources, top)
    drivers = _collect(design.body)
    if signal not in drivers.names:
        near = difflib.get_close_matches(signal, list(drivers.names), 3)
        shown = near or list(drivers.names)[:6]
        raise UsageError(
            f"no signal '{signal}' in '{design.name}'", where=files[0], hint=f"one of {', '.join(shown)}"
        )
    return _nearest(drivers, signal, depth, limit)


def _nearest(drivers: _Drivers, signal: str, depth: int, limit: int) -> tuple[str, ...]:
    found = {signal: 0}
    todo = deque([signal])
    while todo and len(found) < limit:
        current = todo.popleft()
        if found[current] >= depth:
            continue
        for name in drivers.reads.get(current, {}):
            if name not in found and len(found) < limit:
                found[name] = found[current] + 1
                todo.append(name)
    return tuple(found)


def _collect(top: Any) -> _Drivers:
    """The drivers of every signal of the design below `top`."""
    drivers = _Drivers()
    prefix = f"{top.hierarchicalPath}."
    todo = deque([top])
    seen = 0
    while todo and seen < MAX_INSTANCES:
        body = todo.popleft()
        seen += 1
        todo.extend(_Body(body, drivers, prefix).instances)
    return drivers


class _Body:
    """Adds the drivers of one module body."""

    def __init__(self, body: Any, drivers: _Drivers, prefix: str) -> None:
        from pyslang import ast

        self._drivers = drivers
        self._prefix = prefix
        self.instances: list[Any] = []
        for symbol in walk(body):
            if isinstance(symbol, ast.ValueSymbol) and not isinstance(symbol, ast.ParameterSymbol):
                drivers.names.setdefault(self._path(symbol))
            if isinstance(symbol, ast.NetSymbol) and symbol.initializer is not None:
                drivers.add(self._path(symbol), self._read(symbol.initializer))
            elif isinstance(symbol, ast.ContinuousAssignSymbol):
                self._assign(symbol.assignment, [])
            elif isinstance(symbol, ast.ProceduralBlockSymbol):
                self._statement(symbol.body, [])
            elif isinstance(symbol, ast.InstanceSymbol):
                self._instance(symbol)

    def _path(self, symbol: Any) -> str:
        return str(symbol.hierarchicalPath).removeprefix(self._prefix)

    def _instance(self, instance: Any) -> None:
        from pyslang import ast

        self.instances.append(instance.body)
        for connection in instance.portConnections:
            inner = getattr(connection.port, "internalSymbol", None)
            expression = connection.expression
            if inner is None or expression is None:
                continue
            if isinstance(expression, ast.AssignmentExpression):
                for target in self._targets(expression.left):
                    self._drivers.add(target, [self._path(inner)])
                if connection.port.direction.name == "InOut":
                    self._drivers.add(self._path(inner), self._targets(expression.left))
            else:
                self._drivers.add(self._path(inner), self._read(expression))

    def _assign(self, assignment: Any, context: Sequence[str]) -> None:
        from pyslang import ast

        if not isinstance(assignment, ast.AssignmentExpression):
            return
        sources = [*self._read(assignment.right), *self._indices(assignment.left), *context]
        targets = self._targets(assignment.left)
        for target in targets:
            self._drivers.add(target, [*sources, *targets] if assignment.isCompound else sources)

    def _statement(self, statement: Any, context: list[str]) -> None:
        """Every assignment below `statement`; `context` are the signals that decide whether it happens."""
        from pyslang import ast

        if statement is None:
            return
        if isinstance(statement, ast.TimedStatement):
            events = self._read(statement.timing)
            self._statement(statement.stmt, [*events, *context])
        elif isinstance(statement, ast.BlockStatement):
            self._statement(statement.body, context)
        elif isinstance(statement, ast.StatementList):
            for inner in statement.list:
                self._statement(inner, context)
        elif isinstance(statement, ast.ConditionalStatement):
            tests = [name for c in statement.conditions for name in self._read(c.expr)]
            self._statement(statement.ifTrue, [*tests, *context])
            self._statement(statement.ifFalse, [*tests, *context])
        elif isinstance(statement, ast.CaseStatement):
            tests = self._read(statement.expr)
            for item in statement.items:
                tests += [name for expression in item.expressions for name in self._read(expression)]
            for item in statement.items:
                self._statement(item.stmt, [*tests, *context])
            self._statement(statement.defaultCase, [*tests, *context])
        else:
            self._others(statement, context)

    def _others(self, statement: Any, context: Sequence[str]) -> None:
        """Loops and plain statements: all assignments in them, with all that the loops' heads read."""
        from pyslang import ast

        found: list[Any] = []

        def look(node: Any) -> None:
            if isinstance(node, ast.AssignmentExpression):
                found.append(node)

        statement.visit(look)
        loops = (
            ast.ForLoopStatement,
            ast.WhileLoopStatement,
            ast.RepeatLoopStatement,
            ast.ForeverLoopStatement,
        )
        inside = self._read(statement) if isinstance(statement, loops) else []
        for assignment in found:
            self._assign(assignment, [*inside, *context])

    def _read(self, node: Any) -> list[str]:
        """Paths of the signals named below an expression, event or statement, in order."""
        names: dict[str, None] = {}
        for symbol in _named(node):
            names.setdefault(self._path(symbol))
        return list(names)

    def _targets(self, left: Any) -> list[str]:
        """The signals that an assignment to `left` changes."""
        from pyslang import ast

        if isinstance(left, ast.ConcatenationExpression):
            return [name for operand in left.operands for name in self._targets(operand)]
        parts = (ast.ElementSelectExpression, ast.RangeSelectExpression, ast.MemberAccessExpression)
        while isinstance(left, parts):
            left = left.value
        symbol = left.getSymbolReference()
        return [] if symbol is None else [self._path(symbol)]

    def _indices(self, left: Any) -> list[str]:
        """The signals that choose which part of `left` is changed."""
        targets = set(self._targets(left))
        return [name for name in self._read(left) if name not in targets]


def _named(node: Any) -> Iterator[Any]:
    """Value symbols (no parameters, enum values or automatic loop counters) that a tree names."""
    from pyslang import ast

    found: list[Any] = []

    def look(inner: Any) -> None:
        if isinstance(inner, ast.NamedValueExpression | ast.HierarchicalValueExpression):
            found.append(inner.symbol)

    node.visit(look)
    for symbol in found:
        kind = symbol.kind.name
        if kind in ("Net", "Variable", "Field", "ModportPort") and not _automatic(symbol):
            yield symbol


def _automatic(symbol: Any) -> bool:
    return getattr(getattr(symbol, "lifetime", None), "name", "") == "Automatic"
