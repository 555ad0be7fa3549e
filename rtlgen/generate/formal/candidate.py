"""What a reader of formal parts gives, and what all of them ask of a specification: its ports, bits, clock and reset.

A `Candidate` is a module made from a part of the text that has one meaning, and the evidence for it. A reader that is not
sure gives nothing. Candidates are judged and voted like a model's answers; nothing here is called right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rtlgen.core.records import Port
from rtlgen.generate.layout import header_for
from rtlgen.generate.specification import Specification

_CLOCK = re.compile(r"^\w*(?:clk|clock)(?:_?in|_?i|_?\d)?$|^(?:i_)?(?:ck|cp)$", re.IGNORECASE)
_RESET = re.compile(
    r"^(?:i_|in_)?(?:sys_|a|s|async_|sync_|n_?)?(?:rst|reset|clr|clear)(?:_?n|_?b|_?i|_ni|_l|_in)?$",
    re.IGNORECASE,
)
_LOW_NAME = re.compile(r"^n_?r|(?:_n|_b|_ni|_l|(?<=st)n|(?<=set)n|(?<=r)n)$", re.IGNORECASE)
_NEGATIVE = re.compile(r"\b(?:negative|falling)[- ]edge|\bnegedge\b", re.IGNORECASE)
_ASYNCHRONOUS = re.compile(r"\ba(?:n )?synchronous|\basync", re.IGNORECASE)
_LOW = re.compile(
    r"\bactive[- ]low\b|\b(?:low|0) resets\b|\bwhen (?:it|reset\w*|rst\w*) is (?:low|0)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Candidate:
    """A whole module, and where in the text it comes from: ``the truth table in lines 12-20``."""

    code: str
    evidence: str


@dataclass(frozen=True)
class Bit:
    """One bit of a port: `text` is how Verilog calls it."""

    port: str
    index: int
    text: str


@dataclass(frozen=True)
class Clocking:
    """Clock and reset of a design; `reset` is empty when it has none."""

    clock: str
    edge: str = "posedge"
    reset: str = ""
    low: bool = False
    asynchronous: bool = False

    @property
    def sensitivity(self) -> str:
        """``posedge clk`` and, for an asynchronous reset, its edge."""
        more = (
            f" or {'negedge' if self.low else 'posedge'} {self.reset}"
            if self.reset and self.asynchronous
            else ""
        )
        return f"{self.edge} {self.clock}{more}"

    @property
    def condition(self) -> str:
        """The reset is active."""
        return f"!{self.reset}" if self.low else self.reset


def module(spec: Specification, lines: Sequence[str]) -> str:
    """The module with `lines` as its body, each without its indentation of two blanks."""
    return (
        header_for(spec) + "\n" + "".join(f"  {line}\n" if line else "\n" for line in lines) + "endmodule\n"
    )


def evidence(what: str, first: int, last: int) -> str:
    """``the truth table in lines 3-9``; numbers are 0-based indices of the text's lines."""
    return f"{what} in line {first + 1}" if first == last else f"{what} in lines {first + 1}-{last + 1}"


def widths(spec: Specification) -> dict[str, int]:
    """Port -> bits; ports of unknown width are left out."""
    return {port.name: port.width for port in spec.ports if port.width}


def inputs(spec: Specification) -> list[Port]:
    """Input ports in order."""
    return [port for port in spec.ports if port.direction == "input"]


def outputs(spec: Specification) -> list[Port]:
    """Output ports in order."""
    return [port for port in spec.ports if port.direction == "output"]


def bits(port: Port) -> Iterator[Bit]:
    """The bits of a port, the leftmost of its range first."""
    width = port.width or 1
    match = re.search(r"\[\s*(\d+)\s*:\s*(\d+)\s*\]", port.type)
    left, right = (int(match[1]), int(match[2])) if match else (width - 1, 0)
    step = -1 if left >= right else 1
    for index in range(left, right + step, step):
        yield Bit(port.name, index, port.name if width == 1 and not match else f"{port.name}[{index}]")


def clocking(spec: Specification, *, reset: str = "") -> Clocking | None:
    """Clock and reset as names and text say; None when there is no clock.

    `reset` is an input that is known to be the reset, whatever it is called.
    """
    names = [port.name for port in inputs(spec) if (port.width or 1) == 1]
    clock = next((name for name in names if _CLOCK.match(name)), None)
    if clock is None:
        return None
    reset = reset or next((name for name in names if _RESET.match(name) and name != clock), "")
    edge = "negedge" if _NEGATIVE.search(spec.text) else "posedge"
    low = bool(reset) and bool(_LOW_NAME.search(reset) or _LOW.search(spec.text) or _low(reset, spec.text))
    asynchronous = bool(_ASYNCHRONOUS.search(spec.text)) or reset.lower() in (
        "areset",
        "arst",
        "aresetn",
        "arstn",
    )
    return Clocking(clock, edge, reset, low, asynchronous)


def _low(name: str, text: str) -> bool:
    """Whether the text says that `name` works with a low level."""
    return (
        re.search(rf"\b{re.escape(name)}\b[`'\"]?\s*(?:=\s*0|(?:is\s+|goes\s+)?low\b)", text, re.IGNORECASE)
        is not None
    )
