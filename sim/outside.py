"""What a design takes from outside itself, by slang: names it cannot answer alone, inputs it drives, other ports.

Slang gets the design alone. A name that it cannot resolve then can only be answered by the test bench, because a
simulator looks upward through the instances for it (IEEE 1800-2017 23.8; for tasks and functions also without a dot).
Slang is silent about such names in generate branches that are not taken, so a text with dotted names is compiled a second
time with all its generate branches opened. No file is read but the texts: includes must have been blanked.

It does not look at comments, strings or system tasks (`sim.raw_text`). Used by `sim.tamper`.
Try: ``python -c "from rtlgen.sim.outside import outside; print(outside(['module m; assign x = tb.y; endmodule'], 'm'))"``
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_REACHES = "uses {name}, which only something outside the design can answer"
_WORDS = {
    "UndeclaredIdentifier": _REACHES,
    "CouldNotResolveHierarchicalPath": _REACHES,
    "InvalidHierarchicalIfacePath": _REACHES,
    "UnknownModule": "instantiates {name}, which is not its own",
    "UnknownPrimitive": "instantiates {name}, which is not its own",
    "UnknownInterface": "uses the interface {name}, which is not its own",
    "UnknownPackage": "imports from the package {name}, which is not its own",
    "UnknownPackageMember": "imports {name}, which is not its own",
    "UnknownDirective": "uses the macro {name}, which it does not define",
    "InputPortCoercion": "drives its own input {name}",
}
_QUOTED = re.compile(r"['\"]([^'\"]+)['\"]")
_DIRECTIONS = {"In": "input", "Out": "output", "InOut": "inout", "Ref": "ref"}
Finding = tuple[str, int]
"""What, and the 1-based line in the design's text."""


def outside(
    texts: Sequence[str],
    top: str,
    *,
    known: Sequence[str] = (),
    macros: str = "",
    ports: Mapping[str, str] | None = None,
    dotted: bool = True,
) -> list[Finding]:
    """What the design in `texts` with the module `top` takes from outside. `known` texts belong to it as a library.

    `macros` are lines of `` `define`` that stand before every text; `ports` the directions of the top's ports.
    `dotted`: the texts may have hierarchical names, so generate branches that are not taken are opened too.
    """
    found = _compiled(texts, top, known, macros, ports)
    if dotted:
        opened = [_opened(text, macros) for text in texts]
        if opened != list(texts):
            found += [
                finding
                for finding in _compiled(opened, top, known, macros, None)
                if _hierarchical(finding, texts)
            ]
    return found


def _hierarchical(finding: Finding, texts: Sequence[str]) -> bool:
    """Whether a finding in an opened text is a dotted name: genvars of opened loops are unknown names too."""
    what, line = finding
    name = re.match(r"uses (\S+), which only", what)
    if name is None:
        return False
    return any(
        re.search(rf"(?<![\w.]){re.escape(name[1])}\s*(?:\[[^\]]*\])?\s*\.", text.split("\n")[line - 1])
        for text in texts
        if text.count("\n") >= line - 1
    )


def _compiled(
    texts: Sequence[str], top: str, known: Sequence[str], macros: str, ports: Mapping[str, str] | None
) -> list[Finding]:
    """The findings of one compilation with `top` on top, and of one with what `top` does not instantiate."""
    found, others = _elaborated(texts, top, known, macros, ports, {top})
    if others:
        found += _elaborated(texts, top, known, macros, None, others)[0]
    return found


def _elaborated(
    texts: Sequence[str],
    top: str,
    known: Sequence[str],
    macros: str,
    ports: Mapping[str, str] | None,
    tops: set[str],
) -> tuple[list[Finding], set[str]]:
    """Findings with `tops` elaborated, and the names of the design's modules that were not."""
    import pyslang
    from pyslang import analysis, ast, syntax

    manager, library = pyslang.SourceManager(), pyslang.SourceLibrary()
    options = _options(tops)
    compilation = ast.Compilation(options)
    buffers = []
    for number, text in enumerate(texts):
        buffer = manager.assignText(f"design{number}", macros + text)
        buffers.append(buffer.id)
        compilation.addSyntaxTree(syntax.SyntaxTree.fromBuffer(buffer, manager, options))
    for text in known:
        compilation.addSyntaxTree(syntax.SyntaxTree.fromText(text, manager, "known", "", options, library))
    diagnostics = list(compilation.getAllDiagnostics())
    roots = [instance for instance in compilation.getRoot().topInstances if instance.name in tops]
    own = {d.name for d in compilation.getDefinitions() if d.location.buffer in buffers}
    used: set[str] = set()
    compilation.freeze()
    manager_of_drivers = analysis.AnalysisManager()
    manager_of_drivers.analyze(compilation)
    diagnostics += manager_of_drivers.getDiagnostics()
    shift = macros.count("\n")
    found = _told(manager, diagnostics, buffers, shift)
    for root in roots:
        used |= _modules_below(root)
        if root.name == top:
            found += _driven_inputs(manager_of_drivers, root.body, manager, shift)
            found += [] if ports is None else _other_ports(root.body, ports, manager, shift)
    return found, own - used - tops


def _modules_below(root: Any) -> set[str]:
    """Names of the modules that are instantiated below `root`."""
    from pyslang import ast

    names: set[str] = set()
    todo = [root]
    while todo:
        instance = todo.pop()
        if instance.definition.name in names:
            continue
        names.add(instance.definition.name)
        instance.body.visit(
            lambda symbol: todo.append(symbol) if symbol.kind == ast.SymbolKind.Instance else None
        )
    return names


def _options(tops: set[str]) -> Any:
    """All of the text is looked at; limits keep one odd parameter from costing seconds."""
    import pyslang
    from pyslang import ast

    compilation = ast.CompilationOptions()
    flags = ast.CompilationFlags
    compilation.flags = flags.CheckUninstantiated | flags.AllowInvalidTop | flags.AllowUnnamedGenerate
    compilation.errorLimit = 0
    compilation.topModules = tops
    compilation.maxGenerateSteps = 4096
    compilation.maxInstanceArray = 4096
    compilation.maxConstexprSteps = 100_000
    bag = pyslang.Bag()
    bag.compilationOptions = compilation
    return bag


def _told(manager: Any, diagnostics: Sequence[Any], buffers: Sequence[Any], shift: int) -> list[Finding]:
    """Those of slang's diagnostics that `_WORDS` has words for, if they are in the design."""
    import pyslang

    engine = pyslang.DiagnosticEngine(manager)
    found = []
    for diagnostic in diagnostics:
        words = _WORDS.get(repr(diagnostic.code)[len("DiagCode(") : -1])
        place = manager.getFullyExpandedLoc(diagnostic.location)
        if words is None or place.buffer not in buffers:
            continue
        quoted = _QUOTED.search(engine.formatMessage(diagnostic))
        name = quoted[1] if quoted else "a name"
        found.append((words.format(name=name), max(manager.getLineNumber(place) - shift, 1)))
    return found


def _driven_inputs(analyses: Any, body: Any, manager: Any, shift: int) -> list[Finding]:
    """Inputs of the top that something below drives: the value goes up into the test bench and the reference."""
    from pyslang import ast

    found = []
    for port in body.portList:
        net = getattr(port, "internalSymbol", None)
        if port.kind != ast.SymbolKind.Port or port.direction != ast.ArgumentDirection.In or net is None:
            continue
        if any(not driver.isInputPort for driver in analyses.getDrivers(net)):
            line = manager.getLineNumber(port.location) - shift
            found.append((f"drives its own input '{port.name}'".replace("'", ""), line))
    return found


def _other_ports(body: Any, ports: Mapping[str, str], manager: Any, shift: int) -> list[Finding]:
    """Ports of the top whose direction is not the one they must have."""
    from pyslang import ast

    found = []
    for port in body.portList:
        if port.kind != ast.SymbolKind.Port or port.name not in ports:
            continue
        direction = _DIRECTIONS.get(port.direction.name, port.direction.name)
        if direction != ports[port.name]:
            what = f"declares its port {port.name} as {direction} instead of {ports[port.name]}"
            found.append((what, manager.getLineNumber(port.location) - shift))
    return found


def _opened(text: str, macros: str) -> str:
    """`text` with the conditions of its generate constructs blanked so that every branch is elaborated.

    ``if (P) A else B`` becomes ``if (1) A B``, a case its items alone, a loop ``if (1)``; offsets and lines stay.
    Constructs that come out of a macro are left as they are.
    """
    from pyslang import syntax

    tree = syntax.SyntaxTree.fromText(macros + text)
    whole = macros + text
    characters = list(whole)
    kinds = {
        syntax.SyntaxKind.IfGenerate: _open_if,
        syntax.SyntaxKind.CaseGenerate: _open_case,
        syntax.SyntaxKind.LoopGenerate: _open_loop,
    }

    def visit(node: Any) -> None:
        opener = kinds.get(node.kind) if isinstance(node, syntax.SyntaxNode) else None
        if opener is not None and whole.startswith(node.keyword.valueText, node.keyword.location.offset):
            opener(node, characters)

    tree.root.visit(visit)
    return "".join(characters)[len(macros) :]


def _put(characters: list[str], start: int, end: int, text: str) -> None:
    """Write `text` at `start` and blank up to `end`, line ends kept; nothing when there is no room."""
    if end - start < len(text):
        return
    for at in range(start, end):
        if characters[at] not in "\r\n":
            characters[at] = " "
    at = start
    for character in text:
        while characters[at] in "\r\n":
            at += 1
        characters[at] = character
        at += 1


def _open_if(node: Any, characters: list[str]) -> None:
    _put(characters, node.openParen.location.offset + 1, node.closeParen.location.offset, "1")
    if node.elseClause is not None:
        at = node.elseClause.elseKeyword.location.offset
        _put(characters, at, at + len("else"), "")


def _open_case(node: Any, characters: list[str]) -> None:
    _put(characters, node.keyword.location.offset, node.closeParen.location.offset + 1, "")
    _put(characters, node.endCase.location.offset, node.endCase.location.offset + len("endcase"), "")
    for item in node.items:
        colon = getattr(item, "colon", None)
        if colon:
            _put(characters, item.sourceRange.start.offset, colon.location.offset + 1, "")


def _open_loop(node: Any, characters: list[str]) -> None:
    _put(characters, node.keyword.location.offset, node.closeParen.location.offset + 1, "if(1)")
