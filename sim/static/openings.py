"""What a Verilog text leaves open: blocks, brackets, statements; how to close them, and whether a candidate is whole.

A candidate is *unfinished by nature* when what it says calls for more: it opens a block or a bracket that it does not
close, ends in an operator or a comma, or is the head of a statement whose body is to follow.

What it does not do: parse. Both halves of an `` `ifdef`` are read, so a header written twice counts twice; what is
closed once too often does no harm, because nothing after the cursor is judged.

Try: python -c "from rtlgen.sim.static.openings import closers, opened as o; print(closers(o('module m; begin')))"
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rtlgen.sim.static.lexer import significant


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PAIRS = {
    "begin": "end",
    "case": "endcase",
    "casex": "endcase",
    "casez": "endcase",
    "fork": "join",
    "generate": "endgenerate",
    "function": "endfunction",
    "task": "endtask",
    "module": "endmodule",
    "macromodule": "endmodule",
    "interface": "endinterface",
    "package": "endpackage",
    "program": "endprogram",
    "class": "endclass",
    "property": "endproperty",
    "sequence": "endsequence",
    "specify": "endspecify",
    "clocking": "endclocking",
    "covergroup": "endgroup",
    "`ifdef": "`endif",
    "`ifndef": "`endif",
    "(": ")",
    "[": "]",
    "{": "}",
}
_PAIRS["#("] = ")"
_CLOSERS = {closer: closer for closer in _PAIRS.values()} | {"join_any": "join", "join_none": "join"}
"""Closing word -> the one that `_PAIRS` has for its opener."""
_TYPES = _set("""
    wire reg logic bit int integer real time tri genvar event string byte input output inout assign
    parameter localparam module package import typedef return disable var signed unsigned automatic static
    else supply0 supply1
""")
"""Words before a name that make it no instance."""
_NAME = re.compile(r"[A-Za-z_]\w*")
_CONDITIONALS = frozenset({"`ifdef", "`ifndef"})
_BRACKETS = frozenset("([{") | {"#("}
_KEPT = 16
"""How many last tokens `Opened` keeps."""
_MODIFIERS = frozenset({"virtual", "typedef", "assert", "cover", "assume"})
_MODIFIED = frozenset({"interface", "class", "property"})
_HEADS = _set("""
    if for while repeat foreach forever wait always always_ff always_comb always_latch initial final
    else do @ unique priority
""")
_HANGING = _set("""
    = <= == != === !== < > >= && || & | ^ ~ ! + - * / % ** << >> <<< >>> ? : , . # @ -> => :: += -= *= /= &= |= ^=
    else begin fork generate initial always always_comb always_latch do forever assign or posedge negedge
""")


@dataclass(frozen=True)
class Opened:
    """What a text leaves open: opening words outermost first, its last tokens, and the bracket it closed last."""

    stack: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    closed: str = ""


def opened(text: str, so_far: Opened | None = None) -> Opened:
    """What is left open after `text`, which continues a text that left `so_far` open."""
    start = so_far or Opened()
    stack, closed = list(start.stack), start.closed
    before = start.last[-1] if start.last else ""
    tokens = [token for token, _, _ in significant(text)]
    for token in tokens:
        if token in _PAIRS and not (token in _MODIFIED and before in _MODIFIERS):
            stack.append("#(" if token == "(" and before == "#" else token)
        elif token in _CLOSERS:
            closed = _pop(stack, _CLOSERS[token])
        elif token in {";", "begin"}:
            closed = ""
        before = token
    return Opened(tuple(stack), (*start.last, *tokens[-_KEPT:])[-_KEPT:], closed)


def closers(state: Opened) -> str:
    """What would close everything that is left open, innermost first, starting on a new line.

    Errors in it do not matter; it lets a parser that looks ahead see an instance, a call or a block for what it is.
    """
    out = ["\n"]
    if state.last[-1:] == (")",) and state.closed == "#(":
        out.append("rtlgen_u ()")
    elif _names_instance(_without_range(state.last), state.closed):
        out.append("()")
    elif state.last[-1:] == (":",) and len(state.last) > 2 and _ends_statement(state.last[-3]):
        out.append("assert (1)")
    bracketed = ended = False
    for opener in reversed(state.stack):
        if opener in _CONDITIONALS:
            out.append("\n`endif\n")
        elif opener in _BRACKETS:
            out.append(") rtlgen_u ()" if opener == "#(" else _PAIRS[opener])
            bracketed = True
        else:
            out += [";\n" if bracketed or not ended else "\n", _PAIRS[opener]]
            bracketed, ended = False, True
    return " ".join([*out, ";\n" if bracketed else "\n"])


def unfinished(candidate: str) -> str:
    """Why `candidate` cannot be the whole of what is being written, in a few words; empty when it can."""
    tokens = [t for t, _, _ in significant(candidate)]
    if not tokens:
        return ""
    opened: list[str] = []
    for token in tokens:
        if token in _PAIRS:
            opened.append(token)
        elif token in _CLOSERS:
            if opened and _PAIRS[opened[-1]] == _CLOSERS[token]:
                opened.pop()
            elif any(_PAIRS[opener] == _CLOSERS[token] for opener in opened):
                return ""
    if opened:
        return f"`{opened[-1]}` is not closed yet"
    if tokens[-1] in _HANGING:
        return f"`{tokens[-1]}` is followed by nothing yet"
    if tokens[0] in _HEADS and tokens[-1] in {")", "always_comb", "*"}:
        return f"the body of `{tokens[0]}` is to follow"
    return ""


def _ends_statement(token: str) -> bool:
    """True for a token after which a new statement or module item begins."""
    return token in {";", "begin", "join", "`endif", "`else"} or token.startswith("end")


def _without_range(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The last three tokens, a closing `[...]` left out."""
    if tokens[-1:] == ("]",) and "[" in tokens:
        tokens = tokens[: len(tokens) - 1 - tokens[::-1].index("[")]
    return tokens[-3:]


def _names_instance(last: tuple[str, ...], closed: str) -> bool:
    """True when the last tokens are `module name` at the start of a statement, or `#(...) name`."""
    if len(last) < 3 or not _NAME.fullmatch(last[2]) or last[2] in _PAIRS or last[2] in _CLOSERS:
        return False
    if last[1] == ")":
        return closed == "#("
    return bool(_NAME.fullmatch(last[1])) and last[1] not in _TYPES and _ends_statement(last[0])


def _pop(opened: list[str], closer: str) -> str:
    """Take the last opener of `closer` off the stack, with what was left open inside it; empty when there is none."""
    for index in range(len(opened) - 1, -1, -1):
        if _PAIRS[opened[index]] == closer:
            taken = opened[index]
            del opened[index:]
            return taken
        if closer in ")]}" and opened[index] not in _BRACKETS:
            break
    return ""
