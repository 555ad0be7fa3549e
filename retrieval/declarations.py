"""What slang's syntax trees say a design unit declares and instantiates, as `Signal`s and `Instance`s.

It reads syntax only: types and widths are texts, nothing is elaborated (`rtlgen.retrieval.widths` resolves
port widths). Trees come from `rtlgen.retrieval.masking.plain` text, so offsets are those of the source.
Source: slang 12 through pyslang (https://sv-lang.com).

    python -c "from rtlgen.retrieval.scope import scope_at; print(scope_at('module m(input a);', 1))"
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from rtlgen.core.records import Instance
from rtlgen.retrieval.masking import Lines, Plain


@dataclass(frozen=True, slots=True)
class Signal:
    """A declared name.

    Attributes:
        name: as written.
        kind: ``port`` ``net`` ``variable`` ``parameter`` ``localparam`` ``genvar`` ``function`` ``task``
        ``enum``
            ``type`` ``instance`` ``block`` ``import`` ``macro`` ``module``.
        direction: ``input`` ``output`` ``inout`` ``ref`` of a port, ``interface`` of an interface port,
        else empty. type: type words without ranges: ``wire``, ``reg signed``, ``axi_if.mst``, ``pkg::t``;
        the enum's type of an
            enum member, the module of an instance.
        width: packed ranges as written, ``[7:0]``; empty for one bit or when the type carries it.
        line: 1-based line of the declaration (0 when it is declared in another file).
        array: unpacked ranges as written.
        value: default of a parameter, initial value, value of an enum member, body of a macro.
    """

    name: str
    kind: str
    direction: str = ""
    type: str = ""
    width: str = ""
    line: int = 0
    array: str = ""
    value: str = ""


def words_of(node: Any) -> str:
    """Text of a node or token on one line, single blanks, no trivia around it."""
    return "" if node is None else " ".join(str(node).split())


def parse(text: str) -> list[Any]:
    """Top-level members of the slang syntax tree of plain `text`."""
    from pyslang.syntax import SyntaxTree

    tree = SyntaxTree.fromText(text, "", "")
    root: Any = tree.root
    members = list(root.members) if root.kind.name == "CompilationUnit" else [root]
    return [tree, *members]  # the tree owns the nodes: it must outlive them


class Declarations:
    """Reads one parsed text.

    `at` is the cursor's offset and `unfinished` the offsets of the blocks open there: nested scopes that
    do not hold the cursor stay closed. `extents` are the offsets of the statements of `instances`.
    """

    def __init__(
        self, source: Plain, lines: Lines, at: int | None = None, unfinished: frozenset[int] = frozenset()
    ) -> None:
        self.source = source
        self.lines = lines
        self.at = at
        self.unfinished = unfinished
        self.signals: list[Signal] = []
        self.instances: list[Instance] = []
        self.extents: list[tuple[int, int]] = []
        self.imports: list[str] = []
        self.nested: list[Any] = []

    def _add(self, signal: Signal) -> Signal:
        shown = self.source.shown
        if self.source.uses and "_" in signal.type + signal.width + signal.array + signal.value:
            signal = replace(
                signal,
                type=shown(signal.type),
                width=shown(signal.width),
                array=shown(signal.array),
                value=shown(signal.value),
            )
        self.signals.append(signal)
        return signal

    def line_of(self, token: Any) -> int:
        """1-based line of a token or of a node's first token."""
        return self.lines.at(token.location.offset)

    def holds(self, node: Any) -> bool:
        """True when the cursor stands inside `node`, or a block that opened inside it is open at the
        cursor."""
        if self.at is None:
            return False
        extent = node.sourceRange
        start, end = extent.start.offset, extent.end.offset
        if end > self.at:
            return bool(start < self.at)
        return any(start <= offset < max(end, start + 1) for offset in self.unfinished)

    def read_unit(self, unit: Any) -> None:
        """A module, interface, program or package: its header and members."""
        self.read_header(unit.header)
        self.read_members(unit.members)

    def read_header(self, header: Any) -> None:
        """Imports, parameters and ANSI ports of a header."""
        for item in header.imports:
            self._import(item)
        if header.parameters is not None:
            for item in header.parameters.declarations:
                if hasattr(item, "keyword"):
                    self._parameter(item)
        if header.ports is not None and hasattr(header.ports, "ports"):
            self._ports(header.ports.ports)

    def read_members(self, members: Any) -> None:
        """Members of a unit, generate block or class, in order."""
        handlers = _handlers()
        for member in members:
            handler = handlers.get(member.kind)
            if handler is not None:
                handler(self, member)

    # ---- ports and parameters

    def _ports(self, ports: Any) -> None:
        last = Signal("", "port")
        for port in ports:
            kind = getattr(port, "kind", None)
            name = getattr(kind, "name", "")
            if name == "ImplicitAnsiPort":
                last = self._ansi_port(port, last)
            elif name == "ExplicitAnsiPort":
                direction = port.direction.valueText or last.direction
                self._add(Signal(port.name.valueText, "port", direction, "", "", self.line_of(port.name)))

    def _ansi_port(self, port: Any, last: Signal) -> Signal:
        direction, type_, width, given = _port_header(port.header)
        if not given:
            direction, type_, width = last.direction, last.type, last.width
        elif not direction:
            direction = _direction_left_out(port.header, last)
        signal = self._declarator(port.declarator, "port", direction, type_, width)
        return signal or last

    def _port_declaration(self, node: Any) -> None:
        direction, type_, width, _ = _port_header(node.header)
        self._declarators(node.declarators, "port", direction, type_, width)

    def _declarators(self, declarators: Any, kind: str, direction: str, type_: str, width: str) -> None:
        for declarator in declarators:
            if hasattr(declarator, "name"):
                self._declarator(declarator, kind, direction, type_, width)

    def _declarator(self, node: Any, kind: str, direction: str, type_: str, width: str) -> Signal | None:
        token = node.name
        name = token.valueText
        if not name:
            return None
        initializer = getattr(node, "initializer", None)
        value = words_of(initializer.expr) if initializer is not None else ""
        dimensions = node.dimensions
        array = "".join([words_of(d) for d in dimensions]) if len(dimensions) else ""
        line = self.line_of(token)
        return self._add(Signal(name, kind, direction, type_, width, line, array, value[:400]))

    def _parameter(self, node: Any) -> None:
        kind = "localparam" if node.keyword.valueText == "localparam" else "parameter"
        if node.kind.name == "TypeParameterDeclaration":
            for item in node.declarators:
                if hasattr(item, "name"):
                    value = words_of(item.assignment).removeprefix("=").strip()
                    line = self.line_of(item.name)
                    self._add(Signal(item.name.valueText, kind, "", "type", "", line, "", value))
            return
        type_, width = _type_of(node.type)
        self._declarators(node.declarators, kind, "", type_, width)

    def _parameter_statement(self, node: Any) -> None:
        self._parameter(node.parameter)

    # ---- nets, variables, types

    def _net(self, node: Any) -> None:
        type_, width = _type_of(node.type)
        self._declarators(node.declarators, "net", "", f"{node.netType.valueText} {type_}".strip(), width)

    def _variable(self, node: Any) -> None:
        type_, width = _type_of(node.type)
        self._enum(node.type, "")
        self._declarators(node.declarators, "variable", "", type_, width)

    def _enum(self, node: Any, name: str) -> None:
        if node.kind.name == "EnumType":
            for member in node.members:
                if hasattr(member, "name"):
                    self._declarator(member, "enum", "", name, "")

    def _typedef(self, node: Any) -> None:
        name = node.name.valueText
        if not name:
            return
        self._enum(node.type, name)
        type_, width = _type_of(node.type)
        self._add(Signal(name, "type", "", type_, width, self.line_of(node.name)))

    def _genvar(self, node: Any) -> None:
        for item in node.identifiers:
            if hasattr(item, "identifier"):
                token = item.identifier
                self._add(Signal(token.valueText, "genvar", "", "", "", self.line_of(token)))

    def _import(self, node: Any) -> None:
        for item in node.items:
            if hasattr(item, "package"):
                package, name = item.package.valueText, item.item.valueText
                self.imports.append(package)
                if name != "*":
                    line = self.line_of(item.item)
                    self._add(Signal(name, "import", "", package, "", line))

    # ---- nested scopes

    def _function(self, node: Any) -> None:
        prototype = node.prototype
        kind = "task" if node.kind.name == "TaskDeclaration" else "function"
        type_, width = _type_of(prototype.returnType)
        name = words_of(prototype.name)
        if name:
            token = prototype.name.getFirstToken()
            self._add(Signal(name, kind, "", type_, width, self.line_of(token)))
        if self.holds(node):
            if prototype.portList is not None:
                self._function_ports(prototype.portList.ports)
            self._statements(node.items)

    def _function_ports(self, ports: Any) -> None:
        direction, type_, width = "input", "", ""
        for port in ports:
            if not hasattr(port, "declarator"):
                continue
            if port.dataType is not None and words_of(port.dataType):
                type_, width = _type_of(port.dataType)
            direction = port.direction.valueText or direction
            self._declarator(port.declarator, "variable", direction, type_, width)

    def _procedure(self, node: Any) -> None:
        if self.holds(node):
            self._statement(node.statement)

    def _statement(self, node: Any) -> None:
        """Local declarations of the procedural blocks that hold the cursor."""
        if node is None or not hasattr(node, "kind") or not self.holds(node):
            return
        handler = _handlers().get(node.kind)
        if handler is not None and node.kind.name.endswith("Declaration"):
            handler(self, node)
            return
        if node.kind.name == "ForLoopStatement":
            for item in node.initializers:
                if hasattr(item, "declarator"):
                    type_, width = _type_of(item.type) if item.type is not None else ("int", "")
                    self._declarator(item.declarator, "variable", "", type_, width)
        for name in ("statement", "clause", "elseClause"):
            self._statement(getattr(node, name, None))
        items = getattr(node, "items", None)
        if items is not None:
            self._statements(items)

    def _statements(self, items: Any) -> None:
        handlers = _handlers()
        for item in items if hasattr(items, "__iter__") else [items]:
            kind: Any = getattr(item, "kind", None)
            if kind in handlers and kind.name.endswith(("Declaration", "DeclarationStatement")):
                handlers[kind](self, item)
            else:
                self._statement(item)

    def _generate(self, node: Any) -> None:
        """Instances of every branch; declarations only of the blocks that hold the cursor."""
        for block in _blocks_of(node):
            inner = Declarations(self.source, self.lines, self.at, self.unfinished)
            if hasattr(block, "members"):
                inner.read_members(block.members)
            else:
                inner.read_members([block])
            self.instances.extend(inner.instances)
            self.extents.extend(inner.extents)
            self.imports.extend(inner.imports)
            if self.holds(block):
                self.signals.extend(inner.signals)
            name = getattr(getattr(block, "beginName", None), "name", None)
            if name is not None and name.valueText:
                self._add(Signal(name.valueText, "block", "", "", "", self.line_of(name)))
        if node.kind.name == "LoopGenerate" and self.holds(node) and node.identifier.valueText:
            token = node.identifier
            self._add(Signal(token.valueText, "genvar", "", "", "", self.line_of(token)))

    def _generate_region(self, node: Any) -> None:
        self.read_members(node.members)

    def _instantiation(self, node: Any) -> None:
        module = node.type.valueText
        for item in node.instances:
            if not hasattr(item, "decl"):
                continue
            token = node.type if item.decl is None else item.decl.name
            name = "" if item.decl is None else token.valueText
            connected = [
                "*" if c.kind.name == "WildcardPortConnection" else c.name.valueText
                for c in item.connections
                if hasattr(c, "kind") and c.kind.name in ("NamedPortConnection", "WildcardPortConnection")
            ]
            line = self.line_of(node.type)
            self.instances.append(Instance(module, name, line, tuple(connected)))
            extent = node.sourceRange
            self.extents.append((extent.start.offset, extent.end.offset))
            if name:
                self._add(Signal(name, "instance", "", module, "", self.line_of(token)))

    def _unit(self, node: Any) -> None:
        """A design unit inside another: usually one whose `endmodule` is missing above."""
        self.nested.append(node)

    def _class(self, node: Any) -> None:
        if node.name.valueText:
            self._add(Signal(node.name.valueText, "type", "", "class", "", self.line_of(node.name)))
        if self.holds(node):
            self.read_members(node.items)

    def _class_member(self, node: Any) -> None:
        self.read_members([node.declaration])


def _port_header(header: Any) -> tuple[str, str, str, bool]:
    """Direction, type words, packed ranges, and whether the header says anything at all."""
    kind = header.kind.name
    if kind == "InterfacePortHeader":
        modport = words_of(header.modport)
        return "interface", header.nameOrKeyword.valueText + modport, "", True
    direction = header.direction.valueText
    type_, width = _type_of(header.dataType)
    if kind == "NetPortHeader":
        type_ = f"{header.netType.valueText} {type_}".strip()
    return direction, type_, width, bool(direction or type_ or width)


def _direction_left_out(header: Any, last: Signal) -> str:
    """Direction of a port that has a type but no direction: a plain type name is most likely an
    interface's."""
    type_ = header.dataType
    name = words_of(type_)
    if type_.kind.name == "NamedType" and "::" not in name and not name.endswith("_t"):
        return "interface"
    return last.direction if last.direction not in ("", "interface") else "inout"


def _type_of(node: Any) -> tuple[str, str]:
    """Type words and packed ranges of a data type."""
    kind = node.kind.name
    if kind in ("EnumType", "StructType", "UnionType"):
        base = getattr(node, "baseType", None)
        width = _type_of(base)[1] if base is not None else ""
        return node.keyword.valueText, width
    dimensions = getattr(node, "dimensions", None)
    if not dimensions:
        return words_of(node), ""
    keyword = getattr(node, "keyword", None)
    words = [keyword.valueText if keyword is not None else "", node.signing.valueText]
    return " ".join(word for word in words if word), "".join([words_of(d) for d in dimensions])


def _blocks_of(node: Any) -> Iterator[Any]:
    """The blocks (or single members) of a generate construct."""
    kind = node.kind.name
    if kind in ("LoopGenerate", "IfGenerate"):
        yield node.block
        clause = getattr(node, "elseClause", None)
        if clause is not None:
            yield clause.clause
    elif kind == "CaseGenerate":
        for item in node.items:
            clause = getattr(item, "clause", None)
            if clause is not None:
                yield clause
    else:
        yield node


@cache
def _handlers() -> dict[Any, Callable[[Declarations, Any], None]]:
    """Syntax kind -> how it is read."""
    from pyslang.syntax import SyntaxKind as K

    table = Declarations
    handlers: dict[Any, Callable[[Declarations, Any], None]] = {
        K.PortDeclaration: table._port_declaration,
        K.NetDeclaration: table._net,
        K.UserDefinedNetDeclaration: table._variable,
        K.DataDeclaration: table._variable,
        K.LocalVariableDeclaration: table._variable,
        K.ParameterDeclarationStatement: table._parameter_statement,
        K.TypedefDeclaration: table._typedef,
        K.GenvarDeclaration: table._genvar,
        K.PackageImportDeclaration: table._import,
        K.FunctionDeclaration: table._function,
        K.TaskDeclaration: table._function,
        K.HierarchyInstantiation: table._instantiation,
        K.GenerateRegion: table._generate_region,
        K.LoopGenerate: table._generate,
        K.IfGenerate: table._generate,
        K.CaseGenerate: table._generate,
        K.GenerateBlock: table._generate,
        K.ClassDeclaration: table._class,
        K.ClassPropertyDeclaration: table._class_member,
        K.ClassMethodDeclaration: table._class_member,
    }
    for kind in (
        K.AlwaysBlock,
        K.AlwaysCombBlock,
        K.AlwaysFFBlock,
        K.AlwaysLatchBlock,
        K.InitialBlock,
        K.FinalBlock,
    ):
        handlers[kind] = table._procedure
    for kind in (K.ModuleDeclaration, K.InterfaceDeclaration, K.PackageDeclaration, K.ProgramDeclaration):
        handlers[kind] = table._unit
    return handlers
