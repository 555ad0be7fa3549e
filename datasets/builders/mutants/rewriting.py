"""Mutants by rewriting Pyverilog's tree and writing it as Verilog again.

`candidates` walks a tree and names every change; a change is made in place, the text is generated, and the change is
undone. Widths of declarations, delays, loop headers and generate statements are left alone: changing them gives designs
that do not compile or do not end.

Source: Pyverilog 1.3, `pyverilog.vparser.ast` and `pyverilog.ast_code_generator`.
Try: ``python -c "from rtlgen.datasets.mutants import mutate; print(mutate(open('alu.v').read(), count=5))"``
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rtlgen.datasets.mutants.mutant import OPERATORS, REDUCTIONS, Candidate, literals, shortened
from rtlgen.datasets.mutants.tree import classes, generate, kept_directives

_SKIPPED = frozenset(
    {"Width", "Length", "Dimensions", "Sens", "DelayStatement", "GenerateStatement", "Genvar"}
)
"""Nodes below which nothing is changed."""
_SIZES = frozenset({("Repeat", "times"), ("Partselect", "msb"), ("Partselect", "lsb"), ("Pointer", "ptr")})
"""Places whose literals do not change by themselves: the width would, or "select" moves them."""
_OPERATOR_CLASSES = {
    "+": "Plus", "-": "Minus", "*": "Times", "/": "Divide", "%": "Mod", "**": "Power", "<": "LessThan",
    "<=": "LessEq", ">": "GreaterThan", ">=": "GreaterEq", "==": "Eq", "!=": "NotEq", "===": "Eql", "!==": "NotEql",
    "&&": "Land", "||": "Lor", "&": "And", "|": "Or", "^": "Xor", "~^": "Xnor", "<<": "Sll", ">>": "Srl",
    "<<<": "Sla", ">>>": "Sra",
}  # fmt: skip
_SYMBOLS = {name: symbol for symbol, name in _OPERATOR_CLASSES.items()}
_REDUCTION_CLASSES = {"&": "Uand", "|": "Uor", "^": "Uxor", "~&": "Unand", "~|": "Unor", "~^": "Uxnor"}
_REDUCTION_SYMBOLS = {name: symbol for symbol, name in _REDUCTION_CLASSES.items()}


@dataclass(frozen=True)
class _Slot:
    """Where a node hangs: an attribute of its parent, or a place in a tuple there."""

    owner: Any
    name: str
    index: int | None = None

    def put(self, node: Any) -> None:
        """Hang another node there; None takes the place out of a tuple."""
        if self.index is None:
            setattr(self.owner, self.name, node)
            return
        before = getattr(self.owner, self.name)
        new = () if node is None else (node,)
        setattr(self.owner, self.name, (*before[: self.index], *new, *before[self.index + 1 :]))


@dataclass(frozen=True)
class _Place:
    """What is known about where a node stands."""

    line: int = 0
    outputs: frozenset[str] = frozenset()
    clocked: bool = False
    """In an always block with edges, directly at its top."""
    at_reset: bool = False
    """In the branch that the reset selects."""
    literal: bool = True
    """Literals may change here."""


@dataclass(frozen=True)
class _Change:
    kind: str
    line: int
    description: str
    puts: tuple[tuple[_Slot, Any], ...]


@dataclass
class _Walk:
    """One walk over a tree, collecting changes."""

    ast: Any = field(default_factory=classes)
    changes: list[_Change] = field(default_factory=list)

    def add(self, kind: str, place: _Place, said: str, *puts: tuple[_Slot, Any]) -> None:
        self.changes.append(_Change(kind, place.line, said, puts))

    def swap(self, kind: str, place: _Place, slot: _Slot, old: Any, new: Any) -> None:
        """The node `old` becomes `new`."""
        self.add(kind, place, f"{_text(old)} -> {_text(new)}", (slot, new))

    def visit(self, slot: _Slot | None, node: Any, place: _Place) -> None:
        """Changes of `node` and below."""
        name = type(node).__name__
        if name in _SKIPPED:
            return
        place = replace(place, line=getattr(node, "lineno", 0) or place.line)
        if slot is not None:
            self._expression(slot, node, name, place)
        handler = getattr(self, f"_in_{name.lower()}", None)
        if handler is not None:
            place = handler(slot, node, place)
        if isinstance(node, self.ast.Substitution | self.ast.Assign) and slot is not None:
            self._assignment(slot, node, place)
        for below, child in _below(node):
            if isinstance(node, self.ast.ForStatement) and below.name != "statement":
                continue
            inner = replace(place, clocked=place.clocked and name in ("Always", "Block", "IfStatement"))
            if (name, below.name) in _SIZES:
                inner = replace(inner, literal=False)
            if name == "IfStatement":
                inner = replace(
                    inner,
                    clocked=False,
                    at_reset=place.at_reset or (place.clocked and below.name == "true_statement"),
                )
            self.visit(below, child, inner)

    def _expression(self, slot: _Slot, node: Any, name: str, place: _Place) -> None:
        ast = self.ast
        if name in _SYMBOLS:
            kind, others = OPERATORS[_SYMBOLS[name]]
            for other in others:
                self.swap(
                    kind, place, slot, node, getattr(ast, _OPERATOR_CLASSES[other])(node.left, node.right)
                )
        elif name in _REDUCTION_SYMBOLS:
            other = _REDUCTION_CLASSES[REDUCTIONS[_REDUCTION_SYMBOLS[name]]]
            self.swap("unary", place, slot, node, getattr(ast, other)(node.right))
        elif name in ("Ulnot", "Unot", "Uminus"):
            self.swap("unary", place, slot, node, node.right)
        elif name == "Cond":
            self.swap("ternary", place, slot, node, ast.Cond(node.cond, node.false_value, node.true_value))
            for constant in ("1'b1", "1'b0"):
                changed = ast.Cond(ast.IntConst(constant), node.true_value, node.false_value)
                self.swap("condition", place, slot, node, changed)
        elif name == "IntConst" and place.literal:
            for text in literals(node.value):
                self.swap(
                    "reset value" if place.at_reset else "constant", place, slot, node, ast.IntConst(text)
                )
        elif name == "Partselect":
            self._part(slot, node, place)
        elif name == "Pointer" and isinstance(node.ptr, ast.IntConst):
            for step in (1, -1):
                moved = _moved(ast, node.ptr, step)
                if moved is not None:
                    self.swap("select", place, slot, node, ast.Pointer(node.var, moved))
        elif name == "Rvalue" and type(node.var).__name__ in ("Identifier", "Pointer", "Partselect"):
            self.swap("unary", place, slot, node, ast.Rvalue(ast.Unot(node.var)))

    def _part(self, slot: _Slot, node: Any, place: _Place) -> None:
        for step in (1, -1):
            msb, lsb = _moved(self.ast, node.msb, step), _moved(self.ast, node.lsb, step)
            if msb is not None and lsb is not None:
                self.swap("select", place, slot, node, self.ast.Partselect(node.var, msb, lsb))

    def _in_moduledef(self, slot: _Slot | None, node: Any, place: _Place) -> _Place:  # noqa: ARG002
        ports = [
            part for _, port in _descendants(node) for part in [port] if isinstance(part, self.ast.Output)
        ]
        outputs = frozenset(port.name for port in ports)
        self._stuck(node, outputs, place)
        return replace(place, outputs=outputs)

    def _stuck(self, module: Any, outputs: frozenset[str], place: _Place) -> None:
        """Every assignment to a whole output gives a constant."""
        for output in sorted(outputs):
            targets = [
                node
                for _, node in _descendants(module)
                if isinstance(node, self.ast.Substitution | self.ast.Assign)
                and isinstance(node.left.var, self.ast.Identifier)
                and node.left.var.name == output
            ]
            for constant, said in (("0", "0"), ("~0", "all ones")):
                value = self.ast.IntConst("0") if constant == "0" else self.ast.Unot(self.ast.IntConst("0"))
                puts = [(_Slot(node, "right"), self.ast.Rvalue(value)) for node in targets]
                if puts:
                    at = replace(place, line=targets[0].lineno or place.line)
                    self.add("stuck output", at, f"{output} is always {said}", *puts)

    def _in_alwaysff(self, slot: _Slot | None, node: Any, place: _Place) -> _Place:
        return self._in_always(slot, node, place)

    def _in_always(self, slot: _Slot | None, node: Any, place: _Place) -> _Place:  # noqa: ARG002
        senses = tuple(node.sens_list.list) if node.sens_list is not None else ()
        edges = [sense for sense in senses if sense.type in ("posedge", "negedge")]
        if not edges:
            return place
        at = replace(place, line=node.lineno or place.line)
        for sense in edges:
            other = "negedge" if sense.type == "posedge" else "posedge"
            said = f"{sense.type} {_text(sense.sig)} -> {other}"
            self.add("edge", at, said, (_Slot(sense, "type"), other))
        lists = _Slot(node.sens_list, "list")
        for sense in edges[1:]:
            left = tuple(one for one in senses if one is not sense)
            self.add("reset edge", at, f"no {sense.type} {_text(sense.sig)}", (lists, left))
        found = self._reset(node.statement) if len(edges) == 1 else None
        if found is not None:
            name, active = found
            added = self.ast.Sens(self.ast.Identifier(name), "posedge" if active else "negedge")
            self.add("reset edge", at, f"or {added.type} {name} added", (lists, (*senses, added)))
        return replace(place, clocked=True)

    def _reset(self, statement: Any) -> tuple[str, bool] | None:
        """Name and active level of what the outermost if of a clocked block asks first."""
        while isinstance(statement, self.ast.Block) and statement.statements:
            statement = statement.statements[0]
        if not isinstance(statement, self.ast.IfStatement):
            return None
        condition, active = statement.cond, True
        while isinstance(condition, self.ast.Ulnot | self.ast.Unot):
            condition, active = condition.right, not active
        return (condition.name, active) if isinstance(condition, self.ast.Identifier) else None

    def _in_ifstatement(self, slot: _Slot | None, node: Any, place: _Place) -> _Place:  # noqa: ARG002
        condition = _Slot(node, "cond")
        self.swap("condition", place, condition, node.cond, self.ast.Ulnot(node.cond))
        for constant in ("1'b1", "1'b0"):
            self.swap("condition", place, condition, node.cond, self.ast.IntConst(constant))
        if node.false_statement is not None:
            self.add(
                "branch", place, f"no else of if ({_text(node.cond)})", (_Slot(node, "false_statement"), None)
            )
        empty = self.ast.Block(())
        self.add("branch", place, f"nothing if ({_text(node.cond)})", (_Slot(node, "true_statement"), empty))
        return place

    def _in_casestatement(self, slot: _Slot | None, node: Any, place: _Place) -> _Place:  # noqa: ARG002
        for index, case in enumerate(node.caselist):
            label = "default" if case.cond is None else ", ".join(_text(one) for one in case.cond)
            at = replace(place, line=case.lineno or place.line)
            self.add("case item", at, f"no case {label}", (_Slot(node, "caselist", index), None))
        return place

    _in_casexstatement = _in_casestatement
    _in_casezstatement = _in_casestatement
    _in_uniquecasestatement = _in_casestatement

    def _in_instance(self, slot: _Slot | None, node: Any, place: _Place) -> _Place:  # noqa: ARG002
        ports = [port for port in node.portlist if port.argname is not None]
        plain = [
            port for port in ports if type(port.argname).__name__ in ("Identifier", "Pointer", "Partselect")
        ]
        if len(node.portlist) < 3 or str(node.module) in _SYMMETRIC:
            return place
        for first, second in itertools.pairwise(plain):
            said = f"{_text(first.argname)} and {_text(second.argname)} of {node.name} swapped"
            puts = (_Slot(first, "argname"), second.argname), (_Slot(second, "argname"), first.argname)
            self.add("instance", place, said, *puts)
        return place

    def _assignment(self, slot: _Slot, node: Any, place: _Place) -> None:
        blocking, nonblocking = self.ast.BlockingSubstitution, self.ast.NonblockingSubstitution
        if isinstance(node, blocking | nonblocking):
            other = nonblocking if isinstance(node, blocking) else blocking
            self.swap("assignment", place, slot, node, other(node.left, node.right, node.ldelay, node.rdelay))
        nothing = None if slot.index is not None or slot.name == "false_statement" else self.ast.Block(())
        self.add("missing assignment", place, f"no {_text(node)}", (slot, nothing))


_SYMMETRIC = frozenset({"and", "or", "xor", "nand", "nor", "xnor", "not", "buf"})
"""Gates whose inputs may be swapped."""


def candidates(tree: Any, original: str) -> list[Candidate]:
    """Every change of the tree of `original` that this module knows, in the order of the text."""
    walk = _Walk()
    walk.visit(None, tree, _Place())
    head = kept_directives(original)
    return [
        Candidate(change.kind, change.line, change.description, _writer(tree, change.puts, head))
        for change in walk.changes
    ]


def _writer(tree: Any, puts: Sequence[tuple[_Slot, Any]], head: str) -> Callable[[], str]:
    """A function that writes the tree with `puts` made, and undoes them."""

    def write() -> str:
        before = [(slot, getattr(slot.owner, slot.name)) for slot, _ in puts]
        try:
            for slot, node in puts:
                slot.put(node)
            return head + generate(tree)
        finally:
            for slot, old in reversed(before):
                setattr(slot.owner, slot.name, old)

    return write


def _below(node: Any) -> Iterator[tuple[_Slot, Any]]:
    """Child nodes with their places."""
    base = classes().Node
    for name, value in list(vars(node).items()):
        if isinstance(value, base):
            yield _Slot(node, name), value
        elif isinstance(value, tuple | list):
            for index, item in enumerate(value):
                if isinstance(item, base):
                    yield _Slot(node, name, index), item


def _descendants(node: Any) -> Iterator[tuple[_Slot, Any]]:
    for slot, child in _below(node):
        yield slot, child
        yield from _descendants(child)


def _moved(ast: Any, node: Any, step: int) -> Any | None:
    """A literal index moved by `step`, None when it is no plain number or would be negative."""
    if not isinstance(node, ast.IntConst) or not node.value.isdigit() or int(node.value) + step < 0:
        return None
    return ast.IntConst(str(int(node.value) + step))


def _text(node: Any) -> str:
    return shortened(generate(node))
