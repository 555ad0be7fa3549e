"""Run one external program: arguments only, never a shell; limits that hold; nothing left behind.

`run` starts the program in a session of its own, sets its resource limits before its first instruction
(through the `prlimit` program, or a small Python trampoline where there is none: no `preexec_fn`, so it is
safe from threads), caps its output while reading it, and at the end of the time limit kills the whole
process group.

What is not contained without a `Sandbox`: a process that starts its own session survives the group kill,
and the program reads and writes whatever the user may. For root the kernel enforces no process count; `run`
then counts the descendants and kills all of them. Limits of CPU time and memory hold for each process, not
for their sum.

Try: ``python -c "from rtlgen.core.process import *; print(run(['sleep', '9'], limits=Limits(wall_s=1)))"``
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rtlgen.core.errors import ToolError

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

    from rtlgen.core.sandbox import Sandbox

DRAIN_SECONDS = 0.5
"""How long output is still read after the program ended, from processes that kept its pipes open."""
POLL_SECONDS = 0.05

_TRAMPOLINE = (
    "import os, resource, sys\n"
    "for name, value in (item.split('=') for item in sys.argv[1].split(',')):\n"
    "    resource.setrlimit(getattr(resource, 'RLIMIT_' + name), (int(value), int(value)))\n"
    "os.execvp(sys.argv[2], sys.argv[2:])\n"
)
_PRLIMIT_NAMES = {"CPU": "cpu", "AS": "as", "FSIZE": "fsize", "NPROC": "nproc", "CORE": "core"}


@dataclass(frozen=True)
class Limits:
    """Limits of one run; None is unlimited. CPU, memory and file size hold for each process of the run."""

    wall_s: float = 60.0
    cpu_s: int | None = None
    memory_mb: int | None = None
    """Address space (MiB)."""
    file_mb: int | None = None
    """Biggest file written (MiB)."""
    processes: int | None = None
    """Processes and threads beside those that already run."""
    disk_mb: int | None = None
    """Files below the work folder of the sandbox together (MiB)."""
    total_memory_mb: int | None = None
    """Resident memory of all processes of the run together (MiB)."""
    output_kb: int = 1024
    """Text kept of stdout and of stderr (KiB each): the first and the last half of it."""


@dataclass(frozen=True)
class Completed:
    """How a run ended. `returncode` is negative for a signal (-9: killed, also by `timed_out`)."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    seconds: float
    timed_out: bool
    truncated: bool
    """Part of the output was dropped; the text says where and how much."""
    exhausted: str = ""
    """The limit over all its processes that it was killed for: ``processes``, ``memory`` or ``disk``; else empty."""


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


def run(
    argv: Sequence[str],
    *,
    cwd: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    limits: Limits | None = None,
    sandbox: Sandbox | None = None,
) -> Completed:
    """Run `argv` to its end or to a limit, and kill what is left of its process group.

    `env` replaces the environment (default: the caller's; in a sandbox: only what the sandbox sets, plus
    `env`). Raises ToolError when the program cannot be started; every other end is in the result.
    """
    bounds = limits or Limits()
    command = _limited([str(part) for part in argv], bounds, inside=sandbox is not None)
    if sandbox is not None:
        command = [*sandbox.argv(cwd=cwd, env=env), *command]
        cwd, env = None, None
    start = time.monotonic()
    try:
        if sandbox is None and len(command) > len(argv):
            _must_exist(str(argv[0]), cwd, env)
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ToolError(f"cannot be started: {reason}", where=argv[0], hint="rtlgen doctor") from None
    watch = _Watch(child, bounds, start)
    try:
        watch.until_end(stdin)
    finally:
        _kill_group(child)
        child.wait()
        watch.drain()
        watch.close()
    code = child.returncode
    return Completed(
        argv=tuple(str(part) for part in argv),
        returncode=code,
        stdout=watch.stdout.text(),
        stderr=watch.stderr.text(),
        seconds=time.monotonic() - start,
        timed_out=watch.timed_out,
        truncated=bool(watch.stdout.dropped or watch.stderr.dropped),
        exhausted=watch.exhausted,
    )


class _Watch:
    """Reads the pipes of a running child until it ends or a limit is reached."""

    def __init__(self, child: subprocess.Popen[bytes], limits: Limits, start: float) -> None:
        self.child = child
        self.limits = limits
        self.deadline = start + limits.wall_s
        self.stdout = Output(limits.output_kb * 1024)
        self.stderr = Output(limits.output_kb * 1024)
        self.timed_out = False
        self.exhausted = ""
        self._selector = selectors.DefaultSelector()
        self._pidfd = -1
        self._counts = os.geteuid() == 0 and limits.processes is not None
        for pipe, sink in ((child.stdout, self.stdout), (child.stderr, self.stderr)):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ, sink)
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
            left = self.deadline - time.monotonic()
            if left <= 0:
                self.timed_out = True
                return
            polled = self._counts or self._pidfd < 0
            for key, _ in self._selector.select(min(left, POLL_SECONDS) if polled else left):
                if isinstance(key.data, Output):
                    self._take(key.fileobj, key.data)
                elif pipe is not None and key.fileobj is pipe:
                    pending = self._feed(pipe, pending)
            if self._counts and _descendants(self.child.pid, self.limits.processes or 0):
                self.exhausted = "processes"
                return

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

    def drain(self) -> None:
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


def _limited(argv: list[str], limits: Limits, *, inside: bool) -> list[str]:
    """`argv` behind what sets its resource limits; unchanged when none is asked for."""
    values: dict[str, int] = {}
    if limits.cpu_s is not None:
        values["CPU"] = limits.cpu_s
    if limits.memory_mb is not None:
        values["AS"] = limits.memory_mb << 20
    if limits.file_mb is not None:
        values["FSIZE"] = limits.file_mb << 20
    if limits.processes is not None:
        values["NPROC"] = limits.processes if inside else limits.processes + _tasks()
    if not values:
        return argv
    values["CORE"] = 0
    prlimit = shutil.which("prlimit", path="/usr/bin:/bin") or (None if inside else shutil.which("prlimit"))
    if prlimit is not None:
        return [
            prlimit,
            *(f"--{_PRLIMIT_NAMES[name]}={value}" for name, value in values.items()),
            "--",
            *argv,
        ]
    python = "/usr/bin/python3" if inside else sys.executable
    packed = ",".join(f"{name}={value}" for name, value in values.items())
    return [python, "-I", "-S", "-c", _TRAMPOLINE, packed, *argv]


def _must_exist(program: str, cwd: Path | str | None, env: Mapping[str, str] | None) -> None:
    """Raise the OSError that starting `program` would: behind a limiting program it would only be an exit code."""
    search = os.pathsep.join(os.get_exec_path(env))
    place = Path(cwd or ".") / program if os.sep in program else shutil.which(program, path=search)
    if place is None or not Path(place).exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if not os.access(place, os.X_OK) or Path(place).is_dir():
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _tasks() -> int:
    """Tasks on this machine now: an upper bound of the user's own, which the kernel counts."""
    try:
        return int(Path("/proc/loadavg").read_text().split()[3].split("/")[1])
    except (OSError, ValueError, IndexError):
        return 1024


def _descendants(pid: int, limit: int) -> bool:
    """Whether `pid` has more than `limit` processes below it (counting stops there)."""
    queue, seen = [pid], 0
    while queue:
        parent = queue.pop()
        with contextlib.suppress(OSError, ValueError):
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            queue += [int(child) for child in children]
            seen += len(children)
        if seen > limit + 4:  # prlimit, bwrap, its init and the program itself are not the program's doing
            return True
    return False


def _ended(pid: int) -> bool:
    """Whether the child has ended; it is not reaped, so that its pid stays its own until `_kill_group`."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """SIGKILL the child's whole group; it has not been reaped, so its pid is not reused."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
