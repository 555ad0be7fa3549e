"""The space of recipes over one circuit: states that recipes reach, each visited and scored once.

A state is an AIG, addressed by its content: two recipes that reach the same AIG are at the same state, however they came.
A transition (state, commands) and a score (state, tail, library) are computed once, whoever asks: strategies, seeds and
runs share them. Unknown transitions of a recipe run through in one process without reading the AIGs between
them again; known ones are only looked up. Both give the figures of a plain script (tests compare them), and what was
asked before changes nothing.

With a store, what ABC did or refused is kept for later runs and other processes, without the AIGs: where one is needed
after all, the transitions that lead to it are run again. What was killed or over its time limit is not kept.

The unit of effort is the scored recipe. An `Explorer` counts what was computed; the budget is the search's.

Try: ``rtlgen synth circuit.aig --lut 6 --recipe 'resyn2; dch'``
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rtlgen.core.errors import UsageError
from rtlgen.core.store import Store
from rtlgen.synth.circuit import Circuit
from rtlgen.synth.division import divide
from rtlgen.synth.grammar import COMMANDS
from rtlgen.synth.library import Library
from rtlgen.synth.pool import Measured, Pool, Reached
from rtlgen.synth.qor import QoR
from rtlgen.synth.recipe import Recipe

T = TypeVar("T")
R = TypeVar("R")
LARGE = 20_000
"""AND nodes up to which the limit of a command is what was asked for: mapping 200,000 nodes takes most of a minute."""
_STATE = re.compile(r"[0-9a-f]{64}")


@dataclass
class Counts:
    """What an explorer really computed, and what it could answer from memory."""

    transitions: int = 0
    known_transitions: int = 0
    scores: int = 0
    known_scores: int = 0
    failed: int = 0


class Explorer:
    """States of one circuit under one library. Safe under threads; as many ABC processes as `jobs`."""

    def __init__(
        self,
        circuit: Circuit,
        target: Library,
        work: Path,
        *,
        jobs: int = 1,
        seconds: float = 60.0,
        store: Store | None = None,
    ) -> None:
        """Nothing is started before the first question. `work` is a scratch folder, best in memory; `seconds` limit each
        command on circuits of up to `LARGE` nodes, and in proportion more on larger ones; with a `store` transitions and
        scores are kept on disk for later runs."""
        self.circuit = circuit
        self.target = target
        self.counts = Counts()
        self._store = store
        self._lock = threading.Lock()
        self._next: dict[tuple[str, str], str | None] = {}
        self._scores: dict[tuple[str, str], QoR | None] = {}
        self._origin: dict[str, tuple[str, str]] = {}
        self._under_way: dict[tuple[str, str, str], threading.Event] = {}
        self._pool = Pool(target, work, jobs=jobs, seconds=seconds * max(1.0, circuit.nodes / LARGE))
        self._all = self._pool.processes
        self.root = self._pool.keep(circuit.aiger)
        self._stats: dict[str, tuple[int, int]] = {self.root: (circuit.nodes, circuit.levels)}

    def close(self) -> None:
        """End the processes."""
        self._pool.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that run now, for measuring them."""
        return tuple(pid for process in self._all if (pid := process.pid) is not None)

    def __enter__(self) -> Explorer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def step(self, state: str, transition: str) -> str | None:
        """The state that `transition` leads to from `state`; None when ABC fails at it or takes too long.

        Raises UsageError when it is no transition (see `rtlgen.synth.division`).
        """
        division = divide((transition,))
        if division.tail:
            raise UsageError(
                f"'{transition}' does not end in an AIG", hint="it belongs to a score, as its tail"
            )
        return self._follow(state, division.transitions)

    def score(self, state: str, tail: Sequence[str] = ()) -> QoR | None:
        """The figures of `state` after the commands `tail` and mapping; None when ABC fails at it or takes too long.

        Raises UsageError when a recipe with this tail cannot end at this target.
        """
        self.target.measured(tail)
        text = "; ".join(tail)
        key = (state, text)
        with self._claimed(("score", state, text)):
            with self._lock:
                if key in self._scores:
                    self.counts.known_scores += 1
                    return self._scores[key]
            name = self._name("score", state, text, self.target.fingerprint)
            known, qor = _score_of(self._get(name))
            measured = Measured(qor) if known else self._measured(state, tail)
            with self._lock:
                self._scores[key] = measured.qor
                self.counts.known_scores += known
                self.counts.scores += not known
                self.counts.failed += measured.qor is None
            if not known and measured.final:
                self._put(name, {"qor": measured.qor})
            return measured.qor

    def walk(self, recipe: Recipe) -> tuple[str | None, tuple[str, ...]]:
        """The state behind the transitions of `recipe`, and its tail, which belongs to the score.

        Raises UsageError when it is no recipe (see `rtlgen.synth.division`).
        """
        transitions, tail = recipe.split()
        return self._follow(self.root, transitions), tail

    def evaluate(self, recipe: Recipe) -> QoR | None:
        """The figures of a whole recipe; None when one of its commands fails."""
        state, tail = self.walk(recipe)
        return None if state is None else self.score(state, tail)

    def walk_all(self, recipes: Sequence[Recipe]) -> list[tuple[str | None, tuple[str, ...]]]:
        """`walk` for several recipes, as many at a time as there are processes."""
        return self._together(self.walk, recipes)

    def score_all(self, places: Sequence[tuple[str | None, tuple[str, ...]]]) -> list[QoR | None]:
        """`score` for several (state, tail), as many at a time as there are processes; None where there is no state."""
        return self._together(
            lambda place: None if place[0] is None else self.score(place[0], place[1]), places
        )

    def evaluate_all(self, recipes: Sequence[Recipe]) -> list[QoR | None]:
        """`evaluate` for several recipes, as many at a time as there are processes."""
        return self._together(self.evaluate, recipes)

    def stats(self, state: str) -> tuple[int, int]:
        """(AND nodes, levels) of a state that was reached, as ABC counted them."""
        return self._stats[state]

    def aiger(self, state: str) -> bytes:
        """The AIG of a state that was reached, as binary AIGER. Raises KeyError when it cannot be made again."""
        if not self._present(state):
            raise KeyError(state)
        return self._pool.path(state).read_bytes()

    def _together(self, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        if len(items) < 2 or len(self._all) < 2:
            return [work(item) for item in items]
        with ThreadPoolExecutor(len(self._all)) as pool:
            return list(pool.map(work, items))

    def _follow(self, state: str | None, transitions: Sequence[str]) -> str | None:
        """The state behind `transitions`: known ones are looked up, the first unknown one and those behind it are run."""
        at = 0
        while at < len(transitions) and state is not None:
            with self._claimed(("step", state, transitions[at])) as release:
                known, reached = self._looked_up(state, transitions[at])
                if known:
                    state, at = reached, at + 1
                else:
                    state, at = self._run(state, transitions, at, release)
        return state

    def _run(
        self, state: str, transitions: Sequence[str], at: int, release: Callable[[], None]
    ) -> tuple[str | None, int]:
        """Run transitions from the `at`-th on until one fails or the next is known; returns where that is.

        `release` is called when the first is known, so that who waits for it need not wait for the rest.
        """
        if not self._present(state):
            return None, len(transitions)
        with closing(self._pool.reach(state, transitions[at:])) as chain:
            for reached in chain:
                self._remember(state, transitions[at], reached)
                release()
                at += 1
                if reached.state is None:
                    return None, at
                state = reached.state
                with self._lock:
                    if at < len(transitions) and (state, transitions[at]) in self._next:
                        break
        return state, at

    def _looked_up(self, state: str, transition: str) -> tuple[bool, str | None]:
        """(whether it is known, the state that it leads to)."""
        with self._lock:
            if (state, transition) in self._next:
                self.counts.known_transitions += 1
                return True, self._next[state, transition]
        reached = _reached_of(self._get(self._step_name(state, transition)))
        if reached is None:
            return False, None
        self._remember(state, transition, reached, known=True)
        return True, reached.state

    def _remember(self, state: str, transition: str, reached: Reached, *, known: bool = False) -> None:
        with self._lock:
            self._next[state, transition] = reached.state
            if reached.state is not None:
                self._stats.setdefault(reached.state, (reached.nodes, reached.levels))
                if reached.state != self.root:
                    self._origin.setdefault(reached.state, (state, transition))
            self.counts.known_transitions += known
            self.counts.transitions += not known
            self.counts.failed += reached.state is None
        if not known and reached.final:
            entry = {"state": reached.state, "nodes": reached.nodes, "levels": reached.levels}
            self._put(self._step_name(state, transition), entry)

    def _measured(self, state: str, tail: Sequence[str]) -> Measured:
        if not self._present(state):
            return Measured(None, final=False)
        return self._pool.measure(state, tail, self._stats[state])

    def _present(self, state: str) -> bool:
        """Whether the file of `state` is there; one that only the store told of is made again, from where it came."""
        if self._pool.path(state).is_file():
            return True
        way: list[str] = []
        start = state
        while not self._pool.path(start).is_file():
            if start not in self._origin:
                return False
            start, transition = self._origin[start]
            way.insert(0, transition)
        with closing(self._pool.reach(start, way)) as chain:
            for _ in chain:
                pass
        return self._pool.path(state).is_file()

    @contextmanager
    def _claimed(self, key: tuple[str, str, str]) -> Iterator[Callable[[], None]]:
        """Let one thread at a time find out about `key`; the others wait, and then find it known.

        The value ends the claim before the block does.
        """
        mine = threading.Event()
        while True:
            with self._lock:
                other = self._under_way.setdefault(key, mine)
            if other is mine:
                break
            other.wait()

        def release() -> None:
            with self._lock:
                if self._under_way.get(key) is mine:
                    del self._under_way[key]
            mine.set()

        try:
            yield release
        finally:
            release()

    def _step_name(self, state: str, transition: str) -> str:
        cells = any(COMMANDS[part.split()[0]].cells for part in transition.split(";"))
        return self._name("step", state, transition, self.target.fingerprint if cells else "")

    def _name(self, *parts: str) -> str:
        return "|".join(("recipes", self._pool.fingerprint, *parts))

    def _get(self, name: str) -> Any:
        return None if self._store is None else self._store.get(name)

    def _put(self, name: str, value: Any) -> None:
        if self._store is not None:
            self._store.put(name, value)


def _reached_of(entry: Any) -> Reached | None:
    """The transition that a store's entry tells of; None when it tells of none."""
    try:
        reached = Reached(entry["state"], int(entry["nodes"]), int(entry["levels"]))
    except (TypeError, KeyError, ValueError):
        return None
    return reached if reached.state is None or _STATE.fullmatch(reached.state) else None


def _score_of(entry: Any) -> tuple[bool, QoR | None]:
    """(whether a store's entry tells of a score, the score)."""
    try:
        return True, None if entry["qor"] is None else QoR(**entry["qor"])
    except (TypeError, KeyError):
        return False, None
