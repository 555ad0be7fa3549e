"""Icarus Verilog: compile and run one job inside one sandbox.

Compiler and runtime share a sandbox (starting one costs 4 ms, as much as a small simulation), behind a line of shell.
It tells their outputs apart by a mark read from its standard input: the design starts only afterwards, in a process that
has never seen the mark, so that it cannot forge a compiler message. Waves are off unless asked for (``vvp ... -none``).

It does not judge the output (`sim.verdict`).

Source: iverilog(1), vvp(1), versions 11 and 12. Try: ``rtlgen sim examples/soc --test tests/tb_soc.sv``
"""

from __future__ import annotations

import secrets
import shlex
from pathlib import Path

from rtlgen.core import process
from rtlgen.core.process import Completed
from rtlgen.core.sandbox import Sandbox
from rtlgen.core.tools import Tool, find
from rtlgen.sim.job import Job, SimRun

NAME = "icarus"
IMAGE = "sim.vvp"
"""The compiled simulation, in the job's folder."""
_WAVE_MODULE = "rtlgen_waves"
_WAVE_FORMATS = {"none": "-none", "vcd": "-vcd", "fst": "-fst"}
_SIGNALS = {"cpu": 24, "file": 25}
_OUT_OF_MEMORY = ("std::bad_alloc", "Cannot allocate memory", "out of memory", "virtual memory exhausted")


def tools() -> tuple[Tool, Tool]:
    """Compiler and runtime; ToolError when one is missing or too old."""
    return find("iverilog"), find("vvp")


def run(job: Job) -> SimRun:
    """Compile and run `job`. Raises ToolError when a program is missing, ValueError for an unknown kind of waves."""
    compiler, runtime = tools()
    script = " ".join(
        [
            "read -r mark;",
            shlex.join(compile_command(job, compiler.path)),
            '2>&1; code=$?; printf "\\n%s %s\\n" "$mark" "$code"; [ "$code" = 0 ] || exit "$code"; exec',
            shlex.join(["true"] if job.compile_only else run_command(job, runtime.path)),
            "2>&1 </dev/null",
        ]
    )
    mark = secrets.token_hex(16)
    seen = {*job.sources, *job.include_dirs, *job.library_dirs}
    sandbox = None
    if job.sandboxed:
        sandbox = Sandbox(job.folder, (*sorted(seen), *job.read_only))
    done = process.run(
        ["/bin/sh", "-c", script],
        cwd=job.folder,
        stdin=f"{mark}\n".encode(),
        limits=job.limits,
        sandbox=sandbox,
    )
    used = {tool.name: f"{tool.version_text} {tool.fingerprint}" for tool in (compiler, runtime)}
    return _outcome(job, done, mark, used)


def compile_command(job: Job, iverilog: Path | str = "iverilog") -> list[str]:
    """The compiler's command line: what a user may type in the job's folder."""
    command = [str(iverilog), "-g2012", *job.options, *(f"-s{top}" for top in job.top), "-o", IMAGE]
    command += [f"-I{folder}" for folder in job.include_dirs]
    command += [f"-D{name}" if value is None else f"-D{name}={value}" for name, value in job.defines]
    command += [f"-P{job.top[0]}.{name}={value}" for name, value in job.parameters if job.top]
    for folder in job.library_dirs:
        command += ["-y", str(folder)]
    command += [f"-Y{ending}" for ending in job.library_extensions] if job.library_dirs else []
    if job.waves != "none":
        command += [f"-s{_WAVE_MODULE}", str(_wave_module(job))]
    return [*command, *map(str, job.sources)]


def run_command(job: Job, vvp: Path | str = "vvp") -> list[str]:
    """The runtime's command line; ``-n`` ends the run where the simulator would ask what to do."""
    return [str(vvp), "-n", IMAGE, _WAVE_FORMATS[job.waves], *job.plusargs]


def _wave_module(job: Job) -> Path:
    """A root of its own that dumps everything below the others: the test bench stays as it is."""
    if not job.top:
        raise ValueError("waves need a named top")
    path = job.folder / f"{_WAVE_MODULE}.v"
    dumped = "".join(f"    $dumpvars(0, {top});\n" for top in job.top)
    path.write_text(
        f'module {_WAVE_MODULE};\n  initial begin\n    $dumpfile("waves.{job.waves}");\n{dumped}  end\nendmodule\n'
    )
    return path


def _outcome(job: Job, done: Completed, mark: str, used: dict[str, str]) -> SimRun:
    head, found, tail = done.stdout.partition(f"\n{mark} ")
    code, _, run_log = tail.partition("\n") if found else ("", "", "")
    ran = found != "" and code == "0"
    log = (head if not found else run_log) + done.stderr
    exhausted = done.exhausted
    for name, number in _SIGNALS.items():
        if done.returncode in (-number, 128 + number):
            exhausted = exhausted or name
    if done.returncode and any(words in log for words in _OUT_OF_MEMORY):
        exhausted = exhausted or "memory"
    waves = job.folder / f"waves.{job.waves}"
    return SimRun(
        phase="run" if ran else "compile",
        returncode=done.returncode,
        compile_log=head if found else log,
        run_log=(run_log + done.stderr) if ran else "",
        seconds=done.seconds,
        timed_out=done.timed_out,
        exhausted=exhausted,
        truncated=done.truncated,
        waves=waves if job.waves != "none" and waves.is_file() else None,
        simulator=NAME,
        tools=used,
    )
