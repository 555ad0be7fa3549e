"""A bubblewrap sandbox around one process: generated Verilog must not touch the user's machine.

Why: `vvp` opens any path for reading and writing (``$fopen``, ``$readmemh``, ``$dumpfile``), an ``include``
leaks what it reads into messages, and Verilator runs ``$system``.

Contained:

* files: only ``/usr`` (read-only), an empty ``/tmp`` of 64 MiB, the work folder (read and write) and
  the `read_only` paths exist; not ``/etc``, not the home folder; nothing else can be written to, not in memory either;
* network: none, not even the host's loopback; other processes of the machine can be neither seen nor
  signalled, the user's keyring not read;
* environment: empty except for what is passed; no controlling terminal (no input can be pushed into it);
* what it leaves running dies with it, also when rtlgen itself is killed;
* system calls that get around limits (`core.seccomp`).

Use of processor, memory and disk is `process.Limits`. Not contained: what the program writes into the work folder
(take it out by `core.scratch`), reading of ``/usr``, and faults of the kernel. The whole list: docs/sandbox.md.

Try: ``rtlgen doctor`` (the sandbox row runs one)
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rtlgen.core import seccomp
from rtlgen.core.errors import RtlgenError, ToolError
from rtlgen.core.process import Limits, run
from rtlgen.core.scratch import remove
from rtlgen.core.tools import Tool, find
from rtlgen.core.usage import TEMPORARY

SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""Folders beside /usr that hold programs and libraries; links into /usr on a merged system."""
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_NOBODY = 65534
INSIDE_PATH = "/usr/local/bin:/usr/bin:/bin"
_KNOWS_SIZE = (0, 7)
_PROC = ("--proc", "/proc", "--tmpfs", "/proc/1", "--remount-ro", "/proc/1", "--remount-ro", "/proc")
"""Without write access, because kernel settings below /proc/sys ask for root's number alone, not for its capabilities;
and without bwrap itself, whose /proc/1/exe and open files lead out of the sandbox."""
WITHOUT = "--unsafe-no-sandbox runs it without one, with all your rights"
"""What may be done where no sandbox runs."""


@dataclass(frozen=True)
class Opened:
    """What one run in a sandbox is started with."""

    argv: tuple[str, ...]
    """What the program's own command line is appended to."""
    inherited: tuple[int, ...]
    """Descriptors that bubblewrap needs; the program gets none of them."""
    status: int
    """Where bubblewrap says, in JSON, which process is the sandbox's first and with what code the program ended."""
    nothing: int
    """An empty standard input: not the machine's /dev/null, whose owner could change it through the descriptor."""
    work: Path
    """The only folder of the host that the run can write to; a real path."""

    def must_have_started(self, returncode: int, stderr: str) -> None:
        """ToolError when bubblewrap gave up before it started the program (after that, it says the code)."""
        if returncode and stderr.startswith("bwrap: "):
            reason = stderr.splitlines()[0].removeprefix("bwrap: ")
            raise ToolError(f"the sandbox cannot be started: {reason}", hint=f"rtlgen doctor; {WITHOUT}")


@dataclass(frozen=True)
class Sandbox:
    """What one sandboxed process may see: `work` to read and write, `read_only` paths to read.

    Both are at their own paths inside, so that file names in messages are the real ones. `work` belongs to one run at a
    time: what another one changes while this one starts could lead out of it.
    """

    work: Path
    read_only: tuple[Path, ...] = ()

    @contextmanager
    def opened(
        self, *, cwd: Path | str | None = None, env: Mapping[str, str] | None = None
    ) -> Iterator[Opened]:
        """What to start one run with; the descriptors last as long as the context.

        `cwd` (default: `work`) must be visible inside; `env` are the only variables beside PATH, HOME and
        LANG (and TMPDIR where there is no /tmp). Raises ToolError when bubblewrap is missing or a path does not exist.
        """
        bwrap = _bwrap()
        with ExitStack() as stack:
            status, said = os.pipe()
            nothing = _filled_pipe(b"")
            for end in (status, said, nothing):
                stack.callback(os.close, end)
            inherited = [said]
            options = ["--json-status-fd", str(said)]
            code = seccomp.program()
            if code is not None:
                rules = _filled_pipe(code)
                stack.callback(os.close, rules)
                inherited.append(rules)
                options += ["--seccomp", str(rules)]
            elif bwrap.version >= (0, 8):
                options += ["--unshare-user", "--disable-userns"]
            argv = (str(bwrap.path), *self._view(bwrap.version, cwd, env), *options, "--")
            yield Opened(argv, tuple(inherited), status, nothing, self.work.resolve())

    def _view(
        self, version: tuple[int, ...], cwd: Path | str | None, env: Mapping[str, str] | None
    ) -> list[str]:
        """bwrap's arguments: what there is inside.

        A tmpfs holds files in memory that is nobody's, so the two that bwrap makes unasked (/ and /dev) end read-only,
        and /tmp and /dev/shm are bounded: in bytes by the kernel, in files by `core.usage`. A bwrap that cannot bound
        them makes none, and the work folder stands in for /tmp.
        """
        work = _existing(self.work)
        devices = _own_devices()
        command = ["--ro-bind", "/usr", "/usr", *_system_folders(), *_PROC]
        command += ["--dev", "/dev"] if devices is None else ["--dev-bind", str(devices), "/dev"]
        variables = {"PATH": INSIDE_PATH, "HOME": work, "LANG": "C.UTF-8"}
        if version >= _KNOWS_SIZE:
            for name, mib in TEMPORARY.items():
                command += ["--size", str(mib << 20), "--tmpfs", name]
        else:
            variables["TMPDIR"] = work
        command += ["--remount-ro", "/dev"] if devices is None else []
        binds = [("--ro-bind", self._existing_outside(path, work)) for path in self.read_only]
        for option, path in sorted([*binds, ("--bind", work)], key=lambda bind: len(bind[1])):
            command += [option, path, path]  # the inner of two folders decides
        command += ["--remount-ro", "/", "--chdir", work if cwd is None else self._visible(Path(cwd))]
        command += ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
        for name, value in {**variables, **(env or {})}.items():
            command += ["--setenv", name, value]
        return command

    def _existing_outside(self, path: Path, work: str) -> str:
        """The real path; ToolError for a link in the work folder, which an earlier run may have laid, that leaves it."""
        real = _existing(path)
        named = Path(os.path.abspath(path))  # noqa: PTH100 (links must stay)
        inside = named.is_relative_to(work) or named.is_relative_to(os.path.abspath(self.work))  # noqa: PTH100
        if inside and not Path(real).is_relative_to(work):
            raise ToolError(
                "is a link out of the work folder and is not shown to the sandbox",
                where=path,
                hint="look at what the run before left there",
            )
        return real

    def _visible(self, cwd: Path) -> str:
        """The real path of a working folder; ToolError when the sandbox does not show it."""
        real = cwd.resolve()
        if not any(
            real.is_relative_to(path.resolve()) for path in (self.work, *self.read_only, Path("/usr"))
        ):
            raise ToolError("is not visible inside the sandbox", where=cwd, hint="add it to read_only")
        return _existing(real)


def _bwrap() -> Tool:
    """bubblewrap; ToolError, which says how to run without it, when it is missing."""
    try:
        return find("bwrap")
    except ToolError as error:
        raise ToolError(error.what, where=error.where, hint=f"{error.hint}; {WITHOUT}") from None


def _filled_pipe(data: bytes) -> int:
    """The read end of a pipe that holds `data` (less than the 4096 bytes that every pipe takes) and then ends."""
    end, start = os.pipe()
    try:
        os.write(start, data)
    finally:
        os.close(start)
    return end


def _existing(path: Path) -> str:
    """The real path as text; ToolError when it does not exist."""
    real = path.resolve()
    if not real.exists():
        raise ToolError("cannot be shown to the sandbox: no such path", where=path, hint="check the path")
    return str(real)


@cache
def _system_folders() -> tuple[str, ...]:
    """bwrap arguments for those folders of `SYSTEM` that are here: a link as a link, a folder read-only."""
    arguments: list[str] = []
    for name in SYSTEM:
        path = Path(name)
        if path.is_symlink():
            arguments += ["--symlink", os.readlink(path).lstrip("/"), name]  # noqa: PTH115 (the text of the link)
        elif path.is_dir():
            arguments += ["--ro-bind", name, name]
    return tuple(arguments)


def _own_devices() -> Path | None:
    """For root, a folder that takes the place of /dev: neither it nor the device files in it belong to root.

    bwrap would show those of the machine, and their owner could take everybody's right to use ``/dev/null``. None for
    other users, who own no device, and where no device files can be made (root's there are the container's at most).
    """
    if os.geteuid() != 0:
        return None
    folder = _device_folder()
    if folder is not None and not (folder / DEVICES[-1]).exists():  # somebody tidied up the temporary folder
        _device_folder.cache_clear()
        folder = _device_folder()
    return folder


@cache
def _device_folder() -> Path | None:
    """The folder of this machine, made once; behind a folder that only root can enter."""
    place = Path(tempfile.gettempdir()).resolve() / "rtlgen-dev"
    if _are_devices(place):
        return place / "dev"
    try:
        closed = Path(tempfile.mkdtemp(prefix="rtlgen-dev-", dir=place.parent))
    except OSError:
        return None
    try:
        _make_devices(closed / "dev")
    except OSError:
        remove(closed)
        return None
    try:
        closed.rename(place)
    except OSError:
        if not _are_devices(place):  # the name is taken by something else; this process has its own
            return closed / "dev"
        remove(closed)
    return place / "dev"


def _make_devices(folder: Path) -> None:
    """Device files and what else is in a /dev, all of them nobody's. OSError where that is not allowed."""
    (folder / "shm").mkdir(parents=True)
    for name in DEVICES:
        os.mknod(folder / name, 0o666 | stat.S_IFCHR, Path(f"/dev/{name}").stat().st_rdev)
        (folder / name).chmod(0o666)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        (folder / name).symlink_to(f"/proc/self/fd/{number}")
    (folder / "fd").symlink_to("/proc/self/fd")
    (folder / "null").write_bytes(b"x")  # refused where the file system allows no devices
    for path in (*folder.iterdir(), folder):
        os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)


def _are_devices(place: Path) -> bool:
    """Whether `place` is what `_device_folder` makes, and made by root."""
    try:
        closed = place.lstat()
        found = [((place / "dev" / name).lstat(), Path(f"/dev/{name}").stat()) for name in DEVICES]
    except OSError:
        return False
    mine = stat.S_ISDIR(closed.st_mode) and closed.st_uid == 0 and not closed.st_mode & 0o077
    return mine and all(
        stat.S_ISCHR(own.st_mode) and own.st_rdev == real.st_rdev and own.st_uid == _NOBODY
        for own, real in found
    )


def why_unavailable() -> str | None:
    """None when a sandbox runs here; else the reason in one line. It really runs one (4 ms)."""
    try:
        with tempfile.TemporaryDirectory(prefix="rtlgen-") as work:
            result = run(["true"], sandbox=Sandbox(Path(work)), limits=Limits(wall_s=10))
    except RtlgenError as error:
        return error.what
    if result.returncode == 0:
        return None
    reason = result.stderr.strip().splitlines()
    return reason[0] if reason else f"bwrap ended with code {result.returncode}"


def available() -> bool:
    """Whether a sandbox runs on this machine (asked once per process)."""
    return _available()


@cache
def _available() -> bool:
    return why_unavailable() is None
