"""Boolean expressions: drawn, evaluated, and written as Verilog, as textbook formulas and in words.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from rtlgen.datasets.spec_pairs.design import Values

GATES = ("and", "or", "xor", "nand", "nor", "xnor")
_SIGN = {"and": "&", "or": "|", "xor": "^"}
_BASE = {"and": "and", "or": "or", "xor": "xor", "nand": "and", "nor": "or", "xnor": "xor"}


def gate(kind: str, bits: Sequence[int]) -> int:
    """The output of a gate of one-bit inputs."""
    value = bits[0]
    for other in bits[1:]:
        value = {"and": value & other, "or": value | other, "xor": value ^ other}[_BASE[kind]]
    return 1 - value if kind in ("nand", "nor", "xnor") else value


def gate_text(kind: str, terms: Sequence[str]) -> str:
    """A gate as a Verilog expression; the inverting ones as ``~(a & b)``."""
    text = f" {_SIGN[_BASE[kind]]} ".join(terms)
    return f"~({text})" if kind in ("nand", "nor", "xnor") else text


@dataclass(frozen=True)
class Expression:
    """A variable (`name`), or an operator over parts: ``not`` or one of `GATES`."""

    operator: str
    parts: tuple[Expression, ...] = ()
    name: str = ""

    def value(self, values: Values) -> int:
        """0 or 1."""
        if self.operator == "var":
            return values[self.name] & 1
        if self.operator == "not":
            return 1 - self.parts[0].value(values)
        return gate(self.operator, [part.value(values) for part in self.parts])

    def verilog(self, *, top: bool = True) -> str:
        """With parentheses around every inner operator."""
        if self.operator == "var":
            return self.name
        if self.operator == "not":
            return f"~{self.parts[0].verilog(top=False)}"
        text = gate_text(self.operator, [part.verilog(top=False) for part in self.parts])
        return text if top or self.operator in ("nand", "nor", "xnor") else f"({text})"

    def formula(self, style: str, *, top: bool = True) -> str:
        """Textbook notation: ``word`` (a AND NOT b), ``prime`` (ab' + c), ``sign`` (Verilog's operators)."""
        if style == "sign":
            return self.verilog(top=top)
        if self.operator == "var":
            return self.name
        if self.operator == "not":
            inner = self.parts[0].formula(style, top=False)
            return f"NOT {inner}" if style == "word" else f"{inner}'"
        inside = [part.formula(style, top=False) for part in self.parts]
        if style == "word" or self.operator in ("nand", "nor", "xnor"):
            text = f" {self.operator.upper()} ".join(inside)
        else:
            text = {"and": "·", "or": " + ", "xor": " ⊕ "}[self.operator].join(inside)
        return text if top else f"({text})"

    def words(self) -> str:
        """``the AND of a and the inverse of b``."""
        if self.operator == "var":
            return self.name
        if self.operator == "not":
            return f"the inverse of {self.parts[0].words()}"
        inside = [part.words() for part in self.parts]
        return f"the {self.operator.upper()} of {', '.join(inside[:-1])} and {inside[-1]}"

    def variables(self) -> set[str]:
        """Names that occur."""
        if self.operator == "var":
            return {self.name}
        return {name for part in self.parts for name in part.variables()}


def variable(name: str) -> Expression:
    """An expression that is one signal."""
    return Expression("var", name=name)


def drawn(rng: random.Random, names: Sequence[str], depth: int, kinds: Sequence[str] = GATES) -> Expression:
    """A random expression over `names`, no deeper than `depth`, without an inverter of an inverter."""
    if depth == 0 or (depth == 1 and rng.random() < 0.15):
        leaf = variable(rng.choice(list(names)))
        return Expression("not", (leaf,)) if rng.random() < 0.25 else leaf
    count = rng.choice([2, 2, 2, 3])
    chosen = rng.sample(list(names), min(count, len(names))) if depth == 1 else []
    parts = [
        (Expression("not", (variable(name),)) if rng.random() < 0.25 else variable(name)) for name in chosen
    ] or [drawn(rng, names, depth - 1 - (rng.random() < 0.3 and depth > 1), kinds) for _ in range(count)]
    unique = list(dict.fromkeys(parts))
    if len(unique) < 2:
        return unique[0]
    return Expression(rng.choice(list(kinds)), tuple(unique))
