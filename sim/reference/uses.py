"""How a design uses the one-bit inputs of its top: as clock edges, asynchronous and synchronous resets, conditions.

The instance tree is walked from the top; an input is followed through port connections, inverters, buffers and simple
gates (``assign gclk = clk & en``), and every procedural block says what its events and its first conditions are. A block
body is looked at once for each different wiring of its module.

What it does not do: name anything (`roles`), follow a clock through a register or a cell without source.

Source: the reset idioms are those of IEEE 1364.1-2002 (register transfer level synthesis), section 5.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rtlgen.sim.reference.design import Elaborated, walk

MAX_BODIES = 2000
"""Differently wired module bodies that are looked at; a design beyond this is judged by what was seen until then."""
_MAX_TRACE = 12
"""Gates between a port and a clock pin that are followed."""

Origins = tuple[tuple[str, bool], ...]
"""The inputs of the top that a signal carries, each with whether it is inverted."""


@dataclass
class Use:
    """How often one input was seen in each part."""

    rising: int = 0
    falling: int = 0
    """Blocks clocked by its edges."""
    async_high: int = 0
    async_low: int = 0
    """Blocks with it among the events of another clock, tested for that level first."""
    head_high: int = 0
    head_low: int = 0
    """Clocked blocks whose first condition tests it."""
    clears_high: int = 0
    clears_low: int = 0
    """Of these, blocks where that branch sets zeros or named constants only, and all that the rest of the block sets."""
    tested_high: int = 0
    tested_low: int = 0
    """Conditions anywhere in the design."""
    level: int = 0
    """Level-sensitive event lists that name it on its own."""


def uses(design: Elaborated) -> dict[str, Use]:
    """The use of every one-bit input of the top, by name."""
    found: dict[str, Use] = {}
    wires: dict[Any, Origins] = {}
    for port in design.body.portList:
        symbol = getattr(port, "internalSymbol", None)
        if symbol is not None and port.direction.name == "In" and _one_bit(port.type):
            found[port.name] = Use()
            wires[symbol] = ((port.name, False),)
    seen: set[Any] = set()
    todo = [(design.body, wires)]
    while todo and len(seen) < MAX_BODIES:
        body, known = todo.pop()
        key = (body.definition.name, tuple(sorted((s.name, origins) for s, origins in known.items())))
        if key not in seen:
            seen.add(key)
            todo += _Body(body, known, found).children()
    return found


def _one_bit(type_: Any) -> bool:
    return bool(type_.isIntegral and int(type_.bitWidth) == 1)


class _Body:
    """One module body with the origins of its input ports."""

    def __init__(self, body: Any, known: Mapping[Any, Origins], found: dict[str, Use]) -> None:
        from pyslang import ast

        self._known = known
        self._found = found
        self._drivers: dict[Any, Any] = {}
        self._instances = []
        blocks = []
        for symbol in walk(body):
            if isinstance(symbol, ast.NetSymbol) and symbol.initializer is not None:
                self._drivers[symbol] = symbol.initializer
            elif isinstance(symbol, ast.ContinuousAssignSymbol):
                self._drive(symbol.assignment)
            elif isinstance(symbol, ast.InstanceSymbol):
                self._instances.append(symbol)
            elif isinstance(symbol, ast.ProceduralBlockSymbol):
                blocks.append(symbol)
        for block in blocks:
            self._block(block)
        for expression in list(self._drivers.values()):
            self._conditions(expression)

    def _drive(self, assignment: Any) -> None:
        from pyslang import ast

        if isinstance(assignment, ast.AssignmentExpression):
            left = assignment.left
            if isinstance(left, ast.NamedValueExpression):
                self._drivers[left.symbol] = assignment.right
            else:
                self._conditions(assignment.right)

    def children(self) -> list[tuple[Any, dict[Any, Origins]]]:
        """Bodies of the instances with what reaches their inputs."""
        out = []
        for instance in self._instances:
            wires = {}
            for connection in instance.portConnections:
                inner = getattr(connection.port, "internalSymbol", None)
                if inner is None or connection.expression is None:
                    continue
                origins = self.origins(connection.expression)
                if origins:
                    wires[inner] = origins
            out.append((instance.body, wires))
        return out

    def origins(self, expression: Any, depth: int = 0) -> Origins:
        """Inputs of the top that the one-bit `expression` passes on."""
        from pyslang import ast

        if depth > _MAX_TRACE:
            return ()
        if isinstance(expression, ast.ConversionExpression):
            return self.origins(expression.operand, depth)
        if isinstance(expression, ast.NamedValueExpression):
            symbol = expression.symbol
            if symbol in self._known:
                return self._known[symbol]
            driver = self._drivers.get(symbol)
            return () if driver is None else self.origins(driver, depth + 1)
        if isinstance(expression, ast.UnaryExpression) and expression.op.name in ("BitwiseNot", "LogicalNot"):
            return tuple((name, not inv) for name, inv in self.origins(expression.operand, depth + 1))
        if isinstance(expression, ast.BinaryExpression) and expression.op.name in _GATES:
            both = self.origins(expression.left, depth + 1) + self.origins(expression.right, depth + 1)
            return tuple(dict.fromkeys(both))
        if isinstance(expression, ast.ConditionalExpression):
            both = self.origins(expression.left, depth + 1) + self.origins(expression.right, depth + 1)
            return tuple(dict.fromkeys(both))
        return ()

    def _block(self, block: Any) -> None:
        from pyslang import ast

        body = block.body
        if not isinstance(body, ast.TimedStatement):
            self._conditions(body)
            return
        events = list(_events(body.timing))
        edged = [(e.expr, e.edge.name == "PosEdge") for e in events if e.edge.name in ("PosEdge", "NegEdge")]
        for event in events:
            if event.edge.name not in ("PosEdge", "NegEdge"):
                for name, _ in self._single(event.expr):
                    self._found[name].level += 1
        if edged:
            self._clocked(edged, body.stmt)
        self._conditions(body.stmt)

    def _single(self, expression: Any) -> Origins:
        """The origins of an event, when it stands for one input or for one that gates others."""
        from pyslang import ast

        if isinstance(expression, ast.NamedValueExpression | ast.UnaryExpression | ast.ConversionExpression):
            return self.origins(expression)
        return ()

    def _clocked(self, edged: list[tuple[Any, bool]], statement: Any) -> None:
        """One block with edges: those whose signals its first conditions test are resets, the others are clocks."""
        chain = list(_chain(statement))
        tested: dict[str, bool] = {}
        for conditional in chain:
            for name, level in self._tests(conditional.conditions[0].expr):
                tested.setdefault(name, level)
        sources = [(self._single(expression), rising) for expression, rising in edged]
        for origins, rising in sources:
            for name, inverted in origins:
                use = self._found[name]
                if len(sources) > 1 and len(origins) == 1 and name in tested:
                    use.async_high += tested[name]
                    use.async_low += not tested[name]
                elif rising != inverted:
                    use.rising += 1
                else:
                    use.falling += 1
        events = {name for origins, _ in sources for name, _ in origins}
        if chain:
            clears = _clears(chain[0])
            for name, level in self._tests(chain[0].conditions[0].expr):
                if name not in events:
                    use = self._found[name]
                    use.head_high += level
                    use.head_low += not level
                    use.clears_high += clears and level
                    use.clears_low += clears and not level

    def _tests(self, condition: Any, depth: int = 0) -> list[tuple[str, bool]]:
        """Inputs and the level for which each alone makes `condition` true."""
        from pyslang import ast

        if isinstance(condition, ast.ConversionExpression):
            return self._tests(condition.operand, depth)
        if isinstance(condition, ast.BinaryExpression):
            name = condition.op.name
            if name in ("LogicalOr", "BinaryOr"):
                return self._tests(condition.left, depth) + self._tests(condition.right, depth)
            constant = _constant(condition.right)
            if name not in _EQUALITIES or constant not in (0, 1):
                return []
            asserted = (constant == 1) == (name in ("Equality", "CaseEquality"))
            return [(n, level == asserted) for n, level in self._tests(condition.left, depth)]
        if isinstance(condition, ast.NamedValueExpression) and condition.symbol not in self._known:
            driver = self._drivers.get(condition.symbol)
            return [] if driver is None or depth > _MAX_TRACE else self._tests(driver, depth + 1)
        origins = self.origins(condition)
        return [(name, not inverted) for name, inverted in origins] if len(origins) == 1 else []

    def _conditions(self, root: Any) -> None:
        """Count the conditions below a statement or expression that test an input."""
        from pyslang import ast

        def look(node: Any) -> None:
            if isinstance(node, ast.ConditionalStatement | ast.ConditionalExpression):
                for condition in node.conditions:
                    for name, level in self._tests(condition.expr):
                        self._found[name].tested_high += level
                        self._found[name].tested_low += not level

        root.visit(look)


_EQUALITIES = frozenset(("Equality", "CaseEquality", "Inequality", "CaseInequality"))
_GATES = frozenset(("BinaryAnd", "BinaryOr", "LogicalAnd", "LogicalOr", "BinaryXor", "BinaryXnor"))


_NUMBER = re.compile(r"(?:\d+'s?([bdh]))?([0-9a-f]+)")
_BASES = {"b": 2, "d": 10, "h": 16}


def _events(timing: Any) -> Iterator[Any]:
    from pyslang import ast

    if isinstance(timing, ast.EventListControl):
        for event in timing.events:
            yield from _events(event)
    elif isinstance(timing, ast.SignalEventControl):
        yield timing


def _chain(statement: Any) -> Iterator[Any]:
    """The conditionals of ``if ... else if ...`` that a block begins with."""
    from pyslang import ast

    current = statement
    while current is not None:
        while isinstance(current, ast.BlockStatement):
            current = current.body
        if isinstance(current, ast.StatementList):
            kept = [
                s for s in current.list if not isinstance(s, ast.VariableDeclStatement | ast.EmptyStatement)
            ]
            current = next((s for s in kept if isinstance(s, ast.ConditionalStatement)), None)
        if isinstance(current, ast.BlockStatement):
            continue
        if not isinstance(current, ast.ConditionalStatement):
            return
        yield current
        current = current.ifFalse


def _clears(conditional: Any) -> bool:
    """Whether the first branch sets zeros or named constants only, and all that the other one sets."""
    if conditional.ifFalse is None:
        return False
    first, constant = _assigned(conditional.ifTrue)
    other, _ = _assigned(conditional.ifFalse)
    return constant and bool(first) and first >= other


def _assigned(statement: Any) -> tuple[set[Any], bool]:
    """The variables that a statement sets, and whether only to zeros or named constants."""
    from pyslang import ast

    names: set[Any] = set()
    constant = True

    def look(node: Any) -> None:
        nonlocal constant
        if isinstance(node, ast.AssignmentExpression):
            symbol = node.left.getSymbolReference()
            if symbol is not None:
                names.add(symbol)
            constant = constant and _constant(node.right) in (0, -1)

    statement.visit(look)
    return names, constant


def _constant(expression: Any) -> int | None:
    """The value of a constant expression (-1 where it has no plain number); None when it is not constant."""
    from pyslang import ast

    inner = expression
    while isinstance(inner, ast.ConversionExpression):
        inner = inner.operand
    value = inner.constant if inner.constant is not None else getattr(inner, "value", None)
    if value is not None:
        number = _NUMBER.fullmatch(str(value))
        return -1 if number is None else int(number[2], _BASES[number[1] or "d"])
    symbol = inner.getSymbolReference()
    fixed = symbol is not None and symbol.kind.name in ("Parameter", "EnumValue")
    return -1 if fixed else None
