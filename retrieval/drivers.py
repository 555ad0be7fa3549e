"""Which names a piece of Verilog assigns: by ``assign``, in processes, and through instance outputs.

It reads statements by pattern, not by grammar: a name that is only compared right behind a ``:`` may be
taken for an assigned one. Text comes from `rtlgen.retrieval.masking.plain`.

    python -c "from rtlgen.retrieval.drivers import assigned; print(assigned('assign a = b; always @* {c,
    d} = 2;'))"
"""

from __future__ import annotations

import re
from functools import lru_cache

from rtlgen.core.records import Module
from rtlgen.retrieval.lines import KEYWORDS

_SELECT = r"(?:[ \t]*\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]|\.[A-Za-z_]\w*)*"
_ASSIGNED = re.compile(
    r"(?:[;):]|(?:assign|begin|do|else|end|endcase|fork)\b(?:\s*:\s*\w+(?=\s))?)\s*"
    r"(?:\#\s*(?:[\w.]+|\([^()]*\))\s*)?"
    r"(?:\{([^{}();=]*(?:\{[^{}();=]*\}[^{}();=]*)*)\}|([A-Za-z_][\w$]*)" + _SELECT + r")\s*"
    r"(?:[-+*/%&|^]|<<<?|>>>?)?(?:<=|=(?!=))"
)
_STEP = re.compile(r"(?:[;):]|begin\b)\s*([A-Za-z_][\w$]*)\s*(?:\+\+|--)")
_NAME = re.compile(r"(?<![\w$.`'])[A-Za-z_][\w$]*")
_BRACKETED = re.compile(r"\[[^\[\]]*\]")
_CONNECTION = re.compile(r"\.\s*([A-Za-z_]\w*)\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)")


@lru_cache(maxsize=64)
def assigned(text: str) -> dict[str, int]:
    """Assigned names -> offset of the first assignment's end. Bit selects and concatenations give the
    names in them."""
    found: dict[str, int] = {}
    text = ";" + text  # a statement may begin the text
    for match in _ASSIGNED.finditer(text):
        if match[2]:
            if match[2] not in KEYWORDS:
                found.setdefault(match[2], match.end() - 1)
        else:
            for name in roots(match[1]):
                found.setdefault(name, match.end() - 1)
    if "++" in text or "--" in text:
        for match in _STEP.finditer(text):
            found.setdefault(match[1], match.end() - 1)
    return found


def roots(expression: str) -> list[str]:
    """Names in an expression without those inside of ``[...]``."""
    if "[" in expression:
        bare = _BRACKETED.sub("", expression)
        expression = _BRACKETED.sub("", bare)
    return [name for name in _NAME.findall(expression) if name not in KEYWORDS]


def driven_by(text: str, module: Module) -> list[tuple[str, int]]:
    """(name, offset) of what the outputs of one instance of `module`, written as `text`, are connected to."""
    outputs = {port.name for port in module.ports if port.direction in ("output", "inout")}
    return [
        (name, match.end())
        for match in _CONNECTION.finditer(text)
        if match[1] in outputs
        for name in roots(match[2])
    ]
