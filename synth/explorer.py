"""The space of recipes over one circuit: states that recipes reach, each visited and scored once.

A state is an AIG, addressed by its content: two recipes that reach the same AIG are at the same state, however they came.
A transition (state, command) is computed once, a score (state, library) is computed once, whoever asks: strategies, seeds
and runs share them. Each transition reads its state from a file and writes the next; for the allowed commands that gives
the figures of a plain script that runs through (a test compares them), and makes the result independent of what was
asked before. ``dch`` leaves choices that only the mapper right behind it can use, so it is part of a score, not of a
transition.

The unit of effort is the scored recipe. An `Explorer` counts what was computed; the budget is the search's.

Try: ``rtlgen synth circuit.aig --lut 6 --recipe 'resyn2; dch'``
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from rtlgen.core.store import Store
from rtlgen.synth.abc import AbcError, AbcProcess, AbcTimeout
from rtlgen.synth.circuit import Circuit, digest_of, size_of
from rtlgen.synth.library import Library
from rtlgen.synth.qor import QoR
from rtlgen.synth.recipe import Recipe

T = TypeVar("T")
R = TypeVar("R")
TERMINAL = ("dch", "&dch")
"""Commands that leave choice nodes: they may only be the last ones of a recipe."""


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
        command; with a `store` transitions and scores are kept on disk for later runs."""
        self.circuit = circuit
        self.target = target
        self.counts = Counts()
        self._work = work
        self._seconds = seconds
        self._store = store
        self._lock = threading.Lock()
        self._stats: dict[str, tuple[int, int]] = {}
        self._next: dict[tuple[str, str], str | None] = {}
        self._scores: dict[tuple[str, str], QoR | None] = {}
        self._free: SimpleQueue[AbcProcess] = SimpleQueue()
        self._all = [AbcProcess(work, setup=target.setup) for _ in range(max(1, jobs))]
        for process in self._all:
            self._free.put(process)
        self.root = circuit.digest
        self._path(self.root).write_bytes(circuit.aiger)

    def close(self) -> None:
        """End the processes."""
        for process in self._all:
            process.close()

    def __enter__(self) -> Explorer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def step(self, state: str, command: str) -> str | None:
        """The state that `command` leads to from `state`; None when ABC fails at it or takes too long."""
        key = (state, command)
        with self._lock:
            if key in self._next:
                self.counts.known_transitions += 1
                return self._next[key]
        kept = self._kept("step", key)
        if kept is not None and (kept == "" or self._path(kept).is_file()):
            return self._remember_step(key, kept or None, known=True)
        return self._remember_step(key, self._stepped(state, command), known=False)

    def score(self, state: str, tail: Sequence[str] = ()) -> QoR | None:
        """The figures of `state` after the commands `tail` (see `TERMINAL`) and mapping; None when ABC fails at it."""
        key = (state, "; ".join(tail))
        with self._lock:
            if key in self._scores:
                self.counts.known_scores += 1
                return self._scores[key]
        kept = self._kept("score", (*key, self.target.fingerprint))
        if kept is not None:
            return self._remember_score(key, QoR(**kept) if kept else None, known=True)
        return self._remember_score(key, self._scored(state, tail), known=False)

    def walk(self, recipe: Recipe) -> tuple[str | None, tuple[str, ...]]:
        """The state behind the transitions of `recipe`, and its tail, which belongs to the score.

        Raises UsageError when it is no recipe (see `rtlgen.synth.division`).
        """
        transitions, tail = recipe.split()
        state: str | None = self.root
        for command in transitions:
            state = self.step(state, command) if state is not None else None
        return state, tail

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

    def stats(self, state: str) -> tuple[int, int]:
        """(AND nodes, levels) of a state that was reached, from its AIGER."""
        with self._lock:
            if state in self._stats:
                return self._stats[state]
        found = size_of(self.aiger(state))
        with self._lock:
            self._stats[state] = found
        return found

    def _together(self, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        if len(items) < 2 or len(self._all) < 2:
            return [work(item) for item in items]
        with ThreadPoolExecutor(len(self._all)) as pool:
            return list(pool.map(work, items))

    def aiger(self, state: str) -> bytes:
        """The AIG of a state that was reached, as binary AIGER."""
        return self._path(state).read_bytes()

    def _path(self, state: str) -> Path:
        return self._work / f"{state}.aig"

    @contextmanager
    def _process(self) -> Iterator[AbcProcess]:
        process = self._free.get()
        try:
            yield process
        finally:
            self._free.put(process)

    def _stepped(self, state: str, command: str) -> str | None:
        with self._process() as process:
            out = self._work / f"out{id(process)}.aig"
            try:
                process.run(
                    f"read_aiger {state}.aig; {command}; write_aiger -s {out.name}", seconds=self._seconds
                )
            except (AbcError, AbcTimeout):
                return None
            data = out.read_bytes()
            reached = digest_of(data)
            path = self._path(reached)
            if not path.exists():
                out.replace(path)
            return reached

    def _scored(self, state: str, tail: Sequence[str]) -> QoR | None:
        commands = f"read_aiger {state}.aig; print_stats"
        with self._process() as process:
            try:
                stats = process.run(commands, seconds=self._seconds)
                mapped = process.run(self.target.measured(tail), seconds=self._seconds)
            except (AbcError, AbcTimeout):
                return None
        return self.target.parse(stats, mapped)

    def _remember_step(self, key: tuple[str, str], reached: str | None, *, known: bool) -> str | None:
        with self._lock:
            self._next[key] = reached
            self.counts.known_transitions += known
            self.counts.transitions += not known
            self.counts.failed += reached is None
        if not known:
            self._keep("step", key, reached or "")
        return reached

    def _remember_score(self, key: tuple[str, str], qor: QoR | None, *, known: bool) -> QoR | None:
        with self._lock:
            self._scores[key] = qor
            self.counts.known_scores += known
            self.counts.scores += not known
            self.counts.failed += qor is None
        if not known:
            self._keep("score", (*key, self.target.fingerprint), qor if qor is not None else {})
        return qor

    def _kept(self, kind: str, key: tuple[str, ...]) -> Any:
        return None if self._store is None else self._store.get(self._name(kind, key))

    def _keep(self, kind: str, key: tuple[str, ...], value: Any) -> None:
        if self._store is not None:
            self._store.put(self._name(kind, key), value)

    def _name(self, kind: str, key: tuple[str, ...]) -> str:
        return "|".join((kind, self._all[0].fingerprint, *key))
