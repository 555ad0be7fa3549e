"""What a search would cost if it had asked alone, although searches share what they compute.

Strategies that are compared on one circuit share states and scores: whoever asks first pays, and the wall time of the
others is flattering. So every answer carries the seconds that it took when it was computed, and a search is charged
for each of its different questions, whoever computed them, plus its own time between the questions. ABC's time is
measured as wall time on the machine as it was; a busy machine makes it longer, for all strategies alike. The start of
ABC and the reading of the library are charged to nobody.

Try: ``rtlgen bench recipes --circuits circuit.aig --lut 6 --budget 10 --strategies random,anneal``
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Self, TypeVar

from rtlgen.synth.circuit import Circuit
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.library import Library
from rtlgen.synth.qor import QoR

R = TypeVar("R")


class MeteredExplorer(Explorer):
    """An explorer that knows what each answer took to compute."""

    def __init__(
        self, circuit: Circuit, target: Library, work: Path, *, jobs: int = 1, seconds: float = 60.0
    ) -> None:
        """As `Explorer`, but never with a store on disk: an answer that is read there took nothing."""
        super().__init__(circuit, target, work, jobs=jobs, seconds=seconds)
        self._costs: dict[Hashable, float] = {}
        self.begin()
        super().step(self.root, "st")  # ABC starts and reads its library: no search is charged for that

    def __enter__(self) -> Self:
        return self

    def begin(self) -> None:
        """A new search begins: nothing is asked yet."""
        self._asked: set[Hashable] = set()
        self._inside = 0.0

    @property
    def cost(self) -> float:
        """Seconds that the different questions since `begin` took when they were computed."""
        return sum(self._costs[key] for key in self._asked)

    @property
    def inside(self) -> float:
        """Seconds since `begin` that were really spent on answers, by all threads."""
        return self._inside

    def step(self, state: str, command: str) -> str | None:
        """As in `Explorer`, metered."""
        return self._metered((state, command), lambda: super(MeteredExplorer, self).step(state, command))

    def score(self, state: str, tail: Sequence[str] = ()) -> QoR | None:
        """As in `Explorer`, metered."""
        return self._metered(("score", state, *tail), lambda: super(MeteredExplorer, self).score(state, tail))

    def stats(self, state: str) -> tuple[int, int]:
        """As in `Explorer`, metered."""
        return self._metered(("stats", state), lambda: super(MeteredExplorer, self).stats(state))

    def _metered(self, key: Hashable, ask: Callable[[], R]) -> R:
        started = time.perf_counter()
        try:
            return ask()
        finally:
            taken = time.perf_counter() - started
            self._costs.setdefault(key, taken)
            self._asked.add(key)
            self._inside += taken
