"""Limits of one run, and how the kernel is told those that it can enforce.

Limits of processor time, memory and file size hold for each process (rlimits, set by `limited` before the program's
first instruction); those over all processes of a run (tasks, resident memory, disk) are what `core.watch` counts. The
kernel's own process limit stays behind as the second line: a bomb that outruns the counting stops there. It does
not hold for root, which the kernel exempts.

Source: setrlimit(2), core(5), prlimit(1). Try: ``rtlgen doctor``
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DESCRIPTORS = 512
"""Files that one sandboxed process may have open: what sits in pipes, sockets and unlinked files is bounded by it."""

_TRAMPOLINE = (
    "import os, resource, sys\n"
    "for name, value in (item.split('=') for item in sys.argv[1].split(',')):\n"
    "    soft, _, hard = value.partition(':')\n"
    "    resource.setrlimit(getattr(resource, 'RLIMIT_' + name), (int(soft), int(hard or soft)))\n"
    "os.execvp(sys.argv[2], sys.argv[2:])\n"
)


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
    """Processes and threads of the run at one time, the program itself included."""
    disk_mb: int | None = None
    """Files below the work folder of the sandbox together, deleted ones that are still open included (MiB); only in a
    sandbox. A file counts 4 KiB at least."""
    total_memory_mb: int | None = None
    """Memory of all processes of the run together (MiB): anonymous, shared and swapped, without pages of files."""
    output_kb: int = 1024
    """Text kept of stdout and of stderr (KiB each): the first and the last half of it."""


def limited(argv: list[str], limits: Limits, *, inside: bool) -> list[str]:
    """`argv` behind what sets its resource limits; unchanged when none is asked for. `inside`: of a sandbox."""
    values = _values(limits, inside=inside)
    if not values:
        return argv
    prlimit = _prlimit(inside)
    if prlimit is not None:
        return [prlimit, *(f"--{name.lower()}={value}" for name, value in values.items()), "--", *argv]
    python = "/usr/bin/python3" if inside else sys.executable
    packed = ",".join(f"{name}={value}" for name, value in values.items())
    return [python, "-I", "-S", "-c", _TRAMPOLINE, packed, *argv]


def _prlimit(inside: bool) -> str | None:
    """The program that sets limits; inside a sandbox only the system's is there."""
    return shutil.which("prlimit", path="/usr/bin:/bin") or (None if inside else shutil.which("prlimit"))


def _values(limits: Limits, *, inside: bool) -> dict[str, int | str]:
    """The resource limits by the name that both `resource` and prlimit give them; ``soft:hard`` where they differ."""
    values: dict[str, int | str] = {}
    if limits.cpu_s is not None:
        values["CPU"] = (
            f"{limits.cpu_s}:{limits.cpu_s + 1}"  # the signal says why; a second later comes SIGKILL
        )
    if limits.memory_mb is not None:
        values["AS"] = limits.memory_mb << 20
    if limits.file_mb is not None:
        values["FSIZE"] = limits.file_mb << 20
    if limits.processes is not None:
        # Beyond what the watcher allows, so that a run ends with the same verdict for root and for everybody.
        values["NPROC"] = 2 * limits.processes + 16 + (0 if inside and _counted_apart() else tasks())
    if inside:
        values["NOFILE"] = min(DESCRIPTORS, _descriptors())
    if values:
        values["CORE"] = 1  # 0 would still start the machine's crash handler; with 1 the kernel starts none
    return values


@cache
def _counted_apart() -> bool:
    """Whether the kernel counts the processes of a user namespace by themselves (since Linux 5.14)."""
    try:
        major, minor = (int(part) for part in os.uname().release.split(".")[:2])
    except ValueError:
        return False
    return (major, minor) >= (5, 14)


def _descriptors() -> int:
    """The hard limit of open files that this process has itself."""
    import resource

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return DESCRIPTORS if hard == resource.RLIM_INFINITY else hard


def tasks() -> int:
    """Tasks on this machine now: an upper bound of the user's own, which the kernel counts."""
    try:
        return int(Path("/proc/loadavg").read_text().split()[3].split("/")[1])
    except (OSError, ValueError, IndexError):
        return 1024
