"""Boolean equations and plain connections in a text: ``y = a b' + c``, ``out = (a AND NOT b) XOR c``, ``a -> w``.

An equation is a line (or a marked part of one) with a name, ``=`` and nothing but an expression. Operators are those of
Verilog, of logic (``+ * ' ·`` and names side by side) and words. Names are ports, their bits, or left sides of other
equations. All outputs must be driven, each once. With ports wider than a bit only Verilog's own operators are taken, and
the right side is kept as written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rtlgen.generate.formal.candidate import Candidate, bits, clocking, evidence, inputs, module, outputs
from rtlgen.generate.specification import Specification

_EQUATION = re.compile(
    r"^\s*(?:[-*\u2022]\s+|\d+[.)]\s+)?(?:assign\s+)?`?([A-Za-z_]\w*(?:\[\d+\])?)`?\s*<?=\s*(.+?)`?[;.]?\s*$"
)
_CONNECTION = re.compile(
    r"^\s*(?:[-*]\s+)?`?([A-Za-z_]\w*(?:\[\d+(?::\d+)?\])?)`?\s*(?:-+>|=>|\u2192|to|drives)\s*"
    r"`?([A-Za-z_]\w*(?:\[\d+(?::\d+)?\])?)`?[;,.]?\s*$"
)
_DRIVEN = re.compile(
    r"^\s*(?:[-*]\s+)?`?([A-Za-z_]\w*(?:\[\d+(?::\d+)?\])?)`?\s*(?:is connected to|is driven by|is wired to|<-+)\s*"
    r"`?([A-Za-z_]\w*(?:\[\d+(?::\d+)?\])?)`?[;,.]?\s*$"
)
_OTHER_CODE = re.compile(r"^\s*(?:assign|always|case)\b.*\n(?:.*\n)*?\s*endmodule\b", re.MULTILINE)
"""A module's body in the text: it may be what is to be mended."""
_TOKEN = re.compile(
    r"\s*([A-Za-z_]\w*(?:\[\d+\])?|1'b[01]|[01]\b|~\^|\^~|&&|\|\||[&|^~!()*+'\u00b7\u2295\u2227\u2228\u00ac])"
)
_WORDS = {"and": "&", "or": "|", "xor": "^", "not": "~", "xnor": "~^", "nand": "~&", "nor": "~|"}
_SIGNS = {
    "&&": "&",
    "*": "&",
    "\u00b7": "&",
    "\u2227": "&",
    "||": "|",
    "+": "|",
    "\u2228": "|",
    "\u2295": "^",
    "!": "~",
    "\u00ac": "~",
    "^~": "~^",
}
_LEVELS = (("|", "~|"), ("^", "~^"), ("&", "~&"))
"""Operators that bind, the loosest first."""
_PLAIN = re.compile(r"^[\w\s\[\]:&|^~()+<>?{},'-]+$")


def read(spec: Specification) -> list[Candidate]:
    """One candidate when the equations, or else the connections, drive every output."""
    if clocking(spec) is not None or _OTHER_CODE.search(spec.text):
        return []
    return _connections(spec) or _equations(spec)


def _connections(spec: Specification) -> list[Candidate]:
    driven: dict[str, str] = {}
    places = []
    sources = _names(spec, "input")
    targets = _names(spec, "output")
    for number, line in enumerate(spec.text.splitlines()):
        match = _CONNECTION.match(line) or _DRIVEN.match(line)
        if match is None:
            continue
        source, target = match[1], match[2]
        if _base(source) in targets:
            source, target = target, source
        if _base(source) in sources and _base(target) in targets:
            if driven.setdefault(target, source) != source:
                return []
            places.append(number)
    if len(places) < 2 or not _driven(spec, driven):
        return []
    lines = [f"assign {target} = {source};" for target, source in driven.items()]
    return [Candidate(module(spec, lines), evidence("the connections", places[0], places[-1]))]


def _driven(spec: Specification, names: Mapping[str, str]) -> bool:
    """Whether `names` are all outputs, each whole or all of its bits."""
    for port in outputs(spec):
        parts = [name for name in names if _base(name) == port.name]
        whole = parts == [port.name] or any(":" in part for part in parts)
        if not whole and sorted(parts) != sorted(f"{port.name}[{bit.index}]" for bit in bits(port)):
            return False
    return True


def _equations(spec: Specification) -> list[Candidate]:
    narrow = all((port.width or 1) == 1 for port in spec.ports)
    found: dict[str, str] = {}
    places = []
    lines = spec.text.splitlines()
    rights = {match[1] for line in lines if (match := _EQUATION.match(line))}
    known = {bit.text for port in inputs(spec) for bit in bits(port)} | _names(spec, "input") | rights
    for number, line in enumerate(lines):
        match = _EQUATION.match(line)
        if match is None:
            continue
        text = _expression(match[2], known) if narrow else _as_written(match[2], known)
        if text is None or _base(match[1]) in _names(spec, "input"):
            continue
        if found.setdefault(match[1], text) != text:
            return []
        places.append(number)
    outs = {port.name for port in outputs(spec)}
    if not found and narrow:
        found, places = _in_sentences(spec, known)
    if not found or not _driven(spec, found):
        return []
    inner = [name for name in found if _base(name) not in outs]
    if any("[" in name for name in inner) or not _grounded(found, known - rights, inner):
        return []
    body = [f"wire {name};" for name in inner]
    body += [f"assign {name} = {text};" for name, text in found.items()]
    return [Candidate(module(spec, body), evidence("the equations", places[0], places[-1]))]


def _in_sentences(spec: Specification, known: set[str]) -> tuple[dict[str, str], list[int]]:
    """Equations of outputs that end with their sentence: ``Implement f = a b' + c.``"""
    found: dict[str, str] = {}
    places = []
    for port in outputs(spec):
        for match in re.finditer(rf"(?<![\w=]){re.escape(port.name)}\s*=\s*([^.;,:\n=]+)", spec.text):
            text = _expression(match[1].strip("` "), known)
            if text is None or found.setdefault(port.name, text) != text:
                return {}, []
            places.append(spec.text[: match.start()].count("\n"))
    return found, places


def _grounded(found: Mapping[str, str], given: set[str], inner: Sequence[str]) -> bool:
    """Every name used is an input, or a left side that is itself grounded (no equation goes round in a circle)."""
    settled = set(given)
    left = dict(found)
    while left:
        ready = [
            name
            for name, text in left.items()
            if all(
                word in settled or _base(word) in settled
                for word in re.findall(r"[A-Za-z_]\w*(?:\[\d+\])?", _bare(text))
            )
        ]
        if not ready:
            return False
        for name in ready:
            settled |= {name, _base(name)}
            del left[name]
    return len(inner) == len(set(inner))


def _bare(text: str) -> str:
    return re.sub(r"\d+'[bdh]\w+", "", text)


def _names(spec: Specification, direction: str) -> set[str]:
    return {port.name for port in spec.ports if port.direction == direction}


def _base(name: str) -> str:
    return name.partition("[")[0]


def _as_written(text: str, known: set[str]) -> str | None:
    """A right side in Verilog over known names, for wide ports."""
    words = re.findall(r"[A-Za-z_]\w*", _bare(text))
    bases = {_base(name) for name in known}
    return text.strip() if words and set(words) <= bases and _PLAIN.match(text) else None


def _expression(text: str, known: set[str]) -> str | None:
    """Verilog for an expression in any of the notations; None when it is none, or a name is unknown."""
    tokens = _tokens(text, known)
    if not tokens:
        return None
    parser = _Parser(tokens)
    try:
        result = parser.level(0)
    except (IndexError, ValueError):
        return None
    return result if parser.at == len(tokens) else None


def _tokens(text: str, known: set[str]) -> list[str] | None:
    tokens: list[str] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        at = match.end()
        word = match[1]
        if word in known:
            tokens.append(word)
        elif word.lower() in _WORDS:
            tokens.append(_WORDS[word.lower()])
        elif word[0].isalpha() or word[0] == "_":
            if not all(letter in known for letter in word):
                return None
            tokens += list(word)  # ab: a and b
        elif word in ("0", "1"):
            tokens.append(f"1'b{word}")
        else:
            tokens.append(_SIGNS.get(word, word))
    return tokens


class _Parser:
    """Precedence: not, and (also side by side), exclusive or, or."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def level(self, depth: int) -> str:
        """An expression of this level or of a tighter one."""
        if depth == len(_LEVELS):
            return self.unary()
        left = self.level(depth + 1)
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            joined = depth == len(_LEVELS) - 1 and (
                token == "(" or token == "~" or token[0].isalnum() or token[0] == "_"
            )
            if token not in _LEVELS[depth] and not joined:
                break
            self.at += not joined
            right = self.level(depth + 1)
            sign = "&" if joined else token
            if sign in ("~&", "~|"):
                left = f"~({left} {sign[1]} {right})"
            else:
                left = f"({left} {sign} {right})"
        return left

    def unary(self) -> str:
        """A name, a constant, a negation or a parenthesis, with any number of primes behind it."""
        token = self.tokens[self.at]
        self.at += 1
        if token == "~":
            return f"~{self.unary()}"
        if token == "(":
            found = self.level(0)
            if self.tokens[self.at] != ")":
                raise ValueError(token)
            self.at += 1
        elif token[0].isalnum() or token[0] == "_":
            found = token
        else:
            raise ValueError(token)
        while self.at < len(self.tokens) and self.tokens[self.at] == "'":
            self.at += 1
            found = f"~{found}" if not found.startswith("~") else f"~({found})"
        return found
