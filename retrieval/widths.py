"""Port widths in bits: by literals, else by elaborating module headers alone with default parameters.

Only headers, parameters, types and functions are elaborated, never bodies, so a large design costs what
its headers cost. What needs a package or macro of another file stays unresolved (None).

    python -c "from rtlgen.retrieval.verilog import modules_in; print(modules_in(
        'module m #(parameter W=8)(input [W-1:0] a);endmodule', '')[0].ports)"
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from rtlgen.retrieval.declarations import Signal, parse
from rtlgen.retrieval.masking import Plain

MAX_WIDTH = 1 << 24
"""A resolved width beyond this (bits) is taken for a wrong one."""

_RANGE = re.compile(r"\[ ?(\d{1,7}) ?: ?(\d{1,7}) ?\]\Z")
_ONE_BIT = frozenset(
    ("", "wire", "reg", "logic", "bit", "wire logic", "var logic", "tri", "signed", "reg signed")
)
_FIXED = {"byte": 8, "shortint": 16, "int": 32, "integer": 32, "longint": 64, "time": 64}
_KEPT = frozenset(
    [
        "ParameterDeclarationStatement",
        "TypedefDeclaration",
        "FunctionDeclaration",
        "PackageImportDeclaration",
        "PortDeclaration",
    ]
)
_EXPRESSION = re.compile(r"[\w\s'+\-*/%()<>?:&|~^$.`]+\Z")


class Unresolved(NamedTuple):
    """A unit with ports of unknown width: its number in the file and its syntax node."""

    number: int
    node: Any


def literal_width(port: Signal) -> int | None:
    """Width in bits of a port whose type needs no elaboration, else None. An unpacked array counts its
    element."""
    if port.direction == "interface":
        return None
    if not port.width:
        return 1 if port.type in _ONE_BIT else _FIXED.get(port.type.removesuffix(" unsigned"))
    found = _RANGE.match(port.width)
    base = port.type.removesuffix(" signed").removesuffix(" unsigned").strip()
    if found is None or base not in _ONE_BIT:
        return None
    return abs(int(found[1]) - int(found[2])) + 1


def resolve(source: Plain, packages: Sequence[Any], units: Sequence[Unresolved]) -> dict[int, dict[str, int]]:
    """Unit index -> port name -> width in bits, where elaboration of the headers finds one. Never raises."""
    names = {f"{unit.node.header.name.valueText}": unit.number for unit in units}
    stubs = [_stub(source.text, unit.node) for unit in units if unit.node.kind.name == "ModuleDeclaration"]
    if not stubs:
        return {}
    text = "\n".join([*_macros(source.macros), *(_cut(source.text, node) for node in packages), *stubs])
    try:
        return {names[name]: widths for name, widths in _elaborate(text).items() if name in names}
    except Exception:  # an elaborator's bug must not stop the index
        return {}


def resolve_across(
    source: Plain, name: str, packages: Sequence[str], macros: dict[str, str]
) -> dict[str, int]:
    """Port -> width in bits of the module `name` of `source`, with the plain texts of `packages` of other files.

    `macros` are those of included headers. Never raises; an empty result means that nothing was found.
    """
    try:
        tree = parse(source.text)
        nodes = [node for node in tree[1:] if node.kind.name in ("ModuleDeclaration", "PackageDeclaration")]
        own = [node for node in nodes if node.kind.name == "PackageDeclaration"]
        stubs = [_stub(source.text, node) for node in nodes if node.header.name.valueText == name]
        parts = [
            *_macros(macros | source.macros),
            *packages,
            *(_cut(source.text, node) for node in own),
            *stubs,
        ]
        return _elaborate("\n".join(parts)).get(name, {})
    except Exception:  # an elaborator's bug must not stop the index
        return {}


def _cut(text: str, node: Any) -> str:
    extent = node.sourceRange
    return text[extent.start.offset : extent.end.offset]


def _stub(text: str, node: Any) -> str:
    """A module of the header and what may size its ports."""
    parts = [_cut(text, node.header)]
    if not parts[0].rstrip().endswith(";"):
        parts.append(";")
    parts += [_cut(text, member) for member in node.members if member.kind.name in _KEPT]
    return "\n".join([*parts, "endmodule"])


def _macros(macros: dict[str, str]) -> list[str]:
    """Macros that look like constants, as parameters under the names that `masking.plain` gave their uses."""
    return [
        f"localparam _{name} = {body.replace('`', '_')};"
        for name, body in macros.items()
        if body and not body.startswith("(") and len(body) < 200 and _EXPRESSION.match(body)
    ]


def _elaborate(text: str) -> dict[str, dict[str, int]]:
    """Module -> port -> width of every module of `text` as a top with default parameters."""
    import pyslang
    from pyslang import ast, syntax

    options = ast.CompilationOptions()
    options.flags = ast.CompilationFlags.AllowInvalidTop | ast.CompilationFlags.AllowTopLevelIfacePorts
    bag = pyslang.Bag()
    bag.compilationOptions = options
    compilation = ast.Compilation(bag)
    compilation.addSyntaxTree(syntax.SyntaxTree.fromText(text, "", ""))
    result: dict[str, dict[str, int]] = {}
    for instance in compilation.getRoot().topInstances:
        widths = result.setdefault(instance.name, {})
        for port in instance.body.portList:
            type_ = getattr(port, "type", None)
            if type_ is None or type_.isError:
                continue
            while type_.isUnpackedArray:
                type_ = type_.arrayElementType
            width = int(type_.bitWidth)
            if 0 < width <= MAX_WIDTH:
                widths[port.name] = width
    return result
