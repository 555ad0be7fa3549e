"""Is a Verilog file written by a person, and how much should it count in training.

Generated register files, netlists and memory images make training text easy and unlike what users write, so they
are refused or weighted down. The rules look at the text alone and are cheap: markers, line shapes and compressibility.
"""

from __future__ import annotations

import re
import zlib

from rtlgen.datasets.licence import header_of

RULES = 1
"""Version of what decides over a file and its text here and in `rtlgen.datasets.licence`: raise it with every change,
so that shards made by older rules are made anew."""

_MARKERS = re.compile(
    r"auto[- ]?generated|automatically\s+generated|do\s+not\s+(edit|modify)|generated\s+by|generated\s+from"
    r"|machine[- ]generated|this\s+file\s+(is|was)\s+generated|\(\*\s*src\s*=|\bfirtool\b|Vivado|Quartus",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_SHAPE = re.compile(r"[A-Za-z_$][\w$]*|\d[\w']*")
_MODULE = re.compile(r"\b(module|interface|package|program|class|function|task|typedef|`define)\b")


def refuse(text: str) -> str | None:
    """Why a file is not worth training on, or None: ``generated``, ``netlist``, ``data``, ``tiny``, ``no-code``."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 8:
        return "tiny"
    if _MARKERS.search(header_of(text, 2000)) or _MARKERS.search(text[:600]):
        return "generated"
    if not _MODULE.search(text):
        return "no-code"
    if sum(len(line) > 240 for line in lines) > 0.02 * len(lines) + 2:
        return "data"
    ratio = compression(text)
    if ratio < 0.075:
        return "netlist"
    escaped = sum(line.lstrip().startswith("\\") or " \\" in line for line in lines)
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


def scrub(text: str) -> str:
    """`text` with e-mail addresses replaced by ``user@example.com`` and carriage returns and trailing blanks removed."""
    text = _EMAIL.sub("user@example.com", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(line.rstrip() for line in text.split("\n"))
