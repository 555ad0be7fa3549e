"""Watch one running child: take its output in bounded memory, and end it at its limits.

The wait is on the pipes and on the child's descriptor, so that a short run ends without delay and is never counted;
what all processes use together (`core.usage`) is looked at first after `FIRST_SECONDS`, then at pauses that grow with
what a look costs, and at once when the machine has many more tasks than before. `Watch.end` kills the group and, for a
sandbox, its first process, and returns only when the kernel has removed every process of it.

Try: ``python -c "from rtlgen.core.process import *; print(run(['sleep', '9'], limits=Limits(wall_s=1)))"``
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import selectors
import signal
import subprocess
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rtlgen.core.limits import Limits, tasks
from rtlgen.core.usage import Meter

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

DRAIN_SECONDS = 0.5
"""How long output is still read after the program ended, from processes that kept its pipes open."""
END_SECONDS = 5.0
"""How long the end of a killed sandbox is waited for; the kernel needs milliseconds."""
POLL_SECONDS = 0.05
"""How often the child is asked whether it has ended, where the kernel has no process descriptors."""
FIRST_SECONDS = 0.025
LONGEST_SECONDS = 0.25
GUARD_SECONDS = 0.008
"""Pause between two readings of the number of all tasks of the machine, which costs 10 microseconds."""
COST = 20
"""A look at what the run uses may cost one part in so many of the time (a quarter where it is very long)."""

_FIRST_PROCESS = re.compile(rb'"child-pid": ?(\d+)')
_NAMESPACE = re.compile(rb'"pid-namespace": ?(\d+)')
_STARTED = re.compile(rb'"exit-code"')


class Output:
    """Bytes of one stream, the first and the last half of `limit` bytes kept in bounded memory."""

    def __init__(self, limit: int) -> None:
        self._half = max(limit // 2, 1)
        self._head = bytearray()
        self._tail = bytearray()
        self.dropped = 0

    def add(self, data: bytes) -> None:
        """Take what was read."""
        room = self._half - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * self._half:
            self._trim()

    def _trim(self) -> None:
        excess = len(self._tail) - self._half
        if excess > 0:
            del self._tail[:excess]
            self.dropped += excess

    def text(self) -> str:
        """The text, undecodable bytes replaced, with one line where some of it was dropped."""
        self._trim()
        gap = f"\n[... {self.dropped} bytes dropped ...]\n".encode() if self.dropped else b""
        return (bytes(self._head) + gap + bytes(self._tail)).decode("utf-8", "replace")


class Watch:
    """Reads the pipes of a running child until it ends or a limit is reached.

    `work` (the only folder it can write to) and `status` (the read end of bubblewrap's status pipe) are a sandbox's.
    """

    def __init__(
        self,
        child: subprocess.Popen[bytes],
        limits: Limits,
        start: float,
        *,
        work: Path | None = None,
        status: int | None = None,
    ) -> None:
        self.child = child
        self.limits = limits
        self.deadline = start + limits.wall_s
        self.stdout = Output(limits.output_kb * 1024)
        self.stderr = Output(limits.output_kb * 1024)
        self.timed_out = False
        self.exhausted = ""
        self.started = False
        """Whether the sandbox came so far as to start the program; known after `end` of a run that was not killed."""
        self._meter = Meter(limits, work)
        self._next_look = start + FIRST_SECONDS
        self._tasks_before = tasks() if limits.processes is not None else 0
        self._status = status
        self._said = b""
        self._selector = selectors.DefaultSelector()
        self._pidfd = -1
        for pipe, sink in ((child.stdout, self.stdout), (child.stderr, self.stderr)):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ, sink)
        if status is not None:
            os.set_blocking(status, False)
        with contextlib.suppress(AttributeError, OSError):
            self._pidfd = os.pidfd_open(child.pid)
            self._selector.register(self._pidfd, selectors.EVENT_READ, None)

    def until_end(self, stdin: bytes | None) -> None:
        """Feed `stdin`, take output, and return when the child has ended or a limit was reached."""
        pending = memoryview(stdin or b"")
        pipe = self.child.stdin
        if pipe is not None:
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_WRITE, None)
        while not _ended(self.child.pid):
            now = time.monotonic()
            if now >= self.deadline:
                self.timed_out = True
                return
            if self._bomb() or (self._meter.needed and now >= self._next_look and self._look()):
                return
            for key, _ in self._selector.select(self._wait()):
                if isinstance(key.data, Output):
                    self._take(key.fileobj, key.data)
                elif pipe is not None and key.fileobj is pipe:
                    pending = self._feed(pipe, pending)

    def _wait(self) -> float:
        """Seconds until something must be done without a wake-up."""
        now = time.monotonic()
        left = self.deadline - now
        if self._meter.needed:
            left = min(left, self._next_look - now)
        if self.limits.processes is not None:
            left = min(left, GUARD_SECONDS)
        if self._pidfd < 0:
            left = min(left, POLL_SECONDS)
        return max(left, 0.0)

    def _bomb(self) -> bool:
        """Whether the machine has many more tasks, and this run made them: bombs grow faster than looks come."""
        most = self.limits.processes
        if most is None or tasks() <= self._tasks_before + most:
            return False
        root = self._root()
        if root is not None and self._meter.too_many_processes(root, with_root=self._status is None):
            self.exhausted = "processes"
        return bool(self.exhausted)

    def _root(self) -> int | None:
        """The process below which all others of the run are; None when there is none (yet)."""
        return self.child.pid if self._status is None else self.first_process()

    def _look(self) -> bool:
        """Count what the run uses; True when it is over a limit."""
        begin = (
            time.thread_time()
        )  # not the time on the clock: a bomb that slows us down must not lengthen the pause
        root = self._root()
        if root is not None:
            self.exhausted = self._meter.over(root, with_root=self._status is None)
        took = time.thread_time() - begin
        end = time.monotonic()
        pause = max(FIRST_SECONDS, min(COST * took, max(LONGEST_SECONDS, 3 * took)))
        self._next_look = end + (FIRST_SECONDS / 5 if self._meter.suspicious else pause)
        return bool(self.exhausted)

    def first_process(self) -> int | None:
        """The host's number of the sandbox's first process; None when there is none (yet)."""
        found = _FIRST_PROCESS.search(self._read_status())
        return int(found[1]) if found else None

    def _read_status(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            while self._status is not None and (data := os.read(self._status, 4096)):
                self._said += data
        return self._said

    def end(self) -> None:
        """Kill what is left, wait until it is gone, take the rest of the output."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)  # not reaped yet: the number is still the child's
        if self._status is not None:
            self._end_sandbox()  # not only by way of bwrap's own end: a bomb goes on until its namespace dies
        self.child.wait()
        if self._status is not None:
            self.started = _STARTED.search(self._read_status()) is not None
            self._end_sandbox()  # again, for one whose number was not known yet
        self._drain()
        if self._status is not None and not (self.timed_out or self.exhausted):
            self.exhausted = self._meter.disk_left_over()

    def _end_sandbox(self) -> None:
        """Kill the sandbox's first process, with which the kernel ends all others, and wait until it has done so."""
        first = self.first_process()
        namespace = _NAMESPACE.search(self._said)
        if first is None or (namespace is None and self.child.returncode is None):
            return  # an old bwrap does not tell the namespace: its first process dies with it, and is waited for then
        try:
            handle = os.pidfd_open(first)
        except (AttributeError, OSError):
            return
        try:
            if namespace is not None:
                if str(Path(f"/proc/{first}/ns/pid").readlink()) != f"pid:[{int(namespace[1])}]":
                    return  # another process of the same number
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            gone = select.poll()
            gone.register(handle, select.POLLIN)
            gone.poll(END_SECONDS * 1000)
        except OSError:
            return
        finally:
            os.close(handle)

    def _take(self, pipe: FileDescriptorLike, sink: Output) -> None:
        """Read what is there; at its end the stream is no longer watched."""
        fd = pipe if isinstance(pipe, int) else pipe.fileno()
        try:
            data = os.read(fd, 1 << 16)
        except BlockingIOError:
            return
        if data:
            sink.add(data)
        else:
            self._selector.unregister(pipe)

    def _feed(self, pipe: IO[bytes], pending: memoryview) -> memoryview:
        """Write some of `pending` to the child; closes the pipe at its end or when the child closed it."""
        try:
            pending = pending[os.write(pipe.fileno(), pending[: 1 << 16]) :] if pending else pending
        except BrokenPipeError:
            pending = pending[len(pending) :]
        except BlockingIOError:
            return pending
        if not pending:
            self._selector.unregister(pipe)
            pipe.close()
        return pending

    def _drain(self) -> None:
        """Take what the dead group left in the pipes, waiting shortly for processes outside the group."""
        for key in list(self._selector.get_map().values()):
            if not isinstance(key.data, Output):
                self._selector.unregister(key.fileobj)
        end = time.monotonic() + DRAIN_SECONDS
        while self._selector.get_map() and (left := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                self._take(key.fileobj, key.data)

    def close(self) -> None:
        """Close pipes and descriptors."""
        self._selector.close()
        if self._pidfd >= 0:
            os.close(self._pidfd)
        for pipe in (self.child.stdin, self.child.stdout, self.child.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _ended(pid: int) -> bool:
    """Whether the child has ended; it is not reaped, so that its pid stays its own until `Watch.end`."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
