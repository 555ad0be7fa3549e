"""Icarus Verilog: compile and run one job inside one sandbox.

Compiler and runtime share a sandbox (starting one costs 4 ms, as much as a small simulation), behind a line of shell.
The compiler's messages go to standard error; then the shell prints a mark, which it read from its standard input, and
becomes the simulation, whose output goes to standard output. The design runs only in a process that has never seen the
mark, so it can neither forge a compiler message nor pretend to have been compiled. Waves are off unless asked for.

Beside what it is told it takes packages first and looks for includes beside the including file, and reads a ``.v`` file
whose names are keywords of SystemVerilog (``reg bit;``) as Verilog-2005. It does not judge the output (`sim.verdict`).

Source: iverilog(1), vvp(1), versions 11 and 12. Try: ``rtlgen sim examples/soc --test tests/tb_soc.sv``
"""

from __future__ import annotations

import re
import secrets
import shlex
from dataclasses import replace
from pathlib import Path

from rtlgen.core import process
from rtlgen.core.errors import DesignError, UsageError
from rtlgen.core.process import Completed
from rtlgen.core.sandbox import Sandbox
from rtlgen.core.scratch import is_file, write_bytes
from rtlgen.core.tools import Tool, find
from rtlgen.sim.compile_log import out_of_memory
from rtlgen.sim.inputs import in_package_order, shown
from rtlgen.sim.job import Job, SimRun
from rtlgen.sim.keywords import files_with_older_names

NAME = "icarus"
IMAGE = "sim.vvp"
"""The compiled simulation, in the job's folder."""
_WAVE_MODULE = "rtlgen_waves"
_WAVE_FORMATS = {"none": "-none", "vcd": "-vcd", "fst": "-fst"}
_OLDER = {"rtlgen_2005.vh": '`begin_keywords "1364-2005"\n', "rtlgen_2012.vh": "`end_keywords\n"}
_SIGNALS = {"cpu": 24, "file": 25}
_ABORTED = 6
_NUMBER = re.compile(
    r"[-+]?(?:\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?|(?:\d[\d_]*)?\s*'[sS]?[bBoOdDhH]\s*[0-9a-fA-F_xXzZ?]+)"
)
_WORD = re.compile(r"[\w./ :,-]*")
_NO_PARAMETER = re.compile(
    r"^:0: warning: parameter (\S+) not found in \S+\.$"
    r"|%Error: .*Parameters from the command line were not found.*?: '?(\w+)",
    re.MULTILINE,
)
_DROPPED = re.compile(r"^\[\.\.\. \d+ bytes dropped \.\.\.\]$", re.MULTILINE)


def tools() -> tuple[Tool, Tool]:
    """Compiler and runtime; ToolError when one is missing or too old."""
    return find("iverilog"), find("vvp")


def run(job: Job) -> SimRun:
    """Compile and run `job`. Sources that do not compile because of older names are read again as Verilog-2005.

    Raises ToolError when a program is missing, DesignError for a parameter that the top does not have, UsageError for a
    value of one that is neither a number nor a string.
    """
    first = _run(job, ())
    if first.compiled or first.timed_out:
        return first
    older = files_with_older_names(job, first.compile_log)
    if not older:
        return first
    again = _run(job, tuple(older))
    words = ", ".join(f"{path.name} has the name {word}" for path, word in older.items())
    if again.compiled:
        return replace(again, note=f"read as Verilog-2005: {words}")
    return replace(first, note=f"a keyword of SystemVerilog: {words}")


def compile_command(job: Job, iverilog: Path | str = "iverilog", older: tuple[Path, ...] = ()) -> list[str]:
    """The compiler's command line: what a user may type in the job's folder. `older` are read as Verilog-2005."""
    waves = job.waves != "none"
    command = [str(iverilog), "-g2012", "-grelative-include", *job.options]
    command += (
        [f"-s{_WAVE_MODULE}"] if waves and job.top else []
    )  # the first root: its $dumpfile is the one that counts
    command += [*(f"-s{top}" for top in job.top), "-o", IMAGE]
    command += [f"-I{folder}" for folder in job.include_dirs]
    command += [f"-D{name}" if value is None else f"-D{name}={value}" for name, value in job.defines]
    command += [f"-P{job.top[0]}.{name}={literal(value)}" for name, value in job.parameters if job.top]
    for folder in job.library_dirs:
        command += ["-y", str(folder)]
    command += [f"-Y{ending}" for ending in job.library_extensions] if job.library_dirs else []
    command += [f"{_WAVE_MODULE}.v"] if waves else []
    before, after = _OLDER
    for path in in_package_order(job.sources):
        command += [before, str(path), after] if path in older else [str(path)]
    return command


def run_command(job: Job, vvp: Path | str = "vvp") -> list[str]:
    """The runtime's command line; ``-n`` ends the run where the simulator would ask what to do."""
    return [str(vvp), "-n", IMAGE, _WAVE_FORMATS[job.waves], *job.plusargs]


def literal(value: str) -> str:
    """A value of a parameter: a number or a quoted string as it is, a word as a string (Icarus drops what is neither)."""
    text = value.strip()
    if _NUMBER.fullmatch(text) or (len(text) > 1 and text[0] == text[-1] == '"'):
        return text
    if _WORD.fullmatch(value):
        return f'"{value}"'
    raise UsageError(
        "a parameter of the top is a number or a string, not an expression",
        where=value,
        hint='quote a string: "..."',
    )


def _run(job: Job, older: tuple[Path, ...]) -> SimRun:
    compiler, runtime = tools()
    running = ["true"] if job.compile_only else run_command(job, runtime.path)
    script = (
        f"read -r mark; {shlex.join(compile_command(job, compiler.path, older))} >&2; code=$?; "
        f'[ "$code" = 0 ] || exit "$code"; echo "$mark"; exec {shlex.join(running)} 2>&1 </dev/null'
    )
    _write_own_files(job, older)
    mark = secrets.token_hex(16)
    done = process.run(
        ["/bin/sh", "-c", script],
        cwd=job.folder,
        stdin=f"{mark}\n".encode(),
        limits=job.limits,
        sandbox=Sandbox(job.folder, shown(job)) if job.sandboxed else None,
    )
    used = {tool.name: f"{tool.version_text} {tool.fingerprint}" for tool in (compiler, runtime)}
    return _outcome(job, done, mark, used)


def _write_own_files(job: Job, older: tuple[Path, ...]) -> None:
    """The wave module (a root of its own, so that the test bench stays as it is) and the keyword directives."""
    if job.waves != "none":
        dumped = "".join(f"    $dumpvars(0, {top});\n" for top in job.top) or "    $dumpvars;\n"
        text = f'    $dumpfile("waves.{job.waves}");\n{dumped}'
        write_bytes(
            job.folder,
            f"{_WAVE_MODULE}.v",
            f"module {_WAVE_MODULE};\n  initial begin\n{text}  end\nendmodule\n",
        )
    for name, directive in _OLDER.items() if older else ():
        write_bytes(job.folder, name, directive)


def _outcome(job: Job, done: Completed, mark: str, used: dict[str, str]) -> SimRun:
    ran = done.stdout.startswith(f"{mark}\n")
    run_log = done.stdout.removeprefix(f"{mark}\n")
    missing_parameter(job, done.stderr)
    name = f"waves.{job.waves}"
    return SimRun(
        phase="run" if ran else "compile",
        returncode=done.returncode,
        compile_log=done.stderr,
        run_log=run_log if ran else "",
        seconds=done.seconds,
        timed_out=done.timed_out,
        exhausted=exhausted(done, ran, run_log),
        truncated=was_cut(done, run_log),
        waves=job.folder / name if job.waves != "none" and is_file(job.folder, name) else None,
        simulator=NAME,
        tools=used,
    )


def exhausted(done: Completed, ran: bool, run_log: str) -> str:
    """The resource that ended the job: told by the sandbox, by a signal, or by a program that got no memory."""
    if done.exhausted or not done.returncode:
        return done.exhausted
    for name, number in _SIGNALS.items():
        if done.returncode in (-number, 128 + number):
            return name
    aborted = done.returncode in (-_ABORTED, 128 + _ABORTED)
    if out_of_memory(run_log if ran else done.stderr) and (aborted or not ran):
        return "memory"
    return ""


def was_cut(done: Completed, run_log: str) -> bool:
    """Whether output of the simulation was dropped: `Completed` says it of both streams together."""
    return done.truncated and _DROPPED.search(run_log) is not None


def missing_parameter(job: Job, compile_log: str) -> None:
    """Raise DesignError when the compiler says that the top lacks a parameter: Icarus only warns and goes on."""
    missing = _NO_PARAMETER.search(compile_log) if job.parameters else None
    if missing is not None:
        name = missing[1] or missing[2]
        raise DesignError(
            f"{job.top[0] if job.top else 'the top'} has no parameter {name}", hint="see its header"
        )
