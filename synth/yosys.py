"""Run a Yosys script in a child process: a list of allowed commands in, log and files out.

An error in Yosys ends the whole process (`log_error` calls exit), so the pyosys wheel is never opened in this one. The
child is a bare Python with nothing of rtlgen in it; by default it runs in a sandbox that shows it the work folder, the
inputs read-only and the wheel. ABC inside Yosys runs with one thread: with more its results differ from run to run.

A script is a sequence of single commands whose first word is in `COMMANDS`. Commands that run programs, load code or
change the folder (``exec``, ``!``, ``script``, ``tcl``, ``plugin``, ``cd``) are not in it, so that no text from a design
or a model becomes a shell command. ``abc`` is not in it either: the one form of it that can be run is `HANDOVER`, whose
script is written here. It does not know what a script is for: see `rtlgen.synth.equivalence`, `rtlgen.synth.frontend`.

Try: ``python -c "from rtlgen.synth.yosys import run; print(run(['help proc']).log)"``
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from rtlgen.core import process
from rtlgen.core.errors import DesignError, LimitError, ToolError, UsageError
from rtlgen.core.process import Completed, Limits
from rtlgen.core.sandbox import Sandbox

YOSYS_LIMITS = Limits(wall_s=60.0, cpu_s=120, memory_mb=4096, file_mb=512, processes=16, output_kb=4096)
"""Limits of a script unless the caller has others."""

_WORDS = (
    "aigmap async2sync attrmap autoname bmuxmap bweqxmap check chformal chparam clean clk2fflogic "
    "connect cutpoint delete demuxmap design dff2dffe dfflegalize dfflibmap dffunmap dump equiv_add "
    "equiv_induct equiv_make equiv_mark equiv_miter equiv_opt equiv_remove equiv_simple equiv_status "
    "equiv_struct expose flatten formalff fsm help hierarchy insbuf log ls maccmap memory "
    "memory_collect memory_dff memory_map memory_nordff memory_share memory_unpack miter muxcover opt "
    "opt_clean opt_demorgan opt_dff opt_expr opt_ffinv opt_lut opt_mem opt_merge opt_muxtree opt_reduce "
    "opt_share peepopt pmuxtree proc prep read_aiger read_json read_liberty read_rtlil read_slang read_verilog "
    "rename sat select setattr setundef share simplemap splitcells splitnets stat submod synth techmap "
    "tee tribuf uniquify wreduce write_aiger write_blif write_json write_rtlil write_verilog xprop "
    "zinit"
)
COMMANDS = frozenset(_WORDS.split())
"""First words that a command may have. ``abc`` is not among them: its scripts can run a shell of their own."""

HANDOVER = "abc: handed over"
"""An element of a script: run ``abc`` on the gates of the selection ``logic`` and leave each network that it hands over
in the work folder (``_tmp_*/input.blif``, named in the log). What ABC does with it is of no use but quick."""
_HANDOVER_FILE, _SCRIPT_FILE = "handover.abc", "commands.ys"

_CHILD = """\
import sys
sys.path.insert(0, sys.argv[1])
commands = sys.stdin.read().split("\\n")
from pyosys import libyosys
design = libyosys.Design()
for command in commands:
    libyosys.run_pass(command, design)
"""
_FORBIDDEN = re.compile(r"[\n\r\x00;!`]|^\s*#|(?:^|\s)-exe\b")
_ERROR = re.compile(r"ERROR: ?(.*)")
_EXTRACTED = re.compile(r"Extracting gate netlist of module `\\?(.*)' to `([^']*)/input\.blif'")
_SLANG = re.compile(r"^(\S+?):(\d+):\d+: error: (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class YosysRun:
    """A script that ran to its end. Files it wrote lie in the work folder."""

    log: str
    warnings: tuple[str, ...]
    """The lines of its warnings, each once, in order."""
    seconds: float
    """Wall time of the child process."""
    tools: dict[str, str] = field(default_factory=dict)
    """Fingerprint of the wheel: ``{"yosys": "0.70 1f..."}``."""


def run(
    script: Sequence[str],
    *,
    work: Path | None = None,
    read_only: Sequence[Path] = (),
    limits: Limits = YOSYS_LIMITS,
    sandboxed: bool = True,
    as_file: bool = False,
) -> YosysRun:
    """Run `script`, one command an element, in the folder `work` (default: a scratch folder that is deleted).

    `read_only` are further files and folders that it reads. `as_file` puts the commands into a file that Yosys runs: it
    then gives names (and with them orders) as it does for a user's file, which it does not for commands one by one.
    Raises UsageError for a command that is not allowed, DesignError with the first error line of Yosys, LimitError at a
    limit, ToolError when the wheel is missing or broken.
    """
    for command in script:
        if command != HANDOVER:
            _allowed(command)
    if work is None:
        with tempfile.TemporaryDirectory(prefix="rtlgen-") as folder:
            return run(
                script,
                work=Path(folder),
                read_only=read_only,
                limits=limits,
                sandboxed=sandboxed,
                as_file=as_file,
            )
    if HANDOVER in script:
        (work / _HANDOVER_FILE).write_text("strash\nmap\n")
    commands = [
        f"abc -nocleanup -showtmp -script {_HANDOVER_FILE} @logic" if command == HANDOVER else command
        for command in script
    ]
    if as_file:
        (work / _SCRIPT_FILE).write_text("\n".join([*commands, ""]), encoding="utf-8")
        commands = [f"script {_SCRIPT_FILE}"]
    return _ran("\n".join(commands), work, read_only, limits, sandboxed)


def run_file(
    name: str,
    work: Path,
    *,
    read_only: Sequence[Path] = (),
    limits: Limits = YOSYS_LIMITS,
    sandboxed: bool = True,
) -> YosysRun:
    """Run the script file `name` in `work` as a plain Yosys does. Its commands are not looked at: only for files that
    `rtlgen.synth.export` wrote. Raises what `run` raises."""
    return _ran(f"script {name}", work, read_only, limits, sandboxed)


def _ran(text: str, work: Path, read_only: Sequence[Path], limits: Limits, sandboxed: bool) -> YosysRun:
    """The end of a child that is given `text`, one command a line."""
    package, python = _package(), _interpreter()
    shown = [package, *read_only]
    if not python.is_relative_to("/usr"):
        shown.append(Path(sys.base_prefix).resolve())
    environment = {"YOSYS_MAX_THREADS": "1", "LC_ALL": "C"}
    done = process.run(
        [str(python), "-I", "-S", "-B", "-c", _CHILD, str(package.parent)],
        cwd=work,
        env=environment if sandboxed else {**os.environ, **environment},
        stdin=text.encode(),
        limits=limits,
        sandbox=Sandbox(work, tuple(shown)) if sandboxed else None,
    )
    return _judged(done, limits)


def handed_over(log: str) -> list[tuple[str, str]]:
    """(module, folder in the work folder) of each network that a script with `HANDOVER` left there, from its log."""
    return _EXTRACTED.findall(log)


def quoted(path: Path | str) -> str:
    """A file name as one word of a command. Raises UsageError for a name that Yosys cannot take."""
    text = str(path)
    if '"' in text or "\\" in text or _FORBIDDEN.search(text):
        raise UsageError(
            "this file name cannot be given to Yosys",
            where=text,
            hint="rename the file: letters, digits, . _ -",
        )
    return f'"{text}"'


def fingerprint() -> str:
    """Version of the pyosys wheel and 16 hex digits over the hashes in its record of files."""
    return _fingerprint()


@cache
def _fingerprint() -> str:
    distribution = importlib.metadata.distribution("pyosys")
    listed = [line for line in (distribution.read_text("RECORD") or "").splitlines() if ".pyc" not in line]
    digest = hashlib.sha256("\n".join(sorted(listed)).encode()).hexdigest()[:16]
    return f"{distribution.version} {digest}"


def _allowed(command: str) -> None:
    """Raise UsageError when `command` is not one plain command of `COMMANDS`."""
    words = command.split()
    name = words[0] if words else ""
    if name == "tee" and len(words) > 3:  # tee -q -o file command
        name = next((word for word in words[1:] if word in COMMANDS), "")
    if name not in COMMANDS or _FORBIDDEN.search(command):
        raise UsageError(
            f"not an allowed Yosys command: {command[:80]!r}",
            hint="the allowed ones: rtlgen.synth.yosys.COMMANDS",
        )


@cache
def _package() -> Path:
    """The folder of the wheel's package, found without importing it."""
    spec = importlib.util.find_spec("pyosys")
    if spec is None or not spec.submodule_search_locations:
        raise ToolError(
            "the package pyosys is not installed (needed for: synthesis)", hint="pip install pyosys"
        )
    return Path(next(iter(spec.submodule_search_locations))).resolve()


@cache
def _interpreter() -> Path:
    """The interpreter behind the virtual environment: it is shown to the sandbox, the environment is not."""
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def _judged(done: Completed, limits: Limits) -> YosysRun:
    """The run of a child that ended well; else the error that its log names."""
    log = done.stdout + done.stderr
    if done.timed_out:
        raise LimitError(
            f"Yosys did not end within {limits.wall_s:g} s", hint="a smaller design, or more time"
        )
    if done.exhausted or done.returncode in (-9, -24, -25, 137) or "std::bad_alloc" in log:
        raise LimitError(
            f"Yosys used up a limit ({done.exhausted or 'memory, CPU time or file size'})",
            hint="a smaller design",
        )
    if done.returncode != 0:
        raise _error(done, log)
    warnings = re.findall(r"^(?:\S+: )?Warning: .*$", log, re.MULTILINE)
    return YosysRun(log, tuple(dict.fromkeys(warnings)), done.seconds, {"yosys": fingerprint()})


def _error(done: Completed, log: str) -> DesignError | ToolError:
    """The first error of a log, with its place; ToolError when the child died without one."""
    lines = log.splitlines()
    told = _SLANG.search(log)
    if told is not None:
        return DesignError(told[3], where=f"{told[1]}:{told[2]}", hint="mend the design")
    line = next((line for line in lines if _ERROR.search(line)), None)
    if line is None:
        last = next((text for text in reversed(lines) if text.strip()), "")
        return ToolError(
            f"Yosys ended with code {done.returncode}: {last}", where="pyosys", hint="rtlgen doctor"
        )
    # An error may follow unfinished text on its line: keep the place that stands directly before it.
    place = re.search(r"(\S+):(\d+): ERROR: ?(.*)$", line)
    if place is not None:
        return DesignError(place[3], where=f"{place[1]}:{place[2]}", hint="mend the design")
    found = _ERROR.search(line)
    what = found[1] if found else line
    return DesignError(what, where="yosys", hint="mend the design")
