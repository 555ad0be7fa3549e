"""Some SystemVerilog as Verilog-2005, so that Pyverilog can parse it: replacements that keep the lines as they are.

Procedural keywords, ``'0`` and ``'x``, loop variables declared in the loop, ``+=`` and ``++``, ``int`` and ``bit``, and
``logic``, which becomes ``reg`` where the name is assigned in a procedure and ``wire`` elsewhere. Types, packages,
interfaces and casts stay as they are: a text with them is not parsed. Whether the result still behaves as the original
is not known here; whoever uses it must check (`mutate` does).

Try: ``python -c "from rtlgen.datasets.mutants.normalise import verilog; print(verilog('logic a;'))"``
"""

from __future__ import annotations

import re

_COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
_LOOP = re.compile(r"\bfor\s*\(\s*(?:int|integer)(?:\s+unsigned)?\s+(\w+)\s*=")
_COMPOUND = re.compile(r"(?<![\w.])(\w+(?:\[[^\[\]]*\])?)\s*([-+*/%&|^])=(?!=)\s*([^;]+);")
_STEP = re.compile(r"(?<![\w.])(\w+)\s*(\+\+|--)|(\+\+|--)\s*(\w+)")
_PROCEDURAL = re.compile(r"(?<![\w.])(\w+)\s*(?:\[[^;=]*?\]\s*)*(?:<=|(?<![<>=!])=(?!=))")
_ASSIGN = re.compile(r"\bassign\b[^;]*;")
_DECLARED = re.compile(
    r"\b(input|output|inout)?(\s*)\blogic\b(?P<rest>[^;),]*(?:,(?!\s*(?:input|output|inout)\b)[^;),]*)*)"
)
_REPLACED = (
    (re.compile(r"\balways_ff\b"), "always"),
    (re.compile(r"\balways_(?:comb|latch)\b"), "always @(*)"),
    (re.compile(r"(?<![\w'])'([0xXzZ])(?![\w'])"), r"'b\1"),
    (re.compile(r"(?<![\w'])'1(?![\w'])"), "(~'b0)"),
    (re.compile(r"\b(?:unique0?|priority)\s+(?=case|if)"), ""),
    (re.compile(r"\bend(module|case|function|task)?\s*:\s*\w+"), r"end\1"),
    (re.compile(r"\bint(?:\s+unsigned)?\b(?=\s+\w)"), "integer"),
    (re.compile(r"\b(?:bit|byte)\b"), "logic"),
)


def verilog(text: str) -> str:
    """`text` with those constructs replaced; the same number of lines."""
    masked, kept = _masked(text)
    loops = set(_LOOP.findall(masked))
    masked = _LOOP.sub(lambda match: f"for ({match[1]} =", masked)
    for pattern, replacement in _REPLACED:
        masked = pattern.sub(replacement, masked)
    masked = _STEP.sub(lambda m: f"{m[1] or m[4]} = {m[1] or m[4]} {(m[2] or m[3])[0]} 1", masked)
    masked = _COMPOUND.sub(lambda m: f"{m[1]} = {m[1]} {m[2]} ({m[3]});", masked)
    masked = _without_logic(masked)
    masked = _declared(masked, loops)
    return _unmasked(masked, kept)


def _masked(text: str) -> tuple[str, list[str]]:
    """`text` with comments dropped (their newlines kept) and strings replaced by marks."""
    kept: list[str] = []

    def mask(match: re.Match[str]) -> str:
        if match[0].startswith("/"):
            return "\n" * match[0].count("\n") or " "
        kept.append(match[0])
        return f'"{len(kept) - 1}"'

    return _COMMENT_OR_STRING.sub(mask, text), kept


def _unmasked(text: str, kept: list[str]) -> str:
    return re.sub(r'"(\d+)"', lambda match: kept[int(match[1])], text)


def _without_logic(text: str) -> str:
    """``logic`` as ``reg`` or as a net, by how its names are assigned; a declaration of both kinds stays."""
    if not re.search(r"\blogic\b", text):
        return text
    assigned = set(_PROCEDURAL.findall(_ASSIGN.sub(";", text)))

    def declared(match: re.Match[str]) -> str:
        direction, rest = match[1] or "", match["rest"]
        parts = re.sub(r"\[[^\]]*\]|=[^,;]*", " ", rest).split(",")
        names = {words[-1] for words in (part.split() for part in parts) if words}
        if direction == "input":
            return f"{direction}{match[2]}{rest}"
        if names <= assigned:
            return f"{direction}{match[2]}reg{rest}"
        if names & assigned:
            return match[0]
        return f"{direction}{match[2]}{'' if direction else 'wire'}{rest}"

    return _DECLARED.sub(declared, text)


def _declared(text: str, loops: set[str]) -> str:
    """Variables that were declared in a loop, as integers behind the header of every module that uses them."""
    if not loops:
        return text

    def with_loops(match: re.Match[str]) -> str:
        used = [n for n in sorted(loops) if re.search(rf"\bfor \({n} =", match[0])]
        head, semicolon, body = match[0].partition(";")
        return head + semicolon + "".join(f" integer {name};" for name in used) + body

    return re.sub(r"\bmodule\b.*?\bendmodule\b", with_loops, text, flags=re.DOTALL)
