"""Closers of the open blocks and brackets, and the words that stand between blocks.

Indentation is the opener's. Several spellings are offered where style differs (``end else begin`` or ``else``).

    propose(Position.at("a.v", prefix, Continuation({})))
"""

from __future__ import annotations

from rtlgen.retrieval.lines import indent_of
from rtlgen.retrieval.propose.position import OPENERS, Block, Position, Proposal

_PARENTS = 3


def propose(position: Position) -> list[Proposal]:
    """Closers from the innermost open block outwards, then `begin`, `else`, `default` and directives that fit."""
    found: list[tuple[str, str, float]] = []
    for depth, block in enumerate(reversed(position.blocks[-_PARENTS:])):
        found.extend((text, block.indent, float(depth)) for text in _closers(position, block))
    found.extend((text, indent, 0.0) for text, indent in _between(position))
    found.extend((text, indent, 0.0) for text, indent in _directives(position))
    return [
        Proposal(indent + text, "closer", {"closer_rank": rank + 1.0, "closer_depth": level + 1.0})
        for rank, (text, indent, level) in enumerate(found)
    ]


def _closers(position: Position, block: Block) -> list[str]:
    """Ways to close one block."""
    opener = position.code[block.line]
    if block.token == "(":
        return _close_round(position, block)
    if block.token in ("{", "'{"):
        return ["};", "}", "});", "}),"]
    if block.token == "[":
        return []
    close = OPENERS[block.token]
    result = [close]
    if block.token == "begin":
        first = opener.tokens[0]
        if first == "if" or "if" in opener.tokens:
            result += ["end else begin", "end else"]
        label = _label(opener.tokens)
        if label:
            result.append(f"end : {label}")
            result.append(f"end: {label}")
    elif block.token == "fork":
        result += ["join_none", "join_any"]
    elif block.token in ("module", "package", "interface", "function", "task", "class"):
        name = _declared(opener.tokens)
        if name:
            result += [f"{close} : {name}", f"{close}: {name}", f"{close} // {name}"]
    return result


def _close_round(position: Position, block: Block) -> list[str]:
    """Ways to close a round bracket: of a module header, an instance, a parameter list or an expression."""
    opener = position.code[block.line]
    tokens = opener.tokens
    if "if" in tokens[:3] or "for" in tokens[:2] or "while" in tokens[:2]:
        return [") begin", ")"]
    if tokens[-2:] == ("#", "(") or "#" in tokens:
        name = _instance_guess(position, block)
        return [")", ") (", "("] + ([f") {name} (", f") {name}("] if name else [])
    return [");", ")"]


def _instance_guess(position: Position, block: Block) -> str:
    """``u_name`` style instance name for the module whose parameter list is open, from the file's habits."""
    tokens = position.code[block.line].tokens
    if tokens[0] == "module" or len(tokens) < 2:
        return ""
    module = tokens[0]
    for line in reversed(position.code):
        if line.kind == "instance" and len(line.tokens) > 2 and line.tokens[0] != module:
            other, name = line.tokens[0], line.tokens[1]
            if other in name:
                return name.replace(other, module)
    return f"{module}_inst"


def _label(tokens: tuple[str, ...]) -> str:
    """The label after ``begin :``, empty when there is none."""
    for index in range(len(tokens) - 2):
        if tokens[index] == "begin" and tokens[index + 1] == ":":
            return tokens[index + 2]
    return ""


def _declared(tokens: tuple[str, ...]) -> str:
    """Name of the module, package or function that a header line declares."""
    names = [token for token in tokens if token[0].isalpha() or token[0] == "_"]
    skip = {
        "module",
        "package",
        "interface",
        "function",
        "task",
        "class",
        "automatic",
        "static",
        "virtual",
        "void",
    }
    for name in names:
        if name not in skip:
            return name
    return ""


def _between(position: Position) -> list[tuple[str, str]]:
    """Words that may follow the last line: `begin` after a control line, `else` after a branch, `default`."""
    last = position.last
    indent = position.indent
    result: list[tuple[str, str]] = []
    tokens = last.tokens
    if not tokens:
        return result
    if last.kind == "control" and tokens[-1] != "begin" and tokens[-1] != ";":
        result.append(("begin", indent))
    if tokens[0] == "end" and len(tokens) == 1:
        result += [("else begin", indent), ("else", indent)]
    elif tokens[-1] == ";" and last.kind in ("blocking", "nonblocking", "call", "control"):
        outer = _control_indent(position)
        result += [("else", outer), ("else begin", outer)]
    for block in reversed(position.blocks):
        if block.token == "begin" and block.line == len(position.code) - 1:
            break
        if block.token in ("case", "casex", "casez"):
            item = _item_indent(position, block)
            result += [("default: begin", item), ("default:", item), ("default: ;", item)]
            break
        if block.token not in ("begin",):
            break
    return result


def _control_indent(position: Position) -> str:
    """Indent of the nearest line above that is indented less than the last one."""
    size = len(position.indent.expandtabs(4))
    for text in reversed(position.texts[-12:]):
        indent = indent_of(text)
        if len(indent.expandtabs(4)) < size:
            return indent
    return position.indent


def _item_indent(position: Position, block: Block) -> str:
    """Indent of the case items of an open case block."""
    if block.line + 1 < len(position.code):
        return indent_of(position.texts[block.line + 1])
    return block.indent + position.step


def _directives(position: Position) -> list[tuple[str, str]]:
    """`` `endif`` and `` `else`` of the open conditional."""
    if not position.directives:
        return []
    block = position.directives[-1]
    result = [("`endif", block.indent)]
    name = position.code[block.line].tokens[1:2]
    if name:
        result.append((f"`endif // {name[0]}", block.indent))
    if block.token != "`else":
        result.append(("`else", block.indent))
    return result
