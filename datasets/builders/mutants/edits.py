"""Mutants by edits of the text, at the positions of pyslang's syntax tree: for what Pyverilog cannot parse.

The rest of the text stays as it is, comments and macros included. What stands inside a macro is left alone, as are
widths, parameters' types, delays, loop headers, generate conditions and assertions. It knows fewer kinds of changes than
`rewriting`: no stuck outputs and no instances.

Source: slang 12 through pyslang (https://sv-lang.com).
Try: ``python -c "from rtlgen.datasets.mutants.edits import candidates; print(len(candidates(open('fsm.sv').read())))"``
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rtlgen.datasets.mutants.mutant import OPERATORS, REDUCTIONS, Candidate, literals, shortened

Edit = tuple[int, int, str]
"""(start, end, replacement): byte offsets of the original."""

_SKIPPED = frozenset(
    {
        "VariableDimensionSyntax",
        "DelaySyntax",
        "LoopGenerateSyntax",
        "IfGenerateSyntax",
        "CaseGenerateSyntax",
        "ConcurrentAssertionStatementSyntax",
        "ImmediateAssertionStatementSyntax",
        "TypedefDeclarationSyntax",
        "PackageImportDeclarationSyntax",
        "PackageDeclarationSyntax",
    }
)


def candidates(text: str) -> list[Candidate]:
    """Every change of `text` that this module knows, in the order of the text; none when it has a syntax error."""
    from pyslang import SourceManager, syntax

    manager = SourceManager()
    tree = syntax.SyntaxTree.fromText(text, manager, "text", "")
    if any(diagnostic.isError() for diagnostic in tree.diagnostics):
        return []
    data = text.encode("utf-8", "surrogateescape")
    walk = _Walk(data, manager)
    walk.visit(tree.root, reset=False)
    return walk.found


@dataclass
class _Walk:
    data: bytes
    manager: Any
    found: list[Candidate] = field(default_factory=list)
    at_reset: set[tuple[int, int] | None] = field(default_factory=set)
    """Where the branches are that a reset selects."""

    def span(self, node: Any) -> tuple[int, int] | None:
        """Byte offsets of a node or token; None when it does not stand in the text itself."""
        where = node.sourceRange if hasattr(node, "sourceRange") else node.range  # a node, or a token
        if not (self.manager.isFileLoc(where.start) and self.manager.isFileLoc(where.end)):
            return None
        return (where.start.offset, where.end.offset) if where.start.offset < where.end.offset else None

    def text(self, node: Any) -> str:
        span = self.span(node)
        return "" if span is None else self.data[span[0] : span[1]].decode("utf-8", "replace")

    def add(self, kind: str, said: str, *edits: Edit) -> None:
        line = 1 + self.data[: edits[0][0]].count(b"\n")
        self.found.append(Candidate(kind, line, said, _writer(self.data, edits)))

    def swap(self, kind: str, node: Any, new: str, said: str = "") -> None:
        """The text of `node` becomes `new`."""
        span = self.span(node)
        if span is not None:
            self.add(kind, said or f"{shortened(self.text(node))} -> {shortened(new)}", (*span, new))

    def visit(self, node: Any, *, reset: bool) -> None:
        """Changes of `node` and below; `reset`: it stands in the branch that a reset selects."""
        name = type(node).__name__
        if name in _SKIPPED:
            return
        if name in ("RangeSelectSyntax", "BitSelectSyntax") and self._is_literal(node):
            getattr(self, f"_{name}")(node, reset)
            return
        handler: Callable[[Any, bool], None] | None = getattr(self, f"_{name}", None)
        if handler is not None:
            handler(node, reset)
        if name == "ProceduralBlockSyntax":
            branch = _reset_branch(node)
            self.at_reset |= {self.span(branch)} if branch is not None else set()
        reset = reset or self.span(node) in self.at_reset
        for child in node:
            if child is None or not hasattr(child, "sourceRange"):
                continue
            if name != "ForLoopStatementSyntax" or self.span(child) == self.span(node.statement):
                self.visit(child, reset=reset)

    def _BinaryExpressionSyntax(self, node: Any, reset: bool) -> None:  # noqa: ARG002
        symbol = node.operatorToken.rawText
        if node.kind.name in ("AssignmentExpression", "NonblockingAssignmentExpression"):
            return
        kind, others = OPERATORS.get(symbol, ("", ()))
        span = self.span(node.operatorToken)
        for other in others if span is not None else ():
            assert span is not None
            said = f"{shortened(self.text(node))}: {symbol} -> {other}"
            self.add(kind, said, (*span, f" {other} "))

    def _PrefixUnaryExpressionSyntax(self, node: Any, reset: bool) -> None:  # noqa: ARG002
        symbol = node.operatorToken.rawText
        if symbol in REDUCTIONS:
            self.swap(
                "unary",
                node.operatorToken,
                REDUCTIONS[symbol],
                f"{self.text(node)}: {symbol} -> {REDUCTIONS[symbol]}",
            )
        elif symbol in ("!", "~", "-"):
            self.swap("unary", node.operatorToken, " ", f"{self.text(node)}: no {symbol}")

    def _LiteralExpressionSyntax(self, node: Any, reset: bool) -> None:
        text = self.text(node)
        if text in ("'0", "'1"):
            self.swap("reset value" if reset else "constant", node, "'1" if text == "'0" else "'0")
        self._literal(node, text, reset)

    def _IntegerVectorExpressionSyntax(self, node: Any, reset: bool) -> None:
        self._literal(node, self.text(node), reset)

    def _literal(self, node: Any, text: str, reset: bool) -> None:
        for other in literals(text):
            self.swap("reset value" if reset else "constant", node, other)

    def _is_literal(self, node: Any) -> bool:
        """Whether a select has numbers only: they are moved, not changed."""
        return all(part.strip().isdigit() for part in self.text(node).split(":"))

    def _RangeSelectSyntax(self, node: Any, reset: bool) -> None:  # noqa: ARG002
        left, right = self.text(node.left), self.text(node.right)
        if node.kind.name == "SimpleRangeSelect" and left.isdigit() and right.isdigit():
            for step in (1, -1):
                if int(right) + step >= 0:
                    self.swap("select", node, f"{int(left) + step}:{int(right) + step}")

    def _BitSelectSyntax(self, node: Any, reset: bool) -> None:  # noqa: ARG002
        text = self.text(node)
        if text.isdigit():
            for step in (1, -1):
                if int(text) + step >= 0:
                    self.swap("select", node, str(int(text) + step))

    def _ConditionalExpressionSyntax(self, node: Any, reset: bool) -> None:  # noqa: ARG002
        spans = self.span(node.left), self.span(node.right)
        if spans[0] is not None and spans[1] is not None:
            said = f"{shortened(self.text(node))}: branches swapped"
            self.add(
                "ternary",
                said,
                (*spans[0], f"({self.text(node.right)})"),
                (*spans[1], f"({self.text(node.left)})"),
            )
        for constant in ("1'b1", "1'b0"):
            self.swap("condition", node.predicate, constant)

    def _ConditionalStatementSyntax(self, node: Any, reset: bool) -> None:  # noqa: ARG002
        condition = self.text(node.predicate)
        for other in (f"!({condition})", "1'b1", "1'b0"):
            self.swap("condition", node.predicate, other)
        if node.elseClause is not None:
            self.swap("branch", node.elseClause, " ", f"no else of if ({shortened(condition)})")
        self.swap("branch", node.statement, "begin end", f"nothing if ({shortened(condition)})")

    def _StandardCaseItemSyntax(self, node: Any, reset: bool) -> None:  # noqa: ARG002
        self.swap("case item", node, " ", f"no case {shortened(self.text(node), 30)}")

    _DefaultCaseItemSyntax = _StandardCaseItemSyntax

    def _ExpressionStatementSyntax(self, node: Any, reset: bool) -> None:  # noqa: ARG002
        inner = node.expr
        symbol = getattr(getattr(inner, "operatorToken", None), "rawText", "")
        if symbol in ("=", "<="):
            other = "<=" if symbol == "=" else "="
            said = f"{shortened(self.text(inner))}: {symbol} -> {other}"
            self.swap("assignment", inner.operatorToken, other, said)
            self.swap("missing assignment", node, ";", f"no {shortened(self.text(node))}")

    def _ContinuousAssignSyntax(self, node: Any, reset: bool) -> None:  # noqa: ARG002
        self.swap("missing assignment", node, " ", f"no {shortened(self.text(node))}")

    def _SignalEventExpressionSyntax(self, node: Any, reset: bool) -> None:  # noqa: ARG002
        edge = node.edge.rawText
        if edge in ("posedge", "negedge"):
            other = "negedge" if edge == "posedge" else "posedge"
            self.swap("edge", node.edge, other, f"{self.text(node)} -> {other}")

    def _BinaryEventExpressionSyntax(self, node: Any, reset: bool) -> None:  # noqa: ARG002
        if self.text(node.right).startswith(("posedge", "negedge")):
            left, right = self.span(node.left), self.span(node.right)
            if left is not None and right is not None:
                self.add("reset edge", f"no {self.text(node.right)}", (left[1], right[1], ""))


def _reset_branch(block: Any) -> Any | None:
    """What the outermost if of a clocked block does when its condition holds."""
    timing = block.statement
    if type(timing).__name__ != "TimingControlStatementSyntax" or "edge" not in str(timing.timingControl):
        return None
    inner = timing.statement
    while type(inner).__name__ == "BlockStatementSyntax" and len(inner.items) > 0:
        inner = inner.items[0]
    return inner.statement if type(inner).__name__ == "ConditionalStatementSyntax" else None


def _writer(data: bytes, edits: tuple[Edit, ...]) -> Callable[[], str]:
    """A function that gives the text with the edits made."""

    def write() -> str:
        cuts = sorted(edits)
        parts = [data[: cuts[0][0]]]
        for (_, end, new), following in itertools.zip_longest(cuts, cuts[1:]):
            parts += [new.encode(), data[end : following[0] if following else len(data)]]
        return b"".join(parts).decode("utf-8", "surrogateescape")

    return write
