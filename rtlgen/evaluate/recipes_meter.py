"""What a search would cost if it had asked alone, although searches share what they compute.

Strategies that are compared on one circuit share states and scores: whoever asks first pays, and the wall time of the
others is flattering. So every transition and score keeps the seconds that it took when it was computed, and a search is
charged for what it asked and others had computed (`borrowed`), besides its own wall time. ABC's time is measured as
wall time on the machine as it was; a busy machine makes it longer, for all strategies alike. The start of ABC and the
reading of the library are charged to nobody.

Try: ``rtlgen bench recipes --circuits circuit.aig --lut 6 --budget 10 --strategies random,anneal``
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from rtlgen.synth.circuit import Circuit
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.library import Library
from rtlgen.synth.pool import Measured, Reached
from rtlgen.synth.qor import QoR

Question = tuple[str, str, str]
"""``step`` or ``score``, a state, and the commands behind it."""


class MeteredExplorer(Explorer):
    """An explorer that knows what each answer took to compute."""

    def __init__(
        self, circuit: Circuit, target: Library, work: Path, *, jobs: int = 1, seconds: float = 60.0
    ) -> None:
        """As `Explorer`, but never with a store on disk: an answer that is read there took nothing."""
        super().__init__(circuit, target, work, jobs=jobs, seconds=seconds)
        self._costs: dict[Question, float] = {}
        self._since = threading.local()
        self.begin()
        self._since.start = time.perf_counter()
        self.step(self.root, "balance")  # ABC starts and reads its library
        self._costs.clear()

    def __enter__(self) -> Self:
        return self

    def begin(self) -> None:
        """A new search begins: it has asked nothing and computed nothing."""
        self._asked: set[Question] = set()
        self._computed: set[Question] = set()

    @property
    def borrowed(self) -> float:
        """Seconds that answers since `begin` took that earlier searches had computed."""
        return sum(self._costs.get(question, 0.0) for question in self._asked - self._computed)

    def score(self, state: str, tail: Sequence[str] = ()) -> QoR | None:
        """As in `Explorer`, metered."""
        self._asked.add(("score", state, "; ".join(tail)))
        return super().score(state, tail)

    def _looked_up(self, state: str, transition: str) -> tuple[bool, str | None]:
        self._asked.add(("step", state, transition))
        return super()._looked_up(state, transition)

    def _run(
        self, state: str, transitions: Sequence[str], at: int, release: Callable[[], None]
    ) -> tuple[str | None, int]:
        self._since.start = time.perf_counter()
        return super()._run(state, transitions, at, release)

    def _remember(self, state: str, transition: str, reached: Reached, *, known: bool = False) -> None:
        now = time.perf_counter()
        question = ("step", state, transition)
        self._asked.add(question)
        self._note(question, now - self._since.start)
        self._since.start = now
        super()._remember(state, transition, reached, known=known)

    def _measured(self, state: str, tail: Sequence[str]) -> Measured:
        started = time.perf_counter()
        measured = super()._measured(state, tail)
        self._note(("score", state, "; ".join(tail)), time.perf_counter() - started)
        return measured

    def _note(self, question: Question, seconds: float) -> None:
        self._costs[question] = seconds
        self._computed.add(question)
