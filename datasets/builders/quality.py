"""Is a Verilog file written by a person, and how much should it count in training.

Generated register files, netlists and memory images make training text easy and unlike what users write, so they
are refused or weighted down. The rules look at the text alone and are cheap: markers, line shapes and compressibility.
"""

from __future__ import annotations

import re
import zlib

from rtlgen.datasets.licence import header_of

RULES = 4
"""Version of what decides over a file and its text here, in `rtlgen.datasets.licence` and in `rtlgen.datasets.scrub`:
raise it with every change, so that shards made by older rules are made anew."""

_MARKERS = re.compile(
    r"auto[- ]?generated|automatically\s+generated|do\s+not\s+(edit|modify)|generated\s+by|generated\s+from"
    r"|machine[- ]generated|this\s+file\s+(is|was)\s+generated|\(\*\s*src\s*=|\bfirtool\b|Vivado|Quartus"
    r"|Generator\s*:\s*SpinalHDL|Icestudio|CORE\s+Generator|megafunction\s+wizard|High-Level\s+Synthesis|HDL\s+Coder"
    r"|Bluespec\s+Compiler|Synplify|Genus|Design\s+Compiler",
    re.IGNORECASE,
)
_COMPILED = re.compile(r"\b_(?:T|GEN)_\d+|\b_zz_\w+")
"""Names that compilers to Verilog (Chisel, SpinalHDL) make up."""
_MAPPED = re.compile(
    r"^\s*(?:sky130_\w+__\w+|gf180mcu_\w+__\w+|sg13g2_\w+|SB_LUT4|LUT[1-6]|\$_[A-Z]\w*_|wire\s+_\d{3,}_)",
    re.MULTILINE,
)
"""Lines of netlists: library cells, and the wires that Yosys numbers."""
_SHAPE = re.compile(r"[A-Za-z_$][\w$]*|\d[\w']*")
_MODULE = re.compile(r"\b(module|interface|package|program|class|function|task|typedef|`define)\b")


_ESCAPED = re.compile(r"(^|[\s(.,])\\[A-Za-z_$][^\s\"]*[\[./$:<>][^\s\"]*\s")
"""An escaped name as tools write them, ``\\u1/q[3] ``: no backslash at the end of a macro's line, no ``\\n``."""
_VENDOR = re.compile(
    r"(^|/)(glbl\.v|unisims?/|simprims?/|XilinxCoreLib/|ip_user_files/|ipstatic/|altera_mf\.v|altera_primitives\.v|220model\.v"
    r"|sgate\.v|\w*_atoms(_ncrypt)?\.v|sky130\w*/|gf180mcu\w*/|sg13g2\w*/|primitives\.v$)",
    re.IGNORECASE,
)
"""Places of the simulation libraries of vendors and processes, which repositories carry under a licence not their own."""


def refuse_path(path: str) -> str | None:
    """Why a file is left out by its place alone, or None: ``vendor library``."""
    return "vendor library" if _VENDOR.search(path) else None


def refuse(text: str) -> str | None:
    """Why a file is not worth training on, or None: ``generated``, ``netlist``, ``data``, ``tiny``, ``no-code``."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 8:
        return "tiny"
    if _MARKERS.search(header_of(text, 2000)) or _MARKERS.search(text[:600]):
        return "generated"
    if not _MODULE.search(text):
        return "no-code"
    if sum(1 for _ in _COMPILED.finditer(text)) > 0.2 * len(lines):
        return "generated"
    if sum(1 for _ in _MAPPED.finditer(text)) > 0.2 * len(lines) + 4:
        return "netlist"
    if sum(len(line) > 240 for line in lines) > 0.02 * len(lines) + 2:
        return "data"
    ratio = compression(text)
    if ratio < 0.075:
        return "netlist"
    escaped = sum(bool(_ESCAPED.search(line)) for line in lines)
    if escaped > 0.2 * len(lines):
        return "netlist"
    hexadecimal = sum(
        bool(re.fullmatch(r"[\s\w',:;{}()\[\]=]*'h[0-9a-fA-F_]+[\s,;})]*", line)) for line in lines
    )
    return "data" if len(lines) > 60 and hexadecimal > 0.5 * len(lines) else None


def weight(text: str) -> float:
    """Sampling weight in (0, 1]: 1 for varied text, less the more its line shapes repeat."""
    shapes = [_SHAPE.sub("x", line.strip()) for line in text.splitlines() if line.strip()]
    varied = len(set(shapes)) / max(1, len(shapes))
    return float(min(1.0, 0.15 + 1.8 * varied))


def compression(text: str) -> float:
    """Compressed size over size (zlib level 6): typical hand-written Verilog gives 0.15-0.35."""
    raw = text.encode("utf-8", "surrogateescape")
    return len(zlib.compress(raw, 6)) / max(1, len(raw))
