"""What is to be built: the text, the name of the module, and its ports as far as the text or a header says them.

Three sources for the ports, the first that says something wins: an interface file (`--interface`), a module header in
the text (in a code fence or bare), and lists of ports as people write them: ``- input d (8 bits)`` as in VerilogEval v2
or ``Input ports:`` with ``data_in[7:0]: ...`` as in RTLLM. A port whose width the text does not say is one bit wide;
prose is not interpreted. The text itself is never changed.

Try: ``rtlgen generate spec.md --prompt``
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import UsageError
from rtlgen.core.records import Module, Port
from rtlgen.retrieval.verilog import modules_in

_NAMED = (
    re.compile(
        r"^[ \t#*]*module[ _]name\b[ \t*]*:?[ \t*]*\n?[ \t]*[`'\"]?([A-Za-z_]\w*)",
        re.IGNORECASE | re.MULTILINE,
    ),
    re.compile(r"\b[Mm]odule\s+(?:is\s+)?(?:named|called)\s+[`'\"]?([A-Za-z_]\w*)"),
    re.compile(r"[`'\"]([A-Za-z_]\w*)[`'\"][ \t]+module\b"),
    re.compile(r"\bmodule[ \t]+[`'\"]([A-Za-z_]\w*)[`'\"]"),
)
_BULLET = re.compile(
    r"^[ \t]*[-*+][ \t]+[`*]*(input|output|inout)\b[ \t]*(?:(?:wire|reg|logic)\b)?[ \t]*(\[[^\]\n]+\])?[ \t]*"
    r"[`*]*([A-Za-z_]\w*)[`*]*[ \t]*(\[[^\]\n]+\])?[ \t]*(?:\([ \t]*(\d+)[ \t-]*bits?[ \t]*\))?",
    re.MULTILINE,
)
PORT_LINE = re.compile(
    r"[ \t]*[-*+]?[ \t]*[`*]*(?:input|output|inout)\b[ \t]*(?:(?:wire|reg|logic)\b)?[ \t]*(?:\[[^\]\n]+\])?[ \t]*"
    r"[`*]*[A-Za-z_]\w*[`*]*[ \t]*(?:\[[^\]\n]+\])?[ \t]*(?:\([ \t]*\d+[ \t-]*bits?[ \t]*\))?[ \t]*[,;.]?[ \t]*"
)
"""A line that declares one port and says nothing else of it."""
_SECTION = re.compile(
    r"^[ \t#*]*(input|output|inout)s?(?:[ \t]+(?:ports?|signals?))?[ \t*]*:?[ \t*]*$", re.IGNORECASE
)
_LISTED = re.compile(
    r"^[ \t]*(?:[-*+][ \t]+)?[`*]*(?:\[[^\]]+\][ \t]*)?([A-Za-z_]\w*)[`*]*[ \t]*(\[[^\]\n]+\])?[`*]*"
    r"[ \t]*(?:\([^)\n]*\))?[ \t]*:[ \t]*(.*)$"
)
_HEADER = re.compile(r"\bmodule\s+[A-Za-z_]\w*\s*(?:#\s*\(|\()")
_BITS = re.compile(r"\b(\d+)[ -]?bits?\b", re.IGNORECASE)
_RANGE = re.compile(r"\[\s*(\d+)\s*:\s*(\d+)\s*\]")


@dataclass(frozen=True)
class Specification:
    """What to build. `ports` is empty when nothing says them; `origin` says what did."""

    name: str
    """What the specification is called in tables: its file's name without the ending."""
    text: str
    top: str
    ports: tuple[Port, ...] = ()
    header: str = ""
    """The declaration up to its ``;``: as written, or made from the ports; empty when they are unknown."""
    origin: str = "nothing"
    """``interface file`` | ``header in the text`` | ``list in the text`` | ``nothing``."""

    @property
    def inputs(self) -> tuple[Port, ...]:
        """The input ports, in order."""
        return tuple(port for port in self.ports if port.direction == "input")


def read_specification(
    path: Path, *, interface: Path | None = None, top: str | None = None, name: str | None = None
) -> Specification:
    """The specification in the text file at `path`.

    Raises UsageError when the file is missing, empty or not text, the interface file holds no module `top` (or
    several and no `top` says which), or nothing names the module.
    """
    text = _text_of(path, "the specification")
    if not text.strip():
        raise UsageError(
            "the specification is empty", where=path, hint="write what the module does, and its ports"
        )
    called = name or path.stem
    if interface is not None:
        found = _headers(_text_of(interface, "the interface"))
        return _from_module(called, text, _chosen(found, top, interface), "interface file")
    return specification(text, top=top, name=called, where=path)


def specification(
    text: str, *, top: str | None = None, name: str = "spec", where: str | Path | None = None
) -> Specification:
    """The specification that `text` is; as `read_specification`, with the ports from the text alone."""
    called = top or _named(text)
    written = _headers(text)
    ports = _bulleted(text) or _sectioned(text)
    if any(module.name == called for module in written) or (written and not ports and top is None):
        wanted = called if any(module.name == called for module in written) else None
        return _from_module(name, text, _chosen(written, wanted, where), "header in the text")
    if called is None:
        raise UsageError(
            "nothing says what the module is called",
            where=where,
            hint="--top NAME, --interface ports.v, or write 'a module named NAME' into the text",
        )
    if not ports:
        return Specification(name, text, called)
    return Specification(name, text, called, ports, header_of(called, ports), "list in the text")


def from_header(name: str, text: str, code: str, top: str) -> Specification:
    """The specification `text` with the ports that module `top` of `code` has.

    Raises UsageError when `code` declares no such module.
    """
    return _from_module(name, text, _chosen(_headers(code), top, None), "interface file")


def header_of(name: str, ports: Sequence[Port]) -> str:
    """A module header, one port a line; outputs are ``logic``: an assign and an always block may drive them."""
    rows = []
    for port in ports:
        span = port.type or (f"[{port.width - 1}:0]" if port.width and port.width > 1 else "")
        kind = "output logic" if port.direction == "output" else port.direction
        rows.append("  " + " ".join(word for word in (kind, span, port.name) if word))
    return f"module {name} (\n" + ",\n".join(rows) + "\n);"


def _text_of(path: Path, what: str) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{what} is not UTF-8 text", where=path, hint="save it as plain text") from None
    except OSError as error:
        raise UsageError(
            f"{what} cannot be read: {error.strerror or error}", where=path, hint="check the path"
        ) from None


def _headers(text: str) -> list[Module]:
    """Modules of which the text shows a header with directions, in code or bare; prose about modules is none."""
    found: dict[str, Module] = {}
    for start in _HEADER.finditer(text):
        end = text.find("endmodule", start.start())
        close = text.find(");", start.start())
        if close < 0:
            continue
        stop = end + len("endmodule") if end >= 0 else close + 2
        for module in modules_in(text[start.start() : stop] + ("" if end >= 0 else "\nendmodule\n"), ""):
            if module.ports and {port.direction for port in module.ports} <= {"input", "output", "inout"}:
                found.setdefault(module.name, module)
    return list(found.values())


def _chosen(found: Sequence[Module], top: str | None, where: str | Path | None) -> Module:
    modules = [module for module in found if module.kind == "module"]
    wanted = [module for module in modules if top is None or module.name == top]
    names = ", ".join(module.name for module in modules) or "none"
    if not wanted:
        missing = f"no module '{top}'" if top else "no module"
        raise UsageError(f"{missing} in the interface; it has: {names}", where=where, hint="--top NAME")
    if len({module.name for module in wanted}) > 1:
        raise UsageError(f"several modules, which one is wanted? {names}", where=where, hint="--top NAME")
    return wanted[0]


def _from_module(name: str, text: str, module: Module, origin: str) -> Specification:
    return Specification(name, text, module.name, module.ports, module.header.strip(), origin)


def _named(text: str) -> str | None:
    return next((match[1] for pattern in _NAMED if (match := pattern.search(text))), None)


def _port(direction: str, name: str, span: str | None, bits: str | None) -> Port:
    """A port of a list; the span wins over the number of bits, and one bit is what nothing says."""
    match = _RANGE.fullmatch(span.strip()) if span else None
    if match is not None:
        return Port(name, direction, abs(int(match[1]) - int(match[2])) + 1, f"[{match[1]}:{match[2]}]")
    if span:
        return Port(name, direction, None, span.strip())
    width = int(bits) if bits else 1
    return Port(name, direction, width, f"[{width - 1}:0]" if width > 1 else "")


def _bulleted(text: str) -> tuple[Port, ...]:
    """Ports of ``- input name (8 bits)`` lines, each name once."""
    found: dict[str, Port] = {}
    for match in _BULLET.finditer(text):
        direction, before, name, behind, bits = match.groups()
        found.setdefault(name, _port(direction, name, before or behind, bits))
    return tuple(found.values())


def _sectioned(text: str) -> tuple[Port, ...]:
    """Ports of ``Input ports:`` and ``Output ports:`` lists; a line that is no port ends a list."""
    found: dict[str, Port] = {}
    direction = ""
    for line in text.splitlines():
        if head := _SECTION.match(line):
            direction = head[1].lower()
        elif direction and line.strip():
            row = _LISTED.match(line)
            if row is None or not row[3].strip():
                direction = ""
                continue
            bits = _BITS.search(row[3])
            found.setdefault(row[1], _port(direction, row[1], row[2], bits[1] if bits else None))
    return tuple(found.values())
