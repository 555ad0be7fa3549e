"""Verilog and SystemVerilog text: tokens, names, includes, imports, macros, and the design units of a file.

The parser is slang (pyslang 12); it reads unfinished and broken text too. Directives are not followed: a
header, a macro's body or a package of another file is not seen here (`rtlgen.retrieval.graph` knows the
other files). Where slang finds no unit, regular expressions look for module headers. Nothing here raises
on any text.

    python -c "from rtlgen.retrieval.verilog import modules_in; print(modules_in('module m(input a);',
    'm.v'))"
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from rtlgen.core.records import Instance, Module, Port
from rtlgen.retrieval.declarations import Declarations, Signal, parse
from rtlgen.retrieval.lines import KEYWORDS, TOKEN
from rtlgen.retrieval.masking import Lines, Plain, blank, masked, plain
from rtlgen.retrieval.widths import Unresolved, literal_width, resolve

if TYPE_CHECKING:
    from rtlgen.retrieval.scope import Elsewhere, Scope

INTERFACE_LINES = 60
"""An interface or package of at most this many lines is its own header."""
MAX_CUTS = 50
"""Unfinished units in one file that are told apart from what follows them."""

_IDENTIFIER = re.compile(r"\\\S+|(?<![\w$`'])[A-Za-z_][\w$]*")
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_INCLUDE = re.compile(r'^[ \t]*`include[ \t]+["<]([^">\n]+)[">]', re.MULTILINE)
_PACKAGE = re.compile(r"([A-Za-z_]\w*)\s*::")
_MACRO = re.compile(r"^[ \t]*`define[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_HEADER = re.compile(
    r"^[ \t]*(module|macromodule|interface(?!\s+class\b)|package|program)[ \t]+"
    r"(?:automatic[ \t]+|static[ \t]+)?([A-Za-z_]\w*)",
    re.MULTILINE,
)
_KINDS = {"ModuleDeclaration": "module", "InterfaceDeclaration": "interface"}
_PARAMETERS = ("ParameterDeclarationStatement",)
_KINDS |= {"PackageDeclaration": "package", "ProgramDeclaration": "program"}


def tokens(text: str) -> list[str]:
    """Lexer tokens in order; comments and blanks dropped, ``8'hFF`` is one token."""
    return TOKEN.findall(masked(text))


def identifiers(text: str) -> list[str]:
    """Identifiers in order, with repeats; keywords, macros, system names, strings and comments left out."""
    bare = _STRING.sub('""', masked(text))
    return [name for name in _IDENTIFIER.findall(bare) if name not in KEYWORDS]


def includes_of(text: str) -> tuple[str, ...]:
    """Names in `` `include`` directives, each once, in order."""
    return tuple(dict.fromkeys(_INCLUDE.findall(masked(text)))) if "`include" in text else ()


def imports_of(text: str) -> tuple[str, ...]:
    """Packages that are imported or named with ``::``, each once, in order."""
    if "::" not in text:
        return ()
    names = _PACKAGE.findall(_STRING.sub('""', masked(text)))
    return tuple(dict.fromkeys(name for name in names if name not in KEYWORDS and name != "std"))


def macros_of(text: str) -> tuple[str, ...]:
    """Names that the text `` `define``s, each once, in order."""
    return tuple(dict.fromkeys(_MACRO.findall(masked(text)))) if "`define" in text else ()


def scope_at(text: str, line: int, path: str = "", elsewhere: Elsewhere | None = None) -> Scope:
    """What is declared, driven and open at the start of a line; see `rtlgen.retrieval.scope.scope_at`."""
    from rtlgen.retrieval.scope import scope_at as at

    return at(text, line, path, elsewhere)


def modules_in(text: str, path: str, defined: Collection[str] = ()) -> tuple[Module, ...]:
    """The modules, interfaces, packages and programs of a file, in order, also of unfinished or broken text.

    Args:
        text: source text.
        path: what `Module.path` says.
        defined: macros defined outside, for conditional compilation.

    Port widths are in bits with default parameters, None when they depend on something outside the text.
    """
    if not _HEADER.search(text) and "module" not in text:
        return ()
    source = plain(text, defined)
    try:
        return _units(text, source, path)
    except Exception:  # a parser's bug must not stop the index
        return _by_expression(text, source.text, path)


def _units(text: str, source: Plain, path: str) -> tuple[Module, ...]:
    lines = Lines(text)
    trees, found = _parsed(source, source.text, lines)
    seen = {node.header.moduleKeyword.location.offset for node, _ in found}
    missed = [match.start(1) for match in _HEADER.finditer(source.text) if match.start(1) not in seen]
    if missed:  # a unit swallowed by an unfinished one above it
        cuts = [0, *missed[:MAX_CUTS], len(source.text)]
        found = []
        for start, stop in itertools.pairwise(cuts):
            piece = blank(source.text[:start]) + source.text[start:stop]
            kept, more = _parsed(source, piece, lines)
            trees += kept
            found += more
    if not found:
        return _by_expression(text, source.text, path)
    starts = [lines.at(node.header.moduleKeyword.location.offset) for node, _ in found]
    widths = _port_widths(source, found)
    units = []
    for index, (node, declared) in enumerate(found):
        name = node.header.name.valueText
        if not name:
            continue
        end = lines.at(node.sourceRange.end.offset - 1)
        if not node.endmodule.valueText or node.endmodule.isMissing:
            end = starts[index + 1] - 1 if index + 1 < len(starts) else lines.last - text.endswith("\n")
        end = max(starts[index], end)
        units.append(unit_module(text, path, node, declared, (lines, starts[index], end), widths[index]))
    return tuple(units)


def _parsed(source: Plain, text: str, lines: Lines) -> tuple[list[Any], list[tuple[Any, Declarations]]]:
    """Units of a text with their declarations, by offset; the first result keeps their syntax tree alive."""
    tree = parse(text)
    found: list[tuple[Any, Declarations]] = []
    queue = [node for node in tree[1:] if node.kind.name in _KINDS]
    while queue:
        node = queue.pop(0)
        declared = Declarations(source, lines)
        declared.read_unit(node)
        queue.extend(declared.nested)
        found.append((node, declared))
    found.sort(key=lambda pair: pair[0].sourceRange.start.offset)
    return tree[:1], found


def unit_module(
    text: str,
    path: str,
    node: Any,
    declared: Declarations,
    place: tuple[Lines, int, int],
    widths: dict[str, int | None],
) -> Module:
    """The `Module` of a unit's syntax node and declarations; `place` is its lines, first and last line."""
    lines, start, end = place
    kind = _KINDS[node.kind.name]
    parameters = [(s.name, s.value) for s in declared.signals if s.kind == "parameter"]
    return Module(
        node.header.name.valueText,
        kind,
        path,
        start,
        end,
        tuple(
            Port(s.name, s.direction, widths.get(s.name), _port_type(s)) for s in ports_of(declared.signals)
        ),
        tuple(parameters),
        tuple(sorted(declared.instances, key=lambda instance: instance.line)),
        tuple(dict.fromkeys(declared.imports)),
        _header(text, node, kind, (lines, start, end)),
    )


def _port_type(signal: Signal) -> str:
    """Type, packed and unpacked ranges of a port as one text: ``reg [7:0]``."""
    return " ".join(part for part in (signal.type, signal.width, signal.array) if part)


def ports_of(signals: Iterable[Signal]) -> list[Signal]:
    """Ports in order, each once; a later ``reg [3:0] q;`` completes an old-style ``output q;``."""
    ports: dict[str, Signal] = {}
    for signal in signals:
        if signal.kind == "port":
            ports.setdefault(signal.name, signal)
    return list(ports.values())


def _header(text: str, node: Any, kind: str, place: tuple[Lines, int, int]) -> str:
    """The declaration as written; an old-style one is followed by its port and parameter declarations."""
    lines, start, end = place
    begin = node.header.moduleKeyword.location.offset
    stop = max(begin, node.header.sourceRange.end.offset)
    if kind in ("interface", "package") and end - start < INTERFACE_LINES:
        return text[begin : lines.start(end + 1) if end < lines.last else len(text)].rstrip()
    header = text[begin:stop].rstrip()
    body = [member for member in node.members if member.kind.name in ("PortDeclaration", *_PARAMETERS)]
    if any(member.kind.name == "PortDeclaration" for member in body):
        extents = [member.sourceRange for member in body]
        items = [text[extent.start.offset : extent.end.offset].strip() for extent in extents]
        return "\n".join([header, *(f"  {item}" for item in items if not item.startswith("localparam"))])
    return header


def _port_widths(source: Plain, found: list[tuple[Any, Declarations]]) -> list[dict[str, int | None]]:
    """Per unit: port name -> width in bits, by literals where possible, else by elaborating the headers."""
    result: list[dict[str, int | None]] = []
    unresolved: list[Unresolved] = []
    for index, (node, declared) in enumerate(found):
        ports = ports_of(declared.signals)
        widths = {port.name: literal_width(port) for port in ports}
        result.append(widths)
        if any(width is None for width in widths.values()):
            unresolved.append(Unresolved(index, node))
    if unresolved:
        packages = [node for node, _ in found if node.kind.name == "PackageDeclaration"]
        for index, resolved in resolve(source, packages, unresolved).items():
            for name, width in resolved.items():
                if result[index].get(name, 0) is None:
                    result[index][name] = width
    return result


def _by_expression(text: str, source: str, path: str) -> tuple[Module, ...]:
    """Units by their headers' first line; nothing is known of their ports."""
    found = list(_HEADER.finditer(source))
    lines = Lines(text)
    units = []
    for index, match in enumerate(found):
        start = lines.at(match.start(1))
        last = lines.at(found[index + 1].start(1)) - 1 if index + 1 < len(found) else lines.last
        stop = source.find(";", match.end())
        header = text[match.start(1) : stop + 1 if stop >= 0 else len(text)]
        kind = "module" if match[1] == "macromodule" else match[1]
        instances: tuple[Instance, ...] = ()
        units.append(
            Module(match[2], kind, path, start, max(start, last), (), (), instances, (), header[:4000])
        )
    return tuple(units)
