"""Verilator's runtime as cocotb's makefile wants it, compiled once per machine.

Most of the seconds that a small design costs go into files that are the same for every design (verilated.cpp and its
likes). They are compiled for an empty design and kept in the user's cache, in a folder named after the fingerprints of
Verilator and the compiler and what the flags depend on; put into the folder of a build, they are newer than all that
they depend on, and make leaves them alone: 3 s of processor time for a small design instead of 15. No design's code is
near when they are made.

(`sim.verilator_runtime` is the same for plain test benches: other flags, and hooks that cocotb's program does not have.)
Try: ``rtlgen sim examples/soc --test tests/test_timer.py --simulator verilator``
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock

from rtlgen.core.scratch import collect, scratch
from rtlgen.core.tools import Tool

EMPTY = "module rtlgen_empty(input a, output b); assign b = a; initial #1; endmodule\n"
"""A design with a delay, so that the files for delays are compiled too."""
_NAMES = (
    *("verilated", "verilated_dpi", "verilated_vpi", "verilated_threads", "verilated_timing"),
    "verilated_vcd_c",
)
_MAX_BYTES = 256 << 20


def objects(
    tools: Sequence[Tool], flags: Sequence[str], build: Callable[[Path, Path], bool]
) -> tuple[Path, ...]:
    """The object files for these programs and flags; `build` (source, folder) makes them if they are not in the cache.

    Empty when they cannot be made: the cache is read-only, or `build` said False.
    """
    key = hashlib.sha256(
        "\0".join([*(tool.fingerprint for tool in tools), *flags, EMPTY]).encode()
    ).hexdigest()
    folder = _cache() / "cocotb-verilator" / key[:16]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            if not folder.is_dir() and not _made(folder, build):
                return ()
        return tuple(sorted(folder.glob("*.o")))
    except OSError:
        return ()


def put(found: Sequence[Path], folder: Path) -> None:
    """Copy object files into the fresh folder of a build, newer than the makefile that is still to be written there."""
    later = time.time() + 86_400
    for path in found:
        os.utime(shutil.copyfile(path, folder / path.name), (later, later))


def _made(folder: Path, build: Callable[[Path, Path], bool]) -> bool:
    with scratch(folder.parent) as work:
        source, built, kept = work / "rtlgen_empty.v", work / "build", work / "kept"
        source.write_text(EMPTY, encoding="utf-8")
        built.mkdir()
        kept.mkdir()
        if not build(source, built):
            return False
        for name in _NAMES:
            collect(built, f"{name}.o", kept / f"{name}.o", _MAX_BYTES)
        kept.rename(folder)
    return True


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "rtlgen"
