"""How long a problem's simulation takes: measured before, else guessed from its text; to begin the longest first.

One problem of VerilogEval takes nearly half the time of all 156. Begun last, it leaves every other processor idle. Costs
measured by a run are kept in the store and used by the next; the first run has only the guess, which needs to be right
about the order of the longest few and nothing else.

Try: ``rtlgen eval verilog-eval --data DIR --references`` (twice: the second knows)
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from rtlgen.core.store import Store
from rtlgen.datasets.problem import Problem, read_text

_REPEAT = re.compile(r"\brepeat\s*\(\s*(\d+)\s*\)")
_LOOP = re.compile(r"\bfor\s*\([^;]*;[^;]*<=?\s*(\d+)\s*;")
_CYCLES = 100_000
"""No test bench goes on for longer: it has a time limit of its own."""
_BASE_S, _CYCLE_S = 0.015, 5e-6
"""Of a process, and of one cycle for each turn of a loop in the reference: the order of magnitude."""
_KEPT = 5000


def estimate(problem: Problem) -> float:
    """Seconds that a simulation may take, guessed from cycles of the test bench and loops of the reference."""
    cycles = sum(int(count) for count in _REPEAT.findall(read_text(problem.test)))
    turns = math.prod(max(int(bound), 1) for bound in _LOOP.findall(problem.reference))
    return _BASE_S + _CYCLE_S * min(cycles, _CYCLES) * min(turns, 1024)


def key(problem: Problem) -> str:
    """What a problem's cost is kept under: the same for both tasks and for every state of the benchmark."""
    return f"{problem.benchmark}/{problem.name}"


def longest_first(problems: Sequence[Problem], known: Mapping[str, float]) -> list[int]:
    """Indices of `problems`, the longest first; equal ones in their order. `known` are seconds by `key`."""
    guessed: dict[str, float] = {}

    def cost(index: int) -> float:
        name = key(problems[index])
        if name not in known and name not in guessed:
            guessed[name] = estimate(problems[index])
        return known[name] if name in known else guessed[name]

    return sorted(range(len(problems)), key=lambda index: (-cost(index), index))


_STORED = "simulation seconds by problem"


def load_costs(store: Store) -> dict[str, float]:
    """Seconds by problem as the last runs measured them; empty when there was none."""
    kept: Any = store.get(_STORED)
    if not isinstance(kept, dict):
        return {}
    return {str(name): float(value) for name, value in kept.items() if isinstance(value, int | float)}


def save_costs(store: Store, measured: Mapping[str, float]) -> None:
    """Keep what was measured; problems that were not run keep what is known of them."""
    merged = load_costs(store) | {name: round(seconds, 3) for name, seconds in measured.items()}
    store.put(_STORED, dict(sorted(merged.items())[:_KEPT]))
