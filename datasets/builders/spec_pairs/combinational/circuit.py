"""What the combinational families share: ports, bodies in several styles, the oracle of a function.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rtlgen.datasets.spec_pairs.design import Design, DesignPort, Values
from rtlgen.datasets.spec_pairs.names import Names

Function = Callable[[Values], dict[str, int | None]]


@dataclass(frozen=True)
class Kind:
    """A family made of one drawing function."""

    name: str
    weight: float
    make: Callable[[random.Random], Design]

    def draw(self, rng: random.Random) -> Design:
        """A new design."""
        return self.make(rng)


def family(weight: float = 1.0) -> Callable[[Callable[[random.Random], Design]], Kind]:
    """Turn a drawing function into a family of its name."""
    return lambda make: Kind(make.__name__, weight, make)


@dataclass(frozen=True)
class Calculated:
    """The oracle of a combinational design: a function of its inputs."""

    function: Function

    def step(self, inputs: Values) -> dict[str, int | None]:
        """The outputs for `inputs`."""
        return self.function(inputs)


def given(name: str, width: int = 1, note: str = "") -> DesignPort:
    """An input."""
    return DesignPort(name, "input", width, note=note)


def result(name: str, width: int = 1, note: str = "") -> DesignPort:
    """An output."""
    return DesignPort(name, "output", width, note=note)


def combinational(
    kind: str, top: str, ports: Sequence[DesignPort], body: str, says: Sequence[str], function: Function
) -> Design:
    """A design without a clock."""
    return Design(kind, top, tuple(ports), body, tuple(says), lambda: Calculated(function))


def driven(rng: random.Random, values: Mapping[str, str], *, assign: float = 0.7) -> str:
    """A body that drives each output with its expression: assigns, or one always block."""
    if rng.random() < assign:
        return "".join(f"  assign {name} = {value};\n" for name, value in values.items())
    return always(rng, [f"{name} = {value};" for name, value in values.items()])


def always(rng: random.Random, statements: Sequence[str]) -> str:
    """A combinational always block around lines of statements (already indented among themselves)."""
    head = rng.choice(["always @(*)", "always @(*)", "always_comb"])
    if len(statements) == 1 and rng.random() < 0.5:
        return f"  {head} {statements[0]}\n"
    inner = "".join(f"    {line}\n" for line in statements)
    return f"  {head} begin\n{inner}  end\n"


def cases(
    rng: random.Random,
    selector: str,
    rows: Sequence[tuple[str, str]],
    default: str | None,
    *,
    word: str = "case",
) -> str:
    """A case statement: `rows` of label and statement in order, then `default`."""
    lines = [f"{word} ({selector})", *(f"  {label}: {statement}" for label, statement in rows)]
    if default is not None:
        lines.append(f"  default: {default}")
    return always(rng, [*lines, "endcase"])


def loop(
    rng: random.Random,
    names: Names,
    count: int,
    statement: str,
    first: Sequence[str] = (),
    *,
    unroll: bool = False,
) -> str:
    """A for loop over ``@`` in an always block behind the statements `first`, or a generate loop of assigns."""
    index = names.take("i")
    statement = statement.replace("@", index)
    if first or unroll or rng.random() < 0.75:
        declared = rng.random() < 0.5
        kind = "" if declared else "int "
        lines = [
            *first,
            f"for ({kind}{index} = 0; {index} < {count}; {index} = {index} + 1)",
            f"  {statement}",
        ]
        return (f"  integer {index};\n" if declared else "") + always(rng, lines)
    block = names.take("g")
    return (
        f"  genvar {index};\n  generate\n    for ({index} = 0; {index} < {count}; {index} = "
        f"{index} + 1) begin : {block}\n"
        f"      assign {statement}\n    end\n  endgenerate\n"
    )


def ones(width: int) -> int:
    """The value with all bits set."""
    return (1 << width) - 1


def signed(value: int, width: int) -> int:
    """The two's complement reading of a bit pattern."""
    return value - (1 << width) if value >> (width - 1) & 1 else value


def binary(value: int, width: int) -> str:
    """``3'b101``."""
    return f"{width}'b{value:0{width}b}"


def bit(value: int, index: int) -> int:
    """One bit of a value."""
    return value >> index & 1
