"""A bubblewrap sandbox around one process: generated Verilog must not touch the user's machine.

Why: `vvp` opens any path for reading and writing (``$fopen``, ``$readmemh``, ``$dumpfile``), an ``include``
leaks what it reads into messages, and Verilator runs ``$system``.

Contained:

* files: only ``/usr`` (read-only), an empty ``/tmp``, the work folder (read and write) and the `read_only`
  paths exist; not ``/etc``, not the home folder;
* network: none, not even the host's loopback; other processes of the machine can be neither seen nor
  signalled;
* environment: empty except for what is passed; no controlling terminal (no input can be pushed into it);
* what it leaves running dies with it, also when rtlgen itself is killed.

Not contained: use of processor, memory and disk (that is `process.Limits`; the kernel does not limit the
number of processes of root), what the program writes into the work folder, reading of ``/usr``, and faults
of the kernel.

Try: ``rtlgen doctor`` (the sandbox row runs one)
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rtlgen.core.errors import RtlgenError, ToolError
from rtlgen.core.process import Limits, run
from rtlgen.core.tools import find

SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""Folders beside /usr that hold programs and libraries; links into /usr on a merged system."""
INSIDE_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class Sandbox:
    """What one sandboxed process may see: `work` to read and write, `read_only` paths to read.

    Both are at their own paths inside, so that file names in messages are the real ones.
    """

    work: Path
    read_only: tuple[Path, ...] = ()

    def argv(self, *, cwd: Path | str | None = None, env: Mapping[str, str] | None = None) -> list[str]:
        """The command that the program's own command line is appended to.

        `cwd` (default: `work`) must be visible inside; `env` are the only variables beside PATH, HOME and
        LANG. Raises ToolError when bubblewrap is missing or a path does not exist.
        """
        command = [str(find("bwrap").path), "--ro-bind", "/usr", "/usr", *_system_folders()]
        command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
        work = _existing(self.work)
        binds = [("--ro-bind", _existing(path)) for path in self.read_only] + [("--bind", work)]
        for option, path in sorted(binds, key=lambda bind: len(bind[1])):  # the inner of two folders decides
            command += [option, path, path]
        command += ["--chdir", work if cwd is None else self._visible(Path(cwd))]
        command += ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
        for name, value in {"PATH": INSIDE_PATH, "HOME": work, "LANG": "C.UTF-8", **(env or {})}.items():
            command += ["--setenv", name, value]
        return [*command, "--"]

    def _visible(self, cwd: Path) -> str:
        """The real path of a working folder; ToolError when the sandbox does not show it."""
        real = cwd.resolve()
        if not any(
            real.is_relative_to(path.resolve()) for path in (self.work, *self.read_only, Path("/usr"))
        ):
            raise ToolError("is not visible inside the sandbox", where=cwd, hint="add it to read_only")
        return _existing(real)


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
