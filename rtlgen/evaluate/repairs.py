"""What is known to be wrong with problems of VerilogEval and RTLLM, why, and what can be done about it.

A `Repair` changes a copy of the test bench or of the benchmark's reference, never the answer that is judged, and is named
in every record it was applied to. So there are two figures: *strict*, the benchmark as published, and *repaired*. The
rules are patterns; no text of a benchmark is kept here. RTLLM is not repaired, but four of its test benches need a
simulator other than Icarus (`NEEDS_VERILATOR`).

Source: NVlabs/verilog-eval, pull request 16 (Y1/Y3) and issue 21 (time limits), both open at c498220; the others were
found by running every reference. Try: ``rtlgen eval verilog-eval --data DIR --references --variant both``
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rtlgen.datasets.problem import Problem, read_text

VARIANTS = ("strict", "repaired")


@dataclass(frozen=True)
class Repair:
    """One change of a problem: which file it changes, why, and how."""

    name: str
    part: str
    """``test`` or ``reference``."""
    reason: str
    applies: Callable[[Problem, tuple[int, ...]], bool]
    """Whether it is needed for a problem under a version of Icarus."""
    change: Callable[[str], str]
    """The file's text repaired."""


def _swap_ports(text: str) -> str:
    """Ports Y2 and Y4 of the test bench become Y1 and Y3, as in the reference and in the specification."""
    return re.sub(r"\.Y([24])(?=\s*\()", lambda port: f".Y{int(port[1]) - 1}", text)


def _later_limit(text: str) -> str:
    """The test bench's own time limit a hundred times later."""
    return re.sub(r"#1000000\b(?=\s*\$display\(\"TIMEOUT\"\))", "#100000000", text)


_ENUM = re.compile(
    r"\btypedef\s+enum\s+(?P<base>(?:logic|bit|reg)\s*(?:\[[^\]]*\])?)\s*\{[^}]*\}\s*(?P<name>\w+)\s*;"
)


def _without_casts(text: str) -> str:
    """Casts to an enum are dropped, and its variables become vectors of the enum's base type."""
    for enum in list(_ENUM.finditer(text)):
        base, name = enum["base"].strip(), re.escape(enum["name"])
        text = re.sub(rf"\b{name}\s*'\s*(?=\()", "", text)
        text = re.sub(
            rf"^(\s*){name}(?=\s+\w+(?:\s*,\s*\w+)*\s*;)", rf"\g<1>{base}", text, flags=re.MULTILINE
        )
    return text


def _has_casts(problem: Problem, icarus: tuple[int, ...]) -> bool:
    if icarus >= (12,):
        return False
    names = [enum["name"] for enum in _ENUM.finditer(problem.reference)]
    return any(re.search(rf"\b{name}\s*'\s*\(", problem.reference) for name in names)


def _named(task: str, *numbers: str) -> Callable[[Problem, tuple[int, ...]], bool]:
    """Problems by number, of one task or (``""``) of both."""

    def applies(problem: Problem, icarus: tuple[int, ...]) -> bool:  # noqa: ARG001
        return task in ("", problem.task) and problem.name.partition("_")[0] in numbers

    return applies


REPAIRS = (
    Repair(
        "port names of the test",
        "test",
        "the test bench connects ports Y2 and Y4; specification and reference have Y1 and Y3",
        _named("spec-to-rtl", "Prob099"),
        _swap_ports,
    ),
    Repair(
        "later time limit",
        "test",
        "the test bench prints TIMEOUT before its own stimulus ends, so that nothing can pass",
        _named("", "Prob082", "Prob141", "Prob156"),
        _later_limit,
    ),
    Repair(
        "enum casts of the reference",
        "reference",
        "Icarus 11 cannot compile the casts to an enum in the benchmark's reference; 12 can",
        _has_casts,
        _without_casts,
    ),
)
"""Of VerilogEval v2, in the order in which they are applied."""

NEEDS_VERILATOR = {
    "asyn_fifo": "the test bench leaves loops by break, which Icarus 11 and 12 cannot compile",
    "ring_counter": "the test bench assigns a whole array at once, which Icarus cannot compile",
    "clkgenerator": "the test bench samples the clock in the same time step in which it changes",
    "radix2_div": "reference and test bench drive signals in the same time step; Icarus orders them another way",
}
"""Designs of RTLLM v2.0 whose reference passes under Verilator and not under Icarus 11 or 12, with the reason."""


def repairs_of(problem: Problem, variant: str, icarus: tuple[int, ...]) -> tuple[Repair, ...]:
    """What `variant` changes of a problem; nothing for ``strict`` and for other benchmarks."""
    if variant == "strict" or problem.benchmark != "verilog-eval":
        return ()
    return tuple(repair for repair in REPAIRS if repair.applies(problem, icarus))


def repaired_test(problem: Problem, repairs: tuple[Repair, ...]) -> str | None:
    """The test bench with `repairs`, None when none changes it."""
    return _repaired(read_text(problem.test), "test", repairs)


def repaired_reference(text: str, repairs: tuple[Repair, ...]) -> str | None:
    """A reference with `repairs`, None when none changes it."""
    return _repaired(text, "reference", repairs)


def _repaired(text: str, part: str, repairs: tuple[Repair, ...]) -> str | None:
    before = text
    for repair in repairs:
        text = repair.change(text) if repair.part == part else text
    return text if text != before else None


def simulator_for(problem: Problem, choice: str) -> str:
    """The simulator of a problem: `choice` itself, or with ``per-design`` the one its test bench works with."""
    if choice != "per-design":
        return choice
    return "verilator" if problem.benchmark == "rtllm" and problem.name in NEEDS_VERILATOR else "icarus"
