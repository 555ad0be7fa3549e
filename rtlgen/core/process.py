"""Run one external program: arguments only, never a shell; limits that hold; nothing left behind.

`run` starts the program in a session of its own, sets its resource limits before its first instruction
(`core.limits`; no ``preexec_fn``, so it is safe from threads), caps its output while reading it, counts what all
its processes use together, and at a limit kills the whole process group (`core.watch`).

What is not contained without a `Sandbox`: a process that starts its own session survives the group kill, one whose
parent has ended is not counted, and the program reads and writes whatever the user may.

Try: ``python -c "from rtlgen.core.process import *; print(run(['sleep', '9'], limits=Limits(wall_s=1)))"``
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.errors import ToolError
from rtlgen.core.limits import Limits, limited
from rtlgen.core.watch import Watch

if TYPE_CHECKING:
    from rtlgen.core.sandbox import Opened, Sandbox

__all__ = ["Completed", "Limits", "run"]


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
    `env`). Raises ToolError when the program or the sandbox cannot be started; every other end is in the result.
    With a sandbox no process of the run is left when this returns.
    """
    bounds = limits or Limits()
    words = [str(part) for part in argv]
    command = limited(words, bounds, inside=sandbox is not None)
    start = time.monotonic()
    with ExitStack() as stack:
        opened = None
        if sandbox is not None:
            opened = stack.enter_context(sandbox.opened(cwd=cwd, env=env))
            command, cwd, env = [*opened.argv, *command], None, None
        elif len(command) > len(words):
            _must_exist(words[0], cwd, env)
        child = _started(command, words[0], cwd, env, piped=stdin is not None, opened=opened)
        watch = Watch(
            child,
            bounds,
            start,
            work=None if opened is None else opened.work,
            status=None if opened is None else opened.status,
        )
        try:
            watch.until_end(stdin)
        finally:
            watch.end()
            watch.close()
    done = Completed(
        argv=tuple(words),
        returncode=child.returncode,
        stdout=watch.stdout.text(),
        stderr=watch.stderr.text(),
        seconds=time.monotonic() - start,
        timed_out=watch.timed_out,
        truncated=bool(watch.stdout.dropped or watch.stderr.dropped),
        exhausted=watch.exhausted,
    )
    if opened is not None and not watch.started and not (done.timed_out or done.exhausted):
        opened.must_have_started(done.returncode, done.stderr)
    return done


def _started(
    command: Sequence[str],
    program: str,
    cwd: Path | str | None,
    env: Mapping[str, str] | None,
    *,
    piped: bool,
    opened: Opened | None,
) -> subprocess.Popen[bytes]:
    """The running child; ToolError, which names `program`, when it cannot be started."""
    silent = subprocess.DEVNULL if opened is None else opened.nothing
    try:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.PIPE if piped else silent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=() if opened is None else opened.inherited,
            bufsize=0,
        )
    except (OSError, ValueError) as error:
        raise _unstartable(program, error) from None


def _unstartable(program: str, error: OSError | ValueError) -> ToolError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ToolError(f"cannot be started: {reason}", where=program, hint="rtlgen doctor")


def _must_exist(program: str, cwd: Path | str | None, env: Mapping[str, str] | None) -> None:
    """ToolError when `program` cannot be started: behind a limiting program that would only be an exit code."""
    search = os.pathsep.join(os.get_exec_path(env))
    place = Path(cwd or ".") / program if os.sep in program else shutil.which(program, path=search)
    if place is None or not Path(place).exists():
        raise _unstartable(program, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
    if not os.access(place, os.X_OK) or Path(place).is_dir():
        raise _unstartable(program, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
