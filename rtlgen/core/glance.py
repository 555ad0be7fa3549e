"""What one look at a file tells: binary, encrypted, generated, its includes, whether it declares a unit.

Line patterns, no parsing: enough to choose files and include folders before any tool runs. Comments are not
removed and conditional compilation is not followed, so an include in a comment may be seen; a name that
resolves to nothing is then only reported as such.

Try: ``rtlgen files`` (the notes and skipped files come from here)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

VERILOG = (".v", ".vp")
SYSTEMVERILOG = (".sv", ".svp")
HEADERS = (".vh", ".svh")
SOURCE_EXTENSIONS = (*VERILOG, *SYSTEMVERILOG, *HEADERS)
"""File name endings (lower case) that discovery takes for Verilog."""

_INCLUDE = re.compile(rb'^[ \t]*`include[ \t]+["<]([^">\r\n]+)[">]', re.MULTILINE)
_UNIT = re.compile(
    rb"^[ \t]*(?:(?:virtual|automatic|extern)\s+)*"
    rb"(?:module|macromodule|interface|package|program|primitive|checker|class)"
    rb"\s+(?:(?:automatic|static|class)\s+)?[A-Za-z_\\]",
    re.MULTILINE,
)
_GENERATED = re.compile(
    rb"auto(?:matically)?[- ]?generated|generated\s+(?:by|from|with|using|on)\b|do\s+not\s+(?:edit|modify)",
    re.IGNORECASE,
)
_ENCRYPTED = re.compile(
    rb"`(?:pragma\s+)?protect\b[^\n]*(?:begin_protected|data_block)|^`protected\b", re.MULTILINE
)
_GENERATED_WITHIN = 2000
"""A generated file says so near its top (bytes)."""


@dataclass(frozen=True)
class Glance:
    """One look at a file of `size` bytes; includes are (name, 1-based line)."""

    size: int
    binary: bool
    encrypted: bool
    generated: bool
    has_unit: bool
    includes: tuple[tuple[str, int], ...]


def kind_of(path: str) -> str:
    """``verilog`` | ``systemverilog`` | ``header`` by the ending of the name, ``verilog`` when unknown."""
    ending = Path(path).suffix.lower()
    if ending in HEADERS:
        return "header"
    return "systemverilog" if ending in SYSTEMVERILOG else "verilog"


def glance(path: Path, *, max_bytes: int) -> Glance:
    """Look at the first `max_bytes` of a file. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        data = file.read(max_bytes)
    matches = _INCLUDE.finditer(data) if b"`include" in data else ()
    includes = tuple(
        (match[1].decode("utf-8", "replace").strip(), data.count(b"\n", 0, match.start()) + 1)
        for match in matches
    )
    return Glance(
        size=path.stat().st_size,
        binary=b"\0" in data,
        encrypted=b"protect" in data and _ENCRYPTED.search(data) is not None,
        generated=_GENERATED.search(data, 0, _GENERATED_WITHIN) is not None,
        has_unit=_UNIT.search(data) is not None,
        includes=includes,
    )
