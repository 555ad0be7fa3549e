"""What all processes of one run use together: tasks, memory and disk, read from the outside.

The kernel limits these for one process at a time, or not at all (processes of root). `Meter.over` counts them in the
host's own ``/proc`` and in the work folder, which the run cannot falsify: a task that escaped its parent is still
below the first process of the sandbox, a deleted file is found by the descriptor or the mapping that keeps it, memory
by the thread that is alive. What cannot be looked into (a folder that its owner may not enter, a process that forbids
it, folders without end) counts as over its limit. Between two looks a run may exceed a limit for as long as the pause
of `core.watch` lasts; pipes and sockets (kernel memory) are bounded by their number alone.

Source: proc(5). Try: ``rtlgen doctor``
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rtlgen.core.limits import Limits

FILE_BYTES = 4096
"""What a file counts at least: an empty one costs its entry and its inode."""
DEPTH = 64
"""Folders within folders that are looked into; more count as over the limit."""

TEMPORARY = {"/dev/shm": 16, "/tmp": 64}
"""Folders of a sandbox that are held in memory, and how much they may hold (MiB)."""
TEMPORARY_FILES = 16384

MAPS_BYTES = 4 << 20
"""A list of mappings that is longer (some 40,000) is not read through: that would take longer than the pauses."""

_MIB = 1 << 20
_STATUS = re.compile(rb"^(Threads|RssAnon|RssShmem|VmSwap):\s+(\d+)", re.MULTILINE)
_SHARES = re.compile(rb"^(?:Pss_Anon|Pss_Shmem|SwapPss):\s+(\d+) kB", re.MULTILINE)
_DELETED = re.compile(rb"^\S+ \S+ \S+ \S+ (\d+) +(/.*) \(deleted\)$", re.MULTILINE)
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass
class _Process:
    """One process of the run as /proc shows it."""

    pid: int
    threads: tuple[int, ...]
    memory: int
    """Bytes: anonymous, shared and swapped."""
    alive: bool
    """Whether it has memory still; one without is about to go."""


@dataclass
class Meter:
    """Compares what a run uses with its limits."""

    limits: Limits
    work: Path | None = None
    """The work folder of the sandbox, a real path; None: there is no sandbox, and disk is not counted."""
    _suspected: bool = field(default=False, init=False)

    @property
    def needed(self) -> bool:
        """Whether any limit must be counted while the run lasts."""
        bounds = self.limits
        disk = self.work is not None and bounds.disk_mb is not None
        return disk or bounds.processes is not None or bounds.total_memory_mb is not None

    def over(self, root: int, *, with_root: bool) -> str:
        """The limit that the descendants of `root` exceed: ``processes``, ``memory``, ``disk``, or empty."""
        bounds = self.limits
        most = None if bounds.processes is None else bounds.processes + (0 if with_root else 1)
        processes = list(_processes(root, most))
        if most is not None and sum(max(len(each.threads), 1) for each in processes) > most:
            return "processes"
        if not with_root:
            processes = processes[1:]
        if bounds.total_memory_mb is not None and self._memory_over(processes, bounds.total_memory_mb * _MIB):
            return "memory"
        if self.work is not None and bounds.disk_mb is not None and self._disk_over(root, processes):
            return "disk"
        return ""

    def too_many_processes(self, root: int, *, with_root: bool) -> bool:
        """A part of `over` that takes less than a millisecond: what a bomb leaves to us before we have to wait again.

        Threads, and what they start, are not counted.
        """
        if self.limits.processes is None:
            return False
        most = self.limits.processes + (0 if with_root else 1)
        queue, found = [root], 1
        while queue and found <= most:
            pid = queue.pop()
            with contextlib.suppress(OSError):
                children = _read(f"/proc/{pid}/task/{pid}/children").split()
                found += len(children)
                queue += map(int, children)
        return found > most

    def disk_left_over(self) -> str:
        """``disk`` when what the run left in the work folder is more than allowed, else empty."""
        if self.work is None or self.limits.disk_mb is None:
            return ""
        return "disk" if folder_bytes(self.work, self.limits.disk_mb * _MIB) is None else ""

    def _memory_over(self, processes: list[_Process], most: int) -> bool:
        """Over at two looks: a child that just came into being shares all its memory with its parent."""
        total = sum(process.memory for process in processes)
        if total > most:
            total = sum(_share(process) for process in processes)
        suspected, self._suspected = self._suspected, total > most
        return suspected and self._suspected

    @property
    def suspicious(self) -> bool:
        """Whether the next look should come at once."""
        return self._suspected

    def _disk_over(self, root: int, processes: list[_Process]) -> bool:
        assert self.work is not None
        assert self.limits.disk_mb is not None
        most = self.limits.disk_mb * _MIB
        linked = folder_bytes(self.work, most)
        if linked is None or _too_many_temporary(root):
            return True
        file_bytes = (self.limits.file_mb or self.limits.disk_mb) * _MIB
        unlinked = _deleted_bytes(processes, self.work, file_bytes)
        return unlinked is None or linked + unlinked > most


def folder_bytes(folder: Path, most: int) -> int | None:
    """Bytes on disk of all below `folder`; None as soon as they are over `most` or cannot be counted."""
    total = 0
    levels: list[_Level] = []
    try:
        levels.append(_Level(str(folder), None))
        while levels:
            level = levels[-1]
            entry = next(level.entries, None)
            if entry is None:
                levels.pop().close()
                continue
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):  # it may go at any time
                found = entry.stat(follow_symlinks=False)
                total += max(found.st_blocks * 512, FILE_BYTES)
                if total > most or len(levels) > DEPTH:
                    return None
                if stat.S_ISDIR(found.st_mode):
                    levels.append(_Level(entry.name, level.fd))
    except FileNotFoundError:
        return total
    except OSError:
        return None
    finally:
        for level in levels:
            level.close()
    return total


class _Level:
    """One folder that is being read; never reached through a link."""

    def __init__(self, name: str, parent: int | None) -> None:
        self.fd = os.open(name, _FOLDER, dir_fd=parent)
        try:
            self.entries = os.scandir(self.fd)
        except OSError:
            os.close(self.fd)
            raise

    def close(self) -> None:
        self.entries.close()
        os.close(self.fd)


def _processes(root: int, most: int | None) -> Iterator[_Process]:
    """`root` and all below it; ends early once there are more than `most` tasks."""
    queue, tasks = [root], 0
    while queue:
        process = _process(queue.pop(0))
        if process is None:
            continue
        yield process
        tasks += max(len(process.threads), 1)
        if most is not None and tasks > most:
            return
        for thread in process.threads:
            with contextlib.suppress(OSError):
                queue += map(int, _read(f"/proc/{process.pid}/task/{thread}/children").split())


def _process(pid: int) -> _Process | None:
    """What /proc says of a process, None when it is gone. The main thread may have ended before the others."""
    try:
        values = _status(f"/proc/{pid}/status")
        threads: tuple[int, ...] = (pid,)
        if values.get("Threads") != b"1":
            threads = tuple(int(name) for name in os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208 (a third of the time)
    except OSError:
        return None
    for thread in threads:
        if "RssAnon" in values:
            break
        with contextlib.suppress(OSError):
            values = _status(f"/proc/{pid}/task/{thread}/status")
    memory = sum(int(values.get(name, b"0")) for name in ("RssAnon", "RssShmem", "VmSwap"))
    return _Process(pid, threads, memory * 1024, alive="RssAnon" in values)


def _status(path: str) -> dict[str, bytes]:
    return {name.decode(): value for name, value in _STATUS.findall(_read(path))}


def _share(process: _Process) -> int:
    """Memory of a process in bytes, what it shares with others divided among them."""
    for thread in process.threads:
        with contextlib.suppress(OSError):
            parts = _SHARES.findall(_read(f"/proc/{process.pid}/task/{thread}/smaps_rollup"))
            if len(parts) == 3:
                return sum(map(int, parts)) * 1024
    return process.memory


def _too_many_temporary(root: int) -> bool:
    """Whether a sandbox holds more than `TEMPORARY_FILES` files in memory: empty ones take memory too."""
    for name, mib in TEMPORARY.items():
        with contextlib.suppress(OSError):
            found = os.statvfs(f"/proc/{root}/root{name}")
            own = (
                found.f_blocks * found.f_frsize == mib << 20
            )  # until the sandbox is set up it is the machine's
            if own and found.f_files - found.f_ffree > TEMPORARY_FILES:
                return True
    return False


def _deleted_bytes(processes: list[_Process], work: Path, file_bytes: int) -> int | None:
    """Bytes of files that have no name any more; None when a process cannot be looked into.

    One held by a mapping alone does not show its size and counts `file_bytes`, the most that it can have.
    """
    below = os.fsencode(f"{work}/")
    sizes: dict[int, int] = {}
    mapped: set[int] = set()
    for process in processes:
        for thread in process.threads:
            try:
                sizes.update(_open_deleted(f"/proc/{process.pid}/task/{thread}/fd"))
                maps = _read(f"/proc/{process.pid}/task/{thread}/maps")
            except (FileNotFoundError, ProcessLookupError):
                continue
            except OSError:
                again = _process(process.pid)
                if again is not None and again.alive:
                    return None
                continue
            if len(maps) > MAPS_BYTES:
                return None
            found = _DELETED.findall(maps)
            mapped |= {int(inode) for inode, name in found if name.startswith(below)}
    return sum(sizes.values()) + file_bytes * len(mapped - sizes.keys())


def _open_deleted(folder: str) -> Iterator[tuple[int, int]]:
    """(inode, bytes on disk) of the open files without a name."""
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                found = entry.stat()
                if found.st_nlink == 0 and stat.S_ISREG(found.st_mode):
                    yield found.st_ino, found.st_blocks * 512


def _read(path: str) -> bytes:
    """A file of /proc, at once: its text is made anew by every read from the start."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        parts = []
        while data := os.read(fd, 1 << 16):
            parts.append(data)
        return b"".join(parts)
    finally:
        os.close(fd)
