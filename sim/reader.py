"""`sim.outside` in a process of its own: text of a model may be made to keep a parser busy for hours or to crash it.

Eight macros of ten uses each, or modules that instantiate each other eight times twelve levels deep, cost a parser all
the memory there is; a simulator is stopped by its sandbox, but slang would run inside rtlgen. The process has limits of
memory and time, can open no file, and is kept for the next question (a start costs 0.4 s, a question 0.2 ms). A thread
that asks while it is busy gets another one. It does not look at anything but text.

Try: ``python -c "from rtlgen.sim.reader import ask; print(ask(['module m; assign x = tb.y; endmodule'], 'm'))"``
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO, Any

SECONDS = 10.0
"""Time for one question; a long file takes 0.1 s."""
MEMORY_BYTES = 2 << 30
_CPU_SECONDS = 30
"""What a question may use when nobody is left to end the process."""
_LENGTH = struct.Struct("<I")
_MOST_IDLE = 4
_MOST_FINDINGS = 64
_lock = threading.Lock()
_idle: list[_Reader] = []
_owner = os.getpid()


def ask(
    texts: Sequence[str],
    top: str,
    *,
    known: Sequence[str] = (),
    macros: str = "",
    ports: Mapping[str, str] | None = None,
    dotted: bool = True,
    seconds: float = SECONDS,
) -> list[tuple[str, int]]:
    """`outside.outside` of the same arguments; what keeps it busy or ends it is a finding by itself (line 1)."""
    question = {
        "texts": list(texts),
        "top": top,
        "known": list(known),
        "macros": macros,
        "ports": None if ports is None else dict(ports),
        "dotted": dotted,
    }
    asked = json.dumps(question).encode()
    reader = _idle_one()
    if reader is not None:
        with contextlib.suppress(
            OSError, EOFError
        ):  # it may have died of anything since: the text is not to blame
            return _answered(reader, asked, seconds)
    try:
        return _answered(_Reader(), asked, seconds)
    except (OSError, EOFError):
        return [("cannot be looked through: the parser did not survive it", 1)]


def _answered(reader: _Reader, question: bytes, seconds: float) -> list[tuple[str, int]]:
    """The findings of `reader`, which is kept for the next question, or ended when it gave none."""
    answer: Any = None
    try:
        answer = reader.answer(question, time.monotonic() + seconds)
    except TimeoutError:
        return [(f"cannot be looked through in {seconds:g} s", 1)]
    finally:
        if answer is None:
            reader.end()
        else:
            _kept(reader)
    return [(str(what), int(line)) for what, line in answer]


class _Reader:
    """One process that answers questions, one after the other."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "rtlgen.sim.reader",
            ],  # -P: nothing is imported from the working folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0,
        )

    def answer(self, question: bytes, deadline: float) -> Any:
        """What the process says. Raises TimeoutError at `deadline`, EOFError or OSError when it has ended."""
        assert self._child.stdin is not None and self._child.stdout is not None
        os.set_blocking(self._child.stdin.fileno(), False)
        pending = memoryview(_LENGTH.pack(len(question)) + question)
        while pending:
            _wait([], [self._child.stdin], deadline)
            pending = pending[os.write(self._child.stdin.fileno(), pending[: 1 << 16]) :]
        size = _LENGTH.unpack(self._read(_LENGTH.size, deadline))[0]
        return json.loads(self._read(size, deadline))

    def _read(self, size: int, deadline: float) -> bytes:
        assert self._child.stdout is not None
        data = bytearray()
        while len(data) < size:
            _wait([self._child.stdout], [], deadline)
            more = os.read(self._child.stdout.fileno(), size - len(data))
            if not more:
                raise EOFError
            data += more
        return bytes(data)

    def end(self) -> None:
        """Kill the process."""
        with contextlib.suppress(OSError):
            self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _wait(reads: list[IO[bytes]], writes: list[IO[bytes]], deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0 or not any(select.select(reads, writes, [], left)):
        raise TimeoutError


def _idle_one() -> _Reader | None:
    """A process that waits for a question, None when there is none. What a parent process left here is not ours."""
    global _owner
    with _lock:
        if _owner != os.getpid():
            _idle.clear()
            _owner = os.getpid()
        return _idle.pop() if _idle else None


def _kept(reader: _Reader) -> None:
    with _lock:
        if len(_idle) < _MOST_IDLE:
            _idle.append(reader)
            return
    reader.end()


@atexit.register
def close() -> None:
    """End the processes that wait for a question."""
    with _lock:
        readers = [*_idle] if _owner == os.getpid() else []
        _idle.clear()
    for reader in readers:
        reader.end()


def _confine() -> None:
    """Load what is needed, then give up memory above the limit and the opening of files."""
    import resource

    from rtlgen.sim.outside import outside

    outside(["module m; endmodule\n"], "m")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def _serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the asker has gone."""
    import resource

    from rtlgen.sim.outside import outside

    while head := questions.read(_LENGTH.size):
        question = json.loads(questions.read(_LENGTH.unpack(head)[0]))
        resource.setrlimit(
            resource.RLIMIT_CPU, (int(time.process_time()) + _CPU_SECONDS, resource.RLIM_INFINITY)
        )
        found = outside(question.pop("texts"), question.pop("top"), **question)
        data = json.dumps(found[:_MOST_FINDINGS]).encode()
        answers.write(_LENGTH.pack(len(data)) + data)
        answers.flush()


if __name__ == "__main__":
    _confine()
    _serve(sys.stdin.buffer, sys.stdout.buffer)
