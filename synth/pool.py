"""The ABC processes of one circuit and the AIGs that they read and write, as files in a folder that is best in memory.

`Pool.reach` runs transitions one behind the other in one process and gives each AIG as it comes; `Pool.measure` maps one
and gives its figures. An ABC that somebody killed is started again and repeats the command once. A command that is over
its limit ends its process, nothing else. What was reached and scored is remembered by `rtlgen.synth.explorer`.

Source: the pipe protocol of `rtlgen.synth.abc`. Try: ``pytest tests/synth/test_pool.py``
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from rtlgen.core.errors import ToolError
from rtlgen.synth.abc import AbcEnded, AbcError, AbcProcess, AbcTimeout
from rtlgen.synth.circuit import digest_of
from rtlgen.synth.library import Library
from rtlgen.synth.qor import QoR, parse_aig


class Reached(NamedTuple):
    """What a transition led to. `state` is None when it failed; then `final` tells whether it would fail again."""

    state: str | None
    nodes: int
    levels: int
    final: bool = True


class Measured(NamedTuple):
    """Figures of a state, None when mapping failed; then `final` tells whether it would fail again."""

    qor: QoR | None
    final: bool = True


class Pool:
    """As many ABC processes as `jobs`, each for one thread at a time. Nothing is started before the first command."""

    def __init__(self, target: Library, work: Path, *, jobs: int, seconds: float) -> None:
        self.target = target
        self.work = work
        self.repeated = 0
        """Commands that were run again because somebody had killed their process."""
        self._seconds = seconds
        self.processes = [AbcProcess(work, setup=target.setup) for _ in range(max(1, jobs))]
        self._free: SimpleQueue[AbcProcess] = SimpleQueue()
        for process in self.processes:
            self._free.put(process)

    @property
    def fingerprint(self) -> str:
        """Version and fingerprint of the program."""
        return self.processes[0].fingerprint

    def close(self) -> None:
        """End the processes."""
        for process in self.processes:
            process.close()

    def path(self, state: str) -> Path:
        """The file of a state, whether it is there or not."""
        return self.work / f"{state}.aig"

    def keep(self, aiger: bytes) -> str:
        """Put an AIG among the states; returns its address."""
        state = digest_of(aiger)
        if not self.path(state).exists():
            self.path(state).write_bytes(aiger)
        return state

    def reach(self, state: str, transitions: Sequence[str]) -> Generator[Reached, None, None]:
        """What each of `transitions` leads to from `state`, one behind the other; ends at the first that fails.

        Who has enough closes the iterator: ABC is then at most one transition further.
        """
        with (
            self._process() as process,
            closing(self._reached(process, state, transitions, again=True)) as chain,
        ):
            yield from chain

    def _reached(
        self, process: AbcProcess, state: str, transitions: Sequence[str], *, again: bool
    ) -> Generator[Reached, None, None]:
        outs = [self.work / f"out{id(process)}_{number}.aig" for number in range(len(transitions))]
        for out in outs:
            out.unlink(missing_ok=True)
        commands = [
            f"{_prepared(text)}{text}; print_stats; write_aiger -s {out.name}"
            for text, out in zip(transitions, outs, strict=True)
        ]
        commands[0] = f"read_aiger {state}.aig; {commands[0]}"
        at, done = state, 0
        try:
            with closing(process.chain(commands, seconds=self._seconds)) as outputs:
                for said, out in zip(outputs, outs, strict=True):
                    reached = self._kept(said, out)
                    at, done, again = reached.state or at, done + 1, True
                    yield reached
                    if reached.state is None:
                        return
        except AbcEnded as error:
            if not (error.killed and again):
                yield Reached(None, 0, 0, final=False)
                return
        except AbcTimeout:
            yield Reached(None, 0, 0, final=False)
            return
        except AbcError:
            yield Reached(None, 0, 0)
            return
        if done < len(transitions):
            self.repeated += 1
            yield from self._reached(process, at, transitions[done:], again=False)

    def _kept(self, said: str, out: Path) -> Reached:
        """The state that ABC wrote to `out`, which becomes its file."""
        try:
            nodes, levels = parse_aig(said)
            state = digest_of(out.read_bytes())
        except (ToolError, OSError):
            return Reached(None, 0, 0)
        if self.path(state).exists():
            out.unlink()
        else:
            out.replace(self.path(state))
        return Reached(state, nodes, levels)

    def measure(self, state: str, tail: Sequence[str], stats: tuple[int, int]) -> Measured:
        """The figures of `state` behind `tail` (see `Library.measured`); `stats` are its nodes and levels."""
        command = f"read_aiger {state}.aig; {_prepared('; '.join(tail))}{self.target.measured(tail)}"
        with self._process() as process:
            for again in (True, False):
                try:
                    said = process.run(command, seconds=self._seconds)
                except AbcTimeout:
                    return Measured(None, final=False)
                except AbcEnded as error:
                    if error.killed and again:
                        self.repeated += 1
                        continue
                    return Measured(None, final=False)
                except AbcError:
                    return Measured(None)
                return self._figures(said, stats)
        return Measured(None, final=False)

    def _figures(self, said: str, stats: tuple[int, int]) -> Measured:
        try:
            return Measured(self.target.figures(stats, said))
        except ToolError:
            return Measured(None)

    @contextmanager
    def _process(self) -> Iterator[AbcProcess]:
        process = self._free.get()
        try:
            yield process
        finally:
            self._free.put(process)


def _prepared(text: str) -> str:
    """What has to be before `text` so that nothing of an earlier recipe is in its way: snapshots of a failed one."""
    return "fraig_clean; " if "fraig_store" in text else ""
