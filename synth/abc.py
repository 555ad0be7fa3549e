"""ABC as a process that stays: commands in, text out, over a pipe.

Starting yosys-abc costs 13 ms and reading a big library most of a second; a round trip over the pipe costs 13 us. After
each command an ``echo`` of a mark tells where its output ends. ABC exits 0 on errors and keeps going, so they are read
out of the text. A command over its time limit ends the process; the next one starts a fresh process, with the library.

Nothing here decides what is run: callers pass commands they made themselves, or recipes that `recipe.parse` took, and
AIGs that ABC wrote. Files of others are read by an ABC in a sandbox (`rtlgen.synth.circuit`). A process whose rtlgen was
killed ends by itself at the end of its command: its input is closed.

Source: the pipe protocol was measured on yosys-abc 0.70 (pyosys). Try: ``rtlgen synth examples/soc --top soc``
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import selectors
import signal
import subprocess
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import IO

from rtlgen.core.errors import LimitError, ToolError
from rtlgen.core.tools import Tool, find

COMMAND_SECONDS = 60.0
"""Wall limit of one command unless the caller has another."""
START_SECONDS = 60.0
"""Wall limit of the commands that a fresh process begins with: reading libraries."""
AHEAD = 2
"""Commands of a chain that ABC has been told at a time: it never waits for us, and an error wastes one command."""
MAX_LINE = 3000
"""Characters of a line that ABC reads whole."""
MAX_OUTPUT = 4 << 20
"""Bytes of one command's output that are kept."""

_ANSI = re.compile(rb"\x1b\[[0-9;]*m")
_ERRORS = (
    "** cmd error",
    "Error:",
    "Empty network",
    "There is no current network",
    "Cannot open",
    "cannot open",
    "Reading network from file has failed",
    "Reading AIG from file has failed",
    "Wrong input file format",
    "The network check has failed",
    "This command can only be applied",
    "Abc_CommandBlast",
    "unknown command",
    "Library is not available",
    "Cannot create a mapping",
    "There is no SCL library",
    "There is no Liberty",
    "Mapping has failed",
    "usage: ",
)


class AbcError(ToolError):
    """ABC refused a command or ended: `command` is what it was told, `said` what it answered."""

    def __init__(self, command: str, said: str) -> None:
        line = next(
            (row.strip() for row in said.splitlines() if any(word in row for word in _ERRORS)),
            said.strip()[-200:],
        )
        super().__init__(f"ABC failed at '{_short(command)}': {line or 'it ended'}", hint="rtlgen doctor")
        self.command = command
        self.said = said


class AbcEnded(AbcError):
    """ABC ended in the middle of a command. `killed`: by somebody else, and not by a fault of its own."""

    def __init__(self, command: str, said: str, *, killed: bool) -> None:
        super().__init__(command, said)
        self.killed = killed


class AbcTimeout(LimitError):
    """A command did not end in time; the process was ended."""


def failed(text: str) -> bool:
    """Whether ABC's output tells of an error; its exit code does not."""
    return any(word in text for word in _ERRORS)


def first_error(text: str) -> str:
    """The first line of ABC's output that tells of an error, else its end."""
    rows = (row.strip() for row in text.splitlines() if failed(row))
    return next(rows, text.strip()[-200:]) or "it ended"


class AbcProcess:
    """One ABC. `setup` are the commands that every fresh process begins with. Not for several threads at a time."""

    def __init__(self, work: Path, *, setup: Sequence[str] = (), memory_mb: int = 8192) -> None:
        """Nothing is started before the first command. `work` is the folder it may write to, and its working folder."""
        self.work = work
        self._setup = tuple(setup)
        self._memory_mb = memory_mb
        self._tool: Tool = find("yosys-abc")
        self._child: subprocess.Popen[bytes] | None = None
        self._rest = bytearray()
        self.starts = 0
        """Processes started so far."""

    @property
    def fingerprint(self) -> str:
        """Version and fingerprint of the program, for records and keys."""
        return f"{self._tool.version_text} {self._tool.fingerprint}"

    @property
    def pid(self) -> int | None:
        """The process that runs now, None when there is none."""
        return None if self._child is None else self._child.pid

    def run(self, command: str, *, seconds: float = COMMAND_SECONDS) -> str:
        """The output of `command` (one line, commands separated by ``;``) without colours.

        Raises AbcError when ABC says that it failed or ends, AbcTimeout after `seconds` (wall); in both cases the next
        call works on a fresh process, or on the same one with whatever network it still holds.
        """
        return next(self.chain((command,), seconds=seconds))

    def chain(
        self, commands: Sequence[str], *, seconds: float = COMMAND_SECONDS
    ) -> Generator[str, None, None]:
        """The outputs of `commands` one by one, each limited to `seconds`; the next one is always under way already.

        Ends with the error of the first that fails, as `run` raises it; whoever stops earlier closes the iterator.
        """
        if any("\n" in command for command in commands):
            raise ValueError("a command is one line")
        if self._child is None:
            self._start()
        marks: list[str] = []
        done = 0
        try:
            for number, command in enumerate(commands):
                while len(marks) < min(len(commands), number + AHEAD):
                    marks.append(self._send(commands[len(marks)]))
                text = self._received(command, marks[number], seconds)
                done += 1
                if failed(text):
                    raise AbcError(command, text)
                yield text
        finally:
            self._drop(marks[done:], seconds)

    def _drop(self, marks: Sequence[str], seconds: float) -> None:
        """Let commands end that nobody waits for any more; end the process when that takes too long."""
        try:
            for mark in marks:
                if self._child is not None:
                    self._received("", mark, seconds)
        except (AbcError, AbcTimeout):
            self.close()

    def close(self) -> None:
        """End the process; a later command starts another."""
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def __enter__(self) -> AbcProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        argv = [str(self._tool.path), "-s"]
        limit = ["/usr/bin/prlimit", f"--as={self._memory_mb << 20}", "--core=0", "--"]
        argv = [*limit, *argv] if Path(limit[0]).exists() else argv
        self._child = subprocess.Popen(
            argv,
            cwd=self.work,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            bufsize=0,
        )
        self.starts += 1
        self._rest.clear()
        for command in self._setup:
            text = self._exchange(command, START_SECONDS)
            if failed(text):
                self.close()
                raise AbcError(command, text)

    def _exchange(self, command: str, seconds: float) -> str:
        return self._received(command, self._send(command), seconds)

    def _send(self, command: str) -> str:
        """Write a command, in lines that ABC can read, and a mark behind it; returns the mark."""
        assert self._child is not None and self._child.stdin is not None
        mark = f"@@{secrets.token_hex(8)}@@"
        lines = [""]
        for part in command.split(";"):
            joined = f"{lines[-1]};{part}" if lines[-1] else part
            lines = [*lines[:-1], joined] if len(joined) < MAX_LINE else [*lines, part]
        try:
            self._child.stdin.write(("\n".join(lines) + f"\necho {mark}\n").encode())
        except BrokenPipeError:
            raise self._ended(command, "") from None
        return mark

    def _received(self, command: str, mark: str, seconds: float) -> str:
        assert self._child is not None and self._child.stdout is not None
        try:
            return _until(self._child.stdout, mark, time.monotonic() + seconds, self._rest)
        except EOFError as error:
            raise self._ended(command, str(error)) from None
        except TimeoutError:
            self.close()
            raise AbcTimeout(
                f"ABC had not finished '{_short(command)}' after {seconds:g} s",
                hint="a higher time limit, or a smaller circuit",
            ) from None

    def _ended(self, command: str, said: str) -> AbcEnded:
        child = self._child
        status = None
        if child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = child.wait(timeout=5)
        self.close()
        by_others = status is not None and -status in (
            signal.SIGKILL,
            signal.SIGTERM,
            signal.SIGINT,
            signal.SIGHUP,
        )
        return AbcEnded(command, said, killed=by_others)


def _until(pipe: IO[bytes], mark: str, deadline: float, rest: bytearray) -> str:
    """The text before the line `mark` (its echo as a command does not count). `rest` is what was read and not yet asked
    for: it comes first, and what is behind the mark stays in it.

    Raises EOFError when the process ends first, TimeoutError at the deadline (monotonic seconds).
    """
    wanted = f"\n{mark}".encode()
    data = bytearray(b"\n") + rest
    rest.clear()
    start = 0
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            at = data.find(wanted, start)
            if at >= 0:
                rest += data[at + len(wanted) :]
                return _clean(bytes(data[:at]))
            start = max(0, len(data) - len(wanted))
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise TimeoutError
            block = os.read(pipe.fileno(), 1 << 16)
            if not block:
                raise EOFError(_clean(bytes(data)))
            data += block
            if len(data) > 2 * MAX_OUTPUT:
                del data[: len(data) - MAX_OUTPUT]
                start = 0


def _clean(data: bytes) -> str:
    return _ANSI.sub(b"", data).decode("utf-8", "replace").strip("\n")


def _short(command: str) -> str:
    return command if len(command) <= 120 else f"{command[:80]} ... {command[-30:]}"
